package notify

import "testing"

func TestWakesMergeAndEnd(t *testing.T) {
	var s Set
	s.Wake() // nobody waits: nothing is kept for later
	woken, stop := s.Subscribe()
	select {
	case <-woken:
		t.Fatal("woken by an earlier wake")
	default:
	}
	s.Wake()
	s.Wake()
	<-woken
	select {
	case <-woken:
		t.Fatal("two wakes did not merge")
	default:
	}
	stop()
	s.Wake()
	select {
	case <-woken:
		t.Fatal("woken after the subscription ended")
	default:
	}
}
