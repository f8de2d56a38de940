package redteam

import (
	"crypto/rand"
	"errors"
	"testing"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/core/mempool"
	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// payment is one that testkit's own test makes too, so its proof is kept already.
func payment(c *testkit.Chain) *testkit.Payment {
	return c.Pay("real payment", c.Simple(c.GenesisCoin(0, 0), 1, types.SERO))
}

// negated returns the transaction with another valid proof, which anybody can make without the witness: (-Ar, -Bs, Krs). In the encoding
// that flips the bits that choose the larger root.
func negated(t testing.TB, tx *types.Tx) *types.Tx {
	t.Helper()
	const signBit, bs = 0x20, 48
	twin := testkit.CopyTx(t, tx)
	twin.Bundles[0].Proof[0] ^= signBit
	twin.Bundles[0].Proof[bs] ^= signBit
	return twin
}

func wantKind(t testing.TB, what string, err error, kind rule.Kind) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("%s: got %v, want %s", what, err, kind)
	}
}

// TestRelayedTwin: whoever relays a transaction may change its proof's bytes. He wants the pool to refuse the original, the chain to refuse
// a block with the twin, or the same notes spent twice.
func TestRelayedTwin(t *testing.T) {
	c := testkit.Quick(t)
	tx := payment(c).Tx
	twin := negated(t, tx)
	if twin.ID(c.Genesis()) != tx.ID(c.Genesis()) || twin.WID() == tx.WID() {
		t.Fatal("the twin must have the original's id and bytes of its own")
	}
	broken := testkit.CopyTx(t, tx)
	broken.Bundles[0].Proof[0] ^= 0x20
	pool := mempool.New(c.Net, c.Manager, rand.Reader)

	_, err := pool.Add(broken)
	wantKind(t, "twin with half a change", err, rule.ProofInvalid)
	if _, err := pool.Add(tx); err != nil {
		t.Fatalf("original after its broken twin: %v", err)
	}
	if _, err := pool.Add(twin); !errors.Is(err, mempool.ErrKnown) {
		t.Errorf("valid twin of a waiting transaction: got %v, want %v", err, mempool.ErrKnown)
	}

	// A block with the twin is as good as one with the original, also where the pool knows the original by its bytes.
	b := c.Next(twin)
	if err := c.AddChecked(b, pool.Checked()); err != nil {
		t.Fatalf("block with the twin: %v", err)
	}
	if err := pool.Follow(); err != nil || pool.Status().Count != 0 {
		t.Errorf("%d transactions wait after the twin was mined (%v)", pool.Status().Count, err)
	}
	_, err = pool.Add(tx)
	wantKind(t, "original after its twin was mined", err, rule.NullifierSpent)
	c.MustConsistent()
}

// TestBothTwinsInABlock: a miner puts the transaction and its twin into one block, to move the notes twice.
func TestBothTwinsInABlock(t *testing.T) {
	c := testkit.Quick(t)
	tx := payment(c).Tx
	b := c.Next(tx)
	b.Body.Txs = append(b.Body.Txs, negated(t, tx))
	b.Header.GasUsed *= 2
	b.Header.BodyRoot = b.Body.Root(c.Genesis())
	wantKind(t, "block with both twins", c.AddBlock(c.Sealed(b)), rule.NullifierSpent)
	c.MustConsistent()
}

// TestOtherNetwork: the same words are the same account everywhere, and a proof names no network. The replayed transaction finds the same
// anchor, the same notes and the same chain id on a network that differs in its genesis alone.
func TestOtherNetwork(t *testing.T) {
	c := testkit.Quick(t)
	tx := payment(c).Tx
	net := testkit.QuickNetwork()
	net.Genesis.Extra = "another"
	other := testkit.OnNetwork(t, net)
	if _, known, err := other.AnchorHeight(tx.Bundles[0].Anchor); !known || err != nil {
		t.Fatalf("the attack needs the anchor on both networks: %v, %v", known, err)
	}
	_, err := mempool.New(net, other.Manager, rand.Reader).Add(tx)
	wantKind(t, "replay", err, rule.SignatureInvalid)

	// A verdict remembered for one network is none on the other.
	checked, err := consensus.CheckTx(c.Net, c.Genesis(), tx, 1, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b := other.Next()
	b.Body.Txs = []*types.Tx{tx}
	b.Header.GasUsed = checked.Gas()
	b.Header.BodyRoot = b.Body.Root(other.Genesis())
	err = other.AddChecked(other.Sealed(b), func(types.WTxID) *consensus.CheckedTx { return checked })
	wantKind(t, "replay with a verdict of the first network", err, rule.SignatureInvalid)
}

// TestStolenProof: a proof is public. A thief puts it into a transaction of his own: with outputs' ciphertexts of his, under a key of his,
// beside a bundle of his.
func TestStolenProof(t *testing.T) {
	c := testkit.Quick(t)
	p := payment(c)
	pool := mempool.New(c.Net, c.Manager, rand.Reader)
	for _, theft := range []struct {
		name   string
		change func(tx *types.Tx)
		want   rule.Kind
	}{
		{"ciphertext replaced", func(tx *types.Tx) { tx.Bundles[0].Ciphertexts[1].Enc[7] ^= 1 }, rule.SignatureInvalid},
		{"later expiry", func(tx *types.Tx) { tx.Expiry++ }, rule.SignatureInvalid},
		{"under another key", func(tx *types.Tx) { tx.Bundles[0].RK = types.Point(field.EncodePoint(field.BaseB())) }, rule.SignatureInvalid},
		{"twice in one transaction", func(tx *types.Tx) { tx.Bundles = append(tx.Bundles, tx.Bundles[0]) }, rule.NullifierRepeated},
	} {
		tx := testkit.CopyTx(t, p.Tx)
		theft.change(tx)
		_, err := pool.Add(tx)
		wantKind(t, theft.name, err, theft.want)
	}
	// Even the owner cannot move a proof under another key: rk is part of what it proves.
	tx := testkit.CopyTx(t, p.Tx)
	tx.Bundles[0].RK = types.Point(field.EncodePoint(field.BaseB()))
	if !errors.Is(signedByOne(t, c, tx), rule.ProofInvalid) {
		t.Error("proof holds under another key")
	}
	if _, err := pool.Add(p.Tx); err != nil {
		t.Errorf("original after all thefts: %v", err)
	}
}
