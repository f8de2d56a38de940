// Package pow is the proof of work as a pure function: Gerohash and ethash in one parametrised engine, its target and its retarget
// rule. It reads no clock, no disk and no network and keeps no state of its own. Specification: docs/protocol/work.md.
package pow

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// RowSize is the length of a row of cache and dataset in bytes.
const RowSize = 64

const (
	rowWords = RowSize / 4
	lineSize = 64      // bytes of a scratchpad line
	maxRows  = 1 << 26 // 4 GiB of rows: more than any network asks for, and indices stay far inside 32 bits
	// ethash's own numbers, from its specification.
	ethashEpochBlocks = 30_000
	ethashCacheRounds = 3
)

// labelAlgorithm keys the hash that names an Algorithm.
const labelAlgorithm = "pow algorithm"

// ErrEpoch reports an epoch beyond the last that an Algorithm defines, 900 years from genesis on betanet. Headers that link to a
// genesis never reach it; it keeps a forged height from asking for endless work.
var ErrEpoch = errors.New("dataset epoch out of range")

// Row is one 64-byte row of a cache or dataset as sixteen words; on the wire and inside hashes the words are little-endian.
type Row [rowWords]uint32

// Epoch counts dataset epochs from genesis.
type Epoch uint64

// Algorithm is a memory-hard hash with all its numbers fixed. It is immutable and safe for concurrent use.
type Algorithm struct {
	outer       outerHash // what hashes seeds, rows and results
	key         [32]byte  // of the outer hash, if it is keyed
	epochBlocks uint64
	maxEpoch    Epoch
	cache       growth
	dataset     growth
	rounds      int    // passes over the cache when it is made
	parents     uint32 // cache rows mixed into a dataset row
	accesses    uint32 // reads of the dataset per hash
	width       int    // rows per read: 1, or 2 for ethash
	scratchpad  int    // bytes per nonce, a power of two; 0 for none
	steps       int    // scratchpad steps between two reads
}

// growth is a size in bytes as a function of the epoch.
type growth struct{ initial, step, limit uint64 }

func (g growth) at(e Epoch) uint64 { return min(g.initial+g.step*uint64(e), g.limit) }

// Gerohash returns the network's proof of work. It refuses numbers that the engine cannot honour exactly.
func Gerohash(w params.Work) (*Algorithm, error) {
	a := &Algorithm{
		outer:       keyedBLAKE2b,
		epochBlocks: w.EpochBlocks,
		maxEpoch:    1<<16 - 1,
		cache:       growth{w.CacheSize, 0, w.CacheSize},
		dataset:     growth{w.DatasetInit, w.DatasetGrowth, w.DatasetMax},
		rounds:      ethashCacheRounds,
		width:       1,
	}
	if len(w.ChainTag) == 0 || len(w.ChainTag) > len(a.key) {
		return nil, fmt.Errorf("proof of work: chain tag %q: want 1 to %d bytes", w.ChainTag, len(a.key))
	}
	copy(a.key[:], w.ChainTag)
	for _, size := range []struct {
		name  string
		bytes uint64
	}{{"cache", w.CacheSize}, {"initial dataset", w.DatasetInit}, {"largest dataset", w.DatasetMax}} {
		// An even number of rows lets the search for a prime below it walk over odd numbers.
		if size.bytes < 8*RowSize || size.bytes%(2*RowSize) != 0 || size.bytes > maxRows*RowSize {
			return nil, fmt.Errorf("proof of work: %s of %d bytes: want a multiple of %d between %d and %d",
				size.name, size.bytes, 2*RowSize, 8*RowSize, uint64(maxRows*RowSize))
		}
	}
	if w.DatasetGrowth%(2*RowSize) != 0 || w.DatasetGrowth > maxRows*RowSize || w.DatasetMax < w.DatasetInit {
		return nil, fmt.Errorf("proof of work: dataset growth of %d bytes up to %d does not fit its start %d",
			w.DatasetGrowth, w.DatasetMax, w.DatasetInit)
	}
	if w.ScratchpadSize < lineSize || w.ScratchpadSize > 1<<30 || w.ScratchpadSize&(w.ScratchpadSize-1) != 0 {
		return nil, fmt.Errorf("proof of work: scratchpad of %d bytes: want a power of two from %d", w.ScratchpadSize, lineSize)
	}
	for _, count := range []uint64{w.EpochBlocks, w.Accesses, w.Mutations, w.Parents} {
		if count == 0 || count > math.MaxUint16 {
			return nil, fmt.Errorf("proof of work: count %d: want 1 to %d", count, math.MaxUint16)
		}
	}
	a.scratchpad = int(w.ScratchpadSize)
	a.accesses, a.steps, a.parents = uint32(w.Accesses), int(w.Mutations), uint32(w.Parents)
	return a, nil
}

