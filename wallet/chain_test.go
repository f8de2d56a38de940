package wallet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/note"
	"github.com/gero-chain/gero/zk/schnorr"
	"github.com/gero-chain/gero/zk/transfer"
)

// testMaturity and testSubsidy are those of the real networks.
const testMaturity = 20

var testSubsidy = mustSERO("28")

func mustSERO(s string) types.Amount {
	a, err := types.ParseDecimal(s, types.Decimals)
	if err != nil {
		panic(err)
	}
	return a
}

// memStore is a Store in memory. fail, if set, decides whether an Update fails; crash makes every later one fail.
type memStore struct {
	mu   sync.Mutex
	data map[string][]byte
	fail func() error
}

func newMemStore() *memStore { return &memStore{data: map[string][]byte{}} }

func (s *memStore) Has(key []byte) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.data[string(key)]
	return ok, nil
}

func (s *memStore) Get(key []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.data[string(key)]
	if !ok {
		return nil, errors.New("no such key")
	}
	return bytes.Clone(v), nil
}

func (s *memStore) Iterate(prefix, start []byte, fn func(key, value []byte) error) error {
	s.mu.Lock()
	snapshot := maps.Clone(s.data)
	s.mu.Unlock()
	for _, k := range slices.Sorted(maps.Keys(snapshot)) {
		if !bytes.HasPrefix([]byte(k), prefix) || k < string(prefix)+string(start) {
			continue
		}
		if err := fn([]byte(k), snapshot[k]); err != nil {
			return err
		}
	}
	return nil
}

type memWriter struct{ data map[string][]byte }

func (w memWriter) Put(key, value []byte) error {
	w.data[string(key)] = bytes.Clone(value)
	return nil
}

func (w memWriter) Delete(key []byte) error {
	delete(w.data, string(key))
	return nil
}

func (s *memStore) Update(fn func(Writer) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		if err := s.fail(); err != nil {
			return err
		}
	}
	next := maps.Clone(s.data)
	if err := fn(memWriter{next}); err != nil {
		return err
	}
	s.data = next
	return nil
}

// copy returns an independent store with the same content: what a killed process leaves behind.
func (s *memStore) copy() *memStore {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &memStore{data: maps.Clone(s.data)}
}

// testChain is a chain without consensus: blocks are what the test says, but leaves, positions, note trees and paths are real.
type testChain struct {
	mu      sync.Mutex
	blocks  map[types.BlockHash]*types.AppliedBlock
	best    []types.BlockHash
	subs    map[chan struct{}]bool
	genesis types.BlockHash
	salt    uint64
	view    ledger.MapView // note tree of the best chain
	viewTip types.BlockHash
}

// genesisGrant is a note of the test genesis.
type genesisGrant struct {
	fvk   note.FullViewingKey
	asset types.AssetID
	value types.Amount
}

func newTestChain(t testing.TB, grants []genesisGrant) *testChain {
	t.Helper()
	c := &testChain{blocks: map[types.BlockHash]*types.AppliedBlock{}, subs: map[chan struct{}]bool{}}
	var leaves []types.Leaf
	for i, g := range grants {
		n := g.fvk.OwnNote(g.fvk.DK.GenesisRcm(uint64(i)))
		cm, err := note.Complete(n.PCM(), g.asset, g.value)
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, types.Leaf{Origin: types.OriginGenesis, Commitment: cm, PCM: n.PCM(), Asset: g.asset, Value: g.value})
	}
	b := &types.Block{Header: &types.Header{Time: 1_767_225_600, Extra: []byte("test")}, Body: &types.Body{}}
	c.genesis = b.Hash()
	c.blocks[c.genesis] = &types.AppliedBlock{Block: b, Hash: c.genesis, Leaves: leaves}
	c.best = []types.BlockHash{c.genesis}
	return c
}

func (c *testChain) Tip() (types.BlockHash, *types.Header) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.best[len(c.best)-1]
	return h, c.blocks[h].Block.Header
}

func (c *testChain) height() types.Height {
	_, h := c.Tip()
	return h.Number
}

func (c *testChain) onBest(h types.BlockHash) bool {
	n := c.blocks[h].Block.Header.Number
	return int(n) < len(c.best) && c.best[n] == h
}

func (c *testChain) UpdatesSince(from types.BlockHash, limit int) (types.Update, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var u types.Update
	next := 0
	if !from.IsZero() {
		if c.blocks[from] == nil {
			return u, errors.New("unknown block")
		}
		for !c.onBest(from) {
			if len(u.Reverted) == limit {
				return u, nil
			}
			u.Reverted = append(u.Reverted, *c.blocks[from])
			from = c.blocks[from].Block.Header.Parent
		}
		next = int(c.blocks[from].Block.Header.Number) + 1
	}
	for ; next < len(c.best) && len(u.Applied)+len(u.Reverted) < limit; next++ {
		u.Applied = append(u.Applied, *c.blocks[c.best[next]])
	}
	return u, nil
}

