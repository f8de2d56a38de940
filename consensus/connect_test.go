package consensus

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"maps"
	"math/bits"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/hash"
)

// books is the ledger kept naively: everything recomputed from all blocks.
type books struct {
	leaves     []types.Commitment
	nullifiers []types.Nullifier
	pool       types.Amount // of the coin
	issued     types.Amount
	immature   types.Amount
	reward     map[types.Height]types.Amount
}

func add(a, b types.Amount) types.Amount {
	s, err := a.Add(b)
	if err != nil {
		panic(err)
	}
	return s
}

func sub(a, b types.Amount) types.Amount {
	s, err := a.Sub(b)
	if err != nil {
		panic(err)
	}
	return s
}

// keepBooks replays a chain from its blocks, in the words of the specification.
func keepBooks(c *chain) *books {
	k := &books{reward: map[types.Height]types.Amount{}}
	for _, n := range c.net.Genesis.Notes {
		k.leaves = append(k.leaves, naiveComplete(n.PCM, n.Asset, n.Value))
		if n.Asset == types.NativeAsset {
			k.pool, k.issued = add(k.pool, n.Value), add(k.issued, n.Value)
		}
	}
	for h := types.Height(1); int(h) < len(c.blocks); h++ {
		b := c.blocks[h]
		if v := k.reward[h-min(h, 20)]; h > 20 && !v.IsZero() {
			k.leaves = append(k.leaves, naiveComplete(c.blocks[h-20].Header.CoinbasePCM, types.NativeAsset, v))
			k.pool, k.immature = add(k.pool, v), sub(k.immature, v)
		}
		subsidy := types.Amount{}
		if !c.net.Reward.Miner.IsZero() {
			subsidy = coins(28) // no test chain reaches the second period
		}
		k.issued = add(k.issued, subsidy)
		v := subsidy
		for _, tx := range b.Body.Txs {
			for _, bu := range tx.Bundles {
				k.nullifiers = append(k.nullifiers, bu.Nullifiers[:]...)
				k.leaves = append(k.leaves, bu.Commitments[:]...)
				k.pool, v = sub(k.pool, bu.ValueNative), add(v, bu.ValueNative)
			}
		}
		k.reward[h], k.immature = v, add(k.immature, v)
	}
	return k
}

func naiveComplete(pcm types.PartialCM, asset types.AssetID, v types.Amount) types.Commitment {
	b := v.Bytes()
	var wide [32]byte
	copy(wide[16:], b[:])
	var in [3]field.Element
	for i, x := range [][32]byte{pcm, asset, wide} {
		e, err := field.DecodeElement(x)
		if err != nil {
			panic(err)
		}
		in[i] = e
	}
	return field.EncodeElement(hash.H(3, in[0], in[1], in[2], field.Element{}))
}

func naiveNoteRoot(leaves []types.Commitment) types.NoteRoot {
	var zero field.Element
	row := make([]field.Element, len(leaves))
	for i := range leaves {
		e, err := field.DecodeElement(leaves[i])
		if err != nil {
			panic(err)
		}
		row[i] = e
	}
	for range 20 {
		for len(row)%3 != 0 {
			row = append(row, zero)
		}
		up := []field.Element{}
		for i := 0; i < len(row); i += 3 {
			up = append(up, hash.N(row[i], row[i+1], row[i+2]))
		}
		row, zero = up, hash.N(zero, zero, zero)
	}
	return field.EncodeElement(row[0])
}

func naiveNullifierRoot(list []types.Nullifier) types.NullifierRoot {
	var mountain func([]types.Nullifier) [32]byte
	mountain = func(l []types.Nullifier) [32]byte {
		if len(l) == 1 {
			return types.Blake2b("nullifier leaf", l[0][:])
		}
		a, b := mountain(l[:len(l)/2]), mountain(l[len(l)/2:])
		return types.Blake2b("nullifier node", a[:], b[:])
	}
	buf := binary.BigEndian.AppendUint64(nil, uint64(len(list)))
	for rest := list; len(rest) > 0; {
		n := 1 << (bits.Len(uint(len(rest))) - 1)
		p := mountain(rest[:n])
		buf, rest = append(buf, p[:]...), rest[n:]
	}
	return types.Blake2b("nullifier root", buf)
}

