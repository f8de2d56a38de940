package groth

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
	groth16 "github.com/consensys/gnark/backend/groth16/bls12-381"
)

var (
	// ErrKeyHash reports a key whose SHA-256 differs from its pin: a damaged file or another build's key.
	ErrKeyHash = errors.New("key hash does not match its pin")
	// ErrKeyEncoding reports a key that is not in its canonical encoding although its hash matched: the pin itself is wrong.
	ErrKeyEncoding = errors.New("key encoding not canonical")
	// ErrUnboundPublic reports a statement with a public input that no constraint mentions. Such an input is not bound: a proof for one
	// value verifies with any other. Square it in the circuit.
	ErrUnboundPublic = errors.New("public input bound by no constraint")
)

// lines are the precomputed line functions of a fixed second argument of the pairing.
type lines = [2][len(bls.LoopCounter) - 1]bls.LineEvaluationAff

// VerifyingKey verifies the proofs of one statement. It is immutable and safe for concurrent use.
type VerifyingKey struct {
	hash  [32]byte
	alpha bls.G1Affine
	beta  bls.G2Affine
	gamma bls.G2Affine
	delta bls.G2Affine
	k     []bls.G1Affine // k[0] belongs to the constant one, k[i] to public input i

	alphaBeta                         bls.GT // e(alpha, beta), fully reduced
	betaLines, gammaLines, deltaLines lines
}

// NumPublic returns how many public inputs the statement has.
func (vk *VerifyingKey) NumPublic() int { return len(vk.k) - 1 }

// Hash returns the SHA-256 of the key's encoding: its pin, and the identity by which caches tell verifying keys apart.
func (vk *VerifyingKey) Hash() [32]byte { return vk.hash }

// The fixed part of an encoded verifying key: alpha (48), beta (96), gamma (96), delta (96), then a uint32 count.
const (
	vkHead       = g1Size + 3*g2Size + 4
	maxPublicIns = 4096
)

// LoadVerifyingKey reads a verifying key made by Setup after checking that its SHA-256 is pin. Every point is then decoded canonically
// and with subgroup checks, so that a wrong pin cannot introduce a malformed key. Errors wrap ErrKeyHash, ErrKeyEncoding or
// ErrUnboundPublic.
func LoadVerifyingKey(raw []byte, pin [32]byte) (*VerifyingKey, error) {
	if err := checkPin("verifying", raw, pin); err != nil {
		return nil, err
	}
	if len(raw) < vkHead {
		return nil, fmt.Errorf("verifying key: %w: %d bytes", ErrKeyEncoding, len(raw))
	}
	vk := &VerifyingKey{hash: pin}
	rest := raw
	next := func(n int) []byte {
		head := rest[:n]
		rest = rest[n:]
		return head
	}
	if err := decodeG1(&vk.alpha, next(g1Size)); err != nil {
		return nil, fmt.Errorf("verifying key: %w: alpha: %w", ErrKeyEncoding, err)
	}
	for _, p := range []*bls.G2Affine{&vk.beta, &vk.gamma, &vk.delta} {
		if err := decodeG2(p, next(g2Size)); err != nil {
			return nil, fmt.Errorf("verifying key: %w: beta, gamma or delta: %w", ErrKeyEncoding, err)
		}
	}
	count := binary.BigEndian.Uint32(next(4))
	if count == 0 || count > maxPublicIns+1 || len(rest) != int(count)*g1Size {
		return nil, fmt.Errorf("verifying key: %w: %d public points in %d bytes", ErrKeyEncoding, count, len(rest))
	}
	vk.k = make([]bls.G1Affine, count)
	for i := range vk.k {
		if err := decodePublicPoint(&vk.k[i], i, next(g1Size)); err != nil {
			return nil, fmt.Errorf("verifying key: public point %d: %w", i, err)
		}
	}
	return vk, vk.precompute()
}

