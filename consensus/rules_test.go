package consensus

import (
	"crypto/rand"
	"errors"
	"testing"

	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

func TestHeaderRules(t *testing.T) {
	c := newChain(t, testNet())
	c.mine(2)
	parent := c.tip().Header
	cases := []struct {
		name   string
		change func(h *types.Header)
		want   rule.Kind
	}{
		{"version 2", func(h *types.Header) { h.Version = 2 }, rule.HeaderVersion},
		{"number repeated", func(h *types.Header) { h.Number = 2 }, rule.BlockNumber},
		{"number skipped", func(h *types.Header) { h.Number = 4 }, rule.BlockNumber},
		{"time of the parent", func(h *types.Header) { h.Time = parent.Time }, rule.TimeNotAfter},
		{"a second later", func(h *types.Header) { h.Time = parent.Time + 1 }, ""},
		{"difficulty up", func(h *types.Header) { h.Difficulty = types.NewDifficulty(17) }, rule.DifficultyWrong},
		{"difficulty zero", func(h *types.Header) { h.Difficulty = types.Difficulty{} }, rule.DifficultyWrong},
		{"gas limit up a step less one", func(h *types.Header) { h.GasLimit += 60_000_000/1024 - 1 }, ""},
		{"gas limit down a step less one", func(h *types.Header) { h.GasLimit -= 60_000_000/1024 - 1 }, ""},
		{"gas limit up a step", func(h *types.Header) { h.GasLimit += 60_000_000 / 1024 }, rule.GasLimitStep},
		{"gas limit down a step", func(h *types.Header) { h.GasLimit -= 60_000_000 / 1024 }, rule.GasLimitStep},
		{"gas limit tiny", func(h *types.Header) { h.GasLimit = 999_999 }, rule.GasLimitStep},
		{"gas limit huge", func(h *types.Header) { h.GasLimit = 1<<40 + 1 }, rule.GasLimitStep},
		{"gas used the limit", func(h *types.Header) { h.GasUsed = h.GasLimit }, ""},
		{"gas used over", func(h *types.Header) { h.GasUsed = h.GasLimit + 1 }, rule.GasUsedLimit},
		{"extra full", func(h *types.Header) { h.Extra = make([]byte, 32) }, ""},
		{"extra long", func(h *types.Header) { h.Extra = make([]byte, 33) }, rule.ExtraSize},
		{"coinbase zero", func(h *types.Header) { h.CoinbasePCM = types.PartialCM{} }, rule.CoinbasePCM},
		{"coinbase not canonical", func(h *types.Header) { h.CoinbasePCM = notCanonical }, rule.CoinbasePCM},
		{"votes", func(h *types.Header) { h.Votes = 1 }, rule.VotesInactive},
		{"licence root", func(h *types.Header) { h.LicenceRoot[31] = 1 }, rule.LicenceRoot},
		{"licences", func(h *types.Header) { h.ActiveLicences = 1 }, rule.ActiveLicences},
	}
	good := c.build().Header
	for _, tc := range cases {
		h := good.Copy()
		tc.change(h)
		wantKind(t, tc.name, CheckHeaderFields(c.net, parent, h), tc.want)
	}
	wantKind(t, "unchanged", CheckHeaderFields(c.net, parent, good), "")
	if err := CheckHeaderFields(c.net, c.states[0].Header, good); !errors.Is(err, ErrNotChild) {
		t.Errorf("header against its grandparent: %v, want %v", err, ErrNotChild)
	}
}

func TestTxRules(t *testing.T) {
	c := newChain(t, testNet())
	c.mine(1)
	const height = 2
	torsion := field.Identity() // (0, -1) has order 2
	torsion.Y.Neg(&torsion.Y)
	rk := func(p field.Point) func(tx *types.Tx) {
		return func(tx *types.Tx) { tx.Bundles[1].RK = field.EncodePoint(p) }
	}
	most := amount(t, "0xffffffffffffffffffffffffffffffff")
	cases := []struct {
		name   string
		change func(tx *types.Tx)
		want   rule.Kind
	}{
		{"unchanged", func(*types.Tx) {}, ""},
		{"call data over", func(tx *types.Tx) { tx.Call = &types.Call{Data: make([]byte, 128<<10+1)} }, rule.TxSize},
		{"encrypted arguments over", func(tx *types.Tx) { tx.Call = &types.Call{EncArgs: make([]byte, 16<<10+1)} }, rule.TxSize},
		{"gated over", func(tx *types.Tx) { tx.Call = &types.Call{Gated: make([]types.Gated, 9)} }, rule.TxSize},
		{"releases over", func(tx *types.Tx) { tx.Call = &types.Call{Releases: make([]types.Release, 5)} }, rule.TxSize},
		{"version", func(tx *types.Tx) { tx.Version = 0 }, rule.TxVersion},
		{"chain", func(tx *types.Tx) { tx.ChainID = 2019 }, rule.TxChain},
		{"no bundle", func(tx *types.Tx) { tx.Bundles = nil }, rule.BundleCount},
		{"five bundles", func(tx *types.Tx) { tx.Bundles = make([]types.Bundle, 5) }, rule.BundleCount},
		{"call", func(tx *types.Tx) { tx.Call = &types.Call{} }, rule.CallInactive},
		{"expiry now", func(tx *types.Tx) { tx.Expiry = height }, rule.TxExpired},
		{"expiry next", func(tx *types.Tx) { tx.Expiry = height + 1 }, ""},
		{"expiry farthest", func(tx *types.Tx) { tx.Expiry = height + 4096 }, ""},
		{"expiry too far", func(tx *types.Tx) { tx.Expiry = height + 4097 }, rule.ExpiryTooFar},
		{"expiry at the end", func(tx *types.Tx) { tx.Expiry = 1<<64 - 1 }, rule.ExpiryTooFar},
		{"anchor is r", func(tx *types.Tx) { tx.Bundles[1].Anchor = notCanonical }, rule.FieldNotCanonical},
		{"nullifier 0 is r", func(tx *types.Tx) { tx.Bundles[1].Nullifiers[0] = notCanonical }, rule.FieldNotCanonical},
		{"nullifier 1 is r", func(tx *types.Tx) { tx.Bundles[1].Nullifiers[1] = notCanonical }, rule.FieldNotCanonical},
		{"nullifier 2 is r", func(tx *types.Tx) { tx.Bundles[1].Nullifiers[2] = notCanonical }, rule.FieldNotCanonical},
		{"commitment 0 is r", func(tx *types.Tx) { tx.Bundles[1].Commitments[0] = notCanonical }, rule.FieldNotCanonical},
		{"commitment 1 is r", func(tx *types.Tx) { tx.Bundles[1].Commitments[1] = notCanonical }, rule.FieldNotCanonical},
		{"commitment 2 is r", func(tx *types.Tx) { tx.Bundles[1].Commitments[2] = notCanonical }, rule.FieldNotCanonical},
		{"asset is r", func(tx *types.Tx) { tx.Bundles[1].PubAsset = notCanonical }, rule.FieldNotCanonical},
		{"rk identity", rk(field.Identity()), rule.PointInvalid},
		{"rk of order two", rk(torsion), rule.PointInvalid},
		{"rk with torsion", rk(field.Add(field.BaseB(), torsion)), rule.PointInvalid},
		{"rk y is r", func(tx *types.Tx) { tx.Bundles[1].RK = notCanonical }, rule.PointInvalid},
		{"rk zero", func(tx *types.Tx) { tx.Bundles[1].RK = types.Point{} }, rule.PointInvalid},
		{"commitment zero", func(tx *types.Tx) { tx.Bundles[1].Commitments[2] = types.Commitment{} }, rule.CommitmentZero},
		{"nullifier twice in a bundle", func(tx *types.Tx) { tx.Bundles[1].Nullifiers[2] = tx.Bundles[1].Nullifiers[0] }, rule.NullifierRepeated},
		{"nullifier twice in two", func(tx *types.Tx) { tx.Bundles[1].Nullifiers[2] = tx.Bundles[0].Nullifiers[0] }, rule.NullifierRepeated},
		{"asset without value", func(tx *types.Tx) { tx.Bundles[1].PubAsset = token }, rule.PubAssetUnused},
		{"value without asset", func(tx *types.Tx) { tx.Bundles[1].ValueToken = types.NewAmount(1) }, rule.PubAssetUnused},
		{"asset is the coin", func(tx *types.Tx) {
			tx.Bundles[1].PubAsset, tx.Bundles[1].ValueToken = types.NativeAsset, types.NewAmount(1)
		}, rule.PubAssetNative},
		{"token without call", func(tx *types.Tx) { tx.Bundles[1].PubAsset, tx.Bundles[1].ValueToken = token, types.NewAmount(1) }, rule.TokenWithoutCall},
		{"price under the floor", func(tx *types.Tx) { tx.GasPrice = types.NewAmount(999_999_999) }, rule.GasPriceLow},
		{"gas one more", func(tx *types.Tx) { tx.GasLimit++ }, rule.GasNotIntrinsic},
		{"gas one less", func(tx *types.Tx) { tx.GasLimit-- }, rule.GasNotIntrinsic},
		{"fee one more", func(tx *types.Tx) { tx.Bundles[1].ValueNative = types.NewAmount(1) }, rule.FeeMismatch},
		{"fee nothing", func(tx *types.Tx) { tx.Bundles[0].ValueNative = types.Amount{} }, rule.FeeMismatch},
		{"price beyond amounts", func(tx *types.Tx) { tx.GasPrice = most }, rule.FeeMismatch},
		{"fee beyond amounts", func(tx *types.Tx) { // 1,221,000 * 8*10^32 is three times an amount, and equal in 256 bits
			tx.Bundles = append(tx.Bundles, tx.Bundles[1])
			for i := range tx.Bundles[2].Nullifiers {
				tx.Bundles[2].Nullifiers[i] = c.element()
			}
			tx.GasLimit, tx.GasPrice = 1_221_000, amount(t, "800000000000000000000000000000000")
			for i := range tx.Bundles {
				tx.Bundles[i].ValueNative = amount(t, "325600000000000000000000000000000000000")
			}
		}, rule.FeeMismatch},
		{"signature", func(tx *types.Tx) { tx.Bundles[1].Sig[0] = badByte }, rule.SignatureInvalid},
		{"proof", func(tx *types.Tx) { tx.Bundles[1].Proof[0] = badByte }, rule.ProofInvalid},
	}
	good := c.tx(2)
	for _, tc := range cases {
		tx := copyTx(good)
		tc.change(tx)
		cheap, err := CheckTxCheap(c.net, c.tip().Genesis, tx, height)
		if err == nil {
			_, err = checkTxProofs(trusting{}, cheap, rand.Reader)
		}
		wantKind(t, tc.name, err, tc.want)
	}
}

func amount(t *testing.T, s string) types.Amount {
	t.Helper()
	a, err := types.ParseAmount(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestCheckedTxSaysWhatItIs(t *testing.T) {
	c := newChain(t, testNet())
	tx := c.tx(3)
	got := c.check(tx)[0]
	fee := types.NewAmount(1_221_000 * 1_000_000_000)
	if got.Tx() != tx || got.ID() != tx.ID(c.tip().Hash) || got.WID() != tx.WID() || got.Size() != len(tx.Bytes()) ||
		got.Gas() != 1_221_000 || got.Fee() != fee || got.Cheap().ID() != got.ID() {
		t.Errorf("got %s %s %d %d %s", got.ID(), got.WID(), got.Size(), got.Gas(), got.Fee())
	}
}

func TestBodyRules(t *testing.T) {
	c := newChain(t, testNet())
	c.mine(1)
	good := c.build(c.tx(1), c.tx(2))
	recommit := func(b *types.Block) { b.Header.BodyRoot = b.Body.Root(c.tip().Genesis) }
	cases := []struct {
		name   string
		change func(b *types.Block)
		want   rule.Kind
	}{
		{"unchanged", func(*types.Block) {}, ""},
		{"transaction missing", func(b *types.Block) { b.Body.Txs = b.Body.Txs[:1] }, rule.BodyRoot},
		{"transactions swapped", func(b *types.Block) { b.Body.Txs[0], b.Body.Txs[1] = b.Body.Txs[1], b.Body.Txs[0] }, rule.BodyRoot},
		{"proof changed", func(b *types.Block) { b.Body.Txs[0].Bundles[0].Proof[0] = badByte }, rule.BodyRoot},
		{"signature changed", func(b *types.Block) { b.Body.Txs[0].Bundles[0].Sig[0] = badByte }, rule.BodyRoot},
		{"vote unannounced", func(b *types.Block) { b.Body.Votes = make([]types.Vote, 1); recommit(b) }, rule.VoteCount},
		{"too large", func(b *types.Block) {
			n := 4<<20/b.Body.Txs[0].Size() + 1
			for range n {
				b.Body.Txs = append(b.Body.Txs, b.Body.Txs[0])
			}
			recommit(b)
		}, rule.BodySize},
		{"gas used more", func(b *types.Block) { b.Header.GasUsed++ }, rule.GasUsedWrong},
		{"gas used none", func(b *types.Block) { b.Header.GasUsed = 0 }, rule.GasUsedWrong},
		{"proof bad", func(b *types.Block) { b.Body.Txs[1].Bundles[1].Proof[0] = badByte; recommit(b) }, rule.ProofInvalid},
		{"signature bad", func(b *types.Block) { b.Body.Txs[1].Bundles[1].Sig[0] = badByte; recommit(b) }, rule.SignatureInvalid},
		{"transaction bad", func(b *types.Block) { b.Body.Txs[1].Version = 3; recommit(b) }, rule.TxVersion},
		{"transaction expired", func(b *types.Block) { b.Body.Txs[1].Expiry = 2; recommit(b) }, rule.TxExpired},
	}
	for _, tc := range cases {
		b := copyBlock(good)
		tc.change(b)
		_, err := checkBlock(trusting{}, c.net, c.tip().Genesis, b.Header, b.Body, nil, rand.Reader)
		wantKind(t, tc.name, err, tc.want)
		if got, want := BlamesSender(err), tc.want == rule.BodyRoot; got != want {
			t.Errorf("%s: blames sender %v, want %v", tc.name, got, want)
		}
	}
}

// A body that was checked before is not verified again, but only for the same chain and never past its expiry.
func TestKnownTransactions(t *testing.T) {
	c := newChain(t, testNet())
	c.mine(1)
	tx := c.tx(1)
	tx.Bundles[0].Proof[0] = 7
	checked := c.check(tx)[0]
	b := c.build(tx)
	asked := 0
	known := func(w types.WTxID) *CheckedTx {
		asked++
		if w != tx.WID() {
			t.Errorf("asked for %s, want %s", w, tx.WID())
		}
		return checked
	}
	broken := trusting{failure: errors.New("must not be asked")}
	got, err := checkBlock(broken, c.net, c.tip().Genesis, b.Header, b.Body, known, rand.Reader)
	if err != nil || got.Txs()[0] != checked || asked != 1 {
		t.Errorf("known transaction not used: %v, asked %d times", err, asked)
	}
	late := b.Header.Copy()
	late.Number = tx.Expiry
	_, err = checkBlock(trusting{}, c.net, c.tip().Genesis, late, b.Body, known, rand.Reader)
	wantKind(t, "known but expired", err, rule.TxExpired)
}

// A verifier that cannot work is the node's fault and no verdict.
func TestVerifierFailureIsNoVerdict(t *testing.T) {
	c := newChain(t, testNet())
	b := c.build(c.tx(1))
	_, err := checkBlock(trusting{failure: errors.New("no randomness")}, c.net, c.tip().Genesis, b.Header, b.Body, nil, rand.Reader)
	var classed rule.Classed
	if isVerdict(err) || !errors.As(err, &classed) || classed.Class() != rule.ClassNode {
		t.Errorf("%v, want an error of class node", err)
	}
}

func TestLedgerRules(t *testing.T) {
	c := newChain(t, testNet())
	spent := c.tx(1)
	c.extend(c.build(spent))
	cases := []struct {
		name   string
		change func(tx *types.Tx)
		want   rule.Kind
	}{
		{"unchanged", func(*types.Tx) {}, ""},
		{"anchor of the genesis", func(tx *types.Tx) { tx.Bundles[1].Anchor = c.states[0].Header.NoteRoot }, ""},
		{"anchor unknown", func(tx *types.Tx) { tx.Bundles[1].Anchor = types.NoteRoot{31: 5} }, rule.AnchorUnknown},
		{"nullifier spent", func(tx *types.Tx) { tx.Bundles[1].Nullifiers[2] = spent.Bundles[0].Nullifiers[1] }, rule.NullifierSpent},
		{"more coins than there are", func(tx *types.Tx) {
			tx.GasPrice = types.NewAmount(1_250_000_000_000_000) // 821,000 of them are above 1,007 SERO
			v, err := tx.GasPrice.MulGas(tx.GasLimit)
			if err != nil {
				t.Fatal(err)
			}
			tx.Bundles[0].ValueNative = v
		}, rule.PoolNegative},
	}
	good := c.tx(2)
	for _, tc := range cases {
		tx := copyTx(good)
		tc.change(tx)
		checked := c.check(tx)
		wantKind(t, tc.name+", context", CheckContext(c.net, c.tip(), c.view, checked[0].Cheap()), tc.want)
		b, err := Build(c.net, c.tip(), c.view, c.template(), checked)
		if err != nil {
			t.Fatal(err)
		}
		if tc.want != "" && (len(b.Dropped) != 1 || len(b.Body.Txs) != 0) {
			t.Errorf("%s: dropped %d, taken %d", tc.name, len(b.Dropped), len(b.Body.Txs))
		}
		// The same transaction put into a block by force.
		forced := &types.Block{Header: b.Header, Body: &types.Body{Txs: []*types.Tx{tx}}}
		forced.Header.BodyRoot, forced.Header.GasUsed = forced.Body.Root(c.tip().Genesis), 821_000
		_, _, err = c.connect(forced)
		wantKind(t, tc.name+", block", err, tc.want)
	}
}

func TestNullifierTwiceInBlock(t *testing.T) {
	c := newChain(t, testNet())
	a, b := c.tx(1), c.tx(1)
	b.Bundles[0].Nullifiers[2] = a.Bundles[0].Nullifiers[0]
	for _, tx := range []*types.Tx{a, b} {
		wantKind(t, "alone", CheckContext(c.net, c.tip(), c.view, c.check(tx)[0].Cheap()), "")
	}
	built, err := Build(c.net, c.tip(), c.view, c.template(), c.check(a, b))
	if err != nil {
		t.Fatal(err)
	}
	if len(built.Dropped) != 1 {
		t.Fatalf("%d dropped, want 1", len(built.Dropped))
	}
	wantKind(t, "second", built.Dropped[0].Err, rule.NullifierSpent)
	forced := &types.Block{Header: built.Header, Body: &types.Body{Txs: []*types.Tx{a, b}}}
	forced.Header.BodyRoot, forced.Header.GasUsed = forced.Body.Root(c.tip().Genesis), 842_000
	_, _, err = c.connect(forced)
	wantKind(t, "both in a block", err, rule.NullifierSpent)
	// What two transactions take together counts together.
	a, b = c.tx(1), c.tx(1)
	for _, tx := range []*types.Tx{a, b} {
		tx.GasPrice = types.NewAmount(2_000_000_000_000_000) // 842 SERO of 1,007
		tx.Bundles[0].ValueNative, err = tx.GasPrice.MulGas(421_000)
		if err != nil {
			t.Fatal(err)
		}
	}
	if built, err = Build(c.net, c.tip(), c.view, c.template(), c.check(a, b)); err != nil || len(built.Dropped) != 1 {
		t.Fatalf("dropped %d (%v), want 1", len(built.Dropped), err)
	}
	wantKind(t, "second large fee", built.Dropped[0].Err, rule.PoolNegative)
}

func TestTreeFull(t *testing.T) {
	c := newChain(t, testNet())
	c.mine(1)
	tx := c.check(c.tx(1))[0]
	for _, tc := range []struct {
		leaves uint64
		want   rule.Kind
	}{{3_486_784_401 - 3, ""}, {3_486_784_401 - 2, rule.TreeFull}} {
		s := *c.tip()
		s.Leaves = tc.leaves
		wantKind(t, "context", CheckContext(c.net, &s, c.view, tx.Cheap()), tc.want)
	}
}

func TestOutcomeRules(t *testing.T) {
	c := newChain(t, testNet())
	c.mine(20)
	good := c.build(c.tx(1))
	if _, _, err := c.connect(good); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		change func(h *types.Header)
		want   rule.Kind
	}{
		{func(h *types.Header) { h.NoteRoot[31] ^= 1 }, rule.NoteRootWrong},
		{func(h *types.Header) { h.NullifierRoot[31] ^= 1 }, rule.NullifierRootWrong},
		{func(h *types.Header) { h.PoolRoot[31] ^= 1 }, rule.PoolRootWrong},
		{func(h *types.Header) { h.StateRoot[31] ^= 1 }, rule.StateRootWrong},
		{func(h *types.Header) { h.ReceiptsRoot[31] ^= 1 }, rule.ReceiptsRootWrong},
		{func(h *types.Header) { h.LogsBloom[255] ^= 1 }, rule.LogsBloomWrong},
	}
	for _, tc := range cases {
		b := copyBlock(good)
		tc.change(b.Header)
		_, _, err := c.connect(b)
		wantKind(t, string(tc.want), err, tc.want)
	}
}

func TestConnectRefusesMisuse(t *testing.T) {
	c := newChain(t, testNet())
	c.mine(1)
	b := c.build()
	checked, err := checkBlock(trusting{}, c.net, c.tip().Genesis, b.Header, b.Body, nil, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Connect(c.net, c.states[0], c.view, checked); !errors.Is(err, ErrWrongParent) {
		t.Errorf("connected to its grandparent: %v, want %v", err, ErrWrongParent)
	}
	other := *c.tip()
	other.Genesis[0] ^= 1
	if _, _, err := Connect(c.net, &other, c.view, checked); !errors.Is(err, ErrOtherChain) {
		t.Errorf("connected to another chain: %v, want %v", err, ErrOtherChain)
	}
	if err := CheckContext(c.net, &other, c.view, c.check(c.tx(1))[0].Cheap()); !errors.Is(err, ErrOtherChain) {
		t.Errorf("transaction of another chain: %v, want %v", err, ErrOtherChain)
	}
	if _, err := Build(c.net, c.tip(), c.view, Template{Time: c.tip().Header.Time, CoinbasePCM: c.element()}, nil); !errors.Is(err, ErrTemplate) {
		t.Errorf("template in the past: %v, want %v", err, ErrTemplate)
	}
}

func TestConstantsAgree(t *testing.T) {
	if ledger.Depth != 20 || ledger.Arity != 3 || ledger.Capacity != 3_486_784_401 || ledger.AnchorWindow != 512 {
		t.Error("ledger's constants differ from the specification's")
	}
}
