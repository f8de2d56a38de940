package consensus

import (
	"fmt"

	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// Stored returns as checked a block that the node's own database kept because CheckBlock had passed it: its signatures and proofs are not
// verified again. Everything cheap is, so that a damaged database is noticed. Never call it with a block from outside.
func Stored(net *params.Network, genesis types.BlockHash, b *types.Block) (*CheckedBlock, error) {
	c := &CheckedBlock{genesis: genesis, hash: b.Hash(), header: b.Header, body: b.Body}
	if err := bodyCommitted(genesis, b.Header, b.Body); err != nil {
		return nil, damaged(b, err)
	}
	for i, tx := range b.Body.Txs {
		tx, err := CheckTxCheap(net, genesis, tx, b.Header.Number)
		if err != nil {
			return nil, damaged(b, inTx(i, err))
		}
		c.txs = append(c.txs, &CheckedTx{*tx})
	}
	return c, nil
}

// damaged hides the rule that a stored block breaks: it passed all of them once, so this is no verdict on the block.
func damaged(b *types.Block, err error) error {
	return &NodeError{fmt.Errorf("stored block %s damaged: %v", b.Hash(), err)} //nolint:errorlint // not to be found as a verdict
}
