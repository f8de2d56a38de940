package fullblock

import (
	"errors"
	"slices"
	"testing"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/core/chain"
	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/types"
)

func TestWrongBodyDoesNotCondemnItsHeader(t *testing.T) {
	c := testkit.New(t)
	good := c.Next(txs(payAll(c), payDust(c), paySplit(c))...)
	wrong := []struct {
		name   string
		change func(b *types.Body)
	}{
		{"empty", func(b *types.Body) { *b = types.Body{} }},
		{"one transaction missing", func(b *types.Body) { b.Txs = b.Txs[:2] }},
		{"order changed", func(b *types.Body) { slices.Reverse(b.Txs) }},
		// In trees that pair an odd last leaf with itself these two have one root.
		{"last transaction twice", func(b *types.Body) { b.Txs = append(b.Txs, b.Txs[2]) }},
		{"a vote", func(b *types.Body) { b.Votes = make([]types.Vote, 1) }},
		// Proofs and signatures are not part of a transaction's id.
		{"proof damaged", func(b *types.Body) { b.Txs[1].Bundles[0].Proof[0] ^= 1 }},
		{"signature damaged", func(b *types.Body) { b.Txs[1].Bundles[0].Sig[0] ^= 1 }},
		{"invalid transaction", func(b *types.Body) { b.Txs[1].Version = 7 }},
	}
	for _, tc := range wrong {
		b := copyBlock(t, good)
		tc.change(b.Body)
		if b.Hash() != good.Hash() {
			t.Fatalf("%s: header changed too", tc.name)
		}
		refused(t, c, b, rule.BodyRoot, unmarked)
		if err := c.AddBlock(b); !consensus.BlamesSender(err) {
			t.Errorf("%s: error %v does not blame the sender", tc.name, err)
		}
	}
	c.Add(good)
}

// A block that breaks a rule after its seal held is refused by its mark when it comes again: were it checked again, its wrong body would
// be noticed first.
func TestInvalidBlockIsRefusedAtOnceTheSecondTime(t *testing.T) {
	c := testkit.New(t)
	good := c.Next(payAll(c).Tx)
	for _, tc := range []struct {
		kind   rule.Kind
		change func(b *types.Block)
	}{
		{rule.GasUsedWrong, func(b *types.Block) { b.Header.GasUsed-- }},
		{rule.SignatureInvalid, func(b *types.Block) { b.Body.Txs[0].Bundles[0].Sig[0] ^= 1; c.Recommit(b) }},
		{rule.NoteRootWrong, func(b *types.Block) { b.Header.NoteRoot[31] ^= 1 }},
	} {
		bad := c.Broken(good, tc.change)
		refused(t, c, bad, tc.kind, marked)
		refused(t, c, bad, tc.kind, marked)
		refused(t, c, &types.Block{Header: bad.Header, Body: new(types.Body)}, tc.kind, marked)
		descendantRefused(t, c, onTop(c, bad), bad.Hash(), tc.kind)
	}
	c.Add(good)
}

// A branch is connected only once it is the heavier one. What is found then in its first block is held against all that stands on it.
func TestInvalidBlockOnALighterBranchDoomsIt(t *testing.T) {
	c := testkit.New(t)
	branch := c.Fork(0)
	c.MineEmpty(2)
	branch.MineEmpty(4)

	bad := c.Broken(branch.At(1), func(b *types.Block) { b.Header.PoolRoot[0] ^= 1 })
	second := moved(c, branch.At(2), bad)
	third := moved(c, branch.At(3), second)
	fourth := moved(c, branch.At(4), third)
	c.Add(bad)    // lighter: kept unconnected
	c.Add(second) // as heavy: the chain seen first stays
	before, _ := c.Tip()
	descendantRefused(t, c, third, bad.Hash(), rule.PoolRootWrong)
	descendantRefused(t, c, fourth, third.Hash(), rule.PoolRootWrong)
	other := moved(c, c.Broken(branch.At(3), func(b *types.Block) { b.Header.Extra = []byte("other") }), second)
	descendantRefused(t, c, other, second.Hash(), rule.PoolRootWrong)
	if after, _ := c.Tip(); after != before {
		t.Errorf("tip moved from %s to %s", before, after)
	}
	for n := types.Height(1); n <= 4; n++ { // The honest branch is none the worse for it.
		c.Add(branch.At(n))
	}
	if got, _ := c.Tip(); got != branch.At(4).Hash() {
		t.Errorf("tip is %s, want the honest branch's %s", got, branch.At(4).Hash())
	}
	c.MustConsistent()
}

