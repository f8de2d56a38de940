package wallet

import (
	"encoding/binary"
	"fmt"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/note"
)

// account is one account's copy of what the chain holds for it. Its fields are guarded by the wallet's lock, except the keys, which do
// not change.
type account struct {
	key      accountKey
	id       string
	wallet   string
	index    uint32
	name     string
	hidden   bool // a candidate of a restored wallet: nothing was found for it yet
	birthday *types.Height
	created  int64 // the seed was made at this time; 0: unknown

	fvk      note.FullViewingKey
	incoming note.IncomingViewingKey
	receiver *note.Receiver
	own      note.Note              // of address 0, without randomness: what rewards of the account look like
	home     [note.AddressSize]byte // address 0

	cursor      cursor
	used        bool // some note or reward was found at some time
	unspent     map[types.Position]*noteRecord
	byNullifier map[types.Nullifier]types.Position
	mined       map[types.Height]*minedRecord
	sent        map[types.TxID]types.Height // transactions that spent notes of the account
}

// newAccount prepares the keys of an account that can be scanned.
func newAccount(v *viewing) (*account, error) {
	key, err := newAccountKey(v.wallet, v.index)
	if err != nil {
		return nil, err
	}
	a := &account{key: key, id: v.id(), wallet: v.wallet, index: v.index, name: v.name, hidden: v.hidden, birthday: v.birthday}
	if v.fresh {
		a.created = v.created
	}
	a.fvk = v.fvk
	a.incoming = v.fvk.Incoming()
	a.receiver = note.NewReceiver(a.incoming)
	a.own = v.fvk.OwnNote(field.Element{})
	a.home = v.fvk.Address(0).Bytes()
	a.forget()
	return a, nil
}

// forget empties the copy in memory.
func (a *account) forget() {
	a.cursor = cursor{}
	a.unspent = map[types.Position]*noteRecord{}
	a.byNullifier = map[types.Nullifier]types.Position{}
	a.mined = map[types.Height]*minedRecord{}
	a.sent = map[types.TxID]types.Height{}
}

// load reads the copy from the database.
func (a *account) load(s Store) error {
	a.forget()
	raw, ok, err := lookup(s, a.key.key(keyCursor))
	if err != nil {
		return fmt.Errorf("wallet database: %w", err)
	}
	if ok {
		if a.cursor, err = decodeCursor(raw); err != nil {
			return err
		}
	}
	for _, kind := range []byte{keyNote, keyMined, keyTx} {
		err := s.Iterate(a.key.key(kind), nil, func(key, value []byte) error { return a.mirror(key, value) })
		if err != nil {
			return fmt.Errorf("wallet database: %w", err)
		}
	}
	return nil
}

// owns reports whether an address is one of the account's.
func (a *account) owns(to note.Address) bool {
	return note.OwnerHash(a.incoming.K, to.Diversifier) == to.Owner && a.incoming.Address(to.Diversifier) == to
}

// address returns the account's address number j.
func (a *account) address(j uint64) note.Address { return a.fvk.Address(j) }

// set changes a record in batch and memory; a nil value deletes it.
func (a *account) set(b *batch, key, value []byte) error {
	if err := b.put(key, value); err != nil {
		return fmt.Errorf("wallet database: %w", err)
	}
	return a.mirror(key, value)
}

// mirror brings the copy in memory in line with a record; history has no copy.
func (a *account) mirror(key, value []byte) error {
	rest := key[1+len(a.key):]
	switch key[0] {
	case keyNote:
		pos := types.Position(binary.BigEndian.Uint64(rest))
		if old, ok := a.unspent[pos]; ok {
			delete(a.unspent, pos)
			delete(a.byNullifier, old.nullifier)
		}
		if value == nil {
			return nil
		}
		a.used = true
		n, err := decodeNote(value)
		if err != nil {
			return err
		}
		if n.spentBy.IsZero() {
			a.unspent[pos] = n
			a.byNullifier[n.nullifier] = pos
		}
	case keyMined:
		height := types.Height(binary.BigEndian.Uint64(rest))
		delete(a.mined, height)
		if value == nil {
			return nil
		}
		a.used = true
		m, err := decodeMined(value)
		if err != nil {
			return err
		}
		a.mined[height] = m
	case keyTx:
		delete(a.sent, types.TxID(rest))
		if value == nil {
			return nil
		}
		place, err := decodePlace(value)
		if err != nil {
			return err
		}
		if place.sent {
			a.sent[types.TxID(rest)] = place.height
		}
	}
	return nil
}

