package bench

import (
	"crypto/rand"
	"fmt"
	"math/big"

	"github.com/gero-chain/gero/core/chain"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/note"
	"github.com/gero-chain/gero/zk/schnorr"
	"github.com/gero-chain/gero/zk/transfer"
)

// payer is an account that owns every note of a network's genesis.
type payer struct {
	sk  note.SpendingKey
	fvk note.FullViewingKey
	net *params.Network
}

// newPayer returns a network like dev whose genesis gives an account n notes of 100 SERO.
func newPayer(n int) (*payer, error) {
	var seed [64]byte
	copy(seed[:], "the account of the benchmark")
	p := &payer{sk: note.AccountKey(seed[:], 0), net: params.Dev()}
	p.fvk = p.sk.FullViewingKey()
	p.net.GenesisHash = types.BlockHash{} // another genesis than dev's, so it is not pinned
	value, err := types.SERO.MulGas(100)
	if err != nil {
		return nil, err
	}
	p.net.Genesis.Notes = nil
	for i := range n {
		own := p.fvk.OwnNote(p.fvk.DK.GenesisRcm(uint64(i))) //nolint:gosec // a small index
		p.net.Genesis.Notes = append(p.net.Genesis.Notes, params.GenesisNote{PCM: own.PCM(), Asset: types.NativeAsset, Value: value})
	}
	return p, nil
}

// order is a payment that only lacks its proof and signature.
type order struct {
	witness *transfer.Witness
	tx      *types.Tx
	key     schnorr.SecretKey
}

// order prepares to pay 1.5 SERO from the genesis note at an index.
func (p *payer) order(c *chain.Manager, index int) (*order, error) {
	genesis := p.net.Genesis.Notes[index]
	spent := p.fvk.OwnNote(p.fvk.DK.GenesisRcm(uint64(index))) //nolint:gosec // a small index
	spent.Asset, spent.Value = genesis.Asset, genesis.Value
	pos := types.Position(index) //nolint:gosec // a small index
	path, root, err := c.Path(pos, 0)
	if err != nil {
		return nil, err
	}
	alpha, err := rand.Int(rand.Reader, field.Order())
	if err != nil {
		return nil, err
	}
	gas := types.Gas(params.TxGas + params.BundleGas)
	fee, err := params.MinGasPrice.MulGas(gas)
	if err != nil {
		return nil, err
	}
	w := &transfer.Witness{AK: p.fvk.AK, NK: p.fvk.NK, Alpha: alpha, Anchor: root, VN: fee}
	w.Inputs[0] = transfer.Input{Note: spent, Pos: pos, Path: path}
	for i := 1; i < len(w.Inputs); i++ {
		if w.Inputs[i].Note, err = note.DummyInput(p.fvk, rand.Reader); err != nil {
			return nil, err
		}
	}
	o := &order{witness: w, tx: &types.Tx{
		Version: types.TxVersion, ChainID: p.net.ChainID, Expiry: 200, GasLimit: gas, GasPrice: params.MinGasPrice, Bundles: make([]types.Bundle, 1),
	}}
	if err := p.outputs(o, spent.Value, fee); err != nil {
		return nil, err
	}
	public, err := w.Public()
	if err != nil {
		return nil, err
	}
	b := &o.tx.Bundles[0]
	b.Anchor, b.Nullifiers, b.Commitments, b.RK = public.Anchor, public.Nullifiers, public.Commitments, public.RK
	b.ValueNative, b.ValueToken, b.PubAsset = public.VN, public.VT, public.PubAsset
	spend := new(big.Int).Add(p.sk.SpendAuth().Scalar(), alpha)
	o.key, err = schnorr.NewSecretKey(spend.Mod(spend, field.Order()))
	return o, err
}

// outputs fills in a payment, change and a dummy.
func (p *payer) outputs(o *order, have, fee types.Amount) error {
	paid, err := types.ParseDecimal("1.5", types.Decimals)
	if err != nil {
		return err
	}
	change, err := have.Sub(fee)
	if err == nil {
		change, err = change.Sub(paid)
	}
	if err != nil {
		return err
	}
	for i, value := range []types.Amount{paid, change, {}} {
		out, err := note.NewOutput(rand.Reader, p.fvk.Address(uint64(i)), types.NativeAsset, value, note.Memo{}) //nolint:gosec // a small index
		if value.IsZero() {
			out, err = note.DummyOutput(rand.Reader)
		}
		if err != nil {
			return err
		}
		o.witness.Outputs[i] = out.Note()
		if o.tx.Bundles[0].Ciphertexts[i], err = out.Encrypt(p.fvk.OVK); err != nil {
			return err
		}
	}
	return nil
}

// finish proves and signs.
func (o *order) finish(genesis types.BlockHash) (err error) {
	b := &o.tx.Bundles[0]
	if b.Proof, err = transfer.Prove(o.witness); err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	b.Sig, err = schnorr.Sign(schnorr.TagSpend, o.key, o.tx.SigHash(genesis), rand.Reader)
	return err
}
