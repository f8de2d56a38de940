// Package crash makes storage fail on demand, and kills real processes, so that tests can show what survives.
//
// A Disk lies between a store and its files. At a moment that a Plan names it stops as a machine does that loses power: every file
// keeps what was synced and some, all or none of what was written since, and nothing can be read or written any more. The folder can
// then be opened again as after a restart.
package crash

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/syndtr/goleveldb/leveldb/storage"

	"github.com/gero-chain/gero/core/store"
)

// ErrCrashed is what every operation on a crashed Disk returns.
var ErrCrashed = errors.New("crashed on demand")

// Moment is when, relative to a synced write, the power goes.
type Moment int

// The moments.
const (
	// Before loses everything since the last sync: the write never reached the disk.
	Before Moment = iota
	// Torn keeps, of each file, a random part of what was written since its last sync.
	Torn
	// After keeps everything: the write is durable, but its caller gets an error.
	After
	// Full is no crash: from this change on the disk is full, and reading goes on. A write that is refused leaves half of its bytes.
	Full
)

func (m Moment) String() string { return [...]string{"before", "torn", "after", "full"}[m] }

// Moments are those that a crash can have.
var Moments = []Moment{Before, Torn, After}

// Plan says when to fail. The zero Plan never does.
type Plan struct {
	// Write counts synced journal writes, from 1, since the store was opened: each WriteSync of a single writer is one.
	Write int
	// Step counts changes of any kind to any file, from 1, from the first on: creating, writing, syncing, renaming and removing,
	// by opening, by writers and by compactions. If both are set, what comes first counts.
	Step int
	// Moment is the kind of failure.
	Moment Moment
	// Seed chooses how much a Torn crash keeps.
	Seed uint64
}

// Open opens the database in dir on a Disk with a plan. If the plan's Step comes during opening, the error is ErrCrashed.
//
// After ErrCrashed, close the store and open dir with store.Open. Closing writes nothing to a crashed disk.
func Open(dir string, o store.Options, plan Plan) (*store.Store, *Disk, error) {
	var d *Disk
	o.Wrap = func(inner storage.Storage) storage.Storage {
		d = newDisk(inner, dir, plan)
		return d
	}
	s, err := store.Open(dir, o)
	if d != nil {
		d.mu.Lock()
		d.opened = true
		d.mu.Unlock()
	}
	return s, d, err
}

// Disk is a storage that fails as planned. It is safe for concurrent use.
type Disk struct {
	storage.Storage
	dir  string
	plan Plan

	mu     sync.Mutex
	opened bool
	writes int
	steps  int
	err    error // what operations return since the failure
	files  map[storage.FileDesc]*file
	random *rand.Rand
}

func newDisk(inner storage.Storage, dir string, plan Plan) *Disk {
	return &Disk{
		Storage: inner, dir: dir, plan: plan,
		files:  make(map[storage.FileDesc]*file),
		random: rand.New(rand.NewPCG(plan.Seed, 0)),
	}
}

// Counts returns how many synced writes since opening, and steps since the beginning, there were.
func (d *Disk) Counts() (writes, steps int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.writes, d.steps
}

// Failed reports whether the planned failure has happened.
func (d *Disk) Failed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.err != nil
}

// change runs op as one step. A crash planned for this step happens in its stead, or after it if the moment is After.
func (d *Disk) change(isSyncedWrite bool, op func() error) error {
	if d.err != nil {
		return d.err
	}
	d.steps++
	if isSyncedWrite && d.opened {
		d.writes++
	}
	due := d.steps == d.plan.Step || (isSyncedWrite && d.opened && d.writes == d.plan.Write)
	if !due {
		return op()
	}
	if d.plan.Moment == After {
		if err := op(); err != nil {
			return err
		}
	}
	return d.fail()
}

func (d *Disk) fail() error {
	if d.plan.Moment == Full {
		d.err = &os.PathError{Op: "write", Path: d.dir, Err: syscall.ENOSPC}
		return d.err
	}
	d.err = ErrCrashed
	for fd, f := range d.files {
		keep := f.written
		switch d.plan.Moment {
		case Before:
			keep = f.synced
		case Torn:
			if f.written > f.synced {
				keep = f.synced + d.random.Int64N(f.written-f.synced)
			}
		}
		if keep == f.written {
			continue
		}
		if err := os.Truncate(filepath.Join(d.dir, fd.String()), keep); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("losing unsynced data: %w", err)
		}
	}
	return d.err
}

// dead returns the error for operations that change nothing.
func (d *Disk) dead() error {
	if d.plan.Moment == Full {
		return nil
	}
	return d.err
}

// Create implements storage.Storage.
func (d *Disk) Create(fd storage.FileDesc) (storage.Writer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := &file{d: d, fd: fd}
	err := d.change(false, func() (err error) {
		f.Writer, err = d.Storage.Create(fd)
		return err
	})
	if err != nil {
		if f.Writer != nil {
			f.Writer.Close()
		}
		return nil, err
	}
	d.files[fd] = f
	return f, nil
}

// Open implements storage.Storage.
func (d *Disk) Open(fd storage.FileDesc) (storage.Reader, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.dead(); err != nil {
		return nil, err
	}
	return d.Storage.Open(fd)
}

// List implements storage.Storage.
func (d *Disk) List(ft storage.FileType) ([]storage.FileDesc, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.dead(); err != nil {
		return nil, err
	}
	return d.Storage.List(ft)
}

// GetMeta implements storage.Storage.
func (d *Disk) GetMeta() (storage.FileDesc, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.dead(); err != nil {
		return storage.FileDesc{}, err
	}
	return d.Storage.GetMeta()
}

// SetMeta implements storage.Storage. It is atomic and durable, as the engine's is.
func (d *Disk) SetMeta(fd storage.FileDesc) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.change(false, func() error { return d.Storage.SetMeta(fd) })
}

// Remove implements storage.Storage.
func (d *Disk) Remove(fd storage.FileDesc) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.change(false, func() error {
		delete(d.files, fd)
		return d.Storage.Remove(fd)
	})
}

// Rename implements storage.Storage.
func (d *Disk) Rename(oldfd, newfd storage.FileDesc) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.change(false, func() error {
		if f := d.files[oldfd]; f != nil {
			delete(d.files, oldfd)
			d.files[newfd] = f
		}
		return d.Storage.Rename(oldfd, newfd)
	})
}

// file is a file being written, with what of it would survive.
type file struct {
	storage.Writer
	d               *Disk
	fd              storage.FileDesc
	written, synced int64
}

// Write implements io.Writer.
func (f *file) Write(p []byte) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	n := 0
	write := func(p []byte) (err error) {
		n, err = f.Writer.Write(p)
		f.written += int64(n)
		return err
	}
	full := f.d.err == nil && f.d.plan.Moment == Full
	err := f.d.change(false, func() error { return write(p) })
	if full && err != nil {
		_ = write(p[:len(p)/2]) // A full disk takes what fits; the error is the one above.
	}
	return n, err
}

// Sync makes what was written survive.
func (f *file) Sync() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	return f.d.change(f.fd.Type == storage.TypeJournal, func() error {
		if err := f.Writer.Sync(); err != nil {
			return err
		}
		f.synced = f.written
		return nil
	})
}
