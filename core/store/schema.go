package store

import (
	"encoding/binary"
	"fmt"

	"github.com/gero-chain/gero/types"
)

// The first byte of each kind of key in the chain's database. Integers in keys are big-endian, so that their order is that of heights.
const (
	PrefixHead      = 'H' // -> hash of the best block: one record, written last in each block's batch
	PrefixHeader    = 'h' // block hash -> header
	PrefixBody      = 'b' // block hash -> body
	PrefixCanonical = 'c' // height, 8 bytes -> hash of the block on the best chain
	PrefixWeight    = 'w' // block hash -> total weight of the chain that ends there
	PrefixDiff      = 'd' // block hash -> what connecting the block changed, to revert it
	PrefixTx        = 't' // transaction id -> height and index on the best chain
	PrefixLedger    = 'l' // ledger key, as consensus gives it -> ledger value
	PrefixState     = 's' // block hash -> the small part of the ledger after a block on the best chain, while it can be reverted
	PrefixLeaves    = 'n' // block hash -> size of the note tree after a block that was connected, 8 bytes
	PrefixInvalid   = 'x' // block hash -> the rule that the block breaks, so that it is never tried again
)

const (
	hashKeyLen   = 1 + len(types.BlockHash{})
	heightKeyLen = 1 + 8
	txPlaceLen   = 8 + 4
)

// ChainLayout is the schema of the chain's database, version 1.
var ChainLayout = &Layout{
	Name: "chain",
	Prefixes: []Prefix{
		{Byte: PrefixHead, Name: "head", KeyLen: 1, ValueLen: len(types.BlockHash{})},
		{Byte: PrefixHeader, Name: "headers", KeyLen: hashKeyLen},
		{Byte: PrefixBody, Name: "bodies", KeyLen: hashKeyLen},
		{Byte: PrefixCanonical, Name: "canonical hashes", KeyLen: heightKeyLen, ValueLen: len(types.BlockHash{})},
		{Byte: PrefixWeight, Name: "total weights", KeyLen: hashKeyLen},
		{Byte: PrefixDiff, Name: "diffs", KeyLen: hashKeyLen},
		{Byte: PrefixTx, Name: "transactions", KeyLen: hashKeyLen, ValueLen: txPlaceLen},
		{Byte: PrefixLedger, Name: "ledger records"},
		{Byte: PrefixState, Name: "states", KeyLen: hashKeyLen},
		{Byte: PrefixLeaves, Name: "leaf counts", KeyLen: hashKeyLen, ValueLen: 8},
		{Byte: PrefixInvalid, Name: "invalid marks", KeyLen: hashKeyLen},
	},
}

// HeadKey is where the hash of the best block stands.
func HeadKey() []byte { return []byte{PrefixHead} }

// HeaderKey is where a block's header stands.
func HeaderKey(h types.BlockHash) []byte { return hashKey(PrefixHeader, h) }

// BodyKey is where a block's body stands.
func BodyKey(h types.BlockHash) []byte { return hashKey(PrefixBody, h) }

// CanonicalKey is where the hash of the best chain's block at a height stands.
func CanonicalKey(n types.Height) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, heightKeyLen), PrefixCanonical), uint64(n))
}

// WeightKey is where the total weight of the chain that ends in a block stands.
func WeightKey(h types.BlockHash) []byte { return hashKey(PrefixWeight, h) }

// DiffKey is where the changes that a block made stand.
func DiffKey(h types.BlockHash) []byte { return hashKey(PrefixDiff, h) }

// TxKey is where a transaction's place on the best chain stands.
func TxKey(id types.TxID) []byte {
	return append(append(make([]byte, 0, hashKeyLen), PrefixTx), id[:]...)
}

// LedgerKey is where the value of a ledger key stands.
func LedgerKey(k []byte) []byte { return append(append(make([]byte, 0, 1+len(k)), PrefixLedger), k...) }

// StateKey is where the small part of the ledger after a block stands.
func StateKey(h types.BlockHash) []byte { return hashKey(PrefixState, h) }

// LeavesKey is where the size of the note tree after a block stands.
func LeavesKey(h types.BlockHash) []byte { return hashKey(PrefixLeaves, h) }

// InvalidKey is where the mark of an invalid block stands.
func InvalidKey(h types.BlockHash) []byte { return hashKey(PrefixInvalid, h) }

func hashKey(prefix byte, h types.BlockHash) []byte {
	return append(append(make([]byte, 0, hashKeyLen), prefix), h[:]...)
}

// HashOfKey returns the hash in a key that HeaderKey, BodyKey, WeightKey, DiffKey or InvalidKey made.
func HashOfKey(key []byte) (types.BlockHash, error) {
	if len(key) != hashKeyLen {
		return types.BlockHash{}, fmt.Errorf("key of %d bytes: want %d", len(key), hashKeyLen)
	}
	return types.BlockHash(key[1:]), nil
}

// HeightOfKey returns the height in a key that CanonicalKey made.
func HeightOfKey(key []byte) (types.Height, error) {
	if len(key) != heightKeyLen {
		return 0, fmt.Errorf("key of %d bytes: want %d", len(key), heightKeyLen)
	}
	return types.Height(binary.BigEndian.Uint64(key[1:])), nil
}

// HashFromValue reads a value that is a block hash, as under HeadKey and CanonicalKey.
func HashFromValue(v []byte) (types.BlockHash, error) {
	if len(v) != len(types.BlockHash{}) {
		return types.BlockHash{}, fmt.Errorf("block hash of %d bytes: want %d", len(v), len(types.BlockHash{}))
	}
	return types.BlockHash(v), nil
}

// TxPlace is where a transaction stands on the best chain.
type TxPlace struct {
	Height types.Height
	Index  uint32 // in the block's list of transactions
}

// Bytes returns 12 bytes: height and index, big-endian.
func (p TxPlace) Bytes() []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, txPlaceLen), uint64(p.Height))
	return binary.BigEndian.AppendUint32(b, p.Index)
}

// TxPlaceFromValue reads what Bytes wrote.
func TxPlaceFromValue(v []byte) (TxPlace, error) {
	if len(v) != txPlaceLen {
		return TxPlace{}, fmt.Errorf("transaction place of %d bytes: want %d", len(v), txPlaceLen)
	}
	return TxPlace{types.Height(binary.BigEndian.Uint64(v)), binary.BigEndian.Uint32(v[8:])}, nil
}
