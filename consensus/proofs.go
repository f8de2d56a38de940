package consensus

import (
	"errors"
	"fmt"
	"io"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/groth"
	"github.com/gero-chain/gero/zk/schnorr"
	"github.com/gero-chain/gero/zk/transfer"
)

// verifier verifies the signatures and proofs of many bundles at once. Both methods return the ascending indices of some that do not hold,
// none only if all hold; an error is about the call and says nothing about any of them.
type verifier interface {
	signatures(items []signed, rnd io.Reader) (bad []int, err error)
	proofs(items []*types.Bundle, rnd io.Reader) (bad []int, err error)
}

type signed struct {
	hash   types.SigHash
	bundle *types.Bundle
}

// CheckTxProofs verifies signatures and proofs. rnd must be unpredictable to the transaction's maker: crypto/rand.Reader.
func CheckTxProofs(tx *CheapTx, rnd io.Reader) (*CheckedTx, error) {
	return checkTxProofs(statements{}, tx, rnd)
}

func checkTxProofs(v verifier, tx *CheapTx, rnd io.Reader) (*CheckedTx, error) {
	if _, err := checkProofs(v, []*CheapTx{tx}, rnd); err != nil {
		return nil, err
	}
	return &CheckedTx{*tx}, nil
}

// checkProofs verifies the signatures, then the proofs of many transactions. With a verdict it returns the number of the transaction, with
// any other error -1.
func checkProofs(v verifier, txs []*CheapTx, rnd io.Reader) (int, error) {
	if len(txs) == 0 {
		return -1, nil
	}
	var sigs []signed
	var bundles []*types.Bundle
	var at [][2]int // of each bundle: transaction, index in it
	for i, c := range txs {
		hash := c.tx.SigHash(c.genesis)
		for j := range c.tx.Bundles {
			b := &c.tx.Bundles[j]
			sigs, bundles, at = append(sigs, signed{hash, b}), append(bundles, b), append(at, [2]int{i, j})
		}
	}
	// X18: each bundle's signature verifies under its rk.
	bad, err := v.signatures(sigs, rnd)
	if err != nil {
		return -1, nodeError(err)
	}
	if len(bad) > 0 {
		i := at[bad[0]]
		return i[0], rule.New(rule.SignatureInvalid, "bundle %d", i[1])
	}
	// X19: each bundle's proof verifies.
	if bad, err = v.proofs(bundles, rnd); err != nil {
		return -1, nodeError(err)
	}
	if len(bad) > 0 {
		i := at[bad[0]]
		return i[0], rule.New(rule.ProofInvalid, "bundle %d", i[1])
	}
	return -1, nil
}

// NodeError is a fault of the node itself while it checked something: no verdict.
type NodeError struct{ Err error }

// Error returns the cause.
func (e *NodeError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *NodeError) Unwrap() error { return e.Err }

// Class returns ClassNode.
func (e *NodeError) Class() rule.Class { return rule.ClassNode }

func nodeError(err error) error { return &NodeError{fmt.Errorf("proof verification: %w", err)} }

// statements verifies with the pinned keys of the statements.
type statements struct{}

func (statements) signatures(items []signed, rnd io.Reader) ([]int, error) {
	batch := make([]schnorr.Item, len(items))
	for i, s := range items {
		batch[i] = schnorr.Item{Tag: schnorr.TagSpend, PK: s.bundle.RK, Msg: s.hash, Sig: s.bundle.Sig}
	}
	return schnorr.VerifyBatch(batch, rnd)
}

func (statements) proofs(bundles []*types.Bundle, rnd io.Reader) ([]int, error) {
	batch := make([]groth.Item, len(bundles))
	for i, b := range bundles {
		var err error
		if batch[i], err = transfer.Item(transfer.PublicOf(b), b.Proof); err != nil {
			return nil, err // X8 and X9 have held: only the key can be at fault.
		}
	}
	i, err := groth.FirstBad(batch, rnd)
	if err != nil || i < 0 {
		return nil, err
	}
	return []int{i}, nil // one condemns the block: nobody asks for the others
}

// ErrKeys reports that this program's verifying keys are not the network's: it would judge every proof wrongly and must not start.
var ErrKeys = errors.New("verifying key not the network's")

// CheckKeys holds the verifying keys of this program to the hashes that the network pins. An unpinned one (zero) is not compared, but must
// still load.
func CheckKeys(net *params.Network) error {
	vk, err := transfer.VerifyingKey()
	if err != nil {
		return nodeError(err)
	}
	if net.TransferKey != ([32]byte{}) && vk.Hash() != net.TransferKey {
		return fmt.Errorf("%w: statement T of %s has %x, pinned is %x", ErrKeys, net.Name, vk.Hash(), net.TransferKey)
	}
	return nil
}
