package rpc

import (
	"context"
	"errors"
	"fmt"

	"github.com/gero-chain/gero/consensus/rule"
)

// The codes of errors. Those above -32000 and the first five are JSON-RPC's; the next are EIP-1474's; the last are our own.
const (
	CodeParse      = -32700 // not JSON
	CodeRequest    = -32600 // no JSON-RPC request
	CodeMethod     = -32601 // no such method
	CodeParams     = -32602 // parameters of the wrong number, type or value
	CodeInternal   = -32603 // the node's own fault
	CodeInput      = -32000 // what was asked for is not there, or cannot be
	CodeDenied     = -32001 // needs the cookie or IPC
	CodeNotYet     = -32002 // not available now; later it may be
	CodeRejected   = -32003 // transaction, block or work refused
	CodeUnsuitable = -32004 // this chain works differently
	CodeLimit      = -32005 // more than one request may ask for

	CodeLocked       = -39001 // the account is locked
	CodeScanning     = -39002 // the wallet has not read far enough
	CodeInsufficient = -39003 // not enough that can be spent now
	CodeTooManyNotes = -39004 // the payment does not fit a transaction
	CodeProving      = -39005 // no proof could be made
	CodeAnchor       = -39006 // no note root to spend under
	CodeNotSynced    = -39007 // the node does not know the chain's present
	CodeLicence      = -39008 // licence missing or not active
	CodeWrongNetwork = -39009 // an address of another network
	CodeViewOnly     = -39010 // the spending key is not here
)

// Error is what a caller gets instead of a result.
type Error struct {
	Code    int
	Message string
	Data    ErrorData
}

// ErrorData says what to do about an error, and names the broken rule if there is one.
type ErrorData struct {
	Hint string `json:"hint"`
	Kind string `json:"kind,omitempty"`
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

func fail(code int, hint, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Data: ErrorData{Hint: hint}}
}

// badParam reports a parameter that says something impossible.
func badParam(hint, format string, args ...any) *Error {
	return fail(CodeParams, hint, format, args...)
}

// WithHint adds to an error what its reader can do next, for errors whose own package keeps that elsewhere.
func WithHint(err error, hint string) error { return &hinted{err, hint} }

type hinted struct {
	error
	hint string
}

func (h *hinted) Unwrap() error { return h.error }
func (h *hinted) Hint() string  { return h.hint }

// byClass is the one table from classes of errors to answers.
var byClass = map[rule.Class]struct {
	code int
	hint string
}{
	rule.ClassRule:   {CodeRejected, "it breaks a rule of the network and will not be accepted as it is: make a new one"},
	rule.ClassPolicy: {CodeRejected, "nothing is wrong with it, but this node does not take it now: change it or try again later"},
	rule.ClassNotYet: {CodeNotYet, "try again later"},
	rule.ClassDecode: {CodeParams, "send the bytes exactly as they were made"},
	rule.ClassNode:   {CodeInternal, "the node has a fault of its own: its log says more"},
}

// answer turns any error into what a caller gets. An error's own code and hint win over its class.
func answer(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	e = &Error{Code: CodeInternal, Message: err.Error(), Data: ErrorData{Hint: byClass[rule.ClassNode].hint}}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		e.Code, e.Data.Hint = CodeNotYet, "the request took too long or was given up: ask for less, or over IPC"
	}
	var classed rule.Classed
	if errors.As(err, &classed) {
		row := byClass[classed.Class()]
		e.Code, e.Data.Hint = row.code, row.hint
	}
	var broken *rule.Error
	if errors.As(err, &broken) {
		e.Data.Kind = string(broken.Kind)
	}
	var coder interface{ Code() int }
	if errors.As(err, &coder) && coder.Code() != 0 {
		e.Code = coder.Code()
	}
	var hinter interface{ Hint() string }
	if errors.As(err, &hinter) && hinter.Hint() != "" {
		e.Data.Hint = hinter.Hint()
	}
	return e
}
