package wallet

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/types"
)

const (
	chunk      = 16              // blocks taken from the chain at a time, of up to four MiB each
	idle       = 5 * time.Second // longest sleep between looks at the chain, should a notification be lost
	retryAfter = time.Second     // after an error of the chain
	freshSlack = 24 * 3600       // seconds by which clocks of seeds and blocks may differ
)

// scanLoop keeps all accounts in step with the chain.
func (w *Wallet) scanLoop(ctx context.Context) {
	news, unsubscribe := w.cfg.Chain.Subscribe()
	defer unsubscribe()
	for ctx.Err() == nil {
		more, err := w.scanStep(ctx)
		wait := idle
		switch {
		case err != nil:
			w.cfg.Log.Error("wallet scan", "err", err)
			wait = retryAfter
		case more:
			continue
		}
		select {
		case <-ctx.Done():
		case <-news:
		case <-w.scanKick:
		case <-time.After(wait):
		}
	}
}

// Catchup scans until every account has read the whole chain or cannot go on. The node does not need it, because Start scans for ever; it
// is for programs that look once.
func (w *Wallet) Catchup(ctx context.Context) error {
	for ctx.Err() == nil {
		more, err := w.scanStep(ctx)
		if err != nil || !more {
			return err
		}
	}
	return ctx.Err()
}

// scanStep reads at most one chunk for one group of accounts that are equally far. It is false when there is nothing left to read.
func (w *Wallet) scanStep(ctx context.Context) (more bool, err error) {
	if err := w.placeNew(); err != nil {
		return false, err
	}
	for _, group := range w.groups() {
		more, err := w.scanGroup(ctx, group)
		if more || err != nil {
			return more, err
		}
	}
	return false, w.settleCandidates()
}

// group is the accounts that stand at one block.
type group struct {
	at       cursor
	accounts []*account
}

// groups returns accounts by how far they are, the furthest first: what people look at every day is not held up by a restore.
func (w *Wallet) groups() []*group {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.broken != nil {
		return nil
	}
	byHash := map[types.BlockHash]*group{}
	var out []*group
	for _, a := range w.accounts {
		if !a.cursor.started {
			continue
		}
		g := byHash[a.cursor.hash]
		if g == nil {
			g = &group{at: a.cursor}
			byHash[a.cursor.hash] = g
			out = append(out, g)
		}
		g.accounts = append(g.accounts, a)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].at.next() > out[j].at.next() })
	return out
}

func (w *Wallet) scanGroup(ctx context.Context, g *group) (more bool, err error) {
	tipHash, _ := w.cfg.Chain.Tip()
	if tipHash == g.at.hash {
		w.explain(g.accounts, "")
		return false, nil
	}
	update, err := w.cfg.Chain.UpdatesSince(g.at.hash, chunk)
	if err != nil {
		return w.lost(g, err)
	}
	if len(update.Applied) == 0 && len(update.Reverted) == 0 {
		return false, nil
	}
	begun := w.cfg.Now()
	found, trials := findAll(g.accounts, update.Applied, w.cfg.Workers)
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err := w.take(g, &update, found); err != nil {
		return false, err
	}
	w.noteRate(len(update.Applied), trials, w.cfg.Now().Sub(begun))
	w.explain(g.accounts, "")
	w.kickWork()
	return true, nil
}

// take applies an update to all accounts of a group in one batch.
func (w *Wallet) take(g *group, update *types.Update, found [][]*finding) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	b := newBatch(w.cfg.Store)
	for i, a := range g.accounts {
		if !a.cursor.started || a.cursor.hash != g.at.hash {
			continue // a rescan was ordered meanwhile
		}
		if err := w.takeOne(b, a, update, found[i]); err != nil {
			return w.reload(g.accounts, err)
		}
	}
	if err := b.write(); err != nil {
		return w.reload(g.accounts, err)
	}
	return w.promote(g.accounts)
}

// reload brings accounts back to what is on disk after a change of theirs failed with err, which it returns. The caller holds the lock.
func (w *Wallet) reload(accounts []*account, err error) error {
	for _, a := range accounts {
		if bad := a.load(w.cfg.Store); bad != nil {
			w.broken = bad // memory and disk differ: nothing is scanned or sent until a restart
		}
	}
	return err
}

func (w *Wallet) takeOne(b *batch, a *account, update *types.Update, found []*finding) error {
	for i := range update.Reverted {
		ok, err := a.revert(b, &update.Reverted[i])
		if err != nil {
			return err
		}
		if !ok {
			w.cfg.Log.Warn("reorganisation deeper than the wallet's records: scanning again", "account", a.id)
			return w.clear(b, a)
		}
	}
	for i := range update.Applied {
		if err := a.apply(b, &w.cfg.Network, &update.Applied[i], found[i]); err != nil {
			return err
		}
	}
	return nil
}

