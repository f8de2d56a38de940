package transfer

import (
	"math/big"
	"testing"

	tedwards "github.com/consensys/gnark-crypto/ecc/twistededwards"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/algebra/native/twistededwards"
	"github.com/consensys/gnark/test"

	"github.com/gero-chain/gero/zk/field"
)

// scalarMulCircuit uses the library's own scalar multiplication, which T does not.
type scalarMulCircuit struct {
	S   frontend.Variable
	Out twistededwards.Point `gnark:",public"`
}

func (c *scalarMulCircuit) Define(api frontend.API) error {
	curve, err := twistededwards.NewEdCurve(api, tedwards.BLS12_381)
	if err != nil {
		return err
	}
	b := field.BaseB()
	p := curve.ScalarMul(twistededwards.Point{X: field.ToBig(b.X), Y: field.ToBig(b.Y)}, c.S)
	api.AssertIsEqual(p.X, c.Out.X)
	api.AssertIsEqual(p.Y, c.Out.Y)
	return nil
}

// TestScalarMulForgeryOfV015 keeps an attack on gnark v0.15 alive: its split of the scalar was checked in the wrong field, so that hints of
// s1 = 2, s2 = 1 and Q = [2]B proved "[s]B = [2]B" for every s. The hints below are that forgery. They convince for s = 2, where they are
// true, and must not for any other.
func TestScalarMulForgeryOfV015(t *testing.T) {
	double := field.Mul(field.BaseB(), big.NewInt(2))
	eighth := new(big.Int).ModInverse(big.NewInt(8), field.Order())
	preimage := field.Mul(double, eighth)
	hints := twistededwards.GetHints()
	split := test.WithReplacementHint(solver.GetHintID(hints[0]), func(_ *big.Int, _, out []*big.Int) error {
		out[0].SetUint64(2)
		out[1].SetUint64(1)
		out[2].SetUint64(1) // s1 - s2*s = 0
		return nil
	})
	product := test.WithReplacementHint(solver.GetHintID(hints[1]), func(_ *big.Int, _, out []*big.Int) error {
		for i, e := range []field.Element{double.X, double.Y, preimage.X, preimage.Y} {
			e.BigInt(out[i])
		}
		return nil
	})
	big252 := new(big.Int).Sub(field.Order(), big.NewInt(12345))
	for _, c := range []struct {
		s    *big.Int
		want bool
	}{{big.NewInt(2), true}, {big.NewInt(3), false}, {big252, false}, {new(big.Int).Sub(field.Modulus(), big.NewInt(2)), false}} {
		assignment := &scalarMulCircuit{S: c.s, Out: twistededwards.Point{X: double.X, Y: double.Y}}
		err := test.IsSolved(new(scalarMulCircuit), assignment, field.Modulus(), split, product)
		if (err == nil) != c.want {
			t.Errorf("[%v]B = [2]B with forged hints: got %v, want accepted %v", c.s, err, c.want)
		}
	}
}
