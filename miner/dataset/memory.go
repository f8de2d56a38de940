package dataset

import (
	"context"
	"fmt"
	"io"
	"time"
	"unsafe"

	"github.com/edsrzf/mmap-go"

	"github.com/gero-chain/gero/consensus/pow"
)

// anonymous returns memory for rows and what gives it back. It lies outside the garbage collector's heap, which would otherwise let as
// much garbage again pile up before it collects, and in large pages where the system has them.
func anonymous(count uint32) ([]pow.Row, func() error, error) {
	m, err := mmap.MapRegion(nil, int(count)*pow.RowSize, mmap.RDWR, mmap.ANON, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("dataset: %s of memory: %w", mebibytes(uint64(count)*pow.RowSize), err)
	}
	preferLargePages(m)
	// A mapping begins on a page, so rows are aligned in it.
	return unsafe.Slice((*pow.Row)(unsafe.Pointer(&m[0])), count), m.Unmap, nil
}

// Memory makes the epoch's dataset in memory. It ends early with the context's error.
func Memory(ctx context.Context, a *pow.Algorithm, e pow.Epoch, o Options) (*Dataset, error) {
	count, err := a.DatasetRows(e)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	rows, release, err := anonymous(count)
	if err != nil {
		return nil, err
	}
	b := &builder{algorithm: a, epoch: e, rows: count, options: o}
	place := func(chunk int) []pow.Row { return rows[b.first(chunk):b.end(chunk)] }
	if err := b.build(ctx, b.all(), place, nil, nil); err != nil {
		_ = release() // the build's error matters more
		return nil, err
	}
	return &Dataset{algorithm: a, epoch: e, rows: rows, report: Report{Built: b.chunks()}, release: release}, nil
}

// resident copies a complete file into memory.
func resident(ctx context.Context, f io.ReaderAt, b *builder, report Report) (*Dataset, error) {
	rows, release, err := anonymous(b.rows)
	if err != nil {
		return nil, err
	}
	read := func(chunk int, _ []pow.Row) error {
		_, err := f.ReadAt(asBytes(rows[b.first(chunk):b.end(chunk)]), dataAt(b, chunk))
		return err
	}
	silent := reporter{began: time.Now(), total: uint64(b.rows) * pow.RowSize}
	if err := b.parallel(ctx, b.all(), read, &silent, nil); err != nil {
		_ = release() // the reader's error matters more
		return nil, err
	}
	return &Dataset{algorithm: b.algorithm, epoch: b.epoch, rows: rows, report: report, release: release}, nil
}
