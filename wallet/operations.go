package wallet

import (
	"encoding/binary"

	"github.com/gero-chain/gero/types"
)

// Operation is an order as people and programs see it.
type Operation struct {
	ID            string        `json:"id"`
	Account       string        `json:"account"`
	Kind          string        `json:"kind"` // "send" or "merge"
	State         string        `json:"state"`
	TxHash        string        `json:"txHash,omitempty"` // once its transaction is made
	Height        types.Height  `json:"height"`           // of the block that holds it; 0 before
	Confirmations types.Height  `json:"confirmations"`
	Progress      string        `json:"progress"`
	Error         *Problem      `json:"error"`
	Fee           types.Amount  `json:"fee"`
	Expiry        types.Height  `json:"expiry,omitempty"` // the block from which its transaction is dead
	Created       int64         `json:"created"`          // seconds since 1970
	Payments      []HistoryPart `json:"payments"`
}

// Problem is why an operation failed.
type Problem struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

// Operation returns an order by its id.
func (w *Wallet) Operation(id string) (Operation, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	o, err := w.opByName(id)
	if err != nil {
		return Operation{}, err
	}
	return w.operation(o), nil
}

// Operations returns orders, the newest first: those of an account, or of all with "". State filters if it is not empty.
func (w *Wallet) Operations(account, state string) ([]Operation, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	owner, err := w.find(account)
	if err != nil && account != "" {
		return nil, err
	}
	out := []Operation{}
	for i := len(w.ops) - 1; i >= 0; i-- {
		o := w.ops[i]
		if account != "" && o.owner != owner || state != "" && w.standing(o).state != state {
			continue
		}
		out = append(out, w.operation(o))
	}
	return out, nil
}

// Cancel gives up an operation of which no transaction was made yet.
func (w *Wallet) Cancel(id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	o, err := w.opByName(id)
	if err != nil {
		return err
	}
	if o.stage != stageQueued && o.stage != stageProving {
		return fail(Invalid, "only queued and proving operations can be cancelled; a sent transaction can be mined until its expiry",
			"operation %s is %s", o.name(), w.standing(o).state)
	}
	next := *o
	next.fail(fail(Invalid, "nothing was paid", "cancelled"))
	return w.saveOp(o, &next)
}

func (w *Wallet) opByName(id string) (*opRecord, error) {
	for _, o := range w.ops {
		if o.name() == id {
			return o, nil
		}
	}
	return nil, fail(NotFound, "list the operations", "no operation %q", clip(id))
}

func (w *Wallet) operation(o *opRecord) Operation {
	s := w.standing(o)
	out := Operation{
		ID: o.name(), Kind: "send", State: s.state, Height: s.height, Progress: o.progress, Fee: o.plan.fee, Expiry: o.expiry,
		Created: o.created, Account: accountName(hexString(o.account[:8]), binary.BigEndian.Uint32(o.account[8:])),
	}
	if o.kind == opMerge {
		out.Kind = "merge"
	}
	if o.owner != nil {
		out.Account = o.owner.name
	}
	if !o.txid.IsZero() {
		out.TxHash = o.txid.String()
	}
	if s.state == StateConfirmed {
		out.Confirmations = o.owner.cursor.height - s.height + 1
	}
	if !s.live() {
		out.Progress = ""
	}
	if s.err != nil {
		out.Error = &Problem{Code: s.err.Code(), Message: s.err.Error(), Hint: s.err.Hint()}
	}
	e := HistoryEntry{}
	for i := range o.payees {
		p := &o.payees[i]
		e.add(w, &historyPart{kind: partOut, to: p.to, asset: p.asset, value: p.value, memo: p.memo}, nil)
	}
	out.Payments = e.Parts
	return out
}
