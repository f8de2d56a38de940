package schnorr

import (
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

var (
	// ErrSecretKey reports a secret key outside 1..l-1.
	ErrSecretKey = errors.New("secret key not a scalar between 1 and l-1")
	// ErrPublicKey reports a public key that is not canonical, not on the curve, the identity or not of prime order.
	ErrPublicKey = errors.New("public key not a canonical point of prime order")
)

// SecretKey is a scalar of Jubjub in 1..l-1 with its public key. It holds pointers, because fmt reaches past methods into the unexported
// fields of a surrounding struct, but follows no pointer there.
type SecretKey struct{ k *keyPair }

type keyPair struct {
	scalar *big.Int
	public types.Point
}

// NewSecretKey returns the key of a scalar in 1..l-1, or ErrSecretKey.
func NewSecretKey(scalar *big.Int) (SecretKey, error) {
	if scalar == nil || scalar.Sign() <= 0 || scalar.Cmp(order()) >= 0 {
		return SecretKey{}, ErrSecretKey
	}
	s := new(big.Int).Set(scalar)
	return SecretKey{&keyPair{s, field.EncodePoint(mulBase(s))}}, nil
}

// Public returns [sk]B.
func (sk SecretKey) Public() types.Point { return sk.k.public }

// Format implements fmt.Formatter for every verb without a word of the key.
func (SecretKey) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "[secret]") // a fmt.State cannot fail
}

// MarshalText implements encoding.TextMarshaler; it always fails.
func (SecretKey) MarshalText() ([]byte, error) {
	return nil, errors.New("secret key is not to be written as text")
}

// CheckPublicKey returns ErrPublicKey unless pk is the canonical encoding of a point of prime order.
func CheckPublicKey(pk types.Point) error {
	_, err := decodePublic(pk)
	return err
}

func decodePublic(pk types.Point) (field.Point, error) {
	p, err := decodePrimeOrder(pk)
	if err != nil {
		return field.Point{}, fmt.Errorf("%w: %w", ErrPublicKey, err)
	}
	return p, nil
}

// decodePrimeOrder reads a canonical point of prime order.
func decodePrimeOrder(raw [field.Size]byte) (field.Point, error) {
	p, err := field.DecodePoint(raw)
	if err != nil {
		return field.Point{}, err
	}
	// IsInSubGroup evaluates one pairing of degree 8 where [l]p would cost six times as much; a test holds the two against each other.
	if p.IsZero() || !p.IsInSubGroup() {
		return field.Point{}, field.ErrOrder
	}
	return p, nil
}
