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

	"github.com/gero-chain/gero/consensus/pow"
)

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
		// The word that vouches for the first chunk comes after the chunk.
		if content, err := os.ReadFile(path); err == nil && len(content) >= headSize && tableWord(content, 0) != 0 {
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
