package schnorr

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	mrand "math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/blake2b"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// wantOrder is l, repeated here rather than imported.
var wantOrder, _ = new(big.Int).SetString("e7db4ea6533afa906673b0101343b00a6682093ccc81082d0970e5ed6f72cb7", 16)

// testKey returns a key that depends on n only.
func testKey(t testing.TB, n uint64) SecretKey {
	t.Helper()
	h := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("key"), n))
	s := new(big.Int).SetBytes(h[:])
	sk, err := NewSecretKey(s.Mod(s, wantOrder))
	if err != nil {
		t.Fatal(err)
	}
	return sk
}

func testMsg(n uint64) [32]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint64([]byte("msg"), n))
}

func sign(t testing.TB, tag Tag, sk SecretKey, msg [32]byte) types.Signature {
	t.Helper()
	sig, err := Sign(tag, sk, msg, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return sig
}

func wantErr(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("got error %v, want %v", got, want)
	}
}

// torsionPoint returns a point of order 8.
func torsionPoint(t testing.TB) field.Point {
	t.Helper()
	for y := uint64(2); ; y++ {
		q, err := field.DecodePoint(field.EncodeElement(field.FromUint64(y)))
		if err != nil {
			continue
		}
		p := field.Mul(q, wantOrder)
		if four := field.Mul(p, big.NewInt(4)); !four.IsZero() {
			return p
		}
	}
}

func TestSignVerify(t *testing.T) {
	for n := range uint64(20) {
		sk, msg := testKey(t, n), testMsg(n)
		for _, tag := range []Tag{TagSpend, TagCaller} {
			sig := sign(t, tag, sk, msg)
			if err := Verify(tag, sk.Public(), msg, sig); err != nil {
				t.Fatal(err)
			}
			wantErr(t, Verify(1-tag, sk.Public(), msg, sig), ErrSignature)
			wantErr(t, Verify(tag, sk.Public(), testMsg(n+1), sig), ErrSignature)
			wantErr(t, Verify(tag, testKey(t, n+1).Public(), msg, sig), ErrSignature)
		}
	}
}

func TestEveryBitFlipRefused(t *testing.T) {
	sk, msg := testKey(t, 1), testMsg(1)
	sig := sign(t, TagSpend, sk, msg)
	for i := range sig {
		for bit := range 8 {
			flipped := sig
			flipped[i] ^= 1 << bit
			if Verify(TagSpend, sk.Public(), msg, flipped) == nil {
				t.Errorf("signature with bit %d of byte %d flipped verifies", bit, i)
			}
		}
	}
}

// forgery is an item that must be refused, singly and in any batch.
type forgery struct {
	name string
	item Item
	want error
}

