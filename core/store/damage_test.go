package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/types"
)

// A test database holds record(0), record(1), ... each written with a sync of its own.

func record(n int) (string, string) {
	random := rand.New(rand.NewPCG(uint64(n), 0))
	value := make([]byte, 1000)
	for i := range value {
		value[i] = byte(random.Uint32())
	}
	return string(store.LedgerKey(fmt.Appendf(nil, "%08d", n))), string(value)
}

// fill makes a database of count records: those before tables are in tables, the rest in the journal.
func fill(t *testing.T, dir string, tables, count int) {
	t.Helper()
	s := open(t, dir, chainOptions)
	for n := range count {
		if n == tables {
			if err := s.Compact(nil, nil); err != nil {
				t.Fatal(err)
			}
		}
		k, v := record(n)
		put(t, s, k, v)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

var chainOptions = store.Options{Layout: store.ChainLayout, Network: "test", Genesis: types.BlockHash{1}}

// readAll returns how many records from the beginning are there and right, and fails if any is wrong or follows a gap.
func readAll(t *testing.T, s *store.Store) int {
	t.Helper()
	n := 0
	err := s.Iterate([]byte{store.PrefixLedger}, nil, func(k, v []byte) error {
		if wk, wv := record(n); wk != string(k) || wv != string(v) {
			return fmt.Errorf("record %d is missing or wrong", n)
		}
		n++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// file returns the one file that matches.
func file(t *testing.T, dir, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil || len(found) != 1 {
		t.Fatalf("files %s: got %v, %v, want one", pattern, found, err)
	}
	return found[0]
}

// flip changes one bit of a file, counting from the end if at is negative, and returns a function that changes it back.
func flip(t *testing.T, path string, at int, bit byte) func() {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if at < 0 {
		at += len(b)
	}
	write := func() {
		b[at] ^= bit
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write()
	return write
}

// clone copies a database, without its lock and log.
func clone(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

func wantCorrupt(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, store.ErrCorrupt) || !strings.Contains(err.Error(), "gero db check --repair") {
		t.Errorf("%s: got %v, want ErrCorrupt that names the repair", what, err)
	}
}

func TestFlippedBitInTable(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, 200, 210)
	path := file(t, dir, "*.ldb")
	for _, at := range []int{100_000, -4, -100} { // a block of data, the footer, the index
		dir := clone(t, dir)
		flip(t, filepath.Join(dir, filepath.Base(path)), at, 0x10)
		s, err := store.Open(dir, chainOptions)
		if err == nil {
			_, err = s.Check(t.Context(), nil)
			s.Close()
		}
		wantCorrupt(t, fmt.Sprintf("check after a flip at %d", at), err)

		report, err := store.Repair(dir, nil)
		if err != nil || !report.Lost || report.BadTables != 1 || report.Clean() {
			t.Fatalf("repair: got %+v, %v, want one bad table and a loss", report, err)
		}
		if _, err := store.Open(dir, chainOptions); !errors.Is(err, store.ErrLost) {
			t.Errorf("open after a repair with losses: got %v, want ErrLost", err)
		}
		reading := chainOptions
		reading.ReadOnly = true
		if s, err = store.Open(dir, reading); err != nil || !s.Lost() {
			t.Fatalf("reading after a repair with losses: got %v, want a store that says so", err)
		}
		if v, err := s.Get([]byte(firstKey(205))); err != nil || len(v) != 1000 {
			t.Errorf("record of the journal after repair: got %d bytes, %v", len(v), err)
		}
		s.Close()
	}
}

func TestLayoutThatToleratesLossOpensAfterRepair(t *testing.T) {
	layout := *store.ChainLayout
	layout.TolerateLoss = true
	o := chainOptions
	o.Layout = &layout
	dir := t.TempDir()
	fill(t, dir, 200, 210)
	flip(t, file(t, dir, "*.ldb"), 100_000, 1)
	if _, err := store.Repair(dir, nil); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir, o)
	if !s.Lost() {
		t.Error("Lost: got false, want true")
	}
	if _, err := s.Check(t.Context(), nil); err != nil {
		t.Errorf("check after repair: %v", err)
	}
}

func TestMissingTable(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, 50, 60)
	if err := os.Remove(file(t, dir, "*.ldb")); err != nil {
		t.Fatal(err)
	}
	_, err := store.Open(dir, chainOptions)
	wantCorrupt(t, "missing table", err)
	report, err := store.Repair(dir, nil)
	if err != nil || report.MissingTable != 1 || !report.Lost {
		t.Errorf("repair: got %+v, %v, want one missing table and a loss", report, err)
	}
}

// Whatever bit of the manifest flips, either opening says so and a repair brings everything back, or nothing is lost at all.
func TestFlippedBitInManifest(t *testing.T) {
	origin := t.TempDir()
	fill(t, origin, 20, 30)
	name := filepath.Base(file(t, origin, "MANIFEST-*"))
	info, err := os.Stat(filepath.Join(origin, name))
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for at := 0; at < int(info.Size()); at += 5 {
		dir := clone(t, origin)
		flip(t, filepath.Join(dir, name), at, 1<<(at%8))
		s, err := store.Open(dir, chainOptions)
		if err != nil {
			refused++
			wantCorrupt(t, fmt.Sprintf("flip at %d", at), err)
			report, err := store.Repair(dir, nil)
			if err != nil || report.Lost || report.DroppedBytes != 0 || report.Clean() {
				t.Fatalf("flip at %d: repair: got %+v, %v, want no loss", at, report, err)
			}
			s = open(t, dir, chainOptions)
		}
		if got := readAll(t, s); got != 30 {
			t.Fatalf("flip at %d: got %d records, want 30", at, got)
		}
		s.Close()
	}
	if refused == 0 {
		t.Error("no flip was noticed")
	}
}

func TestManifestCutShort(t *testing.T) {
	origin := t.TempDir()
	fill(t, origin, 20, 30)
	name := filepath.Base(file(t, origin, "MANIFEST-*"))
	info, err := os.Stat(filepath.Join(origin, name))
	if err != nil {
		t.Fatal(err)
	}
	lost := 0
	for size := int64(0); size < info.Size(); size += 11 {
		dir := clone(t, origin)
		if err := os.Truncate(filepath.Join(dir, name), size); err != nil {
			t.Fatal(err)
		}
		// The journal or the table that an older manifest would need is gone, so this is damage and no interrupted write.
		_, err := store.Open(dir, chainOptions)
		wantCorrupt(t, fmt.Sprintf("manifest of %d bytes", size), err)
		report, err := store.Repair(dir, nil)
		if err != nil {
			t.Fatalf("manifest of %d bytes: repair: got %+v, %v", size, report, err)
		}
		o := chainOptions
		if report.Lost { // cut between two records, which looks like a table that went missing
			lost++
			o.ReadOnly = true
		}
		s := open(t, dir, o)
		if got := readAll(t, s); got != 30 {
			t.Fatalf("manifest of %d bytes: got %d records, want 30", size, got)
		}
		s.Close()
	}
	if lost > 2 {
		t.Errorf("repairs that report a loss: got %d, want few", lost)
	}
}

// A flip in the journal is noticed, or costs the last record and no other; a repair keeps what came before it.
func TestFlippedBitInJournal(t *testing.T) {
	origin := t.TempDir()
	fill(t, origin, 20, 100) // journal of three blocks
	name := filepath.Base(file(t, origin, "*.log"))
	info, err := os.Stat(filepath.Join(origin, name))
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	ats := []int{0, 4, 5, 6, 7, 32 << 10, 32<<10 + 4, 32<<10 + 6, int(info.Size()) - 1}
	for range 20 {
		ats = append(ats, random.IntN(int(info.Size())))
	}
	for _, at := range ats {
		dir := clone(t, origin)
		flip(t, filepath.Join(dir, name), at, 1<<(at%8))
		s, err := store.Open(dir, chainOptions)
		if err != nil {
			wantCorrupt(t, fmt.Sprintf("flip at %d", at), err)
			report, err := store.Repair(dir, nil)
			if err != nil || report.Lost || report.DroppedBytes == 0 {
				t.Fatalf("flip at %d: repair: got %+v, %v, want dropped bytes alone", at, report, err)
			}
			s = open(t, dir, chainOptions)
			if got := readAll(t, s); got < 20 || got >= 100 {
				t.Errorf("flip at %d: got %d records after repair, want those before the flip", at, got)
			}
		} else if got := readAll(t, s); got != 99 {
			t.Errorf("flip at %d: opened with %d records, want a refusal or 99", at, got)
		}
		s.Close()
	}
}

func TestMissingJournal(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, 20, 30)
	if err := os.Remove(file(t, dir, "*.log")); err != nil {
		t.Fatal(err)
	}
	_, err := store.Open(dir, chainOptions)
	wantCorrupt(t, "missing journal", err)
	if report, err := store.Repair(dir, nil); err != nil || report.Lost {
		t.Fatalf("repair: got %+v, %v", report, err)
	}
	if got := readAll(t, open(t, dir, chainOptions)); got != 20 {
		t.Errorf("got %d records, want the 20 of the tables", got)
	}
}

func TestLostEntryPoint(t *testing.T) {
	for _, harm := range []func(string) error{
		func(dir string) error { return os.Remove(filepath.Join(dir, "CURRENT")) },
		func(dir string) error { return os.WriteFile(filepath.Join(dir, "CURRENT"), []byte("junk"), 0o600) },
		func(dir string) error { return os.WriteFile(filepath.Join(dir, "CURRENT"), nil, 0o600) },
	} {
		dir := t.TempDir()
		fill(t, dir, 20, 30)
		os.Remove(filepath.Join(dir, "CURRENT.bak"))
		if err := harm(dir); err != nil {
			t.Fatal(err)
		}
		_, err := store.Open(dir, chainOptions)
		wantCorrupt(t, "lost entry point", err)
		if report, err := store.Repair(dir, nil); err != nil || report.Lost {
			t.Fatalf("repair: got %+v, %v", report, err)
		}
		if got := readAll(t, open(t, dir, chainOptions)); got != 30 {
			t.Errorf("got %d records, want 30", got)
		}
	}
}

func TestRepairOfSoundAndOfNoDatabase(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, 20, 30)
	var lines []string
	report, err := store.Repair(dir, func(s string) { lines = append(lines, s) })
	if err != nil || !report.Clean() || report.Tables != 1 || len(lines) == 0 {
		t.Errorf("sound database: got %+v, %v and %d lines, want nothing to repair", report, err, len(lines))
	}
	if got := readAll(t, open(t, dir, chainOptions)); got != 30 {
		t.Errorf("got %d records, want 30", got)
	}
	if _, err := store.Repair(t.TempDir(), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("empty folder: got %v, want fs.ErrNotExist", err)
	}
	if _, err := store.Repair(dir, nil); !errors.Is(err, store.ErrLocked) {
		t.Errorf("open database: got %v, want ErrLocked", err)
	}
}

func TestCheckCountsAndFindsStrangers(t *testing.T) {
	s := open(t, t.TempDir(), chainOptions)
	b := s.Batch()
	for n := range 3 {
		b.Put(store.HeaderKey(types.BlockHash{byte(n)}), []byte("header"))
		b.Put(store.CanonicalKey(types.Height(n)), make([]byte, 32))
	}
	b.Put(store.HeadKey(), make([]byte, 32))
	if err := b.WriteSync(); err != nil {
		t.Fatal(err)
	}
	var last store.Progress
	report, err := s.Check(t.Context(), func(p store.Progress) { last = p })
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	for _, c := range report.Prefixes {
		got[c.Prefix.Name] = c.Keys
	}
	if got["headers"] != 3 || got["canonical hashes"] != 3 || got["head"] != 1 || got["bodies"] != 0 || got["meta records"] != 4 {
		t.Errorf("counts: got %v", got)
	}
	if last.Keys != 11 {
		t.Errorf("progress: got %d keys at the end, want 11", last.Keys)
	}

	put(t, s, "?stranger", "")
	put(t, s, string(store.HeadKey())+"long", "")
	put(t, s, string(store.CanonicalKey(9)), "short")
	report, err = s.Check(t.Context(), nil)
	if !errors.Is(err, store.ErrCorrupt) || report.Malformed != 3 || len(report.Examples) != 3 {
		t.Errorf("got %+v, %v, want three malformed records", report, err)
	}
}

func TestCheckStops(t *testing.T) {
	s := open(t, t.TempDir(), store.Options{})
	b := s.Batch()
	for n := range 30_000 {
		b.Put(fmt.Appendf(nil, "%d", n), nil)
	}
	if err := b.WriteSync(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Check(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
}

func TestStats(t *testing.T) {
	dir := t.TempDir()
	fill(t, dir, 50, 60)
	s := open(t, dir, chainOptions)
	st, err := s.Stats()
	if err != nil || st.DiskBytes < 60_000 || st.Tables == 0 || st.TableBytes < 50_000 {
		t.Errorf("got %+v, %v", st, err)
	}
	if text, err := s.Stat(); err != nil || !strings.Contains(text, "tables") {
		t.Errorf("Stat: got %q, %v", text, err)
	}
}

func firstKey(n int) string {
	k, _ := record(n)
	return k
}

func TestSchemaPrefixesAreDistinctAndBuildersFitThem(t *testing.T) {
	var seen []byte
	byByte := map[byte]store.Prefix{}
	for _, p := range store.ChainLayout.Prefixes {
		if slices.Contains(seen, p.Byte) || p.Byte == 'M' {
			t.Errorf("prefix %q is taken twice", p.Byte)
		}
		seen = append(seen, p.Byte)
		byByte[p.Byte] = p
	}
	h := types.BlockHash{1, 31: 2}
	keys := map[byte][]byte{
		'H': store.HeadKey(), 'h': store.HeaderKey(h), 'b': store.BodyKey(h), 'c': store.CanonicalKey(258), 'w': store.WeightKey(h),
		'd': store.DiffKey(h), 't': store.TxKey(types.TxID{3}), 'l': store.LedgerKey([]byte("k")), 'x': store.InvalidKey(h),
		's': store.StateKey(h), 'n': store.LeavesKey(h),
	}
	for b, k := range keys {
		p, ok := byByte[b]
		if !ok || k[0] != b || (p.KeyLen != 0 && p.KeyLen != len(k)) {
			t.Errorf("%q: key %x does not fit %+v", b, k, p)
		}
	}
	if len(keys) != len(byByte) {
		t.Errorf("builders: got %d, want one for each of %d prefixes", len(keys), len(byByte))
	}
	if got := fmt.Sprintf("%x", store.CanonicalKey(258)); got != "630000000000000102" {
		t.Errorf("canonical key of 258: got %s", got)
	}
	if got, err := store.HashOfKey(store.DiffKey(h)); err != nil || got != h {
		t.Errorf("HashOfKey: got %v, %v", got, err)
	}
	if got, err := store.HeightOfKey(store.CanonicalKey(258)); err != nil || got != 258 {
		t.Errorf("HeightOfKey: got %v, %v", got, err)
	}
	place := store.TxPlace{Height: 1 << 40, Index: 7}
	if got, err := store.TxPlaceFromValue(place.Bytes()); err != nil || got != place {
		t.Errorf("TxPlace: got %v, %v, want %v", got, err, place)
	}
	if got, err := store.HashFromValue(h[:]); err != nil || got != h {
		t.Errorf("HashFromValue: got %v, %v", got, err)
	}
	for name, err := range map[string]error{
		"HashOfKey":        second(store.HashOfKey([]byte("h"))),
		"HeightOfKey":      second(store.HeightOfKey([]byte("c"))),
		"TxPlaceFromValue": second(store.TxPlaceFromValue(make([]byte, 13))),
		"HashFromValue":    second(store.HashFromValue(make([]byte, 31))),
	} {
		if err == nil {
			t.Errorf("%s of a wrong length: got nil, want an error", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }
