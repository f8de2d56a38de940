package crash_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/internal/crash"
)

// A workload writes batches 1, 2, 3 ...: each has an item, and the head that names it. The state is whole if the items are exactly
// those up to the head.

const head = "head"

func writeBatch(s *store.Store, n, size int) error {
	b := s.Batch()
	b.Put(item(n), bytes.Repeat([]byte{byte(n)}, size))
	b.Put([]byte(head), binary.BigEndian.AppendUint32(nil, uint32(n)))
	return b.WriteSync()
}

func item(n int) []byte { return fmt.Appendf(nil, "item%08d", n) }

// wholeHead returns the head of a whole state, 0 for an empty one.
func wholeHead(t *testing.T, s *store.Store, size int) int {
	t.Helper()
	n := 0
	switch v, err := s.Get([]byte(head)); {
	case err == nil:
		n = int(binary.BigEndian.Uint32(v))
	case !errors.Is(err, store.ErrNotFound):
		t.Fatal(err)
	}
	items := 0
	err := s.Iterate([]byte("item"), nil, func(k, v []byte) error {
		items++
		if !bytes.Equal(k, item(items)) || len(v) != size || v[0] != byte(items) {
			return fmt.Errorf("item %d of %d: got key %s and %d bytes", items, n, k, len(v))
		}
		return nil
	})
	if err != nil || items != n {
		t.Fatalf("state is not whole: head %d, %d items, %v", n, items, err)
	}
	return n
}

// run writes batches until one fails or count is reached, closes the store, and returns how many succeeded.
func run(t *testing.T, dir string, plan crash.Plan, count, size int) (int, *crash.Disk) {
	t.Helper()
	s, d, err := crash.Open(dir, store.Options{}, plan)
	if err != nil {
		if !errors.Is(err, crash.ErrCrashed) {
			t.Fatalf("open: got %v, want ErrCrashed", err)
		}
		return 0, d
	}
	defer s.Close()
	for n := 1; n <= count; n++ {
		if err := writeBatch(s, n, size); err != nil {
			if !errors.Is(err, crash.ErrCrashed) {
				t.Fatalf("batch %d: got %v, want ErrCrashed", n, err)
			}
			if again := writeBatch(s, n, size); !errors.Is(again, crash.ErrCrashed) {
				t.Fatalf("batch after the crash: got %v, want ErrCrashed", again)
			}
			return n - 1, d
		}
	}
	return count, d
}

func reopen(t *testing.T, dir string) *store.Store {
	t.Helper()
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatalf("after the crash: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestCrashAtEveryWrite(t *testing.T) {
	const count, size = 6, 50_000 // a batch is longer than a block of the journal
	for _, moment := range crash.Moments {
		for n := 1; n <= count; n++ {
			t.Run(fmt.Sprintf("%v/%d", moment, n), func(t *testing.T) {
				dir := t.TempDir()
				done, _ := run(t, dir, crash.Plan{Write: n, Moment: moment, Seed: uint64(n)}, count, size)
				if done != n-1 {
					t.Fatalf("writes that succeeded: got %d, want %d", done, n-1)
				}
				want := n - 1
				if moment == crash.After {
					want = n
				}
				s := reopen(t, dir)
				if got := wholeHead(t, s, size); got != want {
					t.Fatalf("head after reopening: got %d, want %d", got, want)
				}
				if err := writeBatch(s, want+1, size); err != nil {
					t.Fatalf("writing after reopening: %v", err)
				}
				s.Close()
				if got := wholeHead(t, reopen(t, dir), size); got != want+1 {
					t.Fatalf("head after going on: got %d, want %d", got, want+1)
				}
			})
		}
	}
}

func TestTornAtEveryKindOfPlace(t *testing.T) {
	const size = 300
	for seed := range uint64(24) {
		dir := t.TempDir()
		run(t, dir, crash.Plan{Write: 3, Moment: crash.Torn, Seed: seed}, 3, size)
		if got := wholeHead(t, reopen(t, dir), size); got != 2 {
			t.Fatalf("seed %d: head after a torn write: got %d, want 2", seed, got)
		}
	}
}

// Batches so large that journals change, tables are written and compacted, and the manifest grows.
const (
	bigCount = 10
	bigSize  = 1 << 20
)

func TestCrashAtAnyStep(t *testing.T) {
	_, d := run(t, t.TempDir(), crash.Plan{}, bigCount, bigSize)
	_, steps := d.Counts()
	if steps < 100 {
		t.Fatalf("workload of %d steps is no test", steps)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 10 {
		tryStep(t, 1+random.IntN(steps), crash.Moments[random.IntN(len(crash.Moments))])
	}
	for step := 1; step <= 9; step++ { // making the database
		tryStep(t, step, crash.Moments[step%len(crash.Moments)])
	}
}

// tryStep crashes the big workload at one step: all batches that succeeded are there afterwards, and at most the next one.
func tryStep(t *testing.T, step int, moment crash.Moment) {
	t.Helper()
	t.Run(fmt.Sprintf("%d/%v", step, moment), func(t *testing.T) {
		dir := t.TempDir()
		done, _ := run(t, dir, crash.Plan{Step: step, Moment: moment, Seed: uint64(step)}, bigCount, bigSize)
		s := reopen(t, dir)
		if got := wholeHead(t, s, bigSize); got != done && got != done+1 {
			t.Fatalf("head after reopening: got %d, want %d or one more", got, done)
		}
	})
}

func TestUnsyncedWritesAreLostFromTheEnd(t *testing.T) {
	const size = 700_000 // several journals
	for seed := range uint64(4) {
		dir := t.TempDir()
		s, _, err := crash.Open(dir, store.Options{}, crash.Plan{Write: 2, Moment: crash.Torn, Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		for n := 1; n <= 15; n++ {
			b := s.Batch()
			b.Put(item(n), bytes.Repeat([]byte{byte(n)}, size))
			b.Put([]byte(head), binary.BigEndian.AppendUint32(nil, uint32(n)))
			if n == 4 {
				err = b.WriteSync()
			} else {
				err = b.Write()
			}
			if err != nil {
				break
			}
		}
		s.Close()
		if got := wholeHead(t, reopen(t, dir), size); got < 4 {
			t.Fatalf("head after reopening: got %d, want at least the synced 4", got)
		}
	}
}

func TestFullDisk(t *testing.T) {
	const size = 50_000
	for _, plan := range []crash.Plan{{Write: 4, Moment: crash.Full}, {Step: 25, Moment: crash.Full}} {
		dir := t.TempDir()
		s, _, err := crash.Open(dir, store.Options{}, plan)
		if err != nil {
			t.Fatal(err)
		}
		n := 1
		for ; n < 100; n++ {
			if err = writeBatch(s, n, size); err != nil {
				break
			}
		}
		if !errors.Is(err, store.ErrDiskFull) {
			t.Fatalf("got %v, want ErrDiskFull", err)
		}
		if err := s.Put([]byte("small"), nil); !errors.Is(err, store.ErrDiskFull) {
			t.Errorf("write after a failed one: got %v, want ErrDiskFull", err)
		}
		if err := s.Err(); !errors.Is(err, store.ErrDiskFull) {
			t.Errorf("Err: got %v, want ErrDiskFull", err)
		}
		if got := wholeHead(t, s, size); got != n-1 {
			t.Errorf("reading on: got head %d, want %d", got, n-1)
		}
		s.Close()
		if got := wholeHead(t, reopen(t, dir), size); got != n-1 && got != n {
			t.Errorf("head after reopening: got %d, want %d or one more", got, n-1)
		}
	}
}
