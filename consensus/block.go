package consensus

import (
	"errors"
	"fmt"
	"io"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/many"
)

// CheckedBlock is a body that belongs to its header and passed every stateless check. Only CheckBlock makes one. It is read-only.
type CheckedBlock struct {
	genesis types.BlockHash
	hash    types.BlockHash
	header  *types.Header
	body    *types.Body
	txs     []*CheckedTx
}

// Block returns the block, which must not be changed.
func (b *CheckedBlock) Block() *types.Block { return &types.Block{Header: b.header, Body: b.body} }

// Hash returns the block's hash.
func (b *CheckedBlock) Hash() types.BlockHash { return b.hash }

// Txs returns the block's transactions in order; the slice must not be changed.
func (b *CheckedBlock) Txs() []*CheckedTx { return b.txs }

// BlamesSender reports whether a body was refused because it is not the one its header commits to. That says nothing about the header:
// another peer may have the right body.
func BlamesSender(err error) bool { return errors.Is(err, rule.BodyRoot) }

// CheckBlock checks a body against its header and all that can be checked without the ledger: every transaction, all signatures and
// proofs in one parallel batch. The header must have passed CheckHeader. known, which may be nil, returns a transaction that was checked
// before, for the same network, with exactly those bytes, or nil; its proofs are not verified again. It is called from several goroutines at
// once. rnd must be unpredictable to the transactions' makers: crypto/rand.Reader.
func CheckBlock(net *params.Network, genesis types.BlockHash, h *types.Header, body *types.Body, known func(types.WTxID) *CheckedTx,
	rnd io.Reader) (*CheckedBlock, error) {
	return checkBlock(statements{}, net, genesis, h, body, known, rnd)
}

func checkBlock(v verifier, net *params.Network, genesis types.BlockHash, h *types.Header, body *types.Body,
	known func(types.WTxID) *CheckedTx, rnd io.Reader) (*CheckedBlock, error) {
	for _, check := range []func(types.BlockHash, *types.Header, *types.Body) error{
		bodyCommitted, // first: until it holds, nothing in the body says anything about the header
		bodySmall,
		votesCounted,
	} {
		if err := check(genesis, h, body); err != nil {
			return nil, err
		}
	}
	txs, err := checkTxs(v, net, genesis, h.Number, body.Txs, known, rnd)
	if err != nil {
		return nil, err
	}
	if err := gasUsedAddsUp(h, txs); err != nil {
		return nil, err
	}
	return &CheckedBlock{genesis: genesis, hash: h.Hash(), header: h, body: body, txs: txs}, nil
}

// B20: the body's encoding is at most 4 MiB.
func bodySmall(_ types.BlockHash, _ *types.Header, body *types.Body) error {
	if n := len(body.Bytes()); n > types.MaxBodySize {
		return rule.New(rule.BodySize, "%d bytes, limit %d", n, types.MaxBodySize)
	}
	return nil
}

// B21: the body is the one the header commits to.
func bodyCommitted(genesis types.BlockHash, h *types.Header, body *types.Body) error {
	if root := body.Root(genesis); root != h.BodyRoot {
		return rule.New(rule.BodyRoot, "%s, header says %s", root, h.BodyRoot)
	}
	return nil
}

// B22: the body has as many votes as the header says.
func votesCounted(_ types.BlockHash, h *types.Header, body *types.Body) error {
	if len(body.Votes) != int(h.Votes) {
		return rule.New(rule.VoteCount, "%d, header says %d", len(body.Votes), h.Votes)
	}
	return nil
}

// B23: gas used is the sum over the transactions.
func gasUsedAddsUp(h *types.Header, txs []*CheckedTx) error {
	var sum types.Gas
	for _, tx := range txs {
		sum += tx.Gas() // at most 4 MiB of transactions of at most 2^21 gas each
	}
	if sum != h.GasUsed {
		return rule.New(rule.GasUsedWrong, "%d, header says %d", sum, h.GasUsed)
	}
	return nil
}

// checkTxs runs the stateless checks on a block's transactions, cheap ones first, then the proofs of those not known in one batch.
func checkTxs(v verifier, net *params.Network, genesis types.BlockHash, height types.Height, txs []*types.Tx,
	known func(types.WTxID) *CheckedTx, rnd io.Reader) ([]*CheckedTx, error) {
	checked := make([]*CheckedTx, len(txs))
	errs := make([]error, len(txs))
	fresh := make([]bool, len(txs))
	many.Parallel(len(txs), func(i int) {
		var old *CheckedTx
		if known != nil {
			old = known(txs[i].WID())
		}
		if old != nil && old.genesis == genesis {
			checked[i], errs[i] = old, allowedAtHeight(net, old.tx, height)
			return
		}
		c, err := CheckTxCheap(net, genesis, txs[i], height)
		if err != nil {
			errs[i] = err
			return
		}
		checked[i], fresh[i] = &CheckedTx{*c}, true
	})
	for i, err := range errs {
		if err != nil {
			return nil, inTx(i, err)
		}
	}
	var unproved []*CheapTx
	var index []int
	for i := range checked {
		if fresh[i] {
			unproved, index = append(unproved, &checked[i].cheap), append(index, i)
		}
	}
	if n, err := checkProofs(v, unproved, rnd); err != nil {
		if n < 0 {
			return nil, err
		}
		return nil, inTx(index[n], err)
	}
	return checked, nil
}

// inTx adds to an error which transaction of the block it is about.
func inTx(i int, err error) error {
	var r *rule.Error
	if errors.As(err, &r) {
		return rule.Wrap(r.Kind, r.Err, "transaction %d: %s", i, r.Detail)
	}
	return fmt.Errorf("transaction %d: %w", i, err)
}
