package rpc

import (
	"sync"
	"time"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/types"
)

// walletError has code and hint, like the wallet's own errors.
type walletError struct {
	text, hint string
	code       int
}

func (e walletError) Error() string     { return e.text }
func (e walletError) Hint() string      { return e.hint }
func (e walletError) Code() int         { return e.code }
func (e walletError) Class() rule.Class { return rule.ClassPolicy }

// fakeWallet knows the account alice and remembers what it was asked.
type fakeWallet struct {
	mu    sync.Mutex
	asked []any
}

func (w *fakeWallet) note(args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = args
}

func (w *fakeWallet) last() []any {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.asked
}

func (w *fakeWallet) knows(account string) error {
	if account != "alice" {
		return walletError{"no account " + account, "zero_listAccounts shows them", CodeParams}
	}
	return nil
}

func (w *fakeWallet) NewAccount(name, passphrase string) (NewAccount, error) {
	w.note(name, passphrase)
	return NewAccount{Account: name, Address: "serodev1new", Mnemonic: "abandon art"}, nil
}

func (w *fakeWallet) NewAddress(account, label string) (string, error) {
	w.note(account, label)
	return "serodev1fresh", w.knows(account)
}

func (w *fakeWallet) Accounts() ([]Account, error) {
	birthday := types.Height(1)
	return []Account{{Account: "alice", ID: "1/0", Address: "serodev1alice", Locked: true, Birthday: &birthday}}, nil
}

func (w *fakeWallet) Balance(account string) (Balance, error) {
	a, _ := types.ParseAmount("340282366920938463463374607431768211455")
	return Balance{Spendable: a, Pending: types.NewAmount(7), ByAsset: []AssetBalance{{Asset: types.NativeAsset, Kind: "coin", Name: "SERO", Decimals: 18, Spendable: a}}}, w.knows(account)
}

func (w *fakeWallet) EstimateSend(account string, p []Payment, o SendOptions) (Estimate, error) {
	w.note(account, p, o)
	return Estimate{Fee: types.NewAmount(1), Gas: 421_000, Bundles: 1, Notes: 2}, w.knows(account)
}

func (w *fakeWallet) Send(account string, p []Payment, o SendOptions) (string, error) {
	w.note(account, p, o)
	if account == "locked" {
		return "", walletError{"wallet locked", "unlock it with zero_unlock", CodeLocked}
	}
	return "op1", w.knows(account)
}

func (w *fakeWallet) MergeNotes(account string, asset types.AssetID, o SendOptions) (string, error) {
	w.note(account, asset, o)
	return "op2", w.knows(account)
}

func (w *fakeWallet) Operation(id string) (Operation, error) {
	if id != "op1" {
		return Operation{}, walletError{"no operation", "zero_listOperations shows them", CodeParams}
	}
	return Operation{ID: id, Account: "alice", Kind: "send", State: "failed", Error: &Problem{Code: CodeProving, Message: "m", Hint: "h"}}, nil
}

func (w *fakeWallet) Operations(account, state string) ([]Operation, error) {
	w.note(account, state)
	o, err := w.Operation("op1")
	return []Operation{o}, err
}

func (w *fakeWallet) Cancel(id string) error {
	_, err := w.Operation(id)
	return err
}

func (w *fakeWallet) Notes(account string) ([]Note, error) {
	return []Note{{Position: 5, Asset: types.NativeAsset, Value: types.NewAmount(9), Origin: "mined", State: "spendable"}}, w.knows(account)
}

func (w *fakeWallet) History(account string, skip, limit int) ([]HistoryEntry, error) {
	w.note(account, skip, limit)
	return []HistoryEntry{{Type: "sent", State: "confirmed", Parts: []HistoryPart{{Direction: "out", Asset: types.NativeAsset, Value: types.NewAmount(3)}}}, {Type: "mined"}}, w.knows(account)
}

func (w *fakeWallet) HistoryOf(types.TxID) (map[string]HistoryEntry, error) {
	return map[string]HistoryEntry{"alice": {Type: "sent"}}, nil
}

func (w *fakeWallet) ValidateAddress(a string) AddressCheck {
	return AddressCheck{Valid: a == "serodev1alice", Own: a == "serodev1alice"}
}

func (w *fakeWallet) ScanStatus() ScanStatus {
	return ScanStatus{Tip: 3, Height: 2, Reason: "reading", Accounts: []AccountScan{{Account: "alice", Height: 2}}}
}

func (w *fakeWallet) Rescan(account string, birthday *types.Height) error {
	w.note(account, birthday)
	return w.knows(account)
}

func (w *fakeWallet) Unlock(account, passphrase string, d time.Duration) error {
	w.note(account, passphrase, d)
	return w.knows(account)
}

func (w *fakeWallet) Lock(account string) error { return w.knows(account) }
