package consensus

import (
	"crypto/rand"
	"errors"
	"math/big"
	"testing"

	"github.com/tyler-smith/go-bip39"

	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/gadget"
	"github.com/gero-chain/gero/zk/note"
	"github.com/gero-chain/gero/zk/schnorr"
	"github.com/gero-chain/gero/zk/transfer"
)

// payment is a real one: note 0 of the dev genesis pays a bit more than its fee to a stranger, the rest back to its owner.
type payment struct {
	c  *chain
	sk schnorr.SecretKey // of the bundle's rk
	tx *types.Tx
}

func devPayment(t testing.TB) *payment {
	t.Helper()
	p := &payment{c: newChain(t, params.Dev())}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	account := note.AccountKey(bip39.NewSeed(params.DevMnemonic, ""), 0)
	fvk, ask := account.FullViewingKey(), account.SpendAuth().Scalar()
	in := fvk.OwnNote(fvk.DK.GenesisRcm(0))
	in.Asset, in.Value = types.NativeAsset, p.c.net.Genesis.Notes[0].Value
	tip := p.c.tip()
	path, err := ledger.Path(p.c.view, tip.Leaves, 0)
	must(err)
	alpha := big.NewInt(123456789)
	rk := new(big.Int).Add(ask, alpha)
	p.sk, err = schnorr.NewSecretKey(rk.Mod(rk, field.Order()))
	must(err)
	fee := types.NewAmount(421_000 * 1_000_000_000)
	w := &transfer.Witness{
		AK: fvk.AK, NK: fvk.NK, Alpha: alpha, Anchor: tip.Header.NoteRoot, VN: fee,
		Inputs: [3]transfer.Input{{Note: in, Pos: 0, Path: gadget.Path(path)}},
	}
	for i := 1; i < 3; i++ {
		w.Inputs[i].Note, err = note.DummyInput(fvk, rand.Reader)
		must(err)
	}
	stranger, err := note.RandomAddress(rand.Reader)
	must(err)
	p.tx = &types.Tx{
		Version: 1, ChainID: 1337, Expiry: 50, GasLimit: 421_000, GasPrice: types.NewAmount(1_000_000_000), Bundles: make([]types.Bundle, 1),
	}
	b := &p.tx.Bundles[0]
	values := [3]types.Amount{coins(1), sub(sub(in.Value, fee), coins(1)), {}}
	for i, v := range values {
		to := stranger
		if i == 1 {
			to = fvk.Address(0)
		}
		out, err := note.NewOutput(rand.Reader, to, types.NativeAsset, v, note.Memo{})
		must(err)
		w.Outputs[i] = out.Note()
		b.Ciphertexts[i], err = out.Encrypt(fvk.OVK)
		must(err)
	}
	public, err := w.Public()
	must(err)
	b.Anchor, b.Nullifiers, b.Commitments, b.RK, b.ValueNative = public.Anchor, public.Nullifiers, public.Commitments, public.RK, fee
	b.Proof, err = transfer.Prove(w)
	must(err)
	p.sign(t, p.tx)
	return p
}

