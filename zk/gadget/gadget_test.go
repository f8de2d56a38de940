package gadget

import (
	"math/big"
	"math/rand/v2"
	"testing"

	cs "github.com/consensys/gnark/constraint/bls12-381"
	"github.com/consensys/gnark/frontend"
	"github.com/consensys/gnark/frontend/cs/r1cs"
	"github.com/consensys/gnark/logger"

	"github.com/gero-chain/gero/internal/attack"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/hash"
)

func init() { logger.Disable() }

func compile(t testing.TB, c frontend.Circuit) *cs.R1CS {
	t.Helper()
	ccs, err := frontend.Compile(field.Modulus(), r1cs.NewBuilder, c)
	if err != nil {
		t.Fatal(err)
	}
	return ccs.(*cs.R1CS)
}

func solves(t testing.TB, system *cs.R1CS, assignment frontend.Circuit) bool {
	t.Helper()
	w, err := frontend.NewWitness(assignment, field.Modulus())
	if err != nil {
		t.Fatal(err)
	}
	_, err = system.Solve(w)
	return err == nil
}

// attacked runs the malicious prover on a valid assignment.
func attacked(t *testing.T, system *cs.R1CS, assignment frontend.Circuit) {
	t.Helper()
	w, err := frontend.NewWitness(assignment, field.Modulus())
	if err != nil {
		t.Fatal(err)
	}
	loose, err := attack.LooseWires(system, w)
	if err != nil || len(loose) > 0 {
		t.Errorf("unconstrained wires %v, %v", loose, err)
	}
	accepted, err := attack.AcceptedLies(system, w, attack.Lies)
	if err != nil || len(accepted) > 0 {
		t.Errorf("accepted lies %v, %v", accepted, err)
	}
}

type mulCircuit struct {
	Bits [252]frontend.Variable
	Out  PointVar `gnark:",public"`
}

var baseB = NewFixedBase(field.BaseB(), 252)

func (c *mulCircuit) Define(api frontend.API) error {
	p := baseB.Mul(api, c.Bits[:])
	api.AssertIsEqual(p.X, c.Out.X)
	api.AssertIsEqual(p.Y, c.Out.Y)
	return nil
}

func assignMul(s *big.Int, out field.Point) *mulCircuit {
	c := &mulCircuit{Out: AssignPoint(out)}
	for i := range c.Bits {
		c.Bits[i] = s.Bit(i)
	}
	return c
}

func TestFixedBaseAgrees(t *testing.T) {
	system := compile(t, new(mulCircuit))
	if got, want := system.GetNbConstraints(), 84*12-6+2; got != want {
		t.Errorf("got %d constraints, want %d", got, want)
	}
	l := field.Order()
	all := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 252), big.NewInt(1))
	scalars := []*big.Int{
		new(big.Int), big.NewInt(1), big.NewInt(7), big.NewInt(8), big.NewInt(9), l, new(big.Int).Sub(l, big.NewInt(1)),
		new(big.Int).Add(l, big.NewInt(1)), all, new(big.Int).Lsh(big.NewInt(1), 251),
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 10 {
		s := new(big.Int)
		for range 4 {
			s.Lsh(s, 63).Add(s, new(big.Int).SetUint64(rng.Uint64()>>1))
		}
		scalars = append(scalars, s)
	}
	other := field.BaseV()
	for _, s := range scalars {
		if s.BitLen() > 252 {
			t.Fatal("scalar too long for the test")
		}
		want := field.Mul(field.BaseB(), s)
		if !solves(t, system, assignMul(s, want)) {
			t.Errorf("[%x]B refused", s)
		}
		if solves(t, system, assignMul(s, other)) || solves(t, system, assignMul(new(big.Int).Xor(s, big.NewInt(1)), want)) {
			t.Errorf("a wrong product for %x accepted", s)
		}
	}
	attacked(t, system, assignMul(scalars[len(scalars)-1], field.Mul(field.BaseB(), scalars[len(scalars)-1])))
}

func TestFixedBaseRefusesDigitsThatAreNoBits(t *testing.T) {
	system := compile(t, new(mulCircuit))
	c := assignMul(big.NewInt(2), field.Mul(field.BaseB(), big.NewInt(2)))
	c.Bits[0], c.Bits[1] = 2, 0
	if solves(t, system, c) {
		t.Error("a bit of 2 accepted")
	}
}

// shortCircuit multiplies by a number of bits that is no multiple of the window.
type shortCircuit struct {
	V   frontend.Variable
	Out PointVar `gnark:",public"`
}

var baseV = NewFixedBase(field.BaseV(), AmountBits)