func (a *account) noteKey(pos types.Position) []byte { return a.key.key(keyNote, be64(uint64(pos))) }

func (a *account) minedKey(h types.Height) []byte { return a.key.key(keyMined, be64(uint64(h))) }

func (a *account) undoKey(h types.Height) []byte { return a.key.key(keyUndo, be64(uint64(h))) }

func (a *account) historyKey(h types.Height, slot uint32) []byte {
	return a.key.key(keyHistory, be64(uint64(h)), be32(slot))
}

// setCursor moves the cursor; it is not part of a block's undo record, because a block names its parent.
func (a *account) setCursor(b *batch, c cursor) error {
	a.cursor = c
	if err := b.put(a.key.key(keyCursor), c.bytes()); err != nil {
		return fmt.Errorf("wallet database: %w", err)
	}
	return nil
}

// revert undoes the block at the cursor. It is false when the undo record is no longer kept.
func (a *account) revert(b *batch, blk *types.AppliedBlock) (bool, error) {
	h := blk.Block.Header.Number
	if a.cursor.hash != blk.Hash {
		return false, fmt.Errorf("account %s: block %s to undo, at %s", a.id, blk.Hash, a.cursor.hash)
	}
	if h+undoDepth <= a.cursor.top {
		return false, nil
	}
	raw, ok, err := b.get(a.undoKey(h))
	if err != nil {
		return false, fmt.Errorf("wallet database: %w", err)
	}
	if ok {
		entries, err := decodeUndo(raw)
		if err != nil {
			return false, err
		}
		for _, e := range entries {
			if err := a.set(b, e.key, e.old); err != nil {
				return false, err
			}
		}
		if err := a.set(b, a.undoKey(h), nil); err != nil {
			return false, err
		}
	}
	next := a.cursor
	next.hash = blk.Block.Header.Parent
	if h > 0 {
		next.height = h - 1
	}
	return true, a.setCursor(b, next)
}

// finding is what the keys of one account recognise in one block, worked out ahead of and beside everything else.
type finding struct {
	outputs  map[int]note.Opened // by index of the leaf
	genesis  map[int]note.Note   // by index of the leaf
	coinbase *note.Note          // receives the block's reward; asset and value to come
}

// apply takes the next block in.
func (a *account) apply(b *batch, net *Network, blk *types.AppliedBlock, f *finding) error {
	h := blk.Block.Header
	if h.Number != a.cursor.next() || (!a.cursor.hash.IsZero() && h.Parent != a.cursor.hash) {
		return fmt.Errorf("account %s: block %d does not follow %s", a.id, h.Number, a.cursor.hash)
	}
	b.beginUndo()
	entries := newEntries(a, blk)
	err := a.applyRewards(b, net, blk, f, entries)
	if err == nil {
		err = a.applySpends(b, net, blk, entries)
	}
	if err == nil {
		err = a.applyOutputs(b, net, blk, f, entries)
	}
	if err == nil {
		err = entries.finish(b, net)
	}
	undo := b.endUndo()
	if err != nil {
		return err
	}
	if undo != nil {
		if err := a.set(b, a.undoKey(h.Number), undo); err != nil {
			return err
		}
	}
	if h.Number >= undoDepth {
		if err := a.set(b, a.undoKey(h.Number-undoDepth), nil); err != nil {
			return err
		}
	}
	return a.setCursor(b, cursor{started: true, height: h.Number, hash: blk.Hash, top: max(a.cursor.top, h.Number)})
}

// applyRewards notes the block's own reward as immature, turns the one that matures in it into a note, and takes genesis notes in.
func (a *account) applyRewards(b *batch, net *Network, blk *types.AppliedBlock, f *finding, entries *entries) error {
	if f.coinbase != nil {
		if err := a.setMined(b, net, blk, f.coinbase, entries); err != nil {
			return err
		}
	}
	for i := range blk.Leaves {
		leaf := &blk.Leaves[i]
		pos := blk.FirstPos + types.Position(i) //nolint:gosec // an index
		switch leaf.Origin {
		case types.OriginCoinbase:
			m := a.mined[leaf.Source]
			if m == nil || m.pcm != leaf.PCM {
				continue
			}
			n, err := m.note(a.incoming.K)
			if err != nil {
				return err
			}
			if err := a.setCompleted(b, blk, leaf, n, pos); err != nil {
				return err
			}
			if err := a.set(b, a.minedKey(leaf.Source), nil); err != nil {
				return err
			}
		case types.OriginGenesis:
			n, ok := f.genesis[i]
			if !ok {
				continue
			}
			if err := a.setCompleted(b, blk, leaf, n, pos); err != nil {
				return err
			}
			entries.genesis(i, leaf, a.incoming.Address(n.Diversifier))
		}
	}
	return nil
}