// poolRoot of the coin and of the token, which never moves.
func naivePoolRoot(coin types.Amount) types.PoolRoot {
	leaf := func(a types.AssetID, v types.Amount) [32]byte {
		b := v.Bytes()
		return types.Blake2b("pool leaf", a[:], b[:])
	}
	a, b := types.Blake2b("pool key", types.NativeAsset[:]), types.Blake2b("pool key", token[:])
	la, lb := leaf(types.NativeAsset, coin), leaf(token, types.NewAmount(500))
	if coin.IsZero() {
		return lb
	}
	parting := 0
	bit := func(p [32]byte, d int) byte { return p[d/8] >> (7 - d%8) & 1 }
	for bit(a, parting) == bit(b, parting) {
		parting++
	}
	var cur [32]byte
	if bit(a, parting) == 0 {
		cur = types.Blake2b("pool node", la[:], lb[:])
	} else {
		cur = types.Blake2b("pool node", lb[:], la[:])
	}
	for d := parting - 1; d >= 0; d-- {
		zero := make([]byte, 32)
		if bit(a, d) == 0 {
			cur = types.Blake2b("pool node", cur[:], zero)
		} else {
			cur = types.Blake2b("pool node", zero, cur[:])
		}
	}
	return cur
}

func TestGenesisBooks(t *testing.T) {
	c := newChain(t, testNet())
	checkAgainstBooks(t, c)
	h := c.tip().Header
	if h.Number != 0 || !h.Parent.IsZero() || h.BodyRoot != new(types.Body).Root(c.tip().Hash) || h.StateRoot != types.EmptyStateRoot {
		t.Errorf("genesis header %+v", h)
	}
	for i, leaf := range c.out[0].Leaves {
		n := c.net.Genesis.Notes[i]
		want := types.Leaf{Origin: types.OriginGenesis, Commitment: naiveComplete(n.PCM, n.Asset, n.Value), PCM: n.PCM, Asset: n.Asset, Value: n.Value}
		if leaf != want {
			t.Errorf("leaf %d is %+v, want %+v", i, leaf, want)
		}
	}
	all, err := Audit(c.view, c.tip())
	if err != nil || len(all) != 2 || all[0].Asset != types.NativeAsset || all[1].Asset != token || all[1].Pool != types.NewAmount(500) {
		t.Errorf("audit %v (%v)", all, err)
	}
}

func checkAgainstBooks(t testing.TB, c *chain) {
	t.Helper()
	k, tip := keepBooks(c), c.tip()
	if got, want := tip.Header.NoteRoot, naiveNoteRoot(k.leaves); got != want || tip.Leaves != uint64(len(k.leaves)) {
		t.Fatalf("height %d: note root %s of %d leaves, want %s of %d", tip.Height(), got, tip.Leaves, want, len(k.leaves))
	}
	if got, want := tip.Header.NullifierRoot, naiveNullifierRoot(k.nullifiers); got != want {
		t.Fatalf("height %d: nullifier root %s, want %s", tip.Height(), got, want)
	}
	if got, want := tip.Header.PoolRoot, naivePoolRoot(k.pool); got != want {
		t.Fatalf("height %d: pool root %s, want %s", tip.Height(), got, want)
	}
	s, err := SupplyOf(c.view, tip, types.NativeAsset)
	want := Supply{Asset: types.NativeAsset, Issued: k.issued, Pool: k.pool, Immature: k.immature, Consistent: true, Height: tip.Height()}
	if err != nil || s != want {
		t.Fatalf("supply %+v (%v), want %+v", s, err, want)
	}
}

