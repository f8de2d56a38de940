package attack

import (
	"slices"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/backend/witness"
	cs "github.com/consensys/gnark/constraint/bls12-381"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/logger"
	"github.com/consensys/gnark/std/math/bits"
)

func init() { logger.Disable() }

// prepare compiles a circuit and makes the full witness of an assignment.
func prepare(t *testing.T, circuit, assignment frontend.Circuit) (*cs.R1CS, witness.Witness) {
	t.Helper()
	ccs, err := frontend.Compile(ecc.BLS12_381.ScalarField(), r1cs.NewBuilder, circuit)
	if err != nil {
		t.Fatal(err)
	}
	return ccs.(*cs.R1CS), mustWitness(t, assignment)
}

func mustWitness(t *testing.T, assignment frontend.Circuit) witness.Witness {
	t.Helper()
	w, err := frontend.NewWitness(assignment, ecc.BLS12_381.ScalarField())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// sloppyBits takes the bits of a value on trust: they must have the right sum, but need not be booleans.
type sloppyBits struct {
	V frontend.Variable
}

func (c *sloppyBits) Define(api frontend.API) error {
	bits.ToBinary(api, c.V, bits.WithNbDigits(8), bits.WithUnconstrainedOutputs())
	return nil
}

// strictBits is the same with booleans.
type strictBits struct {
	V frontend.Variable
}

func (c *strictBits) Define(api frontend.API) error {
	bits.ToBinary(api, c.V, bits.WithNbDigits(8))
	return nil
}

func TestLiesAreFound(t *testing.T) {
	system, w := prepare(t, new(sloppyBits), &sloppyBits{V: 201})
	accepted, err := AcceptedLies(system, w, Lies)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"right sum, no booleans", "the value itself in the lowest bit", "the value in the highest bit"} {
		if !slices.ContainsFunc(accepted, func(s string) bool { return strings.Contains(s, name) }) {
			t.Errorf("the sloppy circuit took no lie of the sort %q: %v", name, accepted)
		}
	}
	system, w = prepare(t, new(strictBits), &strictBits{V: 201})
	if accepted, err = AcceptedLies(system, w, Lies); err != nil || len(accepted) > 0 {
		t.Errorf("the strict circuit took %v, %v", accepted, err)
	}
}

func TestHintCalls(t *testing.T) {
	system, w := prepare(t, new(strictBits), &strictBits{V: 201})
	calls, err := HintCalls(system, w)
	if err != nil || len(calls) != 1 || calls["github.com/consensys/gnark/std/math/bits.nBits"] != 1 {
		t.Errorf("got %v, %v, want one call of nBits", calls, err)
	}
}

// looseCircuit has a root whose sign is free, a product that pins its factors, and a factor of zero.
type looseCircuit struct {
	Square frontend.Variable `gnark:",public"`
	Root   frontend.Variable
	Zero   frontend.Variable
	Free   frontend.Variable
	Tight  frontend.Variable
}

func (c *looseCircuit) Define(api frontend.API) error {
	api.AssertIsEqual(api.Mul(c.Root, c.Root), c.Square)
	api.AssertIsEqual(api.Mul(c.Zero, c.Free), 0)
	api.AssertIsEqual(c.Zero, 0)
	api.AssertIsEqual(api.Mul(c.Tight, 3), 21)
	return nil
}

func TestLooseWiresAreFound(t *testing.T) {
	system, w := prepare(t, new(looseCircuit), &looseCircuit{Square: 49, Root: 7, Zero: 0, Free: 5, Tight: 7})
	loose, err := LooseWires(system, w)
	if err != nil {
		t.Fatal(err)
	}
	// Wire 0 is the constant, 1 the square, 2 the root, 3 the zero, 4 the free factor, 5 the tight one.
	if want := []int{2, 4}; !slices.Equal(loose, want) {
		t.Errorf("got loose wires %v, want %v", loose, want)
	}
	if _, err := LooseWires(system, mustWitness(t, &looseCircuit{Square: 50, Root: 7, Zero: 0, Free: 5, Tight: 7})); err == nil {
		t.Error("an assignment that solves nothing was attacked")
	}
}
