package store

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	lerrors "github.com/syndtr/goleveldb/leveldb/errors"
	"github.com/syndtr/goleveldb/leveldb/storage"
)

// inspect reads the manifest and the live journals before the engine does. An interrupted write at the end of a log is cut off, or left
// alone when reading only; any other damage is an error that isCorrupt recognises, and then nothing is changed.
//
// A damaged last record of a journal counts as interrupted, even if it is complete and merely fails its checksum, because a power cut
// can leave that too; then the last block is lost and is fetched or mined again. In a manifest it does not, because the journal that
// the record made obsolete is already gone.
func inspect(st storage.Storage, dir string, readOnly bool) error {
	m, err := readManifest(st)
	if errors.Is(err, fs.ErrNotExist) {
		return forgetUnborn(st, readOnly)
	}
	if err != nil {
		return err
	}
	if m.damage != nil && !m.damage.cut {
		return corrupt(m.fd, m.damage.reason)
	}
	if m.damage != nil && readOnly {
		return corrupt(m.fd, "last change interrupted, which opening for writing mends")
	}
	if err := tablesThere(st, m.tables); err != nil {
		return err
	}
	journals, err := liveJournals(st, m.journal)
	if err != nil {
		return err
	}
	fd, damage, err := firstDamage(st, journals)
	if err != nil {
		return err
	}
	if damage != nil && damage.buried {
		return corrupt(fd, damage.reason)
	}
	if readOnly {
		return nil
	}
	return errors.Join(cutLog(dir, m.fd, m.damage), cutLog(dir, fd, damage))
}

// liveJournals returns the journals from the one that the manifest names on, in order.
func liveJournals(st storage.Storage, from int64) ([]storage.FileDesc, error) {
	journals, err := listFiles(st, storage.TypeJournal)
	if err != nil {
		return nil, err
	}
	if from == 0 {
		return journals, newborn(st, journals)
	}
	journals = slices.DeleteFunc(journals, func(fd storage.FileDesc) bool { return fd.Num < from })
	if len(journals) == 0 || journals[0].Num != from {
		return nil, corrupt(journalFile(from), "file is missing")
	}
	return journals, nil
}

// tablesThere holds that no live table is missing. The engine would notice too, but only after flushing the journal into a new table,
// under a number that a table still needed may have if the manifest lost its last records.
func tablesThere(st storage.Storage, live map[int64]struct{}) error {
	fds, err := st.List(storage.TypeTable)
	if err != nil {
		return err
	}
	missing := maps.Clone(live)
	for _, fd := range fds {
		delete(missing, fd.Num)
	}
	for n := range missing {
		return corrupt(storage.FileDesc{Type: storage.TypeTable, Num: n}, "file is missing")
	}
	return nil
}

// newborn holds that a database whose manifest names no journal has nothing in it, since its creation did not come to an end.
// Otherwise the manifest lost its records, and the engine would delete all tables as unknown.
func newborn(st storage.Storage, journals []storage.FileDesc) error {
	tables, err := st.List(storage.TypeTable)
	if err != nil {
		return err
	}
	for _, fd := range journals {
		end, _, err := scanFile(st, fd, nil)
		if err != nil {
			return err
		}
		if end > 0 {
			tables = append(tables, fd)
		}
	}
	if len(tables) > 0 {
		return corrupt(tables[0], "not in the manifest")
	}
	return nil
}

// forgetUnborn removes what is left of a database whose creation was interrupted: a manifest, not yet pointed to and with nothing to
// list. Anything more without an entry point is damage, which the engine reports.
func forgetUnborn(st storage.Storage, readOnly bool) error {
	files, err := st.List(storage.TypeAll)
	if err != nil {
		return err
	}
	for _, fd := range files {
		if fd.Type != storage.TypeManifest {
			return nil
		}
	}
	if readOnly {
		return fmt.Errorf("no database in this folder: %w", fs.ErrNotExist)
	}
	for _, fd := range files {
		if err := st.Remove(fd); err != nil {
			return err
		}
	}
	return nil
}

// firstDamage scans journals in order. Damage in one that is followed by another with records is buried.
func firstDamage(st storage.Storage, journals []storage.FileDesc) (storage.FileDesc, *logDamage, error) {
	var where storage.FileDesc
	var found *logDamage
	for _, fd := range journals {
		end, damage, err := scanFile(st, fd, nil)
		if err != nil {
			return fd, nil, err
		}
		if found != nil {
			found.buried = found.buried || end > 0
			continue
		}
		where, found = fd, damage
		if found != nil && found.buried {
			break
		}
	}
	return where, found, nil
}

// manifest is what the manifest says of the files that matter.
type manifest struct {
	fd      storage.FileDesc
	journal int64              // the first live journal, 0 in a database that was never opened to the end
	tables  map[int64]struct{} // live tables
	damage  *logDamage
}

func readManifest(st storage.Storage) (manifest, error) {
	m := manifest{tables: make(map[int64]struct{})}
	var err error
	if m.fd, err = st.GetMeta(); err != nil {
		return m, err
	}
	records := 0
	_, m.damage, err = scanFile(st, m.fd, func(rec []byte) error {
		records++
		journal, err := manifestFields(rec, m.tables)
		if err != nil {
			return corrupt(m.fd, err.Error())
		}
		if journal != 0 {
			m.journal = journal
		}
		return nil
	})
	if err == nil && records == 0 {
		err = corrupt(m.fd, "no record in it")
	}
	return m, err
}

func scanFile(st storage.Storage, fd storage.FileDesc, fn func([]byte) error) (int64, *logDamage, error) {
	r, err := st.Open(fd)
	if err != nil {
		return 0, nil, err
	}
	defer r.Close()
	return scanLog(r, fn)
}

// listFiles returns the files of one type in the order of their numbers.
func listFiles(st storage.Storage, t storage.FileType) ([]storage.FileDesc, error) {
	fds, err := st.List(t)
	slices.SortFunc(fds, func(a, b storage.FileDesc) int { return cmp.Compare(a.Num, b.Num) })
	return fds, err
}

// cutLog cuts a log off where its damage begins, if there is any.
func cutLog(dir string, fd storage.FileDesc, damage *logDamage) error {
	if damage == nil {
		return nil
	}
	if err := os.Truncate(filepath.Join(dir, fd.String()), damage.at); err != nil {
		return fmt.Errorf("cutting an interrupted write off: %w", err)
	}
	return nil
}

func corrupt(fd storage.FileDesc, reason string) error {
	return lerrors.NewErrCorrupted(fd, errors.New(reason))
}
