package wallet

import (
	"fmt"

	"github.com/gero-chain/gero/consensus/rule"
)

// Kind says what stands between a person and what they asked of the wallet. It is itself an error, so errors.Is(err, Locked) asks for
// the reason.
type Kind string

// The reasons.
const (
	Locked       Kind = "wallet locked"         // the spending key is not in memory
	Scanning     Kind = "wallet scanning"       // the wallet has not read the chain far enough to know
	Insufficient Kind = "insufficient funds"    // there is not enough that can be spent now
	TooManyNotes Kind = "too many notes"        // the payment does not fit the four bundles of a transaction
	Proving      Kind = "proving failed"        // no transaction could be made
	Anchor       Kind = "anchor not available"  // the chain has no note root the notes can be spent under
	NotSynced    Kind = "node not synced"       // the node does not know the chain's present
	WrongNetwork Kind = "wrong network"         // an address of another network
	ViewOnly     Kind = "view-only account"     // the spending key is not here at all
	Invalid      Kind = "invalid input"         // the request itself is wrong
	NotFound     Kind = "not found"             // no such account or operation
	WrongPass    Kind = "wrong passphrase"      // the keystore does not open with it
	BadWords     Kind = "words not valid"       // these are not the 24 words of a wallet
	Corrupt      Kind = "wallet file corrupted" // what is on disk is not what the wallet wrote
)

// codes are the numbers that JSON-RPC answers with; interfaces.md reserves -39001 to -39010 and -32602 is JSON-RPC's invalid params.
var codes = map[Kind]int{
	Locked:       -39001,
	Scanning:     -39002,
	Insufficient: -39003,
	TooManyNotes: -39004,
	Proving:      -39005,
	Anchor:       -39006,
	NotSynced:    -39007,
	WrongNetwork: -39009,
	ViewOnly:     -39010,
	Invalid:      -32602,
	NotFound:     -32602,
	WrongPass:    -32602,
	BadWords:     -32602,
	Corrupt:      -32603,
}

// Error returns the Kind's name.
func (k Kind) Error() string { return string(k) }

// Error is every error of this package that a person can cause or mend. It implements rule.Classed.
type Error struct {
	Kind   Kind
	Detail string // what is wrong, with the figures
	Advice string // what to do next
	Err    error  // the cause, if another error says more
}

// Error returns the Kind, the detail and the cause.
func (e *Error) Error() string {
	s := string(e.Kind)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Is reports whether target is this error's Kind.
func (e *Error) Is(target error) bool {
	k, ok := target.(Kind)
	return ok && k == e.Kind
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Class returns ClassNode for a damaged file, which is this machine's fault, and ClassPolicy for everything else.
func (e *Error) Class() rule.Class {
	if e.Kind == Corrupt {
		return rule.ClassNode
	}
	return rule.ClassPolicy
}

// Code returns the JSON-RPC error code.
func (e *Error) Code() int { return codes[e.Kind] }

// Hint says what to do next.
func (e *Error) Hint() string { return e.Advice }

// fail returns an Error with a hint and a formatted detail.
func fail(k Kind, advice, format string, args ...any) *Error {
	return &Error{Kind: k, Advice: advice, Detail: fmt.Sprintf(format, args...)}
}
