package wallet

import (
	"encoding/binary"
	"fmt"

	"github.com/gero-chain/gero/types"
)

// Keys of the wallet's database: one letter, the account where there is one, and big-endian numbers, so that a scan is in order.
const (
	keyMeta    = 'v' // schema version and genesis
	keyCursor  = 'c' // account -> cursor
	keyNote    = 'n' // account, position -> noteRecord
	keyMined   = 'm' // account, height -> minedRecord: a reward that is not appended yet
	keyHistory = 'h' // account, height, slot -> historyRecord
	keyTx      = 't' // account, txid -> txPlace
	keyUndo    = 'u' // account, height -> what the block changed
	keyAddress = 'a' // account, number -> addressRecord
	keyOp      = 'o' // number -> opRecord
)

// undoDepth is how many blocks of undo records are kept; the chain itself undoes at most 5,760 blocks.
const undoDepth = 6000

// dbVersion is the version of all record formats.
const dbVersion = 1

// accountKey names an account in database keys: the wallet's eight bytes and the account's index.
type accountKey [12]byte

func newAccountKey(wallet string, index uint32) (k accountKey, err error) {
	var id types.Bytes32[struct{}]
	if len(wallet) != 16 {
		return k, fmt.Errorf("wallet id %q: want 16 hex digits", wallet)
	}
	if err := id.UnmarshalText([]byte("0x" + wallet + "000000000000000000000000000000000000000000000000")); err != nil {
		return k, fmt.Errorf("wallet id %q: %w", wallet, err)
	}
	copy(k[:8], id[:8])
	binary.BigEndian.PutUint32(k[8:], index)
	return k, nil
}

func (k accountKey) key(kind byte, rest ...[]byte) []byte {
	out := append([]byte{kind}, k[:]...)
	for _, r := range rest {
		out = append(out, r...)
	}
	return out
}

func be64(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func be32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

// batch collects changes of the database until they are written together; reads see them at once. While undo is set, the first change
// of each key leaves its old value there.
type batch struct {
	store   Store
	changed map[string][]byte // nil: deleted
	order   []string
	undo    map[string][]byte
	undoKey []string
}

func newBatch(s Store) *batch { return &batch{store: s, changed: map[string][]byte{}} }

func (b *batch) get(key []byte) ([]byte, bool, error) {
	if v, ok := b.changed[string(key)]; ok {
		return v, v != nil, nil
	}
	return lookup(b.store, key)
}

// lookup returns a value and whether there is one.
func lookup(s Store, key []byte) ([]byte, bool, error) {
	ok, err := s.Has(key)
	if err != nil || !ok {
		return nil, false, err
	}
	v, err := s.Get(key)
	return v, err == nil, err
}

// store sets one key durably.
func store(s Store, key, value []byte) error {
	if err := s.Update(func(w Writer) error { return w.Put(key, value) }); err != nil {
		return fmt.Errorf("wallet database: %w", err)
	}
	return nil
}

// put sets a key, or deletes it when value is nil.
func (b *batch) put(key, value []byte) error {
	k := string(key)
	if b.undo != nil {
		if _, seen := b.undo[k]; !seen {
			old, _, err := b.get(key)
			if err != nil {
				return err
			}
			b.undo[k] = old
			b.undoKey = append(b.undoKey, k)
		}
	}
	if _, seen := b.changed[k]; !seen {
		b.order = append(b.order, k)
	}
	b.changed[k] = value
	return nil
}

// beginUndo starts recording; endUndo stops and returns the record, nil when nothing changed.
func (b *batch) beginUndo() { b.undo, b.undoKey = map[string][]byte{}, nil }

func (b *batch) endUndo() []byte {
	defer func() { b.undo, b.undoKey = nil, nil }()
	if len(b.undoKey) == 0 {
		return nil
	}
	e := types.NewEncoder(64 * len(b.undoKey))
	e.Count(len(b.undoKey))
	for _, k := range b.undoKey {
		old := b.undo[k]
		putVar(e, []byte(k))
		e.Present(old != nil)
		putVar(e, old)
	}
	return e.Bytes()
}

// undoEntry is a key with the value it had.
type undoEntry struct{ key, old []byte }

func decodeUndo(raw []byte) ([]undoEntry, error) {
	d := types.NewDecoder(raw)
	out := make([]undoEntry, d.Count(1<<24, 9))
	for i := range out {
		out[i].key = d.Var(1 << 10)
		had := d.Present()
		old := d.Var(1 << 20)
		if had {
			out[i].old = append([]byte{}, old...)
		}
	}
	return out, record(d)
}

// write makes the changes durable.
func (b *batch) write() error {
	if len(b.order) == 0 {
		return nil
	}
	err := b.store.Update(func(w Writer) error {
		for _, k := range b.order {
			var err error
			if v := b.changed[k]; v == nil {
				err = w.Delete([]byte(k))
			} else {
				err = w.Put([]byte(k), v)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("wallet database: %w", err)
	}
	return nil
}

func putVar(e *types.Encoder, b []byte) {
	e.Count(len(b))
	e.Raw(b)
}

// record returns the error of a decoder that has read a whole record.
func record(d *types.Decoder) error {
	if err := d.Finish(); err != nil {
		return &Error{Kind: Corrupt, Advice: dbAdvice, Err: err}
	}
	return nil
}

const dbAdvice = "stop the node, move the wallet's database folder away and start again: the wallet reads the chain anew; " +
	"keys and words are kept elsewhere and are not affected"

// openDB checks that the database is this program's and this network's, and marks a new one.
func openDB(s Store, genesis types.BlockHash) error {
	raw, ok, err := lookup(s, []byte{keyMeta})
	if err != nil {
		return fmt.Errorf("wallet database: %w", err)
	}
	if !ok {
		e := types.NewEncoder(36)
		e.Uint32(dbVersion)
		e.Raw(genesis[:])
		return store(s, []byte{keyMeta}, e.Bytes())
	}
	d := types.NewDecoder(raw)
	version := d.Uint32()
	var got types.BlockHash
	d.Raw(got[:])
	if err := record(d); err != nil {
		return err
	}
	if version != dbVersion {
		return fail(Corrupt, "use the version of gero that wrote it, or move the wallet's database folder away to scan anew",
			"database version %d, this program reads %d", version, dbVersion)
	}
	if got != genesis {
		return fail(Corrupt, "choose another --datadir for this network, or move the wallet's database folder away to scan anew",
			"database of the chain with genesis %s, this chain has %s", got, genesis)
	}
	return nil
}
