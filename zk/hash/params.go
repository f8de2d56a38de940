// Package hash is the one hash that circuits and nodes share: Poseidon2 over F, natively and as a gadget, from one parameter set.
//
// The permutation has width 3, 8 full and 56 partial rounds and the S-box x^5; its round constants are those of gnark-crypto's
// derivation, which docs/protocol/primitives.md spells out and a test repeats. H and N are safe for concurrent use.
package hash

import (
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr/poseidon2"
	"github.com/consensys/gnark/frontend"
	gadget "github.com/consensys/gnark/std/permutation/poseidon2"

	"github.com/gero-chain/gero/zk/field"
)

// The parameters of the permutation, passed explicitly everywhere: the library's default of 6 and 50 rounds lacks the usual margin.
const (
	width         = 3
	fullRounds    = 8
	partialRounds = 56
)

// Tags separate the uses of H. They are below 64, so that a tag and an input count never meet in the first lane.
const (
	TagAccount       = 0  // K = H_0(ak.x, ak.y, nk)
	TagOwner         = 1  // owner = H_1(K, d)
	TagPartial       = 2  // pcm = H_2(owner, rcm, data)
	TagCommitment    = 3  // cm = H_3(pcm, asset, v, psi)
	TagNullifier     = 4  // nf = H_4(nk, rcm, cm, pos)
	TagContentKey    = 5  // kcom = H_5(K)
	TagPackage       = 6  // sub = H_6(kcom, trunc31(ctRoot), len)
	TagLicenceLeaf   = 8  // leaf = H_8(h, expiry)
	TagLicenceDraw   = 9  // draw = H_9(secret, s)
	TagVoteNullifier = 10 // nu = H_10(secret, s)
	TagBond          = 11 // h = H_11(secret)
)

const (
	maxTag    = 63
	maxInputs = 255
)

var permutation = poseidon2.NewPermutation(width, fullRounds, partialRounds)

// start returns 256*tag+n, the first lane of H's initial state. It panics on a tag above 63 or more than 255 inputs, both of which are
// constants of the calling code.
func start(tag uint8, n int) uint64 {
	if tag > maxTag || n < 1 || n > maxInputs {
		panic("hash tag or input count out of range")
	}
	return 256*uint64(tag) + uint64(n)
}

// H returns H_tag(xs...): the state starts as (256*tag+n, 0, 0); per pair of inputs, zero-padded, the pair is added to lanes 1 and 2 and
// the state permuted; the result is lane 1. xs must hold 1 to 255 elements.
func H(tag uint8, xs ...field.Element) field.Element {
	var state [width]field.Element
	state[0].SetUint64(start(tag, len(xs)))
	for i := 0; i < len(xs); i += 2 {
		state[1].Add(&state[1], &xs[i])
		if i+1 < len(xs) {
			state[2].Add(&state[2], &xs[i+1])
		}
		permute(&state)
	}
	return state[1]
}

// N returns the node of a tree with the children a, b and c: lane 0 after the permutation, plus a. Adding a makes the fixed-width
// permutation one-way.
func N(a, b, c field.Element) field.Element {
	state := [width]field.Element{a, b, c}
	permute(&state)
	state[0].Add(&state[0], &a)
	return state[0]
}

func permute(state *[width]field.Element) {
	if err := permutation.Permutation(state[:]); err != nil {
		panic("permutation refused its own width: " + err.Error())
	}
}

// Gadget computes H and N inside a circuit over F.
type Gadget struct {
	api frontend.API
	p   *gadget.Permutation
}

// NewGadget returns the gadget for a circuit; the error says that the circuit's field is not F.
func NewGadget(api frontend.API) (*Gadget, error) {
	p, err := gadget.NewPoseidon2FromParameters(api, width, fullRounds, partialRounds)
	if err != nil {
		return nil, err
	}
	return &Gadget{api: api, p: p}, nil
}

// H is the native H, constraint for constraint: 240 per pair of inputs.
func (g *Gadget) H(tag uint8, xs ...frontend.Variable) frontend.Variable {
	state := []frontend.Variable{start(tag, len(xs)), 0, 0}
	for i := 0; i < len(xs); i += 2 {
		state[1] = g.api.Add(state[1], xs[i])
		if i+1 < len(xs) {
			state[2] = g.api.Add(state[2], xs[i+1])
		}
		g.permute(state)
	}
	return state[1]
}

// N is the native N: 240 constraints.
func (g *Gadget) N(a, b, c frontend.Variable) frontend.Variable {
	state := []frontend.Variable{a, b, c}
	g.permute(state)
	return g.api.Add(state[0], a)
}

func (g *Gadget) permute(state []frontend.Variable) {
	if err := g.p.Permutation(state); err != nil {
		panic("permutation refused its own width: " + err.Error())
	}
}
