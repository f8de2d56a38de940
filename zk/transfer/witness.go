package transfer

import (
	"errors"
	"fmt"
	"math/big"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/gadget"
	"github.com/gero-chain/gero/zk/note"
)

// Errors of a witness that fits no statement, whatever its public part.
var (
	// ErrAsset reports a note that is neither native nor of the witness's token, or a token that is no element, zero though value of it
	// leaves, or the native asset.
	ErrAsset = errors.New("witness: asset fits neither lane")
	// ErrOwner reports an input that is not the account's: its owner is not H_1(K, d).
	ErrOwner = errors.New("T2: input is not owned by the account")
	// ErrAlpha reports an alpha that is nil or not in 0..l-1.
	ErrAlpha = errors.New("witness: alpha is not a scalar")
)

// Input is a note to spend and where it lies.
type Input struct {
	Note note.Note
	Pos  types.Position // below 3^20; any for a dummy, a note of no value
	Path gadget.Path    // any for a dummy
}

// Witness is all that a prover knows: enough to spend together with the signature under RK, which it cannot make.
type Witness struct {
	AK      field.Point
	NK      note.NullifierKey
	Alpha   *big.Int      // in 0..l-1, fresh for every bundle: rk = ak + [alpha]B
	Token   types.AssetID // the one asset besides the native one; zero if there is none
	Anchor  types.NoteRoot
	VN, VT  types.Amount // what leaves in the open: coins, and units of Token
	Inputs  [inputs]Input
	Outputs [outputs]note.Note // their Diversifier is not used
}

// RandomizedKey returns rk = ak + [alpha]B, under which the bundle is signed.
func RandomizedKey(ak field.Point, alpha *big.Int) field.Point {
	return field.Add(ak, field.Mul(field.BaseB(), alpha))
}

// Public returns the public part of the statement that w proves, or the first clause that w breaks: errors wrap one of this package's
// errors, or field.ErrNotCanonical for an anchor or asset that is no element.
func (w *Witness) Public() (Public, error) {
	s, err := w.statement()
	if err != nil {
		return Public{}, err
	}
	return s.public(), nil
}

// statement fills in every variable and checks every clause.
func (w *Witness) statement() (*statement, error) {
	s := &statement{ak: w.AK, nk: w.NK.Element(), vN: field.FromAmount(w.VN), vT: field.FromAmount(w.VT)}
	if err := w.setShared(s); err != nil {
		return nil, err
	}
	account := note.AccountHash(w.AK, w.NK)
	for i := range w.Inputs {
		if err := w.setInput(s, i, account); err != nil {
			return nil, fmt.Errorf("input %d: %w", i, err)
		}
	}
	for i := range w.Outputs {
		if err := w.setOutput(s, i); err != nil {
			return nil, fmt.Errorf("output %d: %w", i, err)
		}
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	return s, nil
}

// setShared fills in what belongs to no note.
func (w *Witness) setShared(s *statement) (err error) {
	if w.Alpha == nil || w.Alpha.Sign() < 0 || w.Alpha.Cmp(field.Order()) >= 0 {
		return ErrAlpha
	}
	if err := field.CheckOnCurve(w.AK); err != nil {
		return ErrSpendKey
	}
	for i := range s.alpha {
		s.alpha[i] = field.FromUint64(uint64(w.Alpha.Bit(i)))
	}
	s.rk = RandomizedKey(w.AK, w.Alpha)
	if s.anchor, err = field.DecodeElement(w.Anchor); err != nil {
		return fmt.Errorf("anchor: %w", err)
	}
	if s.token, err = field.DecodeElement(w.Token); err != nil {
		return fmt.Errorf("token: %w", err)
	}
	if w.Token == types.NativeAsset || w.Token.IsZero() && !w.VT.IsZero() {
		return ErrAsset
	}
	if !w.VT.IsZero() {
		s.pubAsset = s.token
	}
	return nil
}

func (w *Witness) setInput(s *statement, i int, account field.Element) error {
	n, in := &w.Inputs[i].Note, &s.in[i]
	if note.OwnerHash(account, n.Diversifier) != n.Owner {
		return ErrOwner
	}
	if w.Inputs[i].Pos >= gadget.MaxLeaves {
		return ErrPosition
	}
	lane, err := w.lane(n.Asset)
	if err != nil {
		return err
	}
	*in = inputValues{
		d: n.Diversifier.Element(), rcm: n.Rcm, data: n.Data, psi: n.Psi, v: field.FromAmount(n.Value), lane: lane, path: w.Inputs[i].Path,
	}
	for k, digit := range gadget.Digits(w.Inputs[i].Pos) {
		in.is1[k], in.is2[k] = field.FromUint64(uint64(digit&1)), field.FromUint64(uint64(digit>>1))
	}
	nf, err := n.Nullifier(w.NK, w.Inputs[i].Pos)
	if err != nil {
		return err
	}
	s.nf[i], err = field.DecodeElement(nf)
	return err
}

func (w *Witness) setOutput(s *statement, i int) error {
	n := &w.Outputs[i]
	lane, err := w.lane(n.Asset)
	if err != nil {
		return err
	}
	s.out[i] = outputValues{owner: n.Owner, rcm: n.Rcm, data: n.Data, psi: n.Psi, v: field.FromAmount(n.Value), lane: lane}
	cm, err := n.Commitment()
	if err != nil {
		return err
	}
	s.cm[i], err = field.DecodeElement(cm)
	return err
}

// lane returns the lane of an asset.
func (w *Witness) lane(asset types.AssetID) (field.Element, error) {
	switch {
	case asset == types.NativeAsset:
		return field.Element{}, nil
	case asset == w.Token && !asset.IsZero():
		return field.FromUint64(1), nil
	default:
		return field.Element{}, ErrAsset
	}
}

// public returns the public part of a statement whose values are amounts.
func (s *statement) public() Public {
	p := Public{Anchor: s.anchor.Bytes(), RK: field.EncodePoint(s.rk), PubAsset: s.pubAsset.Bytes()}
	p.VN, _ = field.ToAmount(s.vN)
	p.VT, _ = field.ToAmount(s.vT)
	for i := range s.nf {
		p.Nullifiers[i] = s.nf[i].Bytes()
	}
	for i := range s.cm {
		p.Commitments[i] = s.cm[i].Bytes()
	}
	return p
}
