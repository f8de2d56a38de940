package types

import (
	"encoding/json"
	"errors"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func drawAmount(rt *rapid.T, name string) Amount {
	b := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(rt, name)
	for i := range rapid.IntRange(0, 15).Draw(rt, name+" zeros") { // small ones are as likely as large ones
		b[i] = 0
	}
	return AmountFromBytes([16]byte(b))
}

func TestAmountArithmeticEqualsBig(t *testing.T) {
	most := new(big.Int).Lsh(big.NewInt(1), 128)
	rapid.Check(t, func(rt *rapid.T) {
		a, b := drawAmount(rt, "a"), drawAmount(rt, "b")
		g := Gas(rapid.Uint64().Draw(rt, "gas"))
		check := func(op string, got Amount, err error, want *big.Int) {
			if out := want.Sign() < 0 || want.Cmp(most) >= 0; out != errors.Is(err, ErrAmountRange) || (!out && got.Big().Cmp(want) != 0) {
				rt.Fatalf("%s %s %s (gas %d): %s (%v), want %s", a, op, b, g, got, err, want)
			}
		}
		sum, err := a.Add(b)
		check("+", sum, err, new(big.Int).Add(a.Big(), b.Big()))
		diff, err := a.Sub(b)
		check("-", diff, err, new(big.Int).Sub(a.Big(), b.Big()))
		price, err := a.MulGas(g)
		check("*", price, err, new(big.Int).Mul(a.Big(), new(big.Int).SetUint64(uint64(g))))
		total, err := SumAmounts(a, b, a)
		check("sum", total, err, new(big.Int).Add(new(big.Int).Add(a.Big(), b.Big()), a.Big()))
		if a.Cmp(b) != a.Big().Cmp(b.Big()) || a.IsZero() != (a.Big().Sign() == 0) || a.U256().ToBig().Cmp(a.Big()) != 0 {
			rt.Fatalf("%s and %s compare wrongly", a, b)
		}
		for _, s := range []string{a.String(), "0x" + a.Big().Text(16)} {
			if back, err := ParseAmount(s); err != nil || back != a {
				rt.Fatalf("%s parses to %s (%v)", s, back, err)
			}
		}
		if back, err := ParseDecimal(a.Decimal(18), 18); err != nil || back != a {
			rt.Fatalf("%s as %s parses to %s (%v)", a, a.Decimal(18), back, err)
		}
		text, err := json.Marshal(a)
		var back Amount
		if err != nil || json.Unmarshal(text, &back) != nil || back != a || text[0] != '"' {
			rt.Fatalf("%s as JSON is %s", a, text)
		}
	})
}

func TestParseAmount(t *testing.T) {
	for s, want := range map[string]string{
		"0": "0", "007": "7", "0x0a": "10", "0xFf": "255",
		"340282366920938463463374607431768211455": "340282366920938463463374607431768211455",
	} {
		if got, err := ParseAmount(s); err != nil || got.String() != want {
			t.Errorf("%q: %s (%v), want %s", s, got, err, want)
		}
	}
	for _, s := range []string{
		"", "-1", "+1", "1.0", "1e3", "0x", "0x-1", "x1", " 1", "1 ", "1_000", "٣", "340282366920938463463374607431768211456",
		"0x100000000000000000000000000000000", string(make([]byte, 1000)),
	} {
		if got, err := ParseAmount(s); err == nil {
			t.Errorf("%.50q accepted as %s", s, got)
		}
	}
}

func TestParseDecimal(t *testing.T) {
	for _, tc := range []struct {
		s        string
		decimals int
		want     string
		text     string
	}{
		{"1.5", 18, "1500000000000000000", "1.5"},
		{"0.000000000000000001", 18, "1", "0.000000000000000001"},
		{"1", 0, "1", "1"},
		{"10.00", 18, "10000000000000000000", "10"},
		{"0", 18, "0", "0"},
	} {
		got, err := ParseDecimal(tc.s, tc.decimals)
		if err != nil || got.String() != tc.want || got.Decimal(tc.decimals) != tc.text {
			t.Errorf("%q: %s, %s (%v), want %s, %s", tc.s, got, got.Decimal(tc.decimals), err, tc.want, tc.text)
		}
	}
	for _, s := range []string{"", ".", "1.", ".5", "1.2.3", "-1", "1,5", "0.0000000000000000001", "1e1", "0x1", "340282366920938463464"} {
		if got, err := ParseDecimal(s, 18); err == nil {
			t.Errorf("%q accepted as %s", s, got)
		}
	}
	if _, err := ParseDecimal("1.5", 0); err == nil {
		t.Error("1.5 accepted without decimal places")
	}
}

func TestTextForms(t *testing.T) {
	h := BlockHash{0: 0xab, 31: 1}
	const text = "0xab00000000000000000000000000000000000000000000000000000000000001"
	if h.String() != text || h.IsZero() || !(BlockHash{}).IsZero() {
		t.Errorf("%s, want %s", h, text)
	}
	if back, err := ParseHex32[blockHash](text); err != nil || back != h {
		t.Errorf("%s (%v), want %s", back, err, h)
	}
	a := EthAddress{19: 7}
	var back EthAddress
	if err := back.UnmarshalText([]byte(a.String())); err != nil || back != a {
		t.Errorf("%s (%v), want %s", back, err, a)
	}
	for _, s := range []string{"", "0x", text[2:], text + "0", text[:65], "0X" + text[2:], "0xzz" + text[4:]} {
		if got, err := ParseHex32[blockHash](s); err == nil {
			t.Errorf("%q accepted as %s", s, got)
		}
	}
}

func TestWeight(t *testing.T) {
	w := Weight{}.Add(NewDifficulty(5)).Add(NewDifficulty(7))
	if w.Uint64() != 12 || w.Cmp(Weight{}) != 1 || (Weight{}).Cmp(w) != -1 || w.Cmp(w) != 0 {
		t.Errorf("weight %s, want 12", w.Dec())
	}
	var most Weight
	most.SetAllOne()
	if got := most.Add(NewDifficulty(1)); got.Cmp(most) != 0 {
		t.Errorf("weight wraps to %s", got.Dec())
	}
}
