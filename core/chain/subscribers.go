package chain

import "sync"

// subscribers holds those who want to hear that something changed.
type subscribers struct {
	mu  sync.Mutex
	set map[chan struct{}]struct{}
}

func (s *subscribers) add() (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set == nil {
		s.set = make(map[chan struct{}]struct{})
	}
	s.set[c] = struct{}{}
	return c, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.set, c)
	}
}

// notify wakes every subscriber without waiting for any.
func (s *subscribers) notify() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.set {
		select {
		case c <- struct{}{}:
		default: // already told
		}
	}
}
