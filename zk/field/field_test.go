package field

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"math/big"
	"os"
	"testing"

	"github.com/gero-chain/gero/types"
)

var update = flag.Bool("update", false, "rewrite golden files")

// The moduli and the curve coefficient are repeated here, not imported, as every consensus constant of a test.
var (
	wantR, _ = new(big.Int).SetString("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001", 16)
	wantL, _ = new(big.Int).SetString("e7db4ea6533afa906673b0101343b00a6682093ccc81082d0970e5ed6f72cb7", 16)
	wantD, _ = new(big.Int).SetString("2a9318e74bfa2b48f5fd9207e6bd7fd4292d7f6d37579d2601065fd6d6343eb1", 16)
)

func bytes32(t *testing.T, n *big.Int) [32]byte {
	t.Helper()
	var b [32]byte
	if n.BitLen() > 256 {
		t.Fatalf("%v has more than 256 bits", n)
	}
	n.FillBytes(b[:])
	return b
}

func TestConstants(t *testing.T) {
	if Modulus().Cmp(wantR) != 0 || Order().Cmp(wantL) != 0 || ToBig(curve.D).Cmp(wantD) != 0 {
		t.Fatalf("got r=%x l=%x d=%x", Modulus(), Order(), ToBig(curve.D))
	}
	minus1 := new(big.Int).Sub(wantR, big.NewInt(1))
	if big.Jacobi(minus1, wantR) != 1 || big.Jacobi(wantD, wantR) != -1 {
		t.Fatal("-1 must be a square and d none, or the addition law is not complete")
	}
}

func TestElementRefusesAliases(t *testing.T) {
	for _, n := range []*big.Int{big.NewInt(0), big.NewInt(1), new(big.Int).Sub(wantR, big.NewInt(1))} {
		e, err := DecodeElement(bytes32(t, n))
		if err != nil || EncodeElement(e) != bytes32(t, n) || ToBig(e).Cmp(n) != 0 {
			t.Errorf("%x: got %v, %v", n, e, err)
		}
		alias := new(big.Int).Add(n, wantR)
		if alias.BitLen() <= 256 {
			if _, err := DecodeElement(bytes32(t, alias)); !errors.Is(err, ErrNotCanonical) {
				t.Errorf("%x + r: got %v, want %v", n, err, ErrNotCanonical)
			}
		}
	}
	var all [32]byte
	for i := range all {
		all[i] = 0xff
	}
	if _, err := DecodeElement(all); !errors.Is(err, ErrNotCanonical) {
		t.Errorf("2^256-1: got %v", err)
	}
	if Trunc31(all) != Trunc31([32]byte(append(all[:31:31], 0))) || ToBig(Trunc31(all)).BitLen() != 248 {
		t.Error("trunc31 must keep exactly the first 31 bytes")
	}
}

func TestScalarRange(t *testing.T) {
	last := new(big.Int).Sub(wantL, big.NewInt(1))
	if s, err := DecodeScalar(bytes32(t, last)); err != nil || s.Cmp(last) != 0 || EncodeScalar(s) != bytes32(t, last) {
		t.Errorf("l-1: got %v, %v", s, err)
	}
	if _, err := DecodeScalar(bytes32(t, wantL)); !errors.Is(err, ErrNotCanonical) {
		t.Errorf("l: got %v", err)
	}
}

func TestAmounts(t *testing.T) {
	limit := new(big.Int).Lsh(big.NewInt(1), 128)
	max, err := types.AmountFromBig(new(big.Int).Sub(limit, big.NewInt(1)))
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := ToAmount(FromAmount(max)); !ok || got != max {
		t.Errorf("2^128-1: got %v, %v", got, ok)
	}
	e := FromAmount(max)
	one := FromUint64(1)
	e.Add(&e, &one)
	if _, ok := ToAmount(e); ok {
		t.Error("2^128 is no amount")
	}
}

// torsion returns a point of order 8: [l]Q for the first suitable Q.
func torsion(t *testing.T) Point {
	t.Helper()
	for i := uint64(2); i < 200; i++ {
		y := FromUint64(i)
		q, err := DecodePoint(y.Bytes())
		if err != nil {
			continue
		}
		p := Mul(q, wantL)
		if four := Mul(p, big.NewInt(4)); !four.IsZero() {
			return p
		}
	}
	t.Fatal("no point of order 8 found")
	return Point{}
}

func TestPoints(t *testing.T) {
	for _, p := range []Point{BaseB(), BaseV(), BaseW(), Identity(), torsion(t), Mul(BaseB(), big.NewInt(12345))} {
		for range 2 {
			got, err := DecodePoint(EncodePoint(p))
			if err != nil || got != p || CheckOnCurve(got) != nil {
				t.Fatalf("round trip of %v: got %v, %v", p, got, err)
			}
			p.Neg(&p)
		}
	}
	if enc := EncodePoint(BaseB()); uint(enc[0]>>7) != ToBig(BaseB().X).Bit(0) {
		t.Error("top bit is not the parity of x")
	}
}

