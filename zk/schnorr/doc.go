// Package schnorr signs and verifies over Jubjub: cofactorless Schnorr with a hedged nonce and strict encodings, one signature at a time
// or many by random combination. See docs/protocol/proofs.md.
//
// Known-curve signatures exist in libraries, but none over this project's own base point and hash; curve arithmetic is gnark-crypto's.
//
// That arithmetic is not constant-time, nor is math/big: Sign's running time depends on the secret key and the nonce. This is accepted
// because signing happens on the owner's machine, on a user's demand, where nobody but the owner can time it precisely; whoever can
// measure a process from within its machine can also read its memory. Nothing here may serve signatures to strangers on request.
//
// All functions are safe for concurrent use.
package schnorr
