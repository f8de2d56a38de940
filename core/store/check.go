package store

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/opt"
)

// Report is what a walk over the whole database found.
type Report struct {
	Prefixes  []Count  // in the layout's order, the meta records first
	Malformed uint64   // keys of no known kind, and keys or values of the wrong length
	Examples  []string // the first few of them, for people
}

// Count is how much there is of one kind.
type Count struct {
	Prefix Prefix
	Keys   uint64
	Bytes  uint64 // of keys and values
}

// Progress says how far a walk is. Total is an estimate and 0 if unknown.
type Progress struct {
	Keys  uint64
	Bytes uint64
	Total uint64
}

const (
	progressEvery = 10_000 // keys
	mostExamples  = 8
)

// Check reads every live record, verifying the checksum of every block of every table, and holds keys and values against the layout.
// The journals were verified when the store was opened. It calls progress, if not nil, now and then and at the end.
//
// It returns ErrCorrupt on the first damaged block, with a report of what was read up to there, and after the walk if anything was
// malformed; ctx.Err() when stopped.
func (s *Store) Check(ctx context.Context, progress func(Progress)) (Report, error) {
	report, err := s.walk(ctx, progress)
	if err == nil && report.Malformed > 0 {
		cause := fmt.Errorf("%d malformed records, such as %s", report.Malformed, report.Examples[0])
		err = told(ErrCorrupt, cause, "database %s: %v: delete the folder and start gero to synchronise again", s.path, cause)
	}
	return report, err
}

func (s *Store) walk(ctx context.Context, progress func(Progress)) (Report, error) {
	w := newWalk(s.layout)
	p := Progress{Total: s.tableBytes()}
	it := s.db.NewIterator(nil, &opt.ReadOptions{DontFillCache: true, Strict: opt.StrictReader})
	defer it.Release()
	for it.Next() {
		w.record(it.Key(), it.Value())
		p.Keys++
		p.Bytes += uint64(len(it.Key()) + len(it.Value()))
		if p.Keys%progressEvery != 0 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return w.report, err
		}
		if progress != nil {
			progress(p)
		}
	}
	if progress != nil {
		progress(p)
	}
	return w.report, explain(s.path, it.Error())
}

// walk sorts records into kinds.
type walk struct {
	report Report
	index  [256]int // of the count for each first byte, or -1
	strict bool
}

func newWalk(l *Layout) *walk {
	w := &walk{strict: l != nil}
	for i := range w.index {
		w.index[i] = -1
	}
	w.add(metaRecords)
	if l != nil {
		for _, p := range l.Prefixes {
			w.add(p)
		}
	}
	return w
}

func (w *walk) add(p Prefix) {
	w.index[p.Byte] = len(w.report.Prefixes)
	w.report.Prefixes = append(w.report.Prefixes, Count{Prefix: p})
}

func (w *walk) record(key, value []byte) {
	if len(key) == 0 || w.index[key[0]] < 0 {
		w.malformed("key %.16x of no known kind", key)
		return
	}
	c := &w.report.Prefixes[w.index[key[0]]]
	c.Keys++
	c.Bytes += uint64(len(key) + len(value))
	switch p := c.Prefix; {
	case p.KeyLen != 0 && len(key) != p.KeyLen:
		w.malformed("%s: key of %d bytes, want %d", p.Name, len(key), p.KeyLen)
	case p.ValueLen != 0 && len(value) != p.ValueLen:
		w.malformed("%s: value of %d bytes under %x, want %d", p.Name, len(value), key, p.ValueLen)
	}
}

func (w *walk) malformed(format string, args ...any) {
	if !w.strict {
		return
	}
	w.report.Malformed++
	if len(w.report.Examples) < mostExamples {
		w.report.Examples = append(w.report.Examples, fmt.Sprintf(format, args...))
	}
}

// Stats are figures about the store that cost little to get.
type Stats struct {
	DiskBytes   uint64 // of all files in the folder; 0 in memory
	TableBytes  uint64 // of live tables
	Tables      int
	Compactions uint64 // since the store was opened
	ReadBytes   uint64 // since the store was opened
	WriteBytes  uint64 // since the store was opened
}

// Stats returns the store's figures. Counts per prefix take a walk over everything: see Check.
func (s *Store) Stats() (Stats, error) {
	var d leveldb.DBStats
	if err := s.db.Stats(&d); err != nil {
		return Stats{}, explain(s.path, err)
	}
	out := Stats{
		TableBytes:  uint64(d.LevelSizes.Sum()),
		Compactions: uint64(d.MemComp) + uint64(d.Level0Comp) + uint64(d.NonLevel0Comp) + uint64(d.SeekComp),
		ReadBytes:   d.IORead,
		WriteBytes:  d.IOWrite,
	}
	for _, n := range d.LevelTablesCounts {
		out.Tables += n
	}
	if s.guard.dir == "" {
		return out, nil
	}
	entries, err := os.ReadDir(s.guard.dir)
	if err != nil {
		return out, explain(s.path, err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() { // a file may vanish meanwhile
			out.DiskBytes += uint64(info.Size())
		}
	}
	return out, nil
}

// Stat returns the figures as text, under the name that go-ethereum expects.
func (s *Store) Stat() (string, error) {
	st, err := s.Stats()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "disk %d bytes, %d tables of %d bytes, %d compactions, read %d bytes, wrote %d bytes",
		st.DiskBytes, st.Tables, st.TableBytes, st.Compactions, st.ReadBytes, st.WriteBytes)
	return b.String(), nil
}

func (s *Store) tableBytes() uint64 {
	var d leveldb.DBStats
	if err := s.db.Stats(&d); err != nil {
		return 0
	}
	return uint64(d.LevelSizes.Sum())
}