// Random blocks: every header commits to what the specification says, every block can be taken back exactly and applied again.
func TestRandomChain(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		net := testNet()
		if rapid.Bool().Draw(rt, "no subsidy") {
			net.Reward.Miner = types.Amount{}
		}
		c := newChain(t, net)
		for range rapid.IntRange(1, 45).Draw(rt, "blocks") {
			var txs []*types.Tx
			if n := rapid.IntRange(0, 9).Draw(rt, "transactions"); n > 6 { // most blocks are empty
				for range n - 6 {
					txs = append(txs, c.tx(rapid.IntRange(1, 4).Draw(rt, "bundles")))
				}
			}
			b := c.build(txs...)
			before := maps.Clone(c.view)
			c.extend(b)
			after := maps.Clone(c.view)
			c.revert()
			if !maps.EqualFunc(c.view, before, bytes.Equal) {
				rt.Fatalf("block %d cannot be taken back exactly", b.Header.Number)
			}
			c.extend(b)
			if !maps.EqualFunc(c.view, after, bytes.Equal) {
				rt.Fatalf("block %d applied again gives another ledger", b.Header.Number)
			}
		}
		checkAgainstBooks(t, c)
		checkLeaves(t, c)
		for len(c.states) > 1 { // all the way back
			s, err := DecodeState(c.tip().Bytes())
			if err != nil || !reflect.DeepEqual(s, c.tip()) {
				rt.Fatalf("state %d does not survive its encoding: %v", c.tip().Height(), err)
			}
			c.revert()
		}
		fresh := newChain(t, net)
		if !maps.EqualFunc(c.view, fresh.view, bytes.Equal) {
			rt.Fatal("ledger after taking everything back is not the genesis")
		}
	})
}

// checkLeaves holds BlockLeaves, which knows blocks only, to what Connect appended.
func checkLeaves(t testing.TB, c *chain) {
	t.Helper()
	for h := 1; h < len(c.blocks); h++ {
		var matured *types.Block
		if h > 20 {
			matured = c.blocks[h-20]
		}
		got, err := BlockLeaves(c.net, c.blocks[h], matured)
		if err != nil || !reflect.DeepEqual(got, c.out[h].Leaves) {
			t.Fatalf("block %d: leaves %v (%v), want %v", h, got, err, c.out[h].Leaves)
		}
		if got, want := uint64(c.out[h].FirstPos), c.states[h-1].Leaves; got != want {
			t.Fatalf("block %d begins at position %d, want %d", h, got, want)
		}
	}
}

func TestRewardMaturesAfterTwentyBlocks(t *testing.T) {
	c := newChain(t, testNet())
	tx := c.tx(1)
	c.extend(c.build(tx))
	paid := c.tip().Header.CoinbasePCM
	want := add(coins(28), types.NewAmount(421_000*1_000_000_000))
	if got, err := BlockReward(c.net, c.blocks[1]); err != nil || got != want {
		t.Errorf("reward %s (%v), want %s", got, err, want)
	}
	for h := 2; h <= 23; h++ {
		c.mine(1)
		leaves := c.out[h].Leaves
		if h < 21 && len(leaves) != 0 {
			t.Fatalf("block %d appended %d leaves, want none", h, len(leaves))
		}
		if h != 21 {
			continue
		}
		ct := c.blocks[1].Header.CoinbaseCt
		leaf := types.Leaf{
			Origin: types.OriginCoinbase, Commitment: naiveComplete(paid, types.NativeAsset, want),
			Ct: &ct, PCM: paid, Asset: types.NativeAsset, Value: want, Source: 1,
		}
		if len(leaves) != 1 || !reflect.DeepEqual(leaves[0], leaf) {
			t.Fatalf("block 21 appended %+v, want %+v", leaves, leaf)
		}
	}
}

func TestNoRewardNoNote(t *testing.T) {
	net := testNet()
	net.Reward.Miner = types.Amount{}
	c := newChain(t, net)
	c.mine(25)
	if c.tip().Leaves != 3 || !c.tip().Immature.IsZero() {
		t.Errorf("%d leaves, immature %s, want 3 and 0", c.tip().Leaves, c.tip().Immature)
	}
	if h, ok, err := ledger.AnchorHeight(c.view, c.tip().Header.NoteRoot); h != 25 || !ok || err != nil {
		t.Errorf("root shared by all blocks has height %d %v (%v), want the latest, 25", h, ok, err)
	}
}

func TestAnchorExpires(t *testing.T) {
	if testing.Short() {
		t.Skip("mines 514 blocks")
	}
	c := newChain(t, testNet())
	c.mine(30) // the root of block 30 is its own: rewards mature from 21 on
	old := c.tip().Header.NoteRoot
	c.mine(511)
	tx := c.tx(1)
	tx.Bundles[0].Anchor = old
	wantKind(t, "block 542", CheckContext(c.net, c.tip(), c.view, c.check(tx)[0].Cheap()), "") // 542 - 30 = 512
	c.mine(1)
	wantKind(t, "block 543", CheckContext(c.net, c.tip(), c.view, c.check(tx)[0].Cheap()), rule.AnchorUnknown)
}

