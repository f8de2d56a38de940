// Package ledger keeps what the chain remembers of notes and money as flat key-value data: the note tree, anchors, nullifiers, pools and
// pending rewards. Every write goes through an Overlay, whose Diff can be undone exactly.
//
// Functions take a View and are pure: the same View gives the same answer. An error of this package is always the node's own fault, an
// unreadable or corrupt store, and never a verdict on a block. See docs/protocol/ledger.md.
package ledger

import (
	"errors"
	"fmt"

	"github.com/gero-chain/gero/consensus/rule"
)

// View is a consistent snapshot of the ledger's keys and values. A View need not be safe for concurrent use.
type View interface {
	// Get returns the value under a key. The caller does not change the value.
	Get(key []byte) (value []byte, ok bool)
	// Err returns the first I/O error. It sticks: after it every Get returns !ok, and nothing that was read counts.
	Err() error
}

// Error reports that the ledger could not be read, or holds what it never wrote. It is of class node: no peer is to blame.
type Error struct{ Err error }

// Error returns the cause.
func (e *Error) Error() string { return "ledger: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Class returns ClassNode.
func (e *Error) Class() rule.Class { return rule.ClassNode }

// ErrCorrupt is wrapped by errors about a value that the ledger cannot have written. The store has to be rebuilt from its blocks.
var ErrCorrupt = errors.New("corrupt value")

func corrupt(format string, args ...any) error {
	return &Error{Err: fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))}
}

// Check returns the View's sticky error as an Error of class node, or nil.
func Check(v View) error {
	if err := v.Err(); err != nil {
		return &Error{Err: err}
	}
	return nil
}

// read returns the value under a key, which must have the given length, or ok = false when there is none.
func read(v View, key []byte, size int) (value []byte, ok bool, err error) {
	value, ok = v.Get(key)
	if !ok {
		return nil, false, Check(v)
	}
	if len(value) != size {
		return nil, false, corrupt("%d bytes under key %x, want %d", len(value), key, size)
	}
	return value, true, nil
}
