package chain

// SetUpdateSize makes Updates end after fewer bytes, so that a test needs no large blocks.
func (m *Manager) SetUpdateSize(n int) { m.updateSize = n }
