package store

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"sync"

	"github.com/syndtr/goleveldb/leveldb/storage"
)

// guard stands between the engine and its files, for three things the engine does not do.
//
// It remembers the first write that failed and refuses all later ones. Otherwise the engine would append behind a half-written record,
// or retry a flush whose first failure may already have dropped the data.
//
// It syncs a journal before closing it. The engine changes journals without doing so, and a later synced batch could then survive a
// power cut that an earlier unsynced one does not.
//
// It syncs the folder after creating a journal, so that the journal's name is as durable as its content.
type guard struct {
	storage.Storage
	dir string // empty for memory

	mu       sync.Mutex
	failed   error
	journals map[*guardedFile]struct{}
}

func newGuard(inner storage.Storage, dir string) *guard {
	return &guard{Storage: inner, dir: dir, journals: make(map[*guardedFile]struct{})}
}

// failure returns the first write error, or nil.
func (g *guard) failure() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.failed
}

// fail records err as the first write error unless there is one, and returns err.
func (g *guard) fail(err error) error {
	if err == nil || errors.Is(err, storage.ErrClosed) {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.failed == nil {
		g.failed = err
	}
	return err
}

func (g *guard) Create(fd storage.FileDesc) (storage.Writer, error) {
	if err := g.failure(); err != nil {
		return nil, err
	}
	w, err := g.Storage.Create(fd)
	if err != nil {
		return nil, g.fail(err)
	}
	f := &guardedFile{Writer: w, g: g, journal: fd.Type == storage.TypeJournal}
	if !f.journal {
		return f, nil
	}
	if err := g.syncDir(); err != nil {
		w.Close()
		return nil, g.fail(err)
	}
	g.mu.Lock()
	g.journals[f] = struct{}{}
	g.mu.Unlock()
	return f, nil
}

func (g *guard) SetMeta(fd storage.FileDesc) error {
	if err := g.failure(); err != nil {
		return err
	}
	return g.fail(g.Storage.SetMeta(fd))
}

func (g *guard) Rename(oldfd, newfd storage.FileDesc) error {
	if err := g.failure(); err != nil {
		return err
	}
	return g.fail(g.Storage.Rename(oldfd, newfd))
}

// Remove deletes nothing after a failed write: what looks obsolete may be all that is left.
func (g *guard) Remove(fd storage.FileDesc) error {
	if err := g.failure(); err != nil {
		return err
	}
	err := g.Storage.Remove(fd)
	if errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return g.fail(err)
}

// syncJournals makes everything written so far durable.
func (g *guard) syncJournals() error {
	if err := g.failure(); err != nil {
		return err
	}
	g.mu.Lock()
	open := make([]*guardedFile, 0, len(g.journals))
	for f := range g.journals {
		open = append(open, f)
	}
	g.mu.Unlock()
	for _, f := range open {
		if err := f.syncIfDirty(); err != nil {
			return err
		}
	}
	return nil
}

// syncDir makes the folder's list of names durable where the system has such a notion.
func (g *guard) syncDir() error {
	if g.dir == "" || runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(g.dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, fs.ErrInvalid) {
		return err
	}
	return nil
}

// guardedFile is one file being written.
type guardedFile struct {
	storage.Writer
	g       *guard
	journal bool

	mu     sync.Mutex // orders Sync and Close, so that a sync from outside never meets a closed file
	dirty  bool
	closed bool
}

func (f *guardedFile) Write(p []byte) (int, error) {
	if err := f.g.failure(); err != nil {
		return 0, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dirty = true
	n, err := f.Writer.Write(p)
	return n, f.g.fail(err)
}

func (f *guardedFile) Sync() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sync()
}

func (f *guardedFile) sync() error {
	if err := f.g.failure(); err != nil {
		return err
	}
	if err := f.Writer.Sync(); err != nil {
		return f.g.fail(err)
	}
	f.dirty = false
	return nil
}

func (f *guardedFile) syncIfDirty() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || !f.dirty {
		return nil
	}
	return f.sync()
}

func (f *guardedFile) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	var err error
	if f.journal && !f.closed {
		if f.dirty {
			err = f.sync()
		}
		f.g.mu.Lock()
		delete(f.g.journals, f)
		f.g.mu.Unlock()
	}
	f.closed = true
	return errors.Join(err, f.Writer.Close())
}
