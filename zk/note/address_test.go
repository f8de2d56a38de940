package note

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/btcsuite/btcd/btcutil/bech32"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// TestAddressesAreUnlinkable takes many addresses of one account: no part of one is in another, and one key reads what is paid to any.
func TestAddressesAreUnlinkable(t *testing.T) {
	k := testKey(1)
	r, rng := NewReceiver(k.Incoming()), testRand(1)
	parts := map[[16]byte]bool{}
	for j := range uint64(100) {
		a := k.Address(j)
		b := a.Bytes()
		for part := range slices.Chunk(b[:], 16) {
			if parts[[16]byte(part)] {
				t.Fatalf("address %d shares bytes with an earlier one", j)
			}
			parts[[16]byte(part)] = true
		}
		if j%10 != 0 {
			continue
		}
		o, err := NewOutput(rng, a, types.NativeAsset, types.NewAmount(j), Memo{})
		if err != nil {
			t.Fatal(err)
		}
		s := sealed(t, o, OutgoingKey{})
		got, ok := r.TryDecrypt(s.Ciphertext, s.Commitment)
		if !ok || got.To != a || got.Note != o.Note() {
			t.Errorf("address %d: got %v, %+v", j, ok, got)
		}
	}
}

// euler is an independent test for points of Curve25519: Euler's criterion on integers.
func euler(u []byte) bool {
	u = slices.Clone(u)
	slices.Reverse(u)
	p, _ := new(big.Int).SetString("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed", 16)
	x := new(big.Int).SetBytes(u)
	if x.Cmp(p) >= 0 {
		return false
	}
	y2 := new(big.Int).Exp(x, big.NewInt(3), p)
	y2.Add(y2, new(big.Int).Mul(big.NewInt(486662), new(big.Int).Mul(x, x)))
	y2.Add(y2, x)
	half := new(big.Int).Rsh(p, 1)
	return y2.Exp(y2, half, p).Cmp(big.NewInt(1)) == 0
}

func TestBasesAndEphemeralKeysAreOnTheCurve(t *testing.T) {
	rng := testRand(2)
	twist := 0
	for range 200 {
		var d Diversifier
		rng.Read(d[:])
		if u := diversifiedBase(d); !euler(u[:]) {
			t.Fatalf("base of %x is not on the curve", d)
		}
		var u [32]byte
		rng.Read(u[:])
		u[31] &= 127
		if onCurve(u) != euler(u[:]) {
			t.Fatalf("%x: onCurve says %v", u, onCurve(u))
		}
		if !onCurve(u) {
			twist++
		}
	}
	if twist < 60 || twist > 140 {
		t.Errorf("%d of 200 random coordinates are on the twist, want about half", twist)
	}
	for range 20 {
		o, err := DummyOutput(rng)
		if err != nil {
			t.Fatal(err)
		}
		s := sealed(t, o, OutgoingKey{})
		if !euler(s.Ciphertext.EPK[:]) || !euler(o.To.P[:]) {
			t.Error("a dummy output is on the twist")
		}
	}
}

func TestAddressBytesRefused(t *testing.T) {
	good := testKey(1).Address(0)
	if got, err := AddressFromBytes(good.Bytes()); err != nil || got != good {
		t.Fatalf("the uncorrupted twin: %v", err)
	}
	le := func(hex string) []byte {
		n, _ := new(big.Int).SetString(hex, 16)
		b := n.FillBytes(make([]byte, 32))
		slices.Reverse(b)
		return b
	}
	twist := make([]byte, 32)
	for twist[0] = 2; euler(twist); twist[0]++ {
	}
	for name, bad := range map[string]func(b []byte){
		"owner is r":                 func(b []byte) { field.Modulus().FillBytes(b[16:48]) },
		"P on the twist":             func(b []byte) { copy(b[48:], twist) },
		"P with its top bit set":     func(b []byte) { b[79] |= 0x80 },
		"P is 0, of order two":       func(b []byte) { copy(b[48:], make([]byte, 32)) },
		"P is 1, of order four":      func(b []byte) { copy(b[48:], le("1")) },
		"P is p, another name of 0":  func(b []byte) { copy(b[48:], le("7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed")) },
		"P is p+9, another of 9":     func(b []byte) { copy(b[48:], le("7ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff6")) },
		"P of order eight":           func(b []byte) { copy(b[48:], le("b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0")) },
		"P of order eight, its twin": func(b []byte) { copy(b[48:], le("57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5f")) },
	} {
		b := good.Bytes()
		bad(b[:])
		if _, err := AddressFromBytes(b); !errors.Is(err, ErrAddress) {
			t.Errorf("%s: got %v, want ErrAddress", name, err)
		}
	}
}

