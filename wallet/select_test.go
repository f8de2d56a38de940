package wallet

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gero-chain/gero/types"
)

// checkPlan holds a plan to everything a valid one must be: it spends each given coin at most once, every bundle fits its shape and both
// its lanes balance, the payments are made to the last unit and the fee is exact.
func checkPlan(coins []coin, wants []want, gasPrice types.Amount, p *plan) error {
	if n := len(p.bundles); n < 1 || n > 4 {
		return fmt.Errorf("%d bundles", n)
	}
	if want := types.Gas(21_000 + 400_000*len(p.bundles)); p.gas != want {
		return fmt.Errorf("gas %d, want %d", p.gas, want)
	}
	if want, _ := gasPrice.MulGas(p.gas); p.fee != want {
		return fmt.Errorf("fee %s, want %s", p.fee, want)
	}
	used, paid := map[types.Position]bool{}, make([]types.Amount, len(wants))
	var left types.Amount
	for i, b := range p.bundles {
		if err := checkBundle(&b, coins, used); err != nil {
			return fmt.Errorf("bundle %d: %w", i, err)
		}
		left, _ = left.Add(b.leave)
		for _, o := range b.outputs {
			if o.want == change {
				continue
			}
			if o.asset != wants[o.want].asset {
				return fmt.Errorf("bundle %d pays want %d in another asset", i, o.want)
			}
			paid[o.want], _ = paid[o.want].Add(o.value)
		}
	}
	for i, w := range wants {
		if paid[i] != w.value {
			return fmt.Errorf("want %d is paid %s of %s", i, paid[i], w.value)
		}
	}
	if left != p.fee {
		return fmt.Errorf("%s leaves the pool, fee is %s", left, p.fee)
	}
	return nil
}

func checkBundle(b *bundlePlan, coins []coin, used map[types.Position]bool) error {
	if len(b.inputs) > 3 || len(b.outputs) > 3 {
		return fmt.Errorf("%d inputs, %d outputs", len(b.inputs), len(b.outputs))
	}
	in, out := map[types.AssetID]types.Amount{}, map[types.AssetID]types.Amount{types.NativeAsset: b.leave}
	for _, c := range b.inputs {
		if used[c.pos] || !slices.Contains(coins, c) {
			return fmt.Errorf("coin %d spent twice or made up", c.pos)
		}
		used[c.pos] = true
		in[c.asset], _ = in[c.asset].Add(c.value)
	}
	for _, o := range b.outputs {
		if o.value.IsZero() {
			return fmt.Errorf("output of nothing")
		}
		out[o.asset], _ = out[o.asset].Add(o.value)
	}
	tokens := map[types.AssetID]bool{}
	for _, sums := range []map[types.AssetID]types.Amount{in, out} {
		for a := range sums {
			if in[a] != out[a] {
				return fmt.Errorf("asset %s: in %s, out %s", a, in[a], out[a])
			}
			if a != types.NativeAsset {
				tokens[a] = true
			}
		}
	}
	if len(tokens) > 1 {
		return fmt.Errorf("%d token lanes", len(tokens))
	}
	return nil
}

// price1 makes the fee of n bundles 21 + 400n units of the tests' small coins.
var price1 = types.NewAmount(1)

const (
	fee1 = 421_000
	fee4 = 1_621_000
)

func natives(values ...uint64) []coin {
	out := make([]coin, len(values))
	for i, v := range values {
		out[i] = coin{pos: types.Position(i), asset: types.NativeAsset, value: types.NewAmount(v)}
	}
	return out
}

func tokens(from int, values ...uint64) []coin {
	out := natives(values...)
	for i := range out {
		out[i].pos += types.Position(from)
		out[i].asset = testToken
	}
	return out
}

func pay(values ...uint64) []want {
	out := make([]want, len(values))
	for i, v := range values {
		out[i] = want{types.NativeAsset, types.NewAmount(v)}
	}
	return out
}

func payToken(asset types.AssetID, v uint64) want { return want{asset, types.NewAmount(v)} }

