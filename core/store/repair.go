package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/syndtr/goleveldb/leveldb/storage"
)

// RepairReport says what a repair found and did.
type RepairReport struct {
	Tables       int   // tables read
	BadTables    int   // of these, damaged
	MissingTable int   // tables that the manifest names and the folder lacks
	BadManifest  bool  // the list of tables was rebuilt
	DroppedBytes int64 // of journals, from the first damaged record on: the newest writes, as a whole
	Lost         bool  // records in the middle may be missing, not only the newest
}

// Clean reports that there was nothing to repair.
func (r RepairReport) Clean() bool {
	return r.BadTables+r.MissingTable == 0 && !r.BadManifest && r.DroppedBytes == 0
}

// String is one line for people.
func (r RepairReport) String() string {
	switch {
	case r.Clean():
		return "nothing to repair"
	case r.Lost:
		return fmt.Sprintf("repaired with losses: %d of %d tables damaged, %d missing", r.BadTables, r.Tables, r.MissingTable)
	case r.DroppedBytes > 0:
		return fmt.Sprintf("repaired: the newest writes (%d bytes) were dropped, all older ones are whole", r.DroppedBytes)
	default:
		return "repaired: nothing was lost"
	}
}

// lostFolder is where Repair moves files that it takes out of use.
const lostFolder = "lost"

// Repair mends the database in a folder that no process has open. Damaged journals are cut before the damage, and later ones moved
// aside, so that the database is as it once was. Damaged tables lose their damaged blocks; the database is then marked, and Open
// refuses it unless its layout tolerates losses. It reads every table once; progress, if not nil, gets a line about each step.
//
// Errors: ErrLocked, ErrDiskFull, fs.ErrNotExist for a folder without a database.
func Repair(path string, progress func(string)) (RepairReport, error) {
	if _, err := os.Stat(path); err != nil {
		return RepairReport{}, explain(path, err)
	}
	file, err := storage.OpenFile(path, false)
	if err != nil {
		return RepairReport{}, explain(path, err)
	}
	r := repairer{g: newGuard(file, path), dir: path, say: progress}
	if r.say == nil {
		r.say = func(string) {}
	}
	err = errors.Join(r.run(), r.g.Close())
	return r.report, explain(path, err)
}

type repairer struct {
	g        *guard
	dir      string
	say      func(string)
	manifest manifest
	report   RepairReport
}

func (r *repairer) run() error {
	if err := r.readManifest(); err != nil {
		return err
	}
	rebuild, err := r.journals()
	if err != nil {
		return err
	}
	bad, err := r.tables()
	if err != nil {
		return err
	}
	if rebuild || r.report.BadManifest || r.report.Lost {
		return r.rebuild(bad)
	}
	return nil
}

// readManifest finds out whether the manifest can be believed. An old one, whose newer records are gone, names files that are no longer
// there and lacks tables that are.
func (r *repairer) readManifest() error {
	files, err := r.g.List(storage.TypeAll)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("no database in this folder: %w", fs.ErrNotExist)
	}
	r.manifest, err = readManifest(r.g)
	if isCorrupt(err) || errors.Is(err, fs.ErrNotExist) {
		r.report.BadManifest = true
		return nil
	}
	if err != nil {
		return err
	}
	journal := slices.Contains(files, journalFile(r.manifest.journal))
	named, unknown := 0, false
	for _, fd := range files {
		if fd.Type == storage.TypeTable && r.obsolete(fd) {
			unknown = true
		} else if fd.Type == storage.TypeTable {
			named++
		}
	}
	missing := named < len(r.manifest.tables)
	switch damage := r.manifest.damage; {
	case damage != nil && damage.cut && journal && !missing: // an interrupted write, as in inspect
		return cutLog(r.dir, r.manifest.fd, damage)
	case damage != nil || r.manifest.journal == 0:
		r.report.BadManifest = true
	case unknown && (missing || !journal):
		r.report.BadManifest = true
		r.report.Lost = missing // it may be an old manifest, but without damage nothing proves it
	}
	return nil
}

func journalFile(n int64) storage.FileDesc {
	return storage.FileDesc{Type: storage.TypeJournal, Num: n}
}

