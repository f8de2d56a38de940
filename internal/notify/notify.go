// Package notify wakes those who want to hear that something changed; what changed they look up themselves.
package notify

import "sync"

// Set holds the waiting. Its zero value is ready; all methods are safe for concurrent use.
type Set struct {
	mu      sync.Mutex
	waiting map[chan struct{}]struct{}
}

// Subscribe returns a channel that receives after each Wake; wakes that nobody waits for merge into one. The returned function ends the
// subscription.
func (s *Set) Subscribe() (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting == nil {
		s.waiting = make(map[chan struct{}]struct{})
	}
	s.waiting[c] = struct{}{}
	return c, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.waiting, c)
	}
}

// Wake wakes every subscriber and waits for none.
func (s *Set) Wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.waiting {
		select {
		case c <- struct{}{}:
		default: // told already
		}
	}
}
