package hash

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/consensys/gnark-crypto/ecc"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/logger"
	"github.com/consensys/gnark/test"
	"golang.org/x/crypto/sha3"

	"github.com/gero-chain/gero/zk/field"
)

var update = flag.Bool("update", false, "rewrite golden files")

func init() { logger.Disable() }

// r is repeated, not imported.
var r, _ = new(big.Int).SetString("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001", 16)

// slow is Poseidon2 written from its paper (eprint 2023/323) over plain integers: explicit matrices, explicit powers, and constants from
// the Keccak chain that primitives.md describes.
type slow struct{ constants [64][3]*big.Int }

func newSlow() *slow {
	s := new(slow)
	keccak := func(in []byte) []byte {
		h := sha3.NewLegacyKeccak256()
		h.Write(in)
		return h.Sum(nil)
	}
	link := keccak([]byte("Poseidon2-BLS12_381[t=3,rF=8,rP=56,d=5]"))
	for round := range s.constants {
		for lane := range 3 {
			s.constants[round][lane] = new(big.Int)
			if lane > 0 && round >= 4 && round < 60 {
				continue // a partial round adds a constant to its one active lane only
			}
			link = keccak(link)
			s.constants[round][lane].Mod(new(big.Int).SetBytes(link), r)
		}
	}
	return s
}

func times(m [3][3]int64, v [3]*big.Int) (out [3]*big.Int) {
	for i := range 3 {
		out[i] = new(big.Int)
		for j := range 3 {
			out[i].Add(out[i], new(big.Int).Mul(big.NewInt(m[i][j]), v[j]))
		}
		out[i].Mod(out[i], r)
	}
	return out
}

func (s *slow) permute(v [3]*big.Int) [3]*big.Int {
	external := [3][3]int64{{2, 1, 1}, {1, 2, 1}, {1, 1, 2}}
	internal := [3][3]int64{{2, 1, 1}, {1, 2, 1}, {1, 1, 3}}
	five := big.NewInt(5)
	v = times(external, v)
	for round := range s.constants {
		partial := round >= 4 && round < 60
		for lane := range 3 {
			v[lane] = new(big.Int).Add(v[lane], s.constants[round][lane])
			if lane == 0 || !partial {
				v[lane].Exp(v[lane], five, r)
			}
		}
		if partial {
			v = times(internal, v)
		} else {
			v = times(external, v)
		}
	}
	return v
}

func (s *slow) sponge(tag, n int64, xs []*big.Int) *big.Int {
	v := [3]*big.Int{big.NewInt(256*tag + n), new(big.Int), new(big.Int)}
	for i, x := range xs {
		lane := 1 + i%2
		v[lane] = new(big.Int).Mod(new(big.Int).Add(v[lane], x), r)
		if lane == 2 || i == len(xs)-1 {
			v = s.permute(v)
		}
	}
	return v[1]
}

func (s *slow) node(a, b, c *big.Int) *big.Int {
	sum := new(big.Int).Add(s.permute([3]*big.Int{a, b, c})[0], a)
	return sum.Mod(sum, r)
}

func randomElements(rng *rand.ChaCha8, n int) []field.Element {
	out := make([]field.Element, n)
	for i := range out {
		var b [64]byte
		rng.Read(b[:])
		out[i].SetBytes(b[:])
	}
	return out
}

func bigs(xs []field.Element) []*big.Int {
	out := make([]*big.Int, len(xs))
	for i := range xs {
		out[i] = field.ToBig(xs[i])
	}
	return out
}

func TestSlowVersionAgrees(t *testing.T) {
	s := newSlow()
	rng := rand.NewChaCha8([32]byte{1})
	for n := 1; n <= 9; n++ {
		xs := randomElements(rng, n)
		for _, tag := range []uint8{0, 1, 2, 3, 4, 11, 63} {
			if got, want := field.ToBig(H(tag, xs...)), s.sponge(int64(tag), int64(n), bigs(xs)); got.Cmp(want) != 0 {
				t.Errorf("H_%d of %d: got %x, want %x", tag, n, got, want)
			}
		}
	}
	for range 5 {
		x := randomElements(rng, 3)
		b := bigs(x)
		if got, want := field.ToBig(N(x[0], x[1], x[2])), s.node(b[0], b[1], b[2]); got.Cmp(want) != 0 {
			t.Errorf("N: got %x, want %x", got, want)
		}
	}
}

// TestInputCountIsBound says that padding with zeros, another tag or another count changes the hash.
func TestInputCountIsBound(t *testing.T) {
	one, zero := field.FromUint64(1), field.FromUint64(0)
	seen := map[field.Element]string{}
	for name, h := range map[string]field.Element{
		"H_1(1)": H(1, one), "H_1(1,0)": H(1, one, zero), "H_1(1,0,0)": H(1, one, zero, zero), "H_2(1)": H(2, one), "H_2(1,0)": H(2, one, zero),
		"H_1(0,1)": H(1, zero, one), "H_1(1,0,0,0)": H(1, one, zero, zero, zero), "N(1,0,0)": N(one, zero, zero), "N(0,1,0)": N(zero, one, zero),
	} {
		if other, ok := seen[h]; ok {
			t.Errorf("%s = %s", name, other)
		}
		seen[h] = name
	}
}

