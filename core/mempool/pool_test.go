package mempool

import (
	"crypto/rand"
	"errors"
	"math/big"
	"sync"
	"testing"
	"time"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/types"
)

func TestOneTransactionPerNullifier(t *testing.T) {
	r := newRig(t)
	first := r.c.Unproved(1, gwei(10))
	r.add(t, first)
	r.refuse(t, "same bytes", first, ErrKnown)
	other := testkit.CopyTx(t, first)
	other.Bundles[0].Proof[0] ^= 1
	r.refuse(t, "another proof of the same payment", other, ErrKnown)
	if got := r.proved.Load(); got != 1 {
		t.Errorf("%d proofs verified, want 1", got)
	}
	same, less := r.conflicting(1, gwei(10), first), r.conflicting(1, gwei(9), first)
	for _, tx := range []*types.Tx{same, less} {
		_, err := r.Add(tx)
		wantPolicy(t, "same note", err)
	}
	if got := r.proved.Load(); got != 1 {
		t.Errorf("%d proofs verified, want none for what is refused anyway", got)
	}
	r.wantPool(t, "after conflicts", first)
}

// A replacement pays a tenth more than all it replaces together; a Ta less is not enough.
func TestReplacementAtTheBoundary(t *testing.T) {
	r := newRig(t)
	a, b := r.c.Unproved(1, gwei(10)), r.c.Unproved(1, gwei(20))
	r.add(t, a)
	r.add(t, b)
	one := func(ta uint64) types.Amount { return types.NewAmount(ta) }
	_, err := r.Add(r.conflicting(1, one(11_000_000_000-1), a))
	wantPolicy(t, "a Ta per gas below a tenth more", err)
	_, err = r.Add(r.conflicting(1, one(33_000_000_000-1), a, b))
	wantPolicy(t, "a Ta per gas below a tenth more than both", err)
	r.wantPool(t, "before", b, a)
	exact := r.conflicting(1, one(11_000_000_000), a)
	r.add(t, exact)
	r.wantPool(t, "after one", b, exact)
	both := r.conflicting(1, one(34_100_000_000), exact, b)
	r.add(t, both)
	r.wantPool(t, "after two", both)
	// What the replaced spent besides is free again.
	free := r.c.Unproved(1, gwei(1))
	free.Bundles[0].Nullifiers[2] = b.Bundles[0].Nullifiers[1]
	r.add(t, free)
	r.wantPool(t, "freed note", both, free)
	_, err = r.Add(a)
	wantPolicy(t, "the replaced one again", err)
}

