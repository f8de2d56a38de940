package testkit

import (
	"encoding/binary"
	"maps"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/tyler-smith/go-bip39"

	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/gadget"
	"github.com/gero-chain/gero/zk/note"
	"github.com/gero-chain/gero/zk/schnorr"
	"github.com/gero-chain/gero/zk/transfer"
)

// Account returns the spending key of an account of the dev mnemonic.
func Account(i uint32) note.SpendingKey {
	return note.AccountKey(bip39.NewSeed(params.DevMnemonic, ""), i)
}

// Coin is a note that can be spent, with its owner's account and its place.
type Coin struct {
	Account uint32
	Note    note.Note
	Pos     types.Position
}

// GenesisCoin returns the note of the network's genesis with the given index, which must belong to the account.
func (c *Chain) GenesisCoin(account uint32, index int) Coin {
	c.T.Helper()
	fvk := Account(account).FullViewingKey()
	g := c.Net.Genesis.Notes[index]
	n := fvk.OwnNote(fvk.DK.GenesisRcm(uint64(index))) //nolint:gosec // a small index
	n.Asset, n.Value = g.Asset, g.Value
	if n.PCM() != g.PCM {
		c.T.Fatalf("genesis note %d does not belong to account %d", index, account)
	}
	return Coin{account, n, types.Position(index)} //nolint:gosec // a small index
}

// Out is what a payment makes.
type Out struct {
	To    note.Address
	Asset types.AssetID
	Value types.Amount
	Memo  string
}

// Payment is a transaction with what is needed to change and sign it again.
type Payment struct {
	Tx    *types.Tx
	Made  [][]note.Output // per bundle: its outputs, in order
	chain *Chain
	keys  map[types.Point]schnorr.SecretKey // of each bundle, by its rk
}

// Spend is the content of one bundle: up to three coins of one account and up to three outputs. The fee is taken from the first bundle,
// unless a bundle says otherwise.
type Spend struct {
	In      []Coin
	Out     []Out
	Leaves  *types.Amount // coins that leave the pool by this bundle, in place of its share of the fee
	Deposit types.Amount  // units of the bundle's token that leave the pool in the open
}

// GasPrice is the price that payments of this package offer.
var GasPrice = types.NewAmount(1_000_000_000)

// Fee returns the fee of a payment of n bundles.
func Fee(n int) types.Amount {
	fee, err := GasPrice.MulGas(types.Gas(21_000 + 400_000*n)) //nolint:gosec // a small count
	if err != nil {
		panic(err)
	}
	return fee
}

// Pay makes a payment anchored at the tip. seed makes it distinct and, on the same chain, the same each time. What the outputs leave of
// the inputs must be exactly the fee.
func (c *Chain) Pay(seed string, spends ...Spend) *Payment {
	c.T.Helper()
	rng := Rand(seed)
	_, head := c.Tip()
	p := &Payment{chain: c, keys: make(map[types.Point]schnorr.SecretKey), Tx: &types.Tx{
		Version: types.TxVersion, ChainID: c.Net.ChainID, Expiry: head.Number + 200, GasLimit: types.Gas(21_000 + 400_000*len(spends)), GasPrice: GasPrice, //nolint:gosec // a small count
	}}
	for i, s := range spends {
		w, b, outs, key := c.bundle(rng, s, i == 0, len(spends))
		b.Proof = Prove(c.T, w)
		p.Tx.Bundles = append(p.Tx.Bundles, *b)
		p.Made = append(p.Made, outs)
		p.keys[b.RK] = key
	}
	p.Sign()
	return p
}

// Sign signs the transaction as it is now: every bundle whose rk is one of the payment's.
func (p *Payment) Sign() {
	p.chain.T.Helper()
	hash := p.Tx.SigHash(p.chain.Genesis())
	for i := range p.Tx.Bundles {
		key, ok := p.keys[p.Tx.Bundles[i].RK]
		if !ok {
			continue
		}
		sig, err := schnorr.Sign(schnorr.TagSpend, key, hash, Rand("sign"))
		must(p.chain.T, err)
		p.Tx.Bundles[i].Sig = sig
	}
}

// Changed returns a copy of the transaction after a change, signed again.
func (p *Payment) Changed(change func(tx *types.Tx)) *types.Tx {
	p.chain.T.Helper()
	q := *p
	q.Tx = CopyTx(p.chain.T, p.Tx)
	change(q.Tx)
	q.Sign()
	return q.Tx
}

// Joined returns one transaction with the bundles of several payments, signed again. Its gas limit is that of so many bundles; that its fee
// is what the bundles leave is for the caller to see to. Proofs are about bundles alone, so they hold in any transaction.
func (p *Payment) Joined(others ...*Payment) *types.Tx {
	p.chain.T.Helper()
	all := Payment{chain: p.chain, keys: maps.Clone(p.keys), Tx: CopyTx(p.chain.T, p.Tx)}
	for _, o := range others {
		all.Tx.Bundles = append(all.Tx.Bundles, CopyTx(p.chain.T, o.Tx).Bundles...)
		maps.Copy(all.keys, o.keys)
	}
	all.Tx.GasLimit = types.Gas(21_000 + 400_000*len(all.Tx.Bundles)) //nolint:gosec // a small count
	all.Sign()
	return all.Tx
}

