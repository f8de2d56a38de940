// Package attack is a malicious prover, for the tests of circuits: it answers hints with lies and changes single wires of a solution.
//
// What it finds is a hole. That it finds nothing is no proof that there is none; a circuit's comments say why there is none.
package attack

import (
	"fmt"
	"math/big"
	"sort"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
	"github.com/consensys/gnark/backend/witness"
	"github.com/consensys/gnark/constraint"
	cs "github.com/consensys/gnark/constraint/bls12-381"
	"github.com/consensys/gnark/constraint/solver"
)

// LooseWires solves the system and then changes one wire after another, public and secret inputs included, by each of a few amounts. It
// returns the wires for which some change broke no row: a prover could give them another value. Only rows that mention a wire are
// evaluated, so the whole costs little more than the system's terms times the number of changes.
func LooseWires(system *cs.R1CS, full witness.Witness) ([]int, error) {
	out, err := system.Solve(full)
	if err != nil {
		return nil, err
	}
	w := out.(*cs.R1CSSolution).W
	rows := rowsByWire(system, len(w))
	var loose []int
	for wire := 1; wire < len(w); wire++ { // Wire 0 is the constant one.
		for _, delta := range deltas(w[wire]) {
			old := w[wire]
			w[wire].Add(&w[wire], &delta)
			broken := false
			for _, row := range rows[wire] {
				if !holds(system, row, w) {
					broken = true
					break
				}
			}
			w[wire] = old
			if !broken {
				loose = append(loose, wire)
				break
			}
		}
	}
	return loose, nil
}

// deltas are the changes to try on a wire: to the next value, to its negative, to the other boolean, and far away.
func deltas(v fr.Element) []fr.Element {
	var one, negative, other, far fr.Element
	one.SetOne()
	negative.Add(&v, &v).Neg(&negative)
	other.Sub(&one, &v).Sub(&other, &v)
	far.SetBytes([]byte("a value far from every other one"))
	out := []fr.Element{one, far}
	for _, d := range []fr.Element{negative, other} {
		if !d.IsZero() {
			out = append(out, d)
		}
	}
	return out
}

func rowsByWire(system *cs.R1CS, wires int) [][]*constraint.R1C {
	r1cs := system.GetR1Cs()
	rows := make([][]*constraint.R1C, wires)
	for i := range r1cs {
		row := &r1cs[i]
		for _, side := range []constraint.LinearExpression{row.L, row.R, row.O} {
			for _, t := range side {
				at := rows[t.WireID()]
				if len(at) == 0 || at[len(at)-1] != row {
					rows[t.WireID()] = append(at, row)
				}
			}
		}
	}
	// The shortest rows are the cheapest to break.
	for _, at := range rows {
		sort.SliceStable(at, func(i, j int) bool { return size(at[i]) < size(at[j]) })
	}
	return rows
}

func size(r *constraint.R1C) int { return len(r.L) + len(r.R) + len(r.O) }

func holds(system *cs.R1CS, row *constraint.R1C, w fr.Vector) bool {
	l, r, o := evaluate(system, row.L, w), evaluate(system, row.R, w), evaluate(system, row.O, w)
	l.Mul(&l, &r)
	return l.Equal(&o)
}

func evaluate(system *cs.R1CS, e constraint.LinearExpression, w fr.Vector) (sum fr.Element) {
	for _, t := range e {
		var p fr.Element
		p.Mul(&system.Coefficients[t.CoeffID()], &w[t.WireID()])
		sum.Add(&sum, &p)
	}
	return sum
}

// Lie answers a hint wrongly: it changes honest outputs in place.
type Lie struct {
	Name string
	Do   func(field *big.Int, inputs, outputs []*big.Int)
}

