package miner

import (
	"sync"

	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/consensus/rule"
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

// workError is an error about work from outside. Nobody is to blame for it.
type workError string

func (e workError) Error() string     { return string(e) }
func (e workError) Class() rule.Class { return rule.ClassPolicy }

// Errors of work from outside.
const (
	ErrNoWork      = workError("no work: mining is off or waits for something; see miner_status")
	ErrUnknownWork = workError("work unknown or too old: get new work")
	ErrStaleWork   = workError("work is for a block that another one has overtaken: get new work")
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
		w.list = append(w.list[:0:0], w.list[1:]...) // a new array, so that the old one's first template can go
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

// onTip reports whether a template's block would follow the best one.
func (m *Miner) onTip(t *template) bool {
	parent, _ := m.chain.Tip()
	return t.block.Header.Parent == parent
}

// GetWork returns the newest template for a searcher outside the node; ErrNoWork if the miner has none.
func (m *Miner) GetWork() (Work, error) {
	t := m.works.newest()
	if m.Status().State != StateMining || t == nil || !m.onTip(t) {
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

// SubmitWork hands in a seal for work that GetWork returned. The chain checks it as any other block, and its error is returned;
// ErrUnknownWork and ErrStaleWork mean that the work is too old.
func (m *Miner) SubmitWork(seal types.SealHash, nonce types.Nonce, mix types.Mix) error {
	t := m.works.find(seal)
	if t == nil {
		return ErrUnknownWork
	}
	if !m.onTip(t) {
		return ErrStaleWork
	}
	b := t.sealed(nonce, mix)
	if err := m.chain.AddChecked(b, t.known); err != nil {
		return err
	}
	m.found(b, "block found by outside work")
	return nil
}
