// Package gadget holds the parts that statements share, in-circuit and natively: note tree paths, multiplication of a fixed base of
// Jubjub, range checks. See docs/protocol/primitives.md.
//
// A gadget asserts: what it returns is constrained by the time it returns. The one hint used anywhere is the library's decomposition into
// bits, whose outputs are constrained to be booleans with the right sum.
package gadget
