// Command tally reads what `go test -json` prints and shows what a person wants to know of it: one line per package, everything a
// failing test said, why tests were skipped, which tests took longest, and at the end how many passed, failed and were skipped.
//
//	go test -json ./... | go run ./internal/tally
//
// A test and each of its subtests count one each. It exits with 1 if anything failed.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// event is a line of `go test -json`; see `go doc test2json`.
type event struct {
	Action     string
	Package    string
	ImportPath string // of a package that does not build
	Test       string
	Output     string
	Elapsed    float64 // seconds
}

// slowest is how many of the longest tests are named, and skipsShown how many reasons for skipping.
const (
	slowest    = 10
	skipsShown = 40
)

// timed is a top-level test and its time in seconds.
type timed struct {
	name    string
	seconds float64
}

// tally is what has been seen so far.
type tally struct {
	passed, failed, skipped int
	broken                  bool                // a package failed without a test of its own failing
	output                  map[string][]string // of tests that still run, and of packages, by name
	times                   []timed
	skips                   []string
}

func main() {
	ok, err := run(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// run reads events from r until its end, writes the report to w and reports whether everything passed. Lines that are no events
// are passed on, since they are what the go command says when it cannot start.
func run(r io.Reader, w io.Writer) (bool, error) {
	out := bufio.NewWriter(w)
	t := tally{output: map[string][]string{}}
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		var e event
		if !strings.HasPrefix(sc.Text(), "{") || json.Unmarshal(sc.Bytes(), &e) != nil {
			fmt.Fprintln(out, sc.Text())
			continue
		}
		t.add(&e, out)
		if e.Test == "" {
			if err := out.Flush(); err != nil {
				return false, err
			}
		}
	}
	t.report(out)
	if err := out.Flush(); err != nil {
		return false, err
	}
	return t.failed == 0 && !t.broken, sc.Err()
}

// add takes one event and prints what need not wait for the end.
func (t *tally) add(e *event, out io.Writer) {
	name := e.Package
	if e.Test != "" {
		name += " " + e.Test
	}
	switch e.Action {
	case "build-output":
		fmt.Fprint(out, e.Output)
	case "build-fail":
		t.broken = true
	case "output":
		t.output[name] = append(t.output[name], e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			t.endPackage(e, out)
		} else {
			t.endTest(e, name, out)
		}
		delete(t.output, name)
	}
}

// endTest counts a finished test, prints what it said if it failed and keeps why it was skipped.
func (t *tally) endTest(e *event, name string, out io.Writer) {
	switch e.Action {
	case "pass":
		t.passed++
	case "fail":
		t.failed++
		fmt.Fprint(out, strings.Join(t.output[name], ""))
	case "skip":
		t.skipped++
		t.skips = append(t.skips, name+": "+reason(t.output[name]))
	}
	if !strings.Contains(e.Test, "/") {
		t.times = append(t.times, timed{name, e.Elapsed})
	}
}

// endPackage prints the closing line of a package, and all it said if it failed. A package that failed while none of its tests did
// has panicked, timed out or left main early: the output of the tests that were running says where.
func (t *tally) endPackage(e *event, out io.Writer) {
	if e.Action == "fail" {
		t.broken = true
		for name, lines := range t.output {
			if strings.HasPrefix(name, e.Package+" ") {
				fmt.Fprint(out, strings.Join(lines, ""))
				delete(t.output, name)
			}
		}
		fmt.Fprint(out, strings.Join(t.output[e.Package], ""))
		return
	}
	for _, l := range t.output[e.Package] {
		if strings.HasPrefix(l, "ok ") || strings.HasPrefix(l, "?") {
			fmt.Fprint(out, l)
		}
	}
}

// report prints the longest tests, the skipped ones and the count.
func (t *tally) report(out io.Writer) {
	slices.SortFunc(t.times, func(a, b timed) int { return cmp.Compare(b.seconds, a.seconds) })
	for i, x := range t.times {
		if i == slowest || x.seconds < 0.5 {
			break
		}
		if i == 0 {
			fmt.Fprintln(out, "\nlongest tests:")
		}
		fmt.Fprintf(out, "%8.1f s  %s\n", x.seconds, x.name)
	}
	slices.Sort(t.skips)
	for i, s := range t.skips {
		if i == 0 {
			fmt.Fprintln(out, "\nskipped:")
		}
		if i == skipsShown {
			fmt.Fprintf(out, "  and %d more\n", len(t.skips)-i)
			break
		}
		fmt.Fprintln(out, " ", s)
	}
	fmt.Fprintf(out, "\n%d passed, %d failed, %d skipped\n", t.passed, t.failed, t.skipped)
}

// reason returns what a skipped test said, without the frame that go test puts around it.
func reason(lines []string) string {
	var said []string
	for _, l := range lines {
		l = strings.TrimSpace(l)
		if l == "" || strings.HasPrefix(l, "=== ") || strings.HasPrefix(l, "--- ") {
			continue
		}
		said = append(said, l)
	}
	if len(said) == 0 {
		return "no reason given"
	}
	return strings.Join(said, " ")
}
