package wallet

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/types"
)

func (r *rig) sendOne() string {
	r.t.Helper()
	return r.send("alice", Payment{To: r.address("bob"), Value: mustSERO("1"), Memo: "one"})
}

func TestQueuedOperationSurvivesRestart(t *testing.T) {
	r := newRig(t)
	id := r.sendOne()
	r.kill()
	r.wantState(id, StateQueued)
	r.wantBalance("alice", "200", "0", "98.999579") // its note is still reserved
	r.work()
	r.block()
	r.wantState(id, StateConfirmed)
	r.wantBalance("bob", "6", "0", "0")
}

func TestSentTransactionIsOfferedAgainUnchanged(t *testing.T) {
	r := newRig(t)
	id := r.sendOne()
	r.work()
	tx := r.pool.take()[0] // the pool forgets it
	r.kill()
	r.wantState(id, StateSent)
	r.work()
	again := r.pool.take()
	if len(again) != 1 || !bytes.Equal(again[0].Bytes(), tx.Bytes()) {
		t.Fatal("another transaction than the first was offered")
	}
	r.work()
	if n := r.pool.adds[tx.ID(r.chain.genesis)]; n != 2 {
		t.Fatalf("offered %d times, want 2: not more often than every %s", n, offerEvery)
	}
	r.now = r.now.Add(offerEvery)
	r.work()
	r.block()
	r.wantState(id, StateConfirmed)
}

// TestCrashAtEveryWritePaysOnce stops the wallet's database at each of its writes in turn, kills the process, and lets the next one go on.
func TestCrashAtEveryWritePaysOnce(t *testing.T) {
	for stop := 1; ; stop++ {
		r := newRig(t)
		writes, crash := 0, errors.New("killed")
		r.store.fail = func() error {
			if writes++; writes >= stop {
				return crash
			}
			return nil
		}
		bob, err := r.w.AddressAt("bob", 1)
		if err != nil {
			t.Fatal(err)
		}
		_, err = r.w.Send("alice", []Payment{{To: bob, Value: mustSERO("1")}}, SendOptions{})
		ordered := err == nil
		for range 3 {
			r.w.offerAll()
			_, _ = r.w.workOne(context.Background())
			tip, _ := r.chain.Tip()
			r.chain.mine(t, tip, nil, r.pool.take()...)
			_ = r.w.Catchup(context.Background())
		}
		done := writes < stop
		r.kill()
		for range 3 {
			r.now = r.now.Add(offerEvery)
			r.work()
			r.block()
		}
		if ordered {
			r.wantBalance("bob", "6", "0", "0")
		} else {
			r.wantBalance("bob", "5", "0", "0")
		}
		r.compareWithFresh()
		if done {
			if stop < 6 {
				t.Fatalf("only %d writes seen", stop)
			}
			return
		}
	}
}

func TestTransactionIsOnDiskBeforeThePoolSeesIt(t *testing.T) {
	r := newRig(t)
	id := r.sendOne()
	seen := false
	r.pool.refuse = func(tx *types.Tx) error {
		seen = true
		var stored *opRecord
		_ = r.store.Iterate([]byte{keyOp}, nil, func(_, v []byte) error {
			var err error
			stored, err = decodeOp(v)
			return err
		})
		if stored == nil || !bytes.Equal(stored.tx, tx.Bytes()) || stored.stage != stageSigned || !stored.left {
			t.Error("the pool saw a transaction that is not on disk")
		}
		return nil
	}
	r.work()
	if !seen {
		t.Fatal("the pool saw nothing")
	}
	r.wantState(id, StateSent)
}

func TestExpiredTransactionFreesItsNotes(t *testing.T) {
	r := newRig(t)
	id := r.sendOne()
	r.work()
	r.pool.take() // lost
	r.pool.refuse = func(*types.Tx) error { return errors.New("not now") }
	r.chain.mineTo(t, lifetime-2)
	r.scan()
	r.wantState(id, StateSent)
	r.wantBalance("alice", "200", "0", "98.999579")
	r.chain.mineTo(t, lifetime-1) // the next block is at the expiry
	r.scan()
	o := r.wantState(id, StateFailed)
	if o.Error == nil || o.Error.Code != -39006 || !strings.Contains(o.Error.Message, "before block 256") || o.Error.Hint == "" {
		t.Fatalf("error: %+v", o.Error)
	}
	r.wantBalance("alice", "300", "0", "0")
}

