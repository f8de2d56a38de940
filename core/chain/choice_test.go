package chain_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

func TestEqualWeightKeepsFirstSeen(t *testing.T) {
	a := testkit.Quick(t)
	b := a.ForkTrusting(0)
	mine, theirs := branch(a, 3), branch(b, 3)
	addAll(a, theirs)
	wantTip(t, a, mine[2])
	wantSame(t, a, replay(a))
	next := branch(b, 1)
	addAll(a, next)
	wantTip(t, a, next[0])
	wantSame(t, a, b)
	wantRecords(t, a, 5760)
}

// retargeting returns a network on which blocks in quick succession weigh more and more, and slow ones less and less.
func retargeting() *params.Network {
	net := testkit.QuickNetwork()
	net.Retarget, net.Spacing, net.HalfLife = true, 15, 30
	net.Genesis.Difficulty = types.NewDifficulty(8)
	return net
}

// seconds apart mines n blocks.
func paced(c *testkit.Chain, n int, seconds types.Time) []*types.Block {
	c.T.Helper()
	out := make([]*types.Block, n)
	for i := range out {
		out[i] = c.NextTrusting(seconds, c.Unproved(1, price))
		c.AddTrusting(out[i])
	}
	return out
}

func TestWeightDecidesNotLength(t *testing.T) {
	a := testkit.OnNetwork(t, retargeting())
	b := a.ForkTrusting(0)
	long, heavy := paced(a, 9, 60), paced(b, 6, 1)
	addAll(a, heavy)
	wantTip(t, a, heavy[5])
	wantSame(t, a, b)
	wantRecords(t, a, 5760) // no canonical hash is left above the shorter chain
	a.MustConsistent()

	c := a.ForkTrusting(0)
	addAll(c, heavy)
	addAll(c, long)
	wantTip(t, c, heavy[5])
	total := c.Weight()
	for i, block := range long {
		w, err := c.BlockWeight(block.Hash())
		if err != nil || w.Cmp(total) >= 0 {
			t.Errorf("weight of block %d of the long branch: got %s (%v), want less than %s", i, w.Dec(), err, total.Dec())
		}
	}
}

// A reorganisation of any depth leads to the ledger of a chain that saw only the winner, and back again.
func TestReorgOfAnyDepth(t *testing.T) {
	depths := []int{1, 2, 3, 5, 19, 20, 21, 22, 45, 200}
	switch {
	case testing.Short(): // as under the race detector
		depths = []int{1, 2, 21}
	case slow:
		depths = depths[:0]
		for d := 1; d <= 200; d++ {
			depths = append(depths, d)
		}
	}
	for _, depth := range depths {
		t.Run(fmt.Sprint(depth), func(t *testing.T) {
			a := testkit.Quick(t)
			branch(a, 4)
			b := a.ForkTrusting(4)
			branch(a, depth)
			before := replay(a)
			theirs := branch(b, depth+1)
			for i, block := range theirs {
				a.AddTrusting(block)
				if i < depth {
					wantSame(t, a, before)
				}
			}
			wantSame(t, a, b)
			wantRecords(t, a, 5760)
			a.MustConsistent()
			// And back, which needs the diffs that the first change of branch has written.
			branch(before, 3)
			for n := types.Height(5); n <= before.Height(); n++ {
				if err := a.AddChecked(before.At(n), testkit.Trusted); err != nil && !testkit.IsKnown(err) {
					t.Fatal(err)
				}
			}
			wantSame(t, a, before)
			wantRecords(t, a, 5760)
			a.MustConsistent()
		})
	}
}

// A payment on both branches, and one that only the loser has, are where they should be after the change.
func TestTransactionsFollowTheBranch(t *testing.T) {
	a := testkit.Quick(t)
	b := a.ForkTrusting(0)
	both, loser, winner := a.Unproved(1, price), a.Unproved(2, price), a.Unproved(1, price)
	a.MineTrusting(both, loser)
	b.MineTrusting(winner)
	second := b.MineTrusting(both)
	addAll(a, []*types.Block{b.At(1), second})
	wantTip(t, a, second)
	_, at, err := a.Transaction(both.ID(a.Genesis()))
	if err != nil || at.Height != 2 || at.Block != second.Hash() {
		t.Errorf("payment on both branches: got %v (%v), want height 2", at, err)
	}
	if _, _, err := a.Transaction(loser.ID(a.Genesis())); err == nil {
		t.Error("payment of the losing branch is still found")
	}
	for _, tx := range []*types.Tx{both, winner, loser} {
		_, spent, err := a.SpentAt(tx.Bundles[0].Nullifiers[0])
		if want := tx != loser; err != nil || spent != want {
			t.Errorf("nullifier: got spent %t (%v), want %t", spent, err, want)
		}
	}
	wantRecords(t, a, 5760)
	// What the loser spent can be spent again.
	a.MineTrusting(loser)
	a.MustConsistent()
	wantSame(t, a, replay(a))
}

