package chain_test

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"maps"
	"testing"
	"time"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/core/chain"
	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// price is what payments of these tests offer per unit of gas, in Ta.
var price = types.NewAmount(1_000_000_000)

// shallow returns a chain in memory that reverts at most depth blocks.
func shallow(t testing.TB, net *params.Network, depth types.Height) *testkit.Chain {
	t.Helper()
	c := testkit.OnNetwork(t, net)
	reopen(t, c, depth)
	return c
}

// reopen puts a new Manager over a chain's database, as after a restart.
func reopen(t testing.TB, c *testkit.Chain, depth types.Height) {
	t.Helper()
	m, err := chain.Open(chain.Config{
		Net: c.Net, DB: c.DB, Seal: c.Seal, Now: func() time.Time { return c.Now }, Rand: rand.Reader, MaxReorg: depth,
	})
	if err != nil {
		t.Fatal(err)
	}
	c.Manager = m
}

// branch mines n blocks on a chain, every other one with a payment, and returns them.
func branch(c *testkit.Chain, n int) []*types.Block {
	c.T.Helper()
	out := make([]*types.Block, n)
	for i := range out {
		var txs []*types.Tx
		if i%2 == 0 {
			txs = append(txs, c.Unproved(1, price))
		}
		out[i] = c.MineTrusting(txs...)
	}
	return out
}

func addAll(c *testkit.Chain, blocks []*types.Block) {
	c.T.Helper()
	for _, b := range blocks {
		c.AddTrusting(b)
	}
}

// wantTip fails unless the chain's best block is b.
func wantTip(t testing.TB, c *testkit.Chain, b *types.Block) {
	t.Helper()
	if hash, head := c.Tip(); hash != b.Hash() {
		t.Fatalf("tip: got %d %s, want %d %s", head.Number, hash, b.Header.Number, b.Hash())
	}
}

// wantErr fails unless err is want.
func wantErr(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("%s: got %v, want %v", what, err, want)
	}
}

// wantSame fails unless two chains have the same tip and the same ledger.
func wantSame(t testing.TB, got, want *testkit.Chain) {
	t.Helper()
	gotTip, _ := got.Tip()
	wantTip, _ := want.Tip()
	if gotTip != wantTip {
		t.Fatalf("tip: got %s, want %s", gotTip, wantTip)
	}
	if !maps.Equal(got.Ledger(), want.Ledger()) {
		t.Fatalf("ledger at height %d differs from that of a chain that saw only these blocks", got.Height())
	}
	if g, w := got.Weight(), want.Weight(); g != w {
		t.Errorf("weight: got %s, want %s", g.Dec(), w.Dec())
	}
}

// replay returns a new chain that has seen nothing but the best blocks of c.
func replay(c *testkit.Chain) *testkit.Chain {
	c.T.Helper()
	return c.ForkTrusting(c.Height())
}

// records counts the records under a prefix.
func records(t testing.TB, c *testkit.Chain, prefix byte) int {
	t.Helper()
	n := 0
	if err := c.DB.Iterate([]byte{prefix}, nil, func(_, _ []byte) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

func value(t testing.TB, c *testkit.Chain, key []byte) []byte {
	t.Helper()
	v, err := c.DB.Get(key)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// wantRecords holds every record but the ledger's to the blocks that the tip descends from. Diffs and states are kept for the newest kept
// blocks and the one before them.
func wantRecords(t testing.TB, c *testkit.Chain, kept types.Height) {
	t.Helper()
	hash, head := c.Tip()
	txs := 0
	height := head.Number
	for {
		b, err := c.Block(hash)
		if err != nil {
			t.Fatal(err)
		}
		n := b.Header.Number
		if got := value(t, c, store.CanonicalKey(n)); !bytes.Equal(got, hash[:]) {
			t.Fatalf("canonical hash %d: got %x, want %s", n, got, hash)
		}
		for i, tx := range b.Body.Txs {
			txs++
			got, at, err := c.Transaction(tx.ID(c.Genesis()))
			if err != nil || got.WID() != tx.WID() || at != (chain.Place{Block: hash, Height: n, Index: i}) {
				t.Fatalf("transaction %d of block %d: got place %v (%v)", i, n, at, err)
			}
		}
		wantKept(t, c, hash, n+kept >= height)
		if n == 0 {
			break
		}
		hash = b.Header.Parent
	}
	if got := records(t, c, store.PrefixCanonical); got != int(height)+1 {
		t.Errorf("canonical hashes: got %d, want %d", got, height+1)
	}
	if got := records(t, c, store.PrefixTx); got != txs {
		t.Errorf("transactions in the index: got %d, want %d", got, txs)
	}
	if got := records(t, c, store.PrefixDiff); got > int(min(kept, height))+1 {
		t.Errorf("diffs: got %d, want at most %d", got, min(kept, height)+1)
	}
	if got, want := records(t, c, store.PrefixState), records(t, c, store.PrefixDiff); got != want {
		t.Errorf("states: got %d, want %d as many as diffs", got, want)
	}
}

// wantKept holds the leaf count of a connected block to its State, and state and diff to being there or not.
func wantKept(t testing.TB, c *testkit.Chain, hash types.BlockHash, kept bool) {
	t.Helper()
	leaves := value(t, c, store.LeavesKey(hash))
	if len(leaves) != 8 {
		t.Fatalf("leaf count of %s: %x", hash, leaves)
	}
	raw, diff := value(t, c, store.StateKey(hash)), value(t, c, store.DiffKey(hash))
	if (raw != nil) != kept || (diff != nil) != kept {
		t.Fatalf("block %s: state there %t, diff there %t, want %t", hash, raw != nil, diff != nil, kept)
	}
	if !kept {
		return
	}
	state, err := consensus.DecodeState(raw)
	if err != nil || state.Hash != hash {
		t.Fatalf("state of %s: %v", hash, err)
	}
	if got := binary.BigEndian.Uint64(leaves); got != state.Leaves {
		t.Fatalf("leaf count of %s: got %d, want %d", hash, got, state.Leaves)
	}
	if _, err := ledger.DecodeDiff(diff); err != nil {
		t.Fatalf("diff of %s: %v", hash, err)
	}
}
