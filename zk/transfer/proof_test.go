package transfer

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/groth"
)

// proved is a witness with its proof. The proofs of a run are made once.
type proved struct {
	public Public
	proof  types.Proof
}

func prove(w *Witness) (p proved, err error) {
	if p.public, err = w.Public(); err != nil {
		return p, err
	}
	p.proof, err = Prove(w)
	return p, err
}

var emptyProof = sync.OnceValues(func() (proved, error) { return prove(empty(1)) })

func TestProofVerifies(t *testing.T) {
	p, err := prove(mixed(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(p.public, p.proof); err != nil {
		t.Errorf("an honest proof: %v", err)
	}
	other, err := mixed(t, 2).Public()
	if err != nil {
		t.Fatal(err)
	}
	if err := Verify(other, p.proof); !errors.Is(err, groth.ErrProofInvalid) {
		t.Errorf("another transfer's public part: got %v", err)
	}
	bad := p.proof
	bad[50] ^= 1
	if err := Verify(p.public, bad); err == nil {
		t.Error("a changed proof verified")
	}
}

// TestProofBindsEveryPublic changes each public input of a proof. The transfer is an empty one, whose statement holds for every anchor and
// public asset: that these are bound nevertheless is the work of their squares.
func TestProofBindsEveryPublic(t *testing.T) {
	p, err := emptyProof()
	if err != nil {
		t.Fatal(err)
	}
	it, err := Item(p.public, p.proof)
	if err != nil {
		t.Fatal(err)
	}
	if len(it.Public) != NumPublic || it.VK.NumPublic() != NumPublic {
		t.Fatalf("%d inputs, the key has %d, want %d", len(it.Public), it.VK.NumPublic(), NumPublic)
	}
	if err := it.VK.Verify(it.Proof, it.Public); err != nil {
		t.Fatal(err)
	}
	one := field.FromUint64(1)
	for i := range it.Public {
		old := it.Public[i]
		for _, change := range []func(){
			func() { it.Public[i].Add(&it.Public[i], &one) },
			func() { it.Public[i].Neg(&it.Public[i]) },
		} {
			change()
			if err := it.VK.Verify(it.Proof, it.Public); it.Public[i] != old && !errors.Is(err, groth.ErrProofInvalid) {
				t.Errorf("public input %d changed: got %v, want %v", i, err, groth.ErrProofInvalid)
			}
			it.Public[i] = old
		}
	}
}

// TestAliasesAreRefused gives every element its second name, b + r, under which a reducing decoder would find the same proof valid.
func TestAliasesAreRefused(t *testing.T) {
	p, err := emptyProof()
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]func(*Public){
		"anchor":       func(q *Public) { q.Anchor = alias(t, q.Anchor) },
		"public asset": func(q *Public) { q.PubAsset = alias(t, q.PubAsset) },
		"rk with y+r": func(q *Public) {
			parity := q.RK[0] & 0x80
			q.RK[0] &^= 0x80
			q.RK = alias(t, q.RK)
			q.RK[0] |= parity
		},
	}
	for i := range inputs {
		cases["nullifier "+string(rune('0'+i))] = func(q *Public) { q.Nullifiers[i] = alias(t, q.Nullifiers[i]) }
	}
	for i := range outputs {
		cases["commitment "+string(rune('0'+i))] = func(q *Public) { q.Commitments[i] = alias(t, q.Commitments[i]) }
	}
	for name, change := range cases {
		q := p.public
		change(&q)
		if err := Verify(q, p.proof); !errors.Is(err, field.ErrNotCanonical) && !errors.Is(err, field.ErrNotOnCurve) {
			t.Errorf("%s: got %v, want %v", name, err, field.ErrNotCanonical)
		}
	}
	flipped := p.public
	flipped.RK[0] ^= 0x80
	if err := Verify(flipped, p.proof); !errors.Is(err, groth.ErrProofInvalid) {
		t.Errorf("-rk: got %v", err)
	}
}

func TestPublicOfABundle(t *testing.T) {
	p, err := mixed(t, 1).Public()
	if err != nil {
		t.Fatal(err)
	}
	b := types.Bundle{
		Anchor: p.Anchor, Nullifiers: p.Nullifiers, Commitments: p.Commitments, RK: p.RK,
		ValueNative: p.VN, ValueToken: p.VT, PubAsset: p.PubAsset,
	}
	if got := PublicOf(&b); got != p {
		t.Errorf("got %+v, want %+v", got, p)
	}
	if p.VN != types.NewAmount(300) || p.VT != types.NewAmount(100) || p.PubAsset != token {
		t.Errorf("got %v, %v of %v", p.VN, p.VT, p.PubAsset)
	}
	elements, err := p.Elements()
	if err != nil {
		t.Fatal(err)
	}
	s := mustStatement(t, mixed(t, 1))
	for i, v := range s.variables()[:NumPublic] {
		if elements[i] != *v.e {
			t.Errorf("public input %d is not %s", i, v.name)
		}
	}
	inputs, err := groth.PublicInputs(s.assign())
	if err != nil {
		t.Fatal(err)
	}
	for i := range inputs {
		if inputs[i] != elements[i] {
			t.Errorf("public input %d differs from the circuit's", i)
		}
	}
}

// TestKeysArePinned holds each file to its pin, and a damaged file to an error.
func TestKeysArePinned(t *testing.T) {
	for name, f := range map[string]struct {
		raw []byte
		pin [32]byte
	}{"proving": {provingRaw, provingPin}, "verifying": {verifyingRaw, verifyingPin}, "system": {systemRaw, systemPin}} {
		if sha256.Sum256(f.raw) != f.pin {
			t.Errorf("%s: the file is not the pinned one", name)
		}
	}
	bad := bytes.Clone(systemRaw)
	bad[len(bad)/2] ^= 1
	if _, err := decodeSystem(bad, systemPin); !errors.Is(err, ErrSystem) {
		t.Errorf("damaged system: got %v", err)
	}
	if _, err := decodeSystem(bad[:100], sha256.Sum256(bad[:100])); !errors.Is(err, ErrSystem) {
		t.Errorf("truncated system with a pin of its own: got %v", err)
	}
	if n, err := Constraints(); err != nil || n != compiled().GetNbConstraints() {
		t.Errorf("got %d, %v, want %d", n, err, compiled().GetNbConstraints())
	}
}

// TestPinsFile holds pins.go to what MakeKeys would write for the files.
func TestPinsFile(t *testing.T) {
	want, err := os.ReadFile("pins.go")
	if err != nil {
		t.Fatal(err)
	}
	if got := (KeyFiles{Proving: provingRaw, Verifying: verifyingRaw, System: systemRaw}).Pins(); !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestGoldenProof verifies a proof that was made once, so that no change of an encoding goes unnoticed. -update makes another, which is due
// only with new keys.
func TestGoldenProof(t *testing.T) {
	type golden struct {
		VerifyingKey string   `json:"verifyingKey"` // SHA-256
		Public       []string `json:"public"`
		Proof        string   `json:"proof"`
	}
	const file = "testdata/proof.json"
	vk, err := VerifyingKey()
	if err != nil {
		t.Fatal(err)
	}
	hash := vk.Hash()
	if *update {
		p, err := prove(mixed(t, 1))
		if err != nil {
			t.Fatal(err)
		}
		g := golden{VerifyingKey: hex.EncodeToString(hash[:]), Proof: hex.EncodeToString(p.proof[:])}
		elements, err := p.public.Elements()
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range elements {
			b := field.EncodeElement(e)
			g.Public = append(g.Public, hex.EncodeToString(b[:]))
		}
		raw, _ := json.MarshalIndent(g, "", "  ")
		if err := os.WriteFile(file, append(raw, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(raw, &g); err != nil {
		t.Fatal(err)
	}
	if want := hex.EncodeToString(hash[:]); g.VerifyingKey != want {
		t.Fatalf("the proof was made under key %s, the key is %s", g.VerifyingKey, want)
	}
	var proof types.Proof
	if b, err := hex.DecodeString(g.Proof); err != nil || copy(proof[:], b) != len(proof) {
		t.Fatalf("proof: %v, %d bytes", err, len(b))
	}
	var public []field.Element
	for _, h := range g.Public {
		b, err := hex.DecodeString(h)
		if err != nil || len(b) != field.Size {
			t.Fatalf("public input %q: %v", h, err)
		}
		e, err := field.DecodeElement([field.Size]byte(b))
		if err != nil {
			t.Fatal(err)
		}
		public = append(public, e)
	}
	if err := vk.Verify(proof, public); err != nil {
		t.Error(err)
	}
}

func BenchmarkProve(b *testing.B) {
	w := mixed(b, 1)
	if _, err := Prove(w); err != nil {
		b.Fatal(err)
	}
	n, _ := Constraints()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Prove(w); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n), "constraints")
}

func BenchmarkVerify(b *testing.B) {
	p, err := emptyProof()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := Verify(p.public, p.proof); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoadKeys(b *testing.B) {
	for b.Loop() {
		if _, err := groth.LoadProvingKey(provingRaw, provingPin); err != nil {
			b.Fatal(err)
		}
		if _, err := decodeSystem(systemRaw, systemPin); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPublic(b *testing.B) {
	w := mixed(b, 1)
	for b.Loop() {
		if _, err := w.Public(); err != nil {
			b.Fatal(err)
		}
	}
}