func TestPathLeadsToAnchor(t *testing.T) {
	c := newChain(t, testNet())
	c.mine(22)
	c.extend(c.build(c.tx(2)))
	c.mine(5)
	for _, h := range []types.Height{0, 21, 23, 28} {
		root, leaves, ok, err := ledger.AnchorAt(c.view, h)
		if err != nil || !ok || root != c.states[h].Header.NoteRoot || leaves != c.states[h].Leaves {
			t.Fatalf("anchor of %d: %s %d %v (%v)", h, root, leaves, ok, err)
		}
		for pos := range leaves {
			leaf, err := ledger.Leaf(c.view, types.Position(pos))
			if err != nil {
				t.Fatal(err)
			}
			path, err := ledger.Path(c.view, leaves, types.Position(pos))
			if err != nil {
				t.Fatal(err)
			}
			cur, err := field.DecodeElement(leaf)
			if err != nil {
				t.Fatal(err)
			}
			for l, p := 0, pos; l < 20; l, p = l+1, p/3 {
				children := slices.Insert(slices.Clone(path[l][:]), int(p%3), cur) //nolint:gosec // below 3
				cur = hash.N(children[0], children[1], children[2])
			}
			if got := types.NoteRoot(field.EncodeElement(cur)); got != root {
				t.Errorf("path of %d at height %d leads to %s, want %s", pos, h, got, root)
			}
		}
	}
}

func TestBuildKeepsLimits(t *testing.T) {
	net := testNet()
	net.Genesis.GasLimit = 1_000_000
	c := newChain(t, net)
	txs := c.check(c.tx(1), c.tx(2), c.tx(1))
	b, err := Build(c.net, c.tip(), c.view, c.template(), txs)
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Body.Txs) != 2 || len(b.Dropped) != 1 || b.Dropped[0].Tx != txs[1] || b.Dropped[0].Err != nil || b.Header.GasUsed != 842_000 {
		t.Errorf("took %d, dropped %v, gas %d; want the second left out for room alone", len(b.Body.Txs), b.Dropped, b.Header.GasUsed)
	}
	if want := types.NewAmount(842_000 * 1_000_000_000); b.Fees != want {
		t.Errorf("fees %s, want %s", b.Fees, want)
	}
	c.extend(&types.Block{Header: b.Header, Body: b.Body})
}

func TestGenesisRefuses(t *testing.T) {
	cases := map[string]func(net *params.Network){
		"other hash pinned":  func(net *params.Network) { net.GenesisHash = types.BlockHash{1} },
		"pcm zero":           func(net *params.Network) { net.Genesis.Notes[1].PCM = types.PartialCM{} },
		"pcm not canonical":  func(net *params.Network) { net.Genesis.Notes[1].PCM = notCanonical },
		"asset not an asset": func(net *params.Network) { net.Genesis.Notes[1].Asset = notCanonical },
		"extra long":         func(net *params.Network) { net.Genesis.Extra = string(make([]byte, 33)) },
		"more than 2^128": func(net *params.Network) {
			net.Genesis.Notes[0].Value = amount(t, "0xffffffffffffffffffffffffffffffff")
		},
	}
	for name, change := range cases {
		net := testNet()
		change(net)
		if _, _, _, err := Genesis(net); !errors.Is(err, ErrGenesis) {
			t.Errorf("%s: %v, want %v", name, err, ErrGenesis)
		}
	}
	// What tells networks apart is in the hash, and the pin is kept when it is right.
	hashes := map[types.BlockHash]string{}
	for name, change := range map[string]func(net *params.Network){
		"same":     func(*params.Network) {},
		"chain id": func(net *params.Network) { net.ChainID++ },
		"origin":   func(net *params.Network) { net.OriginID++ },
		"key":      func(net *params.Network) { net.TransferKey[5]++ },
		"note":     func(net *params.Network) { net.Genesis.Notes[0].Value = coins(3) },
		"extra":    func(net *params.Network) { net.Genesis.Extra = "x" },
	} {
		net := testNet()
		change(net)
		b, _, _, err := Genesis(net)
		if err != nil {
			t.Fatal(err)
		}
		if other, taken := hashes[b.Hash()]; taken {
			t.Errorf("%s and %s give one genesis", name, other)
		}
		hashes[b.Hash()] = name
		net.GenesisHash = b.Hash()
		if _, _, _, err := Genesis(net); err != nil {
			t.Errorf("%s with its own pin: %v", name, err)
		}
	}
}