func TestPointRefusals(t *testing.T) {
	one := FromUint64(1)
	negativeZero := one.Bytes()
	negativeZero[0] |= 0x80
	var minusOne Element
	minusOne.Neg(&one)
	minusZero := minusOne.Bytes()
	minusZero[0] |= 0x80
	cases := []struct {
		name string
		in   [32]byte
		want error
	}{
		{"negative zero at y=1", negativeZero, ErrNotCanonical},
		{"negative zero at y=-1", minusZero, ErrNotCanonical},
		{"y = r", bytes32(t, wantR), ErrNotCanonical},
		{"y = r+1", bytes32(t, new(big.Int).Add(wantR, big.NewInt(1))), ErrNotCanonical},
	}
	for _, c := range cases {
		if _, err := DecodePoint(c.in); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
	}
	off := 0
	for i := uint64(2); i < 100; i++ {
		y := FromUint64(i)
		if _, err := DecodePoint(y.Bytes()); errors.Is(err, ErrNotOnCurve) {
			off++
		}
	}
	if off < 30 || off > 70 {
		t.Errorf("%d of 98 small y are off the curve, want about half", off)
	}
	if CheckOnCurve(Point{}) == nil {
		t.Error("(0, 0) is no point")
	}
}

func TestCheckOrder(t *testing.T) {
	tor := torsion(t)
	for k := int64(0); k < 8; k++ {
		low := Mul(tor, big.NewInt(k))
		if err := CheckOrder(low); !errors.Is(err, ErrOrder) {
			t.Errorf("[%d]T: got %v, want %v", k, err, ErrOrder)
		}
		mixed := Add(BaseB(), low)
		if got := CheckOrder(mixed); (got == nil) != (k == 0) {
			t.Errorf("B+[%d]T: got %v", k, got)
		}
		if mixed.IsInSubGroup() != (k == 0) {
			t.Errorf("B+[%d]T: the library's own subgroup test disagrees", k)
		}
	}
	var buf [32]byte
	rand.Read(buf[:])
	s := new(big.Int).SetBytes(buf[:])
	if err := CheckOrder(Mul(BaseV(), s)); err != nil {
		t.Errorf("[%x]V: %v", s, err)
	}
}

// TestBasesVectors holds the three bases to the published file, so that neither a library's generator nor our search can move them.
func TestBasesVectors(t *testing.T) {
	type base struct{ Name, X, Y, Encoding string }
	var got []base
	for _, b := range []struct {
		name string
		p    Point
	}{{"gero jubjub B", BaseB()}, {"gero jubjub V", BaseV()}, {"gero jubjub W", BaseW()}} {
		if err := CheckOrder(b.p); err != nil {
			t.Fatalf("%s: %v", b.name, err)
		}
		enc := EncodePoint(b.p)
		got = append(got, base{b.name, ToBig(b.p.X).Text(16), ToBig(b.p.Y).Text(16), hex.EncodeToString(enc[:])})
	}
	const file = "testdata/bases.json"
	if *update {
		out, _ := json.MarshalIndent(got, "", "  ")
		if err := os.WriteFile(file, append(out, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var want []base
	if err := json.Unmarshal(raw, &want); err != nil || len(want) != len(got) {
		t.Fatalf("%s: %v, %d bases", file, err, len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}
}

func FuzzDecode(f *testing.F) {
	p := EncodePoint(BaseB())
	f.Add(p[:])
	f.Add(make([]byte, 32))
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) != 32 {
			return
		}
		b := [32]byte(in)
		if e, err := DecodeElement(b); err == nil && EncodeElement(e) != b {
			t.Errorf("element %x has two encodings", b)
		}
		if q, err := DecodePoint(b); err == nil && (EncodePoint(q) != b || CheckOnCurve(q) != nil) {
			t.Errorf("point %x has two encodings", b)
		}
		if s, err := DecodeScalar(b); err == nil && EncodeScalar(s) != b {
			t.Errorf("scalar %x has two encodings", b)
		}
	})
}

func BenchmarkCheckOrder(b *testing.B) {
	p := BaseB()
	for b.Loop() {
		if CheckOrder(p) != nil {
			b.Fatal("B refused")
		}
	}
}

func BenchmarkDecodePoint(b *testing.B) {
	p := EncodePoint(BaseB())
	for b.Loop() {
		if _, err := DecodePoint(p); err != nil {
			b.Fatal(err)
		}
	}
}
