package rpc

import (
	"context"
	"time"

	"github.com/gero-chain/gero/types"
)

// zero is the wallet: accounts, payments, history.
type zero struct{ *Server }

func zeroMethods(s *Server) []method {
	z := zero{s}
	const account = "account: its name, id or first address"
	return []method{
		fn("zero_newAccount", "Makes an account. The 24 words are shown when a new seed was made, this one time: whoever has them has the money.",
			z.newAccount, "name: of the account", "options: passphrase"),
		fn("zero_newAddress", "An address of the account that nobody has seen. All addresses of an account are one balance and cannot be linked.",
			z.newAddress, account, "options: label, kept on this machine"),
		fn("zero_listAccounts", "The accounts.", z.accounts),
		fn("zero_getBalance", "An account's money, in smallest units; complete unless partial is true.", z.balance, account),
		fn("zero_estimateSend", "What a payment would cost and need, without paying.", z.estimate, account, "payments: payees and amounts", "options: as for zero_send"),
		fn("zero_send", "Orders a payment and returns the id of the operation, which zero_getOperation follows.", z.send,
			account, "payments: payees and amounts", "options: fee, expiry, request"),
		fn("zero_mergeNotes", "Makes few notes of many small ones, and returns the id of the operation.", z.merge,
			account, "asset: its id; the coin if left out", "options: fee, expiry, request"),
		fn("zero_getOperation", "An order and how far it is.", z.operation, "id: of the operation"),
		fn("zero_listOperations", "Orders, the newest first.", z.operations, "account: only its orders", "state: only orders in this state"),
		fn("zero_cancelOperation", "Gives up an order of which no transaction was made yet.", z.cancel, "id: of the operation"),
		fn("zero_listNotes", "An account's unspent notes.", z.notes, account),
		fn("zero_listTransactions", "What went in and out of an account, the newest first.", z.transactions,
			account, "skip: entries to leave out", "limit: entries to return, 100 if left out"),
		fn("zero_viewTransaction", "What a transaction meant for the accounts of this wallet, by account.", z.view, "txid: of the transaction"),
		fn("zero_validateAddress", "Whether money can be sent to an address, and if not, why.", z.validate, "address: to look at"),
		fn("zero_scanStatus", "How far the wallet has read the chain.", z.scan),
		fn("zero_rescan", "Makes an account read the chain again. Until it has, the balance is partial.", z.rescan, account, "birthday: first block to read"),
		fn("zero_unlock", "Lets an account spend for some seconds, or until zero_lock if 0.", z.unlock,
			account, "passphrase: of its wallet", "seconds: 300 if left out"),
		fn("zero_lock", "Takes the account's spending key out of memory.", z.lock, account),
	}
}

// AccountOptions are the options of zero_newAccount.
type AccountOptions struct {
	Passphrase string `json:"passphrase,omitempty"` // encrypts the wallet on this machine
}

// AddressOptions are the options of zero_newAddress.
type AddressOptions struct {
	Label string `json:"label,omitempty"`
}

// PaymentParam is one payee of a payment.
type PaymentParam struct {
	To    string `json:"to"`              // address
	Value Amount `json:"value"`           // in smallest units, more than 0
	Asset *Asset `json:"asset,omitempty"` // its id; the coin if left out
	Memo  string `json:"memo,omitempty"`  // at most 128 bytes that only the payee and the sender can read
}

// SendParam are the options of a payment.
type SendParam struct {
	Fee     *Amount `json:"fee,omitempty"`     // the most it may cost, in Ta; the wallet takes the highest step of the common ladder below it
	Expiry  *Number `json:"expiry,omitempty"`  // blocks that the transaction may wait
	Request string  `json:"request,omitempty"` // your own name for the order: asking twice with the same name orders once
}

// Limits of what one call may ask for.
const (
	maxPayments = 1_000
	maxText     = 1_024 // bytes of a name, passphrase, label or request
	maxEntries  = 1_000 // history entries in one answer
	maxUnlock   = 365 * 24 * 3600
)

// text bounds the length of words from outside.
func text(what, s string) error {
	if len(s) > maxText {
		return badParam("make it shorter", "%s has %d bytes, more than %d", what, len(s), maxText)
	}
	return nil
}

func (z zero) newAccount(_ context.Context, name string, opt *AccountOptions) (NewAccount, error) {
	if opt == nil {
		opt = new(AccountOptions)
	}
	if err := text("name", name); err != nil {
		return NewAccount{}, err
	}
	if err := text("passphrase", opt.Passphrase); err != nil {
		return NewAccount{}, err
	}
	return z.back.Wallet.NewAccount(name, opt.Passphrase)
}

func (z zero) newAddress(_ context.Context, account string, opt *AddressOptions) (string, error) {
	if opt == nil {
		opt = new(AddressOptions)
	}
	if err := text("label", opt.Label); err != nil {
		return "", err
	}
	return z.back.Wallet.NewAddress(account, opt.Label)
}

func (z zero) accounts(context.Context) ([]Account, error) { return list(z.back.Wallet.Accounts()) }

func (z zero) balance(_ context.Context, account string) (Balance, error) {
	b, err := z.back.Wallet.Balance(account)
	b.ByAsset = orEmpty(b.ByAsset)
	return b, err
}

