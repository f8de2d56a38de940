package redteam

import (
	"crypto/rand"
	"math/big"
	"testing"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/schnorr"
)

// signedByOne signs the transaction's only bundle with the scalar 1, whose public key is B, and checks it.
func signedByOne(t testing.TB, c *testkit.Chain, tx *types.Tx) error {
	t.Helper()
	key, err := schnorr.NewSecretKey(big.NewInt(1))
	if err != nil {
		t.Fatal(err)
	}
	if tx.Bundles[0].Sig, err = schnorr.Sign(schnorr.TagSpend, key, tx.SigHash(c.Genesis()), rand.Reader); err != nil {
		t.Fatal(err)
	}
	_, err = consensus.CheckTx(c.Net, c.Genesis(), tx, 1, rand.Reader)
	return err
}

// TestNoBodyCondemnsAHeader: a peer who sees a good block first sends its header with another body, so that everybody who got that one
// refuses the block for ever. No body but the header's own may leave a mark.
func TestNoBodyCondemnsAHeader(t *testing.T) {
	c := testkit.Quick(t)
	tx := payment(c).Tx
	good := c.Next(tx)
	withTxs := func(txs ...*types.Tx) *types.Body { return &types.Body{Txs: txs} }
	changed := func(change func(b *types.Bundle)) *types.Tx {
		out := testkit.CopyTx(t, tx)
		change(&out.Bundles[0])
		return out
	}
	for name, body := range map[string]*types.Body{
		"empty":             withTxs(),
		"transaction twice": withTxs(tx, tx),
		"valid twin":        withTxs(negated(t, tx)),
		"broken proof":      withTxs(changed(func(b *types.Bundle) { b.Proof[5] ^= 1 })),
		"zero proof":        withTxs(changed(func(b *types.Bundle) { b.Proof = types.Proof{} })),
		"broken signature":  withTxs(changed(func(b *types.Bundle) { b.Sig[40] ^= 1 })),
		"other anchor":      withTxs(changed(func(b *types.Bundle) { b.Anchor[31] ^= 1 })),
		"no bundles":        withTxs(&types.Tx{Version: 1, ChainID: c.Net.ChainID}),
		"with a call":       withTxs(&types.Tx{Version: 1, ChainID: c.Net.ChainID, Bundles: tx.Bundles, Call: &types.Call{}}),
		"a vote more":       {Votes: make([]types.Vote, 1), Txs: []*types.Tx{tx}},
		"too many votes":    {Votes: make([]types.Vote, 300), Txs: []*types.Tx{tx}},
		"the leaf as tx":    withTxs(tx, &types.Tx{}),
	} {
		err := c.AddBlock(&types.Block{Header: good.Header, Body: body})
		if !consensus.BlamesSender(err) {
			t.Errorf("%s: got %v, want %s, which blames the sender", name, err, rule.BodyRoot)
		}
	}
	if err := c.AddBlock(good); err != nil {
		t.Fatalf("the block itself, afterwards: %v", err)
	}
	if err := c.Err(); err != nil {
		t.Errorf("chain stopped: %v", err)
	}
}

// TestAnchorAtTheEdge: the genesis root of a chain without payments is last seen at height 20, below the first reward's note. It must serve
// block 532, the last with 512 blocks in between, and not block 533, on every node alike.
func TestAnchorAtTheEdge(t *testing.T) {
	const last = 20 + 512
	c := testkit.Quick(t)
	p := payment(c)
	c.MineEmpty(last - 1)
	tx := p.Changed(func(tx *types.Tx) { tx.Expiry = last + 5 })
	at := func(h types.Height) *consensus.CheapTx {
		t.Helper()
		cheap, err := consensus.CheckTxCheap(c.Net, c.Genesis(), tx, h)
		if err != nil {
			t.Fatal(err)
		}
		return cheap
	}
	if err := c.CheckContext(at(last)); err != nil {
		t.Fatalf("height %d: %v", last, err)
	}
	good := c.Next(tx)
	c.Mine()
	wantKind(t, "one block too late", c.CheckContext(at(last+1)), rule.AnchorUnknown)

	// The same as a block: the payment's block moved one up.
	late := c.Next()
	late.Body, late.Header.GasUsed = good.Body, good.Header.GasUsed
	late.Header.BodyRoot = late.Body.Root(c.Genesis())
	wantKind(t, "block one too late", c.AddBlock(c.Sealed(late)), rule.AnchorUnknown)
	if err := c.AddBlock(good); err != nil {
		t.Errorf("sibling at the last height: %v", err)
	}
	c.MustConsistent()
}