// Lies are wrong answers to a decomposition into bits, those that a sloppy circuit would take first.
var Lies = []Lie{
	{"all zero", func(_ *big.Int, _, out []*big.Int) {
		for _, o := range out {
			o.SetUint64(0)
		}
	}},
	{"lowest bit flipped", func(_ *big.Int, _, out []*big.Int) { out[0].Xor(out[0], big.NewInt(1)) }},
	{"highest bit flipped", func(_ *big.Int, _, out []*big.Int) { last := out[len(out)-1]; last.Xor(last, big.NewInt(1)) }},
	{"right sum, no booleans", func(field *big.Int, _, out []*big.Int) {
		if len(out) > 1 {
			out[0].Add(out[0], big.NewInt(2))
			out[1].Sub(out[1], big.NewInt(1)).Mod(out[1], field)
		} else {
			out[0].Add(out[0], big.NewInt(1))
		}
	}},
	{"the value itself in the lowest bit", func(_ *big.Int, in, out []*big.Int) {
		for _, o := range out {
			o.SetUint64(0)
		}
		out[0].Set(in[0])
	}},
	{"the value in the highest bit", func(field *big.Int, in, out []*big.Int) {
		for _, o := range out {
			o.SetUint64(0)
		}
		place := new(big.Int).Lsh(big.NewInt(1), uint(len(out)-1))
		top := out[len(out)-1]
		top.Mul(in[0], place.ModInverse(place, field)).Mod(top, field)
	}},
	{"bits of the value plus the modulus", func(field *big.Int, in, out []*big.Int) {
		alias := new(big.Int).Add(in[0], field)
		for i, o := range out {
			o.SetUint64(uint64(alias.Bit(i)))
		}
	}},
}

// HintCalls says how often each hint function is called in one solution, by the hint's name.
func HintCalls(system *cs.R1CS, full witness.Witness) (map[string]int, error) {
	calls := map[string]int{}
	for id, name := range system.MHintsDependencies {
		n, err := countCalls(system, full, id)
		if err != nil {
			return nil, err
		}
		calls[name] = n
	}
	return calls, nil
}

func countCalls(system *cs.R1CS, full witness.Witness, id solver.HintID) (int, error) {
	n := 0
	_, err := system.Solve(full, solver.WithNbTasks(1), override(id, func(*big.Int, []*big.Int, []*big.Int) { n++ }))
	return n, err
}

// AcceptedLies tells every lie in every single call of every hint, and in all calls at once, and returns those that the system accepted.
// A lie that leaves the honest answer unchanged is none and is skipped.
func AcceptedLies(system *cs.R1CS, full witness.Witness, lies []Lie) ([]string, error) {
	var accepted []string
	for id, name := range system.MHintsDependencies {
		calls, err := countCalls(system, full, id)
		if err != nil {
			return nil, err
		}
		for _, lie := range lies {
			for target := -1; target < calls; target++ {
				call, lied := 0, false
				_, err := system.Solve(full, solver.WithNbTasks(1), override(id, func(field *big.Int, in, out []*big.Int) {
					if target < 0 || target == call {
						before := clone(out)
						lie.Do(field, in, out)
						lied = lied || differ(before, out)
					}
					call++
				}))
				if err == nil && lied {
					accepted = append(accepted, fmt.Sprintf("%s: %s in call %d", name, lie.Name, target))
				}
			}
		}
	}
	return accepted, nil
}

// override replaces a hint by its honest answer followed by then. Hints are called one at a time with one solver task.
func override(id solver.HintID, then func(field *big.Int, inputs, outputs []*big.Int)) solver.Option {
	var honest solver.Hint
	for _, h := range solver.GetRegisteredHints() {
		if solver.GetHintID(h) == id {
			honest = h
		}
	}
	return solver.OverrideHint(id, func(field *big.Int, in, out []*big.Int) error {
		if honest != nil {
			if err := honest(field, in, out); err != nil {
				return err
			}
		}
		then(field, in, out)
		return nil
	})
}

func clone(xs []*big.Int) []*big.Int {
	out := make([]*big.Int, len(xs))
	for i, x := range xs {
		out[i] = new(big.Int).Set(x)
	}
	return out
}

func differ(a, b []*big.Int) bool {
	for i := range a {
		if a[i].Cmp(b[i]) != 0 {
			return true
		}
	}
	return false
}
