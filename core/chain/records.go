package chain

import (
	"encoding/binary"
	"errors"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/types"
)

// view reads the ledger out of the database. Its error sticks, as ledger.View asks.
type view struct {
	db  store.Reader
	err error
}

func (v *view) Get(key []byte) ([]byte, bool) {
	if v.err != nil {
		return nil, false
	}
	b, err := v.db.Get(store.LedgerKey(key))
	if errors.Is(err, store.ErrNotFound) {
		return nil, false
	}
	if err != nil {
		v.err = err
		return nil, false
	}
	return b, true
}

func (v *view) Err() error { return v.err }

func (m *Manager) view() *view { return &view{db: m.DB} }

// get returns the record under a key, or ok = false.
func (m *Manager) get(key []byte) (value []byte, ok bool, err error) {
	value, err = m.DB.Get(key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, &NodeError{err}
	}
	return value, true, nil
}

// need is get for a record that must be there.
func (m *Manager) need(key []byte, what string, hash types.BlockHash) ([]byte, error) {
	b, ok, err := m.get(key)
	if err == nil && !ok {
		err = nodeError("database has no %s of block %s: stop gero and run `gero db check --repair`", what, hash)
	}
	return b, err
}

// decoded passes on what a decoder made of a record of ours, which it can refuse only if the record is damaged.
func decoded[T any](v T, err error) (T, error) {
	if err != nil {
		return v, nodeError("database record: %w", err)
	}
	return v, nil
}

func (m *Manager) head() (types.BlockHash, bool, error) {
	b, ok, err := m.get(store.HeadKey())
	if !ok || err != nil {
		return types.BlockHash{}, false, err
	}
	hash, err := decoded(store.HashFromValue(b))
	return hash, true, err
}

func (m *Manager) hasBlock(hash types.BlockHash) (bool, error) {
	_, ok, err := m.get(store.WeightKey(hash))
	return ok, err
}

func (m *Manager) invalidMark(hash types.BlockHash) (rule.Kind, bool, error) {
	b, ok, err := m.get(store.InvalidKey(hash))
	return rule.Kind(b), ok, err
}

func (m *Manager) header(hash types.BlockHash) (*types.Header, bool, error) {
	b, ok, err := m.get(store.HeaderKey(hash))
	if !ok || err != nil {
		return nil, false, err
	}
	h, err := decoded(types.DecodeHeader(b))
	return h, err == nil, err
}

func (m *Manager) block(hash types.BlockHash) (*types.Block, bool, error) {
	h, ok, err := m.header(hash)
	if !ok || err != nil {
		return nil, false, err
	}
	b, err := m.need(store.BodyKey(hash), "body", hash)
	if err != nil {
		return nil, false, err
	}
	body, err := decoded(types.DecodeBody(b))
	return &types.Block{Header: h, Body: body}, err == nil, err
}

func (m *Manager) mustHeader(hash types.BlockHash) (*types.Header, error) {
	h, ok, err := m.header(hash)
	if err == nil && !ok {
		err = nodeError("database has no header of block %s: stop gero and run `gero db check --repair`", hash)
	}
	return h, err
}

func (m *Manager) mustBlock(hash types.BlockHash) (*types.Block, error) {
	b, ok, err := m.block(hash)
	if err == nil && !ok {
		err = nodeError("database has no block %s: stop gero and run `gero db check --repair`", hash)
	}
	return b, err
}

func (m *Manager) canonical(n types.Height) (types.BlockHash, bool, error) {
	b, ok, err := m.get(store.CanonicalKey(n))
	if !ok || err != nil {
		return types.BlockHash{}, false, err
	}
	hash, err := decoded(store.HashFromValue(b))
	return hash, err == nil, err
}

func (m *Manager) mustCanonical(n types.Height) (types.BlockHash, error) {
	hash, ok, err := m.canonical(n)
	if err == nil && !ok {
		err = nodeError("database has no block of height %d: stop gero and run `gero db check --repair`", n)
	}
	return hash, err
}

