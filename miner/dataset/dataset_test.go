package dataset

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
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

func TestDamageIsRepaired(t *testing.T) {
	a := small(t)
	want := wantRows(t, a, 0)
	for name, c := range map[string]struct {
		damage                 func(t *testing.T, path string)
		reused, damaged, built int
	}{
		"flipped bit in chunk 2": {func(t *testing.T, path string) { flip(t, path, headSize+2<<20+12345) }, 5, 1, 1},
		"flipped checksum":       {func(t *testing.T, path string) { flip(t, path, tableAt+8*4) }, 5, 1, 1},
		"chunk never written":    {func(t *testing.T, path string) { zero(t, path, tableAt, 8) }, 5, 0, 1},
		"cut in chunk 4":         {func(t *testing.T, path string) { resize(t, path, headSize+4<<20+100) }, 4, 2, 2},
		"cut in the head":        {func(t *testing.T, path string) { resize(t, path, 100) }, 0, 0, 6},
		"empty":                  {func(t *testing.T, path string) { resize(t, path, 0) }, 0, 0, 6},
		"longer":                 {func(t *testing.T, path string) { resize(t, path, 20<<20) }, 6, 0, 0},
		"another algorithm":      {func(t *testing.T, path string) { flip(t, path, 20) }, 0, 0, 6},
		"a hole of zeros":        {func(t *testing.T, path string) { zero(t, path, headSize+1<<20, 2<<20) }, 4, 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			d := open(t, dir, a, 0, Options{})
			path := d.Report().Path
			closeIt(t, d)
			c.damage(t, path)
			d = open(t, dir, a, 0, Options{})
			defer closeIt(t, d)
			checkReport(t, d, c.reused, c.damaged, c.built)
			if !slices.Equal(d.Rows(), want) {
				t.Error("rows differ after the repair")
			}
		})
	}
}

func flip(t *testing.T, path string, at int64) {
	t.Helper()
	edit(t, path, func(f *os.File) error {
		var b [1]byte
		if _, err := f.ReadAt(b[:], at); err != nil {
			return err
		}
		b[0] ^= 0x10
		_, err := f.WriteAt(b[:], at)
		return err
	})
}

func zero(t *testing.T, path string, at, n int64) {
	t.Helper()
	edit(t, path, func(f *os.File) error {
		_, err := f.WriteAt(make([]byte, n), at)
		return err
	})
}

func resize(t *testing.T, path string, n int64) {
	t.Helper()
	edit(t, path, func(f *os.File) error { return f.Truncate(n) })
}

func edit(t *testing.T, path string, change func(*os.File) error) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(change(f), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// fullDisk has room for so many bytes of writes.
type fullDisk struct {
	*os.File
	mu   sync.Mutex
	room int
}

func (d *fullDisk) WriteAt(b []byte, at int64) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.room -= len(b); d.room < 0 {
		return 0, &os.PathError{Op: "write", Path: d.Name(), Err: syscall.ENOSPC}
	}
	return d.File.WriteAt(b, at)
}

func TestFullDiskSaysHowMuchAndWhere(t *testing.T) {
	a := small(t)
	count, err := a.DatasetRows(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range []int{0, headSize, 2<<20 + headSize + 100} {
		f, err := os.Create(filepath.Join(t.TempDir(), "f"))
		if err != nil {
			t.Fatal(err)
		}
		b := &builder{algorithm: a, rows: count, options: Options{Threads: 2}}
		fail := &DiskError{Dir: "/data/work", Size: headSize + uint64(count)*64}
		_, err = fill(t.Context(), &fullDisk{File: f, room: room}, b, fail)
		var disk *DiskError
		if !errors.As(err, &disk) || !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("room %d: %v, want a DiskError for ENOSPC", room, err)
		}
		for _, part := range []string{"/data/work", "needs 5.8 MiB", "no space left", "free ", "choose another folder"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("room %d: %q does not say %q", room, err, part)
			}
		}
		if room > 2<<20 && disk.Have != 2<<20 {
			t.Errorf("room %d: %d bytes written, want 2 MiB", room, disk.Have)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// brokenSync fails when asked to make things durable.
type brokenSync struct{ *os.File }

func (brokenSync) Sync() error { return io.ErrShortWrite }

func TestFailingSyncIsADiskError(t *testing.T) {
	a := small(t)
	count, _ := a.DatasetRows(0)
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close() //nolint:errcheck // a test's file
	_, err = fill(t.Context(), brokenSync{f}, &builder{algorithm: a, rows: count}, &DiskError{Dir: "d"})
	var disk *DiskError
	if !errors.As(err, &disk) || !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("got %v, want a DiskError", err)
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

// buildSlowly is the process that TestKilledBuildIsContinued kills: it waits for ever after the first chunk.
func buildSlowly(dir string) {
	a, err := pow.Gerohash(smallWork())
	if err != nil {
		os.Exit(1)
	}
	_, _ = Open(context.Background(), dir, a, 0, Options{Threads: 1, Progress: func(p Progress) {
		if p.Done < p.Total {
			time.Sleep(time.Minute)
		}
	}})
}

func TestKilledBuildIsContinued(t *testing.T) {
	a, dir := small(t), t.TempDir()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(exe)
	child.Env = append(os.Environ(), holdEnv+"="+dir)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = child.Process.Kill() })
	path := filepath.Join(dir, fileName(a, 0))
	deadline := time.Now().Add(20 * time.Second)
	for {
		if info, err := os.Stat(path); err == nil && info.Size() >= headSize+1<<20 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the child writes nothing")
		}
		time.Sleep(time.Millisecond)
	}
	if err := child.Process.Kill(); err != nil { // SIGKILL: no handler runs
		t.Fatal(err)
	}
	_ = child.Wait()
	d := open(t, dir, a, 0, Options{})
	defer closeIt(t, d)
	if r := d.Report(); r.Reused == 0 || r.Built == 0 || r.Reused+r.Built != 6 {
		t.Errorf("after a kill: %+v", r)
	}
	if !slices.Equal(d.Rows(), wantRows(t, a, 0)) {
		t.Error("rows differ after a kill")
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
