package note

import (
	"encoding/binary"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// The randomness of notes that the protocol completes. Each is
// PRF_dk(name, x) = BLAKE2b-512("rcm "+name, dk, x) mod r, where x is what the
// note belongs to: whoever scans the chain with dk recomputes it, and no counter has to be remembered.

// CoinbaseRcm is for the reward of the block that follows parent.
func (dk DiversifierKey) CoinbaseRcm(parent types.BlockHash) field.Element {
	return wideElement(labelCoinbase, dk[:], parent[:])
}

// VoteRcm is for the reward of the vote with nullifier nu.
func (dk DiversifierKey) VoteRcm(nu types.Nullifier) field.Element {
	return wideElement(labelVote, dk[:], nu[:])
}

// RefundRcm is for what a call gives back, nf1 being the first nullifier of its transaction.
func (dk DiversifierKey) RefundRcm(nf1 types.Nullifier) field.Element {
	return wideElement(labelRefund, dk[:], nf1[:])
}

// BondRcm is for the return of the bond with hash h.
func (dk DiversifierKey) BondRcm(h field.Element) field.Element {
	b := field.EncodeElement(h)
	return wideElement(labelBond, dk[:], b[:])
}

// GenesisRcm is for the note with the given index, from 0, in a network's genesis.
func (dk DiversifierKey) GenesisRcm(index uint64) field.Element {
	return wideElement(labelGenesis, dk[:], binary.BigEndian.AppendUint64(nil, index))
}

// PreparedRcm is for the partial commitment number k, from 0, that the account prepares for a contract.
func (dk DiversifierKey) PreparedRcm(k uint64) field.Element {
	return wideElement(labelPrepared, dk[:], binary.BigEndian.AppendUint64(nil, k))
}

// OwnNote returns the note of the account's address 0 with data 0, psi 0 and the given randomness. Asset and value are for the caller to
// fill in once the protocol has completed the note; the partial commitment does not need them.
func (k FullViewingKey) OwnNote(rcm field.Element) Note {
	d := k.DK.Diversifier(0)
	return Note{Diversifier: d, Owner: OwnerHash(k.K(), d), Rcm: rcm}
}

// NoteFor returns the note of any address of the account, as OwnNote does for address 0.
func (k FullViewingKey) NoteFor(j uint64, rcm field.Element) Note {
	d := k.DK.Diversifier(j)
	return Note{Diversifier: d, Owner: OwnerHash(k.K(), d), Rcm: rcm}
}