func (a *account) setMined(b *batch, net *Network, blk *types.AppliedBlock, n *note.Note, entries *entries) error {
	height := blk.Block.Header.Number
	value := net.Subsidy(height)
	for _, tx := range blk.Block.Body.Txs {
		var err error
		if value, err = value.Add(feeOf(tx)); err != nil {
			return fmt.Errorf("reward of block %d: %w", height, err)
		}
	}
	if value.IsZero() {
		return nil // nothing will be appended
	}
	m := &minedRecord{
		height: height, diversifier: n.Diversifier, pcm: n.PCM(), value: value,
		rcm: field.EncodeElement(n.Rcm), data: field.EncodeElement(n.Data),
	}
	entries.mined(value, a.incoming.Address(n.Diversifier))
	return a.set(b, a.minedKey(height), m.bytes())
}

// feeOf returns the coins that a transaction leaves to the miner; a valid one does not overflow.
func feeOf(tx *types.Tx) types.Amount {
	fee, err := tx.GasPrice.MulGas(tx.GasLimit)
	if err != nil {
		return types.Amount{}
	}
	return fee
}

// setCompleted stores a note that the protocol completed with a public asset and value.
func (a *account) setCompleted(b *batch, blk *types.AppliedBlock, leaf *types.Leaf, n note.Note, pos types.Position) error {
	if leaf.Value.IsZero() {
		return nil
	}
	n.Asset, n.Value = leaf.Asset, leaf.Value
	return a.addNote(b, blk, leaf, n, pos, types.TxID{}, note.Memo{})
}

func (a *account) addNote(b *batch, blk *types.AppliedBlock, leaf *types.Leaf, n note.Note, pos types.Position, tx types.TxID, memo note.Memo) error {
	cm, err := n.Commitment()
	if err != nil || cm != leaf.Commitment {
		return nil //nolint:nilerr // not the note that was promised: it could never be spent
	}
	r, err := newNoteRecord(a.fvk.NK, n, pos)
	if err != nil {
		return nil //nolint:nilerr // as above
	}
	r.origin, r.height, r.tx, r.memo = leaf.Origin, blk.Block.Header.Number, tx, memo
	return a.set(b, a.noteKey(pos), r.bytes())
}

// applySpends marks the account's notes whose nullifiers appear, whoever made the transaction: another copy of this wallet may have.
func (a *account) applySpends(b *batch, net *Network, blk *types.AppliedBlock, entries *entries) error {
	for t, tx := range blk.Block.Body.Txs {
		for i := range tx.Bundles {
			for _, nf := range tx.Bundles[i].Nullifiers {
				pos, mine := a.byNullifier[nf]
				if !mine {
					continue
				}
				n := *a.unspent[pos]
				n.spentBy, n.spentAt = tx.ID(net.Genesis), blk.Block.Header.Number
				if err := a.set(b, a.noteKey(pos), n.bytes()); err != nil {
					return err
				}
				entries.spent(t, i, &n)
			}
		}
	}
	return nil
}

// applyOutputs stores the notes that the account's ciphertexts carry. Notes of no value are ignored.
func (a *account) applyOutputs(b *batch, net *Network, blk *types.AppliedBlock, f *finding, entries *entries) error {
	for i := range blk.Leaves {
		o, ok := f.outputs[i]
		if !ok || o.Note.Value.IsZero() {
			continue
		}
		leaf := &blk.Leaves[i]
		if leaf.Tx < 0 || leaf.Tx >= len(blk.Block.Body.Txs) {
			return fmt.Errorf("block %d: leaf %d of transaction %d", blk.Block.Header.Number, i, leaf.Tx)
		}
		tx := blk.Block.Body.Txs[leaf.Tx].ID(net.Genesis)
		if err := a.addNote(b, blk, leaf, o.Note, blk.FirstPos+types.Position(i), tx, o.Memo); err != nil { //nolint:gosec // an index
			return err
		}
		entries.received(leaf.Tx, &o)
	}
	return nil
}

// note returns the reward's note without asset and value.
func (m *minedRecord) note(k field.Element) (note.Note, error) {
	r := noteRecord{diversifier: m.diversifier, rcm: m.rcm, data: m.data}
	return r.note(k)
}
