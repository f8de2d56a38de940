package wallet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/note"
)

const (
	anchorStep   = 8   // wallets anchor at heights divisible by it, so that the anchor does not tell when they looked
	anchorDepth  = 2   // blocks on top of an anchor, so that the everyday reorganisation does not take it away
	lifetime     = 256 // blocks from anchor to expiry, the same for everybody
	maxLifetime  = 512 // no anchor lives longer
	offerEvery   = 30 * time.Second
	maxAttempts  = 5 // to prove an operation whose anchor was undone meanwhile
	workInterval = time.Second
)

// workLoop proves what is queued, one operation at a time, and offers what is signed to the pool until it is mined or dead.
func (w *Wallet) workLoop(ctx context.Context) {
	for ctx.Err() == nil {
		w.keys.expire(w.cfg.Now(), w.busyWallets())
		w.offerAll()
		worked, err := w.workOne(ctx)
		if err != nil {
			w.cfg.Log.Error("wallet operation", "err", err)
		}
		if worked {
			continue
		}
		select {
		case <-ctx.Done():
		case <-w.workKick:
		case <-time.After(workInterval):
		}
	}
}

// busyWallets returns the wallets whose keys a payment still needs.
func (w *Wallet) busyWallets() map[string]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	busy := map[string]bool{}
	for _, o := range w.ops {
		if o.owner != nil && (o.stage == stageQueued || o.stage == stageProving) {
			busy[o.owner.wallet] = true
		}
	}
	return busy
}

// queued returns the operations that wait to be proven, oldest first.
func (w *Wallet) queued() []*opRecord {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []*opRecord
	for _, o := range w.ops {
		if o.stage == stageQueued {
			out = append(out, o)
		}
	}
	return out
}

// workOne makes the transaction of the first operation that can be made now. It is false when there is none.
func (w *Wallet) workOne(ctx context.Context) (bool, error) {
	for _, o := range w.queued() {
		if ctx.Err() != nil {
			return false, nil
		}
		b, sk, ready, err := w.prepare(o)
		if err != nil {
			return false, err
		}
		if !ready {
			continue
		}
		return true, w.make(o, b, sk)
	}
	return false, nil
}

// prepare gathers what an operation's transaction is made from and marks it as being proven. It is not ready when it has to wait; its
// progress then says for what.
func (w *Wallet) prepare(o *opRecord) (*builder, note.SpendingKey, bool, error) {
	height, youngest, ok, err := w.revise(o)
	if !ok || err != nil {
		return nil, note.SpendingKey{}, false, err
	}
	at := anchorAt(height)
	if youngest > at {
		return nil, note.SpendingKey{}, false, w.wait(o, fmt.Sprintf("waiting for block %d, from which its notes can be spent", spendableFrom(youngest)))
	}
	b := &builder{
		net: &w.cfg.Network, anchor: anchor{height: at}, rand: w.cfg.Rand, prover: w.cfg.prover,
		notes: map[types.Position]note.Note{}, paths: map[types.Position]Path{},
	}
	b.step = func(done, total int) { _ = w.wait(o, fmt.Sprintf("making proof %d of %d", done+1, total)) }
	if err := w.findPaths(o, b); err != nil {
		return nil, note.SpendingKey{}, false, w.wait(o, "waiting for the chain: "+err.Error())
	}
	sk, ready, err := w.claim(o, b)
	return b, sk, ready, err
}

// anchorAt returns the height of the newest anchor that wallets use when the chain has a height.
func anchorAt(height types.Height) types.Height {
	if height < anchorDepth {
		return 0
	}
	return (height - anchorDepth) / anchorStep * anchorStep
}

// spendableFrom returns the height of the chain from which an anchor holds the notes of a block.
func spendableFrom(height types.Height) types.Height {
	return (height+anchorStep-1)/anchorStep*anchorStep + anchorDepth
}

