package node

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"
	"time"
)

// group runs named parts together: when one ends with an error, all are told to end.
type group struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	running map[string]bool
	err     error // of the part that failed first
}

func newGroup(parent context.Context) *group {
	ctx, cancel := context.WithCancelCause(parent)
	return &group{ctx: ctx, cancel: cancel, running: map[string]bool{}}
}

func (g *group) run(name string, f func(context.Context) error) {
	g.mu.Lock()
	g.running[name] = true
	g.mu.Unlock()
	g.wg.Go(func() {
		err := f(g.ctx)
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.running, name)
		if err != nil && !errors.Is(err, context.Canceled) && g.err == nil {
			g.err = fmt.Errorf("%s: %w", name, err)
		}
		if err != nil {
			g.cancel(err)
		}
	})
}

// stopPatience is how long parts may take to stop before people are told what is waited for.
const stopPatience = time.Second

// wait waits until all parts have ended and returns the first failure. tell is called with those that take long.
func (g *group) wait(tell func(string)) error {
	done := make(chan struct{})
	go func() {
		g.wg.Wait()
		close(done)
	}()
	for {
		select {
		case <-done:
			g.cancel(nil)
			return g.err
		case <-time.After(stopPatience):
			tell(g.names())
		}
	}
}

func (g *group) names() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	var names []string
	for name := range g.running {
		names = append(names, name)
	}
	sort.Strings(names)
	return strings.Join(names, ", ")
}