func TestBadProofIsNamedAmongGoodOnes(t *testing.T) {
	c := testkit.New(t)
	two := payTwo(c)
	good := c.Next(payAll(c).Tx, payMerge(c).Tx, two.Tx, payDust(c).Tx)
	foreign := payToken(c).Tx.Bundles[0].Proof // valid, but of another statement
	for _, tc := range []struct {
		tx, bundle int
		want       string
	}{
		{0, 0, "transaction 0: bundle 0"},
		{1, 0, "transaction 1: bundle 0"},
		{2, 0, "transaction 2: bundle 0"},
		{2, 1, "transaction 2: bundle 1"},
		{3, 0, "transaction 3: bundle 0"},
	} {
		proof := c.Broken(good, func(b *types.Block) { b.Body.Txs[tc.tx].Bundles[tc.bundle].Proof = foreign; c.Recommit(b) })
		wantDetail(t, c, proof, rule.ProofInvalid, tc.want)
		sig := c.Broken(good, func(b *types.Block) { b.Body.Txs[tc.tx].Bundles[tc.bundle].Sig[40] ^= 1; c.Recommit(b) })
		wantDetail(t, c, sig, rule.SignatureInvalid, tc.want)
	}
	swapped := c.Broken(good, func(b *types.Block) {
		x, y := b.Body.Txs[0].Bundles, b.Body.Txs[3].Bundles
		x[0].Proof, y[0].Proof = y[0].Proof, x[0].Proof
		c.Recommit(b)
	})
	wantDetail(t, c, swapped, rule.ProofInvalid, "transaction 0: bundle 0")
	c.Add(good)
}

// wantDetail also holds the detail of a refusal, by which a transaction in a block is found.
func wantDetail(t *testing.T, c *testkit.Chain, b *types.Block, kind rule.Kind, detail string) {
	t.Helper()
	err := c.AddBlock(b)
	wantKind(t, "chain.AddBlock", err, kind)
	var broken *rule.Error
	if errors.As(err, &broken) && broken.Detail != detail {
		t.Errorf("%s: detail %q, want %q", kind, broken.Detail, detail)
	}
}

// descendantRefused holds AddBlock to refusing a block for an ancestor.
func descendantRefused(t *testing.T, c *testkit.Chain, b *types.Block, ancestor types.BlockHash, kind rule.Kind) {
	t.Helper()
	err := c.AddBlock(b)
	wantKind(t, "chain.AddBlock of a descendant", err, kind)
	var inherited *chain.InvalidAncestorError
	if !errors.As(err, &inherited) || inherited.Ancestor != ancestor {
		t.Errorf("descendant: got error %v, want one that names %s", err, ancestor)
	}
}

// onTop returns an empty block after another that the chain may not have.
func onTop(c *testkit.Chain, parent *types.Block) *types.Block {
	return c.Broken(c.Next(), func(b *types.Block) {
		b.Header.Parent, b.Header.Number, b.Header.Time = parent.Hash(), parent.Header.Number+1, parent.Header.Time+1
	})
}

// moved returns a block put after another parent of the same height as its own.
func moved(c *testkit.Chain, b, parent *types.Block) *types.Block {
	return c.Broken(b, func(b *types.Block) { b.Header.Parent = parent.Hash() })
}

func copyBlock(t *testing.T, b *types.Block) *types.Block {
	t.Helper()
	c, err := types.DecodeBlock(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return c
}
