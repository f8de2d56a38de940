package types

import (
	"golang.org/x/crypto/blake2b"
)

// Domain labels of the BLAKE2b hashes in this package. A label, zero-padded to 32 bytes, is the key of the hash.
const (
	labelSig      = "sig"
	labelTxID     = "txid"
	labelWTxID    = "wtxid"
	labelSeal     = "seal"
	labelBlock    = "block"
	labelBody     = "body"
	labelTxLeaf   = "tx leaf"
	labelVoteLeaf = "vote leaf"
	labelBodyNode = "body node"
)

// Blake2b returns BLAKE2b-256 of the parts in order, keyed with the ASCII label zero-padded to 32 bytes. It panics on a label longer
// than 32 bytes, which only a constant of ours could be.
func Blake2b(label string, parts ...[]byte) [32]byte {
	if len(label) > 32 {
		panic("blake2b label longer than 32 bytes: " + label)
	}
	var key [32]byte
	copy(key[:], label)
	h, err := blake2b.New256(key[:])
	if err != nil {
		panic("blake2b refused a 32-byte key: " + err.Error()) // only keys over 64 bytes are refused
	}
	for _, p := range parts {
		h.Write(p)
	}
	var out [32]byte
	h.Sum(out[:0])
	return out
}

// merkleRoot folds leaves pairwise with the given node label; an unpaired node moves up unchanged and no leaves give zero.
func merkleRoot(label string, level [][32]byte) [32]byte {
	if len(level) == 0 {
		return [32]byte{}
	}
	for len(level) > 1 {
		next := make([][32]byte, 0, (len(level)+1)/2)
		for i := 0; i+1 < len(level); i += 2 {
			next = append(next, Blake2b(label, level[i][:], level[i+1][:]))
		}
		if len(level)%2 == 1 {
			next = append(next, level[len(level)-1])
		}
		level = next
	}
	return level[0]
}
