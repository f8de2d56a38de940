package dataset

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/edsrzf/mmap-go"

	"github.com/gero-chain/gero/consensus/pow"
)

// A file is a head of 64 KiB and the rows. The head names the algorithm and the epoch and has a word for each chunk: its checksum, once
// the chunk is written. Nothing depends on the order in which the disk keeps its promises: a word whose chunk did not arrive does not
// match, and the chunk is computed again. So a file can be continued after any kind of end, and two processes that write one file write
// the same bytes.
const (
	headSize   = 64 << 10
	tableAt    = 4 << 10
	magic      = "gero dataset 1\n\x00"
	chunkIsSet = 1 << 32 // tells a checksum of zero from a chunk that is not there
	suffix     = ".dataset"
)

// castagnoli is the CRC that processors compute: the check is against broken disks and half-written chunks, not against people.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// disk is the part of *os.File through which chunks are read and written, so that a test can break it.
type disk interface {
	io.ReaderAt
	io.WriterAt
	Sync() error
}

// Open maps the epoch's dataset from its file in dir, after checking every chunk, computing those that are missing or damaged, and making
// file and folder if need be. What disk and folder fail at is a *DiskError. Open ends early with the context's error, and the next one
// continues where it stopped, as it does after a crash.
//
// With Options.Resident the rows are read from the file into memory of their own. A mapped file costs only what the system can spare for
// its cache, in small pages; memory is taken for good, and a search in its large pages is up to a quarter faster. Where there is not
// enough of it, the file is mapped all the same.
func Open(ctx context.Context, dir string, a *pow.Algorithm, e pow.Epoch, o Options) (*Dataset, error) {
	count, err := a.DatasetRows(e)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	b := &builder{algorithm: a, epoch: e, rows: count, options: o}
	if tableAt+8*b.chunks() > headSize {
		return nil, fmt.Errorf("dataset of epoch %d: %d rows are too many for one file", e, count)
	}
	fail := &DiskError{Dir: dir, Epoch: e, Size: headSize + uint64(count)*pow.RowSize}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		fail.Err = err
		return nil, fail
	}
	path := filepath.Join(dir, fileName(a, e))
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		fail.Err = err
		return nil, fail
	}
	report, err := fill(ctx, f, b, fail)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	report.Path = path
	if o.Resident {
		d, err := resident(ctx, f, b, report)
		if err == nil {
			_ = f.Close() // all of it was synced and read
			return d, nil
		}
		if ctx.Err() != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	d, err := mapped(f, b, report)
	if err != nil {
		fail.Err = errors.Join(err, f.Close())
		return nil, fail
	}
	return d, nil
}

// mapped makes a Dataset of a complete file, which it owns from then on.
func mapped(f *os.File, b *builder, report Report) (*Dataset, error) {
	size := headSize + int64(b.rows)*pow.RowSize
	if err := f.Truncate(size); err != nil { // cuts off what a longer file had behind; never lengthens, since all chunks are written
		return nil, err
	}
	m, err := mmap.MapRegion(f, int(size), mmap.RDONLY, 0, 0)
	if err != nil {
		return nil, fmt.Errorf("map into memory: %w", err)
	}
	return &Dataset{
		algorithm: b.algorithm,
		epoch:     b.epoch,
		// The mapping begins on a page, so the rows behind the head are aligned; it holds exactly this many.
		rows:   unsafe.Slice((*pow.Row)(unsafe.Pointer(&m[headSize])), b.rows),
		report: report,
		release: func() error {
			return errors.Join(m.Unmap(), f.Close())
		},
	}, nil
}

// fill brings a file to its whole content and counts what that took.
func fill(ctx context.Context, f disk, b *builder, fail *DiskError) (Report, error) {
	present, damaged, err := check(ctx, f, b)
	if err != nil {
		return Report{}, err
	}
	var missing []int
	for chunk, ok := range present {
		if ok {
			fail.Have += b.size(chunk)
		} else {
			missing = append(missing, chunk)
		}
	}
	report := Report{Reused: b.chunks() - len(missing), Damaged: damaged, Built: len(missing)}
	if len(missing) == 0 {
		return report, nil
	}
	if report.Reused == 0 {
		if _, err := f.WriteAt(head(b), 0); err != nil {
			fail.Err = err
			return report, fail
		}
	}
	have := atomic.Uint64{}
	have.Store(fail.Have)
	var broken atomic.Pointer[error]
	note := func(err error) error {
		if err != nil {
			broken.CompareAndSwap(nil, &err)
		}
		return err
	}
	commit := func(chunk int, rows []pow.Row) error {
		if err := writeChunk(f, b, chunk, asBytes(rows)); err != nil {
			return note(err)
		}
		have.Add(b.size(chunk))
		return nil
	}
	err = b.build(ctx, missing, nil, commit, func() error { return note(f.Sync()) })
	if err == nil {
		err = note(f.Sync())
	}
	if cause := broken.Load(); cause != nil {
		fail.Have, fail.Err = have.Load(), *cause
		return report, fail
	}
	return report, err
}

