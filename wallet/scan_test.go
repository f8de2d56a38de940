package wallet

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/note"
)

func TestRewardsAreFoundImmatureThenSpendable(t *testing.T) {
	r := newRig(t)
	reward, err := r.w.RewardTo("carol")
	if err != nil {
		t.Fatal(err)
	}
	r.send("alice", Payment{To: r.address("bob"), Value: mustSERO("1")})
	r.work()
	tip, _ := r.chain.Tip()
	r.chain.mine(t, tip, reward, r.pool.take()...)
	r.scan()
	r.wantBalance("carol", "0", "28.000421", "0")
	r.blocks(20)
	r.wantBalance("carol", "0", "28.000421", "0")
	h, err := r.w.History("carol", 0, 0)
	if err != nil || len(h) != 1 || h[0].Type != HistoryMined || h[0].State != "immature" || h[0].Height != 1 {
		t.Fatalf("history: %+v, %v", h, err)
	}
	r.blocks(21)
	r.wantBalance("carol", "28.000421", "0", "0")
	if h, _ = r.w.History("carol", 0, 0); len(h) != 1 || h[0].State != StateConfirmed {
		t.Fatalf("history after maturity: %+v", h)
	}
	r.blocks(26)
	id := r.send("carol", Payment{To: r.address("bob"), Value: mustSERO("20")})
	r.work()
	r.block()
	r.wantState(id, StateConfirmed)
}

func TestRewardToAnAddressIsFoundByCiphertext(t *testing.T) {
	r := newRig(t)
	reward, err := RewardToAddress(testHRP, testFVK(2).Address(9).Encode(testHRP), nil)
	if err != nil {
		t.Fatal(err)
	}
	tip, _ := r.chain.Tip()
	r.chain.mine(t, tip, reward)
	r.scan()
	r.wantBalance("carol", "0", "28", "0")
	r.blocks(26)
	r.wantBalance("carol", "28", "0", "0")
	id := r.send("carol", Payment{To: r.address("bob"), Value: mustSERO("20")})
	r.work()
	r.block()
	r.wantState(id, StateConfirmed)
	if _, err := RewardToAddress("sero", r.address("bob"), nil); !errors.Is(err, WrongNetwork) {
		t.Fatalf("address of another network: %v", err)
	}
	if _, err := r.w.RewardTo("nobody"); !errors.Is(err, NotFound) {
		t.Fatalf("no such account: %v", err)
	}
}

// busy makes a chain with payments and rewards in all directions.
func (r *rig) busy(until types.Height) {
	r.t.Helper()
	names := []string{"alice", "bob", "carol"}
	for r.chain.height() < until {
		height := int(r.chain.height())
		from, to := names[height%2], names[(height+1)%3]
		if height%8 == 2 {
			_, err := r.w.Send(from, []Payment{{To: r.address(to), Value: mustSERO("0.25"), Memo: "memo " + from}}, SendOptions{})
			if err != nil && !errors.Is(err, Insufficient) {
				r.t.Fatal(err)
			}
			r.work()
		}
		reward, err := r.w.RewardTo(names[height%3])
		if err != nil {
			r.t.Fatal(err)
		}
		tip, _ := r.chain.Tip()
		r.chain.mine(r.t, tip, reward, r.pool.take()...)
		r.scan()
	}
}

