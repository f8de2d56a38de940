package chain

import (
	"errors"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/types"
)

// ErrUnknownTip reports a follower's tip that this chain never had: the follower has to start again from nothing.
var ErrUnknownTip = errors.New("follower's tip is unknown to this chain")

// UpdatesSince tells a follower at a tip how to get nearer to the best chain, in at most max blocks at once; the follower asks again from
// where that leads until the Update is empty. A zero hash stands for a follower that has nothing, not even the genesis.
func (m *Manager) UpdatesSince(since types.BlockHash, max int) (types.Update, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var u types.Update
	next := types.Height(0)
	if !since.IsZero() {
		fork, done, err := m.walkBack(since, max, &u)
		if err != nil || !done {
			return u, err
		}
		next = fork + 1
	}
	for n := next; n <= m.tip.state.Height() && len(u.Applied)+len(u.Reverted) < max; n++ {
		hash, err := m.hashAt(n)
		if err != nil {
			return types.Update{}, err
		}
		a, err := m.applied(hash)
		if err != nil {
			return types.Update{}, err
		}
		u.Applied = append(u.Applied, *a)
	}
	return u, nil
}

// walkBack collects the blocks from a tip down to the best chain. It is done when it got there with at most max of them.
func (m *Manager) walkBack(hash types.BlockHash, max int, u *types.Update) (fork types.Height, done bool, err error) {
	h, ok, err := m.header(hash)
	if err == nil && !ok {
		err = ErrUnknownTip
	}
	for err == nil {
		best, berr := m.onBest(h.Number, hash)
		if best || berr != nil {
			return h.Number, best, berr
		}
		if len(u.Reverted) == max {
			return 0, false, nil
		}
		a, aerr := m.applied(hash)
		if aerr != nil {
			return 0, false, aerr
		}
		u.Reverted = append(u.Reverted, *a)
		hash = h.Parent
		h, err = m.mustHeader(hash)
	}
	return 0, false, err
}

// applied describes what a block did to the note tree. The block is on the best chain, or was.
func (m *Manager) applied(hash types.BlockHash) (*types.AppliedBlock, error) {
	b, err := m.mustBlock(hash)
	if err != nil {
		return nil, err
	}
	a := &types.AppliedBlock{Block: b, Hash: hash}
	if b.Header.Number == 0 {
		_, _, outcome, err := consensus.Genesis(m.Net)
		if err != nil {
			return nil, err
		}
		a.Leaves = outcome.Leaves
		return a, nil
	}
	first, err := m.leavesAfter(b.Header.Parent)
	if err != nil {
		return nil, err
	}
	a.FirstPos = types.Position(first)
	matured, err := m.maturedIn(b.Header)
	if err != nil {
		return nil, err
	}
	a.Leaves, err = decoded(consensus.BlockLeaves(m.Net, b, matured))
	return a, err
}

// maturedIn returns the ancestor whose reward a block appends, or nil.
func (m *Manager) maturedIn(h *types.Header) (*types.Block, error) {
	delay := types.Height(m.Net.Reward.Delay)
	if h.Number <= delay {
		return nil, nil
	}
	hash, n := h.Parent, h.Number-1
	for n > h.Number-delay {
		if best, err := m.onBest(n, hash); err != nil {
			return nil, err
		} else if best {
			if hash, err = m.hashAt(h.Number - delay); err != nil {
				return nil, err
			}
			break
		}
		parent, err := m.mustHeader(hash)
		if err != nil {
			return nil, err
		}
		hash, n = parent.Parent, n-1
	}
	return m.mustBlock(hash)
}
