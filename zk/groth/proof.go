package groth

import (
	"errors"
	"fmt"

	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"

	"github.com/gero-chain/gero/types"
)

var (
	// ErrProofEncoding reports a proof whose bytes are not the one canonical encoding of three points of prime order.
	ErrProofEncoding = errors.New("proof encoding not canonical")
	// ErrProofInvalid reports a well-formed proof that does not prove its statement for the given public inputs.
	ErrProofInvalid = errors.New("proof does not verify")
)

// Sizes of compressed points in bytes, and where each of a proof's points begins.
const (
	g1Size = bls.SizeOfG1AffineCompressed
	g2Size = bls.SizeOfG2AffineCompressed

	bsStart  = g1Size
	krsStart = bsStart + g2Size
	proofLen = krsStart + g1Size
)

// The array length of types.Proof is this package's encoding; the conversion fails to compile if they ever differ.
var _ = [proofLen]byte(types.Proof{})

// The three top bits of a compressed point: compressed, infinity, y is the larger root. A proof's point is compressed and finite.
const (
	flagMask     byte = 0b111 << 5
	flagSmallest byte = 0b100 << 5
	flagLargest  byte = 0b101 << 5
	flagInfinity byte = 0b110 << 5
)

// points is a decoded proof. Its points lie in the prime-order subgroups and are not the identity.
type points struct {
	ar, krs bls.G1Affine
	bs      bls.G2Affine
}

// encode returns the canonical bytes of the proof.
func (p *points) encode() types.Proof {
	var out types.Proof
	ar, bs, krs := p.ar.Bytes(), p.bs.Bytes(), p.krs.Bytes()
	copy(out[:bsStart], ar[:])
	copy(out[bsStart:krsStart], bs[:])
	copy(out[krsStart:], krs[:])
	return out
}

// decode reads the three points of a proof. Every error wraps ErrProofEncoding.
func (p *points) decode(raw *types.Proof) error {
	if err := decodeG1(&p.ar, raw[:bsStart]); err != nil {
		return fmt.Errorf("%w: Ar: %w", ErrProofEncoding, err)
	}
	if err := decodeG2(&p.bs, raw[bsStart:krsStart]); err != nil {
		return fmt.Errorf("%w: Bs: %w", ErrProofEncoding, err)
	}
	if err := decodeG1(&p.krs, raw[krsStart:]); err != nil {
		return fmt.Errorf("%w: Krs: %w", ErrProofEncoding, err)
	}
	return nil
}

var errFlags = errors.New("point is not a compressed finite point")

// decodeG1 reads exactly one compressed, finite point of the prime-order subgroup of E(Fp). The flags are judged here, before the
// library sees the bytes, because it would accept infinity and, given more bytes, an uncompressed point.
func decodeG1(p *bls.G1Affine, raw []byte) error {
	if len(raw) != g1Size {
		return fmt.Errorf("point has %d bytes, want %d", len(raw), g1Size)
	}
	if f := raw[0] & flagMask; f != flagSmallest && f != flagLargest {
		return errFlags
	}
	// SetBytes refuses x >= p, an x that is on no point and a point outside the subgroup; the sign flag then fixes y.
	_, err := p.SetBytes(raw)
	return err
}

// decodeG2 is decodeG1 for the prime-order subgroup of the twist over Fp2.
func decodeG2(p *bls.G2Affine, raw []byte) error {
	if len(raw) != g2Size {
		return fmt.Errorf("point has %d bytes, want %d", len(raw), g2Size)
	}
	if f := raw[0] & flagMask; f != flagSmallest && f != flagLargest {
		return errFlags
	}
	_, err := p.SetBytes(raw)
	return err
}
