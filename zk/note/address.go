package note

import (
	"crypto/ecdh"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/hash"
)

// AddressSize is the length of an address in bytes: diversifier 16, owner 32, transmission key 32.
const AddressSize = 16 + 32 + 32

// Diversifier distinguishes the addresses of one account.
type Diversifier [16]byte

// Address is where money can be sent. Two addresses of one account have nothing in common that anybody else could see.
type Address struct {
	Diversifier Diversifier
	Owner       field.Element // H_1(K, d): what notes commit to
	P           [32]byte      // ivk times the diversifier's point: what payments are encrypted to
}

// ErrAddress is wrapped by every error about an address.
var ErrAddress = errors.New("address not valid")

// OwnerHash returns owner = H_1(K, d), d entering F as a big-endian integer.
func OwnerHash(k field.Element, d Diversifier) field.Element {
	return hash.H(hash.TagOwner, k, d.Element())
}

// Element returns the diversifier as an element of F: its 16 bytes as a big-endian integer.
func (d Diversifier) Element() field.Element { return field.FromAmountBytes(d) }

// Diversifier returns d_j, the first 16 bytes of BLAKE2b-256("diversifier", dk, j), j being eight big-endian bytes.
func (dk DiversifierKey) Diversifier(j uint64) Diversifier {
	h := blake256(labelDiversifier, dk[:], binary.BigEndian.AppendUint64(nil, j))
	return Diversifier(h[:16])
}

// Address returns the account's address number j; address 0 owns what the protocol completes for the account.
func (k FullViewingKey) Address(j uint64) Address { return k.Incoming().Address(k.DK.Diversifier(j)) }

// Address returns the account's address with diversifier d.
func (k IncomingViewingKey) Address(d Diversifier) Address { return k.address(scalarKey(k.IVK), d) }

// address is Address with ivk made ready.
func (k IncomingViewingKey) address(ivk *ecdh.PrivateKey, d Diversifier) Address {
	p, err := x25519(ivk, diversifiedBase(d))
	if err != nil {
		// A diversifier whose hash is one of the few points of low order cannot be found, and its address could not be paid.
		panic("diversifier of low order")
	}
	return Address{Diversifier: d, Owner: OwnerHash(k.K, d), P: p}
}

// RandomAddress returns an address that nobody has the keys of, distributed as real ones are: the payee of dummy outputs. It reads 112
// bytes of r; its error is r's.
func RandomAddress(r io.Reader) (Address, error) {
	var b [16 + 64 + 32]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return Address{}, fmt.Errorf("random address: %w", err)
	}
	a := Address{Diversifier: Diversifier(b[:16])}
	a.Owner.SetBytes(b[16:80])
	var err error
	if a.P, err = x25519(scalarKey([32]byte(b[80:])), diversifiedBase(a.Diversifier)); err != nil {
		return Address{}, fmt.Errorf("random address: %w", err)
	}
	return a, nil
}

// Bytes returns diversifier, owner and transmission key.
func (a Address) Bytes() (b [AddressSize]byte) {
	owner := field.EncodeElement(a.Owner)
	copy(b[:16], a.Diversifier[:])
	copy(b[16:48], owner[:])
	copy(b[48:], a.P[:])
	return b
}

// AddressFromBytes reads the form of Bytes. It refuses an owner not below r and a transmission key that is not the canonical coordinate
// of a point on the curve, or is one of low order: such an address would leak its payments. Errors wrap ErrAddress.
func AddressFromBytes(b [AddressSize]byte) (Address, error) {
	a := Address{Diversifier: Diversifier(b[:16]), P: [32]byte(b[48:])}
	var err error
	if a.Owner, err = field.DecodeElement([32]byte(b[16:48])); err != nil {
		return Address{}, fmt.Errorf("%w: owner: %w", ErrAddress, err)
	}
	if !onCurve(a.P) {
		return Address{}, fmt.Errorf("%w: transmission key not on the curve", ErrAddress)
	}
	if _, err := x25519(scalarKey(clamp([32]byte{})), a.P); err != nil {
		return Address{}, fmt.Errorf("%w: transmission key: %w", ErrAddress, err)
	}
	return a, nil
}