// Ethash returns standard ethash, for tests against its published vectors and for comparison.
func Ethash() *Algorithm {
	return &Algorithm{
		outer:       keccak,
		epochBlocks: ethashEpochBlocks,
		maxEpoch:    1<<11 - 1,
		cache:       growth{1 << 24, 1 << 17, math.MaxUint64},
		dataset:     growth{1 << 30, 1 << 23, math.MaxUint64},
		rounds:      ethashCacheRounds,
		parents:     256,
		accesses:    64,
		width:       2,
	}
}

// Epoch returns the dataset epoch of a height.
func (a *Algorithm) Epoch(h types.Height) Epoch { return Epoch(uint64(h) / a.epochBlocks) }

// FirstHeight returns the first height of an epoch.
func (a *Algorithm) FirstHeight(e Epoch) types.Height { return types.Height(uint64(e) * a.epochBlocks) }

// CacheRows returns the number of rows of an epoch's cache: the largest prime below its size, since FNV leaves patterns in the low bits
// that a power of two would keep.
func (a *Algorithm) CacheRows(e Epoch) (uint32, error) {
	if e > a.maxEpoch {
		return 0, fmt.Errorf("%w: %d is above %d", ErrEpoch, e, a.maxEpoch)
	}
	return primeBelow(a.cache.at(e) / RowSize), nil
}

// DatasetRows returns the number of rows of an epoch's dataset: as many whole reads as the largest prime below its size.
func (a *Algorithm) DatasetRows(e Epoch) (uint32, error) {
	if e > a.maxEpoch {
		return 0, fmt.Errorf("%w: %d is above %d", ErrEpoch, e, a.maxEpoch)
	}
	width := uint64(a.width)
	return primeBelow(a.dataset.at(e)/(RowSize*width)) * uint32(width), nil
}

// Seed returns what an epoch's cache is made from: zero, hashed once for every epoch.
func (a *Algorithm) Seed(e Epoch) ([32]byte, error) {
	var seed [32]byte
	if e > a.maxEpoch {
		return seed, fmt.Errorf("%w: %d is above %d", ErrEpoch, e, a.maxEpoch)
	}
	h := a.newHashes()
	for range e {
		seed = h.sum256(seed[:])
	}
	return seed, nil
}

// ID names the Algorithm: two differ in it exactly if they may differ in any row or hash. Dataset files carry it.
func (a *Algorithm) ID() [32]byte {
	b := append([]byte{byte(a.outer)}, a.key[:]...)
	for _, n := range []uint64{
		a.epochBlocks, uint64(a.maxEpoch), a.cache.initial, a.cache.step, a.cache.limit, a.dataset.initial, a.dataset.step,
		a.dataset.limit, uint64(a.rounds), uint64(a.parents), uint64(a.accesses), uint64(a.width), uint64(a.scratchpad), uint64(a.steps),
	} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return types.Blake2b(labelAlgorithm, b)
}

// primeBelow returns the largest prime below an even n of at least 4.
func primeBelow(n uint64) uint32 {
	for n--; !isPrime(n); n -= 2 {
	}
	return uint32(n) // the constructors and maxEpoch keep n inside 32 bits
}

// isPrime divides by every odd number up to the root: a few thousand divisions for the sizes here. n is odd.
func isPrime(n uint64) bool {
	for d := uint64(3); d*d <= n; d += 2 {
		if n%d == 0 {
			return false
		}
	}
	return n > 1
}