func TestReorganisationOverTheExpiryRevivesTheOperation(t *testing.T) {
	r := newRig(t)
	id := r.sendOne()
	r.work()
	tx := r.pool.take()[0]
	r.chain.mineTo(t, lifetime-1)
	r.scan()
	r.wantState(id, StateFailed)
	// A longer branch holds the transaction.
	parent := r.chain.best[100]
	parent = r.chain.mine(t, parent, nil, tx)
	for range lifetime {
		parent = r.chain.mine(t, parent, nil)
	}
	r.scan()
	if o := r.wantState(id, StateConfirmed); o.Height != 101 {
		t.Fatalf("height %d, want 101", o.Height)
	}
}

func TestReorgedTransactionIsSentAgain(t *testing.T) {
	r := newRig(t)
	id := r.sendOne()
	r.work()
	r.block()
	r.wantState(id, StateConfirmed)
	parent := r.chain.best[0]
	for range 3 {
		parent = r.chain.mine(t, parent, nil)
	}
	r.scan()
	r.wantState(id, StateSent)
	r.wantBalance("alice", "200", "0", "98.999579")
	r.wantBalance("bob", "5", "0", "1")
	r.now = r.now.Add(offerEvery)
	r.work()
	r.block()
	r.wantState(id, StateConfirmed)
	r.wantBalance("bob", "6", "0", "0")
}

// otherCopy is a second wallet of the same words on the same chain.
func (r *rig) otherCopy() *rig {
	r.t.Helper()
	o := &rig{t: r.t, dir: r.t.TempDir(), chain: r.chain, pool: newTestPool(r.chain), store: newMemStore(), prover: &fakeProver{}, now: r.now}
	o.open()
	return o
}

func TestPaymentOfAnotherCopyIsSeenAndWins(t *testing.T) {
	r := newRig(t)
	other := r.otherCopy()
	mine := r.send("bob", Payment{To: r.address("carol"), Value: mustSERO("1")})
	r.work()
	theirs := other.send("bob", Payment{To: r.address("carol"), Value: mustSERO("2"), Memo: "from the other copy"})
	other.work()
	tip, _ := r.chain.Tip()
	r.chain.mine(t, tip, nil, other.pool.take()...)
	r.scan()
	other.scan()
	other.wantState(theirs, StateConfirmed)
	o := r.wantState(mine, StateFailed)
	if o.Error.Code != -39003 || !strings.Contains(o.Error.Message, "was spent by transaction") {
		t.Fatalf("error: %+v", o.Error)
	}
	r.wantBalance("bob", "2.999579", "0", "0")
	r.wantBalance("carol", "2", "0", "0")
	h, err := r.w.History("bob", 0, 1)
	if err != nil || h[0].Type != HistorySent || h[0].Parts[1].Memo != "from the other copy" && h[0].Parts[0].Memo != "from the other copy" {
		t.Fatalf("history of the copy that did not send: %+v, %v", h, err)
	}
}

func TestQueuedOperationChoosesOtherNotesWhenItsOwnAreGone(t *testing.T) {
	r := newRig(t)
	other := r.otherCopy()
	mine := r.sendOne()
	first := r.w.ops[0].plan.bundles[0].inputs[0].pos
	theirs := other.sendOne() // takes the same note
	other.work()
	tip, _ := r.chain.Tip()
	r.chain.mine(t, tip, nil, other.pool.take()...)
	r.scan()
	other.scan()
	other.wantState(theirs, StateConfirmed)
	r.wantState(mine, StateQueued)
	r.work()
	r.wantState(mine, StateSent)
	if now := r.w.ops[0].plan.bundles[0].inputs[0].pos; now == first {
		t.Fatalf("still spends note %d", now)
	}
	r.block()
	r.wantState(mine, StateConfirmed)
	r.wantBalance("bob", "7", "0", "0")

	// With nothing left to choose, it ends and says so.
	mine = r.send("bob", Payment{To: r.address("carol"), Value: mustSERO("3")})
	other.scan()
	other.send("bob", Payment{To: r.address("carol"), Value: mustSERO("4.9")})
	other.work()
	tip, _ = r.chain.Tip()
	r.chain.mine(t, tip, nil, other.pool.take()...)
	r.scan()
	r.work()
	if o := r.op(mine); o.State == StateFailed && (o.Error == nil || !strings.Contains(o.Error.Message, "another copy")) {
		t.Fatalf("error: %+v", o.Error)
	}
}

