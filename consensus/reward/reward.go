// Package reward is the emission schedule: what a block and its votes earn beside fees. See docs/protocol/reward.md.
package reward

import (
	"math/big"

	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// Subsidy returns what the miner of the block at a height earns in new coins: floor(Miner*Num^k/Den^k) Ta with k = floor((height-1)/Period),
// and nothing from k = Periods on or for the genesis. One division at the end, so no rounding accumulates.
func Subsidy(s params.Reward, h types.Height) types.Amount { return scaled(s, s.Miner, h) }

// Vote returns what each vote carried by the block at a height earns, by the rule of Subsidy.
func Vote(s params.Reward, h types.Height) types.Amount { return scaled(s, s.Vote, h) }

func scaled(s params.Reward, initial types.Amount, h types.Height) types.Amount {
	if h == 0 || s.Period == 0 {
		return types.Amount{}
	}
	k := (uint64(h) - 1) / s.Period
	if k >= s.Periods {
		return types.Amount{}
	}
	exp := new(big.Int).SetUint64(k)
	num := new(big.Int).Exp(new(big.Int).SetUint64(s.Num), exp, nil)
	den := new(big.Int).Exp(new(big.Int).SetUint64(s.Den), exp, nil)
	num.Mul(num, initial.Big()).Quo(num, den)
	a, err := types.AmountFromBig(num)
	if err != nil {
		panic("reward larger than its start: Num exceeds Den") // constants of params only
	}
	return a
}
