package schnorr

import (
	"errors"
	"fmt"
	"io"
	"math/big"
	"sync"

	"golang.org/x/crypto/blake2b"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// ErrSignature reports a signature that is not the valid signature of the message under the key and tag: whether its bytes are malformed
// or its equation fails makes no difference to anyone.
var ErrSignature = errors.New("signature does not verify")

// Tag says what a key is for. A signature under one tag is none under another, so a key used for both purposes gives nothing away.
type Tag uint8

// The tags of the protocol.
const (
	TagSpend  Tag = iota // rk, the randomised spend authority of a bundle
	TagCaller            // the one-time or pseudonymous caller of a contract
)

// Domain labels: a label, zero-padded to 32 bytes, is the key of a BLAKE2b-512.
const (
	labelNonce  = "schnorr nonce"
	labelSpend  = "schnorr spend"
	labelCaller = "schnorr caller"
)

// labels of the challenge by tag. A tag that is none of the constants is a bug and panics here.
var labels = [...]string{TagSpend: labelSpend, TagCaller: labelCaller}

// order returns l. Callers only read it.
var order = sync.OnceValue(field.Order)

// Sign signs a message, usually a hash, under a tag. The nonce is hedged: it hashes 32 bytes of rnd with key and message, so that neither a
// broken source of randomness nor a repeated one reveals the key. An error means that rnd has failed.
func Sign(tag Tag, sk SecretKey, msg [32]byte, rnd io.Reader) (types.Signature, error) {
	var fresh [32]byte
	if _, err := io.ReadFull(rnd, fresh[:]); err != nil {
		return types.Signature{}, fmt.Errorf("sign: randomness: %w", err)
	}
	label := pad(labels[tag])
	secret := field.EncodeScalar(sk.k.scalar)
	k := wideScalar(labelNonce, label[:], fresh[:], secret[:], sk.k.public[:], msg[:])
	if k.Sign() == 0 {
		return types.Signature{}, errors.New("sign: nonce is zero") // One chance in 2^252; R would be the identity.
	}
	r := field.EncodePoint(mulBase(k))
	s := challenge(tag, r, sk.k.public, msg)
	s.Mul(s, sk.k.scalar).Add(s, k).Mod(s, order())
	var sig types.Signature
	sBytes := field.EncodeScalar(s)
	copy(sig[:32], r[:])
	copy(sig[32:], sBytes[:])
	return sig, nil
}

// Verify checks that sig = R || s is a signature of msg under pk and tag:
//
//	[s]B = R + [c]pk,  c = BLAKE2b-512(tag, R, pk, msg) mod l
//
// without a cofactor, with pk and R canonical and of prime order and s below l, so that no signature has a second form. Errors wrap
// ErrPublicKey or ErrSignature.
func Verify(tag Tag, pk types.Point, msg [32]byte, sig types.Signature) error {
	p, err := decodePublic(pk)
	if err != nil {
		return err
	}
	s, err := field.DecodeScalar([32]byte(sig[32:]))
	if err != nil {
		return fmt.Errorf("%w: s: %w", ErrSignature, err)
	}
	r := [32]byte(sig[:32])
	c := challenge(tag, r, pk, msg)
	c.Sub(order(), c)
	// R is computed and compared as bytes, which accepts exactly its one encoding. It lies in the prime-order subgroup because pk and B do.
	want := field.Add(mulBase(s), field.Mul(p, c))
	if want.IsZero() || field.EncodePoint(want) != r {
		return ErrSignature
	}
	return nil
}

// challenge returns c for a signature whose R has the given encoding.
func challenge(tag Tag, r [32]byte, pk types.Point, msg [32]byte) *big.Int {
	return wideScalar(labels[tag], r[:], pk[:], msg[:])
}

// wideScalar is BLAKE2b-512 of the parts under a label, read big-endian and reduced modulo l: uniform to within 2^-259.
func wideScalar(label string, parts ...[]byte) *big.Int {
	key := pad(label)
	h, err := blake2b.New512(key[:])
	if err != nil {
		panic("blake2b refused a 32-byte key: " + err.Error()) // only keys over 64 bytes are refused
	}
	for _, p := range parts {
		h.Write(p)
	}
	n := new(big.Int).SetBytes(h.Sum(nil))
	return n.Mod(n, order())
}

// pad returns a label as a BLAKE2b key. Labels are constants of at most 32 bytes.
func pad(label string) (key [32]byte) {
	copy(key[:], label)
	return key
}
