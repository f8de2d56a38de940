package consensus

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/consensus/reward"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// ErrOtherChain reports a checked value used on another chain than it was checked for: a mistake of the caller.
var ErrOtherChain = errors.New("checked for another chain")

// pending is the ledger while a block is being applied: the one place that knows what a block and a transaction do. Connect, Build and
// CheckContext differ only in what they make of a refusal.
type pending struct {
	net    *params.Network
	parent *State
	height types.Height
	ov     *ledger.Overlay

	leaves     []types.Leaf
	nullifiers ledger.Range
	assets     uint64
	immature   types.Amount
	fees       types.Amount
	pools      map[types.AssetID]types.Amount // every pool touched so far, the coin's always
	txs        int
}

// begin starts the block after parent: matured rewards are appended before anything else.
func begin(net *params.Network, parent *State, v ledger.View) (*pending, error) {
	p := &pending{
		net:        net,
		parent:     parent,
		height:     parent.Height() + 1,
		ov:         ledger.NewOverlay(v),
		nullifiers: parent.Nullifiers,
		assets:     parent.Assets,
		immature:   parent.Immature,
		pools:      make(map[types.AssetID]types.Amount),
	}
	coins, err := ledger.Pool(v, types.NativeAsset)
	if err != nil {
		return nil, err
	}
	p.pools[types.NativeAsset] = coins
	if err := p.matureReward(); err != nil {
		return nil, err
	}
	return p, nil
}

// matureReward appends the note of the reward queued net.Reward.Delay blocks ago.
func (p *pending) matureReward() error {
	if uint64(p.height) <= p.net.Reward.Delay {
		return nil
	}
	source := p.height - types.Height(p.net.Reward.Delay)
	r, err := ledger.TakeReward(p.ov, source)
	if r == nil || err != nil {
		return err
	}
	if err := p.roomFor(1); err != nil {
		return err
	}
	leaf, err := coinbaseLeaf(source, r)
	if err != nil {
		return &ledger.Error{Err: err} // the pcm was checked when its block came in
	}
	p.leaves = append(p.leaves, leaf)
	if p.immature, err = p.immature.Sub(r.Value); err != nil {
		return &BugError{fmt.Sprintf("immature rewards below the one maturing at height %d", p.height)}
	}
	return p.credit(types.NativeAsset, r.Value)
}

// refuses runs every check of a transaction against the ledger and changes nothing.
func (p *pending) refuses(tx *CheapTx) error {
	if tx.genesis != p.parent.Genesis {
		return fmt.Errorf("transaction %s: %w", tx.id, ErrOtherChain)
	}
	err := allowedAtHeight(p.net, tx.tx, p.height)
	for _, check := range []func(*CheapTx) error{p.anchorsKnown, p.nullifiersUnspent, p.poolsSuffice, p.treeHasRoom} {
		if err == nil {
			err = check(tx)
		}
	}
	if broken := ledger.Check(p.ov); broken != nil {
		return broken // Whatever was concluded from a failed read counts for nothing.
	}
	return err
}

// L1: the anchor is the note root of one of the last 512 headers.
func (p *pending) anchorsKnown(tx *CheapTx) error {
	for i := range tx.tx.Bundles {
		_, ok, err := ledger.AnchorHeight(p.ov, tx.tx.Bundles[i].Anchor)
		if err != nil {
			return err
		}
		if !ok {
			return rule.New(rule.AnchorUnknown, "bundle %d: %s at height %d", i, tx.tx.Bundles[i].Anchor, p.height)
		}
	}
	return nil
}

// L2: no nullifier was inserted before, in this block either.
func (p *pending) nullifiersUnspent(tx *CheapTx) error {
	for i := range tx.tx.Bundles {
		for j, nf := range tx.tx.Bundles[i].Nullifiers {
			at, spent, err := ledger.NullifierHeight(p.ov, nf)
			if err != nil {
				return err
			}
			if spent {
				return rule.New(rule.NullifierSpent, "bundle %d, input %d: %s at height %d", i, j, nf, at)
			}
		}
	}
	return nil
}

// L3: what leaves a pool is in it. No proof that verifies gets here; the rule bounds the damage of one that should not.
func (p *pending) poolsSuffice(tx *CheapTx) error {
	pool, err := p.pool(types.NativeAsset)
	if err != nil {
		return err
	}
	if pool.Cmp(tx.fee) < 0 {
		return rule.New(rule.PoolNegative, "%s Ta leave a pool of %s", tx.fee, pool)
	}
	return nil
}

// L4: the note tree has room.
func (p *pending) treeHasRoom(tx *CheapTx) error {
	return p.roomFor(types.BundleOutputs * len(tx.tx.Bundles))
}

func (p *pending) roomFor(n int) error {
	if size := p.parent.Leaves + uint64(len(p.leaves)+n); size > ledger.Capacity { //nolint:gosec // lengths
		return rule.New(rule.TreeFull, "%d leaves at height %d, capacity %d", size, p.height, uint64(ledger.Capacity))
	}
	return nil
}

// add applies a transaction that the ledger does not refuse: insert nullifiers, debit pools, append every output.
func (p *pending) add(tx *CheckedTx) error {
	if err := p.refuses(&tx.cheap); err != nil {
		return err
	}
	var err error
	for i := range tx.tx.Bundles {
		for _, nf := range tx.tx.Bundles[i].Nullifiers {
			if p.nullifiers, err = ledger.InsertNullifier(p.ov, p.nullifiers, p.height, nf); err != nil {
				return err
			}
		}
	}
	if err := p.debit(types.NativeAsset, tx.fee); err != nil {
		return err
	}
	if p.fees, err = p.fees.Add(tx.fee); err != nil {
		return &BugError{"fees of a block beyond 2^128"} // each was taken from a pool below 2^128
	}
	p.leaves = appendOutputs(p.leaves, p.txs, tx.tx)
	p.txs++
	return nil
}