// forgeries changes a valid item in each way that a lax verifier might accept.
func forgeries(t testing.TB) []forgery {
	t.Helper()
	sk, msg := testKey(t, 5), testMsg(5)
	valid := Item{TagSpend, sk.Public(), msg, sign(t, TagSpend, sk, msg)}
	r, err := field.DecodePoint([32]byte(valid.Sig[:32]))
	if err != nil {
		t.Fatal(err)
	}
	pk, err := field.DecodePoint(valid.PK)
	if err != nil {
		t.Fatal(err)
	}
	s := new(big.Int).SetBytes(valid.Sig[32:])
	var out []forgery
	add := func(name string, want error, change func(it *Item)) {
		it := valid
		change(&it)
		out = append(out, forgery{name, it, want})
	}
	setR := func(it *Item, p field.Point) { b := field.EncodePoint(p); copy(it.Sig[:32], b[:]) }
	setS := func(it *Item, n *big.Int) { n.FillBytes(it.Sig[32:]) }
	tor := torsionPoint(t)
	for k := int64(1); k < 8; k++ {
		low := field.Mul(tor, big.NewInt(k))
		add(fmt.Sprintf("R plus torsion %d", k), ErrSignature, func(it *Item) { setR(it, field.Add(r, low)) })
		add(fmt.Sprintf("key plus torsion %d", k), ErrPublicKey, func(it *Item) { it.PK = field.EncodePoint(field.Add(pk, low)) })
		add(fmt.Sprintf("key of low order %d", k), ErrPublicKey, func(it *Item) { it.PK = field.EncodePoint(low) })
		add(fmt.Sprintf("R of low order %d", k), ErrSignature, func(it *Item) { setR(it, low) })
		// A signature made for R + torsion, whose challenge covers the torsion: only the order of R gives it away.
		add(fmt.Sprintf("signed with torsion %d", k), ErrSignature, func(it *Item) { it.Sig = signShifted(t, sk, msg, low) })
	}
	for k := int64(1); k <= 8; k++ {
		n := new(big.Int).Add(s, new(big.Int).Mul(big.NewInt(k), wantOrder))
		if n.BitLen() <= 256 {
			add(fmt.Sprintf("s + %d l", k), ErrSignature, func(it *Item) { setS(it, n) })
		}
	}
	add("s = l", ErrSignature, func(it *Item) { setS(it, wantOrder) })
	add("s = 0", ErrSignature, func(it *Item) { setS(it, new(big.Int)) })
	add("-s", ErrSignature, func(it *Item) { setS(it, new(big.Int).Sub(wantOrder, s)) })
	add("-R", ErrSignature, func(it *Item) { it.Sig[0] ^= 0x80 })
	add("-R, -s", ErrSignature, func(it *Item) { it.Sig[0] ^= 0x80; setS(it, new(big.Int).Sub(wantOrder, s)) })
	add("key negated", ErrSignature, func(it *Item) { it.PK[0] ^= 0x80 })
	add("key is the identity", ErrPublicKey, func(it *Item) { it.PK = field.EncodePoint(field.Identity()) })
	add("R is the identity", ErrSignature, func(it *Item) { setR(it, field.Identity()) })
	add("identity signature", ErrSignature, func(it *Item) { it.Sig = signNonce(t, sk, msg, new(big.Int)) })
	add("key y + r", ErrPublicKey, func(it *Item) { it.PK = plusModulus(t, it.PK) })
	add("R y + r", ErrSignature, func(it *Item) { b := plusModulus(t, [32]byte(it.Sig[:32])); copy(it.Sig[:32], b[:]) })
	add("all zero", ErrSignature, func(it *Item) { it.Sig = types.Signature{} })
	add("all ones", ErrSignature, func(it *Item) { it.Sig = types.Signature(bytes.Repeat([]byte{0xff}, 64)) })
	add("zero key", ErrPublicKey, func(it *Item) { it.PK = types.Point{} })
	add("wrong tag", ErrSignature, func(it *Item) { it.Tag = TagCaller })
	add("other message", ErrSignature, func(it *Item) { it.Msg[31] ^= 1 })
	return out
}

// plusModulus returns the encoding with r added to y, ignoring overflow into the parity bit: never canonical.
func plusModulus(t testing.TB, enc [32]byte) (out [32]byte) {
	t.Helper()
	n := new(big.Int).SetBytes(enc[:])
	n.Add(n, field.Modulus())
	n.SetBit(n, 256, 0).FillBytes(out[:])
	return out
}

// signNonce signs with a chosen nonce.
func signNonce(t testing.TB, sk SecretKey, msg [32]byte, k *big.Int) types.Signature {
	t.Helper()
	return finish(sk, msg, field.Mul(field.BaseB(), k), k)
}

// signShifted signs with an R that carries a component of small order.
func signShifted(t testing.TB, sk SecretKey, msg [32]byte, low field.Point) types.Signature {
	t.Helper()
	k := big.NewInt(123456789)
	return finish(sk, msg, field.Add(field.Mul(field.BaseB(), k), low), k)
}

func finish(sk SecretKey, msg [32]byte, rPoint field.Point, k *big.Int) (sig types.Signature) {
	r := field.EncodePoint(rPoint)
	s := challenge(TagSpend, r, sk.Public(), msg)
	s.Mul(s, sk.k.scalar).Add(s, k).Mod(s, wantOrder)
	copy(sig[:32], r[:])
	s.FillBytes(sig[32:])
	return sig
}