func (p *payment) sign(t testing.TB, tx *types.Tx) {
	t.Helper()
	var err error
	tx.Bundles[0].Sig, err = schnorr.Sign(schnorr.TagSpend, p.sk, tx.SigHash(p.c.tip().Genesis), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
}

// One real payment passes every stage, and each part that a signature or proof covers counts.
func TestRealPayment(t *testing.T) {
	p := devPayment(t)
	c, genesis := p.c, p.c.tip().Genesis
	checked, err := CheckTx(c.net, genesis, p.tx, 1, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	built, err := Build(c.net, c.tip(), c.view, c.template(), []*CheckedTx{checked})
	if err != nil || len(built.Dropped) != 0 {
		t.Fatalf("dropped %v (%v)", built.Dropped, err)
	}
	block, err := CheckBlock(c.net, genesis, built.Header, built.Body, nil, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Connect(c.net, c.tip(), c.view, block); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name   string
		change func(tx *types.Tx)
		resign bool
		want   rule.Kind
	}{
		{"signature of another message", func(tx *types.Tx) { tx.Expiry++ }, false, rule.SignatureInvalid},
		{"signature zero", func(tx *types.Tx) { tx.Bundles[0].Sig = types.Signature{} }, false, rule.SignatureInvalid},
		{"ciphertext changed", func(tx *types.Tx) { tx.Bundles[0].Ciphertexts[2].Enc[0] ^= 1 }, false, rule.SignatureInvalid},
		{"ciphertext changed and signed", func(tx *types.Tx) { tx.Bundles[0].Ciphertexts[2].Enc[0] ^= 1 }, true, ""},
		{"proof zero", func(tx *types.Tx) { tx.Bundles[0].Proof = types.Proof{} }, false, rule.ProofInvalid},
		{"proof not a point", func(tx *types.Tx) { tx.Bundles[0].Proof[20] ^= 1 }, false, rule.ProofInvalid},
		{"anchor", func(tx *types.Tx) { tx.Bundles[0].Anchor[31] ^= 1 }, true, rule.ProofInvalid},
		{"nullifier", func(tx *types.Tx) { tx.Bundles[0].Nullifiers[1][31] ^= 1 }, true, rule.ProofInvalid},
		{"commitment", func(tx *types.Tx) { tx.Bundles[0].Commitments[1][31] ^= 1 }, true, rule.ProofInvalid},
		{"fee", func(tx *types.Tx) {
			tx.GasPrice = types.NewAmount(2_000_000_000)
			tx.Bundles[0].ValueNative = types.NewAmount(421_000 * 2_000_000_000)
		}, true, rule.ProofInvalid},
		{"another's rk", func(tx *types.Tx) {
			sk, err := schnorr.NewSecretKey(big.NewInt(5))
			if err != nil {
				t.Fatal(err)
			}
			tx.Bundles[0].RK = sk.Public()
			if tx.Bundles[0].Sig, err = schnorr.Sign(schnorr.TagSpend, sk, tx.SigHash(genesis), rand.Reader); err != nil {
				t.Fatal(err)
			}
		}, false, rule.ProofInvalid},
	}
	for _, tc := range cases {
		tx := copyTx(p.tx)
		tc.change(tx)
		if tc.resign {
			p.sign(t, tx)
		}
		_, err := CheckTx(c.net, genesis, tx, 1, rand.Reader)
		wantKind(t, tc.name, err, tc.want)
	}
	_, err = CheckTx(c.net, types.BlockHash{1}, p.tx, 1, rand.Reader)
	wantKind(t, "on another chain", err, rule.SignatureInvalid)
	blameInBatch(t, p)
}

// blameInBatch has one bad transaction among many that share a batch, and wants that one named.
func blameInBatch(t *testing.T, p *payment) {
	t.Helper()
	c := p.c
	const n, guilty = 12, 7
	for _, tc := range []struct {
		change func(tx *types.Tx)
		want   rule.Kind
	}{
		{func(tx *types.Tx) { tx.Bundles[0].Proof[50] ^= 1 }, rule.ProofInvalid},
		{func(tx *types.Tx) { tx.Bundles[0].Sig[50] ^= 1 }, rule.SignatureInvalid},
	} {
		body := new(types.Body)
		for i := range n {
			tx := copyTx(p.tx)
			if i == guilty {
				tc.change(tx)
			}
			body.Txs = append(body.Txs, tx)
		}
		h := &types.Header{Number: 1, BodyRoot: body.Root(c.tip().Genesis), GasUsed: n * 421_000}
		_, err := CheckBlock(c.net, c.tip().Genesis, h, body, nil, rand.Reader)
		wantKind(t, "in a batch", err, tc.want)
		var e *rule.Error
		if errors.As(err, &e) && e.Detail != "transaction 7: bundle 0" {
			t.Errorf("blamed %q, want transaction 7", e.Detail)
		}
	}
}

func TestCheckKeys(t *testing.T) {
	for _, net := range []*params.Network{params.Dev(), params.BetaNet()} {
		if err := CheckKeys(net); err != nil {
			t.Errorf("%s: %v", net.Name, err)
		}
	}
	net := params.Dev()
	net.TransferKey = [32]byte{1}
	if err := CheckKeys(net); !errors.Is(err, ErrKeys) {
		t.Errorf("other key pinned: %v, want %v", err, ErrKeys)
	}
}

// A block that the database kept needs no second look at its proofs, and what no longer fits is damage and no verdict.
func TestStoredBlock(t *testing.T) {
	c := newChain(t, testNet())
	b := c.build(c.tx(1), c.tx(2))
	got, err := Stored(c.net, c.tip().Genesis, b)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := Connect(c.net, c.tip(), c.view, got); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(b *types.Block){
		"other body":      func(b *types.Block) { b.Body.Txs = b.Body.Txs[:1] },
		"bad transaction": func(b *types.Block) { b.Body.Txs[1].Version = 9; b.Header.BodyRoot = b.Body.Root(c.tip().Genesis) },
	} {
		damaged := copyBlock(b)
		change(damaged)
		_, err := Stored(c.net, c.tip().Genesis, damaged)
		var classed rule.Classed
		if err == nil || isVerdict(err) || BlamesSender(err) || !errors.As(err, &classed) || classed.Class() != rule.ClassNode {
			t.Errorf("%s: %v, want an error of class node", name, err)
		}
	}
}
