package dataset

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/params"
)

const holdEnv = "GERO_TEST_DATASET_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(holdEnv); dir != "" {
		buildSlowly(dir)
		return
	}
	goleak.VerifyTestMain(m)
}

// small is a dataset of nearly 6 MiB, the last of its six chunks not whole.
func small(t testing.TB) *pow.Algorithm {
	t.Helper()
	a, err := pow.Gerohash(smallWork())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func smallWork() params.Work {
	return params.Work{
		ChainTag: "dataset test", CacheSize: 64 << 10, DatasetInit: 6<<20 - 256<<10, DatasetGrowth: 1 << 20, DatasetMax: 8 << 20,
		EpochBlocks: 10, ScratchpadSize: 4 << 10, Accesses: 8, Mutations: 2, Parents: 2,
	}
}

func wantRows(t testing.TB, a *pow.Algorithm, e pow.Epoch) []pow.Row {
	t.Helper()
	c, err := pow.NewCache(a, e)
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]pow.Row, c.DatasetRows())
	c.Compute(0, rows)
	return rows
}

func open(t *testing.T, dir string, a *pow.Algorithm, e pow.Epoch, o Options) *Dataset {
	t.Helper()
	d, err := Open(t.Context(), dir, a, e, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func closeIt(t *testing.T, d *Dataset) {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func checkReport(t *testing.T, d *Dataset, reused, damaged, built int) {
	t.Helper()
	got := d.Report()
	if got.Reused != reused || got.Damaged != damaged || got.Built != built {
		t.Errorf("reused %d damaged %d built %d, want %d %d %d", got.Reused, got.Damaged, got.Built, reused, damaged, built)
	}
}

func TestOpenBuildsThenReuses(t *testing.T) {
	a, dir := small(t), filepath.Join(t.TempDir(), "made", "on the way")
	want := wantRows(t, a, 1)
	d := open(t, dir, a, 1, Options{Threads: 3})
	if !slices.Equal(d.Rows(), want) {
		t.Error("rows differ from those of the cache")
	}
	checkReport(t, d, 0, 0, 7)
	closeIt(t, d)
	closeIt(t, d)

	d = open(t, dir, a, 1, Options{Cache: func(pow.Epoch) (*pow.Cache, error) {
		t.Error("a whole file asks for the cache")
		return pow.NewCache(a, 1)
	}})
	defer closeIt(t, d)
	if !slices.Equal(d.Rows(), want) {
		t.Error("rows differ after opening again")
	}
	checkReport(t, d, 7, 0, 0)
}

func TestResidentCopyEqualsFile(t *testing.T) {
	a, dir := small(t), t.TempDir()
	want := wantRows(t, a, 0)
	d := open(t, dir, a, 0, Options{Resident: true})
	checkReport(t, d, 0, 0, 6)
	path := d.Report().Path
	// The copy has nothing to do with the file any more.
	resize(t, path, 0)
	if !slices.Equal(d.Rows(), want) {
		t.Error("rows differ in the copy")
	}
	closeIt(t, d)
	d = open(t, dir, a, 0, Options{})
	defer closeIt(t, d)
	if !slices.Equal(d.Rows(), want) {
		t.Error("rows differ in the file")
	}
}

func TestMemoryEqualsFile(t *testing.T) {
	a := small(t)
	d, err := Memory(t.Context(), a, 0, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, d)
	if !slices.Equal(d.Rows(), wantRows(t, a, 0)) {
		t.Error("rows differ from those of the cache")
	}
	if d.Report().Path != "" {
		t.Errorf("a dataset in memory names the file %s", d.Report().Path)
	}
}

func TestCancelledBuildIsContinued(t *testing.T) {
	a, dir := small(t), t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	var made int
	_, err := Open(ctx, dir, a, 0, Options{Threads: 1, Cache: func(e pow.Epoch) (*pow.Cache, error) {
		made++
		return pow.NewCache(a, e)
	}, Progress: func(p Progress) {
		if p.Phase == Building {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled: %v", err)
	}
	d := open(t, dir, a, 0, Options{})
	defer closeIt(t, d)
	if r := d.Report(); r.Reused == 0 || r.Built == 0 || r.Damaged != 0 || r.Reused+r.Built != 6 {
		t.Errorf("after a cancelled build: %+v", r)
	}
	if !slices.Equal(d.Rows(), wantRows(t, a, 0)) {
		t.Error("rows differ after continuing")
	}
}

func TestLoadFallsBackToMemory(t *testing.T) {
	a := small(t)
	file := filepath.Join(t.TempDir(), "not a folder")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var disk *DiskError
	if _, err := Open(t.Context(), file, a, 0, Options{}); !errors.As(err, &disk) {
		t.Fatalf("folder that is a file: %v, want a DiskError", err)
	}
	d, err := Load(t.Context(), file, a, 0, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, d)
	if !errors.As(d.Report().Fallback, &disk) || d.Report().Path != "" {
		t.Errorf("report %+v does not say why there is no file", d.Report())
	}
	if !slices.Equal(d.Rows(), wantRows(t, a, 0)) {
		t.Error("rows differ in memory")
	}
	good, err := Load(t.Context(), t.TempDir(), a, 0, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt(t, good)
	if good.Report().Fallback != nil || good.Report().Path == "" {
		t.Errorf("a good folder was not used: %+v", good.Report())
	}
}

func TestErrorsThatAreNotTheDisks(t *testing.T) {
	a := small(t)
	if _, err := Open(t.Context(), t.TempDir(), a, 1<<40, Options{}); !errors.Is(err, pow.ErrEpoch) {
		t.Errorf("epoch out of range: %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, make := range map[string]func() (*Dataset, error){
		"open":   func() (*Dataset, error) { return Open(cancelled, t.TempDir(), a, 0, Options{}) },
		"load":   func() (*Dataset, error) { return Load(cancelled, t.TempDir(), a, 0, Options{}) },
		"memory": func() (*Dataset, error) { return Memory(cancelled, a, 0, Options{}) },
	} {
		if _, err := make(); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v, want context.Canceled", name, err)
		}
	}
	broken := errors.New("no cache today")
	_, err := Open(t.Context(), t.TempDir(), a, 0, Options{Cache: func(pow.Epoch) (*pow.Cache, error) { return nil, broken }})
	if !errors.Is(err, broken) {
		t.Errorf("cache refused: %v", err)
	}
	if _, err := Open(t.Context(), t.TempDir(), pow.Ethash(), 2000, Options{}); err == nil {
		t.Error("a dataset of 17 GiB has room in the head's table")
	}
}

func TestProgressAddsUp(t *testing.T) {
	a, dir := small(t), t.TempDir()
	var calls []Progress
	o := Options{Threads: 2, Progress: func(p Progress) { calls = append(calls, p) }}
	closeIt(t, open(t, dir, a, 0, o))
	closeIt(t, open(t, dir, a, 0, o))
	last := map[Phase]Progress{}
	for _, p := range calls {
		if before := last[p.Phase]; p.Done < before.Done || p.Done > p.Total {
			t.Errorf("progress goes from %+v to %+v", before, p)
		}
		last[p.Phase] = p
	}
	rows, _ := a.DatasetRows(0)
	for _, phase := range []Phase{Checking, Building} {
		if p := last[phase]; p.Done != uint64(rows)*64 || p.Total != p.Done || p.Rate <= 0 || p.ETA != 0 {
			t.Errorf("%s ends with %+v", phase, p)
		}
	}
}

func TestReporterRateAndETA(t *testing.T) {
	var got []Progress
	start := time.Unix(1_800_000_000, 0)
	r := reporter{call: func(p Progress) { got = append(got, p) }, phase: Building, began: start, skipped: 400, total: 1000}
	r.at(start.Add(2*time.Second), 500)
	r.at(start.Add(2*time.Second+100*time.Millisecond), 510) // too soon
	r.at(start.Add(4*time.Second), 1000)
	want := []Progress{
		{Building, 500, 1000, 50, 10 * time.Second},
		{Building, 1000, 1000, 150, 0},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestPruneKeepsCurrentAndNext(t *testing.T) {
	a, dir := small(t), t.TempDir()
	w := smallWork()
	w.ChainTag = "another network"
	other, err := pow.Gerohash(w)
	if err != nil {
		t.Fatal(err)
	}
	keep := []string{fileName(a, 7), fileName(a, 8), fileName(other, 1), "notes.txt", filePrefix(a) + "x" + suffix, filePrefix(a) + "3.txt"}
	for _, name := range append([]string{fileName(a, 0), fileName(a, 6), fileName(a, 9), fileName(a, 70)}, keep...) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := Prune(dir, a, 7); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	slices.Sort(keep)
	if !slices.Equal(left, keep) {
		t.Errorf("left %v, want %v", left, keep)
	}
	if err := Prune(filepath.Join(dir, "missing"), a, 7); err != nil {
		t.Errorf("no folder: %v", err)
	}
}

// BenchmarkBuild measures the build of betanet's first dataset in memory, on all cores.
func BenchmarkBuild(b *testing.B) {
	a, err := pow.Gerohash(params.BetaNet().Work)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		d, err := Memory(b.Context(), a, 0, Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(d.Rows()) * pow.RowSize))
		_ = d.Close()
	}
}

// BenchmarkOpen measures the check of a whole file of 8 MiB.
func BenchmarkOpen(b *testing.B) {
	w := smallWork()
	w.DatasetInit = 8 << 20
	a, err := pow.Gerohash(w)
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	b.SetBytes(8 << 20)
	for b.Loop() {
		d, err := Open(b.Context(), dir, a, 0, Options{})
		if err != nil {
			b.Fatal(err)
		}
		_ = d.Close()
	}
}