func TestForgeriesRefused(t *testing.T) {
	for _, f := range forgeries(t) {
		t.Run(f.name, func(t *testing.T) {
			wantErr(t, Verify(f.item.Tag, f.item.PK, f.item.Msg, f.item.Sig), f.want)
		})
	}
}

// TestChallenge computes the challenge and the equation by the words of the specification.
func TestChallenge(t *testing.T) {
	sk, msg := testKey(t, 9), testMsg(9)
	sig := sign(t, TagCaller, sk, msg)
	key := make([]byte, 32)
	copy(key, "schnorr caller")
	h, err := blake2b.New512(key)
	if err != nil {
		t.Fatal(err)
	}
	pub := sk.Public()
	h.Write(sig[:32])
	h.Write(pub[:])
	h.Write(msg[:])
	c := new(big.Int).SetBytes(h.Sum(nil))
	c.Mod(c, wantOrder)
	r, err := field.DecodePoint([32]byte(sig[:32]))
	if err != nil {
		t.Fatal(err)
	}
	p, err := field.DecodePoint(pub)
	if err != nil {
		t.Fatal(err)
	}
	left := field.Mul(field.BaseB(), new(big.Int).SetBytes(sig[32:]))
	right := field.Add(r, field.Mul(p, c))
	if !left.Equal(&right) {
		t.Fatalf("got [s]B = %v, want %v", left, right)
	}
}

// TestNonce holds that a nonce depends on the randomness, the message, the key and the tag, and that dead randomness is no disaster.
func TestNonce(t *testing.T) {
	sk := testKey(t, 1)
	dead := func() io.Reader { return bytes.NewReader(make([]byte, 32)) }
	rOf := func(tag Tag, sk SecretKey, msg [32]byte, rnd io.Reader) [32]byte {
		sig, err := Sign(tag, sk, msg, rnd)
		if err != nil {
			t.Fatal(err)
		}
		if err := Verify(tag, sk.Public(), msg, sig); err != nil {
			t.Fatal(err)
		}
		return [32]byte(sig[:32])
	}
	base := rOf(TagSpend, sk, testMsg(1), dead())
	if got := rOf(TagSpend, sk, testMsg(1), dead()); got != base {
		t.Error("equal input, different nonces")
	}
	for name, other := range map[string][32]byte{
		"randomness": rOf(TagSpend, sk, testMsg(1), rand.Reader),
		"message":    rOf(TagSpend, sk, testMsg(2), dead()),
		"key":        rOf(TagSpend, testKey(t, 2), testMsg(1), dead()),
		"tag":        rOf(TagCaller, sk, testMsg(1), dead()),
	} {
		if other == base {
			t.Errorf("another %s gives the same nonce", name)
		}
	}
	if _, err := Sign(TagSpend, sk, testMsg(1), bytes.NewReader(make([]byte, 31))); err == nil {
		t.Error("signed with too little randomness")
	}
}

func TestSecretKey(t *testing.T) {
	for name, s := range map[string]*big.Int{
		"nil": nil, "zero": new(big.Int), "negative": big.NewInt(-1), "l": wantOrder,
		"l + 1": new(big.Int).Add(wantOrder, big.NewInt(1)),
	} {
		if _, err := NewSecretKey(s); !errors.Is(err, ErrSecretKey) {
			t.Errorf("%s: got %v, want %v", name, err, ErrSecretKey)
		}
	}
	scalar := new(big.Int).Sub(wantOrder, big.NewInt(1))
	sk, err := NewSecretKey(scalar)
	if err != nil {
		t.Fatal(err)
	}
	if want := types.Point(field.EncodePoint(field.Mul(field.BaseB(), scalar))); sk.Public() != want {
		t.Errorf("got public key %v, want %v", sk.Public(), want)
	}
	if err := CheckPublicKey(sk.Public()); err != nil {
		t.Error(err)
	}
	scalar.SetInt64(1)
	if sk.k.scalar.Cmp(big.NewInt(1)) == 0 {
		t.Error("the key shares its caller's integer")
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if got := fmt.Sprintf(verb, struct{ Key SecretKey }{sk}); strings.Contains(got, "e7db4ea") || strings.Contains(got, "65541") {
			t.Errorf("%s prints the key: %s", verb, got)
		}
	}
	if _, err := json.Marshal(sk); err == nil {
		t.Error("a secret key became JSON")
	}
}

