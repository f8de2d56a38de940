package consensus

import (
	"crypto/rand"
	"testing"

	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// large looks like a ledger with a million notes: every node of the tree that is asked for is there. Reads are counted.
type large struct {
	ledger.View
	reads int
}

const million = 1_000_000

func (l *large) Get(key []byte) ([]byte, bool) {
	l.reads++
	if len(key) == 10 && key[0] == 't' {
		b := field.EncodeElement(field.FromUint64(uint64(key[9]) + 1))
		return b[:], true
	}
	return l.View.Get(key)
}

// millionNotes returns a chain whose tip has a million leaves, without a million hashes: only the inner nodes at the edge count.
func millionNotes(t testing.TB) (*chain, *State, *large) {
	c := newChain(t, testNet())
	c.mine(21)
	s := *c.tip()
	s.Leaves = million
	return c, &s, &large{View: c.view}
}

func sixty(c *chain) []*CheckedTx {
	txs := make([]*types.Tx, 60)
	for i := range txs {
		txs[i] = c.tx(1)
	}
	return c.check(txs...)
}

func checkedBlock(t testing.TB, c *chain, s *State, v ledger.View, txs []*CheckedTx) *CheckedBlock {
	t.Helper()
	built, err := Build(c.net, s, v, c.template(), txs)
	if err != nil || len(built.Dropped) != 0 {
		t.Fatalf("dropped %v (%v)", built.Dropped, err)
	}
	b, err := checkBlock(trusting{}, c.net, s.Genesis, built.Header, built.Body, nil, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// No operation reads all leaves, nullifiers or blocks: what connecting reads is bounded by the block.
func TestConnectReadsLittle(t *testing.T) {
	c, s, v := millionNotes(t)
	txs := sixty(c)
	b := checkedBlock(t, c, s, v, txs)
	v.reads = 0
	_, out, err := Connect(c.net, s, v, b)
	if err != nil {
		t.Fatal(err)
	}
	// Per payment: an anchor, three nullifiers looked up twice; per changed key its old value; and the tree's edge.
	if most := 60*7 + len(out.Diff.Changes) + 150; v.reads > most {
		t.Errorf("%d reads, want at most %d", v.reads, most)
	}
	v.reads = 0
	if err := CheckContext(c.net, s, v, txs[0].Cheap()); err != nil || v.reads > 10 {
		t.Errorf("context check: %d reads (%v), want at most 10", v.reads, err)
	}
}

func BenchmarkConnect60Payments(b *testing.B) {
	c, s, v := millionNotes(b)
	block := checkedBlock(b, c, s, v, sixty(c))
	b.Run("ledger", func(b *testing.B) {
		for range b.N {
			if _, _, err := Connect(c.net, s, v, block); err != nil {
				b.Fatal(err)
			}
		}
	})
	p := devPayment(b)
	body := new(types.Body)
	for range 60 {
		body.Txs = append(body.Txs, p.tx)
	}
	h := &types.Header{Number: 1, BodyRoot: body.Root(p.c.tip().Genesis), GasUsed: 60 * 421_000}
	b.Run("proofs", func(b *testing.B) {
		for range b.N {
			if _, err := CheckBlock(p.c.net, p.c.tip().Genesis, h, body, nil, rand.Reader); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("all", func(b *testing.B) {
		for range b.N {
			if _, err := CheckBlock(p.c.net, p.c.tip().Genesis, h, body, nil, rand.Reader); err != nil {
				b.Fatal(err)
			}
			if _, _, err := Connect(c.net, s, v, block); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkCheckContext(b *testing.B) {
	c, s, v := millionNotes(b)
	tx := c.check(c.tx(1))[0].Cheap()
	for range b.N {
		if err := CheckContext(c.net, s, v, tx); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCheckTxCheap(b *testing.B) {
	c := newChain(b, testNet())
	tx := c.tx(1)
	for range b.N {
		if _, err := CheckTxCheap(c.net, c.tip().Genesis, tx, 1); err != nil {
			b.Fatal(err)
		}
	}
}