// TestRestoreFromWordsGivesTheSame restores on an empty folder, with one name only: the other accounts are found.
func TestRestoreFromWordsGivesTheSame(t *testing.T) {
	r := newRig(t)
	r.busy(60)
	cfg := r.config()
	cfg.Store = newMemStore()
	cfg.DevWords = ""
	var err error
	if cfg.Keystore, err = OpenKeystore(t.TempDir(), testKeystore(r.now)); err != nil {
		t.Fatal(err)
	}
	w, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Restore(testWords, RestoreOptions{Name: "alice", Passphrase: "p"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Catchup(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n := len(w.Accounts()); n != 3 {
		t.Fatalf("%d accounts found, want 3", n)
	}
	for old, restored := range map[string]string{"alice": "alice", "bob": "alice-2", "carol": "alice-3"} {
		sameScan(t, cfg.Store.(*memStore), r.store, r.account(old).key)
		want := r.balance(old)
		got, err := w.Balance(restored)
		if err != nil || got.Spendable != want.Spendable || got.Immature != want.Immature || got.Partial || len(got.ByAsset) != len(want.ByAsset) {
			t.Errorf("balance of %s: %+v, %v, want %+v", restored, got, err, want)
		}
		h1, err1 := r.w.History(old, 0, 0)
		h2, err2 := w.History(restored, 0, 0)
		if err1 != nil || err2 != nil || len(h1) != len(h2) {
			t.Fatalf("history of %s: %d entries, %v, want %d, %v", restored, len(h2), err2, len(h1), err1)
		}
		for i := range h1 {
			if h1[i].Type != h2[i].Type || h1[i].Height != h2[i].Height || h1[i].Fee != h2[i].Fee || len(h1[i].Parts) != len(h2[i].Parts) {
				t.Errorf("entry %d of %s: %+v, want %+v", i, restored, h2[i], h1[i])
			}
		}
	}
	if _, err := w.Send("alice", []Payment{{To: r.address("bob"), Value: mustSERO("1")}}, SendOptions{}); !errors.Is(err, Locked) {
		t.Fatalf("spending while locked: %v", err)
	}
	if left := len(cfg.Keystore.viewings()); left != 3 {
		t.Errorf("%d accounts in the keystore once all was read, want 3", left)
	}
}

// TestReorganisationsAreUndoneExactly walks a wallet over random branches; in the end it must hold, to the byte, what a wallet holds that
// saw only the final chain, and its memory what its records say.
func TestReorganisationsAreUndoneExactly(t *testing.T) {
	r := newRig(t)
	r.busy(30)
	rng := rand.New(rand.NewPCG(7, 7))
	all := append([]types.BlockHash{}, r.chain.best...)
	var txs []*types.Tx
	for _, h := range all {
		txs = append(txs, r.chain.blocks[h].Block.Body.Txs...)
	}
	names := []string{"alice", "bob", "carol"}
	for round := range 40 {
		tips := r.chain.best
		parent := tips[len(tips)-1-rng.IntN(min(len(tips), 12))]
		for range 1 + rng.IntN(14) {
			reward, err := r.w.RewardTo(names[rng.IntN(3)])
			if err != nil {
				t.Fatal(err)
			}
			var put []*types.Tx
			if rng.IntN(3) == 0 {
				tx := txs[rng.IntN(len(txs))]
				if r.fits(tx, parent) {
					put = append(put, tx)
				}
			}
			parent = r.chain.mine(t, parent, reward, put...)
			if rng.IntN(4) == 0 {
				r.scan()
			}
		}
		r.scan()
		if round%8 == 7 {
			r.kill()
		}
		r.compareWithFresh()
	}
}

// fits reports whether none of a transaction's nullifiers is on the branch that ends in a block.
func (r *rig) fits(tx *types.Tx, tip types.BlockHash) bool {
	for h := tip; !h.IsZero(); h = r.chain.blocks[h].Block.Header.Parent {
		for _, old := range r.chain.blocks[h].Block.Body.Txs {
			if old.Bundles[0].Nullifiers[0] == tx.Bundles[0].Nullifiers[0] {
				return false
			}
		}
	}
	return true
}

func (r *rig) compareWithFresh() {
	r.t.Helper()
	cfg := r.config()
	cfg.Store = newMemStore()
	w, err := Open(cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := w.Catchup(context.Background()); err != nil {
		r.t.Fatal(err)
	}
	for _, name := range DevNames {
		a := r.account(name)
		sameScan(r.t, r.store, cfg.Store.(*memStore), a.key)
		sameMemory(r.t, a, r.store)
	}
}

func TestReorganisationBelowUndoRecordsScansAgain(t *testing.T) {
	r := newRig(t)
	r.busy(10)
	old := r.chain.best[9]
	a := r.account("alice")
	a.cursor.top = undoDepth + 100 // as if the wallet had been far ahead before
	other := r.chain.best[5]
	for range 8 {
		other = r.chain.mine(t, other, nil)
	}
	r.scan()
	if r.chain.best[9] == old {
		t.Fatal("no reorganisation happened")
	}
	r.compareWithFresh()
}

func TestBirthdaySkipsOlderBlocks(t *testing.T) {
	r := newRig(t)
	r.blocks(12)
	made, err := r.w.NewAccount("late", "p")
	if err != nil || made.Words == "" {
		t.Fatalf("new account: %+v, %v", made, err)
	}
	r.scan()
	// The clock of the rig is days past the chain's: the account begins at the block after the tip.
	list := r.w.Accounts()
	if got := list[len(list)-1]; got.Birthday == nil || *got.Birthday != 13 || !got.Locked || got.ScannedHeight != 12 {
		t.Fatalf("birthday: %+v", got)
	}
	r.send("alice", Payment{To: made.Account.Address, Value: mustSERO("2")})
	r.work()
	r.block()
	r.wantBalance("late", "2", "0", "0")
	r.kill()
	r.wantBalance("late", "2", "0", "0")

	// Restored with a birthday beyond the chain it waits and says so.
	if _, err := r.w.Restore(testWords, RestoreOptions{Name: "x", Passphrase: "p"}); !errors.Is(err, Invalid) {
		t.Fatalf("restoring the words that are here: %v", err)
	}
	e, err := newEntropy(r.w.cfg.Rand)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.w.Restore(e.words(), RestoreOptions{Name: "future", Passphrase: "p", Birthday: 500}); err != nil {
		t.Fatal(err)
	}
	r.scan()
	b := r.balance("future")
	if !b.Partial || b.Reason != "waiting for the node to reach block 500, where the account begins" {
		t.Fatalf("balance before the birthday: %+v", b)
	}
}

func TestFreshAccountsBeginAtTheirTime(t *testing.T) {
	r := newRig(t)
	r.blocks(40)
	_, tip := r.chain.Tip()
	first, err := r.w.firstSince(tip.Time - 10*15)
	if err != nil || first != 30 {
		t.Fatalf("first block since ten blocks ago: %d, %v, want 30", first, err)
	}
	if first, err = r.w.firstSince(tip.Time + 1); err != nil || first != 41 {
		t.Fatalf("first block since the future: %d, %v, want 41", first, err)
	}
}

func TestRescanFindsTheSameAndStaysUsable(t *testing.T) {
	r := newRig(t)
	r.busy(30)
	before := scanned(t, r.store, r.account("alice").key)
	if err := r.w.Rescan("alice", nil); err != nil {
		t.Fatal(err)
	}
	b := r.balance("alice")
	if !b.Partial || b.Reason == "" {
		t.Fatalf("while scanning: %+v", b)
	}
	if _, err := r.w.Send("alice", []Payment{{To: r.address("bob"), Value: mustSERO("1")}}, SendOptions{}); !errors.Is(err, Scanning) {
		t.Fatalf("sending while scanning: %v", err)
	}
	if s := r.w.ScanStatus(); s.Done || s.Reason == "" || s.Tip != 30 {
		t.Fatalf("status: %+v", s)
	}
	r.kill() // in the middle of it, so to speak; open scans on
	after := scanned(t, r.store, r.account("alice").key)
	if len(after) != len(before) {
		t.Fatalf("%d records, want %d", len(after), len(before))
	}
	if s := r.w.ScanStatus(); !s.Done || s.Height != 30 || len(s.Accounts) != 3 {
		t.Fatalf("status when done: %+v", s)
	}
	if err := r.w.Rescan("alice", new(types.Height(99))); !errors.Is(err, Invalid) {
		t.Fatalf("birthday beyond the chain: %v", err)
	}
}

func TestScanResumesAfterAFailedWrite(t *testing.T) {
	r := newRig(t)
	reward, err := r.w.RewardTo("alice")
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left on device")
	for range 100 {
		tip, _ := r.chain.Tip()
		r.chain.mine(t, tip, reward)
	}
	r.store.fail = func() error { return full }
	if err := r.w.Catchup(context.Background()); !errors.Is(err, full) {
		t.Fatalf("got %v", err)
	}
	sameMemory(t, r.account("alice"), r.store)
	r.store.fail = nil
	r.scan()
	r.compareWithFresh()
}

func TestDatabaseOfAnotherChainIsRefused(t *testing.T) {
	r := newRig(t)
	cfg := r.config()
	cfg.Network.Genesis = types.BlockHash{1}
	if _, err := Open(cfg); !errors.Is(err, Corrupt) {
		t.Fatalf("another chain: %v", err)
	}
	for key := range r.store.data {
		if key[0] == keyNote {
			r.store.data[key] = r.store.data[key][:10]
		}
	}
	var e *Error
	if _, err := Open(r.config()); !errors.As(err, &e) || e.Kind != Corrupt || e.Advice == "" {
		t.Fatalf("damaged record: %v", err)
	}
}

func TestNotSyncedSaysSo(t *testing.T) {
	r := newRig(t)
	cfg := r.config()
	cfg.NotSynced = func() string { return "12 blocks behind" }
	w, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Catchup(context.Background()); err != nil {
		t.Fatal(err)
	}
	if b, err := w.Balance("alice"); err != nil || !b.Partial || b.Spendable != mustSERO("300") {
		t.Fatalf("balance: %+v, %v", b, err)
	}
	if _, err := w.Send("alice", []Payment{{To: r.address("bob"), Value: mustSERO("1")}}, SendOptions{}); !errors.Is(err, NotSynced) {
		t.Fatalf("send: %v", err)
	}
}

func TestForgedCiphertextsChangeNothing(t *testing.T) {
	r := newRig(t)
	r.send("alice", Payment{To: r.address("bob"), Value: mustSERO("1"), Memo: "a\x1b[2Jb"})
	r.work()
	tx := r.pool.take()[0]
	for i := range tx.Bundles[0].Ciphertexts {
		tx.Bundles[0].Ciphertexts[i].Enc[5] ^= 1
	}
	tip, _ := r.chain.Tip()
	r.chain.mine(t, tip, nil, tx)
	r.scan()
	r.wantBalance("bob", "5", "0", "0")
	h, err := r.w.History("alice", 0, 1)
	if err != nil || h[0].Type != HistorySent || len(h[0].Parts) != 1 || h[0].Parts[0].To != "" || h[0].Parts[0].Value.Decimal(18) != "99.999579" {
		t.Fatalf("money that went nobody knows where: %+v, %v", h, err)
	}
}

func TestMemosAreShownHarmless(t *testing.T) {
	m, err := note.TextMemo("a\x1b[2J\u202eb\nc")
	if err != nil {
		t.Fatal(err)
	}
	if got := memoText(m); got != "a [2J b\nc" {
		t.Fatalf("got %q", got)
	}
	if got := memoText(note.Memo{0xff}); got != "" {
		t.Fatalf("binary memo: %q", got)
	}
}

func TestAddresses(t *testing.T) {
	r := newRig(t)
	a, err := r.w.NewAddress("bob", "shop")
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.w.NewAddress("bob", "")
	if err != nil || a.Address == b.Address {
		t.Fatalf("two addresses: %+v, %+v, %v", a, b, err)
	}
	r.send("alice", Payment{To: a.Address, Value: mustSERO("1")})
	r.work()
	r.block()
	h, err := r.w.History("bob", 0, 1)
	if err != nil || h[0].Parts[0].Label != "shop" || h[0].Parts[0].To != a.Address {
		t.Fatalf("history: %+v, %v", h, err)
	}
	if list, err := r.w.Addresses("bob"); err != nil || len(list) != 2 {
		t.Fatalf("addresses: %+v, %v", list, err)
	}
	if c := r.w.ValidateAddress(a.Address); !c.Valid || !c.Own || c.Account != "bob" {
		t.Fatalf("own address: %+v", c)
	}
	if c := r.w.ValidateAddress("sero1qqqq"); c.Valid || c.Reason == "" || c.Hint == "" {
		t.Fatalf("bad address: %+v", c)
	}
	first, err := r.w.AddressAt("bob", 0)
	if err != nil || first != r.w.Accounts()[1].Address {
		t.Fatalf("address 0: %s, %v", first, err)
	}
	if _, err := r.w.Balance(a.Address); err != nil {
		t.Fatalf("an account by its address: %v", err)
	}
}
