package note

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/gero-chain/gero/zk/field"
)

// errSecret is what a secret answers to every attempt to write it as text, so that no log, error or JSON object ever shows one.
var errSecret = errors.New("secret key is not to be written as text")

// secret is 32 bytes that no formatting verb prints. A function holds them, because fmt reaches past methods into the unexported fields of
// a surrounding struct, and for some verbs follows pointers there; of a function it prints an address.
type secret struct{ reveal func() [32]byte }

func newSecret(b [32]byte) secret { return secret{func() [32]byte { return b }} }

// bytes returns the secret; the zero value has none, and to use it is a bug of the caller.
func (s secret) bytes() [32]byte {
	if s.reveal == nil {
		panic("secret key used before it was derived")
	}
	return s.reveal()
}

// Format implements fmt.Formatter for every verb, without a word of the secret.
func (s secret) Format(f fmt.State, _ rune) { redact(f) }

// MarshalText implements encoding.TextMarshaler; it always fails.
func (s secret) MarshalText() ([]byte, error) { return nil, errSecret }

func (s secret) equal(o secret) bool {
	a, b := s.bytes(), o.bytes()
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

func redact(w io.Writer) {
	_, _ = io.WriteString(w, "[secret]") // a fmt.State cannot fail
}

// SpendingKey is the root secret of one account: whoever has it spends the account's money and derives every other key of it.
type SpendingKey struct{ secret }

// Equal reports in constant time whether two spending keys are the same.
func (sk SpendingKey) Equal(o SpendingKey) bool { return sk.equal(o.secret) }

// SpendAuth is the spend authority ask, a scalar of Jubjub that signs transactions and enters no circuit.
type SpendAuth struct{ secret }

// Scalar returns ask in 1..l-1, a new integer on every call.
func (a SpendAuth) Scalar() *big.Int {
	b := a.bytes()
	return new(big.Int).SetBytes(b[:])
}

// The viewing secrets below are plain arrays, so that they compare and copy. Inside an unexported field fmt would print them: keep them in
// exported fields, or out of values that are printed.

// ViewingScalar is ivk, the X25519 scalar that reads what an account receives. Its 32 bytes are clamped as in RFC 7748.
type ViewingScalar [32]byte

// Format implements fmt.Formatter without a word of the key.
func (ViewingScalar) Format(f fmt.State, _ rune) { redact(f) }

// MarshalText implements encoding.TextMarshaler; it always fails.
func (ViewingScalar) MarshalText() ([]byte, error) { return nil, errSecret }

// OutgoingKey is ovk: it reads again what an account sent.
type OutgoingKey [32]byte

// Format implements fmt.Formatter without a word of the key.
func (OutgoingKey) Format(f fmt.State, _ rune) { redact(f) }

// MarshalText implements encoding.TextMarshaler; it always fails.
func (OutgoingKey) MarshalText() ([]byte, error) { return nil, errSecret }

// DiversifierKey is dk: it makes an account's diversifiers and the randomness of the notes that the protocol completes for it.
type DiversifierKey [32]byte

// Format implements fmt.Formatter without a word of the key.
func (DiversifierKey) Format(f fmt.State, _ rune) { redact(f) }

// MarshalText implements encoding.TextMarshaler; it always fails.
func (DiversifierKey) MarshalText() ([]byte, error) { return nil, errSecret }

// NullifierKey is nk, an element of F: with the spend key ak it proves statements about an account's notes, and neither spends nor reads.
type NullifierKey struct{ e field.Element }

// NewNullifierKey returns the key of an element.
func NewNullifierKey(e field.Element) NullifierKey { return NullifierKey{e} }

// Element returns nk.
func (nk NullifierKey) Element() field.Element { return nk.e }

// Format implements fmt.Formatter without a word of the key.
func (NullifierKey) Format(f fmt.State, _ rune) { redact(f) }

// MarshalText implements encoding.TextMarshaler; it always fails.
func (NullifierKey) MarshalText() ([]byte, error) { return nil, errSecret }
