package pow

import (
	"encoding/binary"
)

const fnvPrime = 0x01000193

// fnv is ethash's mixing of two words.
func fnv(a, b uint32) uint32 { return a*fnvPrime ^ b }

// mixIn folds another row into r, word by word.
func (r *Row) mixIn(o *Row) {
	for i := range r {
		r[i] = r[i]*fnvPrime ^ o[i]
	}
}

// setBytes fills the row from 64 bytes.
func (r *Row) setBytes(b *[RowSize]byte) {
	for i := range r {
		r[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
}

// putBytes writes the row as 64 bytes.
func (r *Row) putBytes(b *[RowSize]byte) {
	for i := range r {
		binary.LittleEndian.PutUint32(b[4*i:], r[i])
	}
}

// Cache is the small memory of one epoch from which any row of its dataset can be computed. It is immutable and safe for concurrent use.
type Cache struct {
	algorithm *Algorithm
	epoch     Epoch
	rows      []Row
	dataset   uint32 // rows of the dataset
}

// NewCache makes the cache of an epoch. For a betanet epoch this takes a third of a second and 16 MiB. An epoch out of range is
// ErrEpoch.
func NewCache(a *Algorithm, e Epoch) (*Cache, error) {
	seed, err := a.Seed(e)
	if err != nil {
		return nil, err
	}
	cacheRows, err := a.CacheRows(e)
	if err != nil {
		return nil, err
	}
	datasetRows, err := a.DatasetRows(e)
	if err != nil {
		return nil, err
	}
	return newCache(a, e, seed, cacheRows, datasetRows), nil
}

// newCache makes a cache of any size: a chain of hashes from the seed, then passes of low-round RandMemoHash (Lerner 2014), in which a
// row becomes the hash of its predecessor and of one that its own content picks.
func newCache(a *Algorithm, e Epoch, seed [32]byte, cacheRows, datasetRows uint32) *Cache {
	c := &Cache{algorithm: a, epoch: e, rows: make([]Row, cacheRows), dataset: datasetRows}
	h := a.newHashes()
	link := h.sum512(seed[:])
	for i := range c.rows {
		c.rows[i].setBytes(link)
		link = h.sum512(link[:])
	}
	var buf [RowSize]byte
	for range a.rounds {
		for i := range c.rows {
			before := &c.rows[(i+len(c.rows)-1)%len(c.rows)]
			picked := &c.rows[c.rows[i][0]%cacheRows]
			var x Row
			for w := range x {
				x[w] = before[w] ^ picked[w]
			}
			x.putBytes(&buf)
			c.rows[i].setBytes(h.sum512(buf[:]))
		}
	}
	return c
}

// Algorithm returns what the cache belongs to.
func (c *Cache) Algorithm() *Algorithm { return c.algorithm }

// Epoch returns the epoch the cache belongs to.
func (c *Cache) Epoch() Epoch { return c.epoch }

// DatasetRows returns the number of rows of the epoch's dataset.
func (c *Cache) DatasetRows() uint32 { return c.dataset }

// Compute fills dst with the rows of the dataset from first on. It may run on many goroutines at once.
func (c *Cache) Compute(first uint32, dst []Row) { c.compute(c.algorithm.newHashes(), first, dst) }

// lanes is the number of rows computed side by side, so that the processor has other rows to work on while one waits for memory: each
// parent's address depends on the parent before it. Sixteen rows are half again as fast as four and gain nothing beyond.
const lanes = 16

func (c *Cache) compute(h *hashes, first uint32, dst []Row) {
	for len(dst) >= lanes {
		c.computeLanes(h, first, (*[lanes]Row)(dst))
		first, dst = first+lanes, dst[lanes:]
	}
	for i := range dst {
		c.computeOne(h, first+uint32(i), &dst[i])
	}
}

func (c *Cache) computeLanes(h *hashes, first uint32, mix *[lanes]Row) {
	n := uint32(len(c.rows))
	for l := range mix {
		c.open(h, first+uint32(l), &mix[l])
	}
	var parents [lanes]*Row
	for j := range c.algorithm.parents {
		for l := range mix {
			p := fnv((first+uint32(l))^j, mix[l][j%rowWords])
			parents[l] = &c.rows[p%n]
			prefetch(parents[l])
		}
		for l := range mix {
			mix[l].mixIn(parents[l])
		}
	}
	for l := range mix {
		hashRow(h, &mix[l])
	}
}

func (c *Cache) computeOne(h *hashes, index uint32, mix *Row) {
	c.computeWhile(h, index, mix, func() {})
}

// computeWhile computes a row and calls meanwhile after asking for each parent: there is time for something else until memory answers.
func (c *Cache) computeWhile(h *hashes, index uint32, mix *Row, meanwhile func()) {
	n := uint32(len(c.rows))
	c.open(h, index, mix)
	for j := range c.algorithm.parents {
		parent := &c.rows[fnv(index^j, mix[j%rowWords])%n]
		prefetch(parent)
		meanwhile()
		mix.mixIn(parent)
	}
	hashRow(h, mix)
}

// open starts a dataset row: the cache row of its index, marked with the index and hashed.
func (c *Cache) open(h *hashes, index uint32, mix *Row) {
	*mix = c.rows[index%uint32(len(c.rows))]
	mix[0] ^= index
	hashRow(h, mix)
}

func hashRow(h *hashes, r *Row) {
	buf := &h.in
	r.putBytes(buf)
	r.setBytes(h.sum512(buf[:]))
}
