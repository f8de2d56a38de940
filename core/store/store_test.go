package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/ethereum/go-ethereum/ethdb/dbtest"

	"github.com/gero-chain/gero/core/store"
)

var (
	_ ethdb.KeyValueStore = (*store.Store)(nil)
	_ ethdb.Batch         = (*store.Batch)(nil)
	_ store.Reader        = (*store.Store)(nil)
	_ store.Reader        = (*store.Snapshot)(nil)
)

func TestGethSuiteDisk(t *testing.T) {
	dbtest.TestDatabaseSuite(t, func() ethdb.KeyValueStore { return open(t, t.TempDir(), store.Options{}) })
}

func TestGethSuiteMemory(t *testing.T) {
	dbtest.TestDatabaseSuite(t, func() ethdb.KeyValueStore { return openMemory(t, store.Options{}) })
}

func TestGetIsACopyAndMissingIsNotFound(t *testing.T) {
	s := openMemory(t, store.Options{})
	put(t, s, "k", "value")
	v := get(t, s, "k")
	v[0] = 'X'
	if got := get(t, s, "k"); string(got) != "value" {
		t.Errorf("after changing what Get returned: got %q, want %q", got, "value")
	}
	_, err := s.Get([]byte("absent"))
	if !errors.Is(err, store.ErrNotFound) || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing key: got %v, want ErrNotFound, which is also fs.ErrNotExist", err)
	}
}

func TestBatchCopiesWhatItIsGiven(t *testing.T) {
	s := openMemory(t, store.Options{})
	key, value := []byte("k"), []byte("value")
	b := s.Batch()
	b.Put(key, value)
	key[0], value[0] = 'z', 'z'
	if b.Size() != 6 || b.Len() != 1 {
		t.Errorf("batch: got size %d, length %d, want 6 and 1", b.Size(), b.Len())
	}
	if err := b.WriteSync(); err != nil {
		t.Fatal(err)
	}
	if got := get(t, s, "k"); string(got) != "value" {
		t.Errorf("got %q, want %q", got, "value")
	}
}

func TestIteratorAndSnapshotDoNotSeeLaterWrites(t *testing.T) {
	s := open(t, t.TempDir(), store.Options{})
	put(t, s, "a1", "old")
	put(t, s, "b1", "other")
	it := s.NewIterator([]byte("a"), nil)
	snap, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "a1", "new")
	put(t, s, "a2", "new")
	if !it.Next() || string(it.Key()) != "a1" || string(it.Value()) != "old" || it.Next() {
		t.Errorf("iterator saw a write made after it")
	}
	it.Release()
	if v, err := snap.Get([]byte("a1")); err != nil || string(v) != "old" {
		t.Errorf("snapshot: got %q, %v, want the old value", v, err)
	}
	if ok, err := snap.Has([]byte("a2")); err != nil || ok {
		t.Errorf("snapshot has a2: got %v, %v", ok, err)
	}
	snap.Release()
	if got := get(t, s, "a1"); string(got) != "new" {
		t.Errorf("store: got %q, want the new value", got)
	}
}

func TestIterateBoundsAndStops(t *testing.T) {
	s := openMemory(t, store.Options{})
	for _, k := range []string{"a1", "a2", "a3", "b1", "\xff\xff"} {
		put(t, s, k, k)
	}
	var got []string
	err := s.Iterate([]byte("a"), []byte("2"), func(k, _ []byte) error {
		got = append(got, string(k))
		return nil
	})
	if err != nil || fmt.Sprint(got) != "[a2 a3]" {
		t.Errorf("got %v, %v, want [a2 a3]", got, err)
	}
	stop := errors.New("enough")
	if err := s.Iterate(nil, nil, func(_, _ []byte) error { return stop }); err != stop {
		t.Errorf("got %v, want the callback's own error", err)
	}
	got = nil
	s.Iterate([]byte{0xff}, nil, func(k, _ []byte) error { got = append(got, string(k)); return nil })
	if len(got) != 1 {
		t.Errorf("prefix ff: got %d keys, want 1", len(got))
	}
}

func TestUpdateIsAllOrNothing(t *testing.T) {
	s := openMemory(t, store.Options{})
	broken := errors.New("broken")
	err := s.Update(func(w store.Writer) error { w.Put([]byte("k"), nil); return broken })
	if err != broken {
		t.Errorf("got %v, want the callback's own error", err)
	}
	if ok, _ := s.Has([]byte("k")); ok {
		t.Error("a failed update wrote")
	}
}

