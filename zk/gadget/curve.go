package gadget

import (
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/twistededwards"
	"github.com/consensys/gnark/frontend"

	"github.com/gero-chain/gero/zk/field"
)

// PointVar is a point of Jubjub in a circuit. Its coordinates mean a point only once AssertOnCurve, or a gadget of this file that
// returned it, has constrained them.
type PointVar struct{ X, Y frontend.Variable }

// AssignPoint returns the circuit's values for a point.
func AssignPoint(p field.Point) PointVar { return PointVar{X: p.X, Y: p.Y} }

var curveD = func() *big.Int {
	c := twistededwards.GetEdwardsCurve()
	return field.ToBig(c.D)
}()

// AssertOnCurve constrains -x^2 + y^2 = 1 + d*x^2*y^2, in four constraints. It says nothing about the order.
func AssertOnCurve(api frontend.API, p PointVar) {
	xx, yy := api.Mul(p.X, p.X), api.Mul(p.Y, p.Y)
	api.AssertIsEqual(api.Sub(yy, xx), api.Add(1, api.Mul(xx, yy, curveD)))
}

// AddPoints returns p+q for any two points on the curve, six constraints. Both must be constrained to the curve already.
//
// The two divisions are unchecked, and safe: they are constraints x*(1+e) = num and y*(1-e) = num with e = d*x1*x2*y1*y2, which leave the
// quotient free only where the divisor is 0. For points on the curve e is never 1 or -1, because -1 is a square in F and d is not
// (Bernstein and Lange, "Faster addition and doubling on elliptic curves", theorem 3.3, for a = 1, to which a square a is isomorphic).
// Hence there is exactly one solution, for equal points, opposite points and the identity as well.
func AddPoints(api frontend.API, p, q PointVar) PointVar {
	u := api.Mul(api.Add(p.X, p.Y), api.Add(q.X, q.Y)) // x1*x2 + x1*y2 + y1*x2 + y1*y2
	v0, v1 := api.Mul(p.X, q.Y), api.Mul(q.X, p.Y)
	e := api.Mul(v0, v1, curveD)
	cross := api.Add(v0, v1)
	return PointVar{
		X: api.DivUnchecked(cross, api.Add(1, e)),
		Y: api.DivUnchecked(api.Sub(u, cross), api.Sub(1, e)),
	}
}

const (
	windowBits = 3
	windowSize = 1 << windowBits
)

// FixedBase multiplies one constant point by scalars given as bits. It is immutable and safe for concurrent use.
type FixedBase struct {
	windows [][windowSize]field.Point // windows[i][j] = [j * 8^i]P
}

// NewFixedBase tabulates p, which must be on the curve, for scalars of up to the given number of bits.
func NewFixedBase(p field.Point, bits int) *FixedBase {
	f := &FixedBase{windows: make([][windowSize]field.Point, (bits+windowBits-1)/windowBits)}
	for i := range f.windows {
		f.windows[i][0] = field.Identity()
		for j := 1; j < windowSize; j++ {
			f.windows[i][j] = field.Add(f.windows[i][j-1], p)
		}
		p = field.Add(f.windows[i][windowSize-1], p)
	}
	return f
}

// Mul returns [sum bits[i]*2^i]P. It constrains the bits to be boolean, which costs nothing where they are so already; besides it takes nine
// constraints per three bits: three to choose among eight constants, six to add. It panics on more bits than were tabulated.
//
// No input is exceptional: a window's boolean bits choose one of eight constants that lie on the curve, so by induction every sum does,
// and AddPoints is complete.
func (f *FixedBase) Mul(api frontend.API, bits []frontend.Variable) PointVar {
	if len(bits) == 0 || len(bits) > windowBits*len(f.windows) {
		panic("more bits than the base was tabulated for")
	}
	var sum PointVar
	for i := 0; i*windowBits < len(bits); i++ {
		b := [windowBits]frontend.Variable{0, 0, 0}
		copy(b[:], bits[i*windowBits:])
		for _, bit := range b {
			api.AssertIsBoolean(bit)
		}
		w := choose(api, b, &f.windows[i])
		if i == 0 {
			sum = w
		} else {
			sum = AddPoints(api, sum, w)
		}
	}
	return sum
}

// choose returns table[b0 + 2*b1 + 4*b2]. A function of two bits is linear in 1, b0, b1 and b0*b1; the third bit chooses between two such.
func choose(api frontend.API, b [windowBits]frontend.Variable, table *[windowSize]field.Point) PointVar {
	b01 := api.Mul(b[0], b[1])
	coordinate := func(of func(*field.Point) field.Element) frontend.Variable {
		var c [windowSize]field.Element
		for j := range c {
			c[j] = of(&table[j])
		}
		low, high := bilinear(api, b, b01, c[:4]), bilinear(api, b, b01, c[4:])
		return api.Add(low, api.Mul(b[2], api.Sub(high, low)))
	}
	return PointVar{
		X: coordinate(func(p *field.Point) field.Element { return p.X }),
		Y: coordinate(func(p *field.Point) field.Element { return p.Y }),
	}
}

// bilinear returns c[b0 + 2*b1] as c0 + (c1-c0)*b0 + (c2-c0)*b1 + (c3-c2-c1+c0)*b0*b1, which is linear in what is given.
func bilinear(api frontend.API, b [windowBits]frontend.Variable, b01 frontend.Variable, c []field.Element) frontend.Variable {
	var d1, d2, d3 field.Element
	d1.Sub(&c[1], &c[0])
	d2.Sub(&c[2], &c[0])
	d3.Sub(&c[3], &c[2])
	d3.Sub(&d3, &d1)
	return api.Add(c[0], api.Mul(b[0], d1), api.Mul(b[1], d2), api.Mul(b01, d3))
}
