package schnorr

import (
	"math/big"
	"sync"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/twistededwards"

	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/many"
)

// extended is a point in extended coordinates, whose addition needs no inversion.
type extended = twistededwards.PointExtended

// identity returns the neutral element in extended coordinates; Go's zero value is no point.
func identity() (p extended) {
	p.Y.SetOne()
	p.Z.SetOne()
	return p
}

const (
	baseWindow  = 4
	baseWindows = 256 / baseWindow
)

// baseTable holds d*16^i*B at [i][d-1] for every digit d of four bits: 60 KiB, made once.
var baseTable = sync.OnceValue(func() *[baseWindows][1<<baseWindow - 1]field.Point {
	var table [baseWindows][1<<baseWindow - 1]field.Point
	step := field.BaseB()
	for i := range table {
		table[i][0] = step
		for d := 1; d < len(table[i]); d++ {
			table[i][d] = field.Add(table[i][d-1], step)
		}
		step = field.Add(table[i][len(table[i])-1], step)
	}
	return &table
})

// mulBase returns [s]B for s in 0..2^256-1.
func mulBase(s *big.Int) field.Point {
	var digits [32]byte
	s.FillBytes(digits[:])
	table := baseTable()
	acc := identity()
	for i, b := range digits { // The last byte holds the two lowest digits.
		low := 2 * (len(digits) - 1 - i)
		if d := b & 0xf; d != 0 {
			acc.MixedAdd(&acc, &table[low][d-1])
		}
		if d := b >> 4; d != 0 {
			acc.MixedAdd(&acc, &table[low+1][d-1])
		}
	}
	var p field.Point
	p.FromExtended(&acc)
	return p
}

// term is one summand [s]p of a multi-scalar multiplication, s below 2^255 as four little-endian words.
type term struct {
	p field.Point
	s [4]uint64
}

// words returns s as a term's scalar.
func words(s *big.Int) (w [4]uint64) {
	var b [32]byte
	s.FillBytes(b[:])
	for i := range w {
		for j := range 8 {
			w[i] |= uint64(b[31-8*i-j]) << (8 * j)
		}
	}
	return w
}

// sumIsIdentity reports whether the terms sum up to the identity, with Pippenger's buckets: per window of c bits, each point is added to
// the bucket of its digit, and the buckets are then summed with their weights. Windows are independent and spread over the cores.
func sumIsIdentity(terms []term) bool {
	c := windowFor(len(terms))
	windows := (255 + c) / c // One bit more than the scalars, for the last carry of the signed digits.
	digits := make([]int16, windows*len(terms))
	for i := range terms {
		signedDigits(digits[i*windows:][:windows], terms[i].s, c)
	}
	sums := make([]extended, windows)
	many.Parallel(windows, func(w int) { sums[w] = windowSum(terms, digits, windows, w, c) })

	acc := identity()
	for w := windows - 1; w >= 0; w-- {
		for range c {
			acc.Double(&acc)
		}
		acc.Add(&acc, &sums[w])
	}
	return acc.X.IsZero() && acc.Y.Equal(&acc.Z)
}

// windowFor returns the window width with the fewest additions for n terms.
func windowFor(n int) int {
	best, cost := 0, 0
	for c := 2; c <= 12; c++ {
		if k := (255 + c) / c * (n + 1<<c); best == 0 || k < cost {
			best, cost = c, k
		}
	}
	return best
}

// signedDigits writes s to base 2^c with digits in -2^(c-1)..2^(c-1)-1, which halves the buckets: a negative digit adds the negated point.
func signedDigits(out []int16, s [4]uint64, c int) {
	carry := 0
	for w := range out {
		bit := w * c
		v := 0
		if at := bit / 64; at < 4 {
			word := s[at] >> (bit % 64)
			if bit%64+c > 64 && at+1 < 4 {
				word |= s[at+1] << (64 - bit%64)
			}
			v = int(word & (1<<c - 1))
		}
		v += carry
		carry = 0
		if v >= 1<<(c-1) {
			v -= 1 << c
			carry = 1
		}
		out[w] = int16(v)
	}
}

// windowSum returns the sum of the terms weighted with their digits in window w.
func windowSum(terms []term, digits []int16, windows, w, c int) extended {
	buckets := make([]extended, 1<<(c-1))
	for i := range buckets {
		buckets[i] = identity()
	}
	var neg field.Point
	for i := range terms {
		switch d := digits[i*windows+w]; {
		case d > 0:
			buckets[d-1].MixedAdd(&buckets[d-1], &terms[i].p)
		case d < 0:
			neg.Neg(&terms[i].p)
			buckets[-d-1].MixedAdd(&buckets[-d-1], &neg)
		}
	}
	run, sum := identity(), identity()
	for i := len(buckets) - 1; i >= 0; i-- {
		run.Add(&run, &buckets[i])
		sum.Add(&sum, &run)
	}
	return sum
}
