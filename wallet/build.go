package wallet

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"

	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/note"
	"github.com/gero-chain/gero/zk/schnorr"
	"github.com/gero-chain/gero/zk/transfer"
)

// prover makes the proof of one bundle.
type prover interface {
	prove(*transfer.Witness) (types.Proof, error)
}

// statementT is the real prover.
type statementT struct{}

func (statementT) prove(w *transfer.Witness) (types.Proof, error) { return transfer.Prove(w) }

// anchor is the tree that a transaction's notes are shown to lie in.
type anchor struct {
	height types.Height
	root   types.NoteRoot
}

// builder makes one transaction.
type builder struct {
	net    *Network
	fvk    note.FullViewingKey
	anchor anchor
	notes  map[types.Position]note.Note // of the plan's inputs
	paths  map[types.Position]Path
	rand   io.Reader
	prover prover
	step   func(done, total int) // called before each proof
}

// draft is a transaction whose bundles lack proofs and signatures, with what they are made from.
type draft struct {
	tx        *types.Tx
	witnesses []*transfer.Witness
}

// build makes, proves and signs the transaction of an operation. It takes about a second per bundle.
func (b *builder) build(o *opRecord, sk note.SpendingKey) (*types.Tx, error) {
	d, err := b.draft(o)
	if err != nil {
		return nil, err
	}
	for i, w := range d.witnesses {
		b.step(i, len(d.witnesses))
		if d.tx.Bundles[i].Proof, err = b.prover.prove(w); err != nil {
			return nil, fmt.Errorf("bundle %d: %w", i, err)
		}
	}
	return d.tx, b.sign(d, sk)
}

// draft fills in everything that signatures cover. Bundles, inputs and outputs come in random order, so that their place tells nothing.
func (b *builder) draft(o *opRecord) (*draft, error) {
	expiry := b.anchor.height + types.Height(o.lifetime)
	d := &draft{tx: &types.Tx{
		Version: types.TxVersion, ChainID: b.net.ChainID, Expiry: expiry, GasLimit: o.plan.gas, GasPrice: o.gasPrice,
	}}
	bundles := append([]bundlePlan{}, o.plan.bundles...)
	if err := shuffle(b.rand, bundles); err != nil {
		return nil, err
	}
	for i := range bundles {
		w, bundle, err := b.bundle(o, &bundles[i])
		if err != nil {
			return nil, fmt.Errorf("bundle %d: %w", i, err)
		}
		d.tx.Bundles = append(d.tx.Bundles, *bundle)
		d.witnesses = append(d.witnesses, w)
	}
	return d, nil
}

func (b *builder) bundle(o *opRecord, p *bundlePlan) (*transfer.Witness, *types.Bundle, error) {
	w := &transfer.Witness{AK: b.fvk.AK, NK: b.fvk.NK, Anchor: b.anchor.root, VN: p.leave, Token: tokenOf(p)}
	var err error
	if w.Alpha, err = randomScalar(b.rand); err != nil {
		return nil, nil, err
	}
	inputs, err := b.inputs(p)
	if err != nil {
		return nil, nil, err
	}
	copy(w.Inputs[:], inputs)
	outputs, err := b.outputs(o, p)
	if err != nil {
		return nil, nil, err
	}
	bundle := &types.Bundle{}
	for i := range outputs {
		w.Outputs[i] = outputs[i].Note()
		ovk := b.fvk.OVK
		if outputs[i].Value.IsZero() { // a dummy, which nobody shall read again
			if ovk, err = note.NewOutgoingKey(b.rand); err != nil {
				return nil, nil, err
			}
		}
		if bundle.Ciphertexts[i], err = outputs[i].Encrypt(ovk); err != nil {
			return nil, nil, err
		}
	}
	pub, err := w.Public()
	if err != nil {
		return nil, nil, err
	}
	bundle.Anchor, bundle.Nullifiers, bundle.Commitments = pub.Anchor, pub.Nullifiers, pub.Commitments
	bundle.RK, bundle.ValueNative, bundle.ValueToken, bundle.PubAsset = pub.RK, pub.VN, pub.VT, pub.PubAsset
	return w, bundle, nil
}

