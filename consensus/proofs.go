package consensus

import (
	"errors"
	"fmt"
	"io"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/types"
)

// verifier verifies the signatures and proofs of many bundles at once. Both methods return the ascending indices of those that do not
// hold; an error is about the call and says nothing about any of them.
type verifier interface {
	signatures(items []signed) (bad []int, err error)
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
	bad, err := v.signatures(sigs)
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

// statements verifies with the keys of the statements.
type statements struct{}

var errNoKey = errors.New("no verifying key of statement T in this build")

func (statements) signatures([]signed) ([]int, error) { return nil, errNoKey }

func (statements) proofs([]*types.Bundle, io.Reader) ([]int, error) { return nil, errNoKey }
