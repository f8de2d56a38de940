package schnorr

import (
	"fmt"
	"io"
	"math/big"
	"slices"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/many"
)

// Item is one signature to verify with others.
type Item struct {
	Tag Tag
	PK  types.Point
	Msg [32]byte
	Sig types.Signature
}

const (
	coefficientLen = 16 // Bytes of a batch coefficient: 128 bits leave a forgery the chance 2^-128 per batch.
	smallBatch     = 8  // Below this many signatures the combination costs more than verifying singly.
)

// VerifyBatch verifies many signatures at a fraction of the single cost and returns the ascending indices of those that Verify would
// refuse; none means that all hold.
//
// Each signature is weighted with its own 128-bit coefficient from rnd, which must be unpredictable to the signers and drawn only now: pass
// crypto/rand.Reader. A combination that fails is bisected and whatever remains suspect is verified singly, so no valid signature is
// ever named. The error says that rnd has failed, and nothing about any signature.
//
// Every R is tested for prime order. Without that test the components of small order in two signatures could cancel with probability
// one half, and nodes would disagree about them.
func VerifyBatch(items []Item, rnd io.Reader) (bad []int, err error) {
	b := batch{items: items, cells: make([]cell, len(items))}
	if len(items) < smallBatch {
		all := make([]int, len(items))
		for i := range all {
			all[i] = i
		}
		return b.hunt().Failing(all), nil
	}
	coeffs := make([]byte, coefficientLen*len(items))
	if _, err := io.ReadFull(rnd, coeffs); err != nil {
		return nil, fmt.Errorf("batch: coefficients: %w", err)
	}
	many.Parallel(len(items), func(i int) { b.cells[i] = prepare(&items[i], coeffs[coefficientLen*i:][:coefficientLen]) })
	var live []int
	for i := range b.cells {
		if b.cells[i].ok {
			live = append(live, i)
		} else {
			bad = append(bad, i)
		}
	}
	bad = append(bad, b.hunt().Failing(live)...)
	slices.Sort(bad)
	return bad, nil
}

// cell is what a batch knows of one item: its share of the combination sum z*(s*B - c*pk - R) = 0.
type cell struct {
	ok  bool
	key term     // pk with -z*c
	r   term     // -R with z
	s   *big.Int // z*s mod l
}

type batch struct {
	items []Item
	cells []cell
}

// prepare decodes an item and weights it. The cell is not ok if the item is malformed.
func prepare(it *Item, coeff []byte) (out cell) {
	pk, err := decodePrimeOrder(it.PK)
	if err != nil {
		return cell{}
	}
	r := [32]byte(it.Sig[:32])
	rPoint, err := decodePrimeOrder(r)
	if err != nil {
		return cell{}
	}
	s, err := field.DecodeScalar([32]byte(it.Sig[32:]))
	if err != nil {
		return cell{}
	}
	z := new(big.Int).SetBytes(coeff)
	c := challenge(it.Tag, r, it.PK, it.Msg)
	c.Mul(c, z).Neg(c).Mod(c, order())
	s.Mul(s, z).Mod(s, order())
	rPoint.Neg(&rPoint)
	return cell{ok: true, key: term{pk, words(c)}, r: term{rPoint, words(z)}, s: s}
}

// hunt finds those that do not verify.
func (b *batch) hunt() *many.Hunt {
	return &many.Hunt{
		Small:   smallBatch,
		Combine: b.combine,
		Holds: func(i int) bool {
			it := &b.items[i]
			return Verify(it.Tag, it.PK, it.Msg, it.Sig) == nil
		},
	}
}

// combine reports whether sum z*s*B - sum z*c*pk - sum z*R is the identity.
func (b *batch) combine(idx []int) bool {
	terms := make([]term, 0, 2*len(idx)+1)
	s := new(big.Int)
	for _, i := range idx {
		c := &b.cells[i]
		terms = append(terms, c.key, c.r)
		s.Add(s, c.s)
	}
	terms = append(terms, term{field.BaseB(), words(s.Mod(s, order()))})
	return sumIsIdentity(terms)
}