// end queues the block's own reward and closes the ledger's books: afterwards the roots can be read off.
func (p *pending) end(h *types.Header) (*roots, error) {
	if err := p.queueReward(h); err != nil {
		return nil, err
	}
	commitments := make([]types.Commitment, len(p.leaves))
	for i := range p.leaves {
		commitments[i] = p.leaves[i].Commitment
	}
	leaves, err := ledger.Append(p.ov, p.parent.Leaves, commitments)
	if err != nil {
		return nil, err
	}
	r := &roots{state: types.EmptyStateRoot, nullifiers: p.nullifiers.Root()}
	if r.notes, err = ledger.Root(p.ov, leaves); err != nil {
		return nil, err
	}
	if r.pools, err = p.writePools(); err != nil {
		return nil, err
	}
	if err := ledger.AddAnchor(p.ov, p.height, r.notes, leaves); err != nil {
		return nil, err
	}
	return r, ledger.Check(p.ov)
}

// queueReward issues the subsidy and keeps it with the fees for later. A reward of zero queues nothing and appends nothing.
func (p *pending) queueReward(h *types.Header) error {
	subsidy := reward.Subsidy(p.net.Reward, p.height)
	var err error
	if p.assets, err = ledger.Issue(p.ov, p.assets, types.NativeAsset, subsidy); err != nil {
		return err
	}
	value, err := subsidy.Add(p.fees)
	if err == nil {
		p.immature, err = p.immature.Add(value)
	}
	if err != nil {
		return &BugError{"rewards beyond 2^128"} // all coins together are below 2^128
	}
	if !value.IsZero() {
		ledger.QueueReward(p.ov, p.height, &ledger.Reward{PCM: h.CoinbasePCM, Value: value, Ct: h.CoinbaseCt})
	}
	return nil
}

// writePools stores the touched pools in ascending order of assets and returns the pool root.
func (p *pending) writePools() (root types.PoolRoot, err error) {
	root = p.parent.Header.PoolRoot
	for _, a := range p.touched() {
		if root, err = ledger.SetPool(p.ov, a, p.pools[a]); err != nil {
			return root, err
		}
	}
	return root, nil
}

func (p *pending) touched() []types.AssetID {
	assets := make([]types.AssetID, 0, len(p.pools))
	for a := range p.pools {
		assets = append(assets, a)
	}
	slices.SortFunc(assets, func(a, b types.AssetID) int { return slices.Compare(a[:], b[:]) })
	return assets
}

func (p *pending) pool(a types.AssetID) (types.Amount, error) {
	if v, ok := p.pools[a]; ok {
		return v, nil
	}
	return ledger.Pool(p.ov, a)
}

func (p *pending) credit(a types.AssetID, v types.Amount) error {
	pool, err := p.pool(a)
	if err != nil {
		return err
	}
	if p.pools[a], err = pool.Add(v); err != nil {
		return &BugError{fmt.Sprintf("pool of asset %s beyond 2^128", a)} // it holds part of what was issued
	}
	return nil
}

func (p *pending) debit(a types.AssetID, v types.Amount) error {
	pool, err := p.pool(a)
	if err != nil {
		return err
	}
	if p.pools[a], err = pool.Sub(v); err != nil {
		return &BugError{fmt.Sprintf("pool of asset %s below zero", a)} // poolsSuffice has looked
	}
	return nil
}

// state returns the State after the block; end must have succeeded.
func (p *pending) state(h *types.Header) *State {
	return &State{
		Genesis:    p.parent.Genesis,
		Header:     h,
		Hash:       h.Hash(),
		Leaves:     p.parent.Leaves + uint64(len(p.leaves)),
		Nullifiers: p.nullifiers,
		Assets:     p.assets,
		Immature:   p.immature,
	}
}

// roots are what a header must say about the ledger after its block.
type roots struct {
	notes      types.NoteRoot
	nullifiers types.NullifierRoot
	pools      types.PoolRoot
	state      types.StateRoot
	receipts   types.ReceiptsRoot
	bloom      types.Bloom
}

// into writes the roots into a header under construction.
func (r *roots) into(h *types.Header) {
	h.NoteRoot, h.NullifierRoot, h.PoolRoot = r.notes, r.nullifiers, r.pools
	h.StateRoot, h.ReceiptsRoot, h.LogsBloom = r.state, r.receipts, r.bloom
}

// match holds a header to the roots: L10 to L15.
func (r *roots) match(h *types.Header) error {
	switch {
	case h.NoteRoot != r.notes: // L10: note root after matured rewards and all outputs.
		return rule.New(rule.NoteRootWrong, "%s, want %s", h.NoteRoot, r.notes)
	case h.NullifierRoot != r.nullifiers: // L11: nullifier root after all inputs.
		return rule.New(rule.NullifierRootWrong, "%s, want %s", h.NullifierRoot, r.nullifiers)
	case h.PoolRoot != r.pools: // L12: pool root after rewards and fees.
		return rule.New(rule.PoolRootWrong, "%s, want %s", h.PoolRoot, r.pools)
	case h.StateRoot != r.state: // L13: state root, that of an empty trie before calls.
		return rule.New(rule.StateRootWrong, "%s, want %s", h.StateRoot, r.state)
	case h.ReceiptsRoot != r.receipts: // L14: receipts root, zero before calls.
		return rule.New(rule.ReceiptsRootWrong, "%s, want %s", h.ReceiptsRoot, r.receipts)
	case h.LogsBloom != r.bloom: // L15: logs bloom, zero before calls.
		return rule.New(rule.LogsBloomWrong, "not empty")
	}
	return nil
}