// TestSubgroupTest holds the fast test of prime order against multiplication by l, on points of every class modulo torsion.
func TestSubgroupTest(t *testing.T) {
	rng := mrand.New(mrand.NewPCG(5, 6))
	tor := torsionPoint(t)
	for n := range 400 {
		s := new(big.Int).SetUint64(rng.Uint64())
		p := field.Add(field.Mul(field.BaseB(), s), field.Mul(tor, big.NewInt(int64(n%8))))
		if n%16 >= 8 { // Points whose discrete logarithm nobody knows.
			enc := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))
			enc[0] &= 0xbf
			q, err := field.DecodePoint(enc)
			if err != nil {
				continue
			}
			p = q
		}
		want := field.Mul(p, wantOrder)
		_, err := decodePrimeOrder(field.EncodePoint(p))
		if (err == nil) != want.IsZero() {
			t.Fatalf("point %d: got %v, but [l]p is the identity: %v", n, err, want.IsZero())
		}
	}
	for k := range int64(8) {
		if _, err := decodePrimeOrder(field.EncodePoint(field.Mul(tor, big.NewInt(k)))); err == nil {
			t.Errorf("torsion point %d passes", k)
		}
	}
}

func TestMulBase(t *testing.T) {
	for _, s := range []*big.Int{
		new(big.Int), big.NewInt(1), big.NewInt(15), big.NewInt(16), new(big.Int).Sub(wantOrder, big.NewInt(1)),
		new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 252), big.NewInt(1)), new(big.Int).Lsh(big.NewInt(1), 251),
	} {
		got, want := mulBase(s), field.Mul(field.BaseB(), s)
		if !got.Equal(&want) {
			t.Errorf("[%v]B: got %v, want %v", s, got, want)
		}
	}
}

// TestMultiScalar checks the bucket sums on terms that do and do not vanish, for every window width.
func TestMultiScalar(t *testing.T) {
	rng := mrand.New(mrand.NewPCG(7, 8))
	for _, n := range []int{1, 2, 5, 17, 40, 300} {
		var terms []term
		total := new(big.Int)
		for i := range n {
			a := new(big.Int).SetUint64(rng.Uint64() | 1)
			s := new(big.Int).SetBytes(func() []byte { m := testMsg(rng.Uint64()); return m[:] }())
			s.Mod(s, wantOrder)
			if i == 0 {
				s.Sub(wantOrder, big.NewInt(1)) // all digits at their extreme
			}
			terms = append(terms, term{mulBase(a), words(s)})
			total.Add(total, a.Mul(a, s)).Mod(total, wantOrder)
		}
		last := term{field.BaseB(), words(new(big.Int).Sub(wantOrder, total))}
		if !sumIsIdentity(append(slices.Clone(terms), last)) {
			t.Errorf("%d terms: the sum is the identity and was not found to be", n)
		}
		last.s[0] ^= 1
		if sumIsIdentity(append(slices.Clone(terms), last)) {
			t.Errorf("%d terms: a wrong sum passes", n)
		}
	}
	for c := 2; c <= 12; c++ {
		for _, s := range []*big.Int{big.NewInt(0), new(big.Int).Sub(wantOrder, big.NewInt(1)), new(big.Int).SetBytes(bytes.Repeat([]byte{0x0f, 0xff}, 15))} {
			digits := make([]int16, (255+c)/c)
			signedDigits(digits, words(s), c)
			got := new(big.Int)
			for i := len(digits) - 1; i >= 0; i-- {
				got.Lsh(got, uint(c)).Add(got, big.NewInt(int64(digits[i])))
			}
			if got.Cmp(s) != 0 {
				t.Errorf("width %d: got %v, want %v", c, got, s)
			}
		}
	}
}
