package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/syndtr/goleveldb/leveldb/storage"

	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/internal/crash"
	"github.com/gero-chain/gero/types"
)

func wantText(t *testing.T, err, kind error, words ...string) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("got %v, want %v", err, kind)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q does not say %q", err, w)
		}
	}
}

func TestLockedBySameProcess(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	_, err := store.Open(dir, store.Options{})
	wantText(t, err, store.ErrLocked, dir, "another gero is using this folder", "--datadir")
	_, err = store.Open(dir, store.Options{ReadOnly: true})
	wantText(t, err, store.ErrLocked)
	s.Close()
	open(t, dir, store.Options{})
}

// TestChildHolds is the child of TestLockedByOtherProcess: it opens a folder and keeps it.
func TestChildHolds(t *testing.T) {
	dir, ok := crash.ChildArgument()
	if !ok {
		return
	}
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	fmt.Println("open")
	<-context.Background().Done()
}

func TestLockedByOtherProcess(t *testing.T) {
	dir := t.TempDir()
	child, err := crash.Start(t.Context(), "TestChildHolds", dir)
	if err != nil {
		t.Fatal(err)
	}
	if line := <-child.Lines; line != "open" {
		t.Fatalf("child printed %q", line)
	}
	_, err = store.Open(dir, store.Options{})
	wantText(t, err, store.ErrLocked, "another gero is using this folder")
	if err := child.Kill(); err != nil {
		t.Fatal(err)
	}
	open(t, dir, store.Options{}) // a killed process leaves no lock
}

func TestWrongNetwork(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, chainOptions).Close()
	other := chainOptions
	other.Network, other.Genesis = "other", types.BlockHash{2}
	_, err := store.Open(dir, other)
	wantText(t, err, store.ErrWrongNetwork, `"test"`, `"other"`, chainOptions.Genesis.String(), other.Genesis.String(), "--datadir")
	sameName := chainOptions
	sameName.Genesis = types.BlockHash{3}
	_, err = store.Open(dir, sameName)
	wantText(t, err, store.ErrWrongNetwork)
	open(t, dir, chainOptions)
}

func TestForeignFolder(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	put(t, s, "k", "v")
	s.Close()
	_, err := store.Open(dir, chainOptions)
	wantText(t, err, store.ErrForeign, "not made by gero")

	dir = t.TempDir()
	open(t, dir, chainOptions).Close()
	wallet := chainOptions
	wallet.Layout = &store.Layout{Name: "wallet"}
	_, err = store.Open(dir, wallet)
	wantText(t, err, store.ErrForeign, "chain", "wallet")

	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(path, chainOptions); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("a file in place of the folder: got %v, want an error that names it", err)
	}
}

// testLayout returns a layout with two migrations, of which the second renames the record a to b and then fails as told.
func testLayout(version int, fail error) *store.Layout {
	l := &store.Layout{Name: "chain", Prefixes: []store.Prefix{{Byte: 'a', Name: "as"}, {Byte: 'b', Name: "bs"}}}
	l.Migrations = []store.Migration{
		{Name: "appending", Run: func(old store.Reader, w store.Writer) error {
			v, err := old.Get([]byte("a"))
			if err != nil {
				return err
			}
			return w.Put([]byte("a"), append(v, '2'))
		}},
		{Name: "renaming", Run: func(old store.Reader, w store.Writer) error {
			v, err := old.Get([]byte("a"))
			if err != nil {
				return err
			}
			return errors.Join(w.Delete([]byte("a")), w.Put([]byte("b"), append(v, '3')), fail)
		}},
	}[:version-1]
	return l
}

