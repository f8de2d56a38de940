package chain_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/core/chain"
	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/types"
)

// tables returns the table files of a database folder.
func tables(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.ldb"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tables in %s (%v)", dir, err)
	}
	return files
}

// A rotten table is reported as one, by whatever meets it first, and no peer is blamed.
func TestRottenTable(t *testing.T) {
	s := newScript(t)
	dir := t.TempDir()
	db, err := store.Open(dir, s.options())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.run(t, db); err != nil {
		t.Fatal(err)
	}
	if err := db.Compact(nil, nil); err != nil {
		t.Fatal(err)
	}
	db.Close()
	for _, file := range tables(t, dir) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i := 64; i < len(b)*9/10; i += 512 { // the end is an index without which the table cannot even be opened
			b[i] ^= 0xff
		}
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	err = func() error {
		db, err := store.Open(dir, s.options())
		if err != nil {
			return err
		}
		defer db.Close()
		c, err := s.open(t, db)
		if err != nil {
			return err
		}
		if _, err := c.Block(s.blocks[0].Hash()); err != nil {
			return err
		}
		_, err = c.Audit()
		return err
	}()
	if !errors.Is(err, store.ErrCorrupt) || !strings.Contains(err.Error(), "gero db check") {
		t.Errorf("got %v, want ErrCorrupt and what to do about it", err)
	}
}

// A record that is missing or garbled is the node's own fault, wherever it is missed.
func TestDamagedRecords(t *testing.T) {
	type damage struct {
		name string
		key  func(c *testkit.Chain, b *types.Block) []byte // of a block below the tip
		use  func(c *testkit.Chain, b *types.Block) error
	}
	change := func(c *testkit.Chain, _ *types.Block) error { // take back both blocks
		other := testkit.Quick(t)
		for _, block := range branch(other, 2) {
			if err := add(c, block); err != nil {
				return err
			}
		}
		return add(c, branch(other, 1)[0])
	}
	updates := func(c *testkit.Chain, _ *types.Block) error { _, err := c.UpdatesSince(c.Genesis(), 5); return err }
	hash := func(f func(types.BlockHash) []byte) func(*testkit.Chain, *types.Block) []byte {
		return func(_ *testkit.Chain, b *types.Block) []byte { return f(b.Hash()) }
	}
	parent := func(f func(types.BlockHash) []byte) func(*testkit.Chain, *types.Block) []byte {
		return func(_ *testkit.Chain, b *types.Block) []byte { return f(b.Header.Parent) }
	}
	cases := []damage{
		{"body read by a follower", hash(store.BodyKey), updates},
		{"header read by a follower", hash(store.HeaderKey), updates},
		{"leaf count read by a follower", hash(store.LeavesKey), updates},
		{"canonical hash read by a follower", func(*testkit.Chain, *types.Block) []byte { return store.CanonicalKey(1) }, updates},
		{"diff needed to revert", hash(store.DiffKey), change},
		{"body needed to revert", hash(store.BodyKey), change},
		{"state needed to connect", parent(store.StateKey), change},
		{"weight of a parent", parent(store.WeightKey), change},
		{"place of a transaction", func(c *testkit.Chain, b *types.Block) []byte { return store.TxKey(b.Body.Txs[0].ID(c.Genesis())) },
			func(c *testkit.Chain, b *types.Block) error {
				_, _, err := c.Transaction(b.Body.Txs[0].ID(c.Genesis()))
				return err
			}},
	}
	for _, d := range cases {
		for _, garbled := range []bool{false, true} {
			name := d.name + "/missing"
			if garbled {
				name = d.name + "/garbled"
			}
			t.Run(name, func(t *testing.T) {
				c := testkit.Quick(t)
				b := branch(c, 2)[0]
				key := d.key(c, b)
				batch := c.DB.Batch()
				batch.Delete(key)
				if garbled {
					batch.Put(key, []byte("junk"))
				}
				if err := batch.WriteSync(); err != nil {
					t.Fatal(err)
				}
				err := d.use(c, b)
				var classed rule.Classed
				switch {
				case !garbled && strings.HasPrefix(d.name, "place"):
					wantErr(t, "a transaction without a place", err, chain.ErrNotFound)
				case !garbled && strings.HasPrefix(d.name, "state"):
					wantErr(t, "a state that is not there", err, chain.ErrDeepReorg) // as if it had been forgotten
				case err == nil || errors.As(err, &classed) && classed.Class() != rule.ClassNode:
					t.Errorf("got %v, want a fault of the node", err)
				}
			})
		}
	}
}

// A database without the records of its head cannot be opened.
func TestOpenWithoutHead(t *testing.T) {
	for name, key := range map[string]func(types.BlockHash) []byte{"state": store.StateKey, "weight": store.WeightKey} {
		c := testkit.Quick(t)
		tip := branch(c, 2)[1].Hash()
		if err := c.DB.Delete(key(tip)); err != nil {
			t.Fatal(err)
		}
		var fault *chain.NodeError
		if _, err := testkit.TryOnStore(t, c.Net, c.DB); !errors.As(err, &fault) || !strings.Contains(err.Error(), "gero db check --repair") {
			t.Errorf("no %s of the head: got %v, want a fault that says what to do", name, err)
		}
	}
}
