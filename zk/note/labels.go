package note

import (
	"golang.org/x/crypto/blake2b"

	"github.com/gero-chain/gero/types"
)

// Domain labels of the BLAKE2b hashes in this package. A label, zero-padded to 32 bytes, is the key of the hash.
const (
	labelAccount     = "account"     // seed to spending key
	labelAsk         = "ask"         // spending key to spend authority
	labelNk          = "nk"          // spending key to nullifier key
	labelIvk         = "ivk"         // spending key to incoming viewing scalar
	labelOvk         = "ovk"         // spending key to outgoing viewing key
	labelDk          = "dk"          // spending key to diversifier key
	labelDiversifier = "diversifier" // diversifier key and counter to diversifier
	labelBase        = "G"           // diversifier to its point on Curve25519
	labelRcm         = "rcm"         // seed of a ciphertext to the commitment's randomness
	labelPsi         = "psi"         // seed of a ciphertext to psi
	labelEsk         = "esk"         // seed of a ciphertext to the ephemeral scalar
	labelKdf         = "kdf"         // key that encrypts a note to its receiver
	labelOck         = "ock"         // key that encrypts a note's opening to its sender

	// The randomness of notes that the protocol completes, from the diversifier key and what the note belongs to.
	labelCoinbase = "rcm coinbase"
	labelVote     = "rcm vote"
	labelRefund   = "rcm refund"
	labelBond     = "rcm bond"
	labelGenesis  = "rcm genesis"
	labelPrepared = "rcm pcm"

	// labelAsset begins a Keccak preimage, as Solidity computes it.
	labelAsset = "asset"
)

// blake256 is BLAKE2b-256 of the parts in order under a label.
func blake256(label string, parts ...[]byte) [32]byte { return types.Blake2b(label, parts...) }

// blake512 is BLAKE2b-512 of the parts in order under a label: 64 bytes, to be reduced modulo an order of some 255 bits without bias.
func blake512(label string, parts ...[]byte) [64]byte {
	var key [32]byte
	copy(key[:], label)
	h, err := blake2b.New512(key[:])
	if err != nil {
		panic("blake2b refused a 32-byte key: " + err.Error()) // only keys over 64 bytes are refused
	}
	for _, p := range parts {
		h.Write(p)
	}
	var out [64]byte
	h.Sum(out[:0])
	return out
}
