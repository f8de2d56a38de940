package ledger

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/gero-chain/gero/types"
)

const (
	labelNullifierLeaf = "nullifier leaf"
	labelNullifierNode = "nullifier node"
	labelNullifierRoot = "nullifier root"
)

// Range is a Merkle mountain range over all nullifiers in order of insertion: its size and its peaks, from the largest mountain to the
// smallest, one for each set bit of Count. Its zero value is empty. A Range is a value: Insert does not change earlier copies.
type Range struct {
	Count uint64
	Peaks [][32]byte
}

// insert returns the Range with one more leaf.
func (r Range) insert(nf types.Nullifier) Range {
	h := types.Blake2b(labelNullifierLeaf, nf[:])
	peaks := append(make([][32]byte, 0, len(r.Peaks)+1), r.Peaks...)
	for n := r.Count; n&1 == 1; n >>= 1 {
		last := peaks[len(peaks)-1]
		peaks = peaks[:len(peaks)-1]
		h = types.Blake2b(labelNullifierNode, last[:], h[:])
	}
	return Range{Count: r.Count + 1, Peaks: append(peaks, h)}
}

// Root returns BLAKE2b("nullifier root", count, peaks from the largest mountain to the smallest).
func (r Range) Root() types.NullifierRoot {
	count := binary.BigEndian.AppendUint64(nil, r.Count)
	parts := [][]byte{count}
	for i := range r.Peaks {
		parts = append(parts, r.Peaks[i][:])
	}
	return types.Blake2b(labelNullifierRoot, parts...)
}

// Encode appends the count, then the peaks, whose number follows from it.
func (r Range) Encode(e *types.Encoder) {
	e.Uint64(r.Count)
	for i := range r.Peaks {
		e.Raw(r.Peaks[i][:])
	}
}

// Decode reads the Range.
func (r *Range) Decode(d *types.Decoder) {
	r.Count = d.Uint64()
	r.Peaks = nil
	for range bits.OnesCount64(r.Count) {
		var p [32]byte
		d.Raw(p[:])
		r.Peaks = append(r.Peaks, p)
	}
}

// NullifierHeight returns the height of the block that inserted a nullifier, if one did.
func NullifierHeight(v View, nf types.Nullifier) (types.Height, bool, error) {
	b, ok, err := read(v, key32(keyNullifier, nf), 16)
	if !ok || err != nil {
		return 0, false, err
	}
	return types.Height(binary.BigEndian.Uint64(b[8:])), true, nil
}

// InsertNullifier adds a nullifier that is not there yet and returns the grown Range.
func InsertNullifier(o *Overlay, r Range, height types.Height, nf types.Nullifier) (Range, error) {
	_, ok, err := NullifierHeight(o, nf)
	if err != nil {
		return r, err
	}
	if ok {
		return r, fmt.Errorf("nullifier %s inserted twice", nf)
	}
	value := binary.BigEndian.AppendUint64(nil, r.Count)
	o.Put(key32(keyNullifier, nf), binary.BigEndian.AppendUint64(value, uint64(height)))
	return r.insert(nf), nil
}
