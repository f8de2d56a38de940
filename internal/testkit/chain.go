// Package testkit makes real chains for tests: sealed blocks, real payments whose proofs are made once and kept, forks and broken twins.
package testkit

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/core/chain"
	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// Network returns a network like dev on which any nonce with its right mix is a seal, so that tests spend no time on work.
func Network() *params.Network {
	net := params.Dev()
	net.Name = "test"
	net.GenesisHash = types.BlockHash{}
	net.MinDifficulty = types.NewDifficulty(1)
	net.Genesis.Difficulty = types.NewDifficulty(1)
	return net
}

// Chain is a chain.Manager with a miner that finds every seal at once. Its clock stands an hour after the newest block it made.
type Chain struct {
	*chain.Manager
	T    testing.TB
	Net  *params.Network
	DB   *store.Store
	Now  time.Time
	Seal *pow.LightVerifier

	algorithm *pow.Algorithm
	serial    byte
}

// New returns a chain of Network in memory.
func New(t testing.TB) *Chain { return OnNetwork(t, Network()) }

// OnNetwork returns a chain of a network in memory.
func OnNetwork(t testing.TB, net *params.Network) *Chain {
	t.Helper()
	_, genesis, _, err := consensus.Genesis(net)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.OpenMemory(store.Options{Layout: store.ChainLayout, Network: net.Name, Genesis: genesis.Genesis})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return OnStore(t, net, db)
}

