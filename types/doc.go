// Package types holds the data two nodes exchange: blocks, transactions, votes, ids and amounts, each with its one canonical encoding and hash.
//
// The package knows encodings, not rules: a value that decodes is well-formed, never therefore valid. Whether field elements are
// canonical and points lie on the curve is for zk/field; whether a block may join a chain is for consensus.
package types