func TestAtLeastATenthMore(t *testing.T) {
	for _, c := range [][2]int64{{0, 0}, {1, 2}, {9, 10}, {10, 11}, {11, 13}, {100, 110}, {1_000_000_001, 1_100_000_002}} {
		paid, err := types.AmountFromBig(big.NewInt(c[0]))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := atLeast(paid); err != nil || got.Big().Int64() != c[1] {
			t.Errorf("atLeast(%d): got %s (%v), want %d", c[0], got, err, c[1])
		}
	}
	most, err := types.AmountFromBig(new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 128), big.NewInt(1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := atLeast(most); err == nil {
		t.Error("atLeast(2^128-1): want an error")
	}
}

func TestBestPaidFirst(t *testing.T) {
	r := newRig(t)
	prices := []uint64{3, 1, 7, 3, 7, 2}
	txs := make([]*types.Tx, len(prices))
	for i, p := range prices {
		txs[i] = r.c.Unproved(1+i%2, gwei(p))
		r.add(t, txs[i])
	}
	r.wantPool(t, "order", txs[2], txs[4], txs[0], txs[3], txs[5], txs[1])
}

func TestLimits(t *testing.T) {
	size := 0
	for _, c := range []struct {
		name string
		set  func(*limits)
	}{
		{"bundles", func(l *limits) { l.bundles = 3 }},
		{"bytes", func(l *limits) { l.bytes = 3*size + size/2 }},
	} {
		r := newRig(t)
		size = r.c.Unproved(1, gwei(1)).Size()
		c.set(&r.limits)
		a, b, d := r.c.Unproved(1, gwei(5)), r.c.Unproved(1, gwei(3)), r.c.Unproved(1, gwei(3))
		for _, tx := range []*types.Tx{a, b, d} {
			r.add(t, tx)
		}
		r.refuse(t, c.name+": as much as the worst", r.c.Unproved(1, gwei(3)), errFull)
		better := r.c.Unproved(1, gwei(4))
		r.add(t, better)
		r.wantPool(t, c.name+": the youngest of the worst has gone", a, better, b)
		r.refuse(t, c.name+": larger than all that pays less", r.c.Unproved(3, gwei(5)), errFull)
		r.wantPool(t, c.name+": nothing has gone for what did not fit", a, better, b)
		best := r.c.Unproved(3, gwei(6))
		r.add(t, best)
		r.wantPool(t, c.name+": all have gone", best)
		replacement := r.conflicting(1, gwei(20), best)
		r.add(t, replacement)
		r.wantPool(t, c.name+": a smaller one has taken its place", replacement)
	}
}

// The last look, under the lock, decides as the first: what does not fit in the end leaves the pool as it was.
func TestPlaceUndoes(t *testing.T) {
	r := newRig(t)
	r.limits.bundles = 4
	old, cheap, good := r.c.Unproved(1, gwei(1)), r.c.Unproved(1, gwei(2)), r.c.Unproved(2, gwei(9))
	for _, tx := range []*types.Tx{old, cheap, good} {
		r.add(t, tx)
	}
	big := r.c.Trust(r.conflicting(3, gwei(5), old))
	r.mu.Lock()
	err := r.place(big)
	r.mu.Unlock()
	if !errors.Is(err, errFull) {
		t.Fatalf("got %v, want errFull", err)
	}
	r.wantPool(t, "after undoing", good, cheap, old)
}

// What is refused for good is refused again without a look; what the ledger refuses is looked at again.
func TestRejectCache(t *testing.T) {
	r := newRig(t)
	broken := r.c.Unproved(1, gwei(1))
	r.before = func(tx *consensus.CheapTx) error {
		if tx.WID() == broken.WID() {
			return rule.New(rule.ProofInvalid, "bundle 0")
		}
		return nil
	}
	for range 3 {
		r.refuse(t, "broken proof", broken, rule.ProofInvalid)
	}
	if got := r.proved.Load(); got != 1 {
		t.Errorf("%d proofs verified, want 1", got)
	}
	mended := testkit.CopyTx(t, broken)
	mended.Bundles[0].Proof[5] ^= 1
	r.add(t, mended)

	cheap := r.c.Unproved(1, gwei(1))
	cheap.GasPrice = types.NewAmount(1)
	for range 2 {
		r.refuse(t, "price below the floor", cheap, rule.GasPriceLow)
	}
	late := r.c.Unproved(1, gwei(1))
	late.Expiry = 5000
	r.refuse(t, "expiry too far", late, rule.ExpiryTooFar)
	spent := r.c.Unproved(1, gwei(1))
	r.c.MineTrusting(spent)
	r.refuse(t, "spent note", spent, rule.NullifierSpent)
	early := r.c.Unproved(1, gwei(1))
	early.Bundles[0].Anchor[31] ^= 1
	r.refuse(t, "unknown anchor", early, rule.AnchorUnknown)
	if got := len(r.rejects.why); got != 2 {
		t.Errorf("%d remembered, want the two that can never become valid", got)
	}
	if got := r.proved.Load(); got != 2 {
		t.Errorf("%d proofs verified, want none for what is refused without", got)
	}
}

// The rules about height and ledger are named here again, so that a new rule is thought about.
func TestFinalRules(t *testing.T) {
	passing := map[rule.Kind]bool{rule.TxExpired: true, rule.ExpiryTooFar: true, rule.CallInactive: true, rule.AnchorUnknown: true,
		rule.NullifierSpent: true, rule.PoolNegative: true, rule.TreeFull: true}
	for _, k := range rule.Kinds {
		if got := isFinal(k); got == passing[k] {
			t.Errorf("%s is final: got %t, want %t", k, got, !passing[k])
		}
	}
}

func TestRejectCacheForgetsTheOldest(t *testing.T) {
	var r rejects
	id := func(n int) types.WTxID { return types.WTxID{byte(n), byte(n >> 8), byte(n >> 16)} }
	for n := range 16_384 + 3 {
		r.add(id(n), rule.New(rule.ProofInvalid, "%d", n))
		r.add(id(n), rule.New(rule.ProofInvalid, "again"))
	}
	if len(r.why) != 16_384 || len(r.order) != 16_384 {
		t.Errorf("%d remembered in %d places, want 16384", len(r.why), len(r.order))
	}
	for n, want := range map[int]bool{0: false, 2: false, 3: true, 16_386: true} {
		if got := r.find(id(n)) != nil; got != want {
			t.Errorf("refusal %d remembered: got %t, want %t", n, got, want)
		}
	}
}

// A fault of ours says nothing about the transaction.
func TestFaultIsNotRemembered(t *testing.T) {
	r := newRig(t)
	fault := errors.New("no entropy")
	tx := r.c.Unproved(1, gwei(1))
	r.before = func(*consensus.CheapTx) error { return fault }
	r.refuse(t, "fault", tx, fault)
	r.before = nil
	r.add(t, tx)
	if !isNodeFault(fault) || isNodeFault(ErrKnown) || isNodeFault(rule.New(rule.ProofInvalid, "")) || isNodeFault(nil) {
		t.Error("a fault is an error without a class or of class node, and nothing else")
	}
}

// Many who bring the same bytes at once cost one proof, and all learn the outcome.
func TestSameBytesAtOnce(t *testing.T) {
	for _, verdict := range []error{nil, rule.New(rule.ProofInvalid, "bundle 0")} {
		r := newRig(t)
		const many = 16
		var started sync.WaitGroup
		started.Add(many)
		r.before = func(*consensus.CheapTx) error {
			started.Wait()
			time.Sleep(10 * time.Millisecond) // let them come as far as they will
			return verdict
		}
		tx := r.c.Unproved(1, gwei(1))
		errs := make(chan error, many)
		for range many {
			go func() {
				started.Done()
				_, err := r.Add(tx)
				errs <- err
			}()
		}
		var taken, known, broken int
		for range many {
			switch err := <-errs; {
			case err == nil:
				taken++
			case errors.Is(err, ErrKnown):
				known++
			case errors.Is(err, rule.ProofInvalid):
				broken++
			default:
				t.Errorf("got %v", err)
			}
		}
		if got := r.proved.Load(); got != 1 {
			t.Errorf("verdict %v: %d proofs verified, want 1", verdict, got)
		}
		if verdict == nil && (taken != 1 || known != many-1) || verdict != nil && broken != many {
			t.Errorf("verdict %v: %d taken, %d known, %d broken", verdict, taken, known, broken)
		}
	}
}

// Different payments of the same note at once: one stays, whatever the order.
func TestSameNoteAtOnce(t *testing.T) {
	r := newRig(t)
	first := r.c.Unproved(1, gwei(5))
	txs := []*types.Tx{first}
	for range 7 {
		txs = append(txs, r.conflicting(1, gwei(5), first))
	}
	var wait sync.WaitGroup
	var taken int
	var mu sync.Mutex
	for _, tx := range txs {
		wait.Go(func() {
			if _, err := r.Add(tx); err == nil {
				mu.Lock()
				taken++
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	if got := r.Status().Count; taken != 1 || got != 1 {
		t.Errorf("%d taken, %d wait, want 1", taken, got)
	}
}

func TestSubscribersHearOfTransactions(t *testing.T) {
	r := newRig(t)
	news, stop := r.Subscribe()
	defer stop()
	tx := r.c.Unproved(1, gwei(1))
	r.add(t, tx)
	select {
	case <-news:
	default:
		t.Error("new transaction: want a notification")
	}
	r.refuse(t, "again", tx, ErrKnown)
	select {
	case <-news:
		t.Error("known transaction: want no notification")
	default:
	}
}

// Real proofs: the pool verifies them, and a block of its transactions needs no second look.
func TestRealPayment(t *testing.T) {
	c := testkit.Quick(t)
	p := New(c.Net, c.Manager, rand.Reader)
	pay := c.Pay("real payment", c.Simple(c.GenesisCoin(0, 0), 1, types.SERO))
	forged := pay.Changed(func(tx *types.Tx) { tx.Bundles[0].Proof[100] ^= 1 })
	unsigned := testkit.CopyTx(t, pay.Tx)
	unsigned.Bundles[0].Sig[40] ^= 1
	for range 2 {
		if _, err := p.Add(forged); !errors.Is(err, rule.ProofInvalid) {
			t.Errorf("forged proof: got %v, want %s", err, rule.ProofInvalid)
		}
		if _, err := p.Add(unsigned); !errors.Is(err, rule.SignatureInvalid) {
			t.Errorf("forged signature: got %v, want %s", err, rule.SignatureInvalid)
		}
	}
	if _, err := p.Add(pay.Tx); err != nil {
		t.Fatal(err)
	}
	built, err := c.Build(c.Template(), p.Pending())
	if err != nil || len(built.Dropped) != 0 {
		t.Fatalf("template: %v, %d left out", err, len(built.Dropped))
	}
	b := c.Sealed(&types.Block{Header: built.Header, Body: built.Body})
	looked := 0
	known := p.Checked()
	if err := c.AddChecked(b, func(wid types.WTxID) *consensus.CheckedTx { looked++; return known(wid) }); err != nil || looked != 1 {
		t.Fatalf("block of the pool's payment: %v, looked up %d times", err, looked)
	}
	if err := p.Follow(); err != nil || p.Status().Count != 0 {
		t.Errorf("after the block: %d wait (%v), want 0", p.Status().Count, err)
	}
}
