package gadget

import (
	"github.com/consensys/gnark/frontend"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/hash"
)

// TreeDepth is the number of levels between a leaf of the note tree and its root.
const TreeDepth = 20

// MaxLeaves is the number of leaves of a full note tree, 3^20; positions are below it.
const MaxLeaves types.Position = 3_486_784_401

// Path holds the two siblings of each level, from the leaf upward, in the order of their digits.
type Path [TreeDepth][2]field.Element

// Digits returns the ternary digits of pos, lowest first. Positions are below MaxLeaves; higher digits are dropped.
func Digits(pos types.Position) (d [TreeDepth]uint8) {
	for i := range d {
		d[i] = uint8(pos % 3)
		pos /= 3
	}
	return d
}

// Root returns the root of the tree in which leaf lies at pos with this path.
func (p *Path) Root(leaf field.Element, pos types.Position) field.Element {
	cur := leaf
	for i, d := range Digits(pos) {
		s := p[i]
		switch d {
		case 0:
			cur = hash.N(cur, s[0], s[1])
		case 1:
			cur = hash.N(s[0], cur, s[1])
		default:
			cur = hash.N(s[0], s[1], cur)
		}
	}
	return cur
}

// PathVar is a path with its position in a circuit: the position's digit at level i is Is1[i] + 2*Is2[i].
type PathVar struct {
	Is1, Is2 [TreeDepth]frontend.Variable
	Siblings [TreeDepth][2]frontend.Variable
}

// Assign returns the circuit's values for a path.
func (p *Path) Assign(pos types.Position) (v PathVar) {
	for i, d := range Digits(pos) {
		v.Is1[i], v.Is2[i] = d&1, d>>1
		v.Siblings[i] = [2]frontend.Variable{p[i][0], p[i][1]}
	}
	return v
}

// Position constrains every digit to be 0, 1 or 2 and returns the position, which is below 3^20 and unique for the digits: three
// constraints per level.
func (v *PathVar) Position(api frontend.API) frontend.Variable {
	var pos frontend.Variable = 0
	place := 1
	for i := range v.Is1 {
		api.AssertIsBoolean(v.Is1[i])
		api.AssertIsBoolean(v.Is2[i])
		api.AssertIsBoolean(api.Add(v.Is1[i], v.Is2[i])) // Two booleans whose sum is one are not both set: no digit is 3.
		pos = api.Add(pos, api.Mul(v.Is1[i], place), api.Mul(v.Is2[i], 2*place))
		place *= 3
	}
	return pos
}

// Root returns the root for a leaf, 242 constraints per level. Position must have been called, since it constrains the digits.
func (v *PathVar) Root(api frontend.API, h *hash.Gadget, leaf frontend.Variable) frontend.Variable {
	cur := leaf
	for i := range v.Siblings {
		s := v.Siblings[i]
		// The first child is cur at digit 0, else s0; the last is cur at digit 2, else s1; the middle one is what remains of the three.
		first := api.Add(cur, api.Mul(api.Add(v.Is1[i], v.Is2[i]), api.Sub(s[0], cur)))
		last := api.Add(s[1], api.Mul(v.Is2[i], api.Sub(cur, s[1])))
		middle := api.Sub(api.Add(cur, s[0], s[1]), first, last)
		cur = h.N(first, middle, last)
	}
	return cur
}
