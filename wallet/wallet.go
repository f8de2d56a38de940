package wallet

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"runtime"
	"sort"
	"sync"
	"time"
)

// Wallet keeps accounts in step with a chain and makes their payments.
type Wallet struct {
	cfg  Config
	keys *keyring

	mu       sync.Mutex // guards everything below
	accounts []*account // those that can be scanned, candidates too
	blind    []viewing  // those whose viewing keys are not readable here until they are unlocked once
	ops      []*opRecord
	broken   error // memory could not be brought in line with the database: nothing more is done until a restart
	rate     rate
	stuck    map[string]string // why an account is not read on, by id

	scanKick chan struct{} // something to scan
	workKick chan struct{} // something to prove or send
	cancel   context.CancelFunc
	wg       sync.WaitGroup
}

// Open loads accounts, notes and operations. Nothing runs before Start.
func Open(cfg Config) (*Wallet, error) {
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Workers <= 0 {
		cfg.Workers = runtime.NumCPU()
	}
	if cfg.prover == nil {
		cfg.prover = statementT{}
	}
	w := &Wallet{
		cfg: cfg, keys: newKeyring(), stuck: map[string]string{},
		scanKick: make(chan struct{}, 1), workKick: make(chan struct{}, 1),
	}
	if err := openDB(cfg.Store, cfg.Network.Genesis); err != nil {
		return nil, err
	}
	if err := w.openDev(); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.loadAccounts(); err != nil {
		return nil, err
	}
	return w, w.loadOps()
}

// openDev makes the accounts of the public words, and unlocks every wallet that has no passphrase.
func (w *Wallet) openDev() error {
	if w.cfg.DevWords != "" {
		e, err := parseWords(w.cfg.DevWords)
		if err != nil {
			return err
		}
		if !w.cfg.Keystore.has(e.id()) {
			if _, err := w.cfg.Keystore.Restore(w.cfg.DevWords, RestoreOptions{Names: DevNames}); err != nil {
				return err
			}
		}
	}
	for _, id := range w.cfg.Keystore.openWallets() {
		if err := w.unlockFile(id, "", time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

// loadAccounts takes in accounts that the keystore has and the wallet does not know yet. The caller holds the lock.
func (w *Wallet) loadAccounts() error {
	known := map[string]*account{}
	for _, a := range w.accounts {
		known[a.id] = a
	}
	all := w.cfg.Keystore.viewings()
	last := map[string]uint32{} // greatest visible index of each wallet
	for _, v := range all {
		if !v.hidden {
			last[v.wallet] = max(last[v.wallet], v.index)
		}
	}
	w.blind = nil
	for i := range all {
		v := &all[i]
		switch a := known[v.id()]; {
		case a != nil:
			a.name, a.hidden = v.name, v.hidden
		case v.hidden && v.index > last[v.wallet]+lookahead:
			// too far ahead to be looked for yet
		case !v.known:
			w.blind = append(w.blind, *v)
		default:
			a, err := newAccount(v)
			if err == nil {
				err = a.load(w.cfg.Store)
			}
			if err != nil {
				return fmt.Errorf("account %s: %w", v.name, err)
			}
			w.accounts = append(w.accounts, a)
		}
	}
	w.linkOps()
	return nil
}

// loadOps reads the operations. Those that were being proven start again: nothing of them has left this machine.
func (w *Wallet) loadOps() error {
	err := w.cfg.Store.Iterate([]byte{keyOp}, nil, func(_, value []byte) error {
		o, err := decodeOp(value)
		if err != nil {
			return err
		}
		if o.stage == stageProving {
			o.stage = stageQueued
		}
		w.ops = append(w.ops, o)
		return nil
	})
	if err != nil {
		return fmt.Errorf("wallet operations: %w", err)
	}
	sort.Slice(w.ops, func(i, j int) bool { return w.ops[i].seq < w.ops[j].seq })
	w.linkOps()
	return nil
}

// linkOps connects operations with accounts. The caller holds the lock.
func (w *Wallet) linkOps() {
	for _, o := range w.ops {
		w.link(o)
	}
}

// Start begins to scan, prove and send, until ctx ends or Close is called.
func (w *Wallet) Start(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	w.mu.Lock()
	w.cancel = cancel
	w.mu.Unlock()
	w.wg.Go(func() { w.scanLoop(ctx) })
	w.wg.Go(func() { w.workLoop(ctx) })
	w.kick()
}

// Close stops everything, waits for it and wipes the seeds in memory. A proof that is being made is finished first, which takes seconds.
func (w *Wallet) Close() {
	w.mu.Lock()
	cancel := w.cancel
	w.mu.Unlock()
	if cancel != nil {
		cancel()
	}
	w.wg.Wait()
	w.keys.lockAll()
}

// kick wakes both loops.
func (w *Wallet) kick() {
	for _, c := range []chan struct{}{w.scanKick, w.workKick} {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// find returns an account by id, name or any of its addresses. The caller holds the lock.
func (w *Wallet) find(ref string) (*account, error) {
	for _, a := range w.accounts {
		if !a.hidden && (a.name == ref || a.id == ref) {
			return a, nil
		}
	}
	for i := range w.blind {
		if v := &w.blind[i]; v.name == ref || v.id() == ref {
			return nil, fail(Locked, "unlock the account once with its passphrase: its viewing key is not readable on this machine",
				"account %s cannot be read", v.name)
		}
	}
	if to, err := w.parseAddress(ref); err == nil {
		for _, a := range w.accounts {
			if !a.hidden && a.owns(to) {
				return a, nil
			}
		}
	}
	if ref == "" {
		return nil, fail(Invalid, "name an account; list the accounts to see their names", "no account given")
	}
	return nil, fail(NotFound, "list the accounts to see their names", "no account %q", clip(ref))
}
