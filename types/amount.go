package types

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"math/bits"
	"strings"

	"github.com/holiman/uint256"
)

// Amount is a quantity of one asset in its smallest unit (Ta for SERO): an integer of 128 bits. Arithmetic goes only through methods
// that report overflow; the zero value is no money.
type Amount struct{ hi, lo uint64 }

// ErrAmountRange reports a result or an input below 0 or above 2^128-1.
var ErrAmountRange = errors.New("amount out of range: amounts lie between 0 and 2^128-1")

// Decimals is the number of decimal places between SERO and Ta: 1 SERO = 10^18 Ta.
const Decimals = 18

// SERO is one coin, 10^18 Ta.
var SERO = Amount{lo: 1_000_000_000_000_000_000}

// NewAmount returns n smallest units.
func NewAmount(n uint64) Amount { return Amount{lo: n} }

// AmountFromBytes reads 16 big-endian bytes.
func AmountFromBytes(b [16]byte) Amount {
	return Amount{hi: binary.BigEndian.Uint64(b[:8]), lo: binary.BigEndian.Uint64(b[8:])}
}

// AmountFromBig returns n, or ErrAmountRange.
func AmountFromBig(n *big.Int) (Amount, error) {
	if n.Sign() < 0 || n.BitLen() > 128 {
		return Amount{}, ErrAmountRange
	}
	var b [16]byte
	n.FillBytes(b[:])
	return AmountFromBytes(b), nil
}

// ParseAmount reads a decimal or 0x-prefixed integer of smallest units.
func ParseAmount(s string) (Amount, error) {
	digits, base := s, 10
	if rest, ok := strings.CutPrefix(s, "0x"); ok {
		digits, base = rest, 16
	}
	if !onlyDigits(digits, base) || len(digits) > 80 {
		return Amount{}, fmt.Errorf("amount %q: want a whole number of smallest units", clip(s))
	}
	n, ok := new(big.Int).SetString(digits, base)
	if !ok {
		return Amount{}, fmt.Errorf("amount %q: want a whole number of smallest units", clip(s))
	}
	return AmountFromBig(n)
}

// ParseDecimal reads an amount such as "1.5" with up to the given number of decimal places and returns it in smallest units. It never
// rounds: too many places are an error.
func ParseDecimal(s string, decimals int) (Amount, error) {
	whole, frac, _ := strings.Cut(s, ".")
	if len(s) > 80 || whole == "" || !onlyDigits(whole, 10) || (strings.Contains(s, ".") && !onlyDigits(frac, 10)) {
		return Amount{}, fmt.Errorf("amount %q: want digits and at most one point between digits, such as 1.5 or 0.5", clip(s))
	}
	if len(frac) > decimals {
		return Amount{}, fmt.Errorf("amount %q: at most %d decimal places", clip(s), decimals)
	}
	n, _ := new(big.Int).SetString(whole+frac+strings.Repeat("0", decimals-len(frac)), 10)
	return AmountFromBig(n)
}

// Bytes returns 16 big-endian bytes.
func (a Amount) Bytes() [16]byte {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], a.hi)
	binary.BigEndian.PutUint64(b[8:], a.lo)
	return b
}

// Big returns the amount as a new big integer.
func (a Amount) Big() *big.Int {
	b := a.Bytes()
	return new(big.Int).SetBytes(b[:])
}

// U256 returns the amount as a 256-bit integer, in which no sum or product of a transaction's few amounts can overflow.
func (a Amount) U256() *uint256.Int { return &uint256.Int{a.lo, a.hi, 0, 0} }

// IsZero reports whether the amount is 0.
func (a Amount) IsZero() bool { return a == Amount{} }

// Cmp returns -1, 0 or 1 as a is less than, equal to or greater than b.
func (a Amount) Cmp(b Amount) int {
	switch {
	case a == b:
		return 0
	case a.hi < b.hi || (a.hi == b.hi && a.lo < b.lo):
		return -1
	default:
		return 1
	}
}

// Add returns a+b, or ErrAmountRange.
func (a Amount) Add(b Amount) (Amount, error) {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, carry := bits.Add64(a.hi, b.hi, carry)
	if carry != 0 {
		return Amount{}, ErrAmountRange
	}
	return Amount{hi, lo}, nil
}

// Sub returns a-b, or ErrAmountRange when b is greater.
func (a Amount) Sub(b Amount) (Amount, error) {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	hi, borrow := bits.Sub64(a.hi, b.hi, borrow)
	if borrow != 0 {
		return Amount{}, ErrAmountRange
	}
	return Amount{hi, lo}, nil
}

// MulGas returns the price of g units of gas at a per unit, or ErrAmountRange.
func (a Amount) MulGas(g Gas) (Amount, error) {
	h1, lo := bits.Mul64(a.lo, uint64(g))
	h2, mid := bits.Mul64(a.hi, uint64(g))
	hi, carry := bits.Add64(mid, h1, 0)
	if h2 != 0 || carry != 0 {
		return Amount{}, ErrAmountRange
	}
	return Amount{hi, lo}, nil
}

// SumAmounts adds any number of amounts, or returns ErrAmountRange.
func SumAmounts(as ...Amount) (Amount, error) {
	var sum Amount
	var err error
	for _, a := range as {
		if sum, err = sum.Add(a); err != nil {
			return Amount{}, err
		}
	}
	return sum, nil
}

// String returns the amount in smallest units as a decimal integer.
func (a Amount) String() string { return a.Big().String() }

// Decimal returns the amount with the given number of decimal places, without trailing zeros: 1500000000000000000 with 18 is "1.5".
func (a Amount) Decimal(decimals int) string {
	s := a.String()
	if len(s) <= decimals {
		s = strings.Repeat("0", decimals-len(s)+1) + s
	}
	whole, frac := s[:len(s)-decimals], strings.TrimRight(s[len(s)-decimals:], "0")
	if frac == "" {
		return whole
	}
	return whole + "." + frac
}

// MarshalText implements encoding.TextMarshaler as a decimal integer, never a float.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText accepts what ParseAmount accepts.
func (a *Amount) UnmarshalText(text []byte) (err error) {
	*a, err = ParseAmount(string(text))
	return err
}

func onlyDigits(s string, base int) bool {
	for _, c := range s {
		decimal := c >= '0' && c <= '9'
		hexadecimal := base == 16 && (c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F')
		if !decimal && !hexadecimal {
			return false
		}
	}
	return s != ""
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "..."
	}
	return s
}
