package wallet

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/tyler-smith/go-bip39"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/note"
)

const (
	testHRP   = "serodev"
	testWords = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon " +
		"abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art"
)

var (
	testToken  = types.AssetID{31: 7}
	testTicket = types.AssetID{31: 8}
)

// testFVK returns the viewing key of an account of the test words.
func testFVK(index uint32) note.FullViewingKey {
	return note.AccountKey(bip39.NewSeed(testWords, ""), index).FullViewingKey()
}

// rig is a wallet of the test words on a test chain, driven step by step unless started.
type rig struct {
	t      testing.TB
	dir    string
	chain  *testChain
	pool   *testPool
	store  *memStore
	prover *fakeProver
	now    time.Time
	w      *Wallet
}

// newRig has alice with three coins of 100 SERO and tokens and a ticket, bob with one coin, and carol with nothing.
func newRig(t testing.TB) *rig {
	t.Helper()
	alice, bob := testFVK(0), testFVK(1)
	chain := newTestChain(t, []genesisGrant{
		{alice, types.NativeAsset, mustSERO("100")},
		{alice, types.NativeAsset, mustSERO("100")},
		{alice, types.NativeAsset, mustSERO("100")},
		{bob, types.NativeAsset, mustSERO("5")},
		{alice, testToken, types.NewAmount(1000)},
		{alice, testToken, types.NewAmount(500)},
		{alice, testTicket, types.NewAmount(1)},
	})
	r := &rig{t: t, dir: t.TempDir(), chain: chain, store: newMemStore(), prover: &fakeProver{}, now: time.Unix(1_767_500_000, 0)}
	r.pool = newTestPool(chain)
	r.open()
	return r
}

func (r *rig) config() Config {
	return Config{
		Network: Network{
			ChainID: 1337, HRP: testHRP, Genesis: r.chain.genesis, Maturity: testMaturity,
			Subsidy: func(h types.Height) types.Amount {
				if h == 0 {
					return types.Amount{}
				}
				return testSubsidy
			},
			Assets: []Asset{{ID: testToken, Kind: "token", Name: "DEV"}},
		},
		Keystore: r.keystore(), Store: r.store, Chain: r.chain, Pool: r.pool, DevWords: testWords,
		Now: func() time.Time { return r.now }, Workers: 2, prover: r.prover,
	}
}

func (r *rig) keystore() *Keystore {
	r.t.Helper()
	k, err := OpenKeystore(filepath.Join(r.dir, "keystore"), testKeystore(r.now))
	if err != nil {
		r.t.Fatal(err)
	}
	return k
}

func testKeystore(now time.Time) KeystoreOptions {
	return KeystoreOptions{HRP: testHRP, ScryptN: 2, NoPassphrase: true, Now: func() time.Time { return now }}
}

// open opens the wallet anew, as a restart does.
func (r *rig) open() {
	r.t.Helper()
	w, err := Open(r.config())
	if err != nil {
		r.t.Fatal(err)
	}
	r.w = w
	r.scan()
}

// kill forgets the wallet without closing it; what it wrote stays.
func (r *rig) kill() {
	r.store = r.store.copy()
	r.open()
}

func (r *rig) scan() {
	r.t.Helper()
	if err := r.w.Catchup(context.Background()); err != nil {
		r.t.Fatal(err)
	}
}

// work makes and offers whatever can be made now.
func (r *rig) work() {
	r.t.Helper()
	for {
		r.w.offerAll()
		worked, err := r.w.workOne(context.Background())
		if err != nil {
			r.t.Fatal(err)
		}
		if !worked {
			return
		}
	}
}

// block mines what is in the pool and scans it.
func (r *rig) block() types.BlockHash {
	r.t.Helper()
	tip, _ := r.chain.Tip()
	hash := r.chain.mine(r.t, tip, nil, r.pool.take()...)
	r.scan()
	return hash
}

// blocks mines and scans until the chain has a height.
func (r *rig) blocks(height types.Height) {
	r.t.Helper()
	for r.chain.height() < height {
		r.block()
	}
}

func (r *rig) address(account string) string {
	r.t.Helper()
	a, err := r.w.NewAddress(account, "")
	if err != nil {
		r.t.Fatal(err)
	}
	return a.Address
}

func (r *rig) send(account string, payments ...Payment) string {
	r.t.Helper()
	id, err := r.w.Send(account, payments, SendOptions{})
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

func (r *rig) balance(account string) Balance {
	r.t.Helper()
	b, err := r.w.Balance(account)
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

func (r *rig) wantBalance(account, spendable, immature, pending string) {
	r.t.Helper()
	b := r.balance(account)
	got := [3]string{b.Spendable.Decimal(18), b.Immature.Decimal(18), b.Pending.Decimal(18)}
	if want := [3]string{spendable, immature, pending}; got != want {
		r.t.Fatalf("balance of %s: spendable, immature, pending %v, want %v", account, got, want)
	}
}

func (r *rig) op(id string) Operation {
	r.t.Helper()
	o, err := r.w.Operation(id)
	if err != nil {
		r.t.Fatal(err)
	}
	return o
}

func (r *rig) wantState(id, state string) Operation {
	r.t.Helper()
	o := r.op(id)
	if o.State != state {
		r.t.Fatalf("operation %s: state %s (%s, %+v), want %s", id, o.State, o.Progress, o.Error, state)
	}
	return o
}

// scanned returns what the database holds about an account's view of the chain: everything but undo records and the cursor's high mark.
func scanned(t testing.TB, s *memStore, key accountKey) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, kind := range []byte{keyNote, keyMined, keyHistory, keyTx, keyCursor} {
		err := s.Iterate(key.key(kind), nil, func(k, v []byte) error {
			if kind == keyCursor {
				v = v[:len(v)-8]
			}
			out[string(k)] = string(v)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// sameScan fails unless two stores agree about an account.
func sameScan(t testing.TB, got, want *memStore, key accountKey) {
	t.Helper()
	g, w := scanned(t, got, key), scanned(t, want, key)
	for k, v := range w {
		if g[k] != v {
			t.Fatalf("record %q: got %x, want %x", k, g[k], v)
		}
	}
	for k := range g {
		if _, ok := w[k]; !ok {
			t.Fatalf("record %q should not be there", k)
		}
	}
}

// sameMemory fails unless an account's copy in memory is what its records say.
func sameMemory(t testing.TB, a *account, s Store) {
	t.Helper()
	b := &account{key: a.key, id: a.id, incoming: a.incoming}
	if err := b.load(s); err != nil {
		t.Fatal(err)
	}
	if len(a.unspent) != len(b.unspent) || len(a.byNullifier) != len(b.byNullifier) || len(a.mined) != len(b.mined) || len(a.sent) != len(b.sent) {
		t.Fatalf("memory of %s differs in size from its records", a.name)
	}
	for pos, n := range b.unspent {
		if a.unspent[pos] == nil || !bytes.Equal(a.unspent[pos].bytes(), n.bytes()) {
			t.Fatalf("note %d of %s differs from its record", pos, a.name)
		}
	}
	for h, m := range b.mined {
		if a.mined[h] == nil || !bytes.Equal(a.mined[h].bytes(), m.bytes()) {
			t.Fatalf("reward %d of %s differs from its record", h, a.name)
		}
	}
}

func (r *rig) account(name string) *account {
	r.t.Helper()
	r.w.mu.Lock()
	defer r.w.mu.Unlock()
	a, err := r.w.find(name)
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}
