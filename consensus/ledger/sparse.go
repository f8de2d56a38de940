package ledger

import (
	"encoding/binary"

	"github.com/gero-chain/gero/types"
)

const (
	labelPoolKey  = "pool key"
	labelPoolLeaf = "pool leaf"
	labelPoolNode = "pool node"
)

// The sparse Merkle tree over pools. A leaf's path is the 256 bits of BLAKE2b("pool key", asset), most significant first. The value of
// a set of leaves that share their first d bits is
//
//	zero                                            if it is empty,
//	BLAKE2b("pool leaf", asset, amount)             if it is one leaf,
//	BLAKE2b("pool node", value with next bit 0, value with next bit 1)   otherwise.
//
// So the root depends on the set alone, and a leaf lies just below the point where its path parts from all others. A stored record is
// either such a single leaf (its path and hash) or a branch (the values of both sides).
const (
	recordLeaf   = 1
	recordBranch = 2
	recordSize   = 1 + 32 + 32
)

type record struct {
	kind byte
	a, b [32]byte // leaf: path, hash; branch: left, right
}

func (r *record) value() [32]byte {
	if r.kind == recordLeaf {
		return r.b
	}
	return types.Blake2b(labelPoolNode, r.a[:], r.b[:])
}

// side returns the branch's value on the side of a bit.
func (r *record) side(bit int) *[32]byte {
	if bit == 0 {
		return &r.a
	}
	return &r.b
}

func pathBit(path *[32]byte, depth int) int { return int(path[depth/8]>>(7-depth%8)) & 1 }

func sparseKey(depth int, path *[32]byte) []byte {
	prefix := *path
	for i := depth; i < 256; i++ {
		if i%8 == 0 {
			clear(prefix[i/8:])
			break
		}
		prefix[i/8] &^= 1 << (7 - i%8)
	}
	return append(binary.BigEndian.AppendUint16([]byte{keySparse}, uint16(depth)), prefix[:]...)
}

func readRecord(v View, depth int, path *[32]byte) (*record, error) {
	b, ok, err := read(v, sparseKey(depth, path), recordSize)
	if !ok || err != nil {
		return nil, err
	}
	r := &record{kind: b[0], a: [32]byte(b[1:33]), b: [32]byte(b[33:])}
	if r.kind != recordLeaf && r.kind != recordBranch {
		return nil, corrupt("record kind %d in the pool tree", r.kind)
	}
	return r, nil
}

func writeRecord(o *Overlay, depth int, path *[32]byte, r *record) {
	if r == nil {
		o.Delete(sparseKey(depth, path))
		return
	}
	b := make([]byte, 0, recordSize)
	b = append(b, r.kind)
	b = append(b, r.a[:]...)
	o.Put(sparseKey(depth, path), append(b, r.b[:]...))
}

// PoolRoot returns the root of the pool tree; zero when every pool is empty.
func PoolRoot(v View) (types.PoolRoot, error) {
	r, err := readRecord(v, 0, new([32]byte))
	if r == nil || err != nil {
		return types.PoolRoot{}, err
	}
	return r.value(), nil
}

// setPoolLeaf brings an asset's leaf in line with its amount and returns the root. It touches the nodes of one path.
func setPoolLeaf(o *Overlay, asset types.AssetID, amount types.Amount) (types.PoolRoot, error) {
	path := types.Blake2b(labelPoolKey, asset[:])
	var leaf *record
	if !amount.IsZero() {
		v := amount.Bytes()
		leaf = &record{kind: recordLeaf, a: path, b: types.Blake2b(labelPoolLeaf, asset[:], v[:])}
	}
	branches, end, err := descend(o, &path)
	if err != nil {
		return types.PoolRoot{}, err
	}
	depth := len(branches)
	switch {
	case end != nil && end.a != path && leaf == nil:
		// The asset has no leaf and shall have none.
	case end != nil && end.a != path:
		end = splitLeaf(o, depth, end, leaf)
	default:
		end = leaf
		writeRecord(o, depth, &path, end)
	}
	return ascend(o, &path, branches, end)
}

// descend follows a path through branches to the first record that is none; end is that leaf, or nil.
func descend(v View, path *[32]byte) (branches []*record, end *record, err error) {
	for depth := 0; depth <= 256; depth++ {
		r, err := readRecord(v, depth, path)
		if err != nil {
			return nil, nil, err
		}
		if r == nil || r.kind == recordLeaf {
			return branches, r, nil
		}
		branches = append(branches, r)
	}
	return nil, nil, corrupt("pool tree deeper than its paths")
}

// splitLeaf replaces the leaf old at a depth by branches down to where its path parts from the new leaf's, and returns the top one.
func splitLeaf(o *Overlay, depth int, old, leaf *record) *record {
	parting := depth
	for pathBit(&old.a, parting) == pathBit(&leaf.a, parting) {
		parting++
	}
	writeRecord(o, parting+1, &old.a, old)
	writeRecord(o, parting+1, &leaf.a, leaf)
	r := &record{kind: recordBranch}
	*r.side(pathBit(&old.a, parting)) = old.b
	*r.side(pathBit(&leaf.a, parting)) = leaf.b
	for d := parting; ; d-- {
		writeRecord(o, d, &leaf.a, r)
		if d == depth {
			return r
		}
		up := &record{kind: recordBranch}
		*up.side(pathBit(&leaf.a, d-1)) = r.value()
		r = up
	}
}

// ascend carries a changed record up to the root. A branch left with a single leaf below it becomes that leaf.
func ascend(o *Overlay, path *[32]byte, branches []*record, below *record) (types.PoolRoot, error) {
	for d := len(branches) - 1; d >= 0; d-- {
		r, bit := branches[d], pathBit(path, d)
		var value [32]byte
		if below != nil {
			value = below.value()
		}
		*r.side(bit) = value
		single, err := onlyLeaf(o, d, path, r, below)
		if err != nil {
			return types.PoolRoot{}, err
		}
		if single != nil {
			sibling := *path
			sibling[d/8] ^= 1 << (7 - d%8)
			o.Delete(sparseKey(d+1, path))
			o.Delete(sparseKey(d+1, &sibling))
			r = single
		}
		writeRecord(o, d, path, r)
		below = r
	}
	if below == nil {
		return types.PoolRoot{}, nil
	}
	return below.value(), nil
}

// onlyLeaf returns the one leaf below a branch at a depth, or nil if there are more.
func onlyLeaf(v View, depth int, path *[32]byte, r, below *record) (*record, error) {
	other := *r.side(1 - pathBit(path, depth))
	if below != nil {
		if below.kind == recordLeaf && other == ([32]byte{}) {
			return below, nil
		}
		return nil, nil
	}
	sibling := *path
	sibling[depth/8] ^= 1 << (7 - depth%8)
	s, err := readRecord(v, depth+1, &sibling)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, corrupt("branch of the pool tree without leaves at depth %d", depth)
	}
	if s.kind == recordLeaf {
		return s, nil
	}
	return nil, nil
}
