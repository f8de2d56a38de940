package store

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/syndtr/goleveldb/leveldb/journal"
)

// engineLog returns a log as the engine writes it, and where each record ends.
func engineLog(t testing.TB, records [][]byte) (log []byte, ends []int) {
	t.Helper()
	var b bytes.Buffer
	w := journal.NewWriter(&b)
	for _, r := range records {
		out, err := w.Next()
		if err == nil {
			_, err = out.Write(r)
		}
		if err == nil {
			err = w.Flush()
		}
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, b.Len())
	}
	return b.Bytes(), ends
}

func testRecords(sizes ...int) [][]byte {
	random := rand.New(rand.NewPCG(5, 6))
	var out [][]byte
	for _, n := range sizes {
		r := make([]byte, n)
		for i := range r {
			r[i] = byte(random.Uint32())
		}
		out = append(out, r)
	}
	return out
}

var logSizes = []int{1, 100, 32<<10 - 7, 40_000, 12, 32<<10 - 200, 100_000, 3, 32 << 10, 500}

func scan(log []byte) (got [][]byte, end int64, d *logDamage, err error) {
	end, d, err = scanLog(bytes.NewReader(log), func(r []byte) error {
		got = append(got, bytes.Clone(r))
		return nil
	})
	return got, end, d, err
}

func TestScanReadsWhatTheEngineWrote(t *testing.T) {
	records := testRecords(logSizes...)
	log, ends := engineLog(t, records)
	got, end, d, err := scan(log)
	if err != nil || d != nil || end != int64(ends[len(ends)-1]) || len(got) != len(records) {
		t.Fatalf("got %d records to %d, %+v, %v, want %d to %d", len(got), end, d, err, len(records), len(log))
	}
	for i := range got {
		if !bytes.Equal(got[i], records[i]) {
			t.Errorf("record %d differs", i)
		}
	}
}

func TestScanOfLogThatEndsAnywhere(t *testing.T) {
	log, ends := engineLog(t, testRecords(logSizes...))
	random := rand.New(rand.NewPCG(9, 10))
	sizes := []int{0, 1, 6, 7, 8, logBlock - 7, logBlock, logBlock + 6, len(log)}
	for _, end := range ends {
		sizes = append(sizes, end-1, end, min(end+7, len(log)))
	}
	for range 60 {
		sizes = append(sizes, random.IntN(len(log)))
	}
	for _, n := range sizes {
		for _, tail := range []int{0, 5, 100, 40_000} { // zeros, as a file system may leave
			whole := 0
			for whole < len(ends) && ends[whole] <= n {
				whole++
			}
			got, end, d, err := scan(append(bytes.Clone(log[:n]), make([]byte, tail)...))
			if err != nil || len(got) != whole || (d != nil && (d.buried || d.at != end)) {
				t.Fatalf("%d bytes and %d zeros: got %d records, %+v, %v, want %d", n, tail, len(got), d, err, whole)
			}
			if tail == 0 && d != nil && !d.cut {
				t.Fatalf("%d bytes: got %+v, want a cut", n, d)
			}
		}
	}
}

func TestScanFindsRecordsBehindDamage(t *testing.T) {
	log, ends := engineLog(t, testRecords(logSizes...))
	random := rand.New(rand.NewPCG(7, 8))
	last := ends[len(ends)-2]
	for range 150 {
		at := random.IntN(last)
		bad := bytes.Clone(log)
		bad[at] ^= 1 << random.IntN(8)
		_, end, d, err := scan(bad)
		if err != nil {
			t.Fatal(err)
		}
		if d == nil {
			if i := blockEnd(at); at < i-6 { // else it is padding
				t.Fatalf("flip at %d: no damage found", at)
			}
			continue
		}
		if !d.buried || d.cut || end > int64(at) {
			t.Fatalf("flip at %d: got %+v after %d, want buried damage", at, d, end)
		}
	}
}

func blockEnd(at int) int { return (at/logBlock + 1) * logBlock }

func TestScanOfDamagedLastRecord(t *testing.T) {
	log, ends := engineLog(t, testRecords(20, 30, 100))
	for at := ends[1]; at < len(log); at++ {
		bad := bytes.Clone(log)
		bad[at] ^= 0x40
		got, _, d, err := scan(bad)
		if err != nil || len(got) != 2 || d == nil || d.buried {
			t.Fatalf("flip at %d: got %d records, %+v, %v, want two and damage at the end", at, len(got), d, err)
		}
	}
}

func TestManifestFields(t *testing.T) {
	tables := map[int64]struct{}{7: {}}
	rec := []byte{1, 1, 'c', 2, 9, 3, 12, 4, 99, 5, 0, 2, 'k', 'k', 6, 0, 7, 7, 1, 8, 50, 1, 'a', 1, 'b'}
	journal, err := manifestFields(rec, tables)
	if err != nil || journal != 9 || fmt.Sprint(tables) != "map[8:{}]" {
		t.Errorf("got journal %d, tables %v, %v, want 9 and table 8 alone", journal, tables, err)
	}
	for n := 1; n < len(rec); n++ {
		manifestFields(rec[:n], tables) // must not panic
	}
	if _, err := manifestFields([]byte{1, 200, 1}, tables); err == nil {
		t.Error("a length beyond the record: got nil, want an error")
	}
}

func FuzzScanLog(f *testing.F) {
	log, _ := engineLog(f, testRecords(1, 100, 40_000))
	f.Add(log)
	f.Add(log[:500])
	f.Add(make([]byte, 40_000))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, end, d, err := scan(b)
		if err != nil || end < 0 || end > int64(len(b)) {
			t.Fatalf("got end %d of %d, %v", end, len(b), err)
		}
		again, end2, d2, _ := scan(b[:end])
		if len(again) != len(got) || end2 != end || d2 != nil {
			t.Fatalf("cut at the end of the last whole record: got %d records and %+v, want %d and none (first: %+v)", len(again), d2, len(got), d)
		}
	})
}

func FuzzManifestFields(f *testing.F) {
	f.Add([]byte{1, 1, 'c', 2, 9, 7, 1, 8, 50, 1, 'a', 1, 'b'})
	f.Fuzz(func(t *testing.T, b []byte) {
		if journal, err := manifestFields(b, map[int64]struct{}{}); err == nil && journal < 0 {
			t.Fatalf("got journal %d", journal)
		}
	})
}
