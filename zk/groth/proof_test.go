package groth

import (
	"encoding/hex"
	"math/big"
	"testing"

	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fp"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"

	"github.com/gero-chain/gero/types"
)

// TestGeneratorEncoding holds the point encoding against the published compressed generators of the curve.
func TestGeneratorEncoding(t *testing.T) {
	const (
		g1Hex = "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
		g2Hex = "93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e" +
			"024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
	)
	_, _, g1, g2 := bls.Generators()
	p := points{ar: g1, bs: g2, krs: g1}
	raw := p.encode()
	if got := hex.EncodeToString(raw[:]); got != g1Hex+g2Hex+g1Hex {
		t.Fatalf("got %s, want %s", got, g1Hex+g2Hex+g1Hex)
	}
	var q points
	if err := q.decode(&raw); err != nil {
		t.Fatal(err)
	}
	if q != p {
		t.Fatalf("got %v, want %v", q, p)
	}
}

func TestEveryBitFlipRefused(t *testing.T) {
	it := cubics(t, 1)[0]
	for i := range it.Proof {
		for bit := range 8 {
			flipped := it.Proof
			flipped[i] ^= 1 << bit
			if err := it.VK.Verify(flipped, it.Public); err == nil {
				t.Errorf("proof with bit %d of byte %d flipped verifies", bit, i)
			}
		}
	}
}

// torsionG1 returns a point of the curve outside the prime-order subgroup.
func torsionG1(t *testing.T) bls.G1Affine {
	t.Helper()
	var f fp.Element
	j := bls.GeneratePointNotInG1(*f.SetUint64(7))
	var p bls.G1Affine
	p.FromJacobian(&j)
	if !p.IsOnCurve() || p.IsInSubGroup() {
		t.Fatal("point is not of the kind wanted")
	}
	return p
}

// torsionG2 returns a point of the twist outside the prime-order subgroup.
func torsionG2(t *testing.T) bls.G2Affine {
	t.Helper()
	var f bls.E2
	f.A0.SetUint64(7)
	j := bls.GeneratePointNotInG2(f)
	var p bls.G2Affine
	p.FromJacobian(&j)
	if !p.IsOnCurve() || p.IsInSubGroup() {
		t.Fatal("point is not of the kind wanted")
	}
	return p
}

// TestMalformedRefused takes a valid proof and replaces one point by each form that is not its canonical encoding.
func TestMalformedRefused(t *testing.T) {
	it := cubics(t, 1)[0]
	var valid points
	if err := valid.decode(&it.Proof); err != nil {
		t.Fatal(err)
	}
	outside1, outside2 := torsionG1(t), torsionG2(t)
	var shifted1 bls.G1Affine // a valid point plus torsion: right up to the cofactor
	cleared := bls.G1Affine{}
	cleared.ScalarMultiplication(&outside1, fr.Modulus())
	shifted1.Add(&valid.ar, &cleared)
	var shifted2, cleared2 bls.G2Affine
	cleared2.ScalarMultiplication(&outside2, fr.Modulus())
	shifted2.Add(&valid.bs, &cleared2)

	// Points whose first coordinate plus p still fits in 381 bits.
	_, _, small1, small2 := bls.Generators()
	for g := small1; !fitsPlusP(small1.X); {
		small1.Add(&small1, &g)
	}
	for g := small2; !fitsPlusP(small2.X.A1); {
		small2.Add(&small2, &g)
	}

	c1 := func(p bls.G1Affine) []byte { b := p.Bytes(); return b[:] }
	c2 := func(p bls.G2Affine) []byte { b := p.Bytes(); return b[:] }
	u1 := func(p bls.G1Affine) []byte { b := p.RawBytes(); return b[:g1Size] }
	u2 := func(p bls.G2Affine) []byte { b := p.RawBytes(); return b[:g2Size] }
	flags := func(b []byte, f byte) []byte { b[0] = b[0]&^flagMask | f; return b }
	// plusP adds p to the coordinate in the first 48 bytes, keeping the flags: a decoder that reduces would accept it.
	plusP := func(b []byte) []byte {
		f := b[0] & flagMask
		x := new(big.Int).SetBytes(append([]byte{b[0] &^ flagMask}, b[1:g1Size]...))
		if x.Add(x, fp.Modulus()).BitLen() > 381 {
			t.Fatal("the coordinate plus p does not fit the encoding")
		}
		x.FillBytes(b[:g1Size])
		b[0] |= f
		return b
	}
	all := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = 0xff
		}
		return b
	}

	cases := map[string][]byte{
		"infinity":             flags(make([]byte, g1Size), flagInfinity),
		"infinity with junk":   flags(append(make([]byte, g1Size-1), 1), flagInfinity),
		"uncompressed":         u1(valid.ar),
		"uncompressed inf":     flags(make([]byte, g1Size), 0b010<<5),
		"flags 001":            flags(c1(valid.ar), 0b001<<5),
		"flags 011":            flags(c1(valid.ar), 0b011<<5),
		"flags 111":            flags(c1(valid.ar), 0b111<<5),
		"all zero":             make([]byte, g1Size),
		"all ones":             flags(all(g1Size), flagSmallest),
		"outside the subgroup": c1(outside1),
		"torsion added":        c1(shifted1),
		"torsion only":         c1(cleared),
		"order three":          flags(make([]byte, g1Size), flagSmallest), // x = 0, y = 2
		"x = p":                flags(fp.Modulus().FillBytes(make([]byte, g1Size)), flagSmallest),
		"x + p":                plusP(c1(small1)),
		"x on no point":        offCurveG1(t),
	}
	for name, bad := range cases {
		for at, start := range map[string]int{"Ar": 0, "Krs": krsStart} {
			proof := it.Proof
			copy(proof[start:start+g1Size], bad)
			t.Run(at+" "+name, func(t *testing.T) { wantErr(t, it.VK.Verify(proof, it.Public), ErrProofEncoding) })
		}
	}
	cases2 := map[string][]byte{
		"infinity":             flags(make([]byte, g2Size), flagInfinity),
		"infinity with junk":   flags(append(make([]byte, g2Size-1), 1), flagInfinity),
		"uncompressed":         u2(valid.bs),
		"uncompressed inf":     flags(make([]byte, g2Size), 0b010<<5),
		"flags 001":            flags(c2(valid.bs), 0b001<<5),
		"flags 011":            flags(c2(valid.bs), 0b011<<5),
		"flags 111":            flags(c2(valid.bs), 0b111<<5),
		"all zero":             make([]byte, g2Size),
		"outside the subgroup": c2(outside2),
		"torsion added":        c2(shifted2),
		"torsion only":         c2(cleared2),
		"imaginary + p":        plusP(c2(small2)),
		"real = p":             append(c2(valid.bs)[:g1Size:g1Size], fp.Modulus().FillBytes(make([]byte, g1Size))...),
		"flags in the middle": append(c2(valid.bs)[:g1Size:g1Size],
			flags(append([]byte(nil), c2(valid.bs)[g1Size:]...), flagSmallest)...),
	}
	for name, bad := range cases2 {
		proof := it.Proof
		copy(proof[bsStart:krsStart], bad)
		t.Run("Bs "+name, func(t *testing.T) { wantErr(t, it.VK.Verify(proof, it.Public), ErrProofEncoding) })
	}
}

