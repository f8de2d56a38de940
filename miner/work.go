package miner

import (
	"errors"
	"sync"

	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/types"
)

// Work is a template for a searcher outside the node.
type Work struct {
	Seal   types.SealHash // what to hash a nonce with
	Epoch  uint64         // of the dataset
	Seed   [32]byte       // of the epoch's cache
	Target [32]byte       // big-endian: a result must not exceed it
	Height types.Height
}

// Errors of work from outside.
var (
	ErrNoWork      = errors.New("no work: mining is off or waits for something; see miner_status")
	ErrUnknownWork = errors.New("work unknown or too old: get new work")
)

// keptWorks is how many templates stay open for seals from outside.
const keptWorks = 16

// works remembers the newest templates.
type works struct {
	mu   sync.Mutex
	list []*template // oldest first
}

func (w *works) add(t *template) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, t)
	if len(w.list) > keptWorks {
		w.list = w.list[1:]
	}
}

func (w *works) find(seal types.SealHash) *template {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.list {
		if t.seal == seal {
			return t
		}
	}
	return nil
}

func (w *works) newest() *template {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.list) == 0 {
		return nil
	}
	return w.list[len(w.list)-1]
}

// GetWork returns the newest template for a searcher outside the node; ErrNoWork if the miner has none.
func (m *Miner) GetWork() (Work, error) {
	t := m.works.newest()
	parent, _ := m.chain.Tip()
	if on, _, _ := m.settings(); !on || t == nil || t.block.Header.Parent != parent {
		return Work{}, ErrNoWork
	}
	h := t.block.Header
	epoch := m.algorithm.Epoch(h.Number)
	seed, err := m.algorithm.Seed(epoch)
	if err != nil {
		return Work{}, err
	}
	return Work{Seal: t.seal, Epoch: uint64(epoch), Seed: seed, Target: pow.Target(h.Difficulty).Bytes32(), Height: h.Number}, nil
}

// SubmitWork hands in a seal for work that GetWork returned. The chain checks it as any other block; ErrUnknownWork means that the work is
// too old.
func (m *Miner) SubmitWork(seal types.SealHash, nonce types.Nonce, mix types.Mix) error {
	t := m.works.find(seal)
	if t == nil {
		return ErrUnknownWork
	}
	b := t.sealed(nonce, mix)
	if err := m.chain.AddChecked(b, t.known); err != nil {
		return err
	}
	m.found(b, "block found by outside work")
	return nil
}
