package ledger

import (
	"errors"
	"fmt"
	"sync"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/hash"
)

// Shape of the note tree. Statement T fixes it.
const (
	Arity    = 3
	Depth    = 20
	Capacity = 3_486_784_401 // leaves: 3^20
)

// Errors of callers of the note tree.
var (
	ErrFull     = errors.New("note tree full")
	ErrNotLeaf  = errors.New("position not in the note tree of that size")
	errZeroLeaf = errors.New("zero commitment")
)

// zeros returns Z_0..Z_20: the roots of empty subtrees by level.
var zeros = sync.OnceValue(func() (z [Depth + 1]field.Element) {
	for l := range Depth {
		z[l+1] = hash.N(z[l], z[l], z[l])
	}
	return z
})

// EmptyRoot returns the root of the note tree without leaves.
func EmptyRoot() types.NoteRoot { return field.EncodeElement(zeros()[Depth]) }

// Append adds commitments at positions size, size+1, ... and stores every node that is complete now; about half a hash per leaf. It
// returns the new size, or ErrFull and stores nothing.
//
// Only complete nodes are stored, and a complete node never changes: that is why root and path of every earlier size can still be
// computed, and why a Diff of this tree is as small as its new leaves.
func Append(o *Overlay, size uint64, leaves []types.Commitment) (uint64, error) {
	if size > Capacity || uint64(len(leaves)) > Capacity-size {
		return size, ErrFull
	}
	row := make([]field.Element, len(leaves)) // complete nodes of the level that this call adds, from index first
	for i := range leaves {
		e, err := field.DecodeElement(leaves[i])
		if err != nil {
			return size, fmt.Errorf("leaf %d: %w", i, err)
		}
		if leaves[i].IsZero() {
			return size, fmt.Errorf("leaf %d: %w", i, errZeroLeaf)
		}
		row[i] = e
	}
	first, end := size, size+uint64(len(leaves))
	for level := 0; level <= Depth && len(row) > 0; level++ {
		for i := range row {
			b := field.EncodeElement(row[i])
			o.Put(nodeKey(level, first+uint64(i)), b[:])
		}
		if level == Depth {
			break
		}
		next, err := parents(o, level, first, row)
		if err != nil {
			return size, err
		}
		row, first = next, first/Arity
	}
	return end, nil
}

// parents returns the nodes one level up that the row completes. The first of them may need up to two older siblings.
func parents(v View, level int, first uint64, row []field.Element) ([]field.Element, error) {
	parent := first / Arity
	children := make([]field.Element, 0, Arity-1+len(row))
	for i := parent * Arity; i < first; i++ {
		e, err := node(v, level, i)
		if err != nil {
			return nil, err
		}
		children = append(children, e)
	}
	children = append(children, row...)
	up := make([]field.Element, len(children)/Arity)
	for i := range up {
		c := children[i*Arity:]
		up[i] = hash.N(c[0], c[1], c[2])
	}
	return up, nil
}

// node reads a complete node.
func node(v View, level int, index uint64) (field.Element, error) {
	b, ok, err := read(v, nodeKey(level, index), 32)
	if err != nil {
		return field.Element{}, err
	}
	if !ok {
		return field.Element{}, corrupt("node %d of level %d missing", index, level)
	}
	e, err := field.DecodeElement([32]byte(b))
	if err != nil {
		return field.Element{}, corrupt("node %d of level %d: %v", index, level, err)
	}
	return e, nil
}

// edge is the right border of the tree at a size: per level the one node that is neither complete nor empty, if any.
type edge struct {
	size    uint64
	width   [Depth + 1]uint64 // complete nodes per level
	partial [Depth + 1]bool
	value   [Depth + 1]field.Element
}

// newEdge computes the border with at most two reads and one hash per level.
func newEdge(v View, size uint64) (*edge, error) {
	if size > Capacity {
		return nil, ErrFull
	}
	z := zeros()
	e := &edge{size: size}
	e.width[0] = size
	for l := range Depth {
		e.width[l+1] = e.width[l] / Arity
		var c [Arity]field.Element
		n := 0
		for i := e.width[l+1] * Arity; i < e.width[l]; i++ {
			x, err := node(v, l, i)
			if err != nil {
				return nil, err
			}
			c[n] = x
			n++
		}
		if e.partial[l] {
			c[n] = e.value[l]
			n++
		}
		if n == 0 {
			continue
		}
		for ; n < Arity; n++ {
			c[n] = z[l]
		}
		e.partial[l+1], e.value[l+1] = true, hash.N(c[0], c[1], c[2])
	}
	return e, nil
}

// at returns the node of a level and index in the tree of the edge's size.
func (e *edge) at(v View, level int, index uint64) (field.Element, error) {
	switch {
	case index < e.width[level]:
		return node(v, level, index)
	case index == e.width[level] && e.partial[level]:
		return e.value[level], nil
	default:
		return zeros()[level], nil
	}
}

// Root returns the root of the note tree at a size, today's or any earlier one. It reads at most forty nodes.
func Root(v View, size uint64) (types.NoteRoot, error) {
	e, err := newEdge(v, size)
	if err != nil {
		return types.NoteRoot{}, err
	}
	root, err := e.at(v, Depth, 0)
	if err != nil {
		return types.NoteRoot{}, err
	}
	return field.EncodeElement(root), nil
}

// Path returns, from the leaves up, the two siblings of each node between the leaf at pos and the root of the tree at a size, in
// ascending order of index: the order in which statement T takes them. It reads at most eighty nodes; pos must be below size.
func Path(v View, size uint64, pos types.Position) ([Depth][Arity - 1]field.Element, error) {
	var path [Depth][Arity - 1]field.Element
	if uint64(pos) >= size {
		return path, fmt.Errorf("%w: position %d, size %d", ErrNotLeaf, pos, size)
	}
	e, err := newEdge(v, size)
	if err != nil {
		return path, err
	}
	index := uint64(pos)
	for l := range Depth {
		n := 0
		for i := index / Arity * Arity; n < Arity-1; i++ {
			if i == index {
				continue
			}
			if path[l][n], err = e.at(v, l, i); err != nil {
				return path, err
			}
			n++
		}
		index /= Arity
	}
	return path, nil
}

// Leaf returns the commitment at a position below the size of the tree.
func Leaf(v View, pos types.Position) (types.Commitment, error) {
	b, ok, err := read(v, nodeKey(0, uint64(pos)), 32)
	if err != nil {
		return types.Commitment{}, err
	}
	if !ok {
		return types.Commitment{}, fmt.Errorf("%w: position %d", ErrNotLeaf, pos)
	}
	return types.Commitment(b), nil
}
