package pow

import (
	"crypto/aes"
	"encoding/binary"
	"math/big"

	"golang.org/x/crypto/blake2b"
)

// reference is Gerohash written a second time, straight from docs/protocol/work.md and for reading rather than speed: byte slices and
// big integers, no shared code with the engine. It records where a hash went.
type reference struct {
	key                                    [32]byte
	cacheRows, datasetRows                 uint32
	cache                                  [][]byte
	parents, accesses, steps, scratchBytes int

	reads []uint32 // dataset rows read by the last hash
	lines []int    // scratchpad lines crossed by the last hash
	walks [][2]uint64
}

func (r *reference) hash(size int, b []byte) []byte {
	h, err := blake2b.New(size, r.key[:])
	if err != nil {
		panic(err)
	}
	h.Write(b)
	return h.Sum(nil)
}

func word(b []byte, i int) uint32       { return binary.LittleEndian.Uint32(b[4*i:]) }
func setWord(b []byte, i int, v uint32) { binary.LittleEndian.PutUint32(b[4*i:], v) }

func refFNV(a, b uint32) uint32 {
	product := new(big.Int).Mul(big.NewInt(int64(a)), big.NewInt(16777619))
	return uint32(new(big.Int).And(product, big.NewInt(0xffffffff)).Uint64()) ^ b
}

func (r *reference) makeCache(epoch int) {
	seed := make([]byte, 32)
	for range epoch {
		seed = r.hash(32, seed)
	}
	r.cache = [][]byte{r.hash(64, seed)}
	for len(r.cache) < int(r.cacheRows) {
		r.cache = append(r.cache, r.hash(64, r.cache[len(r.cache)-1]))
	}
	for range 3 {
		for i := range r.cache {
			before := r.cache[(i+int(r.cacheRows)-1)%int(r.cacheRows)]
			picked := r.cache[word(r.cache[i], 0)%r.cacheRows]
			x := make([]byte, 64)
			for k := range x {
				x[k] = before[k] ^ picked[k]
			}
			r.cache[i] = r.hash(64, x)
		}
	}
}

func (r *reference) row(index uint32) []byte {
	mix := append([]byte(nil), r.cache[index%r.cacheRows]...)
	setWord(mix, 0, word(mix, 0)^index)
	mix = r.hash(64, mix)
	for j := range r.parents {
		parent := r.cache[refFNV(index^uint32(j), word(mix, j%16))%r.cacheRows]
		for k := range 16 {
			setWord(mix, k, refFNV(word(mix, k), word(parent, k)))
		}
	}
	return r.hash(64, mix)
}

// fill makes the scratchpad one AES block at a time.
func (r *reference) fill(seed []byte) []byte {
	block, err := aes.NewCipher(seed[:16])
	if err != nil {
		panic(err)
	}
	counter := new(big.Int).SetBytes(seed[16:32])
	limit := new(big.Int).Lsh(big.NewInt(1), 128)
	var pad []byte
	for len(pad) < r.scratchBytes {
		var in, out [16]byte
		counter.FillBytes(in[:])
		block.Encrypt(out[:], in[:])
		pad = append(pad, out[:]...)
		counter.Add(counter, big.NewInt(1)).Mod(counter, limit)
	}
	return pad
}

func (r *reference) compute(seal []byte, nonce uint64) (mix, result []byte) {
	r.reads, r.lines, r.walks = nil, nil, nil
	seed := r.hash(64, binary.LittleEndian.AppendUint64(append([]byte(nil), seal...), nonce))
	m := append([]byte(nil), seed...)
	pad := r.fill(seed)
	a, b := binary.LittleEndian.Uint64(seed[32:]), binary.LittleEndian.Uint64(seed[40:])
	for i := range r.accesses {
		at := refFNV(uint32(i)^word(seed, 0), word(m, i%16)^uint32(a)) % r.datasetRows
		r.reads = append(r.reads, at)
		k := 16 * (i % 4)
		a ^= binary.LittleEndian.Uint64(m[k:])
		b += binary.LittleEndian.Uint64(m[k+8:])
		for range r.steps {
			a, b = r.step(pad, a, b)
		}
		row := r.row(at)
		for w := range 16 {
			setWord(m, w, refFNV(word(m, w), word(row, w)))
		}
		binary.LittleEndian.PutUint64(m[k:], binary.LittleEndian.Uint64(m[k:])^a)
		binary.LittleEndian.PutUint64(m[k+8:], binary.LittleEndian.Uint64(m[k+8:])^b)
	}
	for i, p := range pad {
		m[i%64] ^= p
	}
	for i := range 8 {
		mix = binary.LittleEndian.AppendUint32(mix, refFNV(word(m, 2*i), word(m, 2*i+1)))
	}
	return mix, r.hash(32, append(append([]byte(nil), seed...), mix...))
}

func (r *reference) step(pad []byte, a, b uint64) (uint64, uint64) {
	line := int(a % uint64(len(pad)/64))
	r.lines = append(r.lines, line)
	r.walks = append(r.walks, [2]uint64{a, b})
	for p := 64 * line; p < 64*line+64; p += 16 {
		x, y := binary.LittleEndian.Uint64(pad[p:]), binary.LittleEndian.Uint64(pad[p+8:])
		a, b = refCross(a^x, y|1, b)
		a, b = refCross(a^y, x|1, b)
		binary.LittleEndian.PutUint64(pad[p:], x^a)
		binary.LittleEndian.PutUint64(pad[p+8:], y+b)
	}
	return a, b
}

// refCross returns b plus the upper half of the product, and its lower half.
func refCross(u, v, b uint64) (uint64, uint64) {
	product := new(big.Int).Mul(new(big.Int).SetUint64(u), new(big.Int).SetUint64(v))
	lo := new(big.Int).And(product, new(big.Int).SetUint64(^uint64(0))).Uint64()
	hi := product.Rsh(product, 64).Uint64()
	return b + hi, lo
}
