package groth

import (
	"fmt"
	"io"
	"math/big"
	"runtime"
	"slices"
	"sync/atomic"

	"github.com/consensys/gnark-crypto/ecc"
	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/many"
)

// Item is one proof to verify with others.
type Item struct {
	VK     *VerifyingKey
	Proof  types.Proof
	Public []fr.Element
}

const (
	coefficientLen = 16 // Bytes of a batch coefficient: 128 bits leave a forgery the chance 2^-128 per batch.
	smallBatch     = 3  // Below this many proofs the combination costs more than verifying singly.
	millerChunk    = 32 // Pairs in one shared Miller loop: enough to share its squarings, few enough to spread over the cores.
)

// VerifyBatch verifies many proofs, of one or of several statements, at a quarter of the single cost. It returns the ascending indices
// of the proofs that do not verify, those badly encoded or with a wrong number of public inputs among them; none means that all do.
//
// Each proof is weighted with its own 128-bit coefficient from rnd, which must be unpredictable to whoever made the proofs and drawn
// only now: pass crypto/rand.Reader. With equal or predictable coefficients two invalid proofs could cancel each other. A combination
// that fails is bisected, and whatever remains suspect is verified singly, so no valid proof is ever named.
//
// The error is about the call and says nothing about any proof: rnd has run dry, or an item has no key.
func VerifyBatch(items []Item, rnd io.Reader) (bad []int, err error) {
	b, live, bad, err := open(items, rnd)
	if err != nil {
		return nil, err
	}
	bad = append(bad, b.hunt().Failing(live)...)
	slices.Sort(bad)
	return bad, nil
}

// FirstBad is VerifyBatch for a caller to whom one bad proof is as bad as many: it returns the index of one, or -1. With nothing but bad
// proofs it costs twice as much as with none, where VerifyBatch costs seven times as much: a block full of forgeries must not be dearer to
// check than it has to be. The index is the lowest unless a proof is badly encoded, which is told first.
func FirstBad(items []Item, rnd io.Reader) (int, error) {
	b, live, bad, err := open(items, rnd)
	if err != nil {
		return -1, err
	}
	if len(bad) > 0 {
		return bad[0], nil
	}
	return b.hunt().First(live), nil
}

// open decodes and weights the items. live are those to verify, bad those that cannot be.
func open(items []Item, rnd io.Reader) (b *batch, live, bad []int, err error) {
	for i := range items {
		if items[i].VK == nil {
			return nil, nil, nil, fmt.Errorf("batch: item %d has no verifying key", i)
		}
	}
	b = &batch{items: items, cells: make([]cell, len(items))}
	scale := len(items) >= smallBatch
	if scale {
		if err := b.draw(rnd); err != nil {
			return nil, nil, nil, err
		}
	}
	live = b.decode(scale, &bad)
	return b, live, bad, nil
}

// cell is what a batch knows of one item.
type cell struct {
	points
	ok     bool         // decoded, and with the right number of public inputs
	coeff  fr.Element   // the item's coefficient c
	scaled bls.G1Affine // [c]Ar
}

type batch struct {
	items []Item
	cells []cell
}

// draw reads one coefficient per item.
func (b *batch) draw(rnd io.Reader) error {
	buf := make([]byte, coefficientLen*len(b.items))
	if _, err := io.ReadFull(rnd, buf); err != nil {
		return fmt.Errorf("batch: coefficients: %w", err)
	}
	for i := range b.cells {
		b.cells[i].coeff.SetBytes(buf[coefficientLen*i:][:coefficientLen])
	}
	return nil
}

// decode reads every proof on all cores and, if asked, scales its Ar. It returns the indices of the well-formed ones and appends the
// others to bad.
func (b *batch) decode(scale bool, bad *[]int) (live []int) {
	many.Parallel(len(b.items), func(i int) {
		it, c := &b.items[i], &b.cells[i]
		if len(it.Public) != it.VK.NumPublic() || c.points.decode(&it.Proof) != nil {
			return
		}
		c.ok = true
		if scale {
			var s big.Int
			c.scaled.ScalarMultiplication(&c.ar, c.coeff.BigInt(&s))
		}
	})
	for i := range b.cells {
		if b.cells[i].ok {
			live = append(live, i)
		} else {
			*bad = append(*bad, i)
		}
	}
	return live
}

