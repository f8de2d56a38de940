package wallet

import (
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/note"
)

// cursor is how far an account has read the chain.
type cursor struct {
	started bool // false: where to begin is not decided yet
	height  types.Height
	hash    types.BlockHash // zero: nothing is read, genesis comes next
	top     types.Height    // greatest height ever read: undo records reach undoDepth below it
}

// next returns the height of the block to read next.
func (c cursor) next() types.Height {
	if c.hash.IsZero() {
		return 0
	}
	return c.height + 1
}

func (c cursor) bytes() []byte {
	e := types.NewEncoder(49)
	e.Present(c.started)
	e.Uint64(uint64(c.height))
	e.Raw(c.hash[:])
	e.Uint64(uint64(c.top))
	return e.Bytes()
}

func decodeCursor(b []byte) (c cursor, err error) {
	d := types.NewDecoder(b)
	c.started = d.Present()
	c.height = types.Height(d.Uint64())
	d.Raw(c.hash[:])
	c.top = types.Height(d.Uint64())
	return c, record(d)
}

// noteRecord is a note of the account that is a leaf of the tree.
type noteRecord struct {
	pos         types.Position
	origin      types.Origin
	height      types.Height // block that appended it
	tx          types.TxID   // of an output
	diversifier note.Diversifier
	rcm         [32]byte
	data        [32]byte
	asset       types.AssetID
	value       types.Amount
	psi         [32]byte
	memo        note.Memo
	nullifier   types.Nullifier
	spentBy     types.TxID // zero: unspent
	spentAt     types.Height
}

func (n *noteRecord) bytes() []byte {
	e := types.NewEncoder(512)
	e.Uint64(uint64(n.pos))
	e.Uint8(uint8(n.origin))
	e.Uint64(uint64(n.height))
	e.Raw(n.tx[:])
	e.Raw(n.diversifier[:])
	e.Raw(n.rcm[:])
	e.Raw(n.data[:])
	e.Raw(n.asset[:])
	e.Amount(n.value)
	e.Raw(n.psi[:])
	e.Raw(n.memo[:])
	e.Raw(n.nullifier[:])
	e.Raw(n.spentBy[:])
	e.Uint64(uint64(n.spentAt))
	return e.Bytes()
}

func decodeNote(b []byte) (*noteRecord, error) {
	d := types.NewDecoder(b)
	n := new(noteRecord)
	n.pos = types.Position(d.Uint64())
	n.origin = types.Origin(d.Uint8())
	n.height = types.Height(d.Uint64())
	d.Raw(n.tx[:])
	d.Raw(n.diversifier[:])
	d.Raw(n.rcm[:])
	d.Raw(n.data[:])
	d.Raw(n.asset[:])
	n.value = d.Amount()
	d.Raw(n.psi[:])
	d.Raw(n.memo[:])
	d.Raw(n.nullifier[:])
	d.Raw(n.spentBy[:])
	n.spentAt = types.Height(d.Uint64())
	return n, record(d)
}

// note returns the note itself, whose owner derives from the account.
func (n *noteRecord) note(k field.Element) (note.Note, error) {
	out := note.Note{Diversifier: n.diversifier, Owner: note.OwnerHash(k, n.diversifier), Asset: n.asset, Value: n.value}
	for _, part := range []struct {
		to   *field.Element
		from [32]byte
	}{{&out.Rcm, n.rcm}, {&out.Data, n.data}, {&out.Psi, n.psi}} {
		e, err := field.DecodeElement(part.from)
		if err != nil {
			return note.Note{}, &Error{Kind: Corrupt, Advice: dbAdvice, Err: err}
		}
		*part.to = e
	}
	return out, nil
}

// newNoteRecord describes a note at a position, with the nullifier that will mark it spent.
func newNoteRecord(nk note.NullifierKey, n note.Note, pos types.Position) (*noteRecord, error) {
	nf, err := n.Nullifier(nk, pos)
	if err != nil {
		return nil, err
	}
	return &noteRecord{
		pos: pos, diversifier: n.Diversifier,
		rcm: field.EncodeElement(n.Rcm), data: field.EncodeElement(n.Data), psi: field.EncodeElement(n.Psi),
		asset: n.Asset, value: n.Value, nullifier: nf,
	}, nil
}

// minedRecord is the reward of an own block before the protocol appends it as a note.
type minedRecord struct {
	height      types.Height
	diversifier note.Diversifier
	rcm         [32]byte
	data        [32]byte
	pcm         types.PartialCM
	value       types.Amount // subsidy and fees
}