// decodePublicPoint reads k[i]. Only k[0], the point of the constant one, may be the identity: a statement need not mention the
// constant, but an input whose point is the identity does not enter the verification equation at all.
func decodePublicPoint(p *bls.G1Affine, i int, raw []byte) error {
	if raw[0]&flagMask == flagInfinity {
		if i != 0 {
			return ErrUnboundPublic
		}
		if _, err := p.SetBytes(raw); err != nil {
			return fmt.Errorf("%w: %w", ErrKeyEncoding, err)
		}
		return nil
	}
	if err := decodeG1(p, raw); err != nil {
		return fmt.Errorf("%w: %w", ErrKeyEncoding, err)
	}
	return nil
}

// precompute fills what every verification shares.
func (vk *VerifyingKey) precompute() error {
	var err error
	if vk.alphaBeta, err = bls.Pair([]bls.G1Affine{vk.alpha}, []bls.G2Affine{vk.beta}); err != nil {
		return fmt.Errorf("verifying key: %w", err)
	}
	vk.betaLines = bls.PrecomputeLines(vk.beta)
	vk.gammaLines = bls.PrecomputeLines(vk.gamma)
	vk.deltaLines = bls.PrecomputeLines(vk.delta)
	return nil
}

// encodeVerifyingKey returns the canonical encoding of gnark's key.
func encodeVerifyingKey(g *groth16.VerifyingKey) []byte {
	out := make([]byte, 0, vkHead+len(g.G1.K)*g1Size)
	g1 := func(p *bls.G1Affine) { b := p.Bytes(); out = append(out, b[:]...) }
	g2 := func(p *bls.G2Affine) { b := p.Bytes(); out = append(out, b[:]...) }
	g1(&g.G1.Alpha)
	g2(&g.G2.Beta)
	g2(&g.G2.Gamma)
	g2(&g.G2.Delta)
	out = binary.BigEndian.AppendUint32(out, uint32(len(g.G1.K)))
	for i := range g.G1.K {
		g1(&g.G1.K[i])
	}
	return out
}

// ProvingKey proves one statement. It holds some hundred bytes per constraint, is immutable and safe for concurrent use.
type ProvingKey struct {
	hash [32]byte
	key  groth16.ProvingKey
}

// Hash returns the SHA-256 of the key's file.
func (pk *ProvingKey) Hash() [32]byte { return pk.hash }

// LoadProvingKey reads a proving key made by Setup after checking that its SHA-256 is pin. The points are taken unchecked, which needs
// some 25 ms where a checked reading of a large key takes seconds: the pin already says that they are those of the set-up. Errors wrap
// ErrKeyHash or ErrKeyEncoding.
func LoadProvingKey(raw []byte, pin [32]byte) (pk *ProvingKey, err error) {
	if err := checkPin("proving", raw, pin); err != nil {
		return nil, err
	}
	// gnark's reader trusts lengths inside the file. Only pinned bytes arrive here, so a panic means a wrong pin, which must read as
	// an error at start-up.
	defer func() {
		if r := recover(); r != nil {
			pk, err = nil, fmt.Errorf("proving key: %w: %v", ErrKeyEncoding, r)
		}
	}()
	pk = &ProvingKey{hash: pin}
	n, err := pk.key.UnsafeReadFrom(bytes.NewReader(raw))
	if err != nil {
		return nil, fmt.Errorf("proving key: %w: %w", ErrKeyEncoding, err)
	}
	if n != int64(len(raw)) {
		return nil, fmt.Errorf("proving key: %w: %d bytes after the key", ErrKeyEncoding, int64(len(raw))-n)
	}
	return pk, nil
}

func checkPin(kind string, raw []byte, pin [32]byte) error {
	if got := sha256.Sum256(raw); got != pin {
		return fmt.Errorf("%s key: %w: got %x, want %x", kind, ErrKeyHash, got, pin)
	}
	return nil
}