// forest grows a random tree of blocks on several chains.
type forest struct {
	rng    *rand.Rand
	tips   []*testkit.Chain
	blocks []*types.Block // parents before children
	pace   bool           // blocks of different difficulty
}

func (f *forest) grow(n int) {
	for range n {
		i := f.rng.IntN(len(f.tips))
		if f.rng.IntN(4) == 0 { // a new branch somewhere
			c := f.tips[f.rng.IntN(len(f.tips))]
			low := max(0, int(c.Height())-6)
			f.tips[i] = c.ForkTrusting(types.Height(low + f.rng.IntN(int(c.Height())-low+1))) //nolint:gosec // a height
		}
		c := f.tips[i]
		var txs []*types.Tx
		for range f.rng.IntN(3) {
			txs = append(txs, c.Unproved(1+f.rng.IntN(2), price))
		}
		seconds := types.Time(1)
		if f.pace {
			seconds = types.Time(1 + 30*f.rng.IntN(3)) //nolint:gosec // a small number
		}
		b := c.NextTrusting(seconds, txs...)
		c.AddTrusting(b)
		f.blocks = append(f.blocks, b)
	}
}

// shuffled returns the blocks in a random order in which parents come before children.
func (f *forest) shuffled(genesis types.BlockHash) []*types.Block {
	children := make(map[types.BlockHash][]*types.Block)
	for _, b := range f.blocks {
		children[b.Header.Parent] = append(children[b.Header.Parent], b)
	}
	ready, out := children[genesis], []*types.Block(nil)
	for len(ready) > 0 {
		i := f.rng.IntN(len(ready))
		b := ready[i]
		ready = append(ready[:i:i], ready[i+1:]...)
		ready = append(ready, children[b.Hash()]...)
		out = append(out, b)
	}
	return out
}

// heaviest is the naive fork choice: the greatest weight, the first seen among equals.
type heaviest struct {
	weight map[types.BlockHash]types.Weight
	tip    types.BlockHash
}

func newHeaviest(genesis types.BlockHash, d types.Difficulty) *heaviest {
	return &heaviest{map[types.BlockHash]types.Weight{genesis: types.Weight{}.Add(d)}, genesis}
}

func (h *heaviest) add(b *types.Block) {
	w := h.weight[b.Header.Parent].Add(b.Header.Difficulty)
	h.weight[b.Hash()] = w
	if w.Cmp(h.weight[h.tip]) > 0 {
		h.tip = b.Hash()
	}
}

// Random trees of blocks, in random order: the tip is always the heaviest and first seen, the ledger that of its branch alone, and
// followers that fell behind at any time get there in steps of any size.
func TestRandomTrees(t *testing.T) {
	trees, size := 8, 40
	switch {
	case testing.Short():
		trees, size = 2, 20
	case slow:
		trees, size = 100, 80
	}
	for seed := range trees {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			net := testkit.QuickNetwork()
			if seed%2 == 1 {
				net = retargeting()
			}
			f := &forest{rng: rand.New(rand.NewPCG(uint64(seed), 1)), pace: seed%2 == 1} //nolint:gosec // a seed
			for range 3 {
				f.tips = append(f.tips, testkit.OnNetwork(t, net))
			}
			f.grow(size)
			subject := testkit.OnNetwork(t, net)
			model := newHeaviest(subject.Genesis(), net.Genesis.Difficulty)
			followers := []*follower{{most: 1}, {most: 3}, {most: 64}}
			for i, b := range f.shuffled(subject.Genesis()) {
				subject.AddTrusting(b)
				model.add(b)
				if tip, _ := subject.Tip(); tip != model.tip {
					t.Fatalf("tip after block %d: got %s, want %s", i, tip, model.tip)
				}
				if got, want := subject.Weight(), model.weight[model.tip]; got != want {
					t.Fatalf("weight: got %s, want %s", got.Dec(), want.Dec())
				}
				if f.rng.IntN(5) == 0 {
					followers[f.rng.IntN(len(followers))].catchUp(t, subject)
				}
				if f.rng.IntN(10) == 0 {
					reopen(t, subject, 0)
				}
			}
			subject.MustConsistent()
			again := replay(subject)
			wantSame(t, subject, again)
			wantRecords(t, subject, 5760)
			fresh := &follower{most: 64}
			fresh.catchUp(t, again)
			for _, f := range followers {
				f.catchUp(t, subject)
				f.wantEqual(t, fresh)
			}
		})
	}
}
