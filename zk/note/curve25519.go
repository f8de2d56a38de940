package note

import (
	"crypto/ecdh"
	"encoding/binary"
	"errors"
	"math/big"
	"slices"
)

// curvePrime is 2^255 - 19, the field of Curve25519, and curveA the coefficient of v^2 = u^3 + A*u^2 + u.
var (
	curvePrime = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	curveA     = big.NewInt(486662)
)

// errLowOrder reports a point that X25519 maps to zero whatever the scalar: whoever sent it does not want a secret shared.
var errLowOrder = errors.New("curve25519 point of low order")

// clamp brings a scalar into the one form of RFC 7748, so that equal scalars have equal bytes.
func clamp(s [32]byte) [32]byte {
	s[0] &= 248
	s[31] &= 127
	s[31] |= 64
	return s
}

// scalarKey readies a scalar for X25519.
func scalarKey(s [32]byte) *ecdh.PrivateKey {
	k, err := ecdh.X25519().NewPrivateKey(s[:])
	if err != nil {
		panic("x25519 refused a 32-byte scalar: " + err.Error()) // it refuses other lengths only
	}
	return k
}

// x25519 returns the u-coordinate of k times the point u, or errLowOrder.
func x25519(k *ecdh.PrivateKey, u [32]byte) ([32]byte, error) {
	pub, err := ecdh.X25519().NewPublicKey(u[:])
	if err != nil {
		panic("x25519 refused a 32-byte point: " + err.Error()) // it refuses other lengths only
	}
	shared, err := k.ECDH(pub)
	if err != nil {
		return [32]byte{}, errLowOrder
	}
	return [32]byte(shared), nil
}

// onCurve reports whether 32 little-endian bytes are a canonical u-coordinate of a point of Curve25519 itself, not of its twist.
func onCurve(u [32]byte) bool {
	slices.Reverse(u[:])
	x := new(big.Int).SetBytes(u[:])
	if x.Cmp(curvePrime) >= 0 {
		return false
	}
	// u*(u*(u+A)+1) is a nonzero square exactly for the points of the curve with v != 0; v = 0 only at u = 0, which has order two.
	rhs := new(big.Int).Add(x, curveA)
	rhs.Mul(rhs, x).Add(rhs, big.NewInt(1)).Mul(rhs, x).Mod(rhs, curvePrime)
	return big.Jacobi(rhs, curvePrime) == 1
}

// diversifiedBase returns G_d, the point in which payments to the diversifier d have their ephemeral keys: the first
// u = BLAKE2b("G", d, ctr) mod 2^255 with u < p on the curve, ctr being four bytes from 0. On the twist the ephemeral key of every
// output would tell one bit of its payee.
func diversifiedBase(d Diversifier) [32]byte {
	for ctr := uint32(0); ; ctr++ {
		u := blake256(labelBase, d[:], binary.BigEndian.AppendUint32(nil, ctr))
		u[31] &= 127
		if onCurve(u) {
			return u
		}
	}
}