func (c *shortCircuit) Define(api frontend.API) error {
	p := baseV.Mul(api, AssertAmount(api, c.V))
	api.AssertIsEqual(p.X, c.Out.X)
	api.AssertIsEqual(p.Y, c.Out.Y)
	return nil
}

func TestAmountTimesBase(t *testing.T) {
	system := compile(t, new(shortCircuit))
	max := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 128), big.NewInt(1))
	for _, v := range []*big.Int{new(big.Int), big.NewInt(1), max, new(big.Int).Rsh(max, 1)} {
		if !solves(t, system, &shortCircuit{V: v, Out: AssignPoint(field.Mul(field.BaseV(), v))}) {
			t.Errorf("[%x]V refused", v)
		}
	}
	for _, v := range []*big.Int{new(big.Int).Add(max, big.NewInt(1)), new(big.Int).Sub(field.Modulus(), big.NewInt(8))} {
		if solves(t, system, &shortCircuit{V: v, Out: AssignPoint(field.Mul(field.BaseV(), v))}) {
			t.Errorf("%x accepted as an amount", v)
		}
	}
	attacked(t, system, &shortCircuit{V: max, Out: AssignPoint(field.Mul(field.BaseV(), max))})
}

type addCircuit struct {
	P, Q PointVar
	Out  PointVar `gnark:",public"`
}

func (c *addCircuit) Define(api frontend.API) error {
	AssertOnCurve(api, c.P)
	AssertOnCurve(api, c.Q)
	p := AddPoints(api, c.P, c.Q)
	api.AssertIsEqual(p.X, c.Out.X)
	api.AssertIsEqual(p.Y, c.Out.Y)
	return nil
}

func TestAdditionIsComplete(t *testing.T) {
	system := compile(t, new(addCircuit))
	b := field.BaseB()
	var neg field.Point
	neg.Neg(&b)
	var order2 field.Point // (0, -1)
	order2.Y.SetOne().Neg(&order2.Y)
	points := []field.Point{field.Identity(), b, neg, order2, field.Add(b, order2), field.Mul(b, big.NewInt(5))}
	for i := uint64(3); len(points) < 10; i++ { // Points of every order, torsion included.
		y := field.FromUint64(i)
		if p, err := field.DecodePoint(y.Bytes()); err == nil {
			points = append(points, p, field.Mul(p, field.Order()))
		}
	}
	for _, p := range points {
		for _, q := range points {
			want := field.Add(p, q)
			if !solves(t, system, &addCircuit{AssignPoint(p), AssignPoint(q), AssignPoint(want)}) {
				t.Errorf("%v + %v refused", p, q)
			}
			if wrong := field.Add(want, order2); solves(t, system, &addCircuit{AssignPoint(p), AssignPoint(q), AssignPoint(wrong)}) {
				t.Errorf("%v + %v accepted with the sum shifted by a point of order 2", p, q)
			}
		}
	}
	off := PointVar{X: 3, Y: 4}
	if solves(t, system, &addCircuit{off, AssignPoint(b), AssignPoint(b)}) {
		t.Error("a point off the curve accepted")
	}
	attacked(t, system, &addCircuit{AssignPoint(b), AssignPoint(points[5]), AssignPoint(field.Add(b, points[5]))})
}

type pathCircuit struct {
	Leaf      frontend.Variable
	Path      PathVar
	Pos, Root frontend.Variable `gnark:",public"`
}

func (c *pathCircuit) Define(api frontend.API) error {
	h, err := hash.NewGadget(api)
	if err != nil {
		return err
	}
	api.AssertIsEqual(c.Path.Position(api), c.Pos)
	api.AssertIsEqual(c.Path.Root(api, h, c.Leaf), c.Root)
	return nil
}

func randomPath(rng *rand.ChaCha8) (p Path) {
	for i := range p {
		for j := range p[i] {
			var b [32]byte
			rng.Read(b[:])
			p[i][j] = field.Trunc31(b)
		}
	}
	return p
}