// order reads what estimate and send have in common.
func (z zero) order(params []PaymentParam, opt *SendParam) ([]Payment, SendOptions, error) {
	if len(params) == 0 || len(params) > maxPayments {
		return nil, SendOptions{}, badParam("name at least one payee", "%d payments given, from 1 to %d wanted", len(params), maxPayments)
	}
	payments := make([]Payment, len(params))
	for i, p := range params {
		asset, err := p.Asset.id()
		if err != nil {
			return nil, SendOptions{}, err
		}
		payments[i] = Payment{To: p.To, Value: p.Value.Amount, Asset: asset, Memo: p.Memo}
	}
	o, err := opt.options()
	return payments, o, err
}

func (p *SendParam) options() (SendOptions, error) {
	if p == nil {
		return SendOptions{}, nil
	}
	o := SendOptions{Request: p.Request}
	if err := text("request", p.Request); err != nil {
		return o, err
	}
	if p.Fee != nil {
		o.Fee = p.Fee.Amount
	}
	if p.Expiry != nil {
		if uint64(*p.Expiry) > 1<<31 {
			return o, badParam("leave it out", "expiry of %d blocks is too far", *p.Expiry)
		}
		o.Expiry = uint32(*p.Expiry)
	}
	return o, nil
}

func (z zero) estimate(_ context.Context, account string, payments []PaymentParam, opt *SendParam) (Estimate, error) {
	ps, o, err := z.order(payments, opt)
	if err != nil {
		return Estimate{}, err
	}
	return z.back.Wallet.EstimateSend(account, ps, o)
}

func (z zero) send(_ context.Context, account string, payments []PaymentParam, opt *SendParam) (string, error) {
	ps, o, err := z.order(payments, opt)
	if err != nil {
		return "", err
	}
	return z.back.Wallet.Send(account, ps, o)
}

func (z zero) merge(_ context.Context, account string, asset *Asset, opt *SendParam) (string, error) {
	id, err := asset.id()
	if err != nil {
		return "", err
	}
	o, err := opt.options()
	if err != nil {
		return "", err
	}
	return z.back.Wallet.MergeNotes(account, id, o)
}

func (z zero) operation(_ context.Context, id string) (Operation, error) {
	o, err := z.back.Wallet.Operation(id)
	o.Payments = orEmpty(o.Payments)
	return o, err
}

func (z zero) operations(_ context.Context, account, state *string) ([]Operation, error) {
	ops, err := list(z.back.Wallet.Operations(deref(account), deref(state)))
	for i := range ops {
		ops[i].Payments = orEmpty(ops[i].Payments)
	}
	return ops, err
}

func (z zero) cancel(_ context.Context, id string) (bool, error) {
	err := z.back.Wallet.Cancel(id)
	return err == nil, err
}

func (z zero) notes(_ context.Context, account string) ([]Note, error) {
	return list(z.back.Wallet.Notes(account))
}

func (z zero) transactions(_ context.Context, account string, skip, limit *Number) ([]HistoryEntry, error) {
	n := limit.or(100)
	if n == 0 || n > maxEntries {
		return nil, fail(CodeLimit, "use skip to read on", "limit %d is not from 1 to %d", n, maxEntries)
	}
	entries, err := list(z.back.Wallet.History(account, int(skip.or(0)), int(n)))
	for i := range entries {
		entries[i].Parts = orEmpty(entries[i].Parts)
	}
	return entries, err
}

func (z zero) view(_ context.Context, id types.TxID) (map[string]HistoryEntry, error) {
	byAccount, err := z.back.Wallet.HistoryOf(id)
	for name, e := range byAccount {
		e.Parts = orEmpty(e.Parts)
		byAccount[name] = e
	}
	if byAccount == nil {
		byAccount = map[string]HistoryEntry{}
	}
	return byAccount, err
}

func (z zero) validate(_ context.Context, address string) (AddressCheck, error) {
	return z.back.Wallet.ValidateAddress(address), nil
}

func (z zero) scan(context.Context) (ScanStatus, error) {
	s := z.back.Wallet.ScanStatus()
	s.Accounts = orEmpty(s.Accounts)
	return s, nil
}

func (z zero) rescan(_ context.Context, account string, birthday *Number) (bool, error) {
	err := z.back.Wallet.Rescan(account, (*types.Height)(birthday))
	return err == nil, err
}

func (z zero) unlock(_ context.Context, account, passphrase string, seconds *Number) (bool, error) {
	if err := text("passphrase", passphrase); err != nil {
		return false, err
	}
	n := seconds.or(300)
	if n > maxUnlock {
		return false, badParam("0 unlocks until zero_lock", "%d seconds are more than a year", n)
	}
	err := z.back.Wallet.Unlock(account, passphrase, time.Duration(n)*time.Second)
	return err == nil, err
}

func (z zero) lock(_ context.Context, account string) (bool, error) {
	err := z.back.Wallet.Lock(account)
	return err == nil, err
}

// list makes an empty list of none, because JSON readers stumble over null.
func list[T any](l []T, err error) ([]T, error) { return orEmpty(l), err }

func orEmpty[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
