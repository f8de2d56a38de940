package chain_test

import (
	"slices"
	"testing"

	"github.com/gero-chain/gero/core/chain"
	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/types"
)

// follower keeps up with a chain as a wallet does, and minds every position.
type follower struct {
	most   int // blocks per step
	tip    types.BlockHash
	blocks []types.BlockHash
	leaves []types.Commitment
}

// step asks once and reports whether that changed anything.
func (f *follower) step(t testing.TB, c *testkit.Chain) bool {
	t.Helper()
	u, err := c.UpdatesSince(f.tip, f.most)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(u.Applied) + len(u.Reverted); n > f.most {
		t.Fatalf("update of %d blocks, want at most %d", n, f.most)
	}
	for _, a := range u.Reverted {
		first := int(a.FirstPos)
		if a.Hash != f.tip || a.Block.Hash() != f.tip || first+len(a.Leaves) != len(f.leaves) {
			t.Fatalf("reverts block %s with leaves %d+%d, the follower is at %s with %d", a.Hash, first, len(a.Leaves), f.tip, len(f.leaves))
		}
		for i, leaf := range a.Leaves {
			if f.leaves[first+i] != leaf.Commitment {
				t.Fatalf("reverted leaf %d is not the one that was applied", first+i)
			}
		}
		f.leaves, f.blocks, f.tip = f.leaves[:first], f.blocks[:len(f.blocks)-1], a.Block.Header.Parent
	}
	for _, a := range u.Applied {
		if a.Block.Header.Parent != f.tip || a.Hash != a.Block.Hash() || int(a.FirstPos) != len(f.leaves) {
			t.Fatalf("applies block %s after %s at position %d, the follower is at %s with %d leaves",
				a.Hash, a.Block.Header.Parent, a.FirstPos, f.tip, len(f.leaves))
		}
		for _, leaf := range a.Leaves {
			f.leaves = append(f.leaves, leaf.Commitment)
		}
		f.blocks, f.tip = append(f.blocks, a.Hash), a.Hash
	}
	return len(u.Applied)+len(u.Reverted) > 0
}

func (f *follower) catchUp(t testing.TB, c *testkit.Chain) {
	t.Helper()
	for f.step(t, c) {
	}
	if tip, head := c.Tip(); f.tip != tip || len(f.blocks) != int(head.Number)+1 {
		t.Fatalf("follower ends at %s after %d blocks, the chain at %s", f.tip, len(f.blocks), tip)
	}
}

func (f *follower) wantEqual(t testing.TB, want *follower) {
	t.Helper()
	if f.tip != want.tip || !slices.Equal(f.blocks, want.blocks) || !slices.Equal(f.leaves, want.leaves) {
		t.Errorf("follower in steps of %d has %d blocks and %d leaves, want %d and %d, all equal",
			f.most, len(f.blocks), len(f.leaves), len(want.blocks), len(want.leaves))
	}
}

// Rewards mature on the branch that earned them: a follower of the losing branch learns of both when it changes over.
func TestFollowersOfLosingBranches(t *testing.T) {
	depths := []int{1, 19, 20, 21, 30}
	if testing.Short() {
		depths = []int{21}
	}
	for _, depth := range depths {
		a := testkit.Quick(t)
		branch(a, 3)
		b := a.ForkTrusting(3)
		branch(a, depth)
		stale := []*follower{{most: 1}, {most: 3}, {most: 64}}
		for _, f := range stale {
			f.catchUp(t, a)
		}
		half := &follower{most: 2}
		for range 3 + depth/2 {
			half.step(t, a)
		}
		addAll(a, branch(b, depth+1))
		want := &follower{most: 64}
		want.catchUp(t, b)
		for _, f := range append(stale, half) {
			f.catchUp(t, a)
			f.wantEqual(t, want)
		}
	}
}

// A follower in the middle of changing over sees the chain change its mind again.
func TestFollowerOvertakenWhileChangingOver(t *testing.T) {
	a := testkit.Quick(t)
	b := a.ForkTrusting(0)
	branch(a, 6)
	old := replay(a)
	f := &follower{most: 2}
	f.catchUp(t, a)
	addAll(a, branch(b, 7))
	f.step(t, a)
	f.step(t, a) // four blocks taken back
	branch(old, 2)
	for n := types.Height(1); n <= old.Height(); n++ {
		if err := a.AddChecked(old.At(n), testkit.Trusted); err != nil && !testkit.IsKnown(err) {
			t.Fatal(err)
		}
	}
	f.catchUp(t, a)
	want := &follower{most: 64}
	want.catchUp(t, old)
	f.wantEqual(t, want)
}

func TestUpdatesSinceUnknownTip(t *testing.T) {
	a := testkit.Quick(t)
	b := a.ForkTrusting(0)
	branch(a, 2)
	beside := branch(b, 1)
	addAll(a, beside)
	for _, c := range []struct {
		name string
		tip  types.BlockHash
	}{
		{"nobody's block", types.BlockHash{1}},
		{"block that was only ever beside the best chain", beside[0].Hash()},
	} {
		if u, err := a.UpdatesSince(c.tip, 8); err == nil || len(u.Applied)+len(u.Reverted) != 0 {
			t.Errorf("%s: got %d blocks and no error", c.name, len(u.Applied)+len(u.Reverted))
		} else {
			wantErr(t, c.name, err, chain.ErrUnknownTip)
		}
	}
	if err := a.Err(); err != nil {
		t.Errorf("the chain has stopped: %v", err)
	}
}

func TestUpdatesSinceLimits(t *testing.T) {
	a := testkit.Quick(t)
	branch(a, 3)
	for _, most := range []int{-1, 0, 1} {
		if u, err := a.UpdatesSince(a.Genesis(), most); err != nil || len(u.Applied) != 1 {
			t.Errorf("most %d: got %d blocks (%v), want 1", most, len(u.Applied), err)
		}
	}
	// However many blocks are asked for, an Update ends after so many bytes.
	a.SetUpdateSize(2 * a.Unproved(1, price).Size())
	from, _ := a.Tip()
	for range 5 {
		a.MineTrusting(a.Unproved(1, price))
	}
	if u, err := a.UpdatesSince(from, 1000); err != nil || len(u.Applied) != 2 {
		t.Errorf("blocks of one payment each, room for two: got %d (%v)", len(u.Applied), err)
	}
	f := &follower{most: 1000}
	f.catchUp(t, a)
}
