package wallet

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/note"
)

// The types of history entries.
const (
	HistoryReceived = "received"
	HistorySent     = "sent"
	HistorySelf     = "self" // nothing but the fee left the account
	HistoryMined    = "mined"
	HistoryGenesis  = "genesis"
)

// HistoryEntry is what one transaction or block reward meant for an account.
type HistoryEntry struct {
	Type          string        `json:"type"`
	State         string        `json:"state"`            // "confirmed", "immature", or an operation's state while no block holds it
	TxHash        string        `json:"txHash,omitempty"` // empty for rewards and genesis notes
	Operation     string        `json:"operation,omitempty"`
	Height        types.Height  `json:"height"` // 0 with State pending
	Time          types.Time    `json:"time"`
	Confirmations types.Height  `json:"confirmations"`
	Fee           types.Amount  `json:"fee"` // paid by this account, in Ta
	Parts         []HistoryPart `json:"parts"`
}

// HistoryPart is an amount that went one way.
type HistoryPart struct {
	Direction string        `json:"direction"`    // "in", "out", "change"
	To        string        `json:"to,omitempty"` // empty when nothing on the chain says to whom it went
	Label     string        `json:"label,omitempty"`
	Asset     types.AssetID `json:"asset"`
	Name      string        `json:"name"`
	Value     types.Amount  `json:"value"`
	Memo      string        `json:"memo,omitempty"`
	MemoHex   string        `json:"memoHex,omitempty"` // of a memo that is not text
}

// History returns an account's entries, the newest first, operations that no block holds yet before all: at most limit after skipping
// skip; limit 0 means all. All but the latter derive from the chain and the keys alone.
func (w *Wallet) History(account string, skip, limit int) ([]HistoryEntry, error) {
	tip := w.present().tip
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.find(account)
	if err != nil {
		return nil, err
	}
	labels, err := w.labels(a)
	if err != nil {
		return nil, err
	}
	out := w.pendingEntries(a, labels)
	records, err := w.records(a, skip, limit)
	if err != nil {
		return nil, err
	}
	for i := len(records) - 1; i >= 0; i-- {
		out = append(out, w.entry(records[i], max(tip, a.cursor.height), labels))
	}
	out = out[min(max(skip, 0), len(out)):]
	if limit > 0 {
		out = out[:min(limit, len(out))]
	}
	w.nameOperations(out)
	return out, nil
}

// HistoryOf returns what one transaction meant for each account of this wallet that it concerned, by the account's name; it is empty for
// a transaction that concerned none.
func (w *Wallet) HistoryOf(tx types.TxID) (map[string]HistoryEntry, error) {
	tip := w.present().tip
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]HistoryEntry{}
	for _, a := range w.accounts {
		if a.hidden {
			continue
		}
		labels, err := w.labels(a)
		if err != nil {
			return nil, err
		}
		one := slices.DeleteFunc(w.pendingEntries(a, labels), func(e HistoryEntry) bool { return e.TxHash != tx.String() })
		h, err := w.recordOf(a, tx)
		if err != nil {
			return nil, err
		}
		if h != nil {
			one = []HistoryEntry{w.entry(h, max(tip, a.cursor.height), labels)}
		}
		if len(one) > 0 {
			w.nameOperations(one)
			out[a.name] = one[0]
		}
	}
	return out, nil
}

// recordOf returns an account's record of a transaction, or nil.
func (w *Wallet) recordOf(a *account, tx types.TxID) (*historyRecord, error) {
	raw, ok, err := lookup(w.cfg.Store, a.key.key(keyTx, tx[:]))
	if err != nil || !ok {
		return nil, err
	}
	place, err := decodePlace(raw)
	if err != nil {
		return nil, err
	}
	raw, ok, err = lookup(w.cfg.Store, a.historyKey(place.height, place.slot))
	if err != nil || !ok {
		return nil, err
	}
	return decodeHistory(raw)
}

