package types

// Sizes and limits of a transaction's encoding, in bytes or entries.
const (
	TxVersion      = 1
	MaxTxSize      = 256 << 10
	MaxBundles     = 4
	BundleInputs   = 3
	BundleOutputs  = 3
	EncSize        = 273 // version 1, d 16, asset 32, value 16, data 32, seed 32, memo 128, tag 16
	OutSize        = 112 // owner 32, P 32, esk 32, tag 16
	CiphertextSize = 32 + EncSize + OutSize
	MemoSize       = 128

	bundleSize = 32 + 3*32 + 3*32 + 32 + 16 + 16 + 32 + 3*CiphertextSize + 192 + 64
)

// Tx is a transaction: one to four bundles that move notes and pay the fee, and an optional contract call.
type Tx struct {
	Version  uint32
	ChainID  uint64
	Expiry   Height // the transaction may be in blocks below this height
	GasLimit Gas
	GasPrice Amount // Ta per unit of gas
	Bundles  []Bundle
	Call     *Call // nil for a plain payment
}

// Bundle spends three notes and makes three under one proof; dummies on either side hide how many are real.
type Bundle struct {
	Anchor      NoteRoot
	Nullifiers  [BundleInputs]Nullifier
	Commitments [BundleOutputs]Commitment
	RK          Point   // randomised spend key, checks Sig
	ValueNative Amount  // vN: coins leaving the pool, for the fee and a call's value
	ValueToken  Amount  // vT: units of PubAsset leaving the pool, deposited with a call
	PubAsset    AssetID // zero unless ValueToken is positive
	Ciphertexts [BundleOutputs]Ciphertext
	Proof       Proof
	Sig         Signature
}

// Ciphertext carries a note to its receiver (Enc) and lets its sender read it again (Out). Both have fixed lengths.
type Ciphertext struct {
	EPK [32]byte // X25519 ephemeral key
	Enc [EncSize]byte
	Out [OutSize]byte
}

// Encode appends the ciphertext.
func (c *Ciphertext) Encode(e *Encoder) {
	e.Raw(c.EPK[:])
	e.Raw(c.Enc[:])
	e.Raw(c.Out[:])
}

// Decode reads the ciphertext.
func (c *Ciphertext) Decode(d *Decoder) {
	d.Raw(c.EPK[:])
	d.Raw(c.Enc[:])
	d.Raw(c.Out[:])
}

func (b *Bundle) encode(e *Encoder) {
	e.Raw(b.Anchor[:])
	for i := range b.Nullifiers {
		e.Raw(b.Nullifiers[i][:])
	}
	for i := range b.Commitments {
		e.Raw(b.Commitments[i][:])
	}
	e.Raw(b.RK[:])
	e.Amount(b.ValueNative)
	e.Amount(b.ValueToken)
	e.Raw(b.PubAsset[:])
	for i := range b.Ciphertexts {
		b.Ciphertexts[i].Encode(e)
	}
	if e.witness {
		e.Raw(b.Proof[:])
		e.Raw(b.Sig[:])
	}
}

func (b *Bundle) decode(d *Decoder) {
	d.Raw(b.Anchor[:])
	for i := range b.Nullifiers {
		d.Raw(b.Nullifiers[i][:])
	}
	for i := range b.Commitments {
		d.Raw(b.Commitments[i][:])
	}
	d.Raw(b.RK[:])
	b.ValueNative = d.Amount()
	b.ValueToken = d.Amount()
	d.Raw(b.PubAsset[:])
	for i := range b.Ciphertexts {
		b.Ciphertexts[i].Decode(d)
	}
	d.Raw(b.Proof[:])
	d.Raw(b.Sig[:])
}

// Encode appends the transaction.
func (t *Tx) Encode(e *Encoder) {
	e.Uint32(t.Version)
	e.Uint64(t.ChainID)
	e.Uint64(uint64(t.Expiry))
	e.Uint64(uint64(t.GasLimit))
	e.Amount(t.GasPrice)
	e.Count(len(t.Bundles))
	for i := range t.Bundles {
		t.Bundles[i].encode(e)
	}
	e.Present(t.Call != nil)
	if t.Call != nil {
		t.Call.encode(e)
	}
}

// Decode reads the transaction.
func (t *Tx) Decode(d *Decoder) {
	t.Version = d.Uint32()
	t.ChainID = d.Uint64()
	t.Expiry = Height(d.Uint64())
	t.GasLimit = Gas(d.Uint64())
	t.GasPrice = d.Amount()
	t.Bundles = make([]Bundle, d.Count(MaxBundles, bundleSize))
	for i := range t.Bundles {
		t.Bundles[i].decode(d)
	}
	t.Call = nil
	if d.Present() {
		t.Call = new(Call)
		t.Call.decode(d)
	}
}

// Bytes returns the transaction's encoding.
func (t *Tx) Bytes() []byte {
	e := NewEncoder(len(t.Bundles)*bundleSize + 64)
	t.Encode(e)
	return e.Bytes()
}

// Size returns the length of the transaction's encoding in bytes.
func (t *Tx) Size() int { return len(t.Bytes()) }

// DecodeTx reads exactly one transaction of at most MaxTxSize bytes; errors wrap ErrEncoding.
func DecodeTx(b []byte) (*Tx, error) {
	d := NewDecoder(b)
	if len(b) > MaxTxSize {
		d.fail("transaction of %d bytes, limit %d", len(b), MaxTxSize)
	}
	t := new(Tx)
	t.Decode(d)
	if err := d.Finish(); err != nil {
		return nil, err
	}
	return t, nil
}

// effects returns all fields but proofs and signatures: what signatures and ids cover.
func (t *Tx) effects() []byte {
	e := &Encoder{buf: make([]byte, 0, len(t.Bundles)*bundleSize+64)}
	t.Encode(e)
	return e.Bytes()
}

// SigHash returns what the transaction's signatures sign on the network of the given genesis.
func (t *Tx) SigHash(genesis BlockHash) SigHash {
	return Blake2b(labelSig, genesis[:], t.effects())
}

// ID returns the transaction's id, which no change of a proof or signature alters.
func (t *Tx) ID(genesis BlockHash) TxID {
	return Blake2b(labelTxID, genesis[:], t.effects())
}

// WID returns the hash of all of the transaction's bytes, proofs and signatures included.
func (t *Tx) WID() WTxID { return Blake2b(labelWTxID, t.Bytes()) }
