package mempool

import (
	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/types"
)

// Status is the pool in numbers.
type Status struct {
	Count   int
	Bytes   int
	Bundles int
}

// Status returns the pool in numbers.
func (p *Pool) Status() Status {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Status{len(p.txs), p.bytes, p.bundles}
}

// Pending returns waiting transactions in the order a miner should take them, the best paid first.
func (p *Pool) Pending() []*consensus.CheckedTx {
	p.mu.Lock()
	defer p.mu.Unlock()
	var txs []*consensus.CheckedTx
	for _, e := range p.ordered() {
		txs = append(txs, e.tx)
	}
	return txs
}

// Get returns a waiting transaction, or nil.
func (p *Pool) Get(id types.TxID) *consensus.CheckedTx {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.txs[id]; e != nil {
		return e.tx
	}
	return nil
}

// Has reports whether a transaction waits.
func (p *Pool) Has(id types.TxID) bool { return p.Get(id) != nil }

// Checked returns a lookup by all bytes, for a block whose transactions were checked here before.
func (p *Pool) Checked() func(types.WTxID) *consensus.CheckedTx {
	p.mu.Lock()
	defer p.mu.Unlock()
	byBytes := make(map[types.WTxID]*consensus.CheckedTx, len(p.txs))
	for _, e := range p.txs {
		byBytes[e.tx.WID()] = e.tx
	}
	return func(wid types.WTxID) *consensus.CheckedTx { return byBytes[wid] }
}

// Subscribe returns a channel that receives after transactions were added; the function ends the subscription.
func (p *Pool) Subscribe() (<-chan struct{}, func()) { return p.subs.Subscribe() }
