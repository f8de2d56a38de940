package types

import "encoding/binary"

// Vote is a licence holder's word for the parent of the block that carries it.
type Vote struct {
	Nullifier Nullifier // nu: at most one per licence and block
	PCM       PartialCM // receives the vote's reward
	Proof     Proof
}

// Body holds what a header commits to by its BodyRoot.
type Body struct {
	Votes []Vote
	Txs   []*Tx
}

// Block is a header with its body. A Block is not changed after it has been handed to a chain.
type Block struct {
	Header *Header
	Body   *Body
}

// Encode appends the vote.
func (v *Vote) Encode(e *Encoder) {
	e.Raw(v.Nullifier[:])
	e.Raw(v.PCM[:])
	e.Raw(v.Proof[:])
}

// Decode reads the vote.
func (v *Vote) Decode(d *Decoder) {
	d.Raw(v.Nullifier[:])
	d.Raw(v.PCM[:])
	d.Raw(v.Proof[:])
}

// Encode appends the body.
func (b *Body) Encode(e *Encoder) {
	e.Count(len(b.Votes))
	for i := range b.Votes {
		b.Votes[i].Encode(e)
	}
	e.Count(len(b.Txs))
	for _, tx := range b.Txs {
		tx.Encode(e)
	}
}

// Decode reads the body.
func (b *Body) Decode(d *Decoder) {
	if n := d.Count(MaxVotes, VoteSize); n > 0 {
		b.Votes = make([]Vote, n)
	}
	for i := range b.Votes {
		b.Votes[i].Decode(d)
	}
	if n := d.Count(MaxBodySize/bundleSize, bundleSize); n > 0 {
		b.Txs = make([]*Tx, n)
	}
	for i := range b.Txs {
		start := len(d.rest)
		b.Txs[i] = new(Tx)
		b.Txs[i].Decode(d)
		if size := start - len(d.rest); size > MaxTxSize {
			d.fail("transaction of %d bytes, limit %d", size, MaxTxSize)
		}
	}
}

// Bytes returns the body's encoding.
func (b *Body) Bytes() []byte {
	e := NewEncoder(len(b.Txs)*2048 + 8)
	b.Encode(e)
	return e.Bytes()
}

// DecodeBody reads exactly one body of at most MaxBodySize bytes; errors wrap ErrEncoding.
func DecodeBody(data []byte) (*Body, error) {
	d := NewDecoder(data)
	if len(data) > MaxBodySize {
		d.fail("body of %d bytes, limit %d", len(data), MaxBodySize)
	}
	b := new(Body)
	b.Decode(d)
	if err := d.Finish(); err != nil {
		return nil, err
	}
	return b, nil
}

// Bytes returns the block's encoding: header, then body.
func (b *Block) Bytes() []byte {
	e := NewEncoder(MaxHeaderSize + len(b.Body.Txs)*2048)
	b.Header.Encode(e)
	b.Body.Encode(e)
	return e.Bytes()
}

// DecodeBlock reads exactly one block; errors wrap ErrEncoding.
func DecodeBlock(data []byte) (*Block, error) {
	d := NewDecoder(data)
	b := &Block{Header: new(Header), Body: new(Body)}
	b.Header.Decode(d)
	if d.err == nil && len(d.rest) > MaxBodySize {
		d.fail("body of %d bytes, limit %d", len(d.rest), MaxBodySize)
	}
	b.Body.Decode(d)
	if err := d.Finish(); err != nil {
		return nil, err
	}
	return b, nil
}

// Hash returns the hash of the block's header.
func (b *Block) Hash() BlockHash { return b.Header.Hash() }

// Root returns what a header's BodyRoot must be for this body on the network of the given genesis.
func (b *Body) Root(genesis BlockHash) BodyRoot {
	votes := make([][32]byte, len(b.Votes))
	for i := range b.Votes {
		e := NewEncoder(VoteSize)
		b.Votes[i].Encode(e)
		votes[i] = Blake2b(labelVoteLeaf, e.Bytes())
	}
	txs := make([][32]byte, len(b.Txs))
	for i, tx := range b.Txs {
		id, wid := tx.ID(genesis), tx.WID()
		txs[i] = Blake2b(labelTxLeaf, id[:], wid[:])
	}
	var counts [8]byte
	binary.BigEndian.PutUint32(counts[:4], uint32(len(votes))) //nolint:gosec // at most MaxVotes
	binary.BigEndian.PutUint32(counts[4:], uint32(len(txs)))   //nolint:gosec // bounded by MaxBodySize
	votesRoot, txsRoot := merkleRoot(labelBodyNode, votes), merkleRoot(labelBodyNode, txs)
	return Blake2b(labelBody, counts[:], votesRoot[:], txsRoot[:])
}
