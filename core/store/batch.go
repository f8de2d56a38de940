package store

import (
	"bytes"
	"errors"

	"github.com/ethereum/go-ethereum/ethdb"
	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/iterator"
	"github.com/syndtr/goleveldb/leveldb/util"
)

type engineIterator = iterator.Iterator

// Writer is what fills a batch. It is an alias of a literal, so that a consumer that may not import this package can name the same type.
type Writer = interface {
	Put(key, value []byte) error
	Delete(key []byte) error
}

// Batch collects writes and applies them at once. It is not safe for concurrent use. It copies keys and values, so the caller may
// reuse them. Its Put, Delete and DeleteRange never fail.
type Batch struct {
	s      *Store
	b      leveldb.Batch
	size   int
	ranges []batchRange
}

// batchRange is a range to delete; after is the number of operations before it.
type batchRange struct {
	after      int
	start, end []byte
}

// Batch returns an empty batch.
func (s *Store) Batch() *Batch { return &Batch{s: s} }

// NewBatch is Batch under the name and type that go-ethereum expects.
func (s *Store) NewBatch() ethdb.Batch { return s.Batch() }

// NewBatchWithSize is NewBatch; the size is a hint that the engine needs no more.
func (s *Store) NewBatchWithSize(int) ethdb.Batch { return s.Batch() }

// Update calls fn to fill a batch and, if fn returns nil, applies it with WriteSync. An error of fn is returned as it is.
func (s *Store) Update(fn func(Writer) error) error {
	b := s.Batch()
	if err := fn(b); err != nil {
		return err
	}
	return b.WriteSync()
}

// Put stores value under key when the batch is written.
func (b *Batch) Put(key, value []byte) error {
	b.b.Put(key, value)
	b.size += len(key) + len(value)
	return nil
}

// Delete removes key when the batch is written.
func (b *Batch) Delete(key []byte) error {
	b.b.Delete(key)
	b.size += len(key)
	return nil
}

// DeleteRange removes, when the batch is written, all keys from start, inclusive, to end, exclusive, that the store or earlier
// operations of the batch hold then; nil means the first key, and after the last.
func (b *Batch) DeleteRange(start, end []byte) error {
	b.ranges = append(b.ranges, batchRange{b.b.Len(), bytes.Clone(start), bytes.Clone(end)})
	b.size += len(start) + len(end)
	return nil
}

// Size returns the bytes of keys and values collected.
func (b *Batch) Size() int { return b.size }

// ValueSize is Size under the name that go-ethereum expects.
func (b *Batch) ValueSize() int { return b.size }

// Len returns the number of operations collected.
func (b *Batch) Len() int { return b.b.Len() + len(b.ranges) }

// Write applies the batch atomically. It is durable after the next WriteSync or SyncKeyValue.
func (b *Batch) Write() error {
	whole, err := b.expanded()
	if err != nil {
		return err
	}
	return b.s.write(whole, false)
}

// WriteSync applies the batch atomically; it and everything written before is durable when WriteSync returns nil. See Store.WriteSync.
func (b *Batch) WriteSync() error {
	whole, err := b.expanded()
	if err != nil {
		return err
	}
	if whole.Len() == 0 {
		return b.s.SyncKeyValue()
	}
	return b.s.write(whole, true)
}

// Reset empties the batch for reuse.
func (b *Batch) Reset() {
	b.b.Reset()
	b.size, b.ranges = 0, nil
}

// Close is there for go-ethereum; a batch holds no resources.
func (b *Batch) Close() {}

// Replay repeats the operations, in order, on w. A DeleteRange needs a w that has one.
func (b *Batch) Replay(w ethdb.KeyValueWriter) error {
	r := replay{ranges: b.ranges, put: w.Put, del: w.Delete}
	r.delRange = func(start, end []byte) error {
		d, ok := w.(ethdb.KeyValueRangeDeleter)
		if !ok {
			return errors.New("batch cannot be replayed: its target deletes no ranges")
		}
		return d.DeleteRange(start, end)
	}
	return r.run(&b.b)
}

// expanded returns the batch with each range replaced by the keys in it.
func (b *Batch) expanded() (*leveldb.Batch, error) {
	if len(b.ranges) == 0 {
		return &b.b, nil
	}
	out, put := new(leveldb.Batch), make(map[string]struct{})
	r := replay{ranges: b.ranges}
	r.put = func(key, value []byte) error {
		out.Put(key, value)
		put[string(key)] = struct{}{}
		return nil
	}
	r.del = func(key []byte) error {
		out.Delete(key)
		return nil
	}
	r.delRange = func(start, end []byte) error {
		it := b.s.db.NewIterator(&util.Range{Start: start, Limit: end}, nil)
		defer it.Release()
		for it.Next() {
			out.Delete(it.Key())
		}
		for key := range put {
			if key >= string(start) && (end == nil || key < string(end)) {
				out.Delete([]byte(key))
			}
		}
		return explain(b.s.path, it.Error())
	}
	return out, r.run(&b.b)
}

// replay walks a batch's operations with its ranges in their places, until one fails.
type replay struct {
	ranges   []batchRange
	put      func(key, value []byte) error
	del      func(key []byte) error
	delRange func(start, end []byte) error

	done int
	err  error
}

func (r *replay) run(b *leveldb.Batch) error {
	if err := b.Replay(r); err != nil {
		return err
	}
	r.passRanges()
	return r.err
}

func (r *replay) passRanges() {
	for len(r.ranges) > 0 && r.ranges[0].after <= r.done && r.err == nil {
		r.err = r.delRange(r.ranges[0].start, r.ranges[0].end)
		r.ranges = r.ranges[1:]
	}
}

// Put is called by the engine's Replay.
func (r *replay) Put(key, value []byte) {
	if r.passRanges(); r.err == nil {
		r.err = r.put(key, value)
	}
	r.done++
}

// Delete is called by the engine's Replay.
func (r *replay) Delete(key []byte) {
	if r.passRanges(); r.err == nil {
		r.err = r.del(key)
	}
	r.done++
}
