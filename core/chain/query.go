package chain

import (
	"fmt"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// Header returns a block's header, on the best chain or beside it; ErrNotFound if there is none.
func (m *Manager) Header(hash types.BlockHash) (*types.Header, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	h, ok, err := m.header(hash)
	if err == nil && !ok {
		err = fmt.Errorf("block %s: %w", hash, ErrNotFound)
	}
	return h, err
}

// Block returns a block, on the best chain or beside it; ErrNotFound if there is none.
func (m *Manager) Block(hash types.BlockHash) (*types.Block, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	b, ok, err := m.block(hash)
	if err == nil && !ok {
		err = fmt.Errorf("block %s: %w", hash, ErrNotFound)
	}
	return b, err
}

// HashAt returns the hash of the best chain's block at a height; ErrNotFound above the tip.
func (m *Manager) HashAt(n types.Height) (types.BlockHash, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	hash, ok, err := m.canonical(n)
	if err == nil && !ok {
		err = fmt.Errorf("block %d: %w", n, ErrNotFound)
	}
	return hash, err
}

// OnBest reports whether a block is on the best chain.
func (m *Manager) OnBest(n types.Height, hash types.BlockHash) (bool, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.onBest(n, hash)
}

// BlockWeight returns the total weight of the chain that ends in a block.
func (m *Manager) BlockWeight(hash types.BlockHash) (types.Weight, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.weightOf(hash)
}

// Place is where a transaction stands on the best chain.
type Place struct {
	Block  types.BlockHash
	Height types.Height
	Index  int // in the block's list of transactions
}

// Transaction returns a transaction of the best chain and its place; ErrNotFound if there is none.
func (m *Manager) Transaction(id types.TxID) (*types.Tx, Place, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	raw, ok, err := m.get(store.TxKey(id))
	if err == nil && !ok {
		err = fmt.Errorf("transaction %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return nil, Place{}, err
	}
	at, err := decoded(store.TxPlaceFromValue(raw))
	if err != nil {
		return nil, Place{}, err
	}
	hash, err := m.mustCanonical(at.Height)
	if err != nil {
		return nil, Place{}, err
	}
	b, err := m.mustBlock(hash)
	if err != nil {
		return nil, Place{}, err
	}
	if int(at.Index) >= len(b.Body.Txs) {
		return nil, Place{}, nodeError("database places transaction %s past the end of block %s", id, hash)
	}
	return b.Body.Txs[at.Index], Place{hash, at.Height, int(at.Index)}, nil
}

// Supply returns what is known of an asset after the best block.
func (m *Manager) Supply(a types.AssetID) (consensus.Supply, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return consensus.SupplyOf(m.view(), m.tip.state, a)
}

// Audit returns the supply of every asset after the best block, the coin first. Its cost grows with the number of assets.
func (m *Manager) Audit() ([]consensus.Supply, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return consensus.Audit(m.view(), m.tip.state)
}

// SpentAt returns the height at which a nullifier was inserted, if it was.
func (m *Manager) SpentAt(nf types.Nullifier) (types.Height, bool, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return ledger.NullifierHeight(m.view(), nf)
}

// Path returns the siblings of a leaf in the note tree as it stood after an anchor's height, and that tree's root. Heights older than
// the anchor window and leaves younger than the anchor give ErrNoAnchor.
func (m *Manager) Path(pos types.Position, anchor types.Height) ([ledger.Depth][ledger.Arity - 1]field.Element, types.NoteRoot, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	v := m.view()
	root, leaves, ok, err := ledger.AnchorAt(v, anchor)
	if err == nil && (!ok || uint64(pos) >= leaves) {
		err = fmt.Errorf("%w: position %d, height %d", ErrNoAnchor, pos, anchor)
	}
	if err != nil {
		return [ledger.Depth][ledger.Arity - 1]field.Element{}, root, err
	}
	path, err := ledger.Path(v, leaves, pos)
	return path, root, err
}

// CheckContext checks a transaction against the ledger for the block after the best one.
func (m *Manager) CheckContext(tx *consensus.CheapTx) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return consensus.CheckContext(m.Net, m.tip.state, m.view(), tx)
}

// Build makes the block after the best one, without a seal.
func (m *Manager) Build(t consensus.Template, txs []*consensus.CheckedTx) (*consensus.Built, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return consensus.Build(m.Net, m.tip.state, m.view(), t, txs)
}

// AnchorHeight returns the latest height whose note root is root, if it is an anchor for the next block.
func (m *Manager) AnchorHeight(root types.NoteRoot) (types.Height, bool, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return ledger.AnchorHeight(m.view(), root)
}