func (m *minedRecord) bytes() []byte {
	e := types.NewEncoder(160)
	e.Uint64(uint64(m.height))
	e.Raw(m.diversifier[:])
	e.Raw(m.rcm[:])
	e.Raw(m.data[:])
	e.Raw(m.pcm[:])
	e.Amount(m.value)
	return e.Bytes()
}

func decodeMined(b []byte) (*minedRecord, error) {
	d := types.NewDecoder(b)
	m := new(minedRecord)
	m.height = types.Height(d.Uint64())
	d.Raw(m.diversifier[:])
	d.Raw(m.rcm[:])
	d.Raw(m.data[:])
	d.Raw(m.pcm[:])
	m.value = d.Amount()
	return m, record(d)
}

// entryKind says what a history entry is about.
type entryKind uint8

const (
	entryReceived entryKind = iota
	entrySent
	entryMined
	entryGenesis
)

// partKind says which way an amount of a history entry went.
type partKind uint8

const (
	partSpent    partKind = iota // a note of the account was spent
	partIn                       // received, from others or from the account itself
	partOut                      // sent to another, read again with the outgoing viewing key
	partChange                   // came back to the account's address 0 without a memo
	partUnknown                  // spent, not come back, not the fee: sent, but to whom is not recorded
	lastPartKind = partUnknown
)

// historyPart is one amount of a history entry.
type historyPart struct {
	kind  partKind
	to    [note.AddressSize]byte // of partIn, partOut and partChange
	asset types.AssetID
	value types.Amount
	memo  note.Memo
}

// historyRecord is what one transaction or block reward meant for the account. It follows from the chain and the keys alone.
type historyRecord struct {
	kind   entryKind
	height types.Height
	slot   uint32 // index of the transaction in its block, or a slot above all indexes
	time   types.Time
	tx     types.TxID
	fee    types.Amount // paid by this account
	parts  []historyPart
}

func (h *historyRecord) bytes() []byte {
	e := types.NewEncoder(128 + 264*len(h.parts))
	e.Uint8(uint8(h.kind))
	e.Uint64(uint64(h.height))
	e.Uint32(h.slot)
	e.Uint64(uint64(h.time))
	e.Raw(h.tx[:])
	e.Amount(h.fee)
	e.Count(len(h.parts))
	for i := range h.parts {
		p := &h.parts[i]
		e.Uint8(uint8(p.kind))
		e.Raw(p.to[:])
		e.Raw(p.asset[:])
		e.Amount(p.value)
		e.Raw(p.memo[:])
	}
	return e.Bytes()
}

func decodeHistory(b []byte) (*historyRecord, error) {
	d := types.NewDecoder(b)
	h := new(historyRecord)
	h.kind = entryKind(d.Uint8())
	h.height = types.Height(d.Uint64())
	h.slot = d.Uint32()
	h.time = types.Time(d.Uint64())
	d.Raw(h.tx[:])
	h.fee = d.Amount()
	const partSize = 1 + note.AddressSize + 32 + 16 + types.MemoSize
	h.parts = make([]historyPart, d.Count(64, partSize))
	for i := range h.parts {
		p := &h.parts[i]
		p.kind = partKind(d.Uint8())
		d.Raw(p.to[:])
		d.Raw(p.asset[:])
		p.value = d.Amount()
		d.Raw(p.memo[:])
	}
	return h, record(d)
}

// txPlace is where the history entry of a transaction is.
type txPlace struct {
	height types.Height
	slot   uint32
	sent   bool // it spent notes of the account
}

func (p txPlace) bytes() []byte {
	e := types.NewEncoder(13)
	e.Uint64(uint64(p.height))
	e.Uint32(p.slot)
	e.Present(p.sent)
	return e.Bytes()
}

func decodePlace(b []byte) (p txPlace, err error) {
	d := types.NewDecoder(b)
	p.height = types.Height(d.Uint64())
	p.slot = d.Uint32()
	p.sent = d.Present()
	return p, record(d)
}

// addressRecord remembers an address that was handed out. It is local: no money is found or lost by it.
type addressRecord struct {
	number uint64
	label  string
}

func (a *addressRecord) bytes() []byte {
	e := types.NewEncoder(16 + len(a.label))
	e.Uint64(a.number)
	putVar(e, []byte(a.label))
	return e.Bytes()
}

func decodeAddress(b []byte) (a addressRecord, err error) {
	d := types.NewDecoder(b)
	a.number = d.Uint64()
	a.label = string(d.Var(maxLabel))
	return a, record(d)
}

// maxLabel is the length of a label in bytes.
const maxLabel = 256
