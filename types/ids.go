package types

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// Bytes32 is a 32-byte value whose meaning is fixed by its kind K, so that a nullifier can never be passed where a commitment is
// wanted. Its text form is 0x and 64 hex digits.
type Bytes32[K any] [32]byte

// The distinct 32-byte values of the protocol. Hashes are BLAKE2b-256 unless stated; elements are big-endian members of the scalar
// field F of BLS12-381 and count as canonical only after zk/field has accepted them.
type (
	BlockHash     = Bytes32[blockHash]     // hash of a whole header
	SealHash      = Bytes32[sealHash]      // hash of a header without nonce and mix: what the miner works on
	TxID          = Bytes32[txID]          // hash of all a transaction's fields but proofs and signatures
	WTxID         = Bytes32[wtxID]         // hash of all of a transaction's bytes
	SigHash       = Bytes32[sigHash]       // what a transaction's signatures sign
	BodyRoot      = Bytes32[bodyRoot]      // commits to votes and transactions of a block
	ReceiptsRoot  = Bytes32[receiptsRoot]  // commits to the receipts of a block's calls
	StateRoot     = Bytes32[stateRoot]     // Keccak root of contract state
	NullifierRoot = Bytes32[nullifierRoot] // Merkle mountain range over all nullifiers
	PoolRoot      = Bytes32[poolRoot]      // sparse Merkle tree over the shielded pool of each asset
	Mix           = Bytes32[mixDigest]     // what Gerohash read from its dataset

	NoteRoot   = Bytes32[noteRoot]   // element: root of the note tree
	Nullifier  = Bytes32[nullifier]  // element: marks a note as spent without naming it
	Commitment = Bytes32[commitment] // element: commits to a whole note, a leaf of the note tree
	PartialCM  = Bytes32[partialCM]  // element: commits to a note's owner, randomness and data; value and asset come later
	AssetID    = Bytes32[assetID]    // element: names an asset
	Licence    = Bytes32[licence]    // element: root of the licence tree

	Point = Bytes32[point] // Jubjub point: y big-endian, top bit the parity of x
)

// One empty struct per kind keeps the kinds apart; none is ever instantiated.
type (
	blockHash     struct{}
	sealHash      struct{}
	txID          struct{}
	wtxID         struct{}
	sigHash       struct{}
	bodyRoot      struct{}
	receiptsRoot  struct{}
	stateRoot     struct{}
	nullifierRoot struct{}
	poolRoot      struct{}
	mixDigest     struct{}
	noteRoot      struct{}
	nullifier     struct{}
	commitment    struct{}
	partialCM     struct{}
	assetID       struct{}
	licence       struct{}
	point         struct{}
)

// String returns 0x and 64 lower-case hex digits.
func (b Bytes32[K]) String() string { return "0x" + hex.EncodeToString(b[:]) }

// IsZero reports whether every byte is zero.
func (b Bytes32[K]) IsZero() bool { return b == Bytes32[K]{} }

// MarshalText implements encoding.TextMarshaler with the form of String.
func (b Bytes32[K]) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText accepts 0x and exactly 64 hex digits.
func (b *Bytes32[K]) UnmarshalText(text []byte) error { return unmarshalHex(b[:], text) }

// Proof is a Groth16 proof on the wire: Ar (48 bytes), Bs (96) and Krs (48), each compressed.
type Proof [192]byte

// Signature is a Schnorr signature over Jubjub: R (32 bytes) and s (32 bytes, big-endian).
type Signature [64]byte

// Nonce is the miner's free eight bytes.
type Nonce [8]byte

// Bloom is the 2,048-bit log filter of Ethereum.
type Bloom [256]byte

// EthAddress is a contract's or one-time caller's 20-byte address.
type EthAddress [20]byte

// String returns 0x and 40 lower-case hex digits.
func (a EthAddress) String() string { return "0x" + hex.EncodeToString(a[:]) }

// MarshalText implements encoding.TextMarshaler with the form of String.
func (a EthAddress) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText accepts 0x and exactly 40 hex digits.
func (a *EthAddress) UnmarshalText(text []byte) error { return unmarshalHex(a[:], text) }

// Height counts blocks from genesis, which has height 0.
type Height uint64

// Time is a moment in whole seconds since 1970-01-01 UTC.
type Time uint64

// Gas counts units of computation.
type Gas uint64

// Position is the index of a leaf in the note tree, from 0.
type Position uint64

// NativeAsset is the id of the coin SERO: the element 1.
var NativeAsset = AssetID{31: 1}

// EmptyStateRoot is the Keccak root of contract state without any account.
var EmptyStateRoot = StateRoot{
	0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
	0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21,
}

// ParseHex32 reads 0x and exactly 64 hex digits.
func ParseHex32[K any](s string) (Bytes32[K], error) {
	var b Bytes32[K]
	return b, b.UnmarshalText([]byte(s))
}

func unmarshalHex(dst, text []byte) error {
	s, ok := strings.CutPrefix(string(text), "0x")
	if !ok || len(s) != 2*len(dst) {
		return fmt.Errorf("hex value: want 0x and %d digits, got %d characters", 2*len(dst), len(text))
	}
	if _, err := hex.Decode(dst, []byte(s)); err != nil {
		return fmt.Errorf("hex value: %w", err)
	}
	return nil
}
