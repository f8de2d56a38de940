package testkit

import (
	"crypto/rand"
	"sync"
	"testing"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// Many tests need many payments and nothing of what proofs say. An unproved payment has neither proof nor signature; a chain takes it in a
// block only together with Trusted, as it takes a pool's transactions whose proofs were verified before.

var trusted sync.Map // types.WTxID -> *consensus.CheckedTx

// Trusted is what AddChecked wants as known: every transaction that Trust has seen.
func Trusted(wid types.WTxID) *consensus.CheckedTx {
	if tx, ok := trusted.Load(wid); ok {
		return tx.(*consensus.CheckedTx) //nolint:forcetypeassert // nothing else is stored
	}
	return nil
}

// Unproved returns a payment of random notes, anchored at the tip, that passes every check but those of its signatures and proofs.
func (c *Chain) Unproved(bundles int, price types.Amount) *types.Tx {
	c.T.Helper()
	_, head := c.Tip()
	tx := &types.Tx{
		Version:  types.TxVersion,
		ChainID:  c.Net.ChainID,
		Expiry:   head.Number + 200,
		GasLimit: types.Gas(21_000 + 400_000*bundles), //nolint:gosec // a small count
		GasPrice: price,
		Bundles:  make([]types.Bundle, bundles),
	}
	rk := types.Point(field.EncodePoint(field.BaseB()))
	for i := range tx.Bundles {
		b := &tx.Bundles[i]
		b.Anchor, b.RK = head.NoteRoot, rk
		for j := range b.Nullifiers {
			b.Nullifiers[j], b.Commitments[j] = element(), element()
		}
	}
	fee, err := price.MulGas(tx.GasLimit)
	must(c.T, err)
	tx.Bundles[0].ValueNative = fee
	return tx
}

// element returns a random canonical field element that is not zero.
func element() (b [32]byte) {
	rand.Read(b[1:]) //nolint:errcheck // never fails
	b[31] |= 1
	return b
}

// Trust returns an unproved payment as if its proofs had been verified.
func (c *Chain) Trust(tx *types.Tx) *consensus.CheckedTx {
	c.T.Helper()
	// A block from the node's own database is taken on trust, so the payment is put into one.
	body := &types.Body{Txs: []*types.Tx{tx}}
	b := &types.Block{Header: &types.Header{Number: tx.Expiry - 1, BodyRoot: body.Root(c.Genesis())}, Body: body}
	checked, err := consensus.Stored(c.Net, c.Genesis(), b)
	must(c.T, err)
	trusted.Store(tx.WID(), checked.Txs()[0])
	return checked.Txs()[0]
}

// NextTrusting returns a valid sealed block on the tip, unlike any other, with unproved payments, without adding it. Its time is a number
// of seconds after its parent's.
func (c *Chain) NextTrusting(seconds types.Time, txs ...*types.Tx) *types.Block {
	c.T.Helper()
	_, head := c.Tip()
	checked := make([]*consensus.CheckedTx, len(txs))
	for i, tx := range txs {
		checked[i] = c.Trust(tx)
	}
	built, err := c.Build(consensus.Template{Time: head.Time + seconds, CoinbasePCM: element()}, checked)
	must(c.T, err)
	if len(built.Dropped) != 0 {
		c.T.Fatalf("transactions left out: %v", built.Dropped[0].Err)
	}
	return c.Sealed(&types.Block{Header: built.Header, Body: built.Body})
}

// AddTrusting adds a block that may hold unproved payments and must be taken.
func (c *Chain) AddTrusting(b *types.Block) {
	c.T.Helper()
	if err := c.AddChecked(b, Trusted); err != nil {
		c.T.Fatalf("block %d: %v", b.Header.Number, err)
	}
}

// MineTrusting adds a block with unproved payments and returns it.
func (c *Chain) MineTrusting(txs ...*types.Tx) *types.Block {
	c.T.Helper()
	b := c.NextTrusting(1, txs...)
	c.AddTrusting(b)
	return b
}

// ForkTrusting is Fork for a chain with unproved payments.
func (c *Chain) ForkTrusting(height types.Height) *Chain {
	c.T.Helper()
	f := OnNetwork(c.T, c.Net)
	for n := types.Height(1); n <= height; n++ {
		b := c.At(n)
		for _, tx := range b.Body.Txs {
			c.Trust(tx) // another process may have made it
		}
		f.AddTrusting(b)
	}
	return f
}

// QuickNetwork is Network with a proof of work that costs next to nothing, for tests of many blocks. Its genesis is Network's, and so are
// its payments' proofs.
func QuickNetwork() *params.Network {
	net := Network()
	net.Work.CacheSize, net.Work.DatasetInit, net.Work.DatasetMax = 8<<10, 64<<10, 64<<10
	net.Work.ScratchpadSize, net.Work.Accesses, net.Work.Mutations, net.Work.Parents = 1<<10, 4, 1, 2
	return net
}

// Quick returns a chain of QuickNetwork in memory.
func Quick(t testing.TB) *Chain { return OnNetwork(t, QuickNetwork()) }
