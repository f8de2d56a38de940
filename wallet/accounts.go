package wallet

import (
	"errors"
	"fmt"
	"time"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/note"
)

// AccountStatus is an account with what a running wallet knows of it.
type AccountStatus struct {
	AccountInfo
	Locked        bool         `json:"locked"` // spending needs the passphrase first
	ScannedHeight types.Height `json:"scannedHeight"`
	Reason        string       `json:"reason,omitempty"` // why it is not read on
}

// Accounts returns the accounts in order of their wallets' creation and their index.
func (w *Wallet) Accounts() []AccountStatus {
	list := w.cfg.Keystore.List()
	now := w.cfg.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]AccountStatus, len(list))
	for i := range list {
		out[i] = AccountStatus{AccountInfo: list[i], Locked: !w.keys.isOpen(list[i].Wallet, now)}
		if list[i].Address == "" {
			out[i].Reason = "unlock the account once: its viewing key is not readable on this machine"
		}
		for _, a := range w.accounts {
			if a.id == list[i].ID {
				out[i].ScannedHeight, out[i].Reason = a.cursor.height, w.stuck[a.id]
			}
		}
	}
	return out
}

// NewAccount makes an account. With an existing wallet it is that wallet's next account and the passphrase must open it; else a new seed is
// made and its words are returned, this one time. It runs scrypt, about a second.
func (w *Wallet) NewAccount(name, passphrase string) (Created, error) {
	made, err := w.cfg.Keystore.Create(name, passphrase)
	if err != nil {
		return Created{}, err
	}
	if passphrase == "" {
		if err := w.unlockFile(made.Account.Wallet, "", time.Time{}); err != nil {
			return Created{}, err
		}
	}
	if err := w.refresh(); err != nil {
		return Created{}, err
	}
	// The account begins at the present tip, whatever its blocks say of their time: nobody could have paid it before.
	return made, w.placeNew()
}

// Restore makes a wallet of 24 words and begins to scan for it.
func (w *Wallet) Restore(words string, opt RestoreOptions) ([]AccountInfo, error) {
	made, err := w.cfg.Keystore.Restore(words, opt)
	if err != nil {
		return nil, err
	}
	if opt.Passphrase == "" {
		if err := w.unlockFile(made[0].Wallet, "", time.Time{}); err != nil {
			return nil, err
		}
	}
	return made, w.refresh()
}

// Backup returns the 24 words of an account's wallet: whoever reads them owns the money.
func (w *Wallet) Backup(account, passphrase string) (string, error) {
	return w.cfg.Keystore.Words(account, passphrase)
}

// Unlock lets an account's wallet spend for a time, or until Lock if that is zero. A payment ordered in that time is still made after it.
func (w *Wallet) Unlock(account, passphrase string, d time.Duration) error {
	if d < 0 {
		return fail(Invalid, "give a time such as 5m, or 0 for until locked", "negative time")
	}
	e, f, err := w.cfg.Keystore.unseal(account, passphrase)
	if err != nil {
		return err
	}
	defer e.wipe()
	var until time.Time
	if d > 0 {
		until = w.cfg.Now().Add(d)
	}
	return w.unlocked(f.ID, e, until)
}

// unlockFile unlocks a wallet by its id.
func (w *Wallet) unlockFile(id, passphrase string, until time.Time) error {
	w.cfg.Keystore.mu.Lock()
	f := w.cfg.Keystore.fileByID(id)
	w.cfg.Keystore.mu.Unlock()
	if f == nil {
		return fail(NotFound, "list the accounts", "no wallet %s", id)
	}
	e, err := f.open(passphrase)
	if err != nil {
		return err
	}
	defer e.wipe()
	return w.unlocked(id, e, until)
}

func (w *Wallet) unlocked(id string, e *entropy, until time.Time) error {
	seed := e.seed()
	if err := w.cfg.Keystore.fillViewing(id, seed); err != nil {
		clear(seed)
		return err
	}
	w.keys.add(id, seed, until)
	return w.refresh()
}

// Lock wipes the seed of an account's wallet from memory at once; payments that are not proven yet wait for the next Unlock.
func (w *Wallet) Lock(account string) error {
	w.cfg.Keystore.mu.Lock()
	f, _, err := w.cfg.Keystore.lookup(account)
	w.cfg.Keystore.mu.Unlock()
	if err != nil {
		return err
	}
	if f.Open {
		return fail(Invalid, "make an account with a passphrase if you want to lock it", "account %s has no passphrase", clip(account))
	}
	w.keys.lock(f.ID)
	return nil
}

