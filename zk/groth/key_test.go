package groth

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"math/big"
	"strings"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	groth16 "github.com/consensys/gnark/backend/groth16/bls12-381"
	cs "github.com/consensys/gnark/constraint/bls12-381"
	"github.com/consensys/gnark/constraint/solver"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/frontend/cs/scs"
	"github.com/consensys/gnark/std/rangecheck"
)

func TestWrongPinRefused(t *testing.T) {
	f := cubicFixture(t)
	other := rootFixture(t)
	_, err := LoadVerifyingKey(f.vkRaw, sha256.Sum256(other.vkRaw))
	wantErr(t, err, ErrKeyHash)
	_, err = LoadProvingKey(f.pkRaw, sha256.Sum256(other.pkRaw))
	wantErr(t, err, ErrKeyHash)
	_, err = LoadVerifyingKey(nil, [32]byte{})
	wantErr(t, err, ErrKeyHash)

	damaged := bytes.Clone(f.pkRaw)
	damaged[len(damaged)/2] ^= 1
	_, err = LoadProvingKey(damaged, f.pk.Hash())
	wantErr(t, err, ErrKeyHash)
	damaged = bytes.Clone(f.vkRaw)
	damaged[len(damaged)-1] ^= 1
	_, err = LoadVerifyingKey(damaged, f.vk.Hash())
	wantErr(t, err, ErrKeyHash)
}

// TestMalformedKeyRefused pins bytes that are no key: even a wrong pin must not let them in.
func TestMalformedKeyRefused(t *testing.T) {
	f := cubicFixture(t)
	edit := func(change func(b []byte) []byte) []byte { return change(bytes.Clone(f.vkRaw)) }
	const countAt = vkHead - 4
	out1, out2 := torsionG1(t), torsionG2(t)
	t1, t2 := out1.Bytes(), out2.Bytes()
	infinity := make([]byte, g2Size)
	infinity[0] = flagInfinity
	at := func(pos int, with []byte) func([]byte) []byte {
		return func(b []byte) []byte { copy(b[pos:], with); return b }
	}
	for name, raw := range map[string][]byte{
		"empty":               {},
		"head only":           f.vkRaw[:vkHead],
		"head cut":            f.vkRaw[:vkHead-1],
		"last byte cut":       f.vkRaw[:len(f.vkRaw)-1],
		"trailing byte":       append(bytes.Clone(f.vkRaw), 0),
		"trailing point":      append(bytes.Clone(f.vkRaw), f.vkRaw[len(f.vkRaw)-g1Size:]...),
		"count zero":          edit(func(b []byte) []byte { return append(b[:countAt], 0, 0, 0, 0) }),
		"count huge":          edit(func(b []byte) []byte { binary.BigEndian.PutUint32(b[countAt:], 1<<31); return b }),
		"alpha infinite":      edit(at(0, infinity[:g1Size])),
		"beta infinite":       edit(at(g1Size, infinity)),
		"gamma infinite":      edit(at(g1Size+g2Size, infinity)),
		"delta infinite":      edit(at(g1Size+2*g2Size, infinity)),
		"alpha outside":       edit(at(0, t1[:])),
		"delta outside":       edit(at(g1Size+2*g2Size, t2[:])),
		"public outside":      edit(at(vkHead+g1Size, t1[:])),
		"constant outside":    edit(at(vkHead, t1[:])),
		"infinity with junk":  edit(at(vkHead, append([]byte{flagInfinity}, bytes.Repeat([]byte{1}, g1Size-1)...))),
		"gnark's own format ": gnarkFormat(t),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := LoadVerifyingKey(raw, sha256.Sum256(raw))
			wantErr(t, err, ErrKeyEncoding)
		})
	}
	unbound := edit(at(vkHead+2*g1Size, infinity[:g1Size]))
	_, err := LoadVerifyingKey(unbound, sha256.Sum256(unbound))
	wantErr(t, err, ErrUnboundPublic)

	for name, raw := range map[string][]byte{
		"cut":      f.pkRaw[:len(f.pkRaw)-1],
		"trailing": append(bytes.Clone(f.pkRaw), 0),
		"empty":    {},
	} {
		_, err := LoadProvingKey(raw, sha256.Sum256(raw))
		t.Run("proving key "+name, func(t *testing.T) { wantErr(t, err, ErrKeyEncoding) })
	}
}

