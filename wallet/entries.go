package wallet

import (
	"fmt"
	"slices"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/note"
)

// Slots of history entries that belong to no transaction lie above every index of one.
const (
	slotGenesis = 0xfffe_0000
	slotMined   = 0xffff_ffff
)

// entries gathers what a block means for an account's history.
type entries struct {
	a      *account
	blk    *types.AppliedBlock
	others []*historyRecord
	byTx   map[int]*txEntry
}

// txEntry is a history entry of a transaction in the making.
type txEntry struct {
	parts   []historyPart
	bundles map[int]bool // those that spent the account's notes: it made them, and paid their part of the fee
}

func newEntries(a *account, blk *types.AppliedBlock) *entries {
	return &entries{a: a, blk: blk, byTx: map[int]*txEntry{}}
}

func (e *entries) tx(i int) *txEntry {
	t := e.byTx[i]
	if t == nil {
		t = &txEntry{bundles: map[int]bool{}}
		e.byTx[i] = t
	}
	return t
}

func (e *entries) add(kind entryKind, slot uint32, p historyPart) {
	h := e.blk.Block.Header
	e.others = append(e.others, &historyRecord{kind: kind, height: h.Number, slot: slot, time: h.Time, parts: []historyPart{p}})
}

func (e *entries) mined(value types.Amount, to note.Address) {
	e.add(entryMined, slotMined, historyPart{kind: partIn, to: to.Bytes(), asset: types.NativeAsset, value: value})
}

func (e *entries) genesis(i int, leaf *types.Leaf, to note.Address) {
	if leaf.Value.IsZero() {
		return
	}
	p := historyPart{kind: partIn, to: to.Bytes(), asset: leaf.Asset, value: leaf.Value}
	e.add(entryGenesis, slotGenesis+uint32(i), p) //nolint:gosec // far fewer notes in a genesis
}

func (e *entries) spent(tx, bundle int, n *noteRecord) {
	t := e.tx(tx)
	t.bundles[bundle] = true
	t.parts = append(t.parts, historyPart{kind: partSpent, asset: n.asset, value: n.value})
}

func (e *entries) received(tx int, o *note.Opened) {
	e.tx(tx).parts = append(e.tx(tx).parts, historyPart{
		kind: partIn, to: o.To.Bytes(), asset: o.Note.Asset, value: o.Note.Value, memo: o.Memo,
	})
}

// finish completes the entries and stores them.
func (e *entries) finish(b *batch, net *Network) error {
	for i, t := range e.byTx {
		h := e.blk.Block.Header
		tx := e.blk.Block.Body.Txs[i]
		r := &historyRecord{
			kind: entryReceived, height: h.Number, slot: uint32(i), time: h.Time, //nolint:gosec // an index
			tx: tx.ID(net.Genesis), parts: t.parts,
		}
		if len(t.bundles) > 0 {
			if err := e.sent(r, tx, t); err != nil {
				return err
			}
		}
		place := txPlace{height: h.Number, slot: r.slot, sent: r.kind == entrySent}
		if err := e.a.set(b, e.a.key.key(keyTx, r.tx[:]), place.bytes()); err != nil {
			return err
		}
		e.others = append(e.others, r)
	}
	for _, r := range e.others {
		if err := e.a.set(b, e.a.historyKey(r.height, r.slot), r.bytes()); err != nil {
			return err
		}
	}
	return nil
}

// sent turns an entry into that of a payment the account made: fee, payees read again, change, and what went nobody knows where.
func (e *entries) sent(r *historyRecord, tx *types.Tx, t *txEntry) error {
	r.kind = entrySent
	for i := range r.parts {
		p := &r.parts[i]
		if p.kind == partIn && p.to == e.a.home && p.memo == (note.Memo{}) {
			p.kind = partChange
		}
	}
	for i := range tx.Bundles {
		if !t.bundles[i] {
			continue
		}
		var err error
		if r.fee, err = r.fee.Add(tx.Bundles[i].ValueNative); err != nil {
			return fmt.Errorf("fee of %s: %w", r.tx, err)
		}
		e.readAgain(r, &tx.Bundles[i])
	}
	r.addUnknown()
	return nil
}

// readAgain adds what a bundle of the account sent to others.
func (e *entries) readAgain(r *historyRecord, b *types.Bundle) {
	for i := range b.Commitments {
		o, ok := e.a.fvk.OVK.TryRecover(&b.Ciphertexts[i], b.Commitments[i])
		if !ok || o.Note.Value.IsZero() || e.a.owns(o.To) {
			continue // dummies, and notes to itself, which are in the entry as received
		}
		r.parts = append(r.parts, historyPart{kind: partOut, to: o.To.Bytes(), asset: o.Note.Asset, value: o.Note.Value, memo: o.Memo})
	}
}

// addUnknown accounts for spent value that neither came back nor is known to have gone anywhere: sent by a copy of the wallet that left no
// record for the sender.
func (h *historyRecord) addUnknown() {
	var assets []types.AssetID
	for _, p := range h.parts {
		if p.kind == partSpent && !slices.Contains(assets, p.asset) {
			assets = append(assets, p.asset)
		}
	}
	for _, asset := range assets {
		rest := h.sum(partSpent, asset)
		gone := []types.Amount{h.sum(partIn, asset), h.sum(partChange, asset), h.sum(partOut, asset)}
		if asset == types.NativeAsset {
			gone = append(gone, h.fee)
		}
		for _, g := range gone {
			less, err := rest.Sub(g)
			if err != nil {
				less = types.Amount{}
			}
			rest = less
		}
		if !rest.IsZero() {
			h.parts = append(h.parts, historyPart{kind: partUnknown, asset: asset, value: rest})
		}
	}
}

// sum adds up the parts of a kind and an asset; a sum past 2^128, which no supply reaches, counts as nothing.
func (h *historyRecord) sum(kind partKind, asset types.AssetID) types.Amount {
	var sum types.Amount
	for _, p := range h.parts {
		if p.kind == kind && p.asset == asset {
			next, err := sum.Add(p.value)
			if err != nil {
				return types.Amount{}
			}
			sum = next
		}
	}
	return sum
}
