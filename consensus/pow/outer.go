package pow

import (
	"hash"

	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/sha3"
)

// outerHash is the cryptographic hash around the memory-hard middle.
type outerHash uint8

const (
	keyedBLAKE2b outerHash = iota + 1 // BLAKE2b keyed with the chain tag: Gerohash
	keccak                            // Keccak with its original padding: ethash
)

// hashes holds one thread's hash states, reused so that a row costs no allocation.
type hashes struct {
	h256, h512 hash.Hash
	in, out    [64]byte
}

func (a *Algorithm) newHashes() *hashes {
	if a.outer == keccak {
		return &hashes{h256: sha3.NewLegacyKeccak256(), h512: sha3.NewLegacyKeccak512()}
	}
	h256, err256 := blake2b.New256(a.key[:])
	h512, err512 := blake2b.New512(a.key[:])
	if err256 != nil || err512 != nil {
		panic("blake2b refused a 32-byte key") // only keys over 64 bytes are refused
	}
	return &hashes{h256: h256, h512: h512}
}

// sum256 returns the 32-byte hash of the parts in order.
func (h *hashes) sum256(parts ...[]byte) [32]byte {
	h.h256.Reset()
	for _, p := range parts {
		h.h256.Write(p)
	}
	return [32]byte(h.h256.Sum(h.out[:0]))
}

// sum512 returns the 64-byte hash of b. The result stays valid until the next call.
func (h *hashes) sum512(b []byte) *[64]byte {
	h.h512.Reset()
	h.h512.Write(b)
	h.h512.Sum(h.out[:0])
	return &h.out
}