func TestChoosePlan(t *testing.T) {
	const m = 1_000_000
	tests := []struct {
		name    string
		coins   []coin
		wants   []want
		bundles int // 0: no plan
		why     outcome
	}{
		{"one coin with change", natives(5 * m), pay(m), 1, planned},
		{"exact", natives(m + fee1), pay(m), 1, planned},
		{"a unit short", natives(m + fee1 - 1), pay(m), 0, notEnough},
		{"three coins", natives(m, m, m), pay(2*m + 500_000), 1, planned},
		{"four coins", natives(m, m, m, m), pay(3*m - 100), 2, planned},
		{"fee of the second bundle is missing", natives(m, m, m, m), pay(4*m - fee1), 0, notEnough},
		{"twelve coins, all of it", natives(m, m, m, m, m, m, m, m, m, m, m, m), pay(12*m - fee4), 4, planned},
		{"thirteen coins, all of it", natives(m, m, m, m, m, m, m, m, m, m, m, m, m), pay(13*m - fee4), 0, doesNotFit},
		{"two payees, one coin", natives(5 * m), pay(m, m), 1, planned},
		{"three payees, one coin", natives(5 * m), pay(m, m, m), 0, doesNotFit},
		{"three payees, one exact coin", natives(3*m + fee1), pay(m, m, m), 1, planned},
		{"three payees, two coins", natives(5*m, 5*m), pay(m, m, m), 2, planned},
		{"twelve payees, exact coins", natives(3*m+fee4, 3*m, 3*m, 3*m), pay(m, m, m, m, m, m, m, m, m, m, m, m), 4, planned},
		{"thirteen payees", natives(100 * m), pay(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), 0, doesNotFit},
		{"token with change", slices.Concat(natives(m), tokens(9, 10)), []want{payToken(testToken, 4)}, 1, planned},
		{"token of three coins", slices.Concat(natives(m), tokens(9, 10, 10, 10)), []want{payToken(testToken, 30)}, 2, planned},
		{"token without coins for the fee", tokens(9, 10), []want{payToken(testToken, 4)}, 0, notEnough},
		{"token and coin", slices.Concat(natives(5*m), tokens(9, 10)), append(pay(m), payToken(testToken, 10)), 1, planned},
		{"two assets", slices.Concat(natives(m), tokens(9, 10), []coin{{20, testTicket, types.NewAmount(1)}}),
			[]want{payToken(testToken, 4), payToken(testTicket, 1)}, 2, planned},
		{"dust pays the fee", natives(160_000, 160_000, 160_000, 160_000, 160_000, 160_000), pay(100_000), 2, planned},
		{"nothing to pay with", nil, pay(1), 0, notEnough},
		{"no payment", natives(m), nil, 1, planned},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, why := choosePlan(tt.coins, tt.wants, price1)
			if why != tt.why {
				t.Fatalf("outcome %d, want %d", why, tt.why)
			}
			if p == nil {
				return
			}
			if len(p.bundles) != tt.bundles {
				t.Errorf("%d bundles, want %d", len(p.bundles), tt.bundles)
			}
			if err := checkPlan(tt.coins, tt.wants, price1, p); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestPlanTakesTheSmallestCoinThatSuffices(t *testing.T) {
	p, _ := choosePlan(natives(9_000_000, 2_000_000, 1_500_000, 1_000_000), pay(1_000_000), price1)
	if got := p.bundles[0].inputs; len(got) != 1 || got[0].pos != 2 {
		t.Fatalf("chose %v, want the coin of 1.5 million", got)
	}
}

func TestSweepTakesSmallCoinsIntoSpareInputs(t *testing.T) {
	values := []uint64{9_000_000}
	for range 20 {
		values = append(values, 1000)
	}
	p, _ := choosePlan(natives(values...), pay(1_000_000), price1)
	if n := len(p.bundles[0].inputs); n != 3 {
		t.Fatalf("%d inputs, want the coin and two small ones", n)
	}
	if err := checkPlan(natives(values...), pay(1_000_000), price1, p); err != nil {
		t.Fatal(err)
	}
	p, _ = choosePlan(natives(values[:10]...), pay(1_000_000), price1)
	if n := len(p.bundles[0].inputs); n != 1 {
		t.Fatalf("%d inputs of an account with few notes, want 1", n)
	}
}

func drawCoins(t *rapid.T) []coin {
	var coins []coin
	for i := range rapid.IntRange(0, 20).Draw(t, "coins") {
		asset := rapid.SampledFrom([]types.AssetID{types.NativeAsset, types.NativeAsset, testToken, testTicket}).Draw(t, "asset")
		limit := uint64(1000)
		if asset == types.NativeAsset {
			limit = 3_000_000
		}
		coins = append(coins, coin{types.Position(i), asset, types.NewAmount(rapid.Uint64Range(1, limit).Draw(t, "value"))})
	}
	return coins
}

// TestPlansAreExact draws accounts and payments at random: every plan is valid, and none is found only if none of one bundle was possible.
func TestPlansAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		coins := drawCoins(t)
		var wants []want
		for range rapid.IntRange(1, 5).Draw(t, "payees") {
			asset := rapid.SampledFrom([]types.AssetID{types.NativeAsset, testToken, testTicket}).Draw(t, "asset")
			limit := max(1, lowOf(total(coins, asset))/2)
			wants = append(wants, want{asset, types.NewAmount(rapid.Uint64Range(1, limit).Draw(t, "amount"))})
		}
		p, why := choosePlan(coins, wants, price1)
		again, _ := choosePlan(coins, wants, price1)
		if !reflect.DeepEqual(p, again) {
			t.Fatal("not deterministic")
		}
		switch why {
		case planned:
			if err := checkPlan(coins, wants, price1, p); err != nil {
				t.Fatal(err)
			}
		case notEnough:
			fee, _ := price1.MulGas(gasOf(types.MaxBundles))
			if enough(coins, wants, fee) == planned {
				t.Fatal("enough even for the greatest fee, yet refused")
			}
		case doesNotFit:
			if simple := oneEach(coins, wants); simple {
				t.Fatal("a plan with one note per payment exists")
			}
		}
	})
}

