package progress

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// clock is a clock that only the test moves.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func TestPlainLinesComeNowAndThen(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(1000, 0)}
	task := New(&out, Plain, c.now).Start("dataset", Bytes)
	for i := range 101 {
		task.Update(uint64(i)<<20, 100<<20, "")
		c.t = c.t.Add(100 * time.Millisecond)
	}
	task.End("done")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) < 8 || len(lines) > 12 {
		t.Errorf("ten seconds gave %d lines, want about one a second:\n%s", len(lines), out.String())
	}
	if want := "dataset: 50 % of 100 MiB, 10 MiB/s, 5s left"; !strings.Contains(out.String(), want) {
		t.Errorf("lines lack %q:\n%s", want, out.String())
	}
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "dataset: done after 10.1s") {
		t.Errorf("last line %q", last)
	}
}

func TestSlowWorkIsHeardOfEveryTenSeconds(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(1000, 0)}
	task := New(&out, Plain, c.now).Start("scan", Steps)
	for i := range 60 {
		task.Update(uint64(i), 1_000_000, "")
		c.t = c.t.Add(time.Second)
	}
	if got := strings.Count(out.String(), "\n"); got != 5 {
		t.Errorf("60 s gave %d lines, want 5:\n%s", got, out.String())
	}
}

func TestShortWorkIsSilent(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(1000, 0)}
	task := New(&out, Plain, c.now).Start("scan", Steps)
	task.Update(1, 2, "")
	task.End("done")
	if out.Len() != 0 {
		t.Errorf("short work said %q", out.String())
	}
}

func TestJSONLines(t *testing.T) {
	var out bytes.Buffer
	c := &clock{time.Unix(1000, 0)}
	task := New(&out, JSON, c.now).Start("proving", Steps)
	c.t = c.t.Add(2 * time.Second)
	task.Update(1, 4, "proof 2 of 4")
	task.End("done")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("got %d lines, want 2:\n%s", len(lines), out.String())
	}
	var s State
	for _, line := range lines {
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Errorf("line %q: %v", line, err)
		}
	}
	if !s.Finished || s.Task != "proving" || s.Done != 1 || s.Total != 4 {
		t.Errorf("last state %+v is not the end", s)
	}
}

func TestBarsComeAndGo(t *testing.T) {
	var out bytes.Buffer
	r := New(&out, Bars, time.Now)
	for range 2 { // a second block of bars follows the first
		a, b := r.Start("one", Steps), r.Start("two", Bytes)
		a.Update(1, 2, "")
		b.Update(1, 0, "")
		if _, err := r.Write([]byte("a log line\n")); err != nil {
			t.Fatal(err)
		}
		a.End("done")
		b.End("done")
	}
	if _, err := r.Write([]byte("after\n")); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Count(got, "a log line") != 2 || !strings.HasSuffix(got, "after\n") {
		t.Errorf("log lines lost:\n%q", got)
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct {
		name     string
		terminal bool
		want     Mode
	}{{"", true, Bars}, {"auto", false, Plain}, {"json", true, JSON}, {"off", true, Off}, {"bar", false, Bars}} {
		if got, err := Parse(c.name, c.terminal); err != nil || got != c.want {
			t.Errorf("Parse(%q, %v) = %v, %v, want %v", c.name, c.terminal, got, err, c.want)
		}
	}
	if _, err := Parse("loud", true); err == nil {
		t.Error("a mode that does not exist was taken")
	}
}