// onBest reports whether a block is on the best chain.
func (m *Manager) onBest(n types.Height, hash types.BlockHash) (bool, error) {
	h, ok, err := m.canonical(n)
	return ok && h == hash, err
}

func (m *Manager) stateOf(hash types.BlockHash) (*consensus.State, error) {
	b, err := m.need(store.StateKey(hash), "state", hash)
	if err != nil {
		return nil, err
	}
	return decoded(consensus.DecodeState(b))
}

func (m *Manager) diffOf(hash types.BlockHash) (*ledger.Diff, error) {
	b, err := m.need(store.DiffKey(hash), "diff", hash)
	if err != nil {
		return nil, err
	}
	return decoded(ledger.DecodeDiff(b))
}

// leavesAfter returns the size of the note tree after a block that was connected.
func (m *Manager) leavesAfter(hash types.BlockHash) (uint64, error) {
	b, err := m.need(store.LeavesKey(hash), "leaf count", hash)
	if err != nil {
		return 0, err
	}
	if len(b) != 8 {
		return 0, nodeError("database record: leaf count of %d bytes", len(b))
	}
	return binary.BigEndian.Uint64(b), nil
}

func (m *Manager) weightOf(hash types.BlockHash) (types.Weight, error) {
	var w types.Weight
	b, err := m.need(store.WeightKey(hash), "weight", hash)
	if err != nil {
		return w, err
	}
	if len(b) != 32 {
		return w, nodeError("database record: weight of %d bytes", len(b))
	}
	w.SetBytes32(b)
	return w, nil
}

// batch collects what one change of the chain writes.
type batch struct{ *store.Batch }

func (b batch) block(hash types.BlockHash, blk *types.Block, weight types.Weight) {
	w := weight.Bytes32()
	b.Put(store.HeaderKey(hash), blk.Header.Bytes())
	b.Put(store.BodyKey(hash), blk.Body.Bytes())
	b.Put(store.WeightKey(hash), w[:])
}

// connected records that a block is on the best chain now, and how to take it off again.
func (b batch) connected(genesis types.BlockHash, blk *types.Block, state *consensus.State, diff *ledger.Diff) {
	b.Put(store.CanonicalKey(state.Height()), state.Hash[:])
	b.Put(store.StateKey(state.Hash), state.Bytes())
	b.Put(store.DiffKey(state.Hash), diff.Bytes())
	b.Put(store.LeavesKey(state.Hash), binary.BigEndian.AppendUint64(nil, state.Leaves))
	for i, tx := range blk.Body.Txs {
		b.Put(store.TxKey(tx.ID(genesis)), store.TxPlace{Height: state.Height(), Index: uint32(i)}.Bytes()) //nolint:gosec // bounded by the body
	}
}

// reverted records that a block is no longer on the best chain.
func (b batch) reverted(genesis types.BlockHash, hash types.BlockHash, blk *types.Block) {
	b.Delete(store.CanonicalKey(blk.Header.Number))
	b.forget(hash)
	for _, tx := range blk.Body.Txs {
		b.Delete(store.TxKey(tx.ID(genesis)))
	}
}

// forget drops what is needed only to revert a block.
func (b batch) forget(hash types.BlockHash) {
	b.Delete(store.StateKey(hash))
	b.Delete(store.DiffKey(hash))
}

func (b batch) ledger(diff *ledger.Diff) {
	diff.Apply(
		func(k, v []byte) { b.Put(store.LedgerKey(k), v) },
		func(k []byte) { b.Delete(store.LedgerKey(k)) },
	)
}

func (m *Manager) writeGenesis(b *types.Block, state *consensus.State, out *consensus.Outcome, weight types.Weight) error {
	w := batch{m.DB.Batch()}
	w.block(state.Hash, b, weight)
	w.connected(m.genesis, b, state, out.Diff)
	w.ledger(out.Diff)
	w.Put(store.HeadKey(), state.Hash[:])
	if err := w.WriteSync(); err != nil {
		return &NodeError{err}
	}
	return nil
}
