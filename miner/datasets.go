package miner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/miner/dataset"
	"github.com/gero-chain/gero/types"
)

// datasets keeps the dataset in use, and makes the next one ready on disk shortly before it is needed. It belongs to the goroutine in Run.
type datasets struct {
	algorithm *pow.Algorithm
	dir       string
	lead      types.Height // how many blocks before its epoch a dataset is made ready
	caches    func(pow.Epoch) (*pow.Cache, error)
	progress  func(dataset.Progress)
	log       *slog.Logger
	current   *dataset.Dataset
	ahead     *ahead
}

// ahead is a dataset file being made before its time.
type ahead struct {
	epoch  pow.Epoch
	cancel context.CancelFunc
	done   chan struct{}
}

// leadOf is a hundredth of an epoch: on betanet more than an hour.
func leadOf(epochBlocks uint64) types.Height { return types.Height(max(1, epochBlocks/100)) }

// rows returns the dataset for a block, making it first if need be. Meanwhile the status tells how far it is. It ends early, with
// context.Canceled, when the context ends or the miner is switched off.
func (m *Miner) rows(ctx context.Context, height types.Height) (pow.Dataset, error) {
	s, e := &m.sets, m.algorithm.Epoch(height)
	if s.current == nil || s.current.Epoch() != e {
		if err := m.prepare(ctx, e); err != nil {
			return pow.Dataset{}, err
		}
	}
	if next := m.algorithm.Epoch(height + s.lead); next != e {
		s.makeAhead(ctx, next)
	}
	return s.current.View(), nil
}

// prepare loads or makes the dataset of an epoch.
func (m *Miner) prepare(ctx context.Context, e pow.Epoch) error {
	s := &m.sets
	s.close()
	m.mu.Lock()
	m.status.Epoch = uint64(e)
	m.mu.Unlock()
	m.say(StatePreparing, fmt.Sprintf("making the dataset of epoch %d", e))
	ctx, release := m.whileOn(ctx)
	defer release()
	d, err := s.load(ctx, e, dataset.Options{Progress: func(p dataset.Progress) {
		m.say(StatePreparing, describe(e, p))
		if s.progress != nil {
			s.progress(p)
		}
	}, Cache: s.caches, Resident: true}) // a search needs all of it in memory anyway, and is faster in large pages
	if err != nil {
		return err
	}
	if why := d.Report().Fallback; why != nil {
		s.log.Warn("dataset kept in memory, to be made again at the next start", "reason", why.Error())
	}
	s.current = d
	if s.dir != "" {
		if err := dataset.Prune(s.dir, s.algorithm, e); err != nil {
			s.log.Warn("old datasets not deleted", "error", err)
		}
	}
	return nil
}

// whileOn returns a context that ends when the miner is switched off, and what ends the watching for that.
func (m *Miner) whileOn(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	done, seen := make(chan struct{}), false
	go func() { // ended and waited for by what is returned
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-m.changed:
				seen = true
				if on, _, _ := m.settings(); !on {
					cancel()
				}
			}
		}
	}()
	return ctx, func() {
		cancel()
		<-done
		if seen {
			m.set(func() {}) // so that whatever else changed is looked at
		}
	}
}

func (s *datasets) load(ctx context.Context, e pow.Epoch, o dataset.Options) (*dataset.Dataset, error) {
	if s.dir == "" {
		return dataset.Memory(ctx, s.algorithm, e, o)
	}
	return dataset.Load(ctx, s.dir, s.algorithm, e, o)
}

// makeAhead starts making an epoch's file, on one thread, unless it was started before. What it leaves undone is done by prepare.
func (s *datasets) makeAhead(ctx context.Context, e pow.Epoch) {
	if s.dir == "" || s.ahead != nil && s.ahead.epoch == e {
		return
	}
	s.stopAhead()
	ctx, cancel := context.WithCancel(ctx)
	a := &ahead{epoch: e, cancel: cancel, done: make(chan struct{})}
	s.ahead = a
	s.log.Info("making the next epoch's dataset ahead of time", "epoch", uint64(e))
	go func() { // ended and waited for by stopAhead
		defer close(a.done)
		d, err := dataset.Open(ctx, s.dir, s.algorithm, e, dataset.Options{Threads: 1, Cache: s.caches})
		if err == nil {
			err = d.Close()
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			s.log.Warn("next epoch's dataset not made ahead of time", "epoch", uint64(e), "error", err)
		}
	}()
}

// stopAhead ends what makeAhead started. The file keeps what it has.
func (s *datasets) stopAhead() {
	if s.ahead == nil {
		return
	}
	s.ahead.cancel()
	<-s.ahead.done
	s.ahead = nil
}

func (s *datasets) close() {
	s.stopAhead()
	if s.current == nil {
		return
	}
	if err := s.current.Close(); err != nil {
		s.log.Warn("dataset not released", "error", err)
	}
	s.current = nil
}

// describe says how far a dataset is, such as "building dataset of epoch 0: 43 % of 512 MiB, 2m10s left".
func describe(e pow.Epoch, p dataset.Progress) string {
	percent := uint64(100)
	if p.Total > 0 {
		percent = p.Done * 100 / p.Total
	}
	s := fmt.Sprintf("%s dataset of epoch %d: %d %% of %d MiB", p.Phase, e, percent, p.Total>>20)
	if p.ETA > 0 {
		s += fmt.Sprintf(", %s left", p.ETA.Round(time.Second))
	}
	return s
}
