// Package bench measures on this machine, with the code of the node, what `gero bench` shows.
package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/gero-chain/gero/internal/progress"
)

// Row is one measurement.
type Row struct {
	Name  string  `json:"name"` // stable, for programs
	What  string  `json:"what"` // for people
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Note  string  `json:"note,omitempty"` // how it was measured, where that is not obvious
}

// Report is all measurements and the machine they belong to.
type Report struct {
	OS    string `json:"os"`
	Arch  string `json:"arch"`
	Cores int    `json:"cores"`
	Go    string `json:"go"`
	Rows  []Row  `json:"rows"`
}

func (r *Report) add(name, what string, value float64, unit, note string) {
	r.Rows = append(r.Rows, Row{name, what, value, unit, note})
}

// Options say what to measure.
type Options struct {
	Payments int           // proven for real, and connected in one block
	Slice    time.Duration // how long each rate is measured
	Dataset  uint64        // bytes of the dataset for the hash rate; 0 is betanet's first
	Dir      string        // an empty folder for the database of the block that is connected
	Only     []string      // parts to run; empty runs all
	Progress *progress.Reporter
}

// Default measures everything the issue of a release quotes, in about two minutes; Quick is for a first look.
func Default() Options { return Options{Payments: 60, Slice: 2 * time.Second} }

// Quick returns options for a first look, in about twenty seconds.
func Quick() Options { return Options{Payments: 4, Slice: time.Second, Dataset: 64 << 20} }

// Parts lists the parts in the order in which they run.
var Parts = []string{"proofs", "notes", "work"}

// ErrPart reports a part that does not exist.
var ErrPart = errors.New("no such part of the benchmark")

// Run measures. It ends early with the context's error.
func Run(ctx context.Context, o Options) (*Report, error) {
	r := &Report{OS: runtime.GOOS, Arch: runtime.GOARCH, Cores: runtime.NumCPU(), Go: runtime.Version()}
	for _, name := range o.Only {
		if !slices.Contains(Parts, name) {
			return nil, fmt.Errorf("%w: %q, want one of %v", ErrPart, name, Parts)
		}
	}
	parts := map[string]func(context.Context, *Options, *Report) error{"proofs": proofs, "notes": notes, "work": work}
	for _, name := range Parts {
		if len(o.Only) > 0 && !slices.Contains(o.Only, name) {
			continue
		}
		if err := parts[name](ctx, &o, r); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return r, nil
}

// rate returns how often f happens per second, f saying how much it did.
func rate(ctx context.Context, d time.Duration, f func() (int, error)) (float64, error) {
	begun, done := time.Now(), 0
	for time.Since(begun) < d {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, err := f()
		if err != nil {
			return 0, err
		}
		done += n
	}
	return float64(done) / time.Since(begun).Seconds(), nil
}

// ms returns a duration in milliseconds.
func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
