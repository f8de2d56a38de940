// Package consensus decides which blocks and transactions are valid and what they do to the ledger. Everything in it is a function of its
// arguments: no clock, disk, network or log.
//
// Validity comes in stages, and each stage's result is a type that only its check can make: CheckTxCheap and CheckTxProofs make a
// CheckedTx, CheckBlock makes a CheckedBlock, and Connect accepts nothing else. The mempool (CheckContext), the miner (Build) and block
// connection (Connect) run the same code on a transaction.
//
// Three kinds of errors leave this package: *rule.Error, a verdict; errors of class node, our own fault and no verdict on anything; and
// plain errors about a call that should not have been made.
package consensus

import (
	"fmt"

	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/types"
)

// State is the small part of the ledger after a block that is kept for each block; the large part is key-value data. A State is not
// changed after it has been made.
type State struct {
	Genesis    types.BlockHash // hash of the chain's first block
	Header     *types.Header   // of the block
	Hash       types.BlockHash // of the block
	Leaves     uint64          // size of the note tree
	Nullifiers ledger.Range    // all nullifiers so far
	Assets     uint64          // length of the list of all assets
	Immature   types.Amount    // sum of the pending rewards, in Ta
}

// Height returns the height of the State's block.
func (s *State) Height() types.Height { return s.Header.Number }

// Bytes returns the canonical encoding: genesis hash, header, leaves, nullifiers, assets, immature.
func (s *State) Bytes() []byte {
	e := types.NewEncoder(types.MaxHeaderSize + 1024)
	e.Raw(s.Genesis[:])
	s.Header.Encode(e)
	e.Uint64(s.Leaves)
	s.Nullifiers.Encode(e)
	e.Uint64(s.Assets)
	e.Amount(s.Immature)
	return e.Bytes()
}

// DecodeState reads exactly one State; errors wrap types.ErrEncoding.
func DecodeState(b []byte) (*State, error) {
	d := types.NewDecoder(b)
	s := &State{Header: new(types.Header)}
	d.Raw(s.Genesis[:])
	s.Header.Decode(d)
	s.Leaves = d.Uint64()
	s.Nullifiers.Decode(d)
	s.Assets = d.Uint64()
	s.Immature = d.Amount()
	if err := d.Finish(); err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	s.Hash = s.Header.Hash()
	return s, nil
}
