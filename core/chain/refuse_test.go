package chain_test

import (
	"errors"
	"maps"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/core/chain"
	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/types"
)

func add(c *testkit.Chain, b *types.Block) error { return c.AddChecked(b, testkit.Trusted) }

func TestNotYet(t *testing.T) {
	a := testkit.Quick(t)
	b := a.ForkTrusting(0)
	blocks := branch(b, 2)
	wantErr(t, "block without its parent", add(a, blocks[1]), chain.ErrUnknownParent)
	a.Now = time.Unix(int64(blocks[0].Header.Time)-16, 0) //nolint:gosec // a date
	wantErr(t, "block 16 s ahead of the clock", add(a, blocks[0]), chain.ErrFutureBlock)
	a.Now = a.Now.Add(time.Second)
	addAll(a, blocks[:1])
	wantErr(t, "block twice", add(a, blocks[0]), chain.ErrKnown)
	a.Now = a.Now.Add(time.Second)
	addAll(a, blocks[1:])
	wantErr(t, "genesis", add(a, a.At(0)), chain.ErrKnown)
	for _, err := range []error{chain.ErrKnown, chain.ErrUnknownParent, chain.ErrFutureBlock, chain.ErrDeepReorg, chain.ErrNotFound} {
		var classed rule.Classed
		if !errors.As(err, &classed) || classed.Class() != rule.ClassNotYet {
			t.Errorf("class of %q is not 'not yet'", err)
		}
	}
	if _, err := a.HashAt(3); !errors.Is(err, chain.ErrNotFound) {
		t.Errorf("height above the tip: got %v, want ErrNotFound", err)
	}
	if _, err := a.Block(types.BlockHash{1}); !errors.Is(err, chain.ErrNotFound) {
		t.Errorf("block of nobody: got %v, want ErrNotFound", err)
	}
	if _, _, err := a.Transaction(types.TxID{1}); !errors.Is(err, chain.ErrNotFound) {
		t.Errorf("transaction of nobody: got %v, want ErrNotFound", err)
	}
}

// after returns a sealed copy of a block with another parent and a change.
func after(c *testkit.Chain, b *types.Block, parent types.BlockHash, change func(h *types.Header)) *types.Block {
	h := b.Header.Copy()
	h.Parent = parent
	change(h)
	return c.Sealed(&types.Block{Header: h, Body: b.Body})
}

func unchanged(*types.Header) {}

func breakNotes(h *types.Header) { h.NoteRoot[0] ^= 1 }

func wantAncestor(t *testing.T, what string, err error, ancestor *types.Block) {
	t.Helper()
	var e *chain.InvalidAncestorError
	if !errors.As(err, &e) || e.Ancestor != ancestor.Hash() || !errors.Is(err, rule.NoteRootWrong) || e.Class() != rule.ClassRule {
		t.Fatalf("%s: got %v, want an invalid ancestor %s", what, err, ancestor.Hash())
	}
}

