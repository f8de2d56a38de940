// Package groth proves and verifies Groth16 statements over BLS12-381: set-up, keys pinned by hash, the project's own 192-byte proof
// encoding, single and batch verification. See docs/protocol/proofs.md.
//
// Curve arithmetic, the pairing and the prover are gnark's. What comes from outside (proofs, public inputs) is decoded here, canonical
// or refused; what comes from files (keys) is read only after its SHA-256 has matched a pin.
//
// Only plain R1CS statements are supported: no gnark commitments and therefore no lookups. They would put a further point into every
// proof and double the time to verify it.
//
// All functions are safe for concurrent use; keys are immutable once loaded.
package groth

import "github.com/consensys/gnark/logger"

// init silences gnark, which writes to standard output by default and would corrupt the data that commands print there. gnark offers
// no narrower switch for the compiler and the set-up.
func init() { logger.Disable() }
