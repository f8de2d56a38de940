package wallet

import (
	"bytes"
	"cmp"
	"slices"
	"sort"

	"github.com/gero-chain/gero/types"
)

// Intrinsic gas of a payment, as rule X16 has it.
const (
	txGas     = 21_000
	bundleGas = 400_000
)

// coin is a note that may be spent, as far as choosing notes is concerned.
type coin struct {
	pos   types.Position // unique; also breaks ties, so that a choice is the same every time
	asset types.AssetID
	value types.Amount
}

// want is one payment to be made. Want number i is payee number i of the caller.
type want struct {
	asset types.AssetID
	value types.Amount
}

// part is one output of a plan: a whole payment, a part of one, or change.
type part struct {
	want  int // index into the wants, or change
	asset types.AssetID
	value types.Amount
}

// change marks a part that returns to the sender.
const change = -1

// bundlePlan is what one bundle spends and makes. Its native and its one token lane balance, the former with leave.
type bundlePlan struct {
	inputs  []coin
	outputs []part
	leave   types.Amount // vN: leaves for the fee
}

// plan is a whole payment.
type plan struct {
	bundles []bundlePlan
	gas     types.Gas
	fee     types.Amount // gas times gas price: the sum of every bundle's leave
}

// gasOf returns the intrinsic gas of a payment with n bundles.
func gasOf(n int) types.Gas { return txGas + bundleGas*types.Gas(n) } //nolint:gosec // n is at most four

// outcome says why no plan was found.
type outcome uint8

const (
	planned      outcome = iota
	notEnough            // the coins of some asset do not add up to what is wanted and the fee
	doesNotFit           // they do, but not in four bundles of three inputs and three outputs
	amountTooBig         // the wanted amounts do not add up to any amount
)

// maxOutputs is the number of outputs of a transaction.
const maxOutputs = types.MaxBundles * types.BundleOutputs

// choosePlan plans payments from coins with as few bundles as it can, each output of a payment staying whole unless it needs more notes
// than a bundle has inputs. The plan depends on nothing but the arguments.
func choosePlan(coins []coin, wants []want, gasPrice types.Amount) (*plan, outcome) {
	if len(wants) > maxOutputs {
		return nil, doesNotFit
	}
	for n := 1; n <= types.MaxBundles; n++ {
		fee, err := gasPrice.MulGas(gasOf(n))
		if err != nil {
			return nil, amountTooBig
		}
		if why := enough(coins, wants, fee); why != planned {
			return nil, why
		}
		s := newSearch(coins, wants, fee)
		if bundles := s.fill(n); bundles != nil {
			sweep(bundles, coins)
			return &plan{bundles: bundles, gas: gasOf(n), fee: fee}, planned
		}
	}
	return nil, doesNotFit
}

// enough says whether the coins add up to the wants and the fee, asset by asset.
func enough(coins []coin, wants []want, fee types.Amount) outcome {
	need := map[types.AssetID]types.Amount{types.NativeAsset: fee}
	for _, w := range wants {
		sum, err := need[w.asset].Add(w.value)
		if err != nil {
			return amountTooBig
		}
		need[w.asset] = sum
	}
	for asset, sum := range need {
		if total(coins, asset).Cmp(sum) < 0 {
			return notEnough
		}
	}
	return planned
}

// total adds up the coins of an asset; a sum past 2^128, which no supply reaches, counts as the greatest amount.
func total(coins []coin, asset types.AssetID) types.Amount {
	var sum types.Amount
	for _, c := range coins {
		if c.asset != asset {
			continue
		}
		next, err := sum.Add(c.value)
		if err != nil {
			return types.AmountFromBytes([16]byte(bytes.Repeat([]byte{0xff}, 16)))
		}
		sum = next
	}
	return sum
}

// lane is what remains to be done for one asset: coins by falling value, and payments by falling value.
type lane struct {
	asset types.AssetID
	coins []coin
	todo  []part
}

// search looks for a plan with a fixed number of bundles, depth first, simplest bundles first.
type search struct {
	native lane
	tokens []lane // by asset id
	fee    types.Amount
	budget int // steps left before the search gives up; keeps the worst case short
}

const searchBudget = 20_000

func newSearch(coins []coin, wants []want, fee types.Amount) *search {
	s := &search{native: lane{asset: types.NativeAsset}, fee: fee, budget: searchBudget}
	for i, w := range wants {
		l := s.lane(w.asset)
		l.todo = append(l.todo, part{want: i, asset: w.asset, value: w.value})
	}
	for _, c := range coins {
		if l := s.existing(c.asset); l != nil && !c.value.IsZero() {
			l.coins = append(l.coins, c)
		}
	}
	s.native.order()
	for i := range s.tokens {
		s.tokens[i].order()
	}
	return s
}