// A branch may hide a block that breaks the ledger's rules for as long as it is the lighter one. When it would win, nothing moves.
func TestHeavierBranchWithInvalidMiddle(t *testing.T) {
	a := testkit.Quick(t)
	b := a.ForkTrusting(0)
	branch(a, 4)
	good := branch(b, 6)
	bad := after(b, good[1], good[0].Hash(), breakNotes)
	third := after(b, good[2], bad.Hash(), unchanged)
	fourth := after(b, good[3], third.Hash(), unchanged)
	fifth := after(b, good[4], fourth.Hash(), unchanged)
	aside := after(b, good[2], bad.Hash(), func(h *types.Header) { h.Extra = []byte("aside") })
	aside4 := after(b, good[3], aside.Hash(), unchanged)
	addAll(a, []*types.Block{good[0], bad, third, aside, fourth, aside4})
	tip, ledger := a.At(4), a.Ledger()

	wantAncestor(t, "block that would make the branch win", add(a, fifth), bad)
	check := func(when string) {
		t.Helper()
		wantTip(t, a, tip)
		if !maps.Equal(a.Ledger(), ledger) {
			t.Fatalf("%s: the ledger has changed", when)
		}
		for i, block := range []*types.Block{bad, third, fourth, fifth} {
			var broken *rule.Error
			if err := add(a, block); !errors.As(err, &broken) || broken.Kind != rule.NoteRootWrong {
				t.Fatalf("%s: block %d of the broken branch: got %v, want %s", when, i, err, rule.NoteRootWrong)
			}
		}
		sixth := after(b, good[5], fifth.Hash(), unchanged)
		wantAncestor(t, when+": child of a descendant", add(a, sixth), fifth)
	}
	check("at once")
	// A descendant that was not on the way is found out when it matters.
	aside5 := after(b, good[4], aside4.Hash(), unchanged)
	wantAncestor(t, "another descendant", add(a, aside5), bad)
	if err := add(a, aside4); !errors.Is(err, rule.NoteRootWrong) {
		t.Errorf("block between: got %v, want %s", err, rule.NoteRootWrong)
	}
	reopen(t, a, 0)
	check("after a restart")
	// The broken block's parent is innocent.
	addAll(a, good[1:])
	wantTip(t, a, good[5])
	wantSame(t, a, b)
	if err := a.Err(); err != nil {
		t.Errorf("the chain has stopped: %v", err)
	}
}

func TestInvalidTipIsMarked(t *testing.T) {
	a := testkit.Quick(t)
	good := a.NextTrusting(1, a.Unproved(1, price))
	bad := after(a, good, a.Genesis(), breakNotes)
	for range 2 {
		var broken *rule.Error
		if err := add(a, bad); !errors.As(err, &broken) || broken.Kind != rule.NoteRootWrong {
			t.Fatalf("broken block: got %v, want %s", err, rule.NoteRootWrong)
		}
	}
	if n := records(t, a, store.PrefixHeader); n != 1 {
		t.Errorf("%d headers kept, want the genesis' alone", n)
	}
	// Without its proofs verified, a payment makes its block invalid for good.
	if err := a.AddBlock(good); !errors.Is(err, rule.SignatureInvalid) {
		t.Fatalf("unsigned payment: got %v, want %s", err, rule.SignatureInvalid)
	}
	if err := add(a, good); !errors.Is(err, rule.SignatureInvalid) {
		t.Errorf("again: got %v, want %s", err, rule.SignatureInvalid)
	}
}

// Neither a foreign body nor a header without work leaves a mark: both cost their maker nothing.
func TestWhatLeavesNoMark(t *testing.T) {
	a := testkit.Quick(t)
	good := a.NextTrusting(1, a.Unproved(1, price))
	if err := add(a, &types.Block{Header: good.Header, Body: new(types.Body)}); !errors.Is(err, rule.BodyRoot) {
		t.Fatalf("foreign body: got %v, want %s", err, rule.BodyRoot)
	}
	h := good.Header.Copy()
	h.Mix[0] ^= 1
	if err := add(a, &types.Block{Header: h, Body: good.Body}); !errors.Is(err, rule.SealMix) {
		t.Fatalf("wrong mix: got %v, want %s", err, rule.SealMix)
	}
	if n := records(t, a, store.PrefixInvalid); n != 0 {
		t.Errorf("%d marks, want none", n)
	}
	addAll(a, []*types.Block{good})
}

