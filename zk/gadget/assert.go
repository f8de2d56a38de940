package gadget

import (
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/std/math/bits"
)

// AmountBits is the width of every amount.
const AmountBits = 128

// AssertAmount constrains 0 <= v < 2^128 in 129 constraints and returns the bits, lowest first.
func AssertAmount(api frontend.API, v frontend.Variable) []frontend.Variable {
	return AssertBits(api, v, AmountBits)
}

// AssertBits constrains 0 <= v < 2^n for n of 2 to 254 in n+1 constraints and returns the bits, lowest first. The decomposition is unique
// because 2^n is below r; a larger n would admit v+r as well and panics.
func AssertBits(api frontend.API, v frontend.Variable, n int) []frontend.Variable {
	if n < 2 || n > 254 {
		panic("bit width without a unique decomposition")
	}
	return bits.ToBinary(api, v, bits.WithNbDigits(n))
}

// AssertEqualIf constrains when*(a-b) = 0: a equals b unless when is 0. when need not be boolean.
func AssertEqualIf(api frontend.API, when, a, b frontend.Variable) {
	api.AssertIsEqual(api.Mul(when, api.Sub(a, b)), 0)
}

// Bind mentions a public input in a constraint of its own, its square. A public input that no constraint mentions is not part of what a
// proof verifies.
func Bind(api frontend.API, public ...frontend.Variable) {
	for _, p := range public {
		api.Mul(p, p)
	}
}