func TestEverythingIsThereAfterReopening(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	b := s.Batch()
	for i := range 1000 {
		b.Put(fmt.Appendf(nil, "k%04d", i), bytes.Repeat([]byte{byte(i)}, 100))
	}
	b.DeleteRange([]byte("k0500"), []byte("k0600"))
	if err := s.WriteSync(b); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: got %v, want nil", err)
	}
	s = open(t, dir, store.Options{})
	n := 0
	s.Iterate(nil, nil, func(_, _ []byte) error { n++; return nil })
	if n != 900 {
		t.Errorf("got %d keys, want 900", n)
	}
	if ok, _ := s.Has([]byte("k0599")); ok {
		t.Error("a key of the deleted range is there")
	}
}

func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	put(t, s, "k", "v")
	s.Close()

	before := listing(t, dir)
	r1 := open(t, dir, store.Options{ReadOnly: true})
	r2 := open(t, dir, store.Options{ReadOnly: true})
	if got := get(t, r2, "k"); string(got) != "v" {
		t.Errorf("got %q, want %q", got, "v")
	}
	b := r1.Batch()
	b.Put([]byte("k"), []byte("w"))
	for name, err := range map[string]error{"Put": r1.Put([]byte("k"), nil), "WriteSync": b.WriteSync(), "Delete": r1.Delete([]byte("k"))} {
		if !errors.Is(err, store.ErrReadOnly) {
			t.Errorf("%s: got %v, want ErrReadOnly", name, err)
		}
	}
	if err := r1.Err(); err != nil {
		t.Errorf("refusing to write is no failed write: got %v", err)
	}
	r1.Close()
	r2.Close()
	if after := listing(t, dir); after != before {
		t.Errorf("reading changed the folder:\n got %s\nwant %s", after, before)
	}
	if _, err := store.Open(filepath.Join(dir, "none"), store.Options{ReadOnly: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("reading what is not there: got %v, want fs.ErrNotExist", err)
	}
}

func TestUseAfterClose(t *testing.T) {
	s := open(t, t.TempDir(), store.Options{})
	s.Close()
	if _, err := s.Get(nil); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Get: got %v, want ErrClosed", err)
	}
	b := s.Batch()
	b.Put([]byte("k"), nil)
	if err := b.WriteSync(); !errors.Is(err, store.ErrClosed) {
		t.Errorf("WriteSync: got %v, want ErrClosed", err)
	}
	if _, err := s.Snapshot(); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Snapshot: got %v, want ErrClosed", err)
	}
}

func TestConcurrentUse(t *testing.T) {
	s := open(t, t.TempDir(), store.Options{})
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for i := range 50 {
				b := s.Batch()
				b.Put(fmt.Appendf(nil, "%d/%d", w, i), []byte("v"))
				b.Put(fmt.Appendf(nil, "last/%d", w), fmt.Append(nil, i))
				if err := errors.Join(b.WriteSync(), s.SyncKeyValue()); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 50 {
				if err := s.Iterate([]byte("last/"), nil, func(_, _ []byte) error { return nil }); err != nil {
					t.Error(err)
				}
				snap, err := s.Snapshot()
				if err != nil {
					t.Error(err)
					return
				}
				snap.Has([]byte("last/0"))
				snap.Release()
				if _, err := s.Stats(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		if err := s.Compact(nil, nil); err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
	for w := range 4 {
		if got := get(t, s, fmt.Sprintf("last/%d", w)); string(got) != "49" {
			t.Errorf("writer %d: got %s, want 49", w, got)
		}
	}
}

func open(t testing.TB, dir string, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func openMemory(t testing.TB, o store.Options) *store.Store {
	t.Helper()
	s, err := store.OpenMemory(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// put writes one synced record.
func put(t testing.TB, s *store.Store, key, value string) {
	t.Helper()
	b := s.Batch()
	b.Put([]byte(key), []byte(value))
	if err := b.WriteSync(); err != nil {
		t.Fatal(err)
	}
}

func get(t testing.TB, s store.Reader, key string) []byte {
	t.Helper()
	v, err := s.Get([]byte(key))
	if err != nil {
		t.Fatalf("get %q: %v", key, err)
	}
	return v
}

// listing names all files of a folder with their sizes.
func listing(t testing.TB, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %d; ", e.Name(), info.Size())
	}
	return b.String()
}