// clear forgets everything scanned for an account, in memory and in batch; its birthday stays.
func (w *Wallet) clear(b *batch, a *account) error {
	for _, kind := range []byte{keyNote, keyMined, keyHistory, keyTx, keyUndo, keyCursor} {
		var keys [][]byte
		err := w.cfg.Store.Iterate(a.key.key(kind), nil, func(key, _ []byte) error {
			keys = append(keys, append([]byte{}, key...))
			return nil
		})
		if err != nil {
			return err
		}
		for key := range b.changed { // written in this very batch
			if key[0] == kind && string(a.key[:]) == key[1:1+len(a.key)] {
				keys = append(keys, []byte(key))
			}
		}
		for _, key := range keys {
			if err := b.put(key, nil); err != nil {
				return err
			}
		}
	}
	a.forget()
	return nil
}

// lost handles a chain that does not lead on from where a group stands.
func (w *Wallet) lost(g *group, cause error) (more bool, err error) {
	_, tip := w.cfg.Chain.Tip()
	if tip.Number < g.at.height {
		w.explain(g.accounts, fmt.Sprintf("waiting for the node to reach block %d again", g.at.height))
		return false, nil
	}
	hash, err := w.cfg.Chain.HashAt(g.at.height)
	var classed rule.Classed
	if err != nil || hash == g.at.hash || (errors.As(cause, &classed) && classed.Class() == rule.ClassNode) {
		w.explain(g.accounts, "the node cannot give the next block: "+cause.Error())
		return false, fmt.Errorf("updates since block %d: %w", g.at.height, cause)
	}
	w.cfg.Log.Warn("the chain does not know the block the wallet stopped at: scanning again", "height", g.at.height, "err", cause)
	w.mu.Lock()
	defer w.mu.Unlock()
	b := newBatch(w.cfg.Store)
	for _, a := range g.accounts {
		if a.cursor.hash == g.at.hash {
			if err := w.clear(b, a); err != nil {
				return false, w.reload(g.accounts, err)
			}
		}
	}
	if err := b.write(); err != nil {
		return false, w.reload(g.accounts, err)
	}
	return true, nil
}

// placeNew decides where accounts begin that have read nothing yet.
func (w *Wallet) placeNew() error {
	w.mu.Lock()
	var fresh []*account
	for _, a := range w.accounts {
		if !a.cursor.started && w.broken == nil {
			fresh = append(fresh, a)
		}
	}
	w.mu.Unlock()
	for _, a := range fresh {
		birthday, err := w.birthdayOf(a)
		if err != nil {
			return err
		}
		start, ok, err := w.startAt(birthday)
		if err != nil {
			return err
		}
		if !ok {
			w.explain([]*account{a}, fmt.Sprintf("waiting for the node to reach block %d, where the account begins", birthday))
			continue
		}
		if err := w.place(a, start); err != nil {
			return err
		}
	}
	return nil
}

func (w *Wallet) place(a *account, start cursor) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if a.cursor.started {
		return nil
	}
	b := newBatch(w.cfg.Store)
	if err := a.setCursor(b, start); err != nil {
		return err
	}
	if err := b.write(); err != nil {
		return w.reload([]*account{a}, err)
	}
	return nil
}

// birthdayOf returns the first block that can matter to an account, and remembers it in the keystore once the chain has told it.
func (w *Wallet) birthdayOf(a *account) (types.Height, error) {
	w.mu.Lock()
	known, created := a.birthday, a.created
	w.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	var height types.Height
	if created > freshSlack {
		var err error
		if height, err = w.firstSince(types.Time(created - freshSlack)); err != nil { //nolint:gosec // positive
			return 0, err
		}
	}
	err := w.cfg.Keystore.update(a.wallet, a.index, func(f *accountFile) { f.Birthday = &height })
	if err != nil {
		return 0, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	a.birthday = &height
	return height, nil
}

// firstSince returns the first height whose block is not older than t, or the one after the tip. Times grow with height.
func (w *Wallet) firstSince(t types.Time) (types.Height, error) {
	_, tip := w.cfg.Chain.Tip()
	var broken error
	n := sort.Search(int(tip.Number)+1, func(i int) bool { //nolint:gosec // heights fit an int
		hash, err := w.cfg.Chain.HashAt(types.Height(i)) //nolint:gosec // not negative
		var h *types.Header
		if err == nil {
			h, err = w.cfg.Chain.Header(hash)
		}
		if err != nil {
			broken = err
			return true
		}
		return h.Time >= t
	})
	return types.Height(n), broken //nolint:gosec // not negative
}

// startAt returns the cursor of an account that begins at a height; false if the chain is not that far.
func (w *Wallet) startAt(birthday types.Height) (cursor, bool, error) {
	if birthday == 0 {
		return cursor{started: true}, true, nil
	}
	if _, tip := w.cfg.Chain.Tip(); birthday-1 > tip.Number {
		return cursor{}, false, nil
	}
	hash, err := w.cfg.Chain.HashAt(birthday - 1)
	if err != nil {
		return cursor{}, false, err
	}
	return cursor{started: true, height: birthday - 1, hash: hash, top: birthday - 1}, true, nil
}

// explain records why accounts are not read on; "" says that they are.
func (w *Wallet) explain(accounts []*account, reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range accounts {
		if reason == "" {
			delete(w.stuck, a.id)
		} else {
			w.stuck[a.id] = reason
		}
	}
}

func (w *Wallet) kickWork() {
	select {
	case w.workKick <- struct{}{}:
	default:
	}
}
