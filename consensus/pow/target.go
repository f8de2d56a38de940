package pow

import (
	"math/big"

	"github.com/holiman/uint256"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// Target returns the greatest result that a seal of the given difficulty may have: floor(2^256/difficulty). Difficulty 1 would give 2^256,
// which no result reaches, so it gives 2^256-1; so does 0, which no chain has.
func Target(d types.Difficulty) *uint256.Int {
	all := new(uint256.Int).SetAllOne()
	if d.LtUint64(2) {
		return all
	}
	// floor(2^256/d) is floor((2^256-1)/d), except where d divides 2^256.
	q, r := new(uint256.Int).DivMod(all, &d.Int, new(uint256.Int))
	if r.AddUint64(r, 1).Eq(&d.Int) {
		q.AddUint64(q, 1)
	}
	return q
}

// Meets reports whether a result is at most the target.
func Meets(r Result, target *uint256.Int) bool {
	var n uint256.Int
	n.SetBytes32(r[:])
	return !n.Gt(target)
}

// quickCheck judges what a header claims by two hashes, without any memory: a mix that is wrong for the nonce still has to be paid for
// with as many of these hashes as the difficulty says.
func (h *Hasher) quickCheck(seal types.SealHash, nonce types.Nonce, mix types.Mix, target *uint256.Int) error {
	seed := h.seed(seal, nonce)
	if r := h.result(&seed, mix); !Meets(r, target) {
		return rule.New(rule.SealTarget, "result %s above target %s", r, target.Hex())
	}
	return nil
}

// The terms of aserti3: 2^16 * 2^(f/2^16) is 2^16 plus this cubic in f over 2^48, within 0.013 %, for 0 <= f < 2^16. The sum stays below
// 2^64. Source: the Bitcoin Cash specification of 2020-11-15.
const (
	asertLinear = 195766423245049
	asertSquare = 971821376
	asertCube   = 5127
)

// NextDifficulty returns the difficulty of the child of a block: the genesis difficulty, doubled for every half-life of seconds by which
// the chain up to the parent is ahead of its schedule and halved for every one behind, never below the network's minimum. It is defined for
// all inputs. A network without retarget keeps the genesis difficulty; one with it has a half-life above 0.
func NextDifficulty(net *params.Network, parentTime types.Time, parentNumber types.Height) types.Difficulty {
	if !net.Retarget {
		return net.Genesis.Difficulty
	}
	// Seconds ahead of schedule, in half-lives of 2^16, rounded down.
	ahead := new(big.Int).Mul(uint64ToBig(net.Spacing), uint64ToBig(uint64(parentNumber)))
	ahead.Add(ahead, uint64ToBig(uint64(net.Genesis.Time)))
	ahead.Sub(ahead, uint64ToBig(uint64(parentTime)))
	ahead.Lsh(ahead, 16)
	ahead.Div(ahead, uint64ToBig(net.HalfLife)) // Euclidean, which is floor for a positive divisor

	// Beyond 2^10 half-lives either way the bounds decide; the shift below stays small.
	const most = 1 << 26
	exponent := int64(most)
	switch {
	case ahead.Cmp(big.NewInt(-most)) < 0:
		exponent = -most
	case ahead.Cmp(big.NewInt(most)) < 0:
		exponent = ahead.Int64()
	}
	whole, f := exponent>>16, uint64(exponent&0xffff)
	factor := 1<<16 + (asertLinear*f+asertSquare*f*f+asertCube*f*f*f+1<<47)>>48

	next := new(big.Int).Mul(net.Genesis.Difficulty.ToBig(), uint64ToBig(factor))
	if whole >= 16 {
		next.Lsh(next, uint(whole-16))
	} else {
		next.Rsh(next, uint(16-whole))
	}
	var d types.Difficulty
	if d.SetFromBig(next) {
		d.SetAllOne()
	}
	if d.Lt(&net.MinDifficulty.Int) {
		return net.MinDifficulty
	}
	return d
}

func uint64ToBig(n uint64) *big.Int { return new(big.Int).SetUint64(n) }
