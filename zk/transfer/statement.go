package transfer

import (
	"errors"
	"math/big"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/gadget"
	"github.com/gero-chain/gero/zk/hash"
)

// Errors of the native twin, one for each way to break a clause.
var (
	ErrSpendKey    = errors.New("T1: spend key: ak is off the curve, or rk is not ak+[alpha]B")
	ErrNullifier   = errors.New("T2: nullifier is not the input's")
	ErrPosition    = errors.New("T2: position has a digit other than 0, 1 and 2")
	ErrMembership  = errors.New("T2: input has a value but is not in the anchor's tree")
	ErrLane        = errors.New("T2, T3: lane is neither 0 nor 1")
	ErrCommitment  = errors.New("T3: commitment is not the output's")
	ErrValueRange  = errors.New("T3, T4: value is not below 2^128")
	ErrBalance     = errors.New("T4: inputs are not outputs plus what leaves")
	ErrPublicAsset = errors.New("T5: value that leaves is not of the public asset")
)

// statement holds a value for every variable of the circuit, whether or not the values make sense: the native twin and the circuit judge
// the same thing.
type statement struct {
	anchor   field.Element
	nf       [inputs]field.Element
	cm       [outputs]field.Element
	rk       field.Point
	vN, vT   field.Element
	pubAsset field.Element
	ak       field.Point
	nk       field.Element
	alpha    [alphaBits]field.Element
	token    field.Element
	in       [inputs]inputValues
	out      [outputs]outputValues
}

type inputValues struct {
	d, rcm, data, psi, v, lane field.Element
	is1, is2                   [gadget.TreeDepth]field.Element
	path                       gadget.Path
}

type outputValues struct {
	owner, rcm, data, psi, v, lane field.Element
}

// check is the native twin: nil exactly if the circuit is satisfied, else the first broken clause.
func (s *statement) check() error {
	if err := s.spendAuthority(); err != nil {
		return err
	}
	account := hash.H(hash.TagAccount, s.ak.X, s.ak.Y, s.nk)
	for i := range s.in {
		if err := s.input(i, account); err != nil {
			return err
		}
	}
	for i := range s.out {
		if err := s.output(i); err != nil {
			return err
		}
	}
	if err := s.balance(); err != nil {
		return err
	}
	return s.publicAsset()
}

// spendAuthority is T1.
func (s *statement) spendAuthority() error {
	alpha := new(big.Int)
	for i := range s.alpha {
		if !isBoolean(s.alpha[i]) {
			return ErrSpendKey
		}
		if s.alpha[i].IsOne() {
			alpha.SetBit(alpha, i, 1)
		}
	}
	if field.CheckOnCurve(s.ak) != nil || field.Add(s.ak, field.Mul(field.BaseB(), alpha)) != s.rk {
		return ErrSpendKey
	}
	return nil
}

// input is T2.
func (s *statement) input(i int, account field.Element) error {
	in := &s.in[i]
	asset, ok := s.asset(in.lane)
	if !ok {
		return ErrLane
	}
	pos, ok := in.position()
	if !ok {
		return ErrPosition
	}
	cm := commit(hash.H(hash.TagOwner, account, in.d), in.rcm, in.data, asset, in.v, in.psi)
	if hash.H(hash.TagNullifier, s.nk, in.rcm, cm, field.FromUint64(uint64(pos))) != s.nf[i] {
		return ErrNullifier
	}
	if !in.v.IsZero() && in.path.Root(cm, pos) != s.anchor {
		return ErrMembership
	}
	return nil
}

// output is T3.
func (s *statement) output(i int) error {
	out := &s.out[i]
	asset, ok := s.asset(out.lane)
	if !ok {
		return ErrLane
	}
	if _, ok := field.ToAmount(out.v); !ok {
		return ErrValueRange
	}
	if commit(out.owner, out.rcm, out.data, asset, out.v, out.psi) != s.cm[i] {
		return ErrCommitment
	}
	return nil
}

// balance is T4.
func (s *statement) balance() error {
	for _, v := range []field.Element{s.vN, s.vT} {
		if _, ok := field.ToAmount(v); !ok {
			return ErrValueRange
		}
	}
	var lanes [2]field.Element // inputs less outputs and less what leaves
	lanes[0].Neg(&s.vN)
	lanes[1].Neg(&s.vT)
	for i := range s.in {
		lane := laneIndex(s.in[i].lane)
		lanes[lane].Add(&lanes[lane], &s.in[i].v)
	}
	for i := range s.out {
		lane := laneIndex(s.out[i].lane)
		lanes[lane].Sub(&lanes[lane], &s.out[i].v)
	}
	if !lanes[0].IsZero() || !lanes[1].IsZero() {
		return ErrBalance
	}
	return nil
}

// publicAsset is T5.
func (s *statement) publicAsset() error {
	if !s.vT.IsZero() && s.pubAsset != s.token {
		return ErrPublicAsset
	}
	return nil
}

// asset returns the asset that a lane means, and false unless the lane is 0 or 1.
func (s *statement) asset(lane field.Element) (field.Element, bool) {
	if lane.IsOne() {
		return s.token, true
	}
	return field.FromUint64(native), lane.IsZero()
}

// laneIndex is for lanes that asset has accepted.
func laneIndex(lane field.Element) int {
	if lane.IsOne() {
		return 1
	}
	return 0
}

// position returns the position that the digits mean, and false unless each is 0, 1 or 2.
func (in *inputValues) position() (types.Position, bool) {
	var pos types.Position
	for i := gadget.TreeDepth - 1; i >= 0; i-- {
		if !isBoolean(in.is1[i]) || !isBoolean(in.is2[i]) || in.is1[i].IsOne() && in.is2[i].IsOne() {
			return 0, false
		}
		pos = 3*pos + types.Position(in.is1[i].Uint64()+2*in.is2[i].Uint64())
	}
	return pos, true
}

func isBoolean(e field.Element) bool { return e.IsZero() || e.IsOne() }

// commit returns cm of a note whose value may be any element.
func commit(owner, rcm, data, asset, v, psi field.Element) field.Element {
	return hash.H(hash.TagCommitment, hash.H(hash.TagPartial, owner, rcm, data), asset, v, psi)
}

// assign returns the circuit's values.
func (s *statement) assign() *circuit {
	c := &circuit{
		Anchor: s.anchor, RK: gadget.AssignPoint(s.rk), VN: s.vN, VT: s.vT, PubAsset: s.pubAsset,
		AK: gadget.AssignPoint(s.ak), NK: s.nk, Token: s.token,
	}
	for i := range s.alpha {
		c.Alpha[i] = s.alpha[i]
	}
	for i := range s.in {
		in := &s.in[i]
		c.Nullifiers[i] = s.nf[i]
		c.Inputs[i] = inputVars{D: in.d, Rcm: in.rcm, Data: in.data, Psi: in.psi, V: in.v, Lane: in.lane}
		for k := range in.path {
			v := &c.Inputs[i].Path
			v.Is1[k], v.Is2[k] = in.is1[k], in.is2[k]
			v.Siblings[k][0], v.Siblings[k][1] = in.path[k][0], in.path[k][1]
		}
	}
	for i := range s.out {
		out := &s.out[i]
		c.Commitments[i] = s.cm[i]
		c.Outputs[i] = outputVars{Owner: out.owner, Rcm: out.rcm, Data: out.data, Psi: out.psi, V: out.v, Lane: out.lane}
	}
	return c
}