// lane returns the lane of an asset, made if there is none yet.
func (s *search) lane(asset types.AssetID) *lane {
	if l := s.existing(asset); l != nil {
		return l
	}
	at := sort.Search(len(s.tokens), func(i int) bool { return bytes.Compare(s.tokens[i].asset[:], asset[:]) > 0 })
	s.tokens = slices.Insert(s.tokens, at, lane{asset: asset})
	return &s.tokens[at]
}

func (s *search) existing(asset types.AssetID) *lane {
	if asset == types.NativeAsset {
		return &s.native
	}
	for i := range s.tokens {
		if s.tokens[i].asset == asset {
			return &s.tokens[i]
		}
	}
	return nil
}

func (l *lane) order() {
	slices.SortFunc(l.coins, func(a, b coin) int {
		if c := b.value.Cmp(a.value); c != 0 {
			return c
		}
		return cmp.Compare(a.pos, b.pos)
	})
	l.coins = thin(l.coins)
	l.coins = thin(l.coins)
	slices.SortStableFunc(l.todo, func(a, b part) int { return b.value.Cmp(a.value) })
}

// thin keeps a search short: of very many coins it keeps the greatest, of which alone a payment can be made if it can be made at all,
// and every n-th of the others, so that a small payment still finds a small note.
func thin(coins []coin) []coin {
	const greatest, most = types.MaxBundles * types.BundleInputs, 256
	if len(coins) <= most {
		return coins
	}
	out := slices.Clone(coins[:greatest])
	rest := coins[greatest:]
	for i := range most - greatest {
		out = append(out, rest[i*len(rest)/(most-greatest)])
	}
	return out
}

// fill returns n bundles that do everything that remains, or nil.
func (s *search) fill(n int) []bundlePlan {
	if n == 0 {
		if s.done() {
			return []bundlePlan{}
		}
		return nil
	}
	if s.hopeless(n) {
		return nil
	}
	for _, token := range s.tokenChoices() {
		for _, tokenUse := range s.uses(token, n) {
			for _, nativeUse := range s.nativeUses(tokenUse, n) {
				if s.budget--; s.budget < 0 {
					return nil
				}
				b := bundlePlan{leave: nativeUse.leave}
				b.inputs = append(append(b.inputs, tokenUse.coins...), nativeUse.coins...)
				b.outputs = append(append(b.outputs, tokenUse.parts...), nativeUse.parts...)
				rest := s.after(token, tokenUse, nativeUse)
				if more := rest.fill(n - 1); more != nil {
					return append([]bundlePlan{b}, more...)
				}
				s.budget = rest.budget
			}
		}
	}
	return nil
}

func (s *search) done() bool {
	for i := range s.tokens {
		if len(s.tokens[i].todo) > 0 {
			return false
		}
	}
	return len(s.native.todo) == 0 && s.fee.IsZero()
}

// hopeless reports that n bundles have too few outputs or token lanes, whatever the coins.
func (s *search) hopeless(n int) bool {
	outputs, lanes := len(s.native.todo), 0
	for i := range s.tokens {
		outputs += len(s.tokens[i].todo)
		if len(s.tokens[i].todo) > 0 {
			lanes++
		}
	}
	return outputs > n*types.BundleOutputs || lanes > n
}

// tokenChoices returns the indexes of the lanes this bundle may serve: unfinished tokens, or -1 for none.
func (s *search) tokenChoices() []int {
	var out []int
	for i := range s.tokens {
		if len(s.tokens[i].todo) > 0 {
			out = append(out, i)
		}
	}
	return append(out, -1)
}

// use is what one bundle does in one lane.
type use struct {
	coins []coin
	parts []part // change last
	left  []part // payments that remain
	leave types.Amount
}

// uses returns what a bundle may do for a token, the most payments first. Lane -1 does nothing.
func (s *search) uses(token, bundles int) []use {
	if token < 0 {
		return []use{{}}
	}
	return laneUses(&s.tokens[token], types.Amount{}, types.BundleInputs, types.BundleOutputs, bundles)
}

// nativeUses returns what the same bundle may do in its native lane with the room that the token lane leaves.
func (s *search) nativeUses(token use, bundles int) []use {
	inputs, outputs := types.BundleInputs-len(token.coins), types.BundleOutputs-len(token.parts)
	var out []use
	if !s.fee.IsZero() {
		out = laneUses(&s.native, s.fee, inputs, outputs, bundles)
	}
	out = append(out, laneUses(&s.native, types.Amount{}, inputs, outputs, bundles)...)
	return append(out, use{left: s.native.todo})
}

