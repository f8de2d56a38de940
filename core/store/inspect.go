package store

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	lerrors "github.com/syndtr/goleveldb/leveldb/errors"
	"github.com/syndtr/goleveldb/leveldb/storage"
)

// inspect reads the manifest and the live journals before the engine does. An interrupted write at the end of a log is cut off, or left
// alone when reading only; any other damage is an error that isCorrupt recognises.
//
// A damaged last record of a journal counts as interrupted, even if it is complete and merely fails its checksum, because a power cut
// can leave that too; then the last block is lost and is fetched or mined again. In a manifest it does not, because the journal that
// the record made obsolete is already gone.
func inspect(st storage.Storage, dir string, readOnly bool) error {
	m, err := readManifest(st)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // a new database, or one whose entry point is gone; the engine tells them apart
	}
	if err != nil {
		return err
	}
	if m.damage != nil {
		if !m.damage.cut {
			return corrupt(m.fd, m.damage.reason)
		}
		if readOnly {
			return corrupt(m.fd, "last change interrupted, which opening for writing mends")
		}
		if err := cutLog(dir, m.fd, m.damage.at); err != nil {
			return err
		}
	}
	journals, err := listFiles(st, storage.TypeJournal)
	if err != nil {
		return err
	}
	journals = slices.DeleteFunc(journals, func(fd storage.FileDesc) bool { return fd.Num < m.journal })
	if m.journal != 0 && (len(journals) == 0 || journals[0].Num != m.journal) {
		return corrupt(storage.FileDesc{Type: storage.TypeJournal, Num: m.journal}, "file is missing")
	}
	fd, damage, err := firstDamage(st, journals)
	switch {
	case err != nil || damage == nil || (readOnly && !damage.buried):
		return err
	case damage.buried:
		return corrupt(fd, damage.reason)
	default:
		return cutLog(dir, fd, damage.at)
	}
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
	_, m.damage, err = scanFile(st, m.fd, func(rec []byte) error {
		journal, err := manifestFields(rec, m.tables)
		if err != nil {
			return corrupt(m.fd, err.Error())
		}
		if journal != 0 {
			m.journal = journal
		}
		return nil
	})
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

func cutLog(dir string, fd storage.FileDesc, size int64) error {
	if err := os.Truncate(filepath.Join(dir, fd.String()), size); err != nil {
		return fmt.Errorf("cutting an interrupted write off: %w", err)
	}
	return nil
}

func corrupt(fd storage.FileDesc, reason string) error {
	return lerrors.NewErrCorrupted(fd, errors.New(reason))
}
