package field

import (
	"errors"
	"math/big"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/twistededwards"

	"github.com/gero-chain/gero/types"
)

// Point is a point of Jubjub in affine coordinates. The identity is (0, 1), which is not Go's zero value.
type Point = twistededwards.PointAffine

// Errors of points.
var (
	// ErrNotOnCurve reports coordinates that satisfy no point of Jubjub.
	ErrNotOnCurve = errors.New("point not on the curve")
	// ErrOrder reports the identity or a point outside the subgroup of prime order.
	ErrOrder = errors.New("point not of prime order")
)

const parityBit = 0x80

// curve holds the parameters of Jubjub; it is never written after initialisation.
var curve = twistededwards.GetEdwardsCurve()

// Order returns l, the prime order of Jubjub's subgroup, a new integer on every call.
func Order() *big.Int { return new(big.Int).Set(&curve.Order) }

// Identity returns (0, 1).
func Identity() Point {
	var p Point
	p.Y.SetOne()
	return p
}

// DecodePoint reads y big-endian with the parity of x in the top bit. It returns ErrNotCanonical when y is not below r or when x is 0
// and the bit is set, and ErrNotOnCurve when no x belongs to y. It does not check the order: see CheckOrder.
func DecodePoint(b [Size]byte) (Point, error) {
	odd := b[0]&parityBit != 0
	b[0] &^= parityBit
	y, err := DecodeElement(b)
	if err != nil {
		return Point{}, err
	}
	x, ok := recoverX(y)
	if !ok {
		return Point{}, ErrNotOnCurve
	}
	if x.IsZero() && odd {
		return Point{}, ErrNotCanonical
	}
	if isOdd(x) != odd {
		x.Neg(&x)
	}
	return Point{X: x, Y: y}, nil
}

// recoverX returns one x with -x^2 + y^2 = 1 + d*x^2*y^2, that is x^2 = (y^2-1)/(1+d*y^2). The denominator is never 0, since -1 is a
// square in F and d is not.
func recoverX(y Element) (Element, bool) {
	var one, y2, num, den Element
	one.SetOne()
	y2.Square(&y)
	num.Sub(&y2, &one)
	den.Mul(&y2, &curve.D).Add(&den, &one)
	num.Div(&num, &den)
	var x Element
	if x.Sqrt(&num) == nil {
		return Element{}, false
	}
	return x, true
}

// EncodePoint returns the one encoding of p, which must be on the curve.
func EncodePoint(p Point) [Size]byte {
	b := p.Y.Bytes()
	if isOdd(p.X) {
		b[0] |= parityBit
	}
	return b
}

func isOdd(e Element) bool {
	b := e.Bytes()
	return b[Size-1]&1 == 1
}

// CheckOnCurve returns ErrNotOnCurve unless p's coordinates satisfy Jubjub's equation.
func CheckOnCurve(p Point) error {
	if !p.IsOnCurve() {
		return ErrNotOnCurve
	}
	return nil
}

// CheckOrder returns ErrOrder unless p lies in the subgroup of prime order and is not the identity. p must be on the curve. It computes
// [l]p with complete formulas, about 45 microseconds.
func CheckOrder(p Point) error {
	var q Point
	if p.IsZero() || !q.ScalarMultiplication(&p, &curve.Order).IsZero() {
		return ErrOrder
	}
	return nil
}

// DecodeScalar reads a big-endian integer below l, or returns ErrNotCanonical.
func DecodeScalar(b [Size]byte) (*big.Int, error) {
	s := new(big.Int).SetBytes(b[:])
	if s.Cmp(&curve.Order) >= 0 {
		return nil, ErrNotCanonical
	}
	return s, nil
}

// EncodeScalar returns the 32 big-endian bytes of s, which must lie in 0..l-1.
func EncodeScalar(s *big.Int) [Size]byte {
	var b [Size]byte
	s.FillBytes(b[:])
	return b
}

// Mul returns [s]p for any integer s and any p on the curve.
func Mul(p Point, s *big.Int) Point {
	var q Point
	q.ScalarMultiplication(&p, s)
	return q
}

// Add returns p+q for any points on the curve.
func Add(p, q Point) Point {
	var s Point
	s.Add(&p, &q)
	return s
}

// labelBase is the BLAKE2b key of the search for base points.
const labelBase = "base"

// Names of the base points; their relation to one another is unknown because each is the output of a hash.
const (
	nameB = "gero jubjub B"
	nameV = "gero jubjub V"
	nameW = "gero jubjub W"
)

var (
	baseB = sync.OnceValue(func() Point { return hashToCurve(nameB) })
	baseV = sync.OnceValue(func() Point { return hashToCurve(nameV) })
	baseW = sync.OnceValue(func() Point { return hashToCurve(nameW) })
)

// BaseB returns B, the base of spend keys and signatures.
func BaseB() Point { return baseB() }

// BaseV returns V, the base of the value in Ped(v;s) = [v]V + [s]W.
func BaseV() Point { return baseV() }

// BaseW returns W, the base of the blinding in Ped(v;s).
func BaseW() Point { return baseW() }

// hashToCurve returns [8]Q for the first counter 0, 1, 2, ... whose hash decodes to a point Q with [8]Q not the identity.
func hashToCurve(name string) Point {
	for ctr := 0; ctr < 256; ctr++ {
		q, err := DecodePoint(types.Blake2b(labelBase, []byte(name), []byte{byte(ctr)}))
		if err != nil {
			continue
		}
		if p := Mul(q, big.NewInt(8)); !p.IsZero() {
			return p
		}
	}
	panic("no base point for " + name) // the three names are constants and a test pins their points
}
