package mempool

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/types"
)

func TestMinedTransactionsLeave(t *testing.T) {
	r := newRig(t)
	mined, rival, other := r.c.Unproved(1, gwei(2)), r.c.Unproved(1, gwei(1)), r.c.Unproved(1, gwei(1))
	rivalsRival := r.conflicting(1, gwei(9), rival)
	r.add(t, mined)
	r.add(t, rival)
	r.add(t, other)
	r.c.MineTrusting(mined, rivalsRival)
	r.wantPool(t, "before following", mined, rival, other)
	r.follow(t)
	r.wantPool(t, "after following", other)
	r.follow(t)
	r.refuse(t, "mined", mined, rule.NullifierSpent)
}

// lose makes a heavier branch from a height win, with blocks of the given transactions and as many empty ones as it takes.
func (r *rig) lose(t *testing.T, height types.Height, txs ...*types.Tx) {
	t.Helper()
	other := r.c.ForkTrusting(height)
	other.MineTrusting(txs...)
	for other.Height() <= r.c.Height() {
		other.MineTrusting()
	}
	for n := height + 1; n <= other.Height(); n++ {
		r.c.AddTrusting(other.At(n))
	}
}

// What a change of branch takes out of blocks waits again, without its proofs being verified again.
func TestReorgBringsBack(t *testing.T) {
	r := newRig(t)
	r.c.MineTrusting()
	both, loser, stranger, rival := r.c.Unproved(1, gwei(4)), r.c.Unproved(2, gwei(3)), r.c.Unproved(1, gwei(2)), r.c.Unproved(1, gwei(1))
	rivalsRival := r.conflicting(1, gwei(1), rival)
	r.add(t, both)
	r.add(t, loser)
	r.c.MineTrusting(both, loser, stranger, rival) // the pool has never seen two of them
	r.follow(t)
	r.wantPool(t, "all mined")
	anchored := r.c.Unproved(1, gwei(9)) // on the block that will be lost
	r.add(t, anchored)
	dead := r.c.Unproved(1, gwei(8))
	r.c.MineTrusting(dead)
	proved := r.proved.Load()
	r.lose(t, 1, both, rivalsRival)
	r.follow(t)
	r.wantPool(t, "after the change of branch", loser, stranger)
	if got := r.proved.Load(); got != proved {
		t.Errorf("%d proofs verified, want none", got-proved)
	}
	// And they can be mined.
	r.c.MineTrusting(loser, stranger)
	r.follow(t)
	r.wantPool(t, "mined again")
}

// A change of branch deeper than what is followed at once.
func TestFollowDeepReorg(t *testing.T) {
	r := newRig(t)
	first := r.c.Unproved(1, gwei(1))
	r.c.MineTrusting()
	r.c.MineTrusting(first)
	for range 150 {
		r.c.MineTrusting()
	}
	r.follow(t)
	r.lose(t, 1)
	r.follow(t)
	r.wantPool(t, "after 151 blocks were taken back", first)
	if tip, _ := r.c.Tip(); r.tip != tip {
		t.Errorf("pool is at %s, want %s", r.tip, tip)
	}
}

// A reorganisation brings back no more than the pool holds.
func TestReorgBringsBackWithinLimits(t *testing.T) {
	r := newRig(t)
	r.c.MineTrusting()
	r.limits.bundles = 3
	best := r.c.Unproved(1, gwei(9))
	for range 3 {
		r.c.MineTrusting(r.c.Unproved(1, gwei(1)), r.c.Unproved(1, gwei(2)))
	}
	r.c.MineTrusting(best)
	r.follow(t)
	r.lose(t, 1)
	r.follow(t)
	if s := r.Status(); s.Bundles > 3 || !r.Has(best.ID(r.c.Genesis())) {
		t.Errorf("%d bundles, best among them: %t; want at most 3 with it", s.Bundles, r.Has(best.ID(r.c.Genesis())))
	}
}

// A transaction must be valid in the next block and in one more, to be taken and to be kept.
func TestExpiryMargin(t *testing.T) {
	r := newRig(t)
	tx := r.c.Unproved(1, gwei(1))
	tx.Expiry = 3 // valid in blocks 1 and 2
	late := r.c.Unproved(1, gwei(1))
	late.Expiry = 2 // valid in block 1
	r.add(t, tx)
	r.refuse(t, "valid in one block", late, errSoonExpired)
	gone := r.c.Unproved(1, gwei(1))
	gone.Expiry = 1
	r.refuse(t, "expired", gone, rule.TxExpired)
	r.wantPool(t, "at genesis", tx)
	r.c.MineTrusting()
	r.follow(t)
	r.wantPool(t, "one block before the end")
}

