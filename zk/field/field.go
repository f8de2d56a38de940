// Package field is the only door through which bytes become field elements, curve points and scalars: canonical, or an error.
//
// F is the scalar field of BLS12-381, of order r. The embedded curve is Jubjub, -x^2 + y^2 = 1 + d*x^2*y^2 over F, with a subgroup of
// prime order l and cofactor 8. The encodings are specified in docs/protocol/primitives.md. Nothing here is constant-time.
package field

import (
	"encoding/binary"
	"errors"
	"math/big"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"

	"github.com/gero-chain/gero/types"
)

// Element is a member of F.
type Element = fr.Element

// Size is the length of every encoding of this package in bytes.
const Size = 32

// ErrNotCanonical reports bytes that are not the one encoding of any value: an integer not below its modulus, or a point of x = 0 with
// its parity bit set.
var ErrNotCanonical = errors.New("encoding not canonical")

// DecodeElement reads a big-endian integer below r, or returns ErrNotCanonical. It never reduces: x and x+r must not name one element.
func DecodeElement(b [Size]byte) (Element, error) {
	var e Element
	if err := e.SetBytesCanonical(b[:]); err != nil {
		return Element{}, ErrNotCanonical
	}
	return e, nil
}

// EncodeElement returns the 32 big-endian bytes of e.
func EncodeElement(e Element) [Size]byte { return e.Bytes() }

// FromUint64 returns n as an element.
func FromUint64(n uint64) Element {
	var e Element
	e.SetUint64(n)
	return e
}

// FromAmount returns a as an element; an amount has 128 bits and needs no reduction.
func FromAmount(a types.Amount) Element { return FromAmountBytes(a.Bytes()) }

// FromAmountBytes returns 16 big-endian bytes as an element. Diversifiers, too, enter F this way.
func FromAmountBytes(b [16]byte) Element {
	var e Element
	e.SetBytes(b[:])
	return e
}

// ToAmount returns e as an amount and whether it is below 2^128.
func ToAmount(e Element) (types.Amount, bool) {
	b := e.Bytes()
	if binary.BigEndian.Uint64(b[:8])|binary.BigEndian.Uint64(b[8:16]) != 0 {
		return types.Amount{}, false
	}
	return types.AmountFromBytes([16]byte(b[16:])), true
}

// Trunc31 returns the first 31 bytes of b, big-endian, as an element. 248 bits are below r for every b, so a hash enters F without
// a reduction that would give it two preimages.
func Trunc31(b [Size]byte) Element {
	var e Element
	e.SetBytes(b[:31])
	return e
}

// ToBig returns e as an integer in 0..r-1.
func ToBig(e Element) *big.Int { return e.BigInt(new(big.Int)) }

// Modulus returns r, a new integer on every call.
func Modulus() *big.Int { return fr.Modulus() }
