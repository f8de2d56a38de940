package wallet

import "errors"

// promote makes candidates visible for which something was found, with every one before them, and takes in the next to look for. The
// caller holds the lock.
func (w *Wallet) promote(accounts []*account) error {
	changed := false
	for _, a := range accounts {
		if !a.hidden || !a.used {
			continue
		}
		for _, b := range w.accounts {
			if b.wallet != a.wallet || b.index > a.index || !b.hidden {
				continue
			}
			err := w.cfg.Keystore.reveal(b.wallet, b.index)
			if err != nil {
				return err
			}
			b.hidden, changed = false, true
		}
	}
	if !changed {
		return nil
	}
	return w.loadAccounts()
}

// settleCandidates ends the search for further accounts once the whole chain was read without finding any, so that their trial decryptions
// do not go on for ever.
func (w *Wallet) settleCandidates() error {
	if w.cfg.notSynced() != "" {
		return nil
	}
	tipHash, _ := w.cfg.Chain.Tip()
	w.mu.Lock()
	defer w.mu.Unlock()
	open := map[string]bool{} // wallets of which some account is still behind
	hidden := map[string]bool{}
	for _, a := range w.accounts {
		if a.cursor.hash != tipHash {
			open[a.wallet] = true
		}
		hidden[a.wallet] = hidden[a.wallet] || a.hidden
	}
	for wallet := range hidden {
		if !hidden[wallet] || open[wallet] {
			continue
		}
		if err := w.dropCandidates(wallet); err != nil {
			return err
		}
	}
	return nil
}

func (w *Wallet) dropCandidates(wallet string) error {
	if err := w.cfg.Keystore.dropHidden(wallet); err != nil {
		return err
	}
	b := newBatch(w.cfg.Store)
	var keep []*account
	for _, a := range w.accounts {
		if a.wallet != wallet || !a.hidden {
			keep = append(keep, a)
			continue
		}
		if err := w.clear(b, a); err != nil {
			return err
		}
	}
	w.accounts = keep
	return b.write()
}

// reveal makes a candidate a visible account under a free name.
func (k *Keystore) reveal(wallet string, index uint32) error {
	k.mu.Lock()
	f := k.fileByID(wallet)
	if f == nil || f.find(index) == nil {
		k.mu.Unlock()
		return fail(NotFound, "list the accounts to see their names", "no account %s", accountName(wallet, index))
	}
	name := f.find(index).Name
	for errors.Is(k.nameFree(name), Invalid) {
		name += "'"
	}
	k.mu.Unlock()
	return k.update(wallet, index, func(a *accountFile) { a.Name, a.Hidden = name, false })
}

// dropHidden removes a wallet's candidates.
func (k *Keystore) dropHidden(wallet string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	f := k.fileByID(wallet)
	if f == nil {
		return nil
	}
	next := *f
	next.Accounts = nil
	for _, a := range f.Accounts {
		if !a.Hidden {
			next.Accounts = append(next.Accounts, a)
		}
	}
	if len(next.Accounts) == len(f.Accounts) {
		return nil
	}
	return k.write(f, &next)
}

// has reports whether a wallet is here.
func (k *Keystore) has(wallet string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.fileByID(wallet) != nil
}

// openWallets returns the wallets without a passphrase.
func (k *Keystore) openWallets() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	var out []string
	for _, f := range k.files {
		if f.Open {
			out = append(out, f.ID)
		}
	}
	return out
}
