package fullblock

import (
	"testing"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/types"
)

// ledgerCases break rules of a transaction against the ledger. Signatures and proofs hold in all of them.
func ledgerCases() []ruleCase {
	return []ruleCase{
		{rule.AnchorUnknown, "of another branch", anchorOfAnotherBranch},
		{rule.AnchorUnknown, "512 blocks ago", anchorTooOld},
		{rule.NullifierSpent, "in an earlier block", spentEarlier},
		{rule.NullifierSpent, "earlier in the block", spentInBlock},
		{rule.PoolNegative, "fee above the pool", poolNegative},
		{rule.TreeFull, "room for two", treeFull},
	}
}

// anchorOfAnotherBranch spends against a note root that only another branch of the same chain has.
func anchorOfAnotherBranch(t *testing.T, kind rule.Kind) {
	c, branch := testkit.New(t), testkit.New(t)
	branch.Mine(payAll(branch).Tx)
	p := branch.Pay("on a branch", branch.Simple(branch.GenesisCoin(bob, 5), alice, types.SERO))
	refusedTx(t, c, p.Tx, kind, payAll(c).Tx)
	acceptedTx(t, branch, p.Tx)
}

// anchorTooOld waits until the genesis root, which empty blocks keep up to height 20, has left the window.
func anchorTooOld(t *testing.T, kind rule.Kind) {
	c := testkit.New(t)
	p := payAll(c).Changed(func(tx *types.Tx) { tx.Expiry = 1_000 })
	c.MineEmpty(20 + 512 - 1)
	last := c.Next(p) // at height 532 the root of height 20 is the oldest anchor
	c.Add(c.Next())
	refusedTx(t, c, p, kind)
	earlier := c.Fork(20 + 512 - 1)
	earlier.Add(last)
}

func spentEarlier(t *testing.T, kind rule.Kind) {
	c, fresh := testkit.New(t), testkit.New(t)
	p := payAll(c)
	again := p.Changed(func(tx *types.Tx) { tx.Expiry++ }) // another transaction with the same bundle
	c.Mine(p.Tx)
	refusedTx(t, c, again, kind, payDust(fresh).Tx)
	acceptedTx(t, fresh, again)
}

// spentInBlock is for blocks alone: in the pool the second transaction may replace the first.
func spentInBlock(t *testing.T, kind rule.Kind) {
	c := testkit.New(t)
	p := payAll(c)
	again := p.Changed(func(tx *types.Tx) { tx.Expiry++ })
	good := c.Next(p.Tx)
	refused(t, c, forced(c, good, p.Tx, again), kind, marked)
	refused(t, c, forced(c, good, p.Tx, p.Tx), kind, marked)
	c.Add(good)
}

// poolNegative makes the coin's pool smaller than a fee behind the chain's back. No valid proof takes more out of a pool than is in it: the
// rule bounds the damage of a proof that should not exist, and cannot be reached by honest means.
func poolNegative(t *testing.T, kind rule.Kind) {
	c, twin := testkit.New(t), testkit.New(t)
	p := payAll(c)
	good := c.Next(p.Tx)
	short := less(t, testkit.Fee(1), types.NewAmount(1)).Bytes()
	pool := store.LedgerKey(append([]byte{'p'}, types.NativeAsset[:]...)) // docs/protocol/ledger.md
	if had, err := c.DB.Has(pool); !had || err != nil {
		t.Fatalf("ledger has no record of the coin's pool: %v", err)
	}
	put(t, c.DB, pool, short[:])
	_, err := newPool(c).Add(p.Tx)
	wantKind(t, "mempool.Add", err, kind)
	refused(t, c, good, kind, marked)
	if _, err := newPool(twin).Add(p.Tx); err != nil {
		t.Errorf("mempool.Add of the twin: %v", err)
	}
	twin.Add(good)
}

// treeFull says in the tip's State that the note tree has three thousand million leaves more than were ever appended.
func treeFull(t *testing.T, kind rule.Kind) {
	c, twin := testkit.New(t), testkit.New(t)
	p := payAll(c)
	good := c.Next(p.Tx)
	const capacity = 3_486_784_401
	full := withLeaves(t, c, capacity-2)
	_, err := newPool(full).Add(p.Tx)
	wantKind(t, "mempool.Add", err, kind)
	refused(t, full, good, kind, marked)
	if _, err := newPool(withLeaves(t, c, capacity-3)).Add(p.Tx); err != nil {
		t.Errorf("mempool.Add with room for three: %v", err)
	}
	twin.Add(good)
}

// withLeaves opens the chain again after its tip's State was given another size of the note tree.
func withLeaves(t *testing.T, c *testkit.Chain, leaves uint64) *testkit.Chain {
	t.Helper()
	hash, _ := c.Tip()
	key := store.StateKey(hash)
	raw, err := c.DB.Get(key)
	if err != nil {
		t.Fatal(err)
	}
	state, err := consensus.DecodeState(raw)
	if err != nil {
		t.Fatal(err)
	}
	state.Leaves = leaves
	put(t, c.DB, key, state.Bytes())
	return testkit.OnStore(t, c.Net, c.DB)
}

func put(t *testing.T, db *store.Store, key, value []byte) {
	t.Helper()
	if err := db.Update(func(w store.Writer) error { return w.Put(key, value) }); err != nil {
		t.Fatal(err)
	}
}
