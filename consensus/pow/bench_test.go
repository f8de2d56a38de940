package pow

import (
	"encoding/binary"
	"sync"
	"testing"

	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// realWork repeats betanet's numbers.
func realWork() params.Work {
	return params.Work{
		ChainTag: "gero betanet v1", CacheSize: 16 << 20, DatasetInit: 512 << 20, DatasetGrowth: 4 << 20, DatasetMax: 2 << 30,
		EpochBlocks: 30_000, ScratchpadSize: 256 << 10, Accesses: 128, Mutations: 32, Parents: 32,
	}
}

func gerohash(t testing.TB, w params.Work) *Algorithm {
	t.Helper()
	a, err := Gerohash(w)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func cache(t testing.TB, a *Algorithm, e Epoch) *Cache {
	t.Helper()
	c, err := NewCache(a, e)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func nonce(n uint64) (out types.Nonce) {
	binary.BigEndian.PutUint64(out[:], n)
	return out
}

// realDataset is shared by the benchmarks that need one: half a gigabyte of rows. What it holds does not change the speed, so the rows
// are not computed.
var realDataset = sync.OnceValue(func() []Row {
	rows := make([]Row, 8388593)
	for i := range rows {
		for w := range rows[i] {
			rows[i][w] = uint32(i)*2654435761 + uint32(w)*40503
		}
	}
	return rows
})

func BenchmarkHash(b *testing.B) {
	a := gerohash(b, realWork())
	h := NewHasher(a)
	d := a.Full(realDataset())
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		h.Hash(d, types.SealHash{}, nonce(uint64(i)))
	}
}

func BenchmarkHashTwo(b *testing.B) {
	a := gerohash(b, realWork())
	h := NewHasher(a)
	d := a.Full(realDataset())
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		h.HashTwo(d, types.SealHash{}, [2]types.Nonce{nonce(uint64(n)), nonce(uint64(n + 1))})
		n += 2
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/hash")
}

func BenchmarkLight(b *testing.B) {
	a := gerohash(b, realWork())
	c := cache(b, a, 0)
	h := NewHasher(a)
	for i := 0; b.Loop(); i++ {
		h.Hash(c.Light(), types.SealHash{}, nonce(uint64(i)))
	}
}

func BenchmarkNewCache(b *testing.B) {
	a := gerohash(b, realWork())
	for b.Loop() {
		cache(b, a, 0)
	}
}

func BenchmarkCompute(b *testing.B) {
	c := cache(b, gerohash(b, realWork()), 0)
	dst := make([]Row, 1024)
	b.SetBytes(int64(len(dst) * RowSize))
	for i := 0; b.Loop(); i++ {
		c.Compute(uint32(i*len(dst))%c.dataset, dst)
	}
	b.ReportMetric(float64(b.N*len(dst))/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkFill(b *testing.B) {
	pad := make([]byte, 256<<10)
	var seed [64]byte
	for i := 0; b.Loop(); i++ {
		seed[0] = byte(i)
		fillScratchpad(pad, &seed)
	}
}

func BenchmarkWalk(b *testing.B) {
	pad := make([]byte, 256<<10)
	fillScratchpad(pad, new([64]byte))
	w := walker{1, 2}
	for b.Loop() {
		w = walk(pad, w, 4096)
	}
}

func BenchmarkFold(b *testing.B) {
	pad := make([]byte, 256<<10)
	var m [8]uint64
	for b.Loop() {
		foldScratchpad(pad, &m)
	}
}