func gnarkFormat(t *testing.T) []byte {
	t.Helper()
	var pk groth16.ProvingKey
	var vk groth16.VerifyingKey
	if err := groth16.Setup(cubicFixture(t).ccs.(*cs.R1CS), &pk, &vk); err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	if _, err := vk.WriteTo(&buf); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestKeysKeepTheirHash(t *testing.T) {
	f := cubicFixture(t)
	if got, want := f.vk.Hash(), sha256.Sum256(f.vkRaw); got != want {
		t.Fatalf("got %x, want %x", got, want)
	}
	if got, want := f.pk.Hash(), sha256.Sum256(f.pkRaw); got != want {
		t.Fatalf("got %x, want %x", got, want)
	}
}

// unbound has a public input that no constraint mentions.
type unbound struct {
	X    frontend.Variable
	Y    frontend.Variable `gnark:",public"`
	Free frontend.Variable `gnark:",public"`
	// Squared makes the circuit square Free, which binds it.
	Squared bool `gnark:"-"`
}

func (c *unbound) Define(api frontend.API) error {
	api.AssertIsEqual(api.Mul(c.X, c.X), c.Y)
	if c.Squared {
		api.Mul(c.Free, c.Free)
	}
	return nil
}

// TestUnboundPublic shows gnark's trap: with a public input that no constraint mentions, a proof for one value verifies with another.
// Compile and Setup refuse such a statement; squaring the input binds it.
func TestUnboundPublic(t *testing.T) {
	// What gnark alone does, told to compile it all the same.
	ccs, err := frontend.Compile(ecc.BLS12_381.ScalarField(), r1cs.NewBuilder, &unbound{}, frontend.IgnoreUnconstrainedInputs())
	if err != nil {
		t.Fatal(err)
	}
	var pk groth16.ProvingKey
	var vk groth16.VerifyingKey
	if err := groth16.Setup(ccs.(*cs.R1CS), &pk, &vk); err != nil {
		t.Fatal(err)
	}
	full, err := frontend.NewWitness(&unbound{X: 3, Y: 9, Free: 5}, ecc.BLS12_381.ScalarField())
	if err != nil {
		t.Fatal(err)
	}
	proof, err := groth16.Prove(ccs.(*cs.R1CS), &pk, full)
	if err != nil {
		t.Fatal(err)
	}
	six := []fr.Element{fr.NewElement(9), fr.NewElement(6)}
	if err := groth16.Verify(proof, &vk, six); err != nil {
		t.Fatalf("gnark binds the input after all (%v): this guard and its comments can go", err)
	}

	_, _, err = Setup(ccs)
	wantErr(t, err, ErrUnboundPublic)
	raw := encodeVerifyingKey(&vk)
	_, err = LoadVerifyingKey(raw, sha256.Sum256(raw))
	wantErr(t, err, ErrUnboundPublic)

	f := newFixture(t, &unbound{Squared: true})
	it := f.item(t, &unbound{X: 3, Y: 9, Free: 5, Squared: true})
	if err := f.vk.Verify(it.Proof, it.Public); err != nil {
		t.Fatal(err)
	}
	wantErr(t, f.vk.Verify(it.Proof, six), ErrProofInvalid)
}

func TestCompile(t *testing.T) {
	a, b, other := mustHash(t, &cubic{}), mustHash(t, &cubic{}), mustHash(t, &root{})
	if a != b {
		t.Fatalf("two compilations differ: %x and %x", a, b)
	}
	if a == other {
		t.Fatal("different statements have equal hashes")
	}
	_, err := Compile(&ranged{})
	wantErr(t, err, ErrUnsupported)
	sparse, err := frontend.Compile(ecc.BLS12_381.ScalarField(), scs.NewBuilder, &cubic{})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = Setup(sparse)
	wantErr(t, err, ErrUnsupported)
	bn, err := frontend.Compile(ecc.BN254.ScalarField(), r1cs.NewBuilder, &cubic{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = Prove(bn, cubicFixture(t).pk, cubicOf(3, 1))
	wantErr(t, err, ErrUnsupported)
	_, _, err = Setup(nil)
	wantErr(t, err, ErrUnsupported)
}

func mustHash(t *testing.T, c frontend.Circuit) [32]byte {
	t.Helper()
	ccs, err := Compile(c)
	if err != nil {
		t.Fatal(err)
	}
	h, err := CSHash(ccs)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// ranged uses a lookup, which gnark turns into a commitment.
type ranged struct {
	X frontend.Variable `gnark:",public"`
}

func (c *ranged) Define(api frontend.API) error {
	rangecheck.New(api).Check(c.X, 16)
	return nil
}

func TestProveRefuses(t *testing.T) {
	f, other := cubicFixture(t), rootFixture(t)
	_, err := Prove(f.ccs, f.pk, &cubic{X: 3, Y: 36, Z: 105, Tag: 1})
	wantErr(t, err, ErrUnsatisfied)
	wantErr(t, Solve(f.ccs, &cubic{X: 3, Y: 36, Z: 105, Tag: 1}), ErrUnsatisfied)
	if err := Solve(f.ccs, cubicOf(3, 1)); err != nil {
		t.Fatal(err)
	}
	_, err = Prove(f.ccs, other.pk, cubicOf(3, 1))
	wantErr(t, err, ErrKeyMismatch)
	_, err = Prove(f.ccs, nil, cubicOf(3, 1))
	wantErr(t, err, ErrKeyMismatch)
	for name, assignment := range map[string]frontend.Circuit{
		"incomplete":       &cubic{X: 3},
		"other circuit":    &root{X: 3, Y: 9},
		"no number":        &cubic{X: "three", Y: 1, Z: 1, Tag: 1},
		"nothing":          nil,
		"not assigned":     &cubic{},
		"unsupported type": &cubic{X: struct{}{}, Y: 1, Z: 1, Tag: 1},
	} {
		if _, err := Prove(f.ccs, f.pk, assignment); err == nil {
			t.Errorf("%s: proof without an error", name)
		}
		if err := Solve(f.ccs, assignment); err == nil {
			t.Errorf("%s: solved without an error", name)
		}
	}
	if _, err := PublicInputs(&cubic{X: 3}); err == nil {
		t.Error("public inputs of an incomplete assignment without an error")
	}
}

// hinted calls many independent hints that panic, enough for gnark to spread them over goroutines of its own if it may.
type hinted struct {
	X frontend.Variable `gnark:",public"`
}

func (c *hinted) Define(api frontend.API) error {
	for range 400 {
		out, err := api.Compiler().NewHint(panicHint, 1, c.X)
		if err != nil {
			return err
		}
		api.AssertIsEqual(out[0], api.Mul(c.X, c.X))
	}
	return nil
}

func panicHint(*big.Int, []*big.Int, []*big.Int) error { panic("a hint gone wrong") }

func TestProveSurvivesPanickingHint(t *testing.T) {
	solver.RegisterHint(panicHint)
	f := newFixture(t, &hinted{})
	_, err := Prove(f.ccs, f.pk, &hinted{X: 2})
	wantErr(t, err, ErrUnsatisfied)
	if !strings.Contains(err.Error(), "a hint gone wrong") {
		t.Fatalf("got %v, want the panic's reason", err)
	}
	wantErr(t, Solve(f.ccs, &hinted{X: 2}), ErrUnsatisfied)
}
