// Package note holds what owns, hides and delivers money: keys, diversified addresses, notes with their commitments and nullifiers, and the
// encryption that carries a note to its receiver.
//
// It is the native twin of the statements' hashing: whatever a circuit recomputes from a note is computed here first, under the same
// name. Nothing here reads a clock or a random source of its own; randomness comes in as an io.Reader. Everything is safe for concurrent
// use, because no value changes after it was made. docs/protocol/notes.md is the specification of every byte.
package note
