// Package transfer is statement T: three notes may be spent, three are made, and no value appears. See docs/protocol/transfer.md.
//
// The statement exists twice. statement.check is the native twin, circuit.Define the constraints; both are written clause by clause under
// the names T1 to T5, and the tests hold that each accepts exactly what the other does.
//
// All functions are safe for concurrent use. Keys are embedded and loaded when first needed; a verifier never loads the proving key.
package transfer

import "github.com/gero-chain/gero/types"

// The shape of a bundle.
const (
	inputs    = types.BundleInputs
	outputs   = types.BundleOutputs
	alphaBits = 252 // the bits of l, and so of every scalar
)
