package note

import (
	"crypto/ecdh"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// Seed is the secret of one ciphertext: rcm, psi and the ephemeral scalar derive from it. It must be fresh for every output.
type Seed [32]byte

// Format implements fmt.Formatter without a word of the seed.
func (Seed) Format(f fmt.State, _ rune) { redact(f) }

// MarshalText implements encoding.TextMarshaler; it always fails.
func (Seed) MarshalText() ([]byte, error) { return nil, errSecret }

// NewSeed reads a fresh seed from r; its error is r's.
func NewSeed(r io.Reader) (Seed, error) {
	var s Seed
	if _, err := io.ReadFull(r, s[:]); err != nil {
		return Seed{}, fmt.Errorf("note seed: %w", err)
	}
	return s, nil
}

// Rcm returns BLAKE2b-512("rcm", seed) mod r.
func (s Seed) Rcm() field.Element { return wideElement(labelRcm, s[:]) }

// Psi returns BLAKE2b-512("psi", seed) mod r.
func (s Seed) Psi() field.Element { return wideElement(labelPsi, s[:]) }

// esk returns the ephemeral X25519 scalar, BLAKE2b-256("esk", seed), clamped.
func (s Seed) esk() [32]byte { return clamp(blake256(labelEsk, s[:])) }

// Output is a note to be sent, with everything that its ciphertext carries.
type Output struct {
	To    Address
	Asset types.AssetID
	Value types.Amount
	Data  field.Element // free for contracts; 0 in payments
	Memo  Memo
	Seed  Seed
}

// NewOutput returns a payment with a seed from r; its error is r's.
func NewOutput(r io.Reader, to Address, asset types.AssetID, v types.Amount, memo Memo) (Output, error) {
	seed, err := NewSeed(r)
	if err != nil {
		return Output{}, err
	}
	return Output{To: to, Asset: asset, Value: v, Memo: memo, Seed: seed}, nil
}

// DummyOutput returns an output of no value to a random address: on the chain it differs in nothing from a payment. Its error is r's.
func DummyOutput(r io.Reader) (Output, error) {
	to, err := RandomAddress(r)
	if err != nil {
		return Output{}, err
	}
	return NewOutput(r, to, types.NativeAsset, types.Amount{}, Memo{})
}

// Note returns the note that the output makes.
func (o Output) Note() Note {
	n := o.completedNote()
	n.Asset, n.Value, n.Psi = o.Asset, o.Value, o.Seed.Psi()
	return n
}

// completedNote returns the note that the protocol will complete with a public asset and value; both are absent, and psi is 0.
func (o Output) completedNote() Note {
	return Note{Diversifier: o.To.Diversifier, Owner: o.To.Owner, Rcm: o.Seed.Rcm(), Data: o.Data}
}

// NewOutgoingKey returns a key of nobody, for outputs that only their payee shall read, such as dummies. Its error is r's.
func NewOutgoingKey(r io.Reader) (OutgoingKey, error) {
	var k OutgoingKey
	if _, err := io.ReadFull(r, k[:]); err != nil {
		return OutgoingKey{}, fmt.Errorf("outgoing key: %w", err)
	}
	return k, nil
}

// Encrypt returns the output's ciphertext. ovk reads it again. The error wraps
// ErrNote, for an asset outside F, or ErrAddress, for a payee of low order.
func (o Output) Encrypt(ovk OutgoingKey) (types.Ciphertext, error) {
	cm, err := o.Note().Commitment()
	if err != nil {
		return types.Ciphertext{}, err
	}
	return o.seal(ovk, cm)
}

// EncryptCoinbase returns the partial commitment of the output's payee and the ciphertext that hands it to him, for a note that the
// protocol completes with a public asset and value. The plaintext says asset native and value 0 whatever the output says; psi is 0; and
// pcm stands in the keys where a payment has cm, which is not known yet.
func (o Output) EncryptCoinbase(ovk OutgoingKey) (types.PartialCM, types.Ciphertext, error) {
	o.Asset, o.Value = types.NativeAsset, types.Amount{}
	pcm := o.completedNote().PCM()
	ct, err := o.seal(ovk, pcm)
	return pcm, ct, err
}

// seal encrypts the output under keys bound to cm.
func (o Output) seal(ovk OutgoingKey, cm [32]byte) (types.Ciphertext, error) {
	var ct types.Ciphertext
	esk := o.Seed.esk()
	k := scalarKey(esk)
	epk, err := x25519(k, diversifiedBase(o.To.Diversifier))
	if err != nil {
		return ct, fmt.Errorf("%w: diversifier: %w", ErrAddress, err)
	}
	shared, err := x25519(k, o.To.P)
	if err != nil {
		return ct, fmt.Errorf("%w: transmission key: %w", ErrAddress, err)
	}
	ct.EPK = epk

	plain := o.plaintext()
	seal(ct.Enc[:0], kdf(shared, epk, cm), plain[:])
	owner := field.EncodeElement(o.To.Owner)
	var opening [outPlainSize]byte
	copy(opening[:32], owner[:])
	copy(opening[32:64], o.To.P[:])
	copy(opening[64:], esk[:])
	seal(ct.Out[:0], ock(ovk, cm, epk), opening[:])
	return ct, nil
}

// The plaintext of enc: version 1 byte, diversifier 16, asset 32, value 16, data 32, seed 32, memo 128. That of out: owner 32, P 32,
// esk 32.
const (
	encVersion   = 1
	encPlainSize = types.EncSize - chacha20poly1305.Overhead
	outPlainSize = types.OutSize - chacha20poly1305.Overhead
)

func (o Output) plaintext() (p [encPlainSize]byte) {
	e := types.NewEncoder(encPlainSize)
	e.Uint8(encVersion)
	e.Raw(o.To.Diversifier[:])
	e.Raw(o.Asset[:])
	e.Amount(o.Value)
	data := field.EncodeElement(o.Data)
	e.Raw(data[:])
	e.Raw(o.Seed[:])
	e.Raw(o.Memo[:])
	copy(p[:], e.Bytes())
	return p
}

// parsePlaintext reads what plaintext wrote, all but owner and P of the payee; it is false for another version and for elements that
// are not canonical.
func parsePlaintext(p *[encPlainSize]byte) (Output, bool) {
	var o Output
	var version [1]byte
	var data [32]byte
	d := types.NewDecoder(p[:])
	d.Raw(version[:])
	d.Raw(o.To.Diversifier[:])
	d.Raw(o.Asset[:])
	o.Value = d.Amount()
	d.Raw(data[:])
	d.Raw(o.Seed[:])
	d.Raw(o.Memo[:])
	if d.Finish() != nil || version[0] != encVersion {
		return Output{}, false
	}
	var err error
	if o.Data, err = field.DecodeElement(data); err != nil {
		return Output{}, false
	}
	return o, true
}

// kdf returns the key of enc: BLAKE2b-256("kdf", shared, epk, cm).
func kdf(shared, epk, cm [32]byte) [32]byte { return blake256(labelKdf, shared[:], epk[:], cm[:]) }

// ock returns the key of out: BLAKE2b-256("ock", ovk, cm, epk).
func ock(ovk OutgoingKey, cm, epk [32]byte) [32]byte {
	return blake256(labelOck, ovk[:], cm[:], epk[:])
}

// zeroNonce serves every encryption, because no key is ever used twice: each depends on a fresh epk.
var zeroNonce [chacha20poly1305.NonceSize]byte

func seal(dst []byte, key [32]byte, plain []byte) {
	aead, err := chacha20poly1305.New(key[:])
	if err != nil {
		panic("chacha20poly1305 refused a 32-byte key: " + err.Error()) // it refuses other lengths only
	}
	aead.Seal(dst, zeroNonce[:], plain, nil)
}

func open(dst []byte, key [32]byte, sealed []byte) bool {
	aead, err := chacha20poly1305.New(key[:])
	if err != nil {
		panic("chacha20poly1305 refused a 32-byte key: " + err.Error()) // it refuses other lengths only
	}
	_, err = aead.Open(dst, zeroNonce[:], sealed, nil)
	return err == nil
}

// ephemeralMatches reports whether epk is the one ephemeral key that seed and diversifier make: byte for byte, so that no second
// encoding of the point passes, and nobody learns by paying a mixture of two addresses whether they are one account's.
func ephemeralMatches(k *ecdh.PrivateKey, d Diversifier, epk [32]byte) bool {
	want, err := x25519(k, diversifiedBase(d))
	return err == nil && want == epk
}