func TestCancel(t *testing.T) {
	r := newRig(t)
	id := r.sendOne()
	if err := r.w.Cancel(id); err != nil {
		t.Fatal(err)
	}
	o := r.wantState(id, StateFailed)
	if !strings.Contains(o.Error.Message, "cancelled") {
		t.Fatalf("error: %+v", o.Error)
	}
	r.wantBalance("alice", "300", "0", "0")
	r.work()
	if len(r.pool.txs) != 0 {
		t.Fatal("a cancelled operation was sent")
	}

	// While it is being proven.
	r.prover.gate = make(chan struct{})
	id = r.sendOne()
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = r.w.workOne(context.Background())
	}()
	for r.op(id).State != StateProving {
		time.Sleep(time.Millisecond)
	}
	if err := r.w.Cancel(id); err != nil {
		t.Fatal(err)
	}
	close(r.prover.gate)
	<-done
	r.prover.gate = nil
	r.wantState(id, StateFailed)
	if len(r.pool.txs) != 0 {
		t.Fatal("an operation cancelled while proving was sent")
	}

	id = r.sendOne()
	r.work()
	if err := r.w.Cancel(id); !errors.Is(err, Invalid) || !strings.Contains(err.Error(), "is sent") {
		t.Fatalf("cancelling what was sent: %v", err)
	}
	if err := r.w.Cancel("op-00"); !errors.Is(err, NotFound) {
		t.Fatalf("cancelling nothing: %v", err)
	}
}

func TestProvingFailureFreesTheNotes(t *testing.T) {
	r := newRig(t)
	r.prover.err = errors.New("out of memory")
	id := r.sendOne()
	r.work()
	o := r.wantState(id, StateFailed)
	if o.Error.Code != -39005 || !strings.Contains(o.Error.Message, "out of memory") || o.Error.Hint == "" {
		t.Fatalf("error: %+v", o.Error)
	}
	r.wantBalance("alice", "300", "0", "0")
}

func TestFirstRefusalByARuleEndsTheOperation(t *testing.T) {
	r := newRig(t)
	id := r.sendOne()
	r.pool.refuse = func(*types.Tx) error { return rule.New(rule.ProofInvalid, "bundle 0") }
	r.work()
	o := r.wantState(id, StateFailed)
	if !strings.Contains(o.Error.Message, "proofInvalid") {
		t.Fatalf("error: %+v", o.Error)
	}
	r.wantBalance("alice", "300", "0", "0")
}

// TestLaterRefusalEndsNothing: once the transaction may be elsewhere, no refusal by our own pool proves that it is dead.
func TestLaterRefusalEndsNothing(t *testing.T) {
	r := newRig(t)
	id := r.sendOne()
	r.work()
	tx := r.pool.take()[0]
	r.pool.refuse = func(*types.Tx) error { return rule.New(rule.NullifierSpent, "by a block that the wallet has not read") }
	r.kill()
	r.work()
	r.wantState(id, StateSent)
	tip, _ := r.chain.Tip()
	r.chain.mine(t, tip, nil, tx)
	r.scan()
	r.wantState(id, StateConfirmed)
}

type policyError struct{}

func (policyError) Error() string     { return "pool full" }
func (policyError) Class() rule.Class { return rule.ClassPolicy }

func TestPolicyRefusalWaits(t *testing.T) {
	r := newRig(t)
	id := r.sendOne()
	r.pool.refuse = func(*types.Tx) error { return policyError{} }
	r.work()
	if o := r.wantState(id, StateSent); !strings.Contains(o.Progress, "pool full") {
		t.Fatalf("progress %q", o.Progress)
	}
	r.pool.refuse = nil
	r.now = r.now.Add(offerEvery)
	r.work()
	r.block()
	r.wantState(id, StateConfirmed)
}

func TestLostAnchorMakesAnotherTransaction(t *testing.T) {
	r := newRig(t)
	id := r.sendOne()
	var refused []types.TxID
	r.pool.refuse = func(tx *types.Tx) error {
		if len(refused) > 0 {
			return nil
		}
		refused = append(refused, tx.ID(r.chain.genesis))
		return rule.New(rule.AnchorUnknown, "gone")
	}
	r.work()
	if o := r.wantState(id, StateSent); o.TxHash == refused[0].String() {
		t.Fatal("the refused transaction was offered again")
	}
	r.block()
	r.wantState(id, StateConfirmed)
}