func TestRangePanics(t *testing.T) {
	for name, f := range map[string]func(){
		"tag 64":    func() { H(64, field.FromUint64(1)) },
		"no inputs": func() { H(1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

type vector struct {
	Tag    *uint8   `json:"tag,omitempty"` // absent: a tree node
	Inputs []string `json:"inputs"`
	Output string   `json:"output"`
}

// TestVectors holds the native version to the published file; the slow version made it with -update.
func TestVectors(t *testing.T) {
	const file = "testdata/poseidon2.json"
	s := newSlow()
	if *update {
		writeVectors(t, file, s)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var vs []vector
	if err := json.Unmarshal(raw, &vs); err != nil || len(vs) < 10 {
		t.Fatalf("%s: %v, %d vectors", file, err, len(vs))
	}
	for _, v := range vs {
		xs := make([]field.Element, len(v.Inputs))
		for i, in := range v.Inputs {
			n, _ := new(big.Int).SetString(in, 16)
			xs[i].SetBigInt(n)
		}
		var got field.Element
		if v.Tag == nil {
			got = N(xs[0], xs[1], xs[2])
		} else {
			got = H(*v.Tag, xs...)
		}
		if hex := fmt.Sprintf("%064x", field.ToBig(got)); hex != v.Output {
			t.Errorf("%+v: got %s", v, hex)
		}
	}
}

func writeVectors(t *testing.T, file string, s *slow) {
	t.Helper()
	rng := rand.NewChaCha8([32]byte{2})
	var vs []vector
	add := func(tag *uint8, xs []*big.Int, out *big.Int) {
		v := vector{Tag: tag, Output: fmt.Sprintf("%064x", out)}
		for _, x := range xs {
			v.Inputs = append(v.Inputs, x.Text(16))
		}
		vs = append(vs, v)
	}
	last := new(big.Int).Sub(r, big.NewInt(1))
	add(nil, []*big.Int{new(big.Int), new(big.Int), new(big.Int)}, s.node(new(big.Int), new(big.Int), new(big.Int)))
	add(nil, []*big.Int{big.NewInt(0), big.NewInt(1), big.NewInt(2)}, s.node(big.NewInt(0), big.NewInt(1), big.NewInt(2)))
	add(nil, []*big.Int{last, last, last}, s.node(last, last, last))
	for _, c := range []struct {
		tag uint8
		n   int
	}{{0, 3}, {1, 2}, {2, 3}, {3, 4}, {4, 4}, {5, 1}, {6, 3}, {8, 2}, {9, 2}, {10, 2}, {11, 1}} {
		xs := bigs(randomElements(rng, c.n))
		add(&c.tag, xs, s.sponge(int64(c.tag), int64(c.n), xs))
	}
	out, _ := json.MarshalIndent(vs, "", "  ")
	if err := os.WriteFile(file, append(out, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

type hashCircuit struct {
	X           [5]frontend.Variable
	H1, H4, H63 frontend.Variable
	Node        frontend.Variable
}

func (c *hashCircuit) Define(api frontend.API) error {
	g, err := NewGadget(api)
	if err != nil {
		return err
	}
	api.AssertIsEqual(g.H(1, c.X[0]), c.H1)
	api.AssertIsEqual(g.H(4, c.X[:4]...), c.H4)
	api.AssertIsEqual(g.H(63, c.X[:]...), c.H63)
	api.AssertIsEqual(g.N(c.X[0], c.X[1], c.X[2]), c.Node)
	return nil
}

func TestGadgetAgrees(t *testing.T) {
	rng := rand.NewChaCha8([32]byte{3})
	for range 3 {
		xs := randomElements(rng, 5)
		good := hashCircuit{H1: H(1, xs[0]), H4: H(4, xs[:4]...), H63: H(63, xs...), Node: N(xs[0], xs[1], xs[2])}
		for i := range xs {
			good.X[i] = xs[i]
		}
		if err := test.IsSolved(new(hashCircuit), &good, ecc.BLS12_381.ScalarField()); err != nil {
			t.Fatal(err)
		}
		for _, bad := range []func(*hashCircuit){
			func(c *hashCircuit) { c.H1 = xs[0] }, func(c *hashCircuit) { c.H4 = xs[0] }, func(c *hashCircuit) { c.H63 = xs[0] },
			func(c *hashCircuit) { c.Node = xs[0] }, func(c *hashCircuit) { c.X[4] = xs[0] }, func(c *hashCircuit) { c.X[0] = xs[1] },
		} {
			c := good
			bad(&c)
			if test.IsSolved(new(hashCircuit), &c, ecc.BLS12_381.ScalarField()) == nil {
				t.Error("the gadget accepted a wrong hash")
			}
		}
	}
}

func TestGadgetCost(t *testing.T) {
	cs, err := frontend.Compile(ecc.BLS12_381.ScalarField(), r1cs.NewBuilder, new(hashCircuit))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := cs.GetNbConstraints(), 7*240+4; got != want {
		t.Errorf("got %d constraints for seven permutations and four equalities, want %d", got, want)
	}
}

func BenchmarkN(b *testing.B) {
	x := randomElements(rand.NewChaCha8([32]byte{4}), 3)
	for b.Loop() {
		x[0] = N(x[0], x[1], x[2])
	}
}