func TestPathAgrees(t *testing.T) {
	system := compile(t, new(pathCircuit))
	if got, want := system.GetNbConstraints(), TreeDepth*(240+2+3)+2; got != want {
		t.Errorf("got %d constraints, want %d", got, want)
	}
	rng := rand.NewChaCha8([32]byte{7})
	leaf := field.FromUint64(99)
	for _, pos := range []types.Position{0, 1, 2, 3, 5, 1_000_003, MaxLeaves - 1, MaxLeaves / 2} {
		p := randomPath(rng)
		root := p.Root(leaf, pos)
		good := pathCircuit{Leaf: leaf, Path: p.Assign(pos), Pos: uint64(pos), Root: root}
		if !solves(t, system, &good) {
			t.Fatalf("path at %d refused", pos)
		}
		for name, change := range map[string]func(*pathCircuit){
			"leaf":      func(c *pathCircuit) { c.Leaf = 98 },
			"position":  func(c *pathCircuit) { c.Pos = uint64(pos) + 1 },
			"root":      func(c *pathCircuit) { c.Root = 1 },
			"sibling":   func(c *pathCircuit) { c.Path.Siblings[11][1] = 5 },
			"digit 3":   func(c *pathCircuit) { c.Path.Is1[4], c.Path.Is2[4] = 1, 1 },
			"next":      func(c *pathCircuit) { c.Path = p.Assign((pos + 1) % MaxLeaves) },
			"no bit":    func(c *pathCircuit) { c.Path.Is1[0] = 2; c.Path.Is2[0] = 0 },
			"minus one": func(c *pathCircuit) { c.Path.Is1[1] = -1; c.Path.Is2[1] = 1 },
			"swapped siblings": func(c *pathCircuit) {
				s := &c.Path.Siblings[3]
				s[0], s[1] = s[1], s[0]
			},
		} {
			c := good
			change(&c)
			if solves(t, system, &c) {
				t.Errorf("position %d: changed %s accepted", pos, name)
			}
		}
	}
	p := randomPath(rng)
	attacked(t, system, &pathCircuit{Leaf: leaf, Path: p.Assign(12345), Pos: 12345, Root: p.Root(leaf, 12345)})
}

// TestPathOfNaiveTree builds two small levels by hand, to hold the order of children against the specification and not against ourselves.
func TestPathOfNaiveTree(t *testing.T) {
	var z [TreeDepth + 1]field.Element
	for i := range TreeDepth {
		z[i+1] = hash.N(z[i], z[i], z[i])
	}
	leaf := func(i uint64) field.Element { return field.FromUint64(1000 + i) }
	var low [3]field.Element
	for i := range low {
		k := uint64(3 * i)
		low[i] = hash.N(leaf(k), leaf(k+1), leaf(k+2))
	}
	root := hash.N(low[0], low[1], low[2])
	for i := 2; i < TreeDepth; i++ {
		root = hash.N(root, z[i], z[i])
	}
	for pos := range uint64(9) {
		var p Path
		var others []field.Element
		for i := range uint64(3) {
			if i != pos%3 {
				others = append(others, leaf(pos/3*3+i))
			}
		}
		for i := range uint64(3) {
			if i != pos/3 {
				others = append(others, low[i])
			}
		}
		p[0], p[1] = [2]field.Element(others[:2]), [2]field.Element(others[2:])
		for i := 2; i < TreeDepth; i++ {
			p[i] = [2]field.Element{z[i], z[i]}
		}
		if got := p.Root(leaf(pos), types.Position(pos)); got != root {
			t.Errorf("position %d: got root %v, want %v", pos, got, root)
		}
	}
	if MaxLeaves != 3*3*3*3*3*3*3*3*3*3*3*3*3*3*3*3*3*3*3*3 {
		t.Error("MaxLeaves is not 3^20")
	}
}

type condCircuit struct {
	When, A, B frontend.Variable
}

func (c *condCircuit) Define(api frontend.API) error {
	AssertEqualIf(api, c.When, c.A, c.B)
	return nil
}

func TestAssertEqualIf(t *testing.T) {
	system := compile(t, new(condCircuit))
	for _, c := range []struct {
		when, a, b int
		want       bool
	}{{0, 1, 2, true}, {1, 2, 2, true}, {5, 2, 2, true}, {1, 1, 2, false}, {-3, 1, 2, false}} {
		if got := solves(t, system, &condCircuit{c.when, c.a, c.b}); got != c.want {
			t.Errorf("%+v: got %v", c, got)
		}
	}
}

type bindCircuit struct {
	Free  frontend.Variable `gnark:",public"`
	Other frontend.Variable `gnark:",public"`
}

func (c *bindCircuit) Define(api frontend.API) error {
	Bind(api, c.Free)
	api.AssertIsEqual(c.Other, 3)
	return nil
}

func TestBindMakesARow(t *testing.T) {
	if got := compile(t, new(bindCircuit)).GetNbConstraints(); got != 2 {
		t.Errorf("got %d constraints, want the square and the equality", got)
	}
}

func BenchmarkMerklePath(b *testing.B) {
	p := randomPath(rand.NewChaCha8([32]byte{8}))
	leaf := field.FromUint64(3)
	for b.Loop() {
		p.Root(leaf, 123456789)
	}
	b.ReportMetric(float64(compile(b, new(pathCircuit)).GetNbConstraints()), "constraints")
}