func TestMigrations(t *testing.T) {
	dir := t.TempDir()
	at := func(version int, fail error) store.Options {
		o := chainOptions
		o.Layout = testLayout(version, fail)
		return o
	}
	s := open(t, dir, at(1, nil))
	put(t, s, "a", "1")
	s.Close()

	reading := at(3, nil)
	reading.ReadOnly = true
	_, err := store.Open(dir, reading)
	wantText(t, err, store.ErrOlderSchema, "schema 1", "needs 3")

	broken := errors.New("broken")
	_, err = store.Open(dir, at(3, broken))
	wantText(t, err, broken, "migration to schema 3", "renaming")
	s = open(t, dir, at(2, nil)) // the first was done and the second left nothing
	if got := get(t, s, "a"); string(got) != "12" {
		t.Errorf("after the first migration: got %q, want 12", got)
	}
	s.Close()

	s = open(t, dir, at(3, nil))
	if got := get(t, s, "b"); string(got) != "123" {
		t.Errorf("after both migrations: got %q, want 123", got)
	}
	if ok, _ := s.Has([]byte("a")); ok {
		t.Error("the old record is still there")
	}
	s.Close()
	open(t, dir, at(3, nil)).Close() // nothing runs twice

	_, err = store.Open(dir, at(2, nil))
	wantText(t, err, store.ErrNewerSchema, "schema 3", "knows 2", "update gero")
}

func TestMigrationSurvivesCrash(t *testing.T) {
	for i, moment := range crash.Moments {
		for step := 1 + i; step < 20; step += len(crash.Moments) {
			dir := t.TempDir()
			o := chainOptions
			o.Layout = testLayout(1, nil)
			s := open(t, dir, o)
			put(t, s, "a", "1")
			s.Close()

			o.Layout = testLayout(3, nil)
			s, _, err := crash.Open(dir, o, crash.Plan{Step: step, Moment: moment, Seed: uint64(step)})
			if err == nil {
				s.Close()
			} else if !errors.Is(err, crash.ErrCrashed) {
				t.Fatalf("%v at step %d: got %v, want ErrCrashed", moment, step, err)
			}
			s = open(t, dir, o)
			if got := get(t, s, "b"); string(got) != "123" {
				t.Fatalf("%v at step %d: got %q after going on, want 123", moment, step, got)
			}
			s.Close()
		}
	}
}

// failing is a storage whose journals fail to sync once, as a disk with a bad sector does.
type failing struct {
	storage.Storage
	err error
}

func (f *failing) Create(fd storage.FileDesc) (storage.Writer, error) {
	w, err := f.Storage.Create(fd)
	if err != nil || fd.Type != storage.TypeJournal {
		return w, err
	}
	return &failingFile{w, f}, nil
}

type failingFile struct {
	storage.Writer
	f *failing
}

func (w *failingFile) Sync() error {
	err := w.f.err
	w.f.err = nil
	return errors.Join(err, w.Writer.Sync())
}

func TestFirstFailedWriteIsTheLast(t *testing.T) {
	bad := &os.PathError{Op: "sync", Path: "journal", Err: syscall.EIO}
	var disk *failing
	o := store.Options{Wrap: func(inner storage.Storage) storage.Storage {
		disk = &failing{Storage: inner}
		return disk
	}}
	s := open(t, t.TempDir(), o)
	put(t, s, "before", "v")
	disk.err = bad
	b := s.Batch()
	b.Put([]byte("during"), nil)
	wantText(t, b.WriteSync(), syscall.EIO, s.Path())
	for name, err := range map[string]error{
		"Put": s.Put([]byte("after"), nil), "WriteSync": b.WriteSync(), "SyncKeyValue": s.SyncKeyValue(), "DeleteRange": s.DeleteRange(nil, nil),
		"Delete": s.Delete([]byte("before")), "Err": s.Err(),
	} {
		if !errors.Is(err, syscall.EIO) {
			t.Errorf("%s after a failed write: got %v, want the first error", name, err)
		}
	}
	if got := get(t, s, "before"); string(got) != "v" {
		t.Errorf("reading on: got %q, want v", got)
	}
}

func TestDiskFullSaysHowToFreeSpace(t *testing.T) {
	s, _, err := crash.Open(t.TempDir(), store.Options{}, crash.Plan{Write: 1, Moment: crash.Full})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b := s.Batch()
	b.Put([]byte("k"), nil)
	wantText(t, b.WriteSync(), store.ErrDiskFull, "free space", "--datadir", "start gero again", s.Path())
}

func TestMemoryHasTheSchemaToo(t *testing.T) {
	s := openMemory(t, chainOptions)
	report, err := s.Check(t.Context(), nil)
	if err != nil || report.Prefixes[0].Keys != 4 {
		t.Errorf("got %+v, %v, want the four meta records", report.Prefixes[0], err)
	}
}