func TestAnchorMargin(t *testing.T) {
	r := newRig(t)
	r.c.MineTrusting(r.c.Unproved(1, gwei(1))) // so that the genesis' root is not that of a later height
	old := r.c.Unproved(1, gwei(1))            // anchored at height 1 at least
	_, ok, err := r.c.AnchorHeight(old.Bundles[0].Anchor)
	if err != nil || !ok {
		t.Fatal(err)
	}
	for r.c.Height() < 22 { // rewards change the root from height 21 on
		r.c.MineTrusting()
	}
	if anchor, _, err := r.c.AnchorHeight(old.Bundles[0].Anchor); err != nil || anchor != 20 {
		t.Fatalf("anchor's latest height: got %d (%v), want 20", anchor, err)
	}
	old.Expiry = 2000
	waits, late := testkit.CopyTx(t, old), r.c.Unproved(1, gwei(2))
	late.Bundles[0].Anchor, late.Expiry = old.Bundles[0].Anchor, 2000
	for r.c.Height() < 20+512-2 { // the next block, 531, and the one after it, 532, may have that anchor
		r.c.MineTrusting()
	}
	r.add(t, waits)
	r.follow(t)
	r.wantPool(t, "two blocks before the end", waits)
	r.c.MineTrusting()
	r.refuse(t, "valid in one block", late, errAnchorOld)
	r.follow(t)
	r.wantPool(t, "one block before the end")
	r.c.MineTrusting(late) // the chain still takes it in block 532
	beyond := r.c.Unproved(1, gwei(2))
	beyond.Bundles[0].Anchor = old.Bundles[0].Anchor
	r.refuse(t, "no anchor any more", beyond, rule.AnchorUnknown)
}

// hooked is a chain with something that happens after each look at a transaction.
type hooked struct {
	*testkit.Chain
	after   func()
	updates error
}

func (h *hooked) CheckContext(tx *consensus.CheapTx) error {
	err := h.Chain.CheckContext(tx)
	if h.after != nil {
		h.after()
	}
	return err
}

func (h *hooked) UpdatesSince(tip types.BlockHash, most int) (types.Update, error) {
	if h.updates != nil {
		return types.Update{}, h.updates
	}
	return h.Chain.UpdatesSince(tip, most)
}

// A block that comes between the last look and the insertion is not overlooked.
func TestBlockWhileInserting(t *testing.T) {
	r := newRig(t)
	tx := r.c.Unproved(1, gwei(1))
	h := &hooked{Chain: r.c}
	r.Pool = newPool(r.c.Net, h, r.verify)
	looks := 0
	h.after = func() {
		if looks++; looks == 2 { // the look of insert
			h.after = nil
			r.c.MineTrusting(tx)
			r.follow(t)
		}
	}
	r.refuse(t, "mined meanwhile", tx, rule.NullifierSpent)
	r.wantPool(t, "afterwards")

	// The same while its proof is being verified.
	second := r.c.Unproved(1, gwei(1))
	r.before = func(*consensus.CheapTx) error {
		r.c.MineTrusting(r.conflicting(1, gwei(1), second))
		r.follow(t)
		return nil
	}
	r.refuse(t, "spent meanwhile", second, rule.NullifierSpent)
	r.wantPool(t, "afterwards")
}

func TestRunFollowsUntilTheContextEnds(t *testing.T) {
	r := newRig(t) // its database's goroutines are not the pool's
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	tx := r.c.Unproved(1, gwei(1))
	r.add(t, tx)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	r.c.MineTrusting(tx)
	for deadline := time.Now().Add(5 * time.Second); r.Status().Count != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the mined transaction still waits")
		}
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Run: got %v, want nil", err)
	}
}

func TestRunEndsWhenTheChainCannotBeRead(t *testing.T) {
	r := newRig(t)
	fault := errors.New("disk on fire")
	p := newPool(r.c.Net, &hooked{Chain: r.c, updates: fault}, r.verify)
	if err := p.Run(t.Context()); !errors.Is(err, fault) {
		t.Errorf("Run: got %v, want %v", err, fault)
	}
}

// Blocks, changes of branch, additions and readers at once: in the end what waits is valid, and nothing valid was lost.
func TestPoolUnderTraffic(t *testing.T) {
	r := newRig(t)
	r.c.MineTrusting()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 3)
	go func() { done <- r.Run(ctx) }()
	var txs []*types.Tx
	for range 40 {
		txs = append(txs, r.c.Unproved(1, gwei(1)))
	}
	for half := range 2 {
		go func() {
			for _, tx := range txs[20*half : 20*half+20] {
				if _, err := r.Add(tx); isNodeFault(err) {
					t.Error(err)
				}
				r.Pending()
				r.Checked()
			}
			done <- nil
		}()
	}
	mined := make(map[types.TxID]bool)
	for i := range 12 {
		if i%4 == 3 {
			r.lose(t, r.c.Height()-1)
			continue
		}
		var take []*types.Tx
		if pending := r.Pending(); len(pending) > 0 && r.c.CheckContext(pending[0].Cheap()) == nil {
			take = append(take, pending[0].Tx())
		}
		r.c.MineTrusting(take...)
	}
	<-done
	<-done
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	r.follow(t)
	for n := types.Height(1); n <= r.c.Height(); n++ {
		for _, tx := range r.c.At(n).Body.Txs {
			mined[tx.ID(r.c.Genesis())] = true
		}
	}
	for i, tx := range txs {
		if id := tx.ID(r.c.Genesis()); r.Has(id) == mined[id] {
			t.Errorf("transaction %d: mined %t, waits %t; want one of them", i, mined[id], r.Has(id))
		}
	}
}
