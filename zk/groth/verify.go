package groth

import (
	"errors"
	"fmt"

	"github.com/consensys/gnark-crypto/ecc"
	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"

	"github.com/gero-chain/gero/types"
)

// ErrPublicCount reports a call with another number of public inputs than the statement has: a mistake of the caller.
var ErrPublicCount = errors.New("public input count differs from the statement's")

// Verify checks one proof against its public inputs:
//
//	e(Ar, Bs) = e(alpha, beta) * e(k0 + sum public[i]*k[i+1], gamma) * e(Krs, delta)
//
// Errors wrap ErrProofEncoding, ErrProofInvalid or ErrPublicCount. Public inputs are field elements and therefore reduced already;
// whoever made them from bytes must have refused values not below the field's order.
func (vk *VerifyingKey) Verify(proof types.Proof, public []fr.Element) error {
	if len(public) != vk.NumPublic() {
		return fmt.Errorf("%w: got %d, want %d", ErrPublicCount, len(public), vk.NumPublic())
	}
	var p points
	if err := p.decode(&proof); err != nil {
		return err
	}
	if !vk.holds(&p, public) {
		return ErrProofInvalid
	}
	return nil
}

// holds evaluates the verification equation for decoded points.
func (vk *VerifyingKey) holds(p *points, public []fr.Element) bool {
	var ic bls.G1Jac
	if _, err := ic.MultiExp(vk.k[1:], public, ecc.MultiExpConfig{NbTasks: 1}); err != nil {
		return false // Lengths were compared by every caller.
	}
	ic.AddMixed(&vk.k[0])
	var icAff, krsNeg bls.G1Affine
	icAff.FromJacobian(ic.Neg(&ic))
	krsNeg.Neg(&p.krs)

	left, err := bls.MillerLoop([]bls.G1Affine{p.ar}, []bls.G2Affine{p.bs})
	if err != nil {
		return false
	}
	// MillerLoopFixedQ overwrites the lines it is given, hence the copies.
	right, err := bls.MillerLoopFixedQ([]bls.G1Affine{icAff, krsNeg}, []lines{vk.gammaLines, vk.deltaLines})
	if err != nil {
		return false
	}
	res := bls.FinalExponentiation(&left, &right)
	return res.Equal(&vk.alphaBeta)
}