// findPaths asks the chain where the operation's notes lie.
func (w *Wallet) findPaths(o *opRecord, b *builder) error {
	snapshot := w.snapshot(o)
	var failed error
	snapshot.coins(func(c coin) {
		if failed != nil {
			return
		}
		path, root, err := w.cfg.Chain.Path(c.pos, b.anchor.height)
		if err == nil && len(b.paths) > 0 && root != b.anchor.root {
			err = errors.New("it is being reorganised")
		}
		b.paths[c.pos], b.anchor.root, failed = path, root, err
	})
	return failed
}

// wait records what an operation waits for. It always returns nil, so that callers can return it.
func (w *Wallet) wait(o *opRecord, reason string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	o.progress = reason
	return nil
}

// revise makes sure that a queued operation's notes are still there, choosing others if not, and returns how far its account has read and
// the block of the youngest note it spends.
func (w *Wallet) revise(o *opRecord) (height, youngest types.Height, ok bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if o.stage != stageQueued {
		return 0, 0, false, nil
	}
	if o.owner == nil {
		o.progress = "waiting for its account: unlock it once"
		return 0, 0, false, nil
	}
	missing := false
	o.coins(func(c coin) {
		if _, there := o.owner.unspent[c.pos]; !there {
			missing = true
		}
	})
	if missing {
		if ok, err := w.replan(o); !ok || err != nil {
			return 0, 0, false, err
		}
	}
	return o.owner.cursor.height, o.owner.youngest(&o.plan), true, nil
}

// replan chooses notes anew for an operation of which nothing has left this machine. The caller holds the lock.
func (w *Wallet) replan(o *opRecord) (bool, error) {
	all := w.coinsOf(o.owner, o)
	p, why := w.choose(o, w.settled(o.owner, all))
	if why != planned {
		p, why = w.choose(o, all)
	}
	next := *o
	if why == planned {
		next.plan, next.credits = *p, nil
		return true, w.saveOp(o, &next)
	}
	if _, taken := w.takenBy(o); !taken {
		o.progress = "waiting for a note that a reorganisation undid"
		return false, nil
	}
	next.fail(fail(Insufficient, "send it again when there is enough; nothing was paid", "a note of this payment was spent by another copy of this wallet"))
	return false, w.saveOp(o, &next)
}

// choose plans an operation from coins.
func (w *Wallet) choose(o *opRecord, coins []coin) (*plan, outcome) {
	if o.kind == opMerge {
		return chooseMerge(coins, o.mergeAsset(), o.gasPrice)
	}
	return choosePlan(coins, o.wants(), o.gasPrice)
}

// claim marks an operation as being proven and hands out its keys and notes, unless it was cancelled or the key is locked.
func (w *Wallet) claim(o *opRecord, b *builder) (note.SpendingKey, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if o.stage != stageQueued {
		return note.SpendingKey{}, false, nil
	}
	sk, ok := w.keys.spendingKey(o.owner.wallet, o.owner.index)
	if !ok {
		o.progress = "waiting for its account to be unlocked"
		return note.SpendingKey{}, false, nil
	}
	b.fvk = o.owner.fvk
	var failed error
	o.coins(func(c coin) {
		r := o.owner.unspent[c.pos]
		if r == nil {
			failed = errors.New("note gone") // revised a moment ago; the next round revises again
			return
		}
		n, err := r.note(o.owner.incoming.K)
		if err != nil {
			failed = err
		}
		b.notes[c.pos] = n
	})
	if failed != nil {
		return note.SpendingKey{}, false, nil //nolint:nilerr // as above
	}
	next := *o
	next.stage = stageProving
	next.attempts++
	return sk, true, w.saveOp(o, &next)
}

// make builds an operation's transaction, puts it on disk and offers it to the pool.
func (w *Wallet) make(o *opRecord, b *builder, sk note.SpendingKey) error {
	snapshot := w.snapshot(o)
	tx, err := b.build(&snapshot, sk)
	if err != nil {
		return w.unmade(o, b, err)
	}
	if err := w.signed(o, b, tx); err != nil {
		return err
	}
	w.offer(o)
	return nil
}

func (w *Wallet) snapshot(o *opRecord) opRecord {
	w.mu.Lock()
	defer w.mu.Unlock()
	return *o
}

