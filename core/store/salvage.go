package store

import (
	"bytes"
	"encoding/binary"
	"io"

	lerrors "github.com/syndtr/goleveldb/leveldb/errors"
	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/syndtr/goleveldb/leveldb/storage"
	"github.com/syndtr/goleveldb/leveldb/table"
)

// verifyTable reads all blocks of a table and compares their checksums.
func verifyTable(st storage.Storage, fd storage.FileDesc) error {
	return readTable(st, fd, opt.StrictAll, func(_, _ []byte) error { return nil })
}

// salvageTable writes the records of a damaged table's sound blocks to a table with another number, and returns how many there were.
// The engine's own repair does the same but orders the records by their bytes, which fails when a key was written twice, and gives
// the table a filter that no look-up matches.
func salvageTable(st storage.Storage, from, to storage.FileDesc) (int, error) {
	w, err := st.Create(to)
	if err != nil {
		return 0, err
	}
	defer w.Close()
	out := table.NewWriter(w, &opt.Options{Comparer: recordOrder{}, Compression: opt.NoCompression}, nil, 0)
	records := 0
	var last []byte
	err = readTable(st, from, opt.StrictBlockChecksum, func(key, value []byte) error {
		if len(key) < trailerLen || (records > 0 && recordOrder{}.Compare(last, key) >= 0) {
			return nil // a sound block of a damaged index may turn up twice
		}
		records++
		last = append(last[:0], key...)
		return out.Append(key, value)
	})
	if err != nil && !isCorrupt(err) {
		return records, err
	}
	if err := out.Close(); err != nil {
		return records, err
	}
	return records, w.Sync()
}

// readTable calls fn for each record of a table, its key being the engine's: the user's, then a trailer.
func readTable(st storage.Storage, fd storage.FileDesc, strict opt.Strict, fn func(key, value []byte) error) error {
	f, err := st.Open(fd)
	if err != nil {
		return err
	}
	defer f.Close()
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	t, err := table.NewReader(f, size, fd, nil, nil, &opt.Options{Comparer: recordOrder{}, Strict: strict})
	if err != nil {
		return err
	}
	defer t.Release()
	it := t.NewIterator(nil, nil)
	defer it.Release()
	for it.Next() {
		if err := fn(it.Key(), it.Value()); err != nil {
			return err
		}
	}
	return lerrors.SetFd(it.Error(), fd)
}

// trailerLen is the length of what the engine appends to a key: 8 bytes, little-endian, sequence number and kind.
const trailerLen = 8

// recordOrder is the engine's order of records: by key, and the newest record of a key first.
type recordOrder struct{}

func (recordOrder) Name() string { return "gero.recordOrder" }

func (recordOrder) Compare(a, b []byte) int {
	if len(a) < trailerLen || len(b) < trailerLen {
		return bytes.Compare(a, b)
	}
	ka, kb := a[:len(a)-trailerLen], b[:len(b)-trailerLen]
	if c := bytes.Compare(ka, kb); c != 0 {
		return c
	}
	switch na, nb := binary.LittleEndian.Uint64(a[len(ka):]), binary.LittleEndian.Uint64(b[len(kb):]); {
	case na > nb:
		return -1
	case na < nb:
		return 1
	}
	return 0
}

// Separator and Successor shorten nothing: the index then holds whole keys.
func (recordOrder) Separator(_, _, _ []byte) []byte { return nil }

func (recordOrder) Successor(_, _ []byte) []byte { return nil }