func (c *testChain) HashAt(n types.Height) (types.BlockHash, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if int(n) >= len(c.best) {
		return types.BlockHash{}, errors.New("above the tip")
	}
	return c.best[n], nil
}

func (c *testChain) Header(h types.BlockHash) (*types.Header, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.blocks[h] == nil {
		return nil, errors.New("unknown block")
	}
	return c.blocks[h].Block.Header, nil
}

// leavesAt returns the number of leaves after a height of the best chain.
func (c *testChain) leavesAt(n types.Height) uint64 {
	b := c.blocks[c.best[n]]
	return uint64(b.FirstPos) + uint64(len(b.Leaves))
}

func (c *testChain) Path(pos types.Position, at types.Height) (Path, types.NoteRoot, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if int(at) >= len(c.best) || uint64(pos) >= c.leavesAt(at) || int(at)+512 < len(c.best) {
		return Path{}, types.NoteRoot{}, errors.New("no anchor")
	}
	if err := c.growTree(); err != nil {
		return Path{}, types.NoteRoot{}, err
	}
	root, err := ledger.Root(c.view, c.leavesAt(at))
	if err != nil {
		return Path{}, root, err
	}
	path, err := ledger.Path(c.view, c.leavesAt(at), pos)
	return path, root, err
}

func (c *testChain) growTree() error {
	tip := c.best[len(c.best)-1]
	if c.viewTip == tip {
		return nil
	}
	c.view = ledger.MapView{}
	var cms []types.Commitment
	for _, h := range c.best {
		for _, l := range c.blocks[h].Leaves {
			cms = append(cms, l.Commitment)
		}
	}
	ov := ledger.NewOverlay(c.view)
	if _, err := ledger.Append(ov, 0, cms); err != nil {
		return err
	}
	diff, err := ov.Diff()
	if err != nil {
		return err
	}
	diff.Apply(c.view.Put, c.view.Delete)
	c.viewTip = tip
	return nil
}

func (c *testChain) Subscribe() (<-chan struct{}, func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ch := make(chan struct{}, 1)
	c.subs[ch] = true
	return ch, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.subs, ch)
	}
}

// mine makes a block on a parent and, if it is higher than the best chain, the best one.
func (c *testChain) mine(t testing.TB, parent types.BlockHash, reward Reward, txs ...*types.Tx) types.BlockHash {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.blocks[parent]
	c.salt++
	h := &types.Header{
		Parent: parent, Number: p.Block.Header.Number + 1, Time: p.Block.Header.Time + 15, Extra: binary.BigEndian.AppendUint64(nil, c.salt),
	}
	if reward != nil {
		var err error
		if h.CoinbasePCM, h.CoinbaseCt, err = reward(parent); err != nil {
			t.Fatal(err)
		}
	}
	b := &types.Block{Header: h, Body: &types.Body{Txs: txs}}
	a := &types.AppliedBlock{Block: b, Hash: b.Hash(), FirstPos: p.FirstPos + types.Position(len(p.Leaves))}
	if leaf, ok := c.matured(t, a); ok {
		a.Leaves = append(a.Leaves, leaf)
	}
	for i, tx := range txs {
		for j := range tx.Bundles {
			for k := range tx.Bundles[j].Commitments {
				a.Leaves = append(a.Leaves, types.Leaf{
					Origin: types.OriginOutput, Commitment: tx.Bundles[j].Commitments[k], Ct: &tx.Bundles[j].Ciphertexts[k], Tx: i,
				})
			}
		}
	}
	c.blocks[a.Hash] = a
	if int(h.Number) >= len(c.best) {
		c.adopt(a.Hash)
	}
	return a.Hash
}

func (c *testChain) matured(t testing.TB, a *types.AppliedBlock) (types.Leaf, bool) {
	hash := a.Block.Header.Parent
	for range testMaturity - 1 {
		hash = c.blocks[hash].Block.Header.Parent
		if hash.IsZero() {
			return types.Leaf{}, false
		}
	}
	src := c.blocks[hash].Block
	if src.Header.Number == 0 || src.Header.CoinbasePCM.IsZero() {
		return types.Leaf{}, false
	}
	value := testSubsidy
	for _, tx := range src.Body.Txs {
		value, _ = value.Add(feeOf(tx))
	}
	cm, err := note.Complete(src.Header.CoinbasePCM, types.NativeAsset, value)
	if err != nil {
		t.Fatal(err)
	}
	return types.Leaf{
		Origin: types.OriginCoinbase, Commitment: cm, Ct: &src.Header.CoinbaseCt, PCM: src.Header.CoinbasePCM,
		Asset: types.NativeAsset, Value: value, Source: src.Header.Number,
	}, true
}

