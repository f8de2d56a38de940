package pow

import (
	"encoding/binary"

	"github.com/gero-chain/gero/types"
)

type result struct{}

// Result is what a hash is judged by: read as a big-endian integer it must not exceed the target.
type Result = types.Bytes32[result]

// Dataset is where a Hasher finds rows: a whole dataset in memory, or a cache from which each is computed when asked for.
type Dataset struct {
	full  []Row
	light *Cache
	reads uint32 // number of places a read may start, each of the algorithm's width
}

// Full returns the Dataset over all rows of an epoch. The rows are not copied and must not change while in use.
func (a *Algorithm) Full(rows []Row) Dataset {
	return Dataset{full: rows, reads: uint32(len(rows) / a.width)}
}

// Light returns the Dataset that computes rows when asked for: no memory but the cache, at a tenth of the speed.
func (c *Cache) Light() Dataset {
	return Dataset{light: c, reads: c.dataset / uint32(c.algorithm.width)}
}

// Hasher computes hashes on one thread, with buffers that it reuses: about 256 KiB for a network's Gerohash. It is not safe for
// concurrent use.
type Hasher struct {
	algorithm *Algorithm
	hashes    *hashes
	lane      [2]lane // the second is used, and its scratchpad made, only by HashTwo
}

// lane is the state of one nonce on its way.
type lane struct {
	pad  []byte
	seed [64]byte
	mix  [2]Row
	walk walker
	at   uint32 // where the present access reads
	rows []Row  // what it reads

	computed [2]Row // holds rows that come from a cache
}

// NewHasher returns a Hasher for the algorithm.
func NewHasher(a *Algorithm) *Hasher {
	h := &Hasher{algorithm: a, hashes: a.newHashes()}
	h.lane[0].pad = make([]byte, a.scratchpad)
	return h
}

// Hash returns the mix and the result of a nonce.
func (h *Hasher) Hash(d Dataset, seal types.SealHash, nonce types.Nonce) (types.Mix, Result) {
	l := &h.lane[0]
	h.open(l, seal, nonce)
	for i := range h.algorithm.accesses {
		h.read(l, d, i)
		h.enter(l, i)
		switch {
		case d.light != nil:
			h.walkComputing(l, d.light)
		case len(l.pad) != 0:
			l.walk = walk(l.pad, l.walk, h.algorithm.steps)
		}
		h.absorb(l, i)
	}
	return h.close(l)
}

// HashTwo returns mixes and results of two nonces, computed side by side.
func (h *Hasher) HashTwo(d Dataset, seal types.SealHash, nonces [2]types.Nonce) (mixes [2]types.Mix, results [2]Result) {
	l0, l1 := &h.lane[0], &h.lane[1]
	if l1.pad == nil {
		l1.pad = make([]byte, h.algorithm.scratchpad)
	}
	h.open(l0, seal, nonces[0])
	h.open(l1, seal, nonces[1])
	for i := range h.algorithm.accesses {
		h.read(l0, d, i)
		h.read(l1, d, i)
		h.enter(l0, i)
		h.enter(l1, i)
		switch {
		case d.light != nil:
			h.walkComputing(l0, d.light)
			h.walkComputing(l1, d.light)
		case len(l0.pad) != 0:
			l0.walk, l1.walk = walkTwo(l0.pad, l1.pad, l0.walk, l1.walk, h.algorithm.steps)
		}
		h.absorb(l0, i)
		h.absorb(l1, i)
	}
	mixes[0], results[0] = h.close(l0)
	mixes[1], results[1] = h.close(l1)
	return mixes, results
}

// open derives everything a nonce starts from: the seed, the mix, the scratchpad and the walker.
func (h *Hasher) open(l *lane, seal types.SealHash, nonce types.Nonce) {
	l.seed = h.seed(seal, nonce)
	l.mix[0].setBytes(&l.seed)
	l.mix[1] = l.mix[0]
	l.walk = walker{}
	if len(l.pad) != 0 {
		fillScratchpad(l.pad, &l.seed)
		l.walk = walker{binary.LittleEndian.Uint64(l.seed[32:]), binary.LittleEndian.Uint64(l.seed[40:])}
	}
}

