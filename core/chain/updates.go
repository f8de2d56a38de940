package chain

import (
	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/types"
)

// maxUpdateSize is the size of bodies, in bytes, after which an Update gets no further block: full blocks would otherwise fill the memory
// of whoever asks for many.
const maxUpdateSize = 16 << 20

// update is an Update being collected within limits.
type update struct {
	types.Update
	blocks, size int // still allowed
}

func (u *update) full() bool { return u.blocks <= 0 || u.size <= 0 }

func (u *update) count(a *types.AppliedBlock) types.AppliedBlock {
	u.blocks--
	for _, tx := range a.Block.Body.Txs {
		u.size -= tx.Size()
	}
	return *a
}

// UpdatesSince tells a follower at a tip how to get nearer to the best chain, in at most most blocks at once, and at least one; the follower
// asks again from where that leads until the Update is empty. A zero hash stands for a follower that has nothing, not even the genesis.
// ErrUnknownTip says that the tip is no block that was ever on the best chain.
func (m *Manager) UpdatesSince(since types.BlockHash, most int) (types.Update, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	u := &update{blocks: max(1, most), size: m.updateSize}
	next := types.Height(0)
	if !since.IsZero() {
		fork, done, err := m.walkBack(since, u)
		if err != nil {
			return types.Update{}, err
		}
		if !done {
			return u.Update, nil
		}
		next = fork + 1
	}
	for n := next; n <= m.tip.state.Height() && !u.full(); n++ {
		hash, err := m.mustCanonical(n)
		if err != nil {
			return types.Update{}, err
		}
		a, err := m.applied(hash)
		if err != nil {
			return types.Update{}, err
		}
		u.Applied = append(u.Applied, u.count(a))
	}
	return u.Update, nil
}

// walkBack collects the blocks from a tip down to the best chain. It is done when it got there within the limits.
func (m *Manager) walkBack(hash types.BlockHash, u *update) (fork types.Height, done bool, err error) {
	h, ok, err := m.header(hash)
	if err != nil {
		return 0, false, err
	}
	if ok { // A block that was kept beside the best chain and never connected has no leaf count.
		_, ok, err = m.get(store.LeavesKey(hash))
	}
	if err == nil && !ok {
		err = ErrUnknownTip
	}
	for err == nil {
		best, berr := m.onBest(h.Number, hash)
		if best || berr != nil {
			return h.Number, best, berr
		}
		if u.full() {
			return 0, false, nil
		}
		a, aerr := m.applied(hash)
		if aerr != nil {
			return 0, false, aerr
		}
		u.Reverted = append(u.Reverted, u.count(a))
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
			if hash, err = m.mustCanonical(h.Number - delay); err != nil {
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