func fitsPlusP(x fp.Element) bool {
	n := x.BigInt(new(big.Int))
	return n.Add(n, fp.Modulus()).BitLen() <= 381
}

// offCurveG1 returns an otherwise canonical encoding whose x belongs to no point.
func offCurveG1(t *testing.T) []byte {
	t.Helper()
	for x := uint64(1); ; x++ {
		var fx, y2, four fp.Element
		fx.SetUint64(x)
		four.SetUint64(4)
		y2.Square(&fx).Mul(&y2, &fx).Add(&y2, &four)
		if y2.Legendre() == -1 {
			b := fx.Bytes()
			b[0] |= flagSmallest
			return b[:]
		}
	}
}

// TestMalleatedRefused takes a valid proof apart: canonical points in the wrong places or with the wrong sign.
func TestMalleatedRefused(t *testing.T) {
	it := cubics(t, 1)[0]
	var v points
	if err := v.decode(&it.Proof); err != nil {
		t.Fatal(err)
	}
	_, _, g1, g2 := bls.Generators()
	for name, change := range map[string]func(*points){
		"Ar negated":         func(p *points) { p.ar.Neg(&p.ar) },
		"Bs negated":         func(p *points) { p.bs.Neg(&p.bs) },
		"Krs negated":        func(p *points) { p.krs.Neg(&p.krs) },
		"Ar, Krs negated":    func(p *points) { p.ar.Neg(&p.ar); p.krs.Neg(&p.krs) },
		"all negated":        func(p *points) { p.ar.Neg(&p.ar); p.bs.Neg(&p.bs); p.krs.Neg(&p.krs) },
		"Ar, Krs exchanged":  func(p *points) { p.ar, p.krs = p.krs, p.ar },
		"Ar plus generator":  func(p *points) { p.ar.Add(&p.ar, &g1) },
		"Bs plus generator":  func(p *points) { p.bs.Add(&p.bs, &g2) },
		"Krs plus generator": func(p *points) { p.krs.Add(&p.krs, &g1) },
	} {
		p := v
		change(&p)
		t.Run(name, func(t *testing.T) { wantErr(t, it.VK.Verify(p.encode(), it.Public), ErrProofInvalid) })
	}
	// Flipping the sign flag is the same as negating, and must not be a second encoding of the same point.
	signed := it.Proof
	signed[0] ^= flagSmallest ^ flagLargest
	wantErr(t, it.VK.Verify(signed, it.Public), ErrProofInvalid)
}

// TestProofsAreMalleable states the limit that Groth16 itself sets: anyone can turn a proof into another proof of the same statement.
// Nothing may therefore be identified by its proof; transaction ids leave proofs out, and caches are keyed by all bytes.
func TestProofsAreMalleable(t *testing.T) {
	it := cubics(t, 1)[0]
	var p points
	if err := p.decode(&it.Proof); err != nil {
		t.Fatal(err)
	}
	var s, inv fr.Element
	s.SetUint64(12345)
	inv.Inverse(&s)
	var bs, bi big.Int
	p.ar.ScalarMultiplication(&p.ar, s.BigInt(&bs))
	p.bs.ScalarMultiplication(&p.bs, inv.BigInt(&bi))
	other := p.encode()
	if other == it.Proof {
		t.Fatal("the proof did not change")
	}
	if err := it.VK.Verify(other, it.Public); err != nil {
		t.Fatalf("rerandomised proof: %v", err)
	}
}

// FuzzProofDecode checks that decoding never panics and that whatever decodes has exactly one encoding.
func FuzzProofDecode(f *testing.F) {
	_, _, g1, g2 := bls.Generators()
	p := points{ar: g1, bs: g2, krs: g1}
	valid := p.encode()
	f.Add(valid[:])
	f.Add(make([]byte, proofLen))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) != proofLen {
			return
		}
		proof := types.Proof(raw)
		var p points
		if p.decode(&proof) != nil {
			return
		}
		if got := p.encode(); got != proof {
			t.Fatalf("decoded %x, encodes as %x", proof, got)
		}
		if p.ar.IsInfinity() || p.bs.IsInfinity() || p.krs.IsInfinity() {
			t.Fatalf("%x decodes to infinity", proof)
		}
	})
}
