package dataset

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gero-chain/gero/consensus/pow"
)

// chunkRows is the unit of work and of what a file remembers: 1 MiB, about 20 ms of computing.
const chunkRows = 1 << 20 / pow.RowSize

// builder computes the chunks of one dataset.
type builder struct {
	algorithm *pow.Algorithm
	epoch     pow.Epoch
	rows      uint32
	options   Options
}

func (b *builder) chunks() int { return int((uint64(b.rows) + chunkRows - 1) / chunkRows) }

func (b *builder) all() []int {
	all := make([]int, b.chunks())
	for i := range all {
		all[i] = i
	}
	return all
}

func (b *builder) first(chunk int) uint32 { return uint32(chunk) * chunkRows }

func (b *builder) end(chunk int) uint32 {
	return uint32(min(uint64(chunk+1)*chunkRows, uint64(b.rows)))
}

func (b *builder) size(chunk int) uint64 { return uint64(b.end(chunk)-b.first(chunk)) * pow.RowSize }

// build computes the missing chunks on all threads. place says where a chunk's rows go, a nil place means a buffer of the thread's own;
// commit, if there is one, is called with them by the same thread; flush, if there is one, is called now and then by this goroutine.
// All goroutines have ended when build returns; the first error stops them.
func (b *builder) build(
	ctx context.Context, missing []int, place func(int) []pow.Row, commit func(int, []pow.Row) error, flush func() error,
) error {
	if len(missing) == 0 {
		return ctx.Err()
	}
	makeCache := b.options.Cache
	if makeCache == nil {
		makeCache = func(e pow.Epoch) (*pow.Cache, error) { return pow.NewCache(b.algorithm, e) }
	}
	cache, err := makeCache(b.epoch)
	if err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	work := func(chunk int, buffer []pow.Row) error {
		rows := buffer
		if place != nil {
			rows = place(chunk)
		}
		cache.Compute(b.first(chunk), rows)
		if commit == nil {
			return nil
		}
		return commit(chunk, rows)
	}
	total := uint64(b.rows) * pow.RowSize
	todo := uint64(0)
	for _, chunk := range missing {
		todo += b.size(chunk)
	}
	report := reporter{call: b.options.Progress, phase: Building, began: time.Now(), skipped: total - todo, total: total}
	return b.parallel(ctx, missing, work, &report, flush)
}

// flushEvery is the number of chunks after which a file is synced: what a power cut can cost.
const flushEvery = 64

// parallel runs work over the chunks on all threads and reports from this goroutine.
func (b *builder) parallel(
	ctx context.Context, chunks []int, work func(int, []pow.Row) error, report *reporter, flush func() error,
) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next, finished := make(chan int), make(chan int)
	var threads sync.WaitGroup
	for range min(b.options.threads(), len(chunks)) {
		threads.Go(func() {
			buffer := make([]pow.Row, chunkRows)
			for chunk := range next {
				if err := work(chunk, buffer[:b.end(chunk)-b.first(chunk)]); err != nil {
					cancel(err)
					return
				}
				finished <- chunk
			}
		})
	}
	err := b.conduct(ctx, chunks, next, finished, report, flush)
	close(next)
	cancel(err)
	go func() { threads.Wait(); close(finished) }()
	for range finished { // lets threads that still had a chunk in hand go, and waits for all
	}
	return err
}

// conduct hands out chunks and counts what comes back.
func (b *builder) conduct(
	ctx context.Context, chunks []int, next chan<- int, finished <-chan int, report *reporter, flush func() error,
) error {
	done := report.skipped
	for given, back := 0, 0; back < len(chunks); {
		offer, chunk := next, 0
		if given < len(chunks) {
			chunk = chunks[given]
		} else {
			offer = nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case offer <- chunk:
			given++
		case chunk := <-finished:
			back++
			done += b.size(chunk)
			if flush != nil && back%flushEvery == 0 {
				if err := flush(); err != nil {
					return err
				}
			}
			report.at(time.Now(), done)
		}
	}
	return nil
}
