package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync/atomic"

	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/filter"
	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/syndtr/goleveldb/leveldb/storage"
	"github.com/syndtr/goleveldb/leveldb/util"

	"github.com/gero-chain/gero/types"
)

// Options say how to open a database. The zero value opens a bare store with small caches.
type Options struct {
	// Layout is the schema, ChainLayout for the chain. With nil the store is bare: no records of its own, nothing checked.
	Layout *Layout
	// Network and Genesis are written into a new database and compared with those of an old one, if there is a Layout.
	Network string
	Genesis types.BlockHash
	// CacheMB is the memory for caches in MiB, at least 16; half holds blocks read, half the writes not yet in tables.
	CacheMB int
	// Handles is how many table files may be open at once, at least 16.
	Handles int
	// ReadOnly opens an existing database without changing a byte of it. Several readers may share a database; a writer excludes them.
	ReadOnly bool
	// Wrap, if not nil, stands between the store and its files. It exists to inject crashes and faults.
	Wrap func(storage.Storage) storage.Storage
}

const (
	leastCacheMB = 16
	leastHandles = 16
)

// Store is an ordered map of bytes to bytes. All methods are safe for concurrent use, except that Close must come after all iterators
// and snapshots are released. A write is seen by all later reads; it is durable once WriteSync or SyncKeyValue has returned.
//
// After any write fails, in the foreground or in a background compaction, the store refuses all further writes with the same error and
// stays readable. Whether the write that failed is there after reopening is unknown; everything written before it, with WriteSync, is.
type Store struct {
	reader
	db     *leveldb.DB
	guard  *guard
	path   string
	layout *Layout
	lost   bool
	closed atomic.Bool
}

// Open opens the database in the folder path, creating folder and database if there are none and ReadOnly is not set.
//
// Errors: ErrLocked, ErrCorrupt, ErrDiskFull, ErrNewerSchema, ErrOlderSchema (reading only), ErrWrongNetwork, ErrForeign, ErrLost;
// fs.ErrNotExist when reading from a folder without a database. An interrupted write at the end of a log is not damage: it is dropped.
func Open(path string, o Options) (*Store, error) {
	if err := prepareFolder(path, o.ReadOnly); err != nil {
		return nil, err
	}
	file, err := storage.OpenFile(path, o.ReadOnly)
	if err != nil {
		return nil, explain(path, err)
	}
	inner := file
	if o.Wrap != nil {
		inner = o.Wrap(file)
	}
	g := newGuard(inner, path)
	if err := inspect(g, path, o.ReadOnly); err != nil {
		g.Close()
		return nil, explain(path, err)
	}
	return open(g, path, o)
}

// OpenMemory opens an empty database in memory. It behaves as one on disk does, except that nothing outlives it.
func OpenMemory(o Options) (*Store, error) {
	inner := storage.NewMemStorage()
	if o.Wrap != nil {
		inner = o.Wrap(inner)
	}
	return open(newGuard(inner, ""), "in memory", o)
}

