package store_test

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/gero-chain/gero/core/store"
)

// A batch as a small block makes it: a few hundred records of 40 + 60 bytes.
func fillBatch(b *store.Batch, n, records int) {
	for i := range records {
		key := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(make([]byte, 24, 40), uint64(n)), uint64(i))
		b.Put(key, make([]byte, 60))
	}
}

func BenchmarkWriteSync(b *testing.B) {
	for _, records := range []int{1, 300} {
		b.Run(fmt.Sprint(records), func(b *testing.B) {
			s := open(b, b.TempDir(), store.Options{})
			n := 0
			for b.Loop() {
				batch := s.Batch()
				fillBatch(batch, n, records)
				if err := batch.WriteSync(); err != nil {
					b.Fatal(err)
				}
				n++
			}
		})
	}
}

func BenchmarkWriteUnsynced(b *testing.B) {
	s := open(b, b.TempDir(), store.Options{})
	n := 0
	for b.Loop() {
		batch := s.Batch()
		fillBatch(batch, n, 300)
		if err := batch.Write(); err != nil {
			b.Fatal(err)
		}
		n++
	}
}

func BenchmarkGet(b *testing.B) {
	s := open(b, b.TempDir(), store.Options{CacheMB: 64})
	for n := range 100 {
		batch := s.Batch()
		fillBatch(batch, n, 1000)
		if err := batch.Write(); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Compact(nil, nil); err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		key := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(make([]byte, 24, 40), uint64(n%100)), uint64(n*7%1000))
		if _, err := s.Get(key); err != nil {
			b.Fatal(err)
		}
		n++
	}
}
