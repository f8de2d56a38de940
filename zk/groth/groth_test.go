package groth

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	"github.com/consensys/gnark/backend/groth16"
	"github.com/consensys/gnark/constraint"
	"github.com/consensys/gnark/frontend"

	"github.com/gero-chain/gero/types"
)

// cubic states X^3 + X + 5 = Y and Z = Y*X. Tag is public and bound by its square only.
type cubic struct {
	X   frontend.Variable
	Y   frontend.Variable `gnark:",public"`
	Z   frontend.Variable `gnark:",public"`
	Tag frontend.Variable `gnark:",public"`
}

func (c *cubic) Define(api frontend.API) error {
	api.AssertIsEqual(c.Y, api.Add(api.Mul(c.X, c.X, c.X), c.X, 5))
	api.AssertIsEqual(c.Z, api.Mul(c.X, c.Y))
	api.Mul(c.Tag, c.Tag)
	return nil
}

// root states X*X = Y: another statement with another number of public inputs, and one that never mentions the constant one.
type root struct {
	X frontend.Variable
	Y frontend.Variable `gnark:",public"`
}

func (c *root) Define(api frontend.API) error {
	api.AssertIsEqual(api.Mul(c.X, c.X), c.Y)
	return nil
}

func cubicOf(x, tag int64) *cubic {
	y := x*x*x + x + 5
	return &cubic{X: x, Y: y, Z: x * y, Tag: tag}
}

// fixture is a statement with its keys.
type fixture struct {
	ccs          constraint.ConstraintSystem
	pkRaw, vkRaw []byte
	pk           *ProvingKey
	vk           *VerifyingKey
}

func newFixture(t testing.TB, circuit frontend.Circuit) *fixture {
	t.Helper()
	var f fixture
	var err error
	if f.ccs, err = Compile(circuit); err != nil {
		t.Fatal(err)
	}
	if f.pkRaw, f.vkRaw, err = Setup(f.ccs); err != nil {
		t.Fatal(err)
	}
	if f.pk, err = LoadProvingKey(f.pkRaw, sha256.Sum256(f.pkRaw)); err != nil {
		t.Fatal(err)
	}
	if f.vk, err = LoadVerifyingKey(f.vkRaw, sha256.Sum256(f.vkRaw)); err != nil {
		t.Fatal(err)
	}
	return &f
}

// The fixtures are made once: tests only read them.
var (
	cubicOnce, rootOnce sync.Once
	cubicFix, rootFix   *fixture
)

func cubicFixture(t testing.TB) *fixture {
	cubicOnce.Do(func() { cubicFix = newFixture(t, &cubic{}) })
	return cubicFix
}

func rootFixture(t testing.TB) *fixture {
	rootOnce.Do(func() { rootFix = newFixture(t, &root{}) })
	return rootFix
}

// item proves an assignment.
func (f *fixture) item(t testing.TB, assignment frontend.Circuit) Item {
	t.Helper()
	proof, err := Prove(f.ccs, f.pk, assignment)
	if err != nil {
		t.Fatal(err)
	}
	public, err := PublicInputs(assignment)
	if err != nil {
		t.Fatal(err)
	}
	return Item{VK: f.vk, Proof: proof, Public: public}
}

// cubics returns n items with different proofs; beyond 16 the proofs repeat.
func cubics(t testing.TB, n int) []Item {
	t.Helper()
	f := cubicFixture(t)
	items := make([]Item, 0, n)
	for i := range n {
		if i < 16 {
			items = append(items, f.item(t, cubicOf(int64(3+i), int64(i))))
		} else {
			items = append(items, items[i%16])
		}
	}
	return items
}

func wantErr(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("got error %v, want %v", got, want)
	}
}

func TestRoundTrip(t *testing.T) {
	f := cubicFixture(t)
	it := f.item(t, cubicOf(3, 7))
	if err := f.vk.Verify(it.Proof, it.Public); err != nil {
		t.Fatal(err)
	}
	if got, want := f.vk.NumPublic(), 3; got != want {
		t.Fatalf("got %d public inputs, want %d", got, want)
	}
	for i := range it.Public {
		public := append([]fr.Element(nil), it.Public...)
		public[i].SetUint64(1_000_003)
		wantErr(t, f.vk.Verify(it.Proof, public), ErrProofInvalid)
	}
	wantErr(t, f.vk.Verify(it.Proof, it.Public[:2]), ErrPublicCount)
	wantErr(t, f.vk.Verify(it.Proof, append(it.Public, fr.Element{})), ErrPublicCount)

	again := f.item(t, cubicOf(3, 7))
	if again.Proof == it.Proof {
		t.Fatal("two proofs of one assignment are equal: the prover does not blind")
	}
	r := rootFixture(t).item(t, &root{X: 4, Y: 16})
	if err := r.VK.Verify(r.Proof, r.Public); err != nil {
		t.Fatalf("statement without the constant: %v", err)
	}
	wantErr(t, f.vk.Verify(r.Proof, it.Public), ErrProofInvalid)
}

var _ = fmt.Sprint
var _ = ecc.BLS12_381
var _ io.Reader = rand.Reader
var _ = bytes.NewReader
var _ = groth16.NewProof
var _ types.Proof

func BenchmarkVerify(b *testing.B) {
	it := cubics(b, 1)[0]
	for b.Loop() {
		if err := it.VK.Verify(it.Proof, it.Public); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	it := cubics(b, 1)[0]
	for b.Loop() {
		var p points
		if err := p.decode(&it.Proof); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBatch(b *testing.B) {
	for _, n := range []int{2, 3, 4, 8, 64, 1024} {
		items := cubics(b, n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				bad, err := VerifyBatch(items, rand.Reader)
				if err != nil || len(bad) != 0 {
					b.Fatal(bad, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "us/proof")
		})
	}
}