// writeChunk writes the rows first and then the word that vouches for them.
func writeChunk(f disk, b *builder, chunk int, data []byte) error {
	if _, err := f.WriteAt(data, dataAt(b, chunk)); err != nil {
		return err
	}
	var word [8]byte
	binary.LittleEndian.PutUint64(word[:], chunkIsSet|uint64(crc32.Checksum(data, castagnoli)))
	_, err := f.WriteAt(word[:], tableAt+8*int64(chunk))
	return err
}

func dataAt(b *builder, chunk int) int64 { return headSize + int64(b.first(chunk))*pow.RowSize }

// check reads which chunks a file holds intact, and counts those it claims and does not hold. A file that is empty, unreadable or
// somebody else's holds none.
func check(ctx context.Context, f disk, b *builder) (present []bool, damaged int, err error) {
	present = make([]bool, b.chunks())
	got := make([]byte, headSize)
	if n, err := f.ReadAt(got, 0); n < headSize || (err != nil && !errors.Is(err, io.EOF)) {
		return present, 0, ctx.Err()
	}
	want := head(b)
	if string(got[:tableAt]) != string(want[:tableAt]) {
		return present, 0, ctx.Err()
	}
	var claimed []int
	size := uint64(0)
	for chunk := range present {
		if tableWord(got, chunk)&chunkIsSet != 0 {
			claimed = append(claimed, chunk)
			size += b.size(chunk)
		}
	}
	if len(claimed) == 0 {
		return present, 0, ctx.Err()
	}
	verify := func(chunk int, buffer []pow.Row) error {
		data := asBytes(buffer)
		if n, _ := f.ReadAt(data, dataAt(b, chunk)); n < len(data) {
			return nil // too short a file: the chunk is not there
		}
		// Each chunk is one thread's, so the threads write different elements.
		present[chunk] = tableWord(got, chunk) == chunkIsSet|uint64(crc32.Checksum(data, castagnoli))
		return nil
	}
	report := reporter{call: b.options.Progress, phase: Checking, began: time.Now(), total: size}
	if err := b.parallel(ctx, claimed, verify, &report, nil); err != nil {
		return nil, 0, err
	}
	for _, chunk := range claimed {
		if !present[chunk] {
			damaged++
		}
	}
	return present, damaged, nil
}

func tableWord(head []byte, chunk int) uint64 {
	return binary.LittleEndian.Uint64(head[tableAt+8*chunk:])
}

// head returns the head of a file without any chunk. Rows are kept as this processor has them in memory, so the byte order is part of
// what must match.
func head(b *builder) []byte {
	h := make([]byte, headSize)
	id := b.algorithm.ID()
	n := copy(h, magic)
	n += copy(h[n:], id[:])
	order := uint32(0x01020304)
	n += copy(h[n:], unsafe.Slice((*byte)(unsafe.Pointer(&order)), 4)) // a word as it lies in memory
	binary.LittleEndian.PutUint32(h[n:], chunkRows)
	binary.LittleEndian.PutUint64(h[n+4:], uint64(b.epoch))
	binary.LittleEndian.PutUint64(h[n+12:], uint64(b.rows))
	return h
}

// asBytes views rows as the bytes they lie in: Row is an array of words without padding.
func asBytes(rows []pow.Row) []byte {
	if len(rows) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&rows[0])), len(rows)*pow.RowSize)
}

// fileName tells algorithms and epochs apart, so that one folder serves several networks.
func fileName(a *pow.Algorithm, e pow.Epoch) string {
	return fmt.Sprintf("%s%d%s", filePrefix(a), e, suffix)
}

func filePrefix(a *pow.Algorithm) string {
	id := a.ID()
	return fmt.Sprintf("%x-", id[:8])
}

// Prune deletes the algorithm's files in dir but for the given epoch and the one after it. Other files stay; a folder that does not exist
// needs no pruning. It tries every file and returns what went wrong together.
func Prune(dir string, a *pow.Algorithm, current pow.Epoch) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("old datasets: %w", err)
	}
	var problems []error
	for _, entry := range entries {
		name, ok := strings.CutPrefix(entry.Name(), filePrefix(a))
		if !ok {
			continue
		}
		digits, ok := strings.CutSuffix(name, suffix)
		if !ok {
			continue
		}
		e, err := strconv.ParseUint(digits, 10, 64)
		if err != nil || pow.Epoch(e) == current || pow.Epoch(e) == current+1 {
			continue
		}
		if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil {
			problems = append(problems, fmt.Errorf("old dataset: %w", err))
		}
	}
	return errors.Join(problems...)
}