// records returns an account's newest records, oldest first: at least skip+limit if there are so many, all if limit is 0. It looks further
// and further back, so that the newest page of a long history costs little.
func (w *Wallet) records(a *account, skip, limit int) ([]*historyRecord, error) {
	for window := types.Height(1024); ; window *= 8 {
		var from types.Height
		if limit > 0 && a.cursor.height > window {
			from = a.cursor.height - window
		}
		var out []*historyRecord
		err := w.cfg.Store.Iterate(a.key.key(keyHistory), be64(uint64(from)), func(_, value []byte) error {
			h, err := decodeHistory(value)
			if err == nil {
				out = append(out, h)
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("wallet database: %w", err)
		}
		if from == 0 || len(out) >= skip+limit {
			return out, nil
		}
	}
}

// labels returns the labels of the account's addresses by address.
func (w *Wallet) labels(a *account) (map[[note.AddressSize]byte]string, error) {
	out := map[[note.AddressSize]byte]string{}
	err := w.cfg.Store.Iterate(a.key.key(keyAddress), nil, func(_, value []byte) error {
		r, err := decodeAddress(value)
		if err == nil && r.label != "" {
			out[a.address(r.number).Bytes()] = r.label
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("wallet database: %w", err)
	}
	return out, nil
}

// entry shows a record.
func (w *Wallet) entry(h *historyRecord, tip types.Height, labels map[[note.AddressSize]byte]string) HistoryEntry {
	e := HistoryEntry{Type: HistoryReceived, State: StateConfirmed, Height: h.height, Time: h.time, Fee: h.fee}
	if tip >= h.height {
		e.Confirmations = tip - h.height + 1
	}
	if !h.tx.IsZero() {
		e.TxHash = h.tx.String()
	}
	left := slices.ContainsFunc(h.parts, func(p historyPart) bool { return p.kind == partOut || p.kind == partUnknown })
	switch {
	case h.kind == entryMined:
		e.Type = HistoryMined
		if tip < h.height+w.cfg.Network.Maturity {
			e.State = "immature"
		}
	case h.kind == entryGenesis:
		e.Type = HistoryGenesis
	case h.kind == entrySent && left:
		e.Type = HistorySent
	case h.kind == entrySent:
		e.Type = HistorySelf
	}
	for i := range h.parts {
		if h.parts[i].kind != partSpent {
			e.add(w, &h.parts[i], labels)
		}
	}
	return e
}

// add shows a part, joined with an earlier one to the same payee with the same memo: a payment may take several notes.
func (e *HistoryEntry) add(w *Wallet, p *historyPart, labels map[[note.AddressSize]byte]string) {
	v := HistoryPart{Direction: "in", Asset: p.asset, Name: w.asset(p.asset).Name, Value: p.value, Memo: memoText(p.memo)}
	switch p.kind {
	case partOut, partUnknown:
		v.Direction = "out"
	case partChange:
		v.Direction = "change"
	}
	if to, err := note.AddressFromBytes(p.to); err == nil && p.kind != partUnknown {
		v.To, v.Label = to.Encode(w.cfg.Network.HRP), labels[p.to]
	}
	if _, text := p.memo.Text(); !text {
		v.MemoHex = hex.EncodeToString(p.memo[:])
	}
	for i := range e.Parts {
		old := &e.Parts[i]
		if old.Direction == v.Direction && old.To == v.To && old.Asset == v.Asset && old.Memo == v.Memo && old.MemoHex == v.MemoHex {
			old.Value = plus(old.Value, v.Value)
			return
		}
	}
	e.Parts = append(e.Parts, v)
}

// pendingEntries shows the account's live operations, and those of other own accounts that will pay it, newest first.
func (w *Wallet) pendingEntries(a *account, labels map[[note.AddressSize]byte]string) []HistoryEntry {
	var out []HistoryEntry
	for i := len(w.ops) - 1; i >= 0; i-- {
		o := w.ops[i]
		if o.owner != a || !w.live(o) {
			continue
		}
		e := HistoryEntry{Type: HistorySelf, State: w.standing(o).state, Operation: o.name(), Time: types.Time(o.created), Fee: o.plan.fee} //nolint:gosec // seconds
		if !o.txid.IsZero() {
			e.TxHash = o.txid.String()
		}
		for j := range o.payees {
			p := historyPart{kind: partOut, to: o.payees[j].to, asset: o.payees[j].asset, value: o.payees[j].value, memo: o.payees[j].memo}
			if to, err := note.AddressFromBytes(p.to); err == nil && a.owns(to) {
				p.kind = partIn
			} else {
				e.Type = HistorySent
			}
			e.add(w, &p, labels)
		}
		for _, c := range w.creditsOf(o) {
			if c.account == a && o.kind == opMerge {
				e.add(w, &historyPart{kind: partChange, to: a.home, asset: c.asset, value: c.value}, labels)
			}
		}
		out = append(out, e)
	}
	return out
}

// nameOperations fills in which operation made a transaction.
func (w *Wallet) nameOperations(entries []HistoryEntry) {
	byTx := map[string]string{}
	for _, o := range w.ops {
		if !o.txid.IsZero() {
			byTx[o.txid.String()] = o.name()
		}
	}
	for i := range entries {
		if entries[i].Operation == "" && entries[i].Type != HistoryReceived {
			entries[i].Operation = byTx[entries[i].TxHash]
		}
	}
}

// memoText returns a memo's text fit for a terminal: control characters, which could do harm there, become spaces. A memo that is not text
// gives "".
func memoText(m note.Memo) string {
	s, ok := m.Text()
	if !ok {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Bidi_Control) {
			return ' '
		}
		return r
	}, s)
}