func open(g *guard, path string, o Options) (*Store, error) {
	db, err := leveldb.Open(g, engineOptions(o))
	if err != nil {
		g.Close()
		return nil, explain(path, err)
	}
	s := &Store{db: db, guard: g, path: path, layout: o.Layout}
	s.reader = reader{src: db, path: path}
	if o.Layout != nil {
		if err := s.settle(o); err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}

// prepareFolder makes the folder readable for its owner alone: who may read it learns what this user's node did and when.
func prepareFolder(path string, readOnly bool) error {
	if !readOnly {
		return explain(path, os.MkdirAll(path, 0o700))
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return told(fs.ErrNotExist, err, "database %s: there is none: check --datadir", path)
	}
	return nil
}

// engineOptions keeps the engine from compressing, since nearly all values are hashes, proofs and ciphertexts, and from writing large
// batches straight into tables, so that there is one way in which a batch becomes durable.
func engineOptions(o Options) *opt.Options {
	cache, handles := max(o.CacheMB, leastCacheMB), max(o.Handles, leastHandles)
	e := &opt.Options{
		BlockCacheCapacity:           cache / 2 * opt.MiB,
		WriteBuffer:                  cache / 4 * opt.MiB, // two exist at a time
		OpenFilesCacheCapacity:       handles,
		Compression:                  opt.NoCompression,
		Filter:                       filter.NewBloomFilter(10),
		DisableSeeksCompaction:       true,
		DisableLargeBatchTransaction: true,
		ReadOnly:                     o.ReadOnly,
		Strict:                       opt.StrictAll &^ opt.StrictRecovery,
	}
	if o.ReadOnly {
		e.Strict = opt.DefaultStrict // an interrupted write cannot be cut off then, and is passed over
	}
	return e
}

// Path returns the folder, or "in memory".
func (s *Store) Path() string { return s.path }

// Lost reports that the database was repaired with losses: some record that was written may be missing. Only layouts that tolerate
// losses open such a database for writing.
func (s *Store) Lost() bool { return s.lost }

// Err returns the error of the first write that failed, or nil. Once it is not nil all writes fail with it.
func (s *Store) Err() error { return explain(s.path, s.guard.failure()) }

// Put stores value under key. It is durable after the next WriteSync or SyncKeyValue.
func (s *Store) Put(key, value []byte) error {
	b := new(leveldb.Batch)
	b.Put(key, value)
	return s.write(b, false)
}

// Delete removes key, if it is there. It is durable after the next WriteSync or SyncKeyValue.
func (s *Store) Delete(key []byte) error {
	b := new(leveldb.Batch)
	b.Delete(key)
	return s.write(b, false)
}

// deleteChunk bounds the memory that DeleteRange uses.
const deleteChunk = 10_000

// DeleteRange removes all keys from start, inclusive, to end, exclusive; nil means the first key, and after the last. It works in
// several batches when there are many keys, so a crash can leave a part; a Batch's DeleteRange is atomic.
func (s *Store) DeleteRange(start, end []byte) error {
	it := s.db.NewIterator(&util.Range{Start: start, Limit: end}, nil)
	defer it.Release()
	b := new(leveldb.Batch)
	for it.Next() {
		b.Delete(it.Key())
		if b.Len() < deleteChunk {
			continue
		}
		if err := s.write(b, false); err != nil {
			return err
		}
		b.Reset()
	}
	if err := it.Error(); err != nil {
		return explain(s.path, err)
	}
	return s.write(b, false)
}

// WriteSync applies b atomically. It and everything written before is durable when WriteSync returns nil: it survives a crash of the
// process and a loss of power. When it returns an error the batch may or may not be there after reopening, but never a part of it.
func (s *Store) WriteSync(b *Batch) error { return b.WriteSync() }

// SyncKeyValue makes everything written so far durable.
func (s *Store) SyncKeyValue() error { return explain(s.path, s.guard.syncJournals()) }

func (s *Store) write(b *leveldb.Batch, sync bool) error {
	if err := s.guard.failure(); err != nil {
		return explain(s.path, err)
	}
	err := s.db.Write(b, &opt.WriteOptions{Sync: sync})
	if err != nil && !errors.Is(err, leveldb.ErrClosed) && !errors.Is(err, leveldb.ErrReadOnly) {
		_ = s.guard.fail(err)
	}
	return explain(s.path, err)
}

// Compact rewrites the tables that hold keys from start, inclusive, to end, exclusive, without what is deleted or overwritten; nil
// means the first key, and after the last.
func (s *Store) Compact(start, end []byte) error {
	return explain(s.path, s.db.CompactRange(util.Range{Start: start, Limit: end}))
}

// Snapshot returns an unchanging view of the store as it is now. It must be released.
func (s *Store) Snapshot() (*Snapshot, error) {
	snap, err := s.db.GetSnapshot()
	if err != nil {
		return nil, explain(s.path, err)
	}
	return &Snapshot{reader{src: snap, path: s.path}, snap}, nil
}

// Close releases the folder. What was not synced is synced first. All iterators and snapshots must have been released. Closing again
// does nothing.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	failed := s.guard.failure()
	err := errors.Join(s.db.Close(), s.guard.Close())
	if err == nil && failed == nil {
		err = s.guard.failure() // the last sync may be the write that fails
	}
	if err != nil && failed == nil {
		return explain(s.path, fmt.Errorf("closing: %w", err))
	}
	return nil
}

// Snapshot is a view of a Store at one moment.
type Snapshot struct {
	reader
	snap *leveldb.Snapshot
}

// Release gives the view up. Releasing again does nothing.
func (s *Snapshot) Release() { s.snap.Release() }

// Reader is what a Store and a Snapshot have in common.
type Reader interface {
	// Get returns a copy of the value, or ErrNotFound.
	Get(key []byte) ([]byte, error)
	// Has reports whether the key is there.
	Has(key []byte) (bool, error)
	// NewIterator walks the keys that begin with prefix in ascending order, from prefix+start on. It sees the store as it was when it
	// was made, and must be released.
	NewIterator(prefix, start []byte) ethdb.Iterator
	// Iterate calls fn as NewIterator walks. The slices are valid only during the call. An error of fn ends it and is returned as is.
	Iterate(prefix, start []byte, fn func(key, value []byte) error) error
}

// source is what the engine's database and its snapshots have in common.
type source interface {
	Get(key []byte, ro *opt.ReadOptions) ([]byte, error)
	Has(key []byte, ro *opt.ReadOptions) (bool, error)
	NewIterator(slice *util.Range, ro *opt.ReadOptions) engineIterator
}

type reader struct {
	src  source
	path string
}

// Get returns a copy of the value stored under key, or ErrNotFound.
func (r reader) Get(key []byte) ([]byte, error) {
	v, err := r.src.Get(key, nil)
	return v, explain(r.path, err)
}

// Has reports whether key is there.
func (r reader) Has(key []byte) (bool, error) {
	ok, err := r.src.Has(key, nil)
	return ok, explain(r.path, err)
}

// NewIterator walks the keys that begin with prefix in ascending order, from prefix+start on. It sees the store as it was when it was
// made, and must be released.
func (r reader) NewIterator(prefix, start []byte) ethdb.Iterator {
	return explainedIterator{r.src.NewIterator(prefixRange(prefix, start), nil), r.path}
}

// Iterate calls fn for the keys that begin with prefix in ascending order, from prefix+start on, as the store was when Iterate began.
// The slices are valid only during the call. An error of fn ends it and is returned as it is.
func (r reader) Iterate(prefix, start []byte, fn func(key, value []byte) error) error {
	it := r.NewIterator(prefix, start)
	defer it.Release()
	for it.Next() {
		if err := fn(it.Key(), it.Value()); err != nil {
			return err
		}
	}
	return it.Error()
}

func prefixRange(prefix, start []byte) *util.Range {
	r := util.BytesPrefix(prefix)
	r.Start = append(r.Start[:len(r.Start):len(r.Start)], start...)
	return r
}

// explainedIterator is the engine's, with errors explained.
type explainedIterator struct {
	engineIterator
	path string
}

func (it explainedIterator) Error() error { return explain(it.path, it.engineIterator.Error()) }