func (c *testChain) adopt(tip types.BlockHash) {
	var path []types.BlockHash
	for h := tip; !h.IsZero(); h = c.blocks[h].Block.Header.Parent {
		path = append(path, h)
	}
	slices.Reverse(path)
	c.best = path
	for ch := range c.subs {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// mineTo mines empty blocks until the chain has a height.
func (c *testChain) mineTo(t testing.TB, height types.Height) {
	t.Helper()
	for c.height() < height {
		tip, _ := c.Tip()
		c.mine(t, tip, nil)
	}
}

// testPool checks what a node checks, except proofs, which are checked where the real prover made them.
type testPool struct {
	mu     sync.Mutex
	chain  *testChain
	txs    []*types.Tx
	adds   map[types.TxID]int // how often each transaction was offered
	refuse func(*types.Tx) error
	proofs bool
}

func newTestPool(c *testChain) *testPool { return &testPool{chain: c, adds: map[types.TxID]int{}} }

func (p *testPool) Has(id types.TxID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.txs, func(tx *types.Tx) bool { return tx.ID(p.chain.genesis) == id })
}

func (p *testPool) Add(tx *types.Tx) (types.TxID, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := tx.ID(p.chain.genesis)
	p.adds[id]++
	if p.refuse != nil {
		if err := p.refuse(tx); err != nil {
			return id, err
		}
	}
	if err := p.check(tx); err != nil {
		return id, err
	}
	p.txs = append(p.txs, tx)
	return id, nil
}

func (p *testPool) check(tx *types.Tx) error {
	if _, err := types.DecodeTx(tx.Bytes()); err != nil {
		return err
	}
	c := p.chain
	spent, height := c.spent(), c.height()
	if height+1 >= tx.Expiry {
		return rule.New(rule.TxExpired, "at %d", tx.Expiry)
	}
	if tx.GasLimit != types.Gas(21_000+400_000*len(tx.Bundles)) {
		return rule.New(rule.GasNotIntrinsic, "%d", tx.GasLimit)
	}
	var fee types.Amount
	hash := tx.SigHash(c.genesis)
	for i := range tx.Bundles {
		b := &tx.Bundles[i]
		fee, _ = fee.Add(b.ValueNative)
		if err := schnorr.Verify(schnorr.TagSpend, b.RK, hash, b.Sig); err != nil {
			return rule.Wrap(rule.SignatureInvalid, err, "bundle %d", i)
		}
		for _, nf := range b.Nullifiers {
			if spent[nf] {
				return rule.New(rule.NullifierSpent, "%s", nf)
			}
		}
		if !c.anchored(b.Anchor) {
			return rule.New(rule.AnchorUnknown, "%s", b.Anchor)
		}
		if p.proofs {
			if err := transfer.Verify(transfer.PublicOf(b), b.Proof); err != nil {
				return rule.Wrap(rule.ProofInvalid, err, "bundle %d", i)
			}
		}
	}
	if want, _ := tx.GasPrice.MulGas(tx.GasLimit); fee != want {
		return rule.New(rule.FeeMismatch, "%s, want %s", fee, want)
	}
	return nil
}

// take empties the pool of what can be mined on the tip.
func (p *testPool) take() []*types.Tx {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []*types.Tx
	for _, tx := range p.txs {
		if p.check(tx) == nil {
			out = append(out, tx)
		}
	}
	p.txs = nil
	return out
}

func (c *testChain) spent() map[types.Nullifier]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[types.Nullifier]bool{}
	for _, h := range c.best {
		for _, tx := range c.blocks[h].Block.Body.Txs {
			for i := range tx.Bundles {
				for _, nf := range tx.Bundles[i].Nullifiers {
					out[nf] = true
				}
			}
		}
	}
	return out
}

// anchored reports whether a root is that of a height of the best chain.
func (c *testChain) anchored(root types.NoteRoot) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.growTree() != nil {
		return false
	}
	for n := range c.best {
		if n%anchorStep == 0 {
			if r, err := ledger.Root(c.view, c.leavesAt(types.Height(n))); err == nil && r == root {
				return true
			}
		}
	}
	return false
}

// fakeProver says yes to whatever the native twin of the statement accepts.
type fakeProver struct {
	gate chan struct{} // if not nil, each proof waits for a value
	err  error
}

func (p *fakeProver) prove(w *transfer.Witness) (types.Proof, error) {
	if p.gate != nil {
		<-p.gate
	}
	if p.err != nil {
		return types.Proof{}, p.err
	}
	if _, err := w.Public(); err != nil {
		return types.Proof{}, fmt.Errorf("statement: %w", err)
	}
	return types.Proof{1}, nil
}
