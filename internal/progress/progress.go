// Package progress shows how far long work is: a bar on a terminal, a line now and then elsewhere, JSON lines for programs.
package progress

import (
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"
)

// Mode is how progress is shown.
type Mode string

// The modes.
const (
	Bars  Mode = "bar"   // bars that move; for terminals
	Plain Mode = "plain" // a line every ten seconds or five per cent
	JSON  Mode = "json"  // the same as JSON, one object a line
	Off   Mode = "off"
)

// Parse returns the mode of a name; "auto" or nothing means bars on a terminal and plain lines elsewhere.
func Parse(name string, terminal bool) (Mode, error) {
	switch Mode(name) {
	case "", "auto":
		if terminal {
			return Bars, nil
		}
		return Plain, nil
	case Bars, Plain, JSON, Off:
		return Mode(name), nil
	default:
		return Off, fmt.Errorf("progress %q: want auto, bar, plain, json or off", name)
	}
}

// Unit is what is counted.
type Unit string

// The units.
const (
	Bytes Unit = "bytes"
	Steps Unit = "steps"
	Stage Unit = "stage" // a few stages of different length: only the note is shown
)

// A line is written after lineEvery, or after linePercent of progress if lineLeast has passed.
const (
	lineEvery   = 10 * time.Second
	lineLeast   = time.Second
	linePercent = 5
)

// Reporter shows the tasks of one program on one output. It is safe for concurrent use.
type Reporter struct {
	mode Mode
	out  io.Writer
	now  func() time.Time

	mu   sync.Mutex // guards out and bars
	bars *bars      // nil while nothing is shown
}

// New returns a Reporter that writes to out, which should be standard error: standard output is for data.
func New(out io.Writer, mode Mode, now func() time.Time) *Reporter {
	return &Reporter{mode: mode, out: out, now: now}
}

// Write writes log lines so that they stand above the bars.
func (r *Reporter) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.bars != nil {
		if n, err := r.bars.container.Write(p); err == nil {
			return n, nil
		} // the bars have ended, as on a terminal that is gone; the lines are more important
	}
	return r.out.Write(p)
}

// State is how far a task is.
type State struct {
	Task     string  `json:"task"`
	Done     uint64  `json:"done"`
	Total    uint64  `json:"total"` // 0 if unknown
	Unit     Unit    `json:"unit"`
	Rate     float64 `json:"rate"`     // per second; 0 if unknown
	ETA      float64 `json:"eta"`      // seconds left; 0 if unknown
	Finished bool    `json:"finished"` // nothing more follows; Done and Total say whether all of it was done
	Note     string  `json:"note,omitempty"`
}

// Percent is how much is done, 0 if the total is unknown.
func (s *State) Percent() float64 {
	if s.Total == 0 {
		return 0
	}
	return 100 * float64(s.Done) / float64(s.Total)
}

// String says all of it in one line without the task's name.
func (s *State) String() string {
	if s.Finished {
		return s.Note
	}
	if s.Unit == Stage {
		return s.Note
	}
	text := count(s.Done, s.Unit)
	if s.Total > 0 {
		text = fmt.Sprintf("%.0f %% of %s", s.Percent(), count(s.Total, s.Unit))
	}
	if s.Rate > 0 {
		text += fmt.Sprintf(", %s/s", countFloat(s.Rate, s.Unit))
	}
	if s.ETA > 0 {
		text += fmt.Sprintf(", %s left", seconds(s.ETA).Round(time.Second))
	}
	if s.Note != "" {
		text += ", " + s.Note
	}
	return text
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func count(n uint64, u Unit) string { return countFloat(float64(n), u) }

func countFloat(n float64, u Unit) string {
	switch {
	case u == Bytes && n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", n/(1<<30))
	case u == Bytes && n >= 1<<20:
		return fmt.Sprintf("%.0f MiB", n/(1<<20))
	case u == Bytes:
		return fmt.Sprintf("%.0f KiB", n/(1<<10))
	case n < 10 && n != float64(int(n)):
		return fmt.Sprintf("%.1f", n)
	default:
		return fmt.Sprintf("%.0f", n)
	}
}

// Task is one piece of long work. One goroutine updates it.
type Task struct {
	r     *Reporter
	unit  Unit
	name  string
	begun time.Time
	first uint64 // done at the first update
	some  bool   // there was an update
	done  uint64 // at the last update
	total uint64

	said        time.Time // when the last line was written
	saidPercent float64
	note        string
	bar         *bar
}

// Start begins to show a task.
func (r *Reporter) Start(name string, unit Unit) *Task {
	t := &Task{r: r, name: name, unit: unit, begun: r.now()}
	t.said = t.begun
	if r.mode == Bars {
		r.mu.Lock()
		t.bar = r.addBar(name)
		r.mu.Unlock()
	}
	return t
}

// Update says how much is done of a total, 0 if that is unknown.
func (t *Task) Update(done, total uint64, note string) {
	now := t.r.now()
	if !t.some {
		t.some, t.first = true, done
	}
	t.done, t.total = done, total
	s := State{Task: t.name, Done: done, Total: total, Unit: t.unit, Note: note}
	if passed := now.Sub(t.begun).Seconds(); passed >= 1 && done > t.first {
		s.Rate = float64(done-t.first) / passed
		if total > done {
			s.ETA = float64(total-done) / s.Rate
		}
	}
	if t.bar != nil {
		t.bar.update(&s)
		return
	}
	passed := now.Sub(t.said)
	if t.unit == Stage && note != t.note || passed >= lineEvery || passed >= lineLeast && s.Percent()-t.saidPercent >= linePercent {
		t.said, t.saidPercent, t.note = now, s.Percent(), note
		t.line(&s)
	}
}

// End finishes the task. A note such as "done" or "stopped" is shown if the task was long enough to be noticed.
func (t *Task) End(note string) {
	passed := t.r.now().Sub(t.begun)
	if t.bar != nil {
		t.r.endBar(t.bar)
		if passed < lineLeast {
			return
		}
	} else if passed < lineLeast && t.r.mode != JSON {
		return
	}
	t.line(&State{Task: t.name, Done: t.done, Total: t.total, Unit: t.unit, Finished: true, Note: fmt.Sprintf("%s after %s", note, passed.Round(100*time.Millisecond))})
}

// line writes a state as a line. A lost line of progress is not worth an error.
func (t *Task) line(s *State) {
	switch t.r.mode {
	case JSON:
		if b, err := json.Marshal(s); err == nil {
			_, _ = t.r.Write(append(b, '\n'))
		}
	case Plain, Bars:
		_, _ = fmt.Fprintf(t.r, "%s: %s\n", s.Task, s)
	}
}