// Coin returns an output of a payment that the best chain has, for its owner to spend.
func (p *Payment) Coin(owner uint32, bundle, out int) Coin {
	t := p.chain.T
	t.Helper()
	_, at, err := p.chain.Transaction(p.Tx.ID(p.chain.Genesis()))
	must(t, err)
	header, err := p.chain.Header(at.Block)
	must(t, err)
	u, err := p.chain.UpdatesSince(header.Parent, 1)
	must(t, err)
	cm := p.Tx.Bundles[bundle].Commitments[out]
	for i, leaf := range u.Applied[0].Leaves {
		if leaf.Commitment == cm {
			return Coin{owner, p.Made[bundle][out].Note(), u.Applied[0].FirstPos + types.Position(i)} //nolint:gosec // a small index
		}
	}
	t.Fatalf("block %d has no leaf %s", at.Height, cm)
	return Coin{}
}

// CopyTx returns a deep copy.
func CopyTx(t testing.TB, tx *types.Tx) *types.Tx {
	t.Helper()
	c, err := types.DecodeTx(tx.Bytes())
	must(t, err)
	return c
}

// Rand returns a source of randomness that is the same for the same seed.
func Rand(seed string) *rand.ChaCha8 {
	return rand.NewChaCha8(types.Blake2b("test seed", []byte(seed)))
}

// bundle prepares one bundle without proof and signature.
func (c *Chain) bundle(rng *rand.ChaCha8, s Spend, paysFee bool, bundles int) (*transfer.Witness, *types.Bundle, []note.Output, schnorr.SecretKey) {
	t := c.T
	t.Helper()
	sk := Account(s.In[0].Account)
	fvk := sk.FullViewingKey()
	_, head := c.Tip()
	w := &transfer.Witness{AK: fvk.AK, NK: fvk.NK, Alpha: scalar(rng), Anchor: head.NoteRoot}
	w.VT = s.Deposit
	switch {
	case s.Leaves != nil:
		w.VN = *s.Leaves
	case paysFee:
		w.VN = Fee(bundles)
	}
	for i := range w.Inputs {
		if i < len(s.In) {
			w.Inputs[i] = c.input(s.In[i], head.Number)
			w.Token = tokenOf(w.Token, s.In[i].Note.Asset)
			continue
		}
		dummy, err := note.DummyInput(fvk, rng)
		must(t, err)
		w.Inputs[i].Note = dummy
	}
	b, outs := &types.Bundle{}, []note.Output{}
	for i := range w.Outputs {
		out, ovk := output(t, rng, s.Out, i), fvk.OVK
		ct, err := out.Encrypt(ovk)
		must(t, err)
		w.Outputs[i], b.Ciphertexts[i] = out.Note(), ct
		outs = append(outs, out)
	}
	public, err := w.Public()
	must(t, err)
	b.Anchor, b.Nullifiers, b.Commitments, b.RK = public.Anchor, public.Nullifiers, public.Commitments, public.RK
	b.ValueNative, b.ValueToken, b.PubAsset = public.VN, public.VT, public.PubAsset
	spend := new(big.Int).Add(sk.SpendAuth().Scalar(), w.Alpha)
	key, err := schnorr.NewSecretKey(spend.Mod(spend, field.Order()))
	must(t, err)
	return w, b, outs, key
}

func (c *Chain) input(coin Coin, anchor types.Height) transfer.Input {
	c.T.Helper()
	path, _, err := c.Path(coin.Pos, anchor)
	must(c.T, err)
	return transfer.Input{Note: coin.Note, Pos: coin.Pos, Path: gadget.Path(path)}
}

func output(t testing.TB, rng *rand.ChaCha8, outs []Out, i int) note.Output {
	t.Helper()
	if i >= len(outs) {
		out, err := note.DummyOutput(rng)
		must(t, err)
		return out
	}
	memo, err := note.TextMemo(outs[i].Memo)
	must(t, err)
	out, err := note.NewOutput(rng, outs[i].To, outs[i].Asset, outs[i].Value, memo)
	must(t, err)
	return out
}

func tokenOf(known, asset types.AssetID) types.AssetID {
	if asset == types.NativeAsset {
		return known
	}
	return asset
}

func scalar(rng *rand.ChaCha8) *big.Int {
	var b [64]byte
	for i := range 8 {
		binary.BigEndian.PutUint64(b[8*i:], rng.Uint64())
	}
	s := new(big.Int).SetBytes(b[:])
	return s.Mod(s, field.Order())
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Simple spends one coin of SERO: value to an account, the rest less the fee of one bundle back.
func (c *Chain) Simple(in Coin, to uint32, value types.Amount) Spend {
	c.T.Helper()
	back, err := in.Note.Value.Sub(value)
	must(c.T, err)
	back, err = back.Sub(Fee(1))
	must(c.T, err)
	return Spend{In: []Coin{in}, Out: []Out{
		{To: Account(to).FullViewingKey().Address(0), Asset: types.NativeAsset, Value: value},
		{To: Account(in.Account).FullViewingKey().Address(0), Asset: types.NativeAsset, Value: back},
	}}
}