// laneUses returns the ways to make payments of a lane and let leave go, within so many inputs and outputs: first whole payments, the
// most first; then, if one payment or the leave needs more coins than fit, the greatest coins spent whole towards it.
func laneUses(l *lane, leave types.Amount, inputs, outputs, bundles int) []use {
	var out []use
	for n := min(len(l.todo), outputs); n >= 0; n-- {
		if n == 0 && leave.IsZero() {
			continue
		}
		if u, ok := whole(l, n, leave, inputs, outputs); ok {
			out = append(out, u)
		}
	}
	if bundles > 1 {
		for n := min(inputs, len(l.coins)); n > 0; n-- {
			if u, ok := towards(l, n, leave, outputs); ok {
				out = append(out, u)
			}
		}
	}
	return out
}

// whole makes the n greatest payments and lets leave go, from as few coins as possible.
func whole(l *lane, n int, leave types.Amount, inputs, outputs int) (use, bool) {
	sum := leave
	for _, p := range l.todo[:n] {
		next, err := sum.Add(p.value)
		if err != nil {
			return use{}, false
		}
		sum = next
	}
	coins, over, ok := cover(l.coins, sum, inputs)
	if !ok {
		return use{}, false
	}
	u := use{coins: coins, parts: slices.Clone(l.todo[:n]), left: l.todo[n:], leave: leave}
	if !over.IsZero() {
		u.parts = append(u.parts, part{want: change, asset: l.asset, value: over})
	}
	return u, len(u.parts) <= outputs
}

// towards spends the n greatest coins whole: leave first, the rest to the greatest payment, which must need more.
func towards(l *lane, n int, leave types.Amount, outputs int) (use, bool) {
	var sum types.Amount
	for _, c := range l.coins[:n] {
		next, err := sum.Add(c.value)
		if err != nil {
			return use{}, false
		}
		sum = next
	}
	u := use{coins: l.coins[:n], left: l.todo, leave: leave}
	if sum.Cmp(leave) <= 0 {
		u.leave = sum
		return u, !leave.IsZero()
	}
	rest, _ := sum.Sub(leave) // sum is greater, as just compared
	if len(l.todo) == 0 || outputs == 0 || rest.Cmp(l.todo[0].value) >= 0 {
		return use{}, false
	}
	first := l.todo[0]
	remaining, _ := first.value.Sub(rest) // rest is smaller, as just compared
	u.parts = []part{{want: first.want, asset: first.asset, value: rest}}
	u.left = append([]part{{want: first.want, asset: first.asset, value: remaining}}, l.todo[1:]...)
	return u, true
}

// cover chooses at most limit coins, as few as possible, that reach need: the greatest ones, the last replaced by the smallest that still
// suffices. The coins come by falling value. It returns what they are over.
func cover(coins []coin, need types.Amount, limit int) (chosen []coin, over types.Amount, ok bool) {
	if need.IsZero() {
		return nil, types.Amount{}, true
	}
	rest := need
	for i, c := range coins {
		if len(chosen) == limit {
			return nil, types.Amount{}, false
		}
		if c.value.Cmp(rest) < 0 {
			chosen = append(chosen, c)
			rest, _ = rest.Sub(c.value) // the coin is smaller, as just compared
			continue
		}
		// Coins at i and after that reach rest are a run that begins at i; its last is the smallest.
		last := i
		for last+1 < len(coins) && coins[last+1].value.Cmp(rest) >= 0 {
			last++
		}
		over, _ = coins[last].value.Sub(rest) // it reaches rest
		return append(chosen, coins[last]), over, true
	}
	return nil, types.Amount{}, false
}

// after returns the search that remains when a bundle has done what it does.
func (s *search) after(token int, tokenUse, nativeUse use) *search {
	next := &search{native: s.native, tokens: slices.Clone(s.tokens), fee: s.fee, budget: s.budget}
	next.fee, _ = s.fee.Sub(nativeUse.leave) // a use never lets more than the fee go
	next.native.todo = nativeUse.left
	next.native.coins = without(s.native.coins, nativeUse.coins)
	if token >= 0 {
		next.tokens[token].todo = tokenUse.left
		next.tokens[token].coins = without(s.tokens[token].coins, tokenUse.coins)
	}
	return next
}

func without(coins, gone []coin) []coin {
	if len(gone) == 0 {
		return coins
	}
	out := make([]coin, 0, len(coins)-len(gone))
	for _, c := range coins {
		if !slices.Contains(gone, c) {
			out = append(out, c)
		}
	}
	return out
}