func TestLockedWalletWaitsAndSendsAfterUnlock(t *testing.T) {
	r := newRig(t)
	made, err := r.w.NewAccount("safe", "secret")
	if err != nil {
		t.Fatal(err)
	}
	r.send("alice", Payment{To: made.Account.Address, Value: mustSERO("10")})
	r.work()
	r.blocks(10)
	pay := []Payment{{To: r.address("bob"), Value: mustSERO("1")}}
	if _, err := r.w.Send("safe", pay, SendOptions{}); !errors.Is(err, Locked) {
		t.Fatalf("locked: %v", err)
	}
	if err := r.w.Unlock("safe", "wrong", time.Minute); !errors.Is(err, WrongPass) {
		t.Fatalf("wrong passphrase: %v", err)
	}
	if err := r.w.Unlock("safe", "secret", time.Minute); err != nil {
		t.Fatal(err)
	}
	id, err := r.w.Send("safe", pay, SendOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r.kill() // the key is gone, the order is not
	r.work()
	if o := r.wantState(id, StateQueued); o.Progress != "waiting for its account to be unlocked" {
		t.Fatalf("progress %q", o.Progress)
	}
	if err := r.w.Unlock("safe", "secret", time.Minute); err != nil {
		t.Fatal(err)
	}
	r.work()
	r.wantState(id, StateSent)
	r.now = r.now.Add(2 * time.Minute)
	if _, err := r.w.Send("safe", pay, SendOptions{}); !errors.Is(err, Locked) {
		t.Fatalf("after the time: %v", err)
	}
	if err := r.w.Lock("safe"); err != nil {
		t.Fatal(err)
	}
	if err := r.w.Lock("alice"); !errors.Is(err, Invalid) {
		t.Fatalf("locking an account without a passphrase: %v", err)
	}
	if w, err := r.w.Backup("safe", "secret"); err != nil || w != made.Words {
		t.Fatalf("backup: %v", err)
	}
}

func TestOperationsList(t *testing.T) {
	r := newRig(t)
	a := r.sendOne()
	b := r.send("bob", Payment{To: r.address("alice"), Value: mustSERO("1"), Memo: "back"})
	list, err := r.w.Operations("", "")
	if err != nil || len(list) != 2 || list[0].ID != b || list[1].ID != a || list[0].Account != "bob" || list[0].Payments[0].Memo != "back" {
		t.Fatalf("list: %+v, %v", list, err)
	}
	r.work()
	if list, err = r.w.Operations("alice", StateSent); err != nil || len(list) != 1 || list[0].ID != a {
		t.Fatalf("of alice, sent: %+v, %v", list, err)
	}
	if _, err := r.w.Operations("nobody", ""); !errors.Is(err, NotFound) {
		t.Fatalf("of nobody: %v", err)
	}
}

// TestEveryPaymentLooksAlike compares what a reader of the chain sees of single-bundle payments of different kind.
func TestEveryPaymentLooksAlike(t *testing.T) {
	r := newRig(t)
	bob := r.address("bob")
	payments := [][]Payment{
		{{To: bob, Value: mustSERO("1")}},
		{{To: bob, Value: types.NewAmount(1), Memo: strings.Repeat("m", 128)}, {To: r.address("alice"), Value: mustSERO("2")}},
		{{To: bob, Asset: testToken, Value: types.NewAmount(7)}},
	}
	var first *types.Tx
	for i, p := range payments {
		r.send("alice", p...)
		r.work()
		txs := r.pool.take()
		r.pool.txs = nil
		tx := txs[len(txs)-1]
		if first == nil {
			first = tx
		}
		if tx.Size() != first.Size() || tx.GasLimit != first.GasLimit || tx.GasPrice != first.GasPrice || tx.Expiry != first.Expiry ||
			tx.Bundles[0].Anchor != first.Bundles[0].Anchor || tx.Bundles[0].ValueNative != first.Bundles[0].ValueNative || !tx.Bundles[0].ValueToken.IsZero() {
			t.Errorf("payment %d differs on chain", i)
		}
	}
}

func TestStartAndClose(t *testing.T) {
	r := newRig(t)
	r.w.Start(context.Background())
	id := r.sendOne()
	deadline := time.Now().Add(20 * time.Second)
	for r.op(id).State != StateConfirmed {
		if time.Now().After(deadline) {
			t.Fatalf("not confirmed: %+v", r.op(id))
		}
		if txs := r.pool.take(); len(txs) > 0 {
			tip, _ := r.chain.Tip()
			r.chain.mine(t, tip, nil, txs...)
		}
		time.Sleep(5 * time.Millisecond)
	}
	r.w.Close()
	if len(r.chain.subs) != 0 {
		t.Error("a subscription is left")
	}
	r.wantBalance("bob", "6", "0", "0")
	if r.w.keys.isOpen(r.account("alice").wallet, r.now) {
		t.Error("a key is left in memory")
	}
}
