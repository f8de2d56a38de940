package note

import (
	"crypto/ecdh"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// Opened is what a ciphertext said, once everything in it has been checked against the chain.
type Opened struct {
	Note Note
	To   Address
	Memo Memo
}

// Receiver tries ciphertexts with one incoming viewing key, which it has prepared once.
type Receiver struct {
	key IncomingViewingKey
	ivk *ecdh.PrivateKey
}

// NewReceiver prepares a key for many trials.
func NewReceiver(k IncomingViewingKey) *Receiver {
	return &Receiver{key: k, ivk: scalarKey(k.IVK)}
}

// TryDecrypt returns the note of a transaction's output with commitment cm, if it is for this key. It recomputes epk, pcm and cm, and
// refuses a ciphertext that any of them contradicts. A trial that fails, as nearly all do, costs some 45 microseconds.
func (r *Receiver) TryDecrypt(ct *types.Ciphertext, cm types.Commitment) (Opened, bool) {
	o, ok := r.open(ct, cm)
	if !ok {
		return Opened{}, false
	}
	return o.matchOutput(cm)
}

// TryDecryptCoinbase returns the note of partial commitment pcm that the protocol completes, if its ciphertext is for this key. Asset,
// value and psi of the note are zero: the chain says the first two publicly, psi stays 0.
func (r *Receiver) TryDecryptCoinbase(ct *types.Ciphertext, pcm types.PartialCM) (Opened, bool) {
	o, ok := r.open(ct, pcm)
	if !ok {
		return Opened{}, false
	}
	return o.matchCompleted(pcm)
}

// open decrypts and parses enc under keys bound to cm, and fills in whom it was sent to.
func (r *Receiver) open(ct *types.Ciphertext, cm [32]byte) (Output, bool) {
	shared, err := x25519(r.ivk, ct.EPK)
	if err != nil {
		return Output{}, false
	}
	var plain [encPlainSize]byte
	if !open(plain[:0], kdf(shared, ct.EPK, cm), ct.Enc[:]) {
		return Output{}, false
	}
	o, ok := parsePlaintext(&plain)
	if !ok || !ephemeralMatches(scalarKey(o.Seed.esk()), o.To.Diversifier, ct.EPK) {
		return Output{}, false
	}
	o.To = r.key.address(r.ivk, o.To.Diversifier)
	return o, true
}

// TryRecover returns the note of a transaction's output with commitment cm, its payee and memo, if this key sent it.
func (ovk OutgoingKey) TryRecover(ct *types.Ciphertext, cm types.Commitment) (Opened, bool) {
	o, ok := ovk.open(ct, cm)
	if !ok {
		return Opened{}, false
	}
	return o.matchOutput(cm)
}

// TryRecoverCoinbase does for the ciphertext of a completed note what TryRecover does for an output; the note is that of
// TryDecryptCoinbase.
func (ovk OutgoingKey) TryRecoverCoinbase(ct *types.Ciphertext, pcm types.PartialCM) (Opened, bool) {
	o, ok := ovk.open(ct, pcm)
	if !ok {
		return Opened{}, false
	}
	return o.matchCompleted(pcm)
}

// open decrypts out, and enc with what out says.
func (ovk OutgoingKey) open(ct *types.Ciphertext, cm [32]byte) (Output, bool) {
	var opening [outPlainSize]byte
	if !open(opening[:0], ock(ovk, cm, ct.EPK), ct.Out[:]) {
		return Output{}, false
	}
	owner, err := field.DecodeElement([32]byte(opening[:32]))
	p, esk := [32]byte(opening[32:64]), [32]byte(opening[64:])
	if err != nil {
		return Output{}, false
	}
	k := scalarKey(esk)
	shared, err := x25519(k, p)
	if err != nil {
		return Output{}, false
	}
	var plain [encPlainSize]byte
	if !open(plain[:0], kdf(shared, ct.EPK, cm), ct.Enc[:]) {
		return Output{}, false
	}
	o, ok := parsePlaintext(&plain)
	if !ok || o.Seed.esk() != esk || !ephemeralMatches(k, o.To.Diversifier, ct.EPK) {
		return Output{}, false
	}
	o.To.Owner, o.To.P = owner, p
	return o, true
}

// matchOutput returns the output as opened if its note has commitment cm.
func (o Output) matchOutput(cm types.Commitment) (Opened, bool) {
	n := o.Note()
	got, err := n.Commitment()
	if err != nil || got != cm {
		return Opened{}, false
	}
	return Opened{Note: n, To: o.To, Memo: o.Memo}, true
}

// matchCompleted returns the output as opened if its note has partial commitment pcm and its plaintext the asset and value that every
// such ciphertext has.
func (o Output) matchCompleted(pcm types.PartialCM) (Opened, bool) {
	n := o.completedNote()
	if o.Asset != types.NativeAsset || !o.Value.IsZero() || n.PCM() != pcm {
		return Opened{}, false
	}
	return Opened{Note: n, To: o.To, Memo: o.Memo}, true
}
