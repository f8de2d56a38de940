package node

import (
	"github.com/gero-chain/gero/rpc"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/wallet"
)

// rpcWallet is the wallet as rpc asks for it: the same figures in rpc's own shapes.
type rpcWallet struct{ *wallet.Wallet }

func each[A, B any](in []A, f func(*A) B) []B {
	out := make([]B, len(in))
	for i := range in {
		out[i] = f(&in[i])
	}
	return out
}

func (w rpcWallet) NewAccount(name, passphrase string) (rpc.NewAccount, error) {
	made, err := w.Wallet.NewAccount(name, passphrase)
	return rpc.NewAccount{Account: made.Account.Name, Address: made.Account.Address, Mnemonic: made.Words}, err
}

func (w rpcWallet) NewAddress(account, label string) (string, error) {
	a, err := w.Wallet.NewAddress(account, label)
	return a.Address, err
}

func (w rpcWallet) Accounts() ([]rpc.Account, error) {
	return each(w.Wallet.Accounts(), func(a *wallet.AccountStatus) rpc.Account {
		return rpc.Account{
			Account: a.Name, ID: a.ID, Address: a.Address, Locked: a.Locked,
			ScannedHeight: a.ScannedHeight, Birthday: a.Birthday, Reason: a.Reason,
		}
	}), nil
}

func (w rpcWallet) Balance(account string) (rpc.Balance, error) {
	b, err := w.Wallet.Balance(account)
	return rpc.Balance{
		Spendable: b.Spendable, Immature: b.Immature, Pending: b.Pending,
		ByAsset:       each(b.ByAsset, func(a *wallet.AssetBalance) rpc.AssetBalance { return rpc.AssetBalance(*a) }),
		ScannedHeight: b.ScannedHeight, Tip: b.Tip, Partial: b.Partial, Reason: b.Reason,
	}, err
}

func payments(in []rpc.Payment) []wallet.Payment {
	return each(in, func(p *rpc.Payment) wallet.Payment { return wallet.Payment(*p) })
}

func sendOptions(o rpc.SendOptions) wallet.SendOptions {
	return wallet.SendOptions{Fee: o.Fee, Blocks: o.Expiry, Request: o.Request}
}

func (w rpcWallet) EstimateSend(account string, pay []rpc.Payment, opt rpc.SendOptions) (rpc.Estimate, error) {
	e, err := w.Wallet.EstimateSend(account, payments(pay), sendOptions(opt))
	return rpc.Estimate(e), err
}

func (w rpcWallet) Send(account string, pay []rpc.Payment, opt rpc.SendOptions) (string, error) {
	return w.Wallet.Send(account, payments(pay), sendOptions(opt))
}

func (w rpcWallet) MergeNotes(account string, asset types.AssetID, opt rpc.SendOptions) (string, error) {
	return w.Wallet.MergeNotes(account, asset, sendOptions(opt))
}

func (w rpcWallet) Operation(id string) (rpc.Operation, error) {
	o, err := w.Wallet.Operation(id)
	return rpcOperation(&o), err
}

func (w rpcWallet) Operations(account, state string) ([]rpc.Operation, error) {
	ops, err := w.Wallet.Operations(account, state)
	return each(ops, rpcOperation), err
}

func rpcOperation(o *wallet.Operation) rpc.Operation {
	out := rpc.Operation{
		ID: o.ID, Account: o.Account, Kind: o.Kind, State: o.State, TxHash: o.TxHash, Height: o.Height, Confirmations: o.Confirmations,
		Progress: o.Progress, Fee: o.Fee, Expiry: o.Expiry, Created: o.Created, Payments: each(o.Payments, rpcPart),
	}
	if o.Error != nil {
		p := rpc.Problem(*o.Error)
		out.Error = &p
	}
	return out
}

func rpcPart(p *wallet.HistoryPart) rpc.HistoryPart { return rpc.HistoryPart(*p) }

func (w rpcWallet) Notes(account string) ([]rpc.Note, error) {
	notes, err := w.Wallet.Notes(account)
	return each(notes, func(n *wallet.Note) rpc.Note { return rpc.Note(*n) }), err
}

func (w rpcWallet) History(account string, skip, limit int) ([]rpc.HistoryEntry, error) {
	entries, err := w.Wallet.History(account, skip, limit)
	return each(entries, rpcEntry), err
}

func rpcEntry(e *wallet.HistoryEntry) rpc.HistoryEntry {
	return rpc.HistoryEntry{
		Type: e.Type, State: e.State, TxHash: e.TxHash, Operation: e.Operation, Height: e.Height, Time: e.Time,
		Confirmations: e.Confirmations, Fee: e.Fee, Parts: each(e.Parts, rpcPart),
	}
}

func (w rpcWallet) HistoryOf(tx types.TxID) (map[string]rpc.HistoryEntry, error) {
	entries, err := w.Wallet.HistoryOf(tx)
	out := make(map[string]rpc.HistoryEntry, len(entries))
	for name, e := range entries {
		out[name] = rpcEntry(&e)
	}
	return out, err
}

func (w rpcWallet) ValidateAddress(address string) rpc.AddressCheck {
	return rpc.AddressCheck(w.Wallet.ValidateAddress(address))
}

func (w rpcWallet) ScanStatus() rpc.ScanStatus {
	s := w.Wallet.ScanStatus()
	return rpc.ScanStatus{
		Tip: s.Tip, Height: s.Height, Done: s.Done, Reason: s.Reason, Blocks: s.Blocks, Trials: s.Trials, ETA: s.ETA,
		Accounts: each(s.Accounts, func(a *wallet.AccountScan) rpc.AccountScan { return rpc.AccountScan(*a) }),
	}
}
