package wallet

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/syndtr/goleveldb/leveldb"
	"github.com/syndtr/goleveldb/leveldb/opt"
	"github.com/syndtr/goleveldb/leveldb/util"

	"github.com/gero-chain/gero/types"
)

// TestChainThatStartsOver gives the wallet a chain that was deleted and downloaded again.
func TestChainThatStartsOver(t *testing.T) {
	r := newRig(t)
	r.busy(20)
	old := r.chain.best
	blocks := r.chain.blocks

	// The node is at genesis again, and the tip the wallet stopped at is unknown to it: the wallet waits.
	r.chain.best = old[:1]
	r.chain.blocks = map[types.BlockHash]*types.AppliedBlock{old[0]: blocks[old[0]]}
	r.scan()
	if b := r.balance("alice"); !b.Partial || !strings.Contains(b.Reason, "waiting for the node to reach block 20") {
		t.Fatalf("while the node catches up: %+v", b)
	}
	// It has caught up: nothing happened.
	r.chain.best, r.chain.blocks = old, blocks
	r.scan()
	if b := r.balance("alice"); b.Partial {
		t.Fatalf("caught up: %+v", b)
	}
	// It caught up on another branch, and does not know ours: the wallet reads everything again.
	r.chain.best = old[:11]
	r.chain.blocks = map[types.BlockHash]*types.AppliedBlock{}
	for _, h := range old[:11] {
		r.chain.blocks[h] = blocks[h]
	}
	r.chain.viewTip = types.BlockHash{}
	r.chain.mineTo(t, 25)
	r.scan()
	r.compareWithFresh()
	if b := r.balance("alice"); b.Partial || b.ScannedHeight != 25 {
		t.Fatalf("after scanning again: %+v", b)
	}
}

// failingChain cannot read its own blocks.
type failingChain struct{ *testChain }

func (failingChain) UpdatesSince(types.BlockHash, int) (types.Update, error) {
	return types.Update{}, errors.New("disk on fire")
}

func TestChainThatFailsIsReported(t *testing.T) {
	r := newRig(t)
	r.blocks(3)
	r.chain.mineTo(t, 4)
	cfg := r.config()
	cfg.Chain = failingChain{r.chain}
	w, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Catchup(context.Background()); err == nil {
		t.Fatal("no error")
	}
	if b, err := w.Balance("alice"); err != nil || !b.Partial || !strings.Contains(b.Reason, "disk on fire") || b.Spendable.IsZero() {
		t.Fatalf("balance: %+v, %v", b, err)
	}
}

func TestHistoryShowsWhatIsPending(t *testing.T) {
	r := newRig(t)
	id := r.send("alice", Payment{To: r.address("bob"), Value: mustSERO("1"), Memo: "soon"}, Payment{To: r.address("alice"), Value: mustSERO("2")})
	h, err := r.w.History("alice", 0, 1)
	if err != nil || h[0].State != StateQueued || h[0].Type != HistorySent || h[0].Operation != id || len(h[0].Parts) != 2 || h[0].Parts[0].Memo != "soon" {
		t.Fatalf("queued: %+v, %v", h, err)
	}
	r.wantBalance("alice", "200", "0", "98.999579") // change and the payment to itself
	r.work()
	if h, err = r.w.History("alice", 0, 1); err != nil || h[0].State != StateSent || h[0].TxHash == "" {
		t.Fatalf("sent: %+v, %v", h, err)
	}
	r.block()
	sent, err := types.ParseHex32[struct{}](h[0].TxHash)
	if err != nil {
		t.Fatal(err)
	}
	byAccount, err := r.w.HistoryOf(types.TxID(sent))
	if err != nil || len(byAccount) != 2 || byAccount["alice"].Operation != id || byAccount["bob"].Type != HistoryReceived || byAccount["bob"].Parts[0].Memo != "soon" {
		t.Fatalf("by transaction: %+v, %v", byAccount, err)
	}
	if none, err := r.w.HistoryOf(types.TxID{1}); err != nil || len(none) != 0 {
		t.Fatalf("a transaction of strangers: %+v, %v", none, err)
	}
	h, err = r.w.History("alice", 0, 0)
	if err != nil || h[0].State != StateConfirmed || len(h) != 7 {
		t.Fatalf("confirmed: %d entries, %+v, %v", len(h), h[0], err)
	}
	if page, err := r.w.History("alice", 2, 3); err != nil || len(page) != 3 || page[0].Height != h[2].Height {
		t.Fatalf("a page: %+v, %v", page, err)
	}
	if page, err := r.w.History("alice", 100, 3); err != nil || len(page) != 0 {
		t.Fatalf("past the end: %+v, %v", page, err)
	}
	if n, err := r.w.Notes("alice"); err != nil || len(n) != 7 || n[0].State != "spendable" || n[0].Origin != "genesis" {
		t.Fatalf("notes: %+v, %v", n, err)
	}
}

// diskStore is a Store on goleveldb as the node has it, in miniature.
type diskStore struct{ db *leveldb.DB }

func (s diskStore) Has(key []byte) (bool, error)   { return s.db.Has(key, nil) }
func (s diskStore) Get(key []byte) ([]byte, error) { return s.db.Get(key, nil) }

func (s diskStore) Iterate(prefix, start []byte, fn func(key, value []byte) error) error {
	r := util.BytesPrefix(prefix)
	r.Start = append(append([]byte{}, r.Start...), start...)
	it := s.db.NewIterator(r, nil)
	defer it.Release()
	for it.Next() {
		if err := fn(it.Key(), it.Value()); err != nil {
			return err
		}
	}
	return it.Error()
}

type diskWriter struct{ b *leveldb.Batch }

func (w diskWriter) Put(key, value []byte) error { w.b.Put(key, value); return nil }
func (w diskWriter) Delete(key []byte) error     { w.b.Delete(key); return nil }

func (s diskStore) Update(fn func(Writer) error) error {
	b := new(leveldb.Batch)
	if err := fn(diskWriter{b}); err != nil {
		return err
	}
	return s.db.Write(b, &opt.WriteOptions{Sync: true})
}

func TestOnDisk(t *testing.T) {
	r := newRig(t)
	path := filepath.Join(t.TempDir(), "wallet")
	var w *Wallet
	reopen := func() *leveldb.DB {
		t.Helper()
		db, err := leveldb.OpenFile(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		cfg := r.config()
		cfg.Store = diskStore{db}
		if w, err = Open(cfg); err != nil {
			t.Fatal(err)
		}
		if err := w.Catchup(context.Background()); err != nil {
			t.Fatal(err)
		}
		return db
	}
	db := reopen()
	id, err := w.Send("alice", []Payment{{To: r.address("bob"), Value: mustSERO("1")}}, SendOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = reopen()
	r.w = w
	r.work()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	db = reopen()
	defer db.Close()
	r.w = w
	r.wantState(id, StateSent)
	r.block()
	r.wantState(id, StateConfirmed)
	r.wantBalance("bob", "6", "0", "0")
}