func TestAddressText(t *testing.T) {
	a := testKey(1).Address(0)
	s := a.Encode("sero")
	if len(s) != 139 || len(a.Encode("serodev")) != 142 {
		t.Errorf("got %d and %d characters, want 139 and 142", len(s), len(a.Encode("serodev")))
	}
	if got, err := DecodeAddress("sero", strings.ToUpper(s)); err != nil || got != a {
		t.Errorf("upper case: %v", err)
	}
	b := a.Bytes()
	five, _ := bech32.ConvertBits(b[:], 8, 5, true)
	plain, _ := bech32.Encode("sero", five)
	short, _ := bech32.ConvertBits(b[:79], 8, 5, true)
	shorter, _ := bech32.EncodeM("sero", short)
	dirty, _ := bech32.ConvertBits(append(b[:], 0), 8, 5, true)
	longer, _ := bech32.EncodeM("sero", dirty)
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"empty":                {"", ErrAddressForm},
		"a word":               {"hello", ErrAddressForm},
		"Ethereum's":           {"0x52908400098527886e0f7030069857d2e4169ee7", ErrAddressForm},
		"letters outside":      {s[:50] + "b" + s[51:], ErrAddressForm},
		"space inside":         {s[:50] + " " + s[51:], ErrAddressForm},
		"not ASCII":            {s[:50] + "é" + s[51:], ErrAddressForm},
		"only a checksum":      {"sero1qqqqqq", &TypoError{}},
		"mixed case":           {strings.ToUpper(s[:60]) + s[60:], ErrAddressCase},
		"plain Bech32":         {plain, &TypoError{}},
		"character lost":       {s[:50] + s[51:], &TypoError{}},
		"too short, sound":     {shorter, ErrAddressLength},
		"too long, sound":      {longer, ErrAddressLength},
		"endless":              {strings.Repeat("q", 1<<20), ErrAddressLength},
		"of the other network": {a.Encode("serodev"), &NetworkError{}},
		"of a Bitcoin network": {"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", &NetworkError{}},
	} {
		_, err := DecodeAddress("sero", c.text)
		if !errors.Is(err, ErrAddress) {
			t.Errorf("%s: %v does not wrap ErrAddress", name, err)
		}
		ok := errors.Is(err, c.want)
		switch want := c.want.(type) {
		case *TypoError:
			ok = errors.As(err, &want)
		case *NetworkError:
			ok = errors.As(err, &want) && strings.Contains(err.Error(), want.Got+"1") && want.Want == "sero"
		}
		if !ok {
			t.Errorf("%s: got %v, want %T %v", name, err, c.want, c.want)
		}
	}
}

// TestTypoIsLocated changes every character of an address in turn.
func TestTypoIsLocated(t *testing.T) {
	s := testKey(1).Address(5).Encode("serodev")
	rng := testRand(3)
	for i := range s {
		wrong := []byte(s)
		for wrong[i] == s[i] {
			wrong[i] = bechChars[rng.Uint64()%32]
		}
		_, err := DecodeAddress("serodev", string(wrong))
		if i < len("serodev1") { // no part of the search: refused is enough
			if !errors.Is(err, ErrAddress) {
				t.Errorf("character %d changed: got %v", i+1, err)
			}
			continue
		}
		var typo *TypoError
		if !errors.As(err, &typo) || typo.Position != i+1 || !strings.Contains(err.Error(), fmt.Sprintf("character %d ", i+1)) {
			t.Errorf("character %d changed: got %v", i+1, err)
		}
	}
	for range 200 { // two wrong characters are found out, wherever the hint points
		wrong := []byte(s)
		i, j := 8+rng.Uint64()%130, 8+rng.Uint64()%130
		wrong[i], wrong[j] = bechChars[rng.Uint64()%32], bechChars[rng.Uint64()%32]
		if got, err := DecodeAddress("serodev", string(wrong)); string(wrong) != s && err == nil {
			t.Errorf("accepted %s as %v", wrong, got)
		}
	}
}

func TestRandomAddressIsValid(t *testing.T) {
	rng := testRand(4)
	a, err := RandomAddress(rng)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := AddressFromBytes(a.Bytes()); err != nil || got != a {
		t.Errorf("got %v, %v", got, err)
	}
	if b, _ := RandomAddress(rng); b == a {
		t.Error("two random addresses are equal")
	}
	if _, err := RandomAddress(bytes.NewReader(make([]byte, 111))); err == nil {
		t.Error("an address without enough randomness")
	}
}

func FuzzDecodeAddress(f *testing.F) {
	s := testKey(1).Address(0).Encode("serodev")
	for _, seed := range []string{s, strings.ToUpper(s), s[:100], testKey(1).Address(0).Encode("sero"), "1qqqqqq", "serodev1", "11111111", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := DecodeAddress("serodev", s)
		if err != nil {
			if !errors.Is(err, ErrAddress) {
				t.Errorf("%q: %v does not wrap ErrAddress", s, err)
			}
			return
		}
		if got := a.Encode("serodev"); got != strings.ToLower(s) {
			t.Errorf("%q encodes as %q", s, got)
		}
	})
}
