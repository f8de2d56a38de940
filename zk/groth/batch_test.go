package groth

import (
	"bytes"
	"crypto/rand"
	"errors"
	"math/big"
	mrand "math/rand/v2"
	"slices"
	"testing"

	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"

	"github.com/gero-chain/gero/types"
)

// countingReader hands out one repeated byte and counts what was read.
type countingReader struct {
	value byte
	n     int
}

func (r *countingReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r.value
	}
	r.n += len(p)
	return len(p), nil
}

func batchBad(t *testing.T, items []Item) []int {
	t.Helper()
	bad, err := VerifyBatch(items, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return bad
}

func wantBad(t *testing.T, items []Item, want []int) {
	t.Helper()
	if got := batchBad(t, items); !slices.Equal(got, want) {
		t.Fatalf("got bad proofs %v, want %v", got, want)
	}
	first, err := FirstBad(items, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if len(want) == 0 && first != -1 || len(want) > 0 && !slices.Contains(want, first) {
		t.Fatalf("got first bad proof %d, want one of %v", first, want)
	}
}

// shift returns the proof with a multiple of the generator added to Krs, canonical but invalid.
func shift(t *testing.T, proof types.Proof, by int64) types.Proof {
	t.Helper()
	var p points
	if err := p.decode(&proof); err != nil {
		t.Fatal(err)
	}
	_, _, g1, _ := bls.Generators()
	var d bls.G1Affine
	var s fr.Element
	s.SetInt64(by)
	d.ScalarMultiplication(&g1, s.BigInt(new(big.Int)))
	p.krs.Add(&p.krs, &d)
	return p.encode()
}

func TestBatchValid(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 4, 33, 70} {
		wantBad(t, cubics(t, n), nil)
	}
}

// TestBatchCancellingPair builds two invalid proofs whose errors cancel when both weigh the same: Krs1 + D and Krs2 - D. With equal
// coefficients the batch accepts them, which shows that the pair is what it claims to be; with random ones both are named.
func TestBatchCancellingPair(t *testing.T) {
	for _, n := range []int{2, 3, 9, 40} {
		items := cubics(t, n)
		a, z := 0, n-1
		items[a].Proof = shift(t, items[a].Proof, 99)
		items[z].Proof = shift(t, items[z].Proof, -99)
		wantErr(t, items[a].VK.Verify(items[a].Proof, items[a].Public), ErrProofInvalid)
		wantErr(t, items[z].VK.Verify(items[z].Proof, items[z].Public), ErrProofInvalid)
		wantBad(t, items, []int{a, z})
		if n < smallBatch {
			continue
		}
		bad, err := VerifyBatch(items, &countingReader{value: 7})
		if err != nil {
			t.Fatal(err)
		}
		if len(bad) != 0 {
			t.Fatalf("equal coefficients: got bad %v: the pair does not cancel and proves nothing", bad)
		}
	}
}

// TestBatchBisects hides every kind of bad item at random places and wants exactly those back.
func TestBatchBisects(t *testing.T) {
	rng := mrand.New(mrand.NewPCG(1, 2))
	for _, c := range []struct{ n, k int }{{3, 1}, {3, 3}, {4, 2}, {7, 1}, {16, 1}, {16, 16}, {33, 5}, {64, 3}} {
		items := cubics(t, c.n)
		want := rng.Perm(c.n)[:c.k]
		slices.Sort(want)
		for n, i := range want {
			switch n % 4 {
			case 0:
				items[i].Proof = shift(t, items[i].Proof, int64(i+1))
			case 1:
				items[i].Public = slices.Clone(items[i].Public)
				items[i].Public[2].SetUint64(424242)
			case 2:
				items[i].Proof[0] ^= 0x40
			case 3:
				items[i].Public = items[i].Public[:1]
			}
		}
		wantBad(t, items, want)
	}
}

func TestBatchMixedKeys(t *testing.T) {
	roots := rootFixture(t)
	items := cubics(t, 5)
	for x := range 4 {
		items = append(items, roots.item(t, &root{X: x + 2, Y: (x + 2) * (x + 2)}))
	}
	rand := mrand.New(mrand.NewPCG(3, 4))
	rand.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
	wantBad(t, items, nil)

	// Errors of proofs under different keys must not cancel either, and a valid proof under another key is invalid.
	var c, r []int
	for i := range items {
		if items[i].VK == roots.vk {
			r = append(r, i)
		} else {
			c = append(c, i)
		}
	}
	broken := slices.Clone(items)
	broken[c[0]].Proof = shift(t, broken[c[0]].Proof, 5)
	broken[r[0]].Proof = shift(t, broken[r[0]].Proof, -5)
	want := []int{c[0], r[0]}
	slices.Sort(want)
	wantBad(t, broken, want)

	swapped := slices.Clone(items)
	swapped[r[1]].VK, swapped[r[1]].Public = cubicFixture(t).vk, items[c[1]].Public
	wantBad(t, swapped, []int{r[1]})
}

// TestBatchCoefficients holds that each proof gets 16 fresh bytes and that a dry source is an error of the call, not of a proof.
func TestBatchCoefficients(t *testing.T) {
	items := cubics(t, 8)
	var r countingReader
	r.value = 1
	if bad, err := VerifyBatch(items, &r); err != nil || len(bad) != 0 {
		t.Fatalf("got %v, %v", bad, err)
	}
	if r.n != 8*16 {
		t.Fatalf("got %d bytes of randomness, want %d", r.n, 8*16)
	}
	if bad, err := VerifyBatch(items, bytes.NewReader(make([]byte, 8*16-1))); err == nil || bad != nil {
		t.Fatalf("got %v, %v from a dry source, want an error", bad, err)
	}
	items[3].VK = nil
	if _, err := VerifyBatch(items, rand.Reader); err == nil || errors.Is(err, ErrProofInvalid) {
		t.Fatalf("got error %v for an item without key", err)
	}
}

// TestFirstBadIsTheLowest has badly proved items at every place of small batches, alone and together with others.
func TestFirstBadIsTheLowest(t *testing.T) {
	for n := 1; n <= 9; n++ {
		items := cubics(t, n)
		for i := n - 1; i >= 0; i-- {
			alone := cubics(t, n)
			alone[i].Proof = shift(t, alone[i].Proof, int64(i+1))
			items[i].Proof = alone[i].Proof
			for name, set := range map[string][]Item{"alone": alone, "with all above": items} {
				got, err := FirstBad(set, rand.Reader)
				if err != nil || got != i {
					t.Fatalf("%d of %d %s: got %d, %v", i, n, name, got, err)
				}
			}
		}
	}
	if _, err := FirstBad(cubics(t, 3), bytes.NewReader(nil)); err == nil {
		t.Error("no randomness, no error")
	}
	if _, err := FirstBad([]Item{{}}, rand.Reader); err == nil {
		t.Error("no key, no error")
	}
}