// unmade puts an operation whose transaction could not be made back into the queue if the chain moved under it, and ends it otherwise.
func (w *Wallet) unmade(o *opRecord, b *builder, cause error) error {
	moved := false
	for pos := range b.paths {
		_, root, err := w.cfg.Chain.Path(pos, b.anchor.height)
		moved = moved || err != nil || root != b.anchor.root
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if o.stage != stageProving {
		return nil
	}
	next := *o
	if moved && o.attempts < maxAttempts {
		next.stage, next.progress = stageQueued, "waiting: the chain was reorganised"
	} else {
		next.fail(&Error{Kind: Proving, Advice: "send it again; nothing was paid. If it fails again, report it with this message", Err: cause})
	}
	return w.saveOp(o, &next)
}

// signed stores the finished transaction, unless the operation was cancelled meanwhile. Only after that does anything leave this machine.
func (w *Wallet) signed(o *opRecord, b *builder, tx *types.Tx) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if o.stage != stageProving {
		return nil
	}
	next := *o
	next.stage, next.progress = stageSigned, "offering it to the pool"
	next.tx, next.txid = tx.Bytes(), tx.ID(w.cfg.Network.Genesis)
	next.anchor, next.expiry = b.anchor.height, tx.Expiry
	return w.saveOp(o, &next)
}

// offerAll offers every signed transaction that waits to be mined and that the pool does not hold.
func (w *Wallet) offerAll() {
	w.mu.Lock()
	var due []*opRecord
	for _, o := range w.ops {
		if o.stage == stageSigned && w.cfg.Now().Sub(o.offered) >= offerEvery && w.live(o) {
			due = append(due, o)
		}
	}
	w.mu.Unlock()
	for _, o := range due {
		w.offer(o)
	}
}

// offer hands an operation's transaction to the pool. That it may have left this machine is on disk before. A refusal at the first attempt
// proves that it has not, and ends the operation; later refusals prove nothing, and the operation waits for its block or its expiry.
func (w *Wallet) offer(o *opRecord) {
	tx, first, err := w.release(o)
	if err != nil || tx == nil {
		if err != nil {
			w.cfg.Log.Error("wallet operation", "id", o.name(), "err", err)
		}
		return
	}
	id := tx.ID(w.cfg.Network.Genesis)
	if w.cfg.Pool.Has(id) {
		_ = w.wait(o, "waiting to be mined")
		return
	}
	_, err = w.cfg.Pool.Add(tx)
	if err == nil || w.cfg.Pool.Has(id) {
		_ = w.wait(o, "waiting to be mined")
		return
	}
	var classed rule.Classed
	if first && errors.As(err, &classed) && classed.Class() == rule.ClassRule {
		err = w.refused(o, err)
		if err == nil {
			return
		}
	}
	_ = w.wait(o, "the pool does not take it yet: "+err.Error())
}

// release notes on disk that the transaction may leave this machine, and returns it. first is true if it never could before.
func (w *Wallet) release(o *opRecord) (tx *types.Tx, first bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if o.stage != stageSigned || !w.live(o) {
		return nil, false, nil
	}
	if tx, err = types.DecodeTx(o.tx); err != nil {
		return nil, false, &Error{Kind: Corrupt, Advice: dbAdvice, Err: err}
	}
	next := *o
	next.offered = w.cfg.Now()
	if !o.left {
		next.left = true
		return tx, true, w.saveOp(o, &next)
	}
	*o = next
	return tx, false, nil
}

// refused handles a transaction that broke a rule when it was offered for the first time. If only the anchor is gone, a reorganisation took
// it, and another transaction is made.
func (w *Wallet) refused(o *opRecord, cause error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	next := *o
	next.left, next.tx, next.txid = false, nil, types.TxID{}
	if errors.Is(cause, rule.AnchorUnknown) && o.attempts < maxAttempts {
		next.stage, next.progress = stageQueued, "waiting: the chain was reorganised"
	} else {
		next.fail(&Error{Kind: Proving, Advice: "wait until the wallet has read the newest block, then send it again; nothing was paid", Err: cause})
	}
	return w.saveOp(o, &next)
}
