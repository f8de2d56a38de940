package ledger

import (
	"encoding/binary"

	"github.com/gero-chain/gero/types"
)

// The first byte of a key says what it is about. docs/protocol/ledger.md lists keys and values.
const (
	keyNode      = 't' // level 1, index 8 -> node 32
	keyAnchor    = 'a' // root 32 -> latest height 8
	keyHeight    = 'h' // height 8 -> root 32, leaves 8
	keyNullifier = 'n' // nullifier 32 -> index 8, height 8
	keyPool      = 'p' // asset 32 -> amount 16
	keyIssued    = 'i' // asset 32 -> amount 16
	keyBurned    = 'b' // asset 32 -> amount 16
	keyAsset     = 'l' // index 8 -> asset 32
	keySparse    = 's' // depth 2, path prefix 32 -> tag 1, two hashes 64
	keyReward    = 'q' // height 8 -> pcm 32, value 16, ciphertext
)

func key32(kind byte, id [32]byte) []byte { return append([]byte{kind}, id[:]...) }

func key64(kind byte, n uint64) []byte { return binary.BigEndian.AppendUint64([]byte{kind}, n) }

func nodeKey(level int, index uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte{keyNode, byte(level)}, index)
}

// readAmount returns the amount under a key; none is zero.
func readAmount(v View, key []byte) (types.Amount, error) {
	b, ok, err := read(v, key, 16)
	if !ok || err != nil {
		return types.Amount{}, err
	}
	return types.AmountFromBytes([16]byte(b)), nil
}

// writeAmount stores an amount; zero is stored as no key, so that a state has one representation.
func writeAmount(o *Overlay, key []byte, a types.Amount) {
	if a.IsZero() {
		o.Delete(key)
		return
	}
	b := a.Bytes()
	o.Put(key, b[:])
}
