package note

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"

	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/hash"
)

// Sizes of encoded viewing keys in bytes.
const (
	FullViewingKeySize     = 5 * 32 // ak, nk, ivk, ovk, dk
	IncomingViewingKeySize = 2 * 32 // ivk, K
)

// ErrKey is wrapped by the errors of decoding viewing keys.
var ErrKey = errors.New("viewing key not valid")

// FullViewingKey sees everything an account receives, sends and owns, and together with the spend authority proves its spends.
type FullViewingKey struct {
	AK  field.Point // [ask]B, of prime order
	NK  NullifierKey
	IVK ViewingScalar
	OVK OutgoingKey
	DK  DiversifierKey
}

// IncomingViewingKey reads what an account receives by ciphertext, and nothing else.
type IncomingViewingKey struct {
	IVK ViewingScalar
	K   field.Element // H_0(ak.x, ak.y, nk), which all of the account's addresses commit to
}

// AccountKey derives the spending key of account index, from 0, of a wallet: BLAKE2b-256 under the label "account" of the index as four
// big-endian bytes and the seed, which is the 64 bytes that BIP-39 makes of the words. Every derivation is hardened: no key of one
// account says anything about another account.
func AccountKey(seed []byte, index uint32) SpendingKey {
	return SpendingKey{newSecret(blake256(labelAccount, binary.BigEndian.AppendUint32(nil, index), seed))}
}

// SpendAuth derives ask: the first nonzero BLAKE2b-512("ask", sk, ctr) mod l, ctr being one byte from 0.
func (sk SpendingKey) SpendAuth() SpendAuth {
	key, order := sk.bytes(), field.Order()
	for ctr := byte(0); ; ctr++ {
		wide := blake512(labelAsk, key[:], []byte{ctr})
		ask := new(big.Int).SetBytes(wide[:])
		if ask.Mod(ask, order).Sign() != 0 {
			return SpendAuth{newSecret(field.EncodeScalar(ask))}
		}
	}
}

// FullViewingKey derives the account's viewing key: ak = [ask]B; nk = BLAKE2b-512("nk", sk) mod r; ivk = BLAKE2b-256("ivk", sk),
// clamped; ovk and dk BLAKE2b-256 under their own labels.
func (sk SpendingKey) FullViewingKey() FullViewingKey {
	key := sk.bytes()
	return FullViewingKey{
		AK:  field.Mul(field.BaseB(), sk.SpendAuth().Scalar()),
		NK:  NullifierKey{wideElement(labelNk, key[:])},
		IVK: clamp(blake256(labelIvk, key[:])),
		OVK: blake256(labelOvk, key[:]),
		DK:  blake256(labelDk, key[:]),
	}
}

// AccountHash returns K = H_0(ak.x, ak.y, nk).
func AccountHash(ak field.Point, nk NullifierKey) field.Element {
	return hash.H(hash.TagAccount, ak.X, ak.Y, nk.e)
}

// K returns H_0(ak.x, ak.y, nk), which all of the account's addresses commit to.
func (k FullViewingKey) K() field.Element { return AccountHash(k.AK, k.NK) }

// Incoming returns the part that reads what the account receives.
func (k FullViewingKey) Incoming() IncomingViewingKey {
	return IncomingViewingKey{IVK: k.IVK, K: k.K()}
}

// Format implements fmt.Formatter without a word of the key.
func (k FullViewingKey) Format(f fmt.State, _ rune) { redact(f) }

// Format implements fmt.Formatter without a word of the key.
func (k IncomingViewingKey) Format(f fmt.State, _ rune) { redact(f) }

// MarshalText implements encoding.TextMarshaler; it always fails. Bytes is the way to export the key on purpose.
func (k FullViewingKey) MarshalText() ([]byte, error) { return nil, errSecret }

// MarshalText implements encoding.TextMarshaler; it always fails. Bytes is the way to export the key on purpose.
func (k IncomingViewingKey) MarshalText() ([]byte, error) { return nil, errSecret }

// Bytes returns ak, nk, ivk, ovk and dk.
func (k FullViewingKey) Bytes() (b [FullViewingKeySize]byte) {
	ak, nk := field.EncodePoint(k.AK), field.EncodeElement(k.NK.e)
	for i, part := range [][32]byte{ak, nk, k.IVK, k.OVK, k.DK} {
		copy(b[32*i:], part[:])
	}
	return b
}

// DecodeFullViewingKey reads the form of Bytes. It refuses an ak that is not canonical or not of prime order, an nk not below r and an
// ivk that is not clamped.
func DecodeFullViewingKey(b [FullViewingKeySize]byte) (FullViewingKey, error) {
	var part [5][32]byte
	for i := range part {
		copy(part[i][:], b[32*i:])
	}
	ak, err := field.DecodePoint(part[0])
	if err == nil {
		err = field.CheckOrder(ak)
	}
	if err != nil {
		return FullViewingKey{}, fmt.Errorf("%w: spend key: %w", ErrKey, err)
	}
	nk, err := field.DecodeElement(part[1])
	if err != nil {
		return FullViewingKey{}, fmt.Errorf("%w: nullifier key: %w", ErrKey, err)
	}
	if clamp(part[2]) != part[2] {
		return FullViewingKey{}, fmt.Errorf("%w: viewing scalar not clamped", ErrKey)
	}
	return FullViewingKey{AK: ak, NK: NullifierKey{nk}, IVK: part[2], OVK: part[3], DK: part[4]}, nil
}

// Bytes returns ivk and K.
func (k IncomingViewingKey) Bytes() (b [IncomingViewingKeySize]byte) {
	account := field.EncodeElement(k.K)
	copy(b[:32], k.IVK[:])
	copy(b[32:], account[:])
	return b
}

// DecodeIncomingViewingKey reads the form of Bytes. It refuses an ivk that is not clamped and a K not below r.
func DecodeIncomingViewingKey(b [IncomingViewingKeySize]byte) (IncomingViewingKey, error) {
	ivk := [32]byte(b[:32])
	if clamp(ivk) != ivk {
		return IncomingViewingKey{}, fmt.Errorf("%w: viewing scalar not clamped", ErrKey)
	}
	account, err := field.DecodeElement([32]byte(b[32:]))
	if err != nil {
		return IncomingViewingKey{}, fmt.Errorf("%w: account hash: %w", ErrKey, err)
	}
	return IncomingViewingKey{IVK: ivk, K: account}, nil
}

// wideElement is BLAKE2b-512 of the parts under a label, read big-endian and reduced modulo r: uniform to within 2^-250.
func wideElement(label string, parts ...[]byte) field.Element {
	wide := blake512(label, parts...)
	var e field.Element
	e.SetBytes(wide[:])
	return e
}
