package wallet

import (
	"cmp"
	"slices"

	"github.com/gero-chain/gero/types"
)

// keepCoins is the number of notes of one asset that sweep leaves alone, so that further payments can be made before the change is mined.
const keepCoins = 16

// sweep puts the smallest left-over notes of an asset into input slots that would hold dummies, where the bundle makes change of that
// asset anyway. It costs nothing and shows nothing, and keeps accounts that receive many small notes, miners above all, able to pay.
func sweep(bundles []bundlePlan, coins []coin) {
	spare := unusedAscending(bundles, coins)
	for i := range bundles {
		b := &bundles[i]
		for j := range b.outputs {
			if b.outputs[j].want != change {
				continue
			}
			asset := b.outputs[j].asset
			for len(b.inputs) < types.BundleInputs && len(spare[asset]) > keepCoins {
				c := spare[asset][0]
				sum, err := b.outputs[j].value.Add(c.value)
				if err != nil {
					break
				}
				b.outputs[j].value = sum
				b.inputs = append(b.inputs, c)
				spare[asset] = spare[asset][1:]
			}
		}
	}
}

func unusedAscending(bundles []bundlePlan, coins []coin) map[types.AssetID][]coin {
	used := map[types.Position]bool{}
	for _, b := range bundles {
		for _, c := range b.inputs {
			used[c.pos] = true
		}
	}
	spare := map[types.AssetID][]coin{}
	for _, c := range coins {
		if !used[c.pos] {
			spare[c.asset] = append(spare[c.asset], c)
		}
	}
	for _, cs := range spare {
		sortAscending(cs)
	}
	return spare
}

func sortAscending(coins []coin) {
	slices.SortFunc(coins, func(a, b coin) int {
		if c := a.value.Cmp(b.value); c != 0 {
			return c
		}
		return cmp.Compare(a.pos, b.pos)
	})
}

// chooseMerge plans to make few notes of many: the smallest ones of an asset, three to one per bundle, as many bundles as there are notes
// for. All outputs are change.
func chooseMerge(coins []coin, asset types.AssetID, gasPrice types.Amount) (*plan, outcome) {
	var mine, native []coin
	for _, c := range coins {
		if c.asset == asset {
			mine = append(mine, c)
		}
		if c.asset == types.NativeAsset {
			native = append(native, c)
		}
	}
	sortAscending(mine)
	sortAscending(native)
	if len(mine) < 2 {
		return nil, notEnough
	}
	if asset == types.NativeAsset {
		return mergeNative(mine, gasPrice)
	}
	return mergeToken(mine, native, gasPrice)
}

// mergeNative merges notes of the coin. The fee comes out of the bundles in turn.
func mergeNative(coins []coin, gasPrice types.Amount) (*plan, outcome) {
	groups := threes(coins[:min(len(coins), types.MaxBundles*types.BundleInputs)])
	p := &plan{gas: gasOf(len(groups))}
	var err error
	if p.fee, err = gasPrice.MulGas(p.gas); err != nil {
		return nil, amountTooBig
	}
	rest := p.fee
	for _, g := range groups {
		b := bundlePlan{inputs: g}
		sum := total(g, types.NativeAsset)
		b.leave = rest
		if sum.Cmp(rest) < 0 {
			b.leave = sum
		}
		rest, _ = rest.Sub(b.leave) // leave is at most rest
		keep, _ := sum.Sub(b.leave) // and at most sum
		if !keep.IsZero() {
			b.outputs = []part{{want: change, asset: types.NativeAsset, value: keep}}
		}
		p.bundles = append(p.bundles, b)
	}
	if !rest.IsZero() {
		return nil, notEnough
	}
	return p, planned
}

// mergeToken merges notes of another asset. The first bundle holds two of them and one note of the coin that pays the fee.
func mergeToken(coins, native []coin, gasPrice types.Amount) (*plan, outcome) {
	coins = coins[:min(len(coins), types.MaxBundles*types.BundleInputs-1)]
	groups := append([][]coin{coins[:2]}, threes(coins[2:])...)
	p := &plan{gas: gasOf(len(groups))}
	var err error
	if p.fee, err = gasPrice.MulGas(p.gas); err != nil {
		return nil, amountTooBig
	}
	payer := slices.IndexFunc(native, func(c coin) bool { return c.value.Cmp(p.fee) >= 0 })
	if payer < 0 {
		return nil, notEnough
	}
	for i, g := range groups {
		b := bundlePlan{inputs: slices.Clone(g), outputs: []part{{want: change, asset: g[0].asset, value: total(g, g[0].asset)}}}
		if i == 0 {
			b.leave = p.fee
			b.inputs = append(b.inputs, native[payer])
			if over, _ := native[payer].value.Sub(p.fee); !over.IsZero() { // the payer was chosen to reach the fee
				b.outputs = append(b.outputs, part{want: change, asset: types.NativeAsset, value: over})
			}
		}
		p.bundles = append(p.bundles, b)
	}
	return p, planned
}

// threes cuts coins into groups of three. A last group of one would merge nothing and is left out, unless it is all there is.
func threes(coins []coin) [][]coin {
	var out [][]coin
	for g := range slices.Chunk(coins, types.BundleInputs) {
		if len(g) > 1 {
			out = append(out, g)
		}
	}
	return out
}
