// Package rule names every rule of consensus, so that a broken rule is the same word in code, specification, tests and error messages.
package rule

import "fmt"

// Kind names one rule. It is itself an error, so errors.Is(err, rule.NullifierSpent) asks which rule was broken.
type Kind string

// Error returns the Kind's name.
func (k Kind) Error() string { return string(k) }

// Class says how a node reacts to an error.
type Class uint8

// The classes of errors that cross rooms.
const (
	ClassNode   Class = iota // our own fault: stop cleanly, blame no peer
	ClassRule                // never valid: mark it, score its sender
	ClassNotYet              // may become valid: fetch or wait
	ClassPolicy              // valid but unwanted here: refuse, no ban
	ClassDecode              // bytes that are no value at all: drop, score
)

// Classed is implemented by every error that crosses rooms.
type Classed interface {
	error
	Class() Class
}

// Error reports a broken rule: which one, and the detail that makes it findable.
type Error struct {
	Kind   Kind
	Detail string
	Err    error // the cause, if another error says more
}

// New returns an Error of the given Kind with a formatted detail.
func New(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Detail: fmt.Sprintf(format, args...)}
}

// Wrap returns an Error of the given Kind caused by err.
func Wrap(k Kind, err error, format string, args ...any) *Error {
	return &Error{Kind: k, Detail: fmt.Sprintf(format, args...), Err: err}
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

// Class returns ClassRule.
func (e *Error) Class() Class { return ClassRule }