func TestRealGeneses(t *testing.T) {
	for _, net := range []*params.Network{params.Dev(), params.BetaNet()} {
		if _, _, _, err := Genesis(net); err != nil {
			t.Errorf("%s: %v", net.Name, err)
		}
	}
}

// failing is a view whose store breaks after some reads.
type failing struct {
	ledger.View
	left int
}

var errDisk = errors.New("disk on fire")

func (f *failing) Get(key []byte) ([]byte, bool) {
	if f.left--; f.left < 0 {
		return nil, false
	}
	return f.View.Get(key)
}

func (f *failing) Err() error {
	if f.left < 0 {
		return errDisk
	}
	return nil
}

// Whichever read fails, Connect, CheckContext and Build report the node's fault and give no verdict, not even a right one.
func TestNoVerdictOnFailedRead(t *testing.T) {
	c := newChain(t, testNet())
	spent := c.tx(1)
	c.extend(c.build(spent))
	c.mine(22)
	bad := c.tx(1)
	bad.Bundles[0].Nullifiers[2] = spent.Bundles[0].Nullifiers[0]
	good := c.tx(2)
	b := c.build(good)
	checked, err := checkBlock(trusting{}, c.net, c.tip().Genesis, b.Header, b.Body, nil, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	offered := c.check(good, bad)
	calls := map[string]func(v ledger.View) error{
		"connect": func(v ledger.View) error { _, _, err := Connect(c.net, c.tip(), v, checked); return err },
		"build":   func(v ledger.View) error { _, err := Build(c.net, c.tip(), v, c.template(), offered); return err },
		"context": func(v ledger.View) error { return CheckContext(c.net, c.tip(), v, offered[0].Cheap()) },
		"refused": func(v ledger.View) error { return CheckContext(c.net, c.tip(), v, offered[1].Cheap()) },
		"audit":   func(v ledger.View) error { _, err := Audit(v, c.tip()); return err },
	}
	for name, call := range calls {
		total := &failing{View: c.view, left: 1 << 30}
		if err := call(total); isVerdict(err) != (name == "refused") {
			t.Fatalf("%s on a whole store: %v", name, err)
		}
		reads := 1<<30 - total.left
		if reads == 0 {
			t.Fatalf("%s reads nothing", name)
		}
		for left := range reads {
			err := call(&failing{View: c.view, left: left})
			var classed rule.Classed
			if isVerdict(err) || !errors.Is(err, errDisk) || !errors.As(err, &classed) || classed.Class() != rule.ClassNode {
				t.Errorf("%s with %d of %d reads: %v, want %v of class node", name, left, reads, err, errDisk)
			}
		}
	}
}

// Books that do not add up stop the node, whatever block comes.
func TestSupplyMismatchIsABug(t *testing.T) {
	c := newChain(t, testNet())
	c.mine(1)
	key := append([]byte{'i'}, types.NativeAsset[:]...)
	more := add(coins(1007+28), types.NewAmount(1)).Bytes()
	if len(c.view[string(key)]) != 16 {
		t.Fatal("issued coins are not where this test expects them")
	}
	b := c.build()
	c.view.Put(key, more[:])
	_, _, err := c.connect(b)
	var bug *BugError
	if !errors.As(err, &bug) || bug.Class() != rule.ClassNode || isVerdict(err) {
		t.Errorf("%v, want a BugError", err)
	}
	s, err := SupplyOf(c.view, c.tip(), types.NativeAsset)
	if err != nil || s.Consistent {
		t.Errorf("supply %+v (%v), want it inconsistent", s, err)
	}
}

func FuzzDecodeState(f *testing.F) {
	_, s, _, err := Genesis(testNet())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.Bytes())
	s.Nullifiers = ledger.Range{Count: 5, Peaks: [][32]byte{{1}, {2}}}
	s.Immature = coins(3)
	f.Add(s.Bytes())
	f.Fuzz(func(t *testing.T, in []byte) {
		s, err := DecodeState(in)
		if err != nil {
			return
		}
		if got := s.Bytes(); !bytes.Equal(got, in) {
			t.Errorf("accepted %x, which encodes as %x", in, got)
		}
	})
}
