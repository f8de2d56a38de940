package note

import (
	"errors"
	"fmt"
	"io"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/hash"
)

// ErrNote is wrapped by every error about the parts of a note.
var ErrNote = errors.New("note not valid")

// Note is an amount of one asset with an owner, as its owner knows it.
type Note struct {
	Diversifier Diversifier   // of the owner's address; the owner opens Owner with it
	Owner       field.Element // H_1(K, d)
	Rcm         field.Element // randomness that hides the owner
	Data        field.Element // free for contracts; 0 in payments
	Asset       types.AssetID
	Value       types.Amount
	Psi         field.Element // randomness that hides asset and value; 0 where the protocol completed the note
}

// PartialCommitment returns pcm = H_2(owner, rcm, data), which hides the payee.
func PartialCommitment(owner, rcm, data field.Element) field.Element {
	return hash.H(hash.TagPartial, owner, rcm, data)
}

// Commit returns cm = H_3(pcm, asset, v, psi).
func Commit(pcm, asset field.Element, v types.Amount, psi field.Element) field.Element {
	return hash.H(hash.TagCommitment, pcm, asset, field.FromAmount(v), psi)
}

// Nullify returns nf = H_4(nk, rcm, cm, pos). The position keeps equal notes apart; rcm keeps a holder of nk alone from testing leaves.
func Nullify(nk NullifierKey, rcm, cm field.Element, pos types.Position) field.Element {
	return hash.H(hash.TagNullifier, nk.e, rcm, cm, field.FromUint64(uint64(pos)))
}

// PCM returns the note's partial commitment.
func (n Note) PCM() types.PartialCM {
	return field.EncodeElement(PartialCommitment(n.Owner, n.Rcm, n.Data))
}

// Commitment returns the note's commitment, the leaf it becomes. The error wraps ErrNote: the asset is no element of F, or the
// commitment is 0, which is the empty leaf.
func (n Note) Commitment() (types.Commitment, error) {
	return commit(PartialCommitment(n.Owner, n.Rcm, n.Data), n.Asset, n.Value, n.Psi)
}

// Nullifier returns what marks the note as spent once it is leaf pos; errors are those of Commitment.
func (n Note) Nullifier(nk NullifierKey, pos types.Position) (types.Nullifier, error) {
	cm, err := n.Commitment()
	if err != nil {
		return types.Nullifier{}, err
	}
	c, err := field.DecodeElement(cm)
	if err != nil {
		return types.Nullifier{}, fmt.Errorf("%w: commitment: %w", ErrNote, err)
	}
	return field.EncodeElement(Nullify(nk, n.Rcm, c, pos)), nil
}

// Complete returns the commitment of a note that the protocol completes: the given partial commitment with a public asset and value and
// psi = 0. The error wraps ErrNote: pcm is 0 or no element of F, asset is no element, or the commitment is 0.
func Complete(pcm types.PartialCM, asset types.AssetID, v types.Amount) (types.Commitment, error) {
	p, err := field.DecodeElement(pcm)
	if err != nil {
		return types.Commitment{}, fmt.Errorf("%w: partial commitment: %w", ErrNote, err)
	}
	if p.IsZero() {
		return types.Commitment{}, fmt.Errorf("%w: partial commitment is 0", ErrNote)
	}
	return commit(p, asset, v, field.Element{})
}

func commit(pcm field.Element, asset types.AssetID, v types.Amount, psi field.Element) (types.Commitment, error) {
	a, err := field.DecodeElement(asset)
	if err != nil {
		return types.Commitment{}, fmt.Errorf("%w: asset: %w", ErrNote, err)
	}
	cm := Commit(pcm, a, v, psi)
	if cm.IsZero() {
		return types.Commitment{}, fmt.Errorf("%w: commitment is 0", ErrNote)
	}
	return field.EncodeElement(cm), nil
}

// DummyInput returns a note of no value for an input that spends nothing: native, owned by the account, with random diversifier, rcm and
// psi, so that its nullifier is as random as any. It reads 144 bytes of r; its error is r's.
func DummyInput(k FullViewingKey, r io.Reader) (Note, error) {
	var b [16 + 64 + 64]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return Note{}, fmt.Errorf("dummy input: %w", err)
	}
	n := Note{Diversifier: Diversifier(b[:16]), Asset: types.NativeAsset}
	n.Owner = OwnerHash(k.K(), n.Diversifier)
	n.Rcm.SetBytes(b[16:80])
	n.Psi.SetBytes(b[80:])
	return n, nil
}
