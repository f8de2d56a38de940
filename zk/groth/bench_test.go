package groth

import (
	"crypto/rand"
	"fmt"
	"testing"
)

func BenchmarkVerify(b *testing.B) {
	it := cubics(b, 1)[0]
	for b.Loop() {
		if err := it.VK.Verify(it.Proof, it.Public); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	it := cubics(b, 1)[0]
	for b.Loop() {
		var p points
		if err := p.decode(&it.Proof); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBatch(b *testing.B) {
	for _, n := range []int{2, 3, 4, 8, 64, 1024} {
		items := cubics(b, n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				bad, err := VerifyBatch(items, rand.Reader)
				if err != nil || len(bad) != 0 {
					b.Fatal(bad, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "us/proof")
		})
	}
}