// OnStore returns a chain over a database that the caller closes.
func OnStore(t testing.TB, net *params.Network, db *store.Store) *Chain {
	t.Helper()
	c, err := TryOnStore(t, net, db)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TryOnStore is OnStore for a database that may be broken.
func TryOnStore(t testing.TB, net *params.Network, db *store.Store) (*Chain, error) {
	t.Helper()
	algorithm, err := pow.Gerohash(net.Work)
	if err != nil {
		t.Fatal(err)
	}
	c := &Chain{T: t, Net: net, DB: db, Seal: verifierOf(net, algorithm), algorithm: algorithm}
	c.Now = time.Unix(int64(net.Genesis.Time), 0).Add(time.Hour) //nolint:gosec // a date
	c.Manager, err = chain.Open(chain.Config{Net: net, DB: db, Seal: c.Seal, Now: func() time.Time { return c.Now }, Rand: rand.Reader})
	return c, err
}

// Template returns what the next block of this chain's miner says freely. Two templates on one parent differ.
func (c *Chain) Template() consensus.Template {
	_, head := c.Tip()
	c.serial++
	return consensus.Template{Time: head.Time + 1, CoinbasePCM: types.PartialCM{30: c.serial, 31: 7}, Extra: []byte{c.serial}}
}

// Next returns a valid sealed block on the tip with the given transactions, without adding it. Transactions that do not fit fail the test.
func (c *Chain) Next(txs ...*types.Tx) *types.Block {
	c.T.Helper()
	return c.NextWith(c.Template(), txs...)
}

// NextWith is Next with a given template.
func (c *Chain) NextWith(t consensus.Template, txs ...*types.Tx) *types.Block {
	c.T.Helper()
	_, head := c.Tip()
	checked := make([]*consensus.CheckedTx, len(txs))
	for i, tx := range txs {
		var err error
		if checked[i], err = consensus.CheckTx(c.Net, c.Genesis(), tx, head.Number+1, rand.Reader); err != nil {
			c.T.Fatalf("transaction %d: %v", i, err)
		}
	}
	built, err := c.Build(t, checked)
	if err != nil {
		c.T.Fatal(err)
	}
	if len(built.Dropped) != 0 {
		c.T.Fatalf("transactions left out: %v", built.Dropped[0].Err)
	}
	return c.Sealed(&types.Block{Header: built.Header, Body: built.Body})
}

// Sealed returns the block with a seal for its header as it is, valid or not.
func (c *Chain) Sealed(b *types.Block) *types.Block {
	c.T.Helper()
	h := b.Header.Copy()
	h.Nonce = types.Nonce{}
	h.Mix = types.Mix{}
	cache, err := c.Seal.Cache(c.algorithm.Epoch(h.Number))
	if err != nil {
		c.T.Fatal(err)
	}
	hasher, target := pow.NewHasher(c.algorithm), pow.Target(h.Difficulty)
	for n := 0; ; n++ {
		h.Nonce[6], h.Nonce[7] = byte(n>>8), byte(n)
		mix, result := hasher.Hash(cache.Light(), h.SealHash(), h.Nonce)
		if pow.Meets(result, target) {
			h.Mix = mix
			return &types.Block{Header: h, Body: b.Body}
		}
	}
}

// Broken returns a sealed block that differs from b by a change. The change is made to a copy, which Recommit brings in line where it
// should be.
func (c *Chain) Broken(b *types.Block, change func(b *types.Block)) *types.Block {
	c.T.Helper()
	broken, err := types.DecodeBlock(b.Bytes())
	if err != nil {
		c.T.Fatal(err)
	}
	change(broken)
	return c.Sealed(broken)
}

// Recommit makes the header say of the body what is true: root, votes and gas.
func (c *Chain) Recommit(b *types.Block) {
	b.Header.BodyRoot = b.Body.Root(c.Genesis())
	b.Header.Votes = uint8(len(b.Body.Votes)) //nolint:gosec // a handful
	b.Header.GasUsed = 0
	for _, tx := range b.Body.Txs {
		b.Header.GasUsed += consensus.IntrinsicGas(tx)
	}
}

// Mine adds a block with the given transactions on the tip and returns it.
func (c *Chain) Mine(txs ...*types.Tx) *types.Block {
	c.T.Helper()
	b := c.Next(txs...)
	c.Add(b)
	return b
}

// MineEmpty adds n blocks without transactions.
func (c *Chain) MineEmpty(n int) {
	c.T.Helper()
	for range n {
		c.Mine()
	}
}

// Add adds a block that must be taken.
func (c *Chain) Add(b *types.Block) {
	c.T.Helper()
	if err := c.AddBlock(b); err != nil {
		c.T.Fatalf("block %d: %v", b.Header.Number, err)
	}
}

// Fork returns a chain in memory that has this chain's best blocks up to a height. What it mines from there on differs from this chain's.
func (c *Chain) Fork(height types.Height) *Chain {
	c.T.Helper()
	f := OnNetwork(c.T, c.Net)
	f.serial = c.serial + 100
	for n := types.Height(1); n <= height; n++ {
		f.Add(c.At(n))
	}
	return f
}

// At returns the best chain's block at a height.
func (c *Chain) At(n types.Height) *types.Block {
	c.T.Helper()
	hash, err := c.HashAt(n)
	if err != nil {
		c.T.Fatal(err)
	}
	b, err := c.Block(hash)
	if err != nil {
		c.T.Fatal(err)
	}
	return b
}

// Height returns the height of the tip.
func (c *Chain) Height() types.Height {
	_, h := c.Tip()
	return h.Number
}

// Ledger returns all ledger records, for comparing two chains.
func (c *Chain) Ledger() map[string]string {
	c.T.Helper()
	all := make(map[string]string)
	if err := c.DB.Iterate([]byte{store.PrefixLedger}, nil, func(k, v []byte) error {
		all[string(bytes.Clone(k))] = string(bytes.Clone(v))
		return nil
	}); err != nil {
		c.T.Fatal(err)
	}
	return all
}

// MustConsistent fails the test unless the supply of every asset adds up.
func (c *Chain) MustConsistent() {
	c.T.Helper()
	supplies, err := c.Audit()
	if err != nil {
		c.T.Fatal(err)
	}
	for _, s := range supplies {
		if !s.Consistent {
			c.T.Errorf("supply of %s does not add up at height %d: %s", s.Asset, c.Height(), s)
		}
	}
}

// IsKnown reports whether an error says that the block was there already.
func IsKnown(err error) bool { return errors.Is(err, chain.ErrKnown) }
