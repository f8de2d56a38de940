package miner

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/miner/dataset"
)

// datasets keeps the dataset in use. It belongs to the goroutine in Run.
type datasets struct {
	algorithm *pow.Algorithm
	dir       string
	caches    func(pow.Epoch) (*pow.Cache, error)
	progress  func(dataset.Progress)
	log       *slog.Logger
	current   *dataset.Dataset
}

// rows returns the dataset of an epoch, making it first if need be. Meanwhile the status tells how far it is.
func (m *Miner) rows(ctx context.Context, e pow.Epoch) (pow.Dataset, error) {
	s := &m.sets
	if s.current != nil && s.current.Epoch() == e {
		return s.current.View(), nil
	}
	s.close()
	m.say(StatePreparing, fmt.Sprintf("making the dataset of epoch %d", e))
	d, err := s.load(ctx, e, dataset.Options{Progress: func(p dataset.Progress) {
		m.say(StatePreparing, describe(e, p))
		if s.progress != nil {
			s.progress(p)
		}
	}, Cache: s.caches})
	if err != nil {
		return pow.Dataset{}, err
	}
	if why := d.Report().Fallback; why != nil {
		s.log.Warn("dataset kept in memory, to be made again at the next start", "reason", why.Error())
	}
	s.current = d
	m.mu.Lock()
	m.status.Epoch = uint64(e)
	m.mu.Unlock()
	return d.View(), nil
}

func (s *datasets) load(ctx context.Context, e pow.Epoch, o dataset.Options) (*dataset.Dataset, error) {
	if s.dir == "" {
		return dataset.Memory(ctx, s.algorithm, e, o)
	}
	return dataset.Load(ctx, s.dir, s.algorithm, e, o)
}

func (s *datasets) close() {
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