// refresh takes new accounts in and wakes the loops.
func (w *Wallet) refresh() error {
	w.mu.Lock()
	err := w.loadAccounts()
	w.mu.Unlock()
	w.kick()
	return err
}

// Address is one of an account's addresses as it was handed out.
type Address struct {
	Address string `json:"address"`
	Number  uint64 `json:"number"`
	Label   string `json:"label,omitempty"`
}

// NewAddress returns an address of the account that nobody has seen. Its number is random: the viewing key finds what is paid to any
// address, so nothing has to be counted, and a wallet restored from its words never hands out an address twice. The label stays on this
// machine.
func (w *Wallet) NewAddress(account, label string) (Address, error) {
	if len(label) > maxLabel {
		return Address{}, fail(Invalid, fmt.Sprintf("at most %d bytes", maxLabel), "label of %d bytes", len(label))
	}
	number, err := randomUint64(w.cfg.Rand)
	if err != nil {
		return Address{}, err
	}
	number |= 1 << 63 // apart from the small numbers that people give with AddressAt
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.find(account)
	if err != nil {
		return Address{}, err
	}
	r := addressRecord{number: number, label: label}
	if err := store(w.cfg.Store, a.key.key(keyAddress, be64(number)), r.bytes()); err != nil {
		return Address{}, err
	}
	return Address{Address: a.address(number).Encode(w.cfg.Network.HRP), Number: number, Label: label}, nil
}

// AddressAt returns the account's address with a number of the caller's choice below 2^63, the same every time; 0 is the one that
// Accounts shows.
func (w *Wallet) AddressAt(account string, number uint64) (string, error) {
	if number >= 1<<63 {
		return "", fail(Invalid, "choose a number below 2^63", "address number %d", number)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.find(account)
	if err != nil {
		return "", err
	}
	return a.address(number).Encode(w.cfg.Network.HRP), nil
}

// Addresses returns what NewAddress handed out for an account.
func (w *Wallet) Addresses(account string) ([]Address, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.find(account)
	if err != nil {
		return nil, err
	}
	var out []Address
	err = w.cfg.Store.Iterate(a.key.key(keyAddress), nil, func(_, value []byte) error {
		r, err := decodeAddress(value)
		if err == nil {
			out = append(out, Address{Address: a.address(r.number).Encode(w.cfg.Network.HRP), Number: r.number, Label: r.label})
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("wallet database: %w", err)
	}
	return out, nil
}

// AddressCheck is what ValidateAddress says.
type AddressCheck struct {
	Valid   bool   `json:"valid"`
	Reason  string `json:"reason,omitempty"`
	Hint    string `json:"hint,omitempty"`
	Own     bool   `json:"own"`
	Account string `json:"account,omitempty"` // whose address it is, if own
}

// ValidateAddress says whether money can be sent to an address, and if not, why.
func (w *Wallet) ValidateAddress(address string) AddressCheck {
	to, err := w.parseAddress(address)
	if err != nil {
		var e *Error
		errors.As(err, &e)
		return AddressCheck{Reason: e.Error(), Hint: e.Advice}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.accounts {
		if !a.hidden && a.owns(to) {
			return AddressCheck{Valid: true, Own: true, Account: a.name}
		}
	}
	return AddressCheck{Valid: true}
}

// parseAddress reads an address of this network; its errors are *Error.
func (w *Wallet) parseAddress(s string) (note.Address, error) {
	return ParseAddress(w.cfg.Network.HRP, s)
}

// ParseAddress reads an address of the network whose addresses begin with hrp; its errors are *Error.
func ParseAddress(hrp, s string) (note.Address, error) {
	to, err := note.DecodeAddress(hrp, s)
	var other *note.NetworkError
	switch {
	case err == nil:
		return to, nil
	case errors.As(err, &other):
		return to, &Error{Kind: WrongNetwork, Advice: "ask the payee for an address that begins with " + hrp + "1, or choose the other network", Err: err}
	default:
		return to, &Error{Kind: Invalid, Advice: "copy the whole address again; it begins with " + hrp + "1", Err: err}
	}
}
