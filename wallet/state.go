package wallet

import (
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/note"
)

// The states of an operation.
const (
	StateQueued    = "queued"    // its notes are reserved, and it waits for a block, a key or its turn
	StateProving   = "proving"   // its transaction is being made
	StateSent      = "sent"      // its transaction is on disk and with the pool
	StateConfirmed = "confirmed" // a block holds its transaction
	StateFailed    = "failed"    // nothing was or can be paid any more; the notes are free again
)

// standing is what an operation amounts to now.
type standing struct {
	state  string
	height types.Height // of the block that holds the transaction
	err    *Error       // why it failed
}

// live reports whether the operation may still pay.
func (s standing) live() bool {
	return s.state == StateQueued || s.state == StateProving || s.state == StateSent
}

// standing derives an operation's state from its stage and the chain as its account has read it. The caller holds the lock.
func (w *Wallet) standing(o *opRecord) standing {
	a := o.owner
	if a != nil && !o.txid.IsZero() {
		if h, ok := a.sent[o.txid]; ok {
			return standing{state: StateConfirmed, height: h}
		}
	}
	switch o.stage {
	case stageQueued:
		return standing{state: StateQueued}
	case stageProving:
		return standing{state: StateProving}
	case stageFailed:
		return standing{state: StateFailed, err: &Error{Kind: Kind(o.kindErr), Detail: o.detail, Advice: o.advice}}
	}
	if a == nil || !a.cursor.started {
		return standing{state: StateSent}
	}
	if by, taken := w.takenBy(o); taken {
		return standing{state: StateFailed, err: fail(Insufficient,
			"check the history: another copy of this wallet made that payment; what is missing must be sent again",
			"a note of this payment was spent by transaction %s", by)}
	}
	if a.cursor.next() >= o.expiry {
		return standing{state: StateFailed, err: fail(Anchor, "send it again, perhaps with a higher fee; nothing was paid",
			"the transaction was not mined before block %d and can never be mined any more", o.expiry)}
	}
	return standing{state: StateSent}
}

// takenBy returns the transaction that spent a note which the operation needs, if it is another than the operation's own.
func (w *Wallet) takenBy(o *opRecord) (by types.TxID, taken bool) {
	o.coins(func(c coin) {
		if _, free := o.owner.unspent[c.pos]; free || taken {
			return
		}
		raw, ok, err := lookup(w.cfg.Store, o.owner.noteKey(c.pos))
		if err != nil || !ok {
			return // not read yet, or undone: no verdict
		}
		if n, err := decodeNote(raw); err == nil && !n.spentBy.IsZero() && n.spentBy != o.txid {
			by, taken = n.spentBy, true
		}
	})
	return by, taken
}

// live reports whether an operation may still pay. It is standing without the reasons, and looks at the database last. The caller holds
// the lock.
func (w *Wallet) live(o *opRecord) bool {
	a := o.owner
	if a != nil && !o.txid.IsZero() {
		if _, confirmed := a.sent[o.txid]; confirmed {
			return false
		}
	}
	if o.stage != stageSigned || a == nil || !a.cursor.started {
		return o.stage != stageFailed
	}
	if a.cursor.next() >= o.expiry {
		return false
	}
	_, taken := w.takenBy(o)
	return !taken
}

// reserved returns the positions that live operations of an account spend, except those of one operation. The caller holds the lock.
func (w *Wallet) reserved(a *account, except *opRecord) map[types.Position]bool {
	out := map[types.Position]bool{}
	for _, o := range w.ops {
		if o.owner == a && o != except && w.live(o) {
			o.coins(func(c coin) { out[c.pos] = true })
		}
	}
	return out
}

// coinsOf returns what an account can spend now, but for what other operations have reserved. The caller holds the lock.
func (w *Wallet) coinsOf(a *account, except *opRecord) []coin {
	taken := w.reserved(a, except)
	coins := make([]coin, 0, len(a.unspent))
	for pos, n := range a.unspent {
		if !taken[pos] {
			coins = append(coins, coin{pos: pos, asset: n.asset, value: n.value})
		}
	}
	sortAscending(coins)
	return coins
}

// link finds an operation's account. The caller holds the lock.
func (w *Wallet) link(o *opRecord) {
	o.owner, o.credits = nil, nil
	for _, a := range w.accounts {
		if a.key == o.account {
			o.owner = a
		}
	}
}

// creditsOf returns what an operation will bring to own accounts. It asks every account whether a payee is its own, which costs an X25519,
// so the answer is kept until accounts or plan change. The caller holds the lock.
func (w *Wallet) creditsOf(o *opRecord) []credit {
	if o.credits != nil {
		return o.credits
	}
	out := []credit{}
	for _, b := range o.plan.bundles {
		for _, p := range b.outputs {
			if p.want == change {
				out = append(out, credit{o.owner, p.asset, p.value})
			}
		}
	}
	for i := range o.payees {
		to, err := note.AddressFromBytes(o.payees[i].to)
		if err != nil {
			continue
		}
		for _, a := range w.accounts {
			if a.owns(to) {
				out = append(out, credit{a, o.payees[i].asset, o.payees[i].value})
			}
		}
	}
	o.credits = out
	return out
}

// saveOp stores a changed operation and puts it in the place of the old one. The caller holds the lock.
func (w *Wallet) saveOp(o, next *opRecord) error {
	if w.broken != nil {
		return w.broken
	}
	key := append([]byte{keyOp}, be64(next.seq)...)
	if err := store(w.cfg.Store, key, next.bytes()); err != nil {
		return err
	}
	*o = *next
	return nil
}