// journals cuts at the first damage and moves what comes after it aside. It reports that the manifest names a journal that is gone.
func (r *repairer) journals() (missing bool, err error) {
	all, err := listFiles(r.g, storage.TypeJournal)
	if err != nil {
		return false, err
	}
	if !r.report.BadManifest {
		all = slices.DeleteFunc(all, func(fd storage.FileDesc) bool { return fd.Num < r.manifest.journal })
		if r.manifest.journal != 0 && (len(all) == 0 || all[0].Num != r.manifest.journal) {
			r.say("a journal is missing; later ones are moved aside")
			return true, r.moveAside(all)
		}
	}
	fd, damage, err := firstDamage(r.g, all)
	if err != nil || damage == nil {
		return false, err
	}
	r.say(fmt.Sprintf("%v is damaged after %d bytes (%s): cut there", fd, damage.at, damage.reason))
	info, err := os.Stat(filepath.Join(r.dir, fd.String()))
	if err != nil {
		return false, err
	}
	r.report.DroppedBytes += info.Size() - damage.at
	later := slices.IndexFunc(all, func(o storage.FileDesc) bool { return o.Num > fd.Num })
	if later >= 0 {
		if err := r.moveAside(all[later:]); err != nil {
			return false, err
		}
	}
	return false, cutLog(r.dir, fd, damage)
}

func (r *repairer) moveAside(fds []storage.FileDesc) error {
	if len(fds) == 0 {
		return nil
	}
	if err := os.MkdirAll(filepath.Join(r.dir, lostFolder), 0o700); err != nil {
		return err
	}
	for _, fd := range fds {
		from := filepath.Join(r.dir, fd.String())
		if info, err := os.Stat(from); err == nil && fd.Type == storage.TypeJournal {
			r.report.DroppedBytes += info.Size()
		}
		if err := os.Rename(from, filepath.Join(r.dir, lostFolder, fd.String())); err != nil {
			return err
		}
	}
	return nil
}

// tables reads every live table, and every table there is if the manifest cannot be believed, and returns the damaged ones.
func (r *repairer) tables() (bad []storage.FileDesc, err error) {
	fds, err := listFiles(r.g, storage.TypeTable)
	if err != nil {
		return nil, err
	}
	found := 0
	for i, fd := range fds {
		if r.obsolete(fd) {
			continue
		}
		found++
		r.say(fmt.Sprintf("reading table %d of %d", i+1, len(fds)))
		r.report.Tables++
		err := verifyTable(r.g, fd)
		if isCorrupt(err) {
			r.say(fmt.Sprintf("%v is damaged: %v", fd, err))
			bad = append(bad, fd)
		} else if err != nil {
			return nil, err
		}
	}
	r.report.BadTables = len(bad)
	if !r.report.BadManifest {
		r.report.MissingTable = len(r.manifest.tables) - found
	}
	r.report.Lost = r.report.Lost || r.report.BadTables+r.report.MissingTable > 0
	return bad, nil
}

// obsolete reports that a believable manifest does not name a table.
func (r *repairer) obsolete(fd storage.FileDesc) bool {
	_, live := r.manifest.tables[fd.Num]
	return !r.report.BadManifest && !live
}

// rebuild makes a new manifest from the tables in the folder. It first takes the bad tables out, saving what it can of each into a new
// one, and those that a believable manifest does not name, which would bring back what was deleted.
func (r *repairer) rebuild(bad []storage.FileDesc) error {
	fds, err := listFiles(r.g, storage.TypeAll)
	if err != nil || len(fds) == 0 {
		return err
	}
	next := fds[len(fds)-1].Num
	for _, fd := range fds {
		if fd.Type == storage.TypeTable && r.obsolete(fd) {
			if err := r.moveAside([]storage.FileDesc{fd}); err != nil {
				return err
			}
		}
	}
	for _, fd := range bad {
		next++
		to := storage.FileDesc{Type: storage.TypeTable, Num: next}
		records, err := salvageTable(r.g, fd, to)
		if err == nil && records == 0 {
			err = r.g.Remove(to)
		}
		if err != nil {
			return err
		}
		r.say(fmt.Sprintf("%v: saved %d records", fd, records))
		if err := r.moveAside([]storage.FileDesc{fd}); err != nil {
			return err
		}
	}
	r.say("rebuilding the list of tables")
	o := engineOptions(Options{})
	o.Strict = opt.DefaultStrict
	db, err := leveldb.Recover(r.g, o)
	if err != nil {
		return err
	}
	if r.report.Lost {
		err = db.Put(metaLost, nil, &opt.WriteOptions{Sync: true})
	}
	return errors.Join(err, db.Close())
}
