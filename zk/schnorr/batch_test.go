package schnorr

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"math/big"
	mrand "math/rand/v2"
	"slices"
	"testing"

	"github.com/gero-chain/gero/zk/field"
)

// validItems returns n items of both tags; some share a key.
func validItems(t testing.TB, n int) []Item {
	t.Helper()
	items := make([]Item, n)
	for i := range items {
		sk, msg, tag := testKey(t, uint64(i/2)), testMsg(uint64(i)), Tag(i%2)
		items[i] = Item{tag, sk.Public(), msg, sign(t, tag, sk, msg)}
	}
	return items
}

func wantBad(t *testing.T, items []Item, want []int) {
	t.Helper()
	got, err := VerifyBatch(items, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("got bad signatures %v, want %v", got, want)
	}
}

func TestBatchValid(t *testing.T) {
	for _, n := range []int{0, 1, 2, 7, 8, 9, 31, 100} {
		wantBad(t, validItems(t, n), nil)
	}
}

// TestBatchRefusesForgeries puts each forgery into a batch of valid signatures: the batch must decide as Verify does.
func TestBatchRefusesForgeries(t *testing.T) {
	items := validItems(t, 12)
	for n, f := range forgeries(t) {
		with := slices.Clone(items)
		with[n%len(with)] = f.item
		t.Run(f.name, func(t *testing.T) { wantBad(t, with, []int{n % len(with)}) })
	}
}

// TestBatchTorsionPair has two signatures whose R carry the point of order 2. In a combination that did not test the order of R the two
// would cancel whenever the sum of their coefficients is even.
func TestBatchTorsionPair(t *testing.T) {
	two := field.Mul(torsionPoint(t), big.NewInt(4))
	items := validItems(t, 10)
	for i := range 2 {
		sk := testKey(t, 50)
		msg := testMsg(uint64(50 + i))
		items[i] = Item{TagSpend, sk.Public(), msg, signShifted(t, sk, msg, two)}
	}
	for range 8 {
		wantBad(t, items, []int{0, 1})
	}
}

// TestBatchCancellingPair moves the same amount from one s to another, which equal coefficients would not notice.
func TestBatchCancellingPair(t *testing.T) {
	items := validItems(t, 9)
	move := func(i int, by int64) {
		s := new(big.Int).SetBytes(items[i].Sig[32:])
		s.Add(s, big.NewInt(by)).Mod(s, wantOrder).FillBytes(items[i].Sig[32:])
	}
	move(2, 77)
	move(6, -77)
	if bad, err := VerifyBatch(items, bytes.NewReader(bytes.Repeat([]byte{9}, 16*9))); err != nil || len(bad) != 0 {
		t.Fatalf("equal coefficients: got %v, %v: the pair does not cancel and proves nothing", bad, err)
	}
	wantBad(t, items, []int{2, 6})
}

func TestBatchBisects(t *testing.T) {
	rng := mrand.New(mrand.NewPCG(9, 10))
	bad := forgeries(t)
	for _, c := range []struct{ n, k int }{{8, 1}, {8, 8}, {9, 2}, {33, 1}, {64, 5}, {100, 60}} {
		items := validItems(t, c.n)
		want := rng.Perm(c.n)[:c.k]
		slices.Sort(want)
		for _, i := range want {
			items[i] = bad[rng.IntN(len(bad))].item
		}
		wantBad(t, items, want)
	}
}

func TestBatchNeedsRandomness(t *testing.T) {
	items := validItems(t, 8)
	if bad, err := VerifyBatch(items, bytes.NewReader(make([]byte, 16*8-1))); err == nil || bad != nil {
		t.Fatalf("got %v, %v from a dry source, want an error", bad, err)
	}
}

func BenchmarkSign(b *testing.B) {
	sk, msg := testKey(b, 1), testMsg(1)
	for b.Loop() {
		sign(b, TagSpend, sk, msg)
	}
}

func BenchmarkVerify(b *testing.B) {
	it := validItems(b, 1)[0]
	for b.Loop() {
		if err := Verify(it.Tag, it.PK, it.Msg, it.Sig); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBatch(b *testing.B) {
	for _, n := range []int{4, 8, 16, 64, 1024} {
		items := validItems(b, n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if bad, err := VerifyBatch(items, rand.Reader); err != nil || len(bad) != 0 {
					b.Fatal(bad, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/1e3/float64(b.N*n), "us/signature")
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	pk := testKey(b, 1).Public()
	b.Run("point", func(b *testing.B) {
		for b.Loop() {
			_, _ = field.DecodePoint(pk)
		}
	})
	b.Run("prime order", func(b *testing.B) {
		for b.Loop() {
			_, _ = decodePrimeOrder(pk)
		}
	})
}