// hunt finds those that do not verify.
func (b *batch) hunt() *many.Hunt {
	return &many.Hunt{
		Small:   smallBatch,
		Combine: b.combine,
		Holds:   func(i int) bool { return b.items[i].VK.holds(&b.cells[i].points, b.items[i].Public) },
	}
}

// combine reports whether the random combination of the given items holds:
//
//	prod e([c_i]Ar_i, Bs_i) * prod over keys e(-[sum c]alpha, beta) * e(-sum c*ic, gamma) * e(-sum [c]Krs, delta) = 1
//
// All Miller loops share one final exponentiation.
func (b *batch) combine(idx []int) bool {
	groups := b.byKey(idx)
	chunks := slices.Collect(slices.Chunk(idx, millerChunk))
	parts := make([]bls.GT, len(groups)+len(chunks))
	var broken atomic.Bool
	many.Parallel(len(parts), func(n int) {
		var err error
		if n < len(groups) {
			parts[n], err = b.fixedSide(groups[n])
		} else {
			parts[n], err = b.proofSide(chunks[n-len(groups)])
		}
		if err != nil {
			broken.Store(true)
		}
	})
	if broken.Load() {
		return false // Only unequal lengths can cause this; single verification then decides.
	}
	product := parts[0]
	for i := range parts[1:] {
		product.Mul(&product, &parts[1+i])
	}
	res := bls.FinalExponentiation(&product)
	return res.IsOne()
}

// byKey groups items by verifying key in order of first appearance.
func (b *batch) byKey(idx []int) [][]int {
	var groups [][]int
	at := make(map[*VerifyingKey]int)
	for _, i := range idx {
		n, ok := at[b.items[i].VK]
		if !ok {
			n = len(groups)
			at[b.items[i].VK] = n
			groups = append(groups, nil)
		}
		groups[n] = append(groups[n], i)
	}
	return groups
}

// proofSide is the Miller loop over the pairs ([c]Ar, Bs).
func (b *batch) proofSide(idx []int) (bls.GT, error) {
	p := make([]bls.G1Affine, len(idx))
	q := make([]bls.G2Affine, len(idx))
	for n, i := range idx {
		p[n], q[n] = b.cells[i].scaled, b.cells[i].bs
	}
	return bls.MillerLoop(p, q)
}

// fixedSide is the Miller loop over the three pairs whose second argument belongs to the verifying key of the group.
func (b *batch) fixedSide(idx []int) (bls.GT, error) {
	vk := b.items[idx[0]].VK
	krs := make([]bls.G1Affine, len(idx))
	coeffs := make([]fr.Element, len(idx))
	sums := make([]fr.Element, len(vk.k)) // sums[0] = sum c, sums[j] = sum c*public[j-1]
	for n, i := range idx {
		c := &b.cells[i]
		krs[n], coeffs[n] = c.krs, c.coeff
		sums[0].Add(&sums[0], &c.coeff)
		for j := range b.items[i].Public {
			var t fr.Element
			t.Mul(&c.coeff, &b.items[i].Public[j])
			sums[j+1].Add(&sums[j+1], &t)
		}
	}
	var sum [3]bls.G1Jac
	var s big.Int
	var alpha bls.G1Jac
	alpha.FromAffine(&vk.alpha)
	sum[0].ScalarMultiplication(&alpha, sums[0].BigInt(&s))
	if _, err := sum[1].MultiExp(vk.k, sums, ecc.MultiExpConfig{NbTasks: 1}); err != nil {
		return bls.GT{}, err
	}
	if _, err := sum[2].MultiExp(krs, coeffs, ecc.MultiExpConfig{NbTasks: runtime.GOMAXPROCS(0)}); err != nil {
		return bls.GT{}, err
	}
	for i := range sum {
		sum[i].Neg(&sum[i])
	}
	return bls.MillerLoopFixedQ(bls.BatchJacobianToAffineG1(sum[:]), []lines{vk.betaLines, vk.gammaLines, vk.deltaLines})
}
