package note

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gero-chain/gero/zk/field"
)

// testRand returns reproducible bytes.
func testRand(n byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{n}) }

func testKey(n byte) FullViewingKey { return testSpendingKey(n).FullViewingKey() }

func testSpendingKey(n byte) SpendingKey { return AccountKey(bytes.Repeat([]byte{n}, 64), 0) }

func TestAccountsAreApart(t *testing.T) {
	seed := make([]byte, 64)
	seen := map[[FullViewingKeySize]byte]uint32{}
	for i := range uint32(20) {
		b := AccountKey(seed, i).FullViewingKey().Bytes()
		if other, ok := seen[b]; ok {
			t.Errorf("accounts %d and %d have one key", i, other)
		}
		seen[b] = i
	}
	if !AccountKey(seed, 3).Equal(AccountKey(seed, 3)) || AccountKey(seed, 3).Equal(AccountKey(seed, 4)) {
		t.Error("Equal is wrong")
	}
}

// TestSpendKeyIsTheScalarsPoint also says that ak lies in the subgroup of prime order.
func TestSpendKeyIsTheScalarsPoint(t *testing.T) {
	order, _ := new(big.Int).SetString("0e7db4ea6533afa906673b0101343b00a6682093ccc81082d0970e5ed6f72cb7", 16)
	for n := range byte(5) {
		ask := testSpendingKey(n).SpendAuth().Scalar()
		if ask.Sign() <= 0 || ask.Cmp(order) >= 0 {
			t.Errorf("ask out of range: %d bits", ask.BitLen())
		}
		k := testKey(n)
		if want := field.Mul(field.BaseB(), ask); k.AK != want {
			t.Errorf("got %v, want %v", k.AK, want)
		}
		if err := field.CheckOrder(k.AK); err != nil {
			t.Error(err)
		}
	}
}

func TestViewingKeyRoundTrip(t *testing.T) {
	k := testKey(1)
	got, err := DecodeFullViewingKey(k.Bytes())
	if err != nil || got != k {
		t.Errorf("full viewing key: %v", err)
	}
	in, err := DecodeIncomingViewingKey(k.Incoming().Bytes())
	if err != nil || in != k.Incoming() {
		t.Errorf("incoming viewing key: %v", err)
	}
}

func TestViewingKeyRefused(t *testing.T) {
	good := testKey(1).Bytes()
	order8, _ := new(big.Int).SetString("0e7db4ea6533afa906673b0101343b00a6682093ccc81082d0970e5ed6f72cb7", 16)
	var minusOne field.Element
	minusOne.SetInt64(-1)
	torsion := field.EncodePoint(field.Add(testKey(1).AK, field.Point{Y: minusOne})) // ak plus the point of order two
	for name, bad := range map[string]func(b []byte){
		"ak not on the curve":  func(b []byte) { copy(b, offCurve(t)) },
		"ak identity":          func(b []byte) { id := field.EncodePoint(field.Identity()); copy(b, id[:]) },
		"ak with torsion":      func(b []byte) { copy(b, torsion[:]) },
		"ak not canonical":     func(b []byte) { copy(b, bytes.Repeat([]byte{0x7f}, 32)) },
		"nk is r":              func(b []byte) { field.Modulus().FillBytes(b[32:64]) },
		"ivk low bits":         func(b []byte) { b[64] |= 1 },
		"ivk top bit":          func(b []byte) { b[95] |= 0x80 },
		"ivk second bit clear": func(b []byte) { b[95] &^= 0x40 },
	} {
		b := good
		bad(b[:])
		if _, err := DecodeFullViewingKey(b); !errors.Is(err, ErrKey) {
			t.Errorf("%s: got %v, want ErrKey", name, err)
		}
	}
	if field.Mul(field.BaseB(), order8) != field.Identity() {
		t.Error("l is not the order of B")
	}
	in := testKey(1).Incoming().Bytes()
	in[0] |= 1
	if _, err := DecodeIncomingViewingKey(in); !errors.Is(err, ErrKey) {
		t.Errorf("ivk not clamped: got %v, want ErrKey", err)
	}
	in = testKey(1).Incoming().Bytes()
	field.Modulus().FillBytes(in[32:])
	if _, err := DecodeIncomingViewingKey(in); !errors.Is(err, ErrKey) {
		t.Errorf("K is r: got %v, want ErrKey", err)
	}
}

// offCurve returns 32 canonical bytes that are the y of no point.
func offCurve(t *testing.T) []byte {
	t.Helper()
	for y := range byte(100) {
		b := [32]byte{31: y}
		if _, err := field.DecodePoint(b); errors.Is(err, field.ErrNotOnCurve) {
			return b[:]
		}
	}
	t.Fatal("every small y is on the curve")
	return nil
}

// TestSecretsAreNotPrinted prints every kind of secret in every way that a log line might, also from inside other structs.
func TestSecretsAreNotPrinted(t *testing.T) {
	sk := testSpendingKey(7)
	k := sk.FullViewingKey()
	b, ask, full := sk.bytes(), sk.SpendAuth().bytes(), k.Bytes()
	var leaks []string
	for _, s := range [][]byte{b[:], ask[:], full[32:64], full[64:96], full[96:128], full[128:], make([]byte, 32)} {
		dec := strings.Trim(fmt.Sprint(s[:8]), "[]")
		goSyntax := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", s[:8]), "[]byte{"), "}")
		leaks = append(leaks, hex.EncodeToString(s[:8]), strings.ToUpper(hex.EncodeToString(s[:8])), dec, goSyntax, string(s[:8]))
	}
	leaks = append(leaks, sk.SpendAuth().Scalar().String())
	type wrapped struct {
		key SpendingKey
		ask SpendAuth
	}
	seed, in := Seed{}, k.Incoming()
	for _, v := range []any{sk, &sk, sk.SpendAuth(), k, &k, in, &in, k.NK, k.IVK, k.OVK, k.DK, seed, wrapped{sk, sk.SpendAuth()},
		[]SpendingKey{sk}, []FullViewingKey{k}, map[string]any{"k": k, "sk": sk}, struct{ K FullViewingKey }{k}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%d", "%q"} {
			out := fmt.Sprintf(verb, v)
			for _, leak := range leaks {
				if strings.Contains(out, leak) {
					t.Errorf("%T with %s prints a secret: %s", v, verb, out)
				}
			}
		}
		if out, err := json.Marshal(v); err == nil && len(out) > 0 {
			for _, leak := range leaks {
				if strings.Contains(string(out), leak) {
					t.Errorf("%T as JSON shows a secret: %s", v, out)
				}
			}
		}
	}
	for _, v := range []any{sk, k, k.Incoming(), k.NK, k.IVK, k.OVK, k.DK, seed} {
		if _, err := json.Marshal(v); err == nil {
			t.Errorf("%T was written as JSON without an error", v)
		}
	}
}

func TestUnderivedSecretPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("the zero spending key was used")
		}
	}()
	SpendingKey{}.FullViewingKey()
}
