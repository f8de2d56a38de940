package consensus

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// trusting takes every signature and proof for good, except those whose first byte says otherwise. Rules are tested with it; proofs
// themselves in proofs_test.go.
type trusting struct{ failure error }

const badByte = 0xbd

func (v trusting) signatures(items []signed, _ io.Reader) (bad []int, err error) {
	for i := range items {
		if items[i].bundle.Sig[0] == badByte {
			bad = append(bad, i)
		}
	}
	return bad, v.failure
}

func (v trusting) proofs(items []*types.Bundle, _ io.Reader) (bad []int, err error) {
	for i := range items {
		if items[i].Proof[0] == badByte {
			bad = append(bad, i)
		}
	}
	return bad, v.failure
}

// token is an asset of the test genesis beside the coin.
var token = types.AssetID{31: 9}

// testNet is a dev network with genesis notes of its own. Numbers that rules depend on are written out where they are tested.
func testNet() *params.Network {
	net := params.Dev()
	net.GenesisHash = types.BlockHash{}
	net.Genesis.Notes = []params.GenesisNote{
		{PCM: types.PartialCM{31: 1}, Asset: types.NativeAsset, Value: coins(1000)},
		{PCM: types.PartialCM{31: 2}, Asset: token, Value: types.NewAmount(500)},
		{PCM: types.PartialCM{31: 3}, Asset: types.NativeAsset, Value: coins(7)},
	}
	return net
}

func coins(n uint64) types.Amount {
	a, err := types.SERO.MulGas(types.Gas(n))
	if err != nil {
		panic(err)
	}
	return a
}

// chain is a growing chain on a map.
type chain struct {
	t      testing.TB
	net    *params.Network
	view   ledger.MapView
	states []*State
	blocks []*types.Block
	out    []*Outcome
	serial uint64 // makes nullifiers and commitments distinct
}

func newChain(t testing.TB, net *params.Network) *chain {
	t.Helper()
	b, s, out, err := Genesis(net)
	if err != nil {
		t.Fatal(err)
	}
	c := &chain{t: t, net: net, view: ledger.MapView{}, states: []*State{s}, blocks: []*types.Block{b}, out: []*Outcome{out}}
	out.Diff.Apply(c.view.Put, c.view.Delete)
	return c
}

func (c *chain) tip() *State { return c.states[len(c.states)-1] }

func (c *chain) element() [32]byte {
	c.serial++
	return field.EncodeElement(field.FromUint64(c.serial<<8 | 1))
}

var testRK = types.Point(field.EncodePoint(field.BaseB()))

// tx makes a payment of k bundles that is valid at the tip, but for the proofs.
func (c *chain) tx(k int) *types.Tx {
	tip := c.tip()
	tx := &types.Tx{
		Version:  1,
		ChainID:  1337,
		Expiry:   tip.Height() + 100,
		GasLimit: types.Gas(21_000 + 400_000*k),
		GasPrice: types.NewAmount(1_000_000_000),
		Bundles:  make([]types.Bundle, k),
	}
	for i := range tx.Bundles {
		b := &tx.Bundles[i]
		b.Anchor, b.RK = tip.Header.NoteRoot, testRK
		for j := range 3 {
			b.Nullifiers[j], b.Commitments[j] = c.element(), c.element()
		}
	}
	tx.Bundles[0].ValueNative = types.NewAmount(uint64(21_000+400_000*k) * 1_000_000_000)
	return tx
}

// check runs the stateless checks on transactions at the next height.
func (c *chain) check(txs ...*types.Tx) []*CheckedTx {
	c.t.Helper()
	out := make([]*CheckedTx, len(txs))
	for i, tx := range txs {
		cheap, err := CheckTxCheap(c.net, c.tip().Genesis, tx, c.tip().Height()+1)
		if err != nil {
			c.t.Fatal(err)
		}
		if out[i], err = checkTxProofs(trusting{}, cheap, rand.Reader); err != nil {
			c.t.Fatal(err)
		}
	}
	return out
}

func (c *chain) template() Template {
	h := c.tip().Header
	t := Template{Time: h.Time + 3, CoinbasePCM: c.element()}
	binary.BigEndian.PutUint64(t.CoinbaseCt.EPK[:], c.serial)
	return t
}

// build makes the next block with transactions, none of which may be dropped.
func (c *chain) build(txs ...*types.Tx) *types.Block {
	c.t.Helper()
	b, err := Build(c.net, c.tip(), c.view, c.template(), c.check(txs...))
	if err != nil {
		c.t.Fatal(err)
	}
	if len(b.Dropped) > 0 {
		c.t.Fatalf("transaction dropped: %v", b.Dropped[0].Err)
	}
	return &types.Block{Header: b.Header, Body: b.Body}
}

// connect runs every stage but the seal on a block after the tip, and changes nothing.
func (c *chain) connect(b *types.Block) (*State, *Outcome, error) {
	if err := CheckHeaderFields(c.net, c.tip().Header, b.Header); err != nil {
		return nil, nil, err
	}
	checked, err := checkBlock(trusting{}, c.net, c.tip().Genesis, b.Header, b.Body, nil, rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	return Connect(c.net, c.tip(), c.view, checked)
}

// extend connects a block and makes it the tip.
func (c *chain) extend(b *types.Block) {
	c.t.Helper()
	s, out, err := c.connect(b)
	if err != nil {
		c.t.Fatalf("block %d: %v", b.Header.Number, err)
	}
	out.Diff.Apply(c.view.Put, c.view.Delete)
	c.states, c.blocks, c.out = append(c.states, s), append(c.blocks, b), append(c.out, out)
}

func (c *chain) mine(n int) {
	c.t.Helper()
	for range n {
		c.extend(c.build())
	}
}

// revert takes the tip back.
func (c *chain) revert() {
	last := len(c.states) - 1
	c.out[last].Diff.Revert(c.view.Put, c.view.Delete)
	c.states, c.blocks, c.out = c.states[:last], c.blocks[:last], c.out[:last]
}

// wantKind fails unless err is of the Kind; an empty Kind wants no error.
func wantKind(t testing.TB, name string, err error, kind rule.Kind) {
	t.Helper()
	if kind == "" {
		if err != nil {
			t.Errorf("%s: %v, want no error", name, err)
		}
		return
	}
	var e *rule.Error
	if !errors.As(err, &e) || e.Kind != kind {
		t.Errorf("%s: %v, want %s", name, err, kind)
	}
}

func copyTx(tx *types.Tx) *types.Tx {
	c := *tx
	c.Bundles = slices.Clone(tx.Bundles)
	return &c
}

func copyBlock(b *types.Block) *types.Block {
	body := &types.Body{Votes: slices.Clone(b.Body.Votes)}
	for _, tx := range b.Body.Txs {
		body.Txs = append(body.Txs, copyTx(tx))
	}
	return &types.Block{Header: b.Header.Copy(), Body: body}
}

// notCanonical is r, the field's order: the least value that is no element.
var notCanonical = [32]byte{
	0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8, 0x08, 0x09, 0xa1, 0xd8, 0x05,
	0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
}