// seed hashes the seal hash and the nonce, the latter reversed as in ethash: a nonce is a number, big-endian in the header,
// little-endian here.
func (h *Hasher) seed(seal types.SealHash, nonce types.Nonce) [64]byte {
	in := h.hashes.in[:40]
	copy(in, seal[:])
	binary.LittleEndian.PutUint64(in[32:], binary.BigEndian.Uint64(nonce[:]))
	return *h.hashes.sum512(in)
}

// read finds what access i reads. The place depends on the walker, so on every walk before; but it is known before the walk that
// follows, which hides the wait for memory.
func (h *Hasher) read(l *lane, d Dataset, i uint32) {
	width := uint32(h.algorithm.width)
	word := l.mixWord(i%(rowWords*width)) ^ uint32(l.walk.a)
	l.at = fnv(i^binary.LittleEndian.Uint32(l.seed[:]), word) % d.reads * width
	if d.light != nil {
		l.rows = l.computed[:width] // walkComputing fills them
		return
	}
	l.rows = d.full[l.at : l.at+width]
	for r := range l.rows {
		prefetch(&l.rows[r])
	}
}

// walkComputing computes the rows of the present access, and takes the steps of its walk while memory answers.
func (h *Hasher) walkComputing(l *lane, c *Cache) {
	left := h.algorithm.steps
	share := left / int(h.algorithm.parents)
	for r := range l.rows {
		c.computeWhile(h.hashes, l.at+uint32(r), &l.rows[r], func() {
			if share > 0 && left >= share {
				l.walk = walk(l.pad, l.walk, share)
				left -= share
			}
		})
	}
	if left > 0 {
		l.walk = walk(l.pad, l.walk, left)
	}
}

func (l *lane) mixWord(i uint32) uint32 { return l.mix[i/rowWords%2][i%rowWords] }

// enter lets two words of the mix steer the walk.
func (h *Hasher) enter(l *lane, i uint32) {
	if len(l.pad) == 0 {
		return
	}
	k := 4 * (i % 4)
	m := &l.mix[0]
	l.walk.a ^= uint64(m[k]) | uint64(m[k+1])<<32
	l.walk.b += uint64(m[k+2]) | uint64(m[k+3])<<32
}

// absorb folds what was read into the mix, then the walker into the words that steered it.
func (h *Hasher) absorb(l *lane, i uint32) {
	for r := range l.rows {
		l.mix[r].mixIn(&l.rows[r])
	}
	if len(l.pad) != 0 {
		k := 4 * (i % 4)
		m := &l.mix[0]
		m[k] ^= uint32(l.walk.a)
		m[k+1] ^= uint32(l.walk.a >> 32)
		m[k+2] ^= uint32(l.walk.b)
		m[k+3] ^= uint32(l.walk.b >> 32)
	}
}

// close folds the scratchpad, compresses the mix to 32 bytes and hashes it with the seed.
func (h *Hasher) close(l *lane) (types.Mix, Result) {
	if len(l.pad) != 0 {
		var fold [8]uint64
		foldScratchpad(l.pad, &fold)
		for i, f := range fold {
			l.mix[0][2*i] ^= uint32(f)
			l.mix[0][2*i+1] ^= uint32(f >> 32)
		}
	}
	group := uint32(rowWords * h.algorithm.width / 8)
	var mix types.Mix
	for i := range uint32(8) {
		word := l.mixWord(group * i)
		for j := uint32(1); j < group; j++ {
			word = fnv(word, l.mixWord(group*i+j))
		}
		binary.LittleEndian.PutUint32(mix[4*i:], word)
	}
	return mix, h.result(&l.seed, mix)
}

func (h *Hasher) result(seed *[64]byte, mix types.Mix) Result {
	return Result(h.hashes.sum256(seed[:], mix[:]))
}
