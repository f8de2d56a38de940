package consensus

import (
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// Stored returns as checked a block that the node's own database kept because CheckBlock had passed it: its signatures and proofs are not
// verified again. Everything cheap is, so that a damaged database is noticed. Never call it with a block from outside.
func Stored(net *params.Network, genesis types.BlockHash, b *types.Block) (*CheckedBlock, error) {
	c := &CheckedBlock{genesis: genesis, hash: b.Hash(), header: b.Header, body: b.Body}
	if err := bodyCommitted(genesis, b.Header, b.Body); err != nil {
		return nil, &NodeError{err}
	}
	for i, tx := range b.Body.Txs {
		cheap, err := CheckTxCheap(net, genesis, tx, b.Header.Number)
		if err != nil {
			return nil, &NodeError{inTx(i, err)}
		}
		c.txs = append(c.txs, &CheckedTx{*cheap})
	}
	return c, nil
}
