package miner

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/miner/dataset"
	"github.com/gero-chain/gero/params"
)

// epochs returns a network whose dataset changes every eighth block.
func epochs() *params.Network {
	net := testkit.QuickNetwork()
	net.Work.EpochBlocks = 8
	return net
}

func files(t *testing.T, dir string) int {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*.dataset"))
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}

// Mining goes on across epochs, on disk and in memory, and old files go.
func TestMinesAcrossEpochs(t *testing.T) {
	for _, dir := range []string{"", t.TempDir()} {
		r := newRigOn(t, epochs(), false, func(c *Config) { c.Dir = dir })
		r.clock.add(time.Hour)
		stopped := make(chan struct{})
		go func() { // the clock goes on, or blocks would soon be too far ahead of it
			defer close(stopped)
			for r.chain.Height() < 28 {
				r.clock.add(10 * time.Second)
				r.set(func() {})
				time.Sleep(time.Millisecond)
			}
		}()
		if err := r.Start(0); err != nil {
			t.Fatal(err)
		}
		stop := r.run(t)
		r.wantHeight(t, 28)
		<-stopped
		r.Stop()
		r.wantState(t, StateOff, "mining is switched off")
		if got, want := r.Status().Epoch, uint64(r.chain.Height())/8; got != want && got != want+1 {
			t.Errorf("epoch: got %d at height %d", got, r.chain.Height())
		}
		stop()
		if got := files(t, dir); dir != "" && (got < 1 || got > 2) {
			t.Errorf("%d dataset files, want the current one and at most the next", got)
		}
	}
}

// Shortly before an epoch ends its successor's file is made, so that the change costs no more than a look at it.
func TestNextDatasetAheadOfTime(t *testing.T) {
	dir := t.TempDir()
	r := newRigOn(t, epochs(), true, func(c *Config) { c.Dir = dir })
	if lead := r.sets.lead; lead != 1 {
		t.Fatalf("lead of an epoch of 8 blocks: got %d, want 1", lead)
	}
	if got := leadOf(30_000); got != 300 {
		t.Errorf("lead of an epoch of 30,000 blocks: got %d, want 300", got)
	}
	defer r.sets.close()
	if _, err := r.rows(t.Context(), 6); err != nil {
		t.Fatal(err)
	}
	if r.sets.ahead != nil || files(t, dir) != 1 {
		t.Fatal("the next dataset is made too early")
	}
	for range 2 { // asked for again, it is not begun again
		if _, err := r.rows(t.Context(), 7); err != nil {
			t.Fatal(err)
		}
	}
	<-r.sets.ahead.done
	if files(t, dir) != 2 {
		t.Fatal("the next dataset is not made")
	}
	d, err := dataset.Open(t.Context(), dir, r.algorithm, 1, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if report := d.Report(); report.Built != 0 || report.Reused == 0 {
		t.Errorf("the next epoch's file lacks %d parts", report.Built)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.rows(t.Context(), 8); err != nil {
		t.Fatal(err)
	}
	if r.sets.current.Epoch() != 1 || r.sets.current.Report().Built != 0 || files(t, dir) != 1 || r.sets.ahead != nil {
		t.Errorf("after the change: epoch %d, %d parts built, %d files", r.sets.current.Epoch(), r.sets.current.Report().Built, files(t, dir))
	}
	// The rows are those of the epoch.
	cache, err := pow.NewCache(r.algorithm, 1)
	if err != nil {
		t.Fatal(err)
	}
	row := make([]pow.Row, 1)
	cache.Compute(5, row)
	if r.sets.current.Rows()[5] != row[0] {
		t.Error("row 5 is not that of epoch 1")
	}
}

// What is made ahead of time ends when mining is switched off, and with the node.
func TestMakingAheadEnds(t *testing.T) {
	dir := t.TempDir()
	begun := make(chan struct{}, 1)
	release := make(chan struct{})
	r := newRigOn(t, epochs(), true, func(c *Config) {
		c.Dir = dir
		inner := c.Caches
		c.Caches = func(e pow.Epoch) (*pow.Cache, error) {
			if e == 1 {
				begun <- struct{}{}
				<-release
			}
			return inner(e)
		}
	})
	for range 6 {
		r.chain.MineTrusting()
	}
	if err := r.Start(0); err != nil {
		t.Fatal(err)
	}
	r.run(t)
	<-begun
	r.Stop()
	time.Sleep(5 * time.Millisecond)
	close(release)
	r.wantState(t, StateOff, "mining is switched off")
	if r.sets.ahead != nil { // Run waits for a change and does not touch it
		t.Error("the next dataset is still being made")
	}
}

// A folder that cannot hold a dataset is no obstacle: it is kept in memory.
func TestDatasetFolderUnusable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, true, func(c *Config) { c.Dir = file })
	defer r.sets.close()
	if _, err := r.rows(context.Background(), 1); err != nil {
		t.Fatal(err)
	}
	if r.sets.current.Report().Fallback == nil {
		t.Error("the dataset is in memory, and nobody says why")
	}
}
