package transfer

import (
	"fmt"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// NumPublic is the number of T's public inputs.
const NumPublic = 1 + inputs + outputs + 2 + 3

// Public is what T says in public: the parts of a bundle that its proof is about.
type Public struct {
	Anchor      types.NoteRoot
	Nullifiers  [inputs]types.Nullifier
	Commitments [outputs]types.Commitment
	RK          types.Point
	VN          types.Amount // coins that leave the pool
	VT          types.Amount // units of PubAsset that leave the pool
	PubAsset    types.AssetID
}

// PublicOf returns the public part of a bundle.
func PublicOf(b *types.Bundle) Public {
	return Public{
		Anchor: b.Anchor, Nullifiers: b.Nullifiers, Commitments: b.Commitments, RK: b.RK,
		VN: b.ValueNative, VT: b.ValueToken, PubAsset: b.PubAsset,
	}
}

// Elements returns the public inputs in the order of the specification: anchor, nullifiers, commitments, rk.x, rk.y, vN, vT, pubAsset.
// Every element and point is decoded canonically, so that no two Publics have the same inputs; errors wrap field.ErrNotCanonical or
// field.ErrNotOnCurve and name the part. The order of rk is for the caller to check: see field.CheckOrder.
func (p Public) Elements() ([]field.Element, error) {
	out := make([]field.Element, 0, NumPublic)
	var err error
	element := func(name string, b [32]byte) {
		e, bad := field.DecodeElement(b)
		if bad != nil && err == nil {
			err = fmt.Errorf("%s: %w", name, bad)
		}
		out = append(out, e)
	}
	element("anchor", p.Anchor)
	for i := range p.Nullifiers {
		element(fmt.Sprintf("nullifier %d", i), p.Nullifiers[i])
	}
	for i := range p.Commitments {
		element(fmt.Sprintf("commitment %d", i), p.Commitments[i])
	}
	rk, bad := field.DecodePoint(p.RK)
	if bad != nil && err == nil {
		err = fmt.Errorf("rk: %w", bad)
	}
	out = append(out, rk.X, rk.Y, field.FromAmount(p.VN), field.FromAmount(p.VT))
	element("public asset", p.PubAsset)
	if err != nil {
		return nil, err
	}
	return out, nil
}
