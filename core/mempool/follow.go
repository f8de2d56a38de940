package mempool

import (
	"context"
	"errors"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/types"
)

// updateBlocks is how many blocks the pool follows at once.
const updateBlocks = 64

// Run follows the chain until the context ends or the chain cannot be read.
func (p *Pool) Run(ctx context.Context) error {
	changed, stop := p.chain.Subscribe()
	defer stop()
	for {
		if err := p.Follow(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		}
	}
}

// Follow brings the pool up to the chain's tip: what was mined, or can no longer be, leaves; what a reorganisation took out of blocks
// comes back.
func (p *Pool) Follow() error {
	p.following.Lock()
	defer p.following.Unlock()
	var back []*consensus.CheckedTx
	for {
		p.mu.Lock()
		tip := p.tip
		p.mu.Unlock()
		u, err := p.chain.UpdatesSince(tip, updateBlocks)
		if err != nil {
			return err
		}
		if len(u.Applied)+len(u.Reverted) == 0 {
			break
		}
		for i := range u.Reverted {
			// The chain has connected the block before, so its proofs need no second look.
			stored, err := consensus.Stored(p.net, p.chain.Genesis(), u.Reverted[i].Block)
			if err != nil {
				return err
			}
			if len(back) < p.limits.bundles { // more have no room
				back = append(back, stored.Txs()...)
			}
			tip = u.Reverted[i].Block.Header.Parent
		}
		p.mu.Lock()
		for i := range u.Applied {
			p.mined(u.Applied[i].Block)
			tip = u.Applied[i].Hash
		}
		p.tip = tip
		p.mu.Unlock()
	}
	if err := p.dropDead(); err != nil {
		return err
	}
	for _, tx := range back {
		err := p.admit(tx.Cheap())
		if err == nil {
			err = p.insert(tx)
		}
		if isNodeFault(err) {
			return err
		}
	}
	return nil
}

// mined removes a block's transactions and those that spend the same notes.
func (p *Pool) mined(b *types.Block) {
	for _, tx := range b.Body.Txs {
		for _, nf := range nullifiers(tx) {
			if e := p.spends[nf]; e != nil {
				p.remove(e)
			}
		}
	}
}

// dropDead removes what the ledger at the tip refuses, such as transactions whose anchor a reorganisation took away. It looks at every
// waiting transaction; each look costs a few database reads.
func (p *Pool) dropDead() error {
	for _, tx := range p.Pending() {
		err := p.chain.CheckContext(tx.Cheap())
		if err == nil {
			var anchor types.Height
			if anchor, err = p.lowestAnchor(tx.Tx()); err == nil {
				err = p.worthKeeping(tx.Tx(), anchor)
			}
		}
		if isNodeFault(err) {
			return err
		}
		if err != nil {
			p.drop(tx)
		}
	}
	return nil
}

func (p *Pool) drop(tx *consensus.CheckedTx) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.txs[tx.ID()]; e != nil && e.tx == tx {
		p.remove(e)
	}
}

// isNodeFault reports an error that says nothing about a transaction.
func isNodeFault(err error) bool {
	var classed rule.Classed
	return err != nil && (!errors.As(err, &classed) || classed.Class() == rule.ClassNode)
}
