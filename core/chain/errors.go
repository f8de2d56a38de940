package chain

import (
	"fmt"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/types"
)

// notYet is an error about a block that may still become welcome.
type notYet string

func (e notYet) Error() string     { return string(e) }
func (e notYet) Class() rule.Class { return rule.ClassNotYet }

// What AddBlock says of a block that is neither taken nor broken.
const (
	ErrKnown         = notYet("block known already")
	ErrUnknownParent = notYet("block's parent is unknown")
	ErrFutureBlock   = notYet("block's time is too far ahead")
)

// ErrDeepReorg reports a heavier branch that forks deeper than the node keeps diffs for: only its operator may follow it. The block was
// kept all the same.
const ErrDeepReorg = notYet("heavier branch forks off too deep")

// What readers ask for and is not there, or not any more.
const (
	// ErrNotFound reports a block or transaction that this chain does not have.
	ErrNotFound = notYet("not found")
	// ErrNoAnchor reports a height whose note root is no anchor (any more), or came before a note.
	ErrNoAnchor = notYet("no anchor at that height for that note")
	// ErrUnknownTip reports a follower's tip that was never on this best chain: the follower has to start again from nothing.
	ErrUnknownTip = notYet("follower's tip is unknown to this chain")
)

// InvalidAncestorError reports a block that descends from an invalid one, and so is invalid itself.
type InvalidAncestorError struct {
	Ancestor types.BlockHash
	Kind     rule.Kind // the rule that the ancestor broke
}

// Error names the ancestor and its broken rule.
func (e *InvalidAncestorError) Error() string {
	return fmt.Sprintf("block descends from invalid block %s (%s)", e.Ancestor, e.Kind)
}

// Is reports whether target is the rule that the ancestor broke.
func (e *InvalidAncestorError) Is(target error) bool {
	k, ok := target.(rule.Kind)
	return ok && k == e.Kind
}

// Class returns ClassRule.
func (e *InvalidAncestorError) Class() rule.Class { return rule.ClassRule }

// NodeError reports the node's own fault, such as a full disk or a damaged database. The chain takes no more blocks after it.
type NodeError struct{ Err error }

// Error returns the cause.
func (e *NodeError) Error() string { return "chain: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *NodeError) Unwrap() error { return e.Err }

// Class returns ClassNode.
func (e *NodeError) Class() rule.Class { return rule.ClassNode }

func nodeError(format string, args ...any) *NodeError { return &NodeError{fmt.Errorf(format, args...)} }
