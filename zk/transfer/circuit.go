package transfer

import (
	"sync"

	"github.com/consensys/gnark/frontend"

	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/gadget"
	"github.com/gero-chain/gero/zk/hash"
)

// circuit is statement T as constraints. The order of its public fields is the order of the public inputs.
type circuit struct {
	Anchor      frontend.Variable          `gnark:",public"`
	Nullifiers  [inputs]frontend.Variable  `gnark:",public"`
	Commitments [outputs]frontend.Variable `gnark:",public"`
	RK          gadget.PointVar            `gnark:",public"`
	VN          frontend.Variable          `gnark:",public"`
	VT          frontend.Variable          `gnark:",public"`
	PubAsset    frontend.Variable          `gnark:",public"`

	AK      gadget.PointVar
	NK      frontend.Variable
	Alpha   [alphaBits]frontend.Variable // bits, lowest first
	Token   frontend.Variable
	Inputs  [inputs]inputVars
	Outputs [outputs]outputVars
}

// inputVars are the secrets of one input. Lane is 0 for the native asset and 1 for Token.
type inputVars struct {
	D, Rcm, Data, Psi, V, Lane frontend.Variable
	Path                       gadget.PathVar
}

// outputVars are the secrets of one output.
type outputVars struct {
	Owner, Rcm, Data, Psi, V, Lane frontend.Variable
}

// native is the element that names the coin.
const native = 1

// baseB is tabulated when a circuit is compiled, which a node never does: it loads the compiled one.
var baseB = sync.OnceValue(func() *gadget.FixedBase { return gadget.NewFixedBase(field.BaseB(), alphaBits) })

// Define lists the clauses of T.
func (c *circuit) Define(api frontend.API) error {
	h, err := hash.NewGadget(api)
	if err != nil {
		return err
	}
	c.spendAuthority(api)
	account := h.H(hash.TagAccount, c.AK.X, c.AK.Y, c.NK)
	for i := range c.Inputs {
		c.input(api, h, i, account)
	}
	for i := range c.Outputs {
		c.output(api, h, i)
	}
	c.balance(api)
	c.publicAsset(api)
	// The anchor and the public asset are factors that can be multiplied by 0; every other public input is one side of an equality.
	gadget.Bind(api, c.Anchor, c.PubAsset)
	return nil
}

// spendAuthority is T1: ak lies on the curve and rk = ak + [alpha]B. Alpha need not be below l: the clause is about [alpha]B only.
func (c *circuit) spendAuthority(api frontend.API) {
	gadget.AssertOnCurve(api, c.AK)
	rk := gadget.AddPoints(api, c.AK, baseB().Mul(api, c.Alpha[:]))
	api.AssertIsEqual(c.RK.X, rk.X)
	api.AssertIsEqual(c.RK.Y, rk.Y)
}

// input is T2 for one input: the note is the account's, its nullifier is right, and unless it is worth nothing it lies in the tree. Only
// the last equality is conditional.
func (c *circuit) input(api frontend.API, h *hash.Gadget, i int, account frontend.Variable) {
	in := &c.Inputs[i]
	owner := h.H(hash.TagOwner, account, in.D)
	cm := commitment(h, owner, in.Rcm, in.Data, c.asset(api, in.Lane), in.V, in.Psi)
	pos := in.Path.Position(api)
	api.AssertIsEqual(c.Nullifiers[i], h.H(hash.TagNullifier, c.NK, in.Rcm, cm, pos))
	gadget.AssertEqualIf(api, in.V, in.Path.Root(api, h, cm), c.Anchor)
}

// output is T3 for one output: its commitment is right and its value is an amount.
func (c *circuit) output(api frontend.API, h *hash.Gadget, i int) {
	out := &c.Outputs[i]
	gadget.AssertAmount(api, out.V)
	api.AssertIsEqual(c.Commitments[i], commitment(h, out.Owner, out.Rcm, out.Data, c.asset(api, out.Lane), out.V, out.Psi))
}

// balance is T4: per lane, what goes in comes out or leaves in the open. The public values are checked to be amounts in here as well: as
// bare elements, r-8 would mint 8.
func (c *circuit) balance(api frontend.API) {
	gadget.AssertAmount(api, c.VN)
	gadget.AssertAmount(api, c.VT)
	var total, token frontend.Variable = 0, 0 // inputs less outputs, in both lanes and in the token lane
	for i := range c.Inputs {
		in := &c.Inputs[i]
		total = api.Add(total, in.V)
		token = api.Add(token, api.Mul(in.Lane, in.V))
	}
	for i := range c.Outputs {
		out := &c.Outputs[i]
		total = api.Sub(total, out.V)
		token = api.Sub(token, api.Mul(out.Lane, out.V))
	}
	api.AssertIsEqual(api.Sub(total, token), c.VN)
	api.AssertIsEqual(token, c.VT)
}

// publicAsset is T5: whatever leaves the token lane in the open is of the public asset.
func (c *circuit) publicAsset(api frontend.API) {
	gadget.AssertEqualIf(api, c.VT, c.PubAsset, c.Token)
}

// asset constrains the lane to be boolean and returns the asset that it means.
func (c *circuit) asset(api frontend.API, lane frontend.Variable) frontend.Variable {
	api.AssertIsBoolean(lane)
	return api.Add(native, api.Mul(lane, api.Sub(c.Token, native)))
}

// commitment returns cm of a note.
func commitment(h *hash.Gadget, owner, rcm, data, asset, v, psi frontend.Variable) frontend.Variable {
	return h.H(hash.TagCommitment, h.H(hash.TagPartial, owner, rcm, data), asset, v, psi)
}
