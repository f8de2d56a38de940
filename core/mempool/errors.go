package mempool

import (
	"fmt"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/types"
)

// PolicyError reports a transaction that is valid, as far as was looked, but unwanted here. Nobody is to blame for it.
type PolicyError struct {
	Reason string
	Hint   string // what its sender can do
}

// Error returns the reason.
func (e *PolicyError) Error() string { return e.Reason }

// Class returns ClassPolicy.
func (e *PolicyError) Class() rule.Class { return rule.ClassPolicy }

// ErrKnown reports a transaction that is in the pool already.
var ErrKnown = &PolicyError{Reason: "transaction known already", Hint: "nothing needs to be done: it waits for a block"}

func errConflict(with types.TxID, want types.Amount) *PolicyError {
	return &PolicyError{
		Reason: fmt.Sprintf("transaction spends notes of %s, which waits for a block", with),
		Hint:   fmt.Sprintf("wait for it, or replace it with a fee of at least %s Ta", want),
	}
}

var (
	errFull = &PolicyError{
		Reason: "pool full of transactions that pay as much or more",
		Hint:   "send it again later or with a higher gas price",
	}
	errSoonExpired = &PolicyError{
		Reason: "transaction expires within the next blocks",
		Hint:   "make it again with a later expiry",
	}
	errAnchorOld = &PolicyError{
		Reason: "transaction's anchor leaves the window within the next blocks",
		Hint:   "make it again with a newer anchor",
	}
)