// oneEach reports whether the payments are in one asset, at most three, and one coin pays all with change.
func oneEach(coins []coin, wants []want) bool {
	sum := types.NewAmount(fee1)
	for _, w := range wants {
		if w.asset != types.NativeAsset {
			return false
		}
		sum, _ = sum.Add(w.value)
	}
	return len(wants) < 3 && slices.ContainsFunc(coins, func(c coin) bool { return c.asset == types.NativeAsset && c.value.Cmp(sum) >= 0 })
}

func lowOf(a types.Amount) uint64 { return a.Big().Uint64() }

func TestSweepingWholeAccountsIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var values []uint64
		for range rapid.IntRange(1, 12).Draw(t, "coins") {
			values = append(values, rapid.Uint64Range(fee4, 100*fee4).Draw(t, "value"))
		}
		coins := natives(values...)
		all, _ := total(coins, types.NativeAsset).Sub(types.NewAmount(21_000 + 400_000*uint64((len(values)+2)/3)))
		wants := []want{{types.NativeAsset, all}}
		p, why := choosePlan(coins, wants, price1)
		if why != planned {
			t.Fatalf("outcome %d", why)
		}
		if err := checkPlan(coins, wants, price1, p); err != nil {
			t.Fatal(err)
		}
		if want := (len(values) + 2) / 3; len(p.bundles) != want {
			t.Fatalf("%d bundles, want %d", len(p.bundles), want)
		}
	})
}

func TestMergePlansAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		coins := drawCoins(t)
		asset := rapid.SampledFrom([]types.AssetID{types.NativeAsset, testToken}).Draw(t, "asset")
		p, why := chooseMerge(coins, asset, price1)
		if why != planned {
			return
		}
		if err := checkPlan(coins, nil, price1, p); err != nil {
			t.Fatal(err)
		}
	})
}

func TestPlanIsQuickWithManyNotes(t *testing.T) {
	var values []uint64
	for i := range 20_000 {
		values = append(values, uint64(1000+i))
	}
	coins := natives(values...)
	begun := time.Now()
	if _, why := choosePlan(coins, pay(2_000_000), price1); why != doesNotFit {
		t.Fatalf("outcome %d, want doesNotFit", why)
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Fatalf("giving up took %s", took)
	}
}
