package progress

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// bars is the block of bars at the bottom of a terminal while at least one task runs.
type bars struct {
	container *mpb.Progress
	running   int
}

// bar is one task's bar. What it says is swapped in whole, because the terminal's goroutine reads it while the task goes on.
type bar struct {
	bar   *mpb.Bar
	state atomic.Pointer[State]
}

// addBar shows a new bar. The caller holds the lock.
func (r *Reporter) addBar(name string) *bar {
	if r.bars == nil {
		r.bars = &bars{container: mpb.New(mpb.WithOutput(r.out), mpb.WithAutoRefresh(), mpb.WithWidth(40), mpb.WithRefreshRate(200*time.Millisecond))}
	}
	r.bars.running++
	b := &bar{}
	b.bar = r.bars.container.New(0, mpb.BarStyle().Lbound("[").Filler("=").Tip(">").Padding(" ").Rbound("]"),
		mpb.PrependDecorators(decor.Name(name+" ")),
		mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
			if s := b.state.Load(); s != nil {
				return " " + s.String()
			}
			return ""
		})),
	)
	return b
}

func (b *bar) update(s *State) {
	b.state.Store(s)
	b.bar.SetTotal(int64(min(s.Total, math.MaxInt64)), false) //nolint:gosec // bounded here
	b.bar.SetCurrent(int64(min(s.Done, math.MaxInt64)))       //nolint:gosec // bounded here
}

// endBar takes a bar away, and the whole block with the last one.
func (r *Reporter) endBar(b *bar) {
	b.bar.Abort(true)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bars.running--
	if r.bars.running == 0 {
		r.bars.container.Wait()
		r.bars = nil
	}
}