// tokenOf returns the asset of a bundle's token lane, zero if it has none.
func tokenOf(p *bundlePlan) types.AssetID {
	for _, c := range p.inputs {
		if c.asset != types.NativeAsset {
			return c.asset
		}
	}
	return types.AssetID{}
}

// inputs returns three inputs in random order: the plan's notes, and dummies with random positions.
func (b *builder) inputs(p *bundlePlan) ([]transfer.Input, error) {
	var in []transfer.Input
	for _, c := range p.inputs {
		in = append(in, transfer.Input{Note: b.notes[c.pos], Pos: c.pos, Path: b.paths[c.pos]})
	}
	for len(in) < types.BundleInputs {
		n, err := note.DummyInput(b.fvk, b.rand)
		if err != nil {
			return nil, err
		}
		pos, err := randomBelow(b.rand, ledger.Capacity) // nobody sees it: it only makes the nullifier
		if err != nil {
			return nil, err
		}
		in = append(in, transfer.Input{Note: n, Pos: types.Position(pos)})
	}
	return in, shuffle(b.rand, in)
}

// outputs returns three outputs in random order: payments, change to the account's address 0, and dummies.
func (b *builder) outputs(o *opRecord, p *bundlePlan) ([]note.Output, error) {
	var out []note.Output
	for _, part := range p.outputs {
		to, memo := b.fvk.Address(0), note.Memo{}
		if part.want != change {
			var err error
			if to, err = note.AddressFromBytes(o.payees[part.want].to); err != nil {
				return nil, err
			}
			memo = o.payees[part.want].memo
		}
		made, err := note.NewOutput(b.rand, to, part.asset, part.value, memo)
		if err != nil {
			return nil, err
		}
		out = append(out, made)
	}
	for len(out) < types.BundleOutputs {
		dummy, err := note.DummyOutput(b.rand)
		if err != nil {
			return nil, err
		}
		out = append(out, dummy)
	}
	return out, shuffle(b.rand, out)
}

// sign signs every bundle under its rk = [ask + alpha]B.
func (b *builder) sign(d *draft, sk note.SpendingKey) error {
	hash := d.tx.SigHash(b.net.Genesis)
	ask := sk.SpendAuth().Scalar()
	for i, w := range d.witnesses {
		secret := new(big.Int).Add(ask, w.Alpha)
		key, err := schnorr.NewSecretKey(secret.Mod(secret, field.Order()))
		if err == nil {
			d.tx.Bundles[i].Sig, err = schnorr.Sign(schnorr.TagSpend, key, hash, b.rand)
		}
		if err != nil {
			return fmt.Errorf("bundle %d: %w", i, err)
		}
	}
	return nil
}

// randomScalar returns a uniform scalar of Jubjub.
func randomScalar(r io.Reader) (*big.Int, error) {
	n, err := rand.Int(r, field.Order())
	if err != nil {
		return nil, fmt.Errorf("randomness: %w", err)
	}
	return n, nil
}

// randomBelow returns a uniform number below n, which must be positive.
func randomBelow(r io.Reader, n uint64) (uint64, error) {
	v, err := rand.Int(r, new(big.Int).SetUint64(n))
	if err != nil {
		return 0, fmt.Errorf("randomness: %w", err)
	}
	return v.Uint64(), nil
}

func randomUint64(r io.Reader) (uint64, error) {
	var b [8]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return 0, fmt.Errorf("randomness: %w", err)
	}
	return binary.BigEndian.Uint64(b[:]), nil
}

// shuffle puts items in a uniformly random order (Fisher and Yates).
func shuffle[T any](r io.Reader, items []T) error {
	for i := len(items) - 1; i > 0; i-- {
		j, err := randomBelow(r, uint64(i)+1) //nolint:gosec // positive
		if err != nil {
			return err
		}
		items[i], items[j] = items[j], items[i]
	}
	return nil
}
