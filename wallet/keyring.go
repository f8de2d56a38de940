package wallet

import (
	"sync"
	"time"

	"github.com/gero-chain/gero/zk/note"
)

// grace is how long a spending key stays past its time while a payment ordered in time still waits to be proven.
const grace = time.Hour

// keyring holds the seeds that are unlocked. Account keys are derived for each use and not kept.
type keyring struct {
	mu   sync.Mutex
	open map[string]*unlocked // by wallet
}

// unlocked is a seed in memory.
type unlocked struct {
	seed  []byte
	until time.Time // zero: until locked
}

func newKeyring() *keyring { return &keyring{open: map[string]*unlocked{}} }

// add keeps a seed until a time, or until locked if that is zero. It never shortens what is there.
func (k *keyring) add(wallet string, seed []byte, until time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if old := k.open[wallet]; old != nil {
		if old.until.IsZero() || (!until.IsZero() && until.Before(old.until)) {
			until = old.until
		}
		clear(old.seed)
	}
	k.open[wallet] = &unlocked{seed: seed, until: until}
}

// spendingKey derives an account's key if its wallet is unlocked.
func (k *keyring) spendingKey(wallet string, index uint32) (note.SpendingKey, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	u := k.open[wallet]
	if u == nil {
		return note.SpendingKey{}, false
	}
	return note.AccountKey(u.seed, index), true
}

// isOpen reports whether a wallet is unlocked for new payments.
func (k *keyring) isOpen(wallet string, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	u := k.open[wallet]
	return u != nil && (u.until.IsZero() || now.Before(u.until))
}

// lock wipes a seed.
func (k *keyring) lock(wallet string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if u := k.open[wallet]; u != nil {
		clear(u.seed)
		delete(k.open, wallet)
	}
}

// lockAll wipes every seed.
func (k *keyring) lockAll() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for wallet, u := range k.open {
		clear(u.seed)
		delete(k.open, wallet)
	}
}

// expire wipes the seeds whose time is over, those that busy names only after the grace.
func (k *keyring) expire(now time.Time, busy map[string]bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for wallet, u := range k.open {
		if u.until.IsZero() || now.Before(u.until) || (busy[wallet] && now.Before(u.until.Add(grace))) {
			continue
		}
		clear(u.seed)
		delete(k.open, wallet)
	}
}
