package chain

import (
	"errors"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// take keeps a checked block and makes its chain the best one if it is the heaviest. The caller holds m.writing.
func (m *Manager) take(b *consensus.CheckedBlock) error {
	if known, err := m.hasBlock(b.Hash()); err != nil || known {
		return m.faultless(orElse(err, ErrKnown)) // another goroutine was faster
	}
	h := b.Block().Header
	parentWeight, err := m.weightOf(h.Parent)
	if err != nil {
		return m.faultless(err)
	}
	weight := parentWeight.Add(h.Difficulty)
	w := batch{m.DB.Batch()}
	w.block(b.Hash(), b.Block(), weight)
	if weight.Cmp(m.tip.weight) <= 0 {
		return m.commit(w, m.tip)
	}
	plan, err := m.plan(b)
	if errors.Is(err, ErrDeepReorg) {
		return orElse(m.commit(w, m.tip), err)
	}
	var ancestor *InvalidAncestorError
	if errors.As(err, &ancestor) {
		err = m.disinherit(b.Hash(), ancestor)
	}
	if err != nil {
		return m.faultless(err)
	}
	next, err := m.switchTo(plan, w)
	if err != nil {
		return m.faultless(m.refused(b.Hash(), err))
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
	if err != nil {
		return m.faultless(err)
	}
	if moved {
		m.subs.Wake()
	}
	return nil
}

// route leads from the best tip to another: blocks to revert, newest first, and blocks to connect, oldest first.
type route struct {
	fork    types.BlockHash
	revert  []types.BlockHash
	connect []*consensus.CheckedBlock
}

// plan finds the way from the tip to a new block.
func (m *Manager) plan(b *consensus.CheckedBlock) (*route, error) {
	r := &route{connect: []*consensus.CheckedBlock{b}}
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
			return nil, orElse(err, &InvalidAncestorError{hash, kind})
		}
		old, err := m.mustBlock(hash)
		if err != nil {
			return nil, err
		}
		checked, err := consensus.Stored(m.Net, m.genesis, old)
		if err != nil {
			return nil, err
		}
		r.connect = append([]*consensus.CheckedBlock{checked}, r.connect...)
		height, hash = height-1, old.Header.Parent
	}
	r.fork = hash
	if m.tip.state.Height()-height > params.MaxReorgDepth {
		return nil, ErrDeepReorg
	}
	for h := m.tip.state.Hash; h != r.fork; {
		r.revert = append(r.revert, h)
		header, err := m.mustHeader(h)
		if err != nil {
			return nil, err
		}
		h = header.Parent
	}
	return r, nil
}

// brokenBlock is a rule broken by one block of a route.
type brokenBlock struct {
	hash types.BlockHash
	err  error
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
	state, err := m.stateOf(r.fork)
	if err != nil {
		return nil, err
	}
	for _, b := range r.connect {
		next, out, err := consensus.Connect(m.Net, state, work, b)
		if err != nil {
			return nil, &brokenBlock{b.Hash(), err}
		}
		out.Diff.Apply(work.Put, work.Delete)
		w.connected(m.genesis, b.Block(), next, out.Diff)
		if err := m.prune(next.Height(), w); err != nil {
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

// prune drops what could revert the block that is now too deep to be reverted.
func (m *Manager) prune(height types.Height, w batch) error {
	if height <= params.MaxReorgDepth {
		return nil
	}
	hash, ok, err := m.canonical(height - params.MaxReorgDepth - 1)
	if ok {
		w.forget(hash)
	}
	return err
}

// refused turns the error of a route into one about the block that was to be added, and marks what broke a rule. The broken block may be an
// older one on the added block's branch, kept unconnected while its branch was the lighter one.
func (m *Manager) refused(added types.BlockHash, err error) error {
	var broken *brokenBlock
	if !errors.As(err, &broken) {
		return err
	}
	err = m.condemn(broken.hash, broken.err)
	var verdict *rule.Error
	if broken.hash == added || !errors.As(err, &verdict) {
		return err
	}
	return m.disinherit(added, &InvalidAncestorError{broken.hash, verdict.Kind})
}

// disinherit marks a block that descends from an invalid one.
func (m *Manager) disinherit(hash types.BlockHash, ancestor *InvalidAncestorError) error {
	if err := m.condemn(hash, rule.New(ancestor.Kind, "in ancestor %s", ancestor.Ancestor)); !errors.Is(err, ancestor.Kind) {
		return err
	}
	return ancestor
}
