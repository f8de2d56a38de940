package wallet

import (
	"time"

	"github.com/gero-chain/gero/types"
)

// ScanStatus is how far the wallet has read the chain.
type ScanStatus struct {
	Tip      types.Height  `json:"tip"`
	Height   types.Height  `json:"height"` // of the account that is furthest behind
	Done     bool          `json:"done"`
	Reason   string        `json:"reason,omitempty"` // why it is not done
	Blocks   float64       `json:"blocksPerSecond"`
	Trials   float64       `json:"trialsPerSecond"` // trial decryptions, all cores together
	ETA      int64         `json:"eta"`             // seconds left; 0: done or not known
	Accounts []AccountScan `json:"accounts"`
}

// AccountScan is how far one account has read the chain.
type AccountScan struct {
	Account string       `json:"account"`
	Height  types.Height `json:"height"`
	Done    bool         `json:"done"`
	Reason  string       `json:"reason,omitempty"`
}

// ScanStatus says how far every account has read the chain, how fast, and why it does not go on if it does not.
func (w *Wallet) ScanStatus() ScanStatus {
	now := w.present()
	tip := now.tip
	w.mu.Lock()
	defer w.mu.Unlock()
	out := ScanStatus{Tip: tip, Height: tip, Done: true, Blocks: w.rate.blocks, Trials: w.rate.trials}
	for _, a := range w.accounts {
		s := AccountScan{Account: a.name, Height: a.cursor.height, Reason: w.partialReason(a, now)}
		s.Done = s.Reason == ""
		if !s.Done {
			out.Done, out.Reason = false, s.Reason
			out.Height = min(out.Height, s.Height)
		}
		if !a.hidden {
			out.Accounts = append(out.Accounts, s)
		}
	}
	for i := range w.blind {
		if !w.blind[i].hidden {
			reason := "unlock the account once: its viewing key is not readable on this machine"
			out.Done, out.Reason = false, reason
			out.Accounts = append(out.Accounts, AccountScan{Account: w.blind[i].name, Reason: reason})
		}
	}
	if !out.Done && w.rate.blocks > 0 && tip > out.Height {
		out.ETA = int64(float64(tip-out.Height)/w.rate.blocks) + 1
	}
	return out
}

// Rescan makes an account read the chain again, from a birthday or, with nil, from the birthday it has. Until it is done the balance is
// partial. Operations, labels and keys stay.
func (w *Wallet) Rescan(ref string, birthday *types.Height) error {
	if birthday != nil && *birthday > w.present().tip+1 {
		return fail(Invalid, "choose a block that exists", "birthday %d is beyond the chain", *birthday)
	}
	w.mu.Lock()
	a, err := w.find(ref)
	w.mu.Unlock()
	if err != nil {
		return err
	}
	if birthday != nil {
		if err := w.cfg.Keystore.update(a.wallet, a.index, func(f *accountFile) { f.Birthday = birthday }); err != nil {
			return err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if birthday != nil {
		a.birthday = birthday
	}
	b := newBatch(w.cfg.Store)
	if err := w.clear(b, a); err != nil {
		return w.reload([]*account{a}, err)
	}
	if err := b.write(); err != nil {
		return w.reload([]*account{a}, err)
	}
	w.kick()
	return nil
}

// rate is the speed of scanning, averaged over the last chunks.
type rate struct{ blocks, trials float64 }

// noteRate takes the speed of one chunk in.
func (w *Wallet) noteRate(blocks, trials int, took time.Duration) {
	if took <= 0 || blocks == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	const weight = 0.2 // of the newest chunk
	mix := func(old float64, n int) float64 {
		now := float64(n) / took.Seconds()
		if old == 0 {
			return now
		}
		return old*(1-weight) + now*weight
	}
	w.rate = rate{mix(w.rate.blocks, blocks), mix(w.rate.trials, trials)}
}

// present is what the node says about the chain, asked before the wallet's lock is taken.
type present struct {
	tip types.Height
	lag string // why the node does not know the chain's present; "" if it does
}

func (w *Wallet) present() present {
	_, tip := w.cfg.Chain.Tip()
	return present{tip: tip.Number, lag: w.cfg.notSynced()}
}
