package pow

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"math/bits"
)

// fillChunk is how much key stream is written at a time: the zeros it is added to stay in the first-level cache.
const fillChunk = 4096

var zeros [fillChunk]byte

// fillScratchpad writes the key stream of AES-128 in counter mode; key and first counter block are the first 32 bytes of the seed.
func fillScratchpad(pad []byte, seed *[64]byte) {
	block, err := aes.NewCipher(seed[:16])
	if err != nil {
		panic("aes refused a 16-byte key: " + err.Error()) // 16 is a valid length
	}
	stream := cipher.NewCTR(block, seed[16:32])
	for len(pad) > 0 {
		n := min(len(pad), fillChunk)
		stream.XORKeyStream(pad[:n], zeros[:n])
		pad = pad[n:]
	}
}

// walker is the state of a walk over a scratchpad. A step permutes it for any content of the line it meets, so a walk can neither fade
// nor fall into a fixed point shared by many nonces.
type walker struct{ a, b uint64 }

// walk makes steps over the scratchpad. Each step reads the line that the step before named, takes the state through its four pairs of
// words, and so rewrites all of it.
func walk(pad []byte, w walker, steps int) walker {
	mask := uint64(len(pad)/lineSize - 1)
	a, b := w.a, w.b
	for range steps {
		line := (*[lineSize]byte)(pad[(a&mask)*lineSize:])
		a, b = cross((*[16]byte)(line[0:]), a, b)
		a, b = cross((*[16]byte)(line[16:]), a, b)
		a, b = cross((*[16]byte)(line[32:]), a, b)
		a, b = cross((*[16]byte)(line[48:]), a, b)
	}
	return walker{a, b}
}

// walkTwo makes the walks of two nonces in turns. A step waits for memory and for its own eight products; two that do not depend on
// each other share a core better than one. It is written out because calls would put the states on the stack, in the way of both.
func walkTwo(pad0, pad1 []byte, w0, w1 walker, steps int) (walker, walker) {
	mask := uint64(len(pad0)/lineSize - 1)
	a0, b0, a1, b1 := w0.a, w0.b, w1.a, w1.b
	for range steps {
		line0 := (*[lineSize]byte)(pad0[(a0&mask)*lineSize:])
		line1 := (*[lineSize]byte)(pad1[(a1&mask)*lineSize:])
		a0, b0 = cross((*[16]byte)(line0[0:]), a0, b0)
		a1, b1 = cross((*[16]byte)(line1[0:]), a1, b1)
		a0, b0 = cross((*[16]byte)(line0[16:]), a0, b0)
		a1, b1 = cross((*[16]byte)(line1[16:]), a1, b1)
		a0, b0 = cross((*[16]byte)(line0[32:]), a0, b0)
		a1, b1 = cross((*[16]byte)(line1[32:]), a1, b1)
		a0, b0 = cross((*[16]byte)(line0[48:]), a0, b0)
		a1, b1 = cross((*[16]byte)(line1[48:]), a1, b1)
	}
	return walker{a0, b0}, walker{a1, b1}
}

// cross takes the state through one pair of words (x, y): two products, each a permutation of the state because its multiplier is odd.
// The pair is rewritten with the outcome.
func cross(pair *[16]byte, a, b uint64) (uint64, uint64) {
	x, y := binary.LittleEndian.Uint64(pair[:8]), binary.LittleEndian.Uint64(pair[8:])
	hi, lo := bits.Mul64(a^x, y|1)
	a, b = b+hi, lo
	hi, lo = bits.Mul64(a^y, x|1)
	a, b = b+hi, lo
	binary.LittleEndian.PutUint64(pair[:8], x^a)
	binary.LittleEndian.PutUint64(pair[8:], y+b)
	return a, b
}

// foldScratchpad adds every line, as it stands after the last step, into the mix; no line can be left unmade or forgotten.
func foldScratchpad(pad []byte, mix *[8]uint64) {
	// Eight names and not an array, so that they stay in registers.
	m0, m1, m2, m3, m4, m5, m6, m7 := mix[0], mix[1], mix[2], mix[3], mix[4], mix[5], mix[6], mix[7]
	for len(pad) >= lineSize {
		line := (*[lineSize]byte)(pad)
		m0 ^= binary.LittleEndian.Uint64(line[0:])
		m1 ^= binary.LittleEndian.Uint64(line[8:])
		m2 ^= binary.LittleEndian.Uint64(line[16:])
		m3 ^= binary.LittleEndian.Uint64(line[24:])
		m4 ^= binary.LittleEndian.Uint64(line[32:])
		m5 ^= binary.LittleEndian.Uint64(line[40:])
		m6 ^= binary.LittleEndian.Uint64(line[48:])
		m7 ^= binary.LittleEndian.Uint64(line[56:])
		pad = pad[lineSize:]
	}
	*mix = [8]uint64{m0, m1, m2, m3, m4, m5, m6, m7}
}
