package types

// Limits of a call's encoding, in bytes or entries.
const (
	MaxCallData = 128 << 10
	MaxEncArgs  = 16 << 10
	MaxGated    = 8
	MaxReleases = 4
	EncOpSize   = 96 // epk 32, value 16, blinding 32, tag 16
	gatedSize   = 1 + 1 + 32*4 + 1 + 8 + CiphertextSize + EncOpSize + 192
	releaseSize = 32*6 + 16 + 32 + 2*CiphertextSize + 192
)

// Call runs a contract, or creates one when To is nil. The caller is a one-time key; hidden deposits are Gated entries and hidden
// payouts Releases.
type Call struct {
	To         *EthAddress // nil creates a contract from Data
	Data       []byte
	ValueN     Amount // coins given to the contract in the open
	CallerPK   Point
	CallerSig  Signature
	RefundPCM  PartialCM // receives unused gas and, on failure, ValueN
	Gated      []Gated
	Releases   []Release
	ArgsCommit [32]byte // element: commits to encrypted arguments, zero if none
	EncArgs    []byte
}

// Gated deposits one of the transaction's outputs with the called contract, its amount hidden.
type Gated struct {
	Bundle      uint8 // index of the bundle
	Out         uint8 // index of the output in that bundle
	PCMB        PartialCM
	CMB         Commitment
	CPt         Point
	Asset       AssetID
	Flags       uint8
	RefundAfter Height
	CtB         Ciphertext
	EncOp       [EncOpSize]byte // the opening of CPt, encrypted to whom the contract names
	Proof       Proof
}

// Release takes a hidden deposit out of a contract into two notes, a public part and a remainder.
type Release struct {
	CIn   Point
	CRem  Point
	PCMA  PartialCM
	CMA   Commitment
	PCMB  PartialCM
	CMB   Commitment
	VPub  Amount
	Asset AssetID
	CtA   Ciphertext
	CtB   Ciphertext
	Proof Proof
}

func (g *Gated) encode(e *Encoder) {
	e.Uint8(g.Bundle)
	e.Uint8(g.Out)
	e.Raw(g.PCMB[:])
	e.Raw(g.CMB[:])
	e.Raw(g.CPt[:])
	e.Raw(g.Asset[:])
	e.Uint8(g.Flags)
	e.Uint64(uint64(g.RefundAfter))
	g.CtB.Encode(e)
	e.Raw(g.EncOp[:])
	if e.witness {
		e.Raw(g.Proof[:])
	}
}

func (g *Gated) decode(d *Decoder) {
	g.Bundle = d.Uint8()
	g.Out = d.Uint8()
	d.Raw(g.PCMB[:])
	d.Raw(g.CMB[:])
	d.Raw(g.CPt[:])
	d.Raw(g.Asset[:])
	g.Flags = d.Uint8()
	g.RefundAfter = Height(d.Uint64())
	g.CtB.Decode(d)
	d.Raw(g.EncOp[:])
	d.Raw(g.Proof[:])
}

func (r *Release) encode(e *Encoder) {
	e.Raw(r.CIn[:])
	e.Raw(r.CRem[:])
	e.Raw(r.PCMA[:])
	e.Raw(r.CMA[:])
	e.Raw(r.PCMB[:])
	e.Raw(r.CMB[:])
	e.Amount(r.VPub)
	e.Raw(r.Asset[:])
	r.CtA.Encode(e)
	r.CtB.Encode(e)
	if e.witness {
		e.Raw(r.Proof[:])
	}
}

func (r *Release) decode(d *Decoder) {
	d.Raw(r.CIn[:])
	d.Raw(r.CRem[:])
	d.Raw(r.PCMA[:])
	d.Raw(r.CMA[:])
	d.Raw(r.PCMB[:])
	d.Raw(r.CMB[:])
	r.VPub = d.Amount()
	d.Raw(r.Asset[:])
	r.CtA.Decode(d)
	r.CtB.Decode(d)
	d.Raw(r.Proof[:])
}

func (c *Call) encode(e *Encoder) {
	e.Present(c.To != nil)
	if c.To != nil {
		e.Raw(c.To[:])
	}
	e.Var(c.Data)
	e.Amount(c.ValueN)
	e.Raw(c.CallerPK[:])
	if e.witness {
		e.Raw(c.CallerSig[:])
	}
	e.Raw(c.RefundPCM[:])
	e.Count(len(c.Gated))
	for i := range c.Gated {
		c.Gated[i].encode(e)
	}
	e.Count(len(c.Releases))
	for i := range c.Releases {
		c.Releases[i].encode(e)
	}
	e.Raw(c.ArgsCommit[:])
	e.Var(c.EncArgs)
}

func (c *Call) decode(d *Decoder) {
	if d.Present() {
		c.To = new(EthAddress)
		d.Raw(c.To[:])
	}
	c.Data = d.Var(MaxCallData)
	c.ValueN = d.Amount()
	d.Raw(c.CallerPK[:])
	d.Raw(c.CallerSig[:])
	d.Raw(c.RefundPCM[:])
	if n := d.Count(MaxGated, gatedSize); n > 0 {
		c.Gated = make([]Gated, n)
	}
	for i := range c.Gated {
		c.Gated[i].decode(d)
	}
	if n := d.Count(MaxReleases, releaseSize); n > 0 {
		c.Releases = make([]Release, n)
	}
	for i := range c.Releases {
		c.Releases[i].decode(d)
	}
	d.Raw(c.ArgsCommit[:])
	c.EncArgs = d.Var(MaxEncArgs)
}
