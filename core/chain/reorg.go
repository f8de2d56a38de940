package chain

import (
	"errors"
	"slices"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/types"
)

// take keeps a checked block that admit has just let in, and makes its chain the best one if it is the heaviest. The caller holds
// m.writing.
func (m *Manager) take(b *consensus.CheckedBlock) error {
	h := b.Block().Header
	parentWeight, err := m.weightOf(h.Parent)
	if err != nil {
		return err
	}
	weight := parentWeight.Add(h.Difficulty)
	w := batch{m.DB.Batch()}
	w.block(b.Hash(), b.Block(), weight)
	if weight.Cmp(m.tip.weight) <= 0 {
		return m.commit(w, m.tip)
	}
	r, err := m.plan(b)
	if errors.Is(err, ErrDeepReorg) {
		return orElse(m.commit(w, m.tip), err)
	}
	if err != nil {
		return err
	}
	next, err := m.switchTo(r, w)
	if err != nil {
		return m.refused(r, err)
	}
	return m.commit(w, tip{next, weight})
}

// commit writes a batch and moves the tip; nobody reads in between.
func (m *Manager) commit(w batch, t tip) error {
	m.mu.Lock()
	moved := t.state.Hash != m.tip.state.Hash
	err := w.WriteSync()
	if err == nil {
		m.tip = t
	}
	m.mu.Unlock()
	if err == nil && moved {
		m.subs.Wake()
	}
	return err
}

// route leads from the best tip to a new block: blocks to revert, newest first, then blocks to connect, oldest first, the new one last.
type route struct {
	fork    types.Height
	state   *consensus.State // after the last common block
	revert  []types.BlockHash
	connect []types.BlockHash
	added   *consensus.CheckedBlock
}

// plan finds the way from the tip to a new block.
func (m *Manager) plan(b *consensus.CheckedBlock) (*route, error) {
	r := &route{connect: []types.BlockHash{b.Hash()}, added: b}
	tip := m.tip.state.Height()
	height, hash := b.Block().Header.Number-1, b.Block().Header.Parent
	for {
		best, err := m.onBest(height, hash)
		if err != nil {
			return nil, err
		}
		if best {
			break
		}
		if kind, bad, err := m.invalidMark(hash); err != nil || bad {
			return nil, orElse(err, orElse(m.mark(kind, r.connect...), &InvalidAncestorError{hash, kind}))
		}
		if tip >= height+m.MaxReorg { // the fork is below this height
			return nil, ErrDeepReorg
		}
		header, err := m.mustHeader(hash)
		if err != nil {
			return nil, err
		}
		r.connect = append(r.connect, hash)
		height, hash = height-1, header.Parent
	}
	slices.Reverse(r.connect)
	r.fork = height
	if tip-height > m.MaxReorg {
		return nil, ErrDeepReorg
	}
	return r, m.planRevert(r, hash)
}

// planRevert collects what has to go down to the last common block.
func (m *Manager) planRevert(r *route, fork types.BlockHash) (err error) {
	r.state = m.tip.state
	if fork == r.state.Hash {
		return nil
	}
	for h := m.tip.state.Hash; h != fork; {
		r.revert = append(r.revert, h)
		header, err := m.mustHeader(h)
		if err != nil {
			return err
		}
		h = header.Parent
	}
	// The chain may have been longer before it became heavier, and has deleted more diffs than its height tells now.
	if _, kept, err := m.get(store.StateKey(fork)); err != nil || !kept {
		return orElse(err, ErrDeepReorg)
	}
	r.state, err = m.stateOf(fork)
	return err
}

// brokenBlock is a rule broken by one block of a route.
type brokenBlock struct {
	index int // in the route's connect
	err   error
}

func (e *brokenBlock) Error() string { return e.err.Error() }
func (e *brokenBlock) Unwrap() error { return e.err }

// switchTo follows a route on a copy of the ledger and puts the outcome into a batch. Nothing is written.
func (m *Manager) switchTo(r *route, w batch) (*consensus.State, error) {
	work := ledger.NewOverlay(m.view())
	for _, hash := range r.revert {
		if err := m.undo(work, hash, w); err != nil {
			return nil, err
		}
	}
	state := r.state
	for i := range r.connect {
		b, err := m.blockOf(r, i)
		if err != nil {
			return nil, err
		}
		next, out, err := consensus.Connect(m.Net, state, work, b)
		if err != nil {
			return nil, &brokenBlock{i, err}
		}
		out.Diff.Apply(work.Put, work.Delete)
		w.connected(m.genesis, b.Block(), next, out.Diff)
		if err := m.prune(r, next.Height(), w); err != nil {
			return nil, err
		}
		state = next
	}
	diff, err := work.Diff()
	if err != nil {
		return nil, err
	}
	w.ledger(diff)
	w.Put(store.HeadKey(), state.Hash[:])
	return state, nil
}

// blockOf returns a block of a route when its turn has come, so that a long route does not have to fit into memory.
func (m *Manager) blockOf(r *route, i int) (*consensus.CheckedBlock, error) {
	if i == len(r.connect)-1 {
		return r.added, nil
	}
	b, err := m.mustBlock(r.connect[i])
	if err != nil {
		return nil, err
	}
	return consensus.Stored(m.Net, m.genesis, b)
}

// undo takes the block at the end of the best chain off it.
func (m *Manager) undo(work *ledger.Overlay, hash types.BlockHash, w batch) error {
	b, err := m.mustBlock(hash)
	if err != nil {
		return err
	}
	diff, err := m.diffOf(hash)
	if err != nil {
		return err
	}
	diff.Revert(work.Put, work.Delete)
	w.reverted(m.genesis, hash, b)
	return nil
}

// prune drops what could revert the block that is too deep to be reverted once the chain has a height.
func (m *Manager) prune(r *route, height types.Height, w batch) error {
	if height <= m.MaxReorg {
		return nil
	}
	n := height - m.MaxReorg - 1
	if n > r.fork { // connected just now
		w.forget(r.connect[n-r.fork-1])
		return nil
	}
	hash, ok, err := m.canonical(n)
	if ok {
		w.forget(hash)
	}
	return err
}

// refused turns the error of a route into one about the block that was to be added, and marks what broke a rule and what descends from it.
// The broken block may be an older one on the added block's branch, kept unconnected while its branch was the lighter one.
func (m *Manager) refused(r *route, err error) error {
	var broken *brokenBlock
	var verdict *rule.Error
	if !errors.As(err, &broken) || !errors.As(broken.err, &verdict) {
		return err
	}
	hashes := r.connect[broken.index:]
	if err := m.mark(verdict.Kind, hashes...); err != nil {
		return err
	}
	if len(hashes) == 1 {
		return broken.err
	}
	return &InvalidAncestorError{hashes[0], verdict.Kind}
}
