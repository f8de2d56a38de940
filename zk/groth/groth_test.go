package groth

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"sync"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	groth16 "github.com/consensys/gnark/backend/groth16/bls12-381"
	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bls12-381"
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

// TestAgreesWithGnark holds our equation against gnark's own verifier, on keys that gnark made and on valid and invalid proofs.
func TestAgreesWithGnark(t *testing.T) {
	ccs, err := Compile(&cubic{})
	if err != nil {
		t.Fatal(err)
	}
	var gpk groth16.ProvingKey
	var gvk groth16.VerifyingKey
	if err := groth16.Setup(ccs.(*cs.R1CS), &gpk, &gvk); err != nil {
		t.Fatal(err)
	}
	var pkRaw bytes.Buffer
	if _, err := gpk.WriteRawTo(&pkRaw); err != nil {
		t.Fatal(err)
	}
	vkRaw := encodeVerifyingKey(&gvk)
	pk, err := LoadProvingKey(pkRaw.Bytes(), sha256.Sum256(pkRaw.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	vk, err := LoadVerifyingKey(vkRaw, sha256.Sum256(vkRaw))
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{ccs: ccs, pk: pk, vk: vk}
	good, other := f.item(t, cubicOf(3, 1)), f.item(t, cubicOf(4, 1))
	for name, c := range map[string]struct {
		proof  types.Proof
		public []fr.Element
	}{
		"valid":           {good.Proof, good.Public},
		"other valid":     {other.Proof, other.Public},
		"foreign publics": {good.Proof, other.Public},
		"zero publics":    {good.Proof, make([]fr.Element, 3)},
	} {
		var p points
		if err := p.decode(&c.proof); err != nil {
			t.Fatal(err)
		}
		theirs := groth16.Verify(&groth16.Proof{Ar: p.ar, Bs: p.bs, Krs: p.krs}, &gvk, c.public)
		ours := vk.Verify(c.proof, c.public)
		if (theirs == nil) != (ours == nil) {
			t.Errorf("%s: gnark says %v, we say %v", name, theirs, ours)
		}
	}
}
