package ledger

import "bytes"

// MapView is a View in memory, for tests, genesis and tools.
type MapView map[string][]byte

// Get implements View.
func (m MapView) Get(key []byte) (value []byte, ok bool) {
	value, ok = m[string(key)]
	return value, ok
}

// Err implements View; memory does not fail.
func (m MapView) Err() error { return nil }

// Put sets the value under a key.
func (m MapView) Put(key, value []byte) { m[string(key)] = bytes.Clone(value) }

// Delete removes a key.
func (m MapView) Delete(key []byte) { delete(m, string(key)) }