func TestDeepReorgNeedsTheOperator(t *testing.T) {
	const depth = 5
	a := shallow(t, testkit.QuickNetwork(), depth)
	branch(a, 4)
	tooDeep, deep := a.ForkTrusting(3), a.ForkTrusting(4)
	branch(a, depth)
	wantRecords(t, a, depth)
	tip, ledger := a.At(4+depth), a.Ledger()
	forks := branch(tooDeep, depth+4)
	for i, b := range forks {
		err := add(a, b)
		if i <= depth {
			if err != nil {
				t.Fatal(err)
			}
			continue
		}
		wantErr(t, "heavier branch that forks off too deep", err, chain.ErrDeepReorg)
		wantErr(t, "the same block again", add(a, b), chain.ErrKnown)
	}
	wantTip(t, a, tip)
	if !maps.Equal(a.Ledger(), ledger) {
		t.Fatal("the ledger has changed")
	}
	addAll(a, branch(deep, depth+1)) // one block less deep
	wantSame(t, a, deep)
	wantRecords(t, a, depth)
	addAll(a, branch(deep, 3*depth))
	wantSame(t, a, deep)
	wantRecords(t, a, depth)
	if err := a.Err(); err != nil {
		t.Errorf("the chain has stopped: %v", err)
	}
}

// A chain that got heavier by fewer blocks lacks diffs which its height would let expect.
func TestDeepReorgAfterTheChainGotShorter(t *testing.T) {
	const depth = 5
	net := retargeting()
	a := shallow(t, net, depth)
	paced(a, 3, 1)
	b, c, d := a.ForkTrusting(3), a.ForkTrusting(1), a.ForkTrusting(3)
	paced(a, depth, 60)
	addAll(a, paced(b, 3, 1))
	wantSame(t, a, b)
	if a.Height() != 6 {
		t.Fatalf("height %d, want 6", a.Height())
	}
	// Block 1 is five below the tip, but was seven below it once.
	var err error
	for _, block := range paced(c, 8, 1) {
		if err = add(a, block); err != nil {
			break
		}
	}
	wantErr(t, "branch whose fork was forgotten", err, chain.ErrDeepReorg)
	if err := a.Err(); err != nil {
		t.Fatalf("the chain has stopped: %v", err)
	}
	addAll(a, paced(d, 4, 1))
	wantSame(t, a, d)
	a.MustConsistent()
}

// A branch of many light blocks is connected all at once, and forgets its own old diffs.
func TestLongRoutePrunesItself(t *testing.T) {
	const depth = 3
	a := shallow(t, retargeting(), depth)
	b := a.ForkTrusting(0)
	paced(a, depth, 1)
	addAll(a, paced(b, 45, 60))
	wantSame(t, a, b)
	if a.Height() != 45 {
		t.Fatalf("height %d, want 45", a.Height())
	}
	wantRecords(t, a, depth)
}

