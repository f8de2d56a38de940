package bench

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/gero-chain/gero/internal/progress"
)

func quick(t *testing.T) Options {
	return Options{Payments: 1, Slice: 20 * time.Millisecond, Dataset: 1 << 20, Dir: t.TempDir(), Progress: progress.New(io.Discard, progress.Off, time.Now)}
}

// TestEverythingIsMeasured runs the whole benchmark, with a payment that is really proven, and holds its rows to what cannot be otherwise.
func TestEverythingIsMeasured(t *testing.T) {
	o := quick(t)
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]Row{}
	for _, row := range r.Rows {
		if row.Value <= 0 || row.What == "" {
			t.Errorf("row %+v says nothing", row)
		}
		rows[row.Name] = row
	}
	for _, name := range []string{
		"constraints", "prove_cpu", "prove_wall", "verify_single", "verify_batch", "block_check", "block_connect", "block_total",
		"trials_core", "trials_all", "tree_appends", "cache", "dataset_rate", "dataset_build", "light_check", "hash_plain", "hash_search_1",
	} {
		if _, ok := rows[name]; !ok {
			t.Errorf("%s was not measured", name)
		}
	}
	if n := rows["constraints"].Value; n > 26_000 {
		t.Errorf("%.0f constraints, want at most 26000", n)
	}
	if left, err := os.ReadDir(o.Dir); err != nil || len(left) != 0 {
		t.Errorf("files are left: %v (%v)", left, err)
	}
}

func TestPartsAndEnd(t *testing.T) {
	o := quick(t)
	o.Only = []string{"nothing"}
	if _, err := Run(t.Context(), o); !errors.Is(err, ErrPart) {
		t.Errorf("error %v, want ErrPart", err)
	}
	o.Only = []string{"notes"}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
}