// Blocks from several goroutines in different orders, readers meanwhile: everybody sees one consistent chain.
func TestConcurrentBlocks(t *testing.T) {
	f := &forest{rng: rand.New(rand.NewPCG(7, 7))} //nolint:gosec // a test
	for range 3 {
		f.tips = append(f.tips, testkit.Quick(t))
	}
	f.grow(30)
	a := testkit.Quick(t)
	last := f.blocks[0]
	for _, b := range f.blocks {
		if b.Header.Number > last.Header.Number {
			last = b
		}
	}
	broken := after(a, f.blocks[0], a.Genesis(), breakNotes)
	brokenChild := after(a, f.blocks[0], broken.Hash(), func(h *types.Header) { h.Number++; h.Time++ })
	var writers, readers sync.WaitGroup
	for range 4 {
		order := append([]*types.Block{broken, brokenChild}, f.shuffled(a.Genesis())...)
		writers.Go(func() {
			for _, b := range order {
				// The broken ones may be kept beside the best chain, unless they came too early or too late for that.
				if err := add(a, b); err != nil && !testkit.IsKnown(err) && b != broken && b != brokenChild {
					t.Errorf("block %d: %v", b.Header.Number, err)
				}
			}
		})
	}
	done := make(chan struct{})
	for _, most := range []int{1, 5} {
		readers.Go(func() {
			fw := &follower{most: most}
			for {
				select {
				case <-done:
					return
				default:
				}
				fw.step(t, a)
				if s, err := a.Supply(types.NativeAsset); err != nil || !s.Consistent {
					t.Errorf("supply while blocks arrive: %s (%v)", s, err)
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	if a.Height() != last.Header.Number {
		t.Errorf("height %d, want %d", a.Height(), last.Header.Number)
	}
	wantSame(t, a, replay(a))
	wantRecords(t, a, 5760)
	a.MustConsistent()
}

func TestSubscribersHearOfTips(t *testing.T) {
	a := testkit.Quick(t)
	b := a.ForkTrusting(0)
	news, stop := a.Subscribe()
	defer stop()
	heard := func() bool {
		select {
		case <-news:
			return true
		default:
			return false
		}
	}
	branch(a, 2)
	if !heard() || heard() {
		t.Error("two new tips: want one notification, merged")
	}
	other := branch(b, 3)
	addAll(a, other[:2])
	if heard() {
		t.Error("blocks beside the best chain: want no notification")
	}
	addAll(a, other[2:])
	if !heard() {
		t.Error("change of branch: want a notification")
	}
}

// While a block's proofs are verified, another goroutine may add it, find its parent invalid or meet a fault.
func TestWhatHappensWhileChecking(t *testing.T) {
	// meanwhile adds a block with a payment and does something while the payment is looked up.
	meanwhile := func(c *testkit.Chain, b *types.Block, f func()) error {
		var once sync.Once
		return c.AddChecked(b, func(wid types.WTxID) *consensus.CheckedTx {
			once.Do(f)
			return testkit.Trusted(wid)
		})
	}
	t.Run("added", func(t *testing.T) {
		c := testkit.Quick(t)
		b := c.NextTrusting(1, c.Unproved(1, price))
		wantErr(t, "block added meanwhile", meanwhile(c, b, func() { c.AddTrusting(b) }), chain.ErrKnown)
		wantTip(t, c, b)
	})
	t.Run("ancestor condemned", func(t *testing.T) {
		a := testkit.Quick(t)
		b := a.ForkTrusting(0)
		branch(a, 2)
		good := branch(b, 3)
		bad := after(b, good[0], b.Genesis(), breakNotes)
		// As heavy as the best chain, so nothing but the mark can keep it out; it has a payment, so that something is looked up.
		child := after(b, &types.Block{Header: good[1].Header, Body: good[2].Body}, bad.Hash(), func(h *types.Header) {
			h.BodyRoot, h.GasUsed = good[2].Header.BodyRoot, good[2].Header.GasUsed
		})
		second := after(b, good[1], bad.Hash(), func(h *types.Header) { h.Extra = []byte("second") })
		third := after(b, good[2], second.Hash(), unchanged)
		addAll(a, []*types.Block{bad, second})
		err := meanwhile(a, child, func() {
			wantAncestor(t, "heavier branch", add(a, third), bad)
		})
		wantAncestor(t, "child of a block that was condemned meanwhile", err, bad)
		if _, err := a.Header(child.Hash()); !errors.Is(err, chain.ErrNotFound) {
			t.Errorf("the child was kept (%v)", err)
		}
	})
	t.Run("fault", func(t *testing.T) {
		c := testkit.Quick(t)
		sibling, b := c.NextTrusting(1), c.NextTrusting(1, c.Unproved(1, price))
		err := meanwhile(c, b, func() {
			if err := c.DB.Delete(store.WeightKey(c.Genesis())); err != nil {
				t.Error(err)
			}
			var fault *chain.NodeError
			if err := add(c, sibling); !errors.As(err, &fault) {
				t.Errorf("block of a parent without weight: got %v, want a fault", err)
			}
			w := types.Weight{}.Add(c.Net.Genesis.Difficulty)
			raw := w.Bytes32()
			if err := c.DB.Put(store.WeightKey(c.Genesis()), raw[:]); err != nil { // as if it had been a passing fault
				t.Error(err)
			}
		})
		wantErr(t, "block after a fault", err, c.Err())
		if c.Height() != 0 {
			t.Error("a block was taken after a fault")
		}
	})
}
