package types

import "github.com/holiman/uint256"

// Sizes and limits of a block's encoding, in bytes or entries.
const (
	HeaderVersion = 1
	MaxExtra      = 32
	MaxBodySize   = 4 << 20
	MaxVotes      = 5
	VoteSize      = 32 + 32 + 192

	headerMinSize = 4 + 32 + 8 + 8 + 32 + 8 + 8 + 2*32 + 256 + 5*32 + 8 + 1 + 32 + CiphertextSize + 4 + 8 + 32
	// MaxHeaderSize is the length of a header with a full extra field.
	MaxHeaderSize = headerMinSize + MaxExtra
	// MaxBlockSize is the length of the largest block.
	MaxBlockSize = MaxHeaderSize + MaxBodySize
)

// Difficulty is the expected number of hashes for a seal, and so the weight a block adds to its chain.
type Difficulty struct{ uint256.Int }

// NewDifficulty returns n expected hashes.
func NewDifficulty(n uint64) Difficulty { return Difficulty{*uint256.NewInt(n)} }

// Weight is a sum of difficulties along a chain.
type Weight struct{ uint256.Int }

// Add returns the weight after one more block; overflow would need more hashes than can ever be made and saturates.
func (w Weight) Add(d Difficulty) Weight {
	var sum Weight
	if _, over := sum.AddOverflow(&w.Int, &d.Int); over {
		sum.SetAllOne()
	}
	return sum
}

// Cmp returns -1, 0 or 1 as w is less than, equal to or greater than o.
func (w Weight) Cmp(o Weight) int { return w.Int.Cmp(&o.Int) }

// Header commits to everything a block is and does.
type Header struct {
	Version        uint32
	Parent         BlockHash
	Number         Height
	Time           Time
	Difficulty     Difficulty
	GasLimit       Gas
	GasUsed        Gas
	BodyRoot       BodyRoot
	ReceiptsRoot   ReceiptsRoot
	LogsBloom      Bloom
	StateRoot      StateRoot
	NoteRoot       NoteRoot
	NullifierRoot  NullifierRoot
	PoolRoot       PoolRoot
	LicenceRoot    Licence
	ActiveLicences uint64
	Votes          uint8      // number of votes in the body
	CoinbasePCM    PartialCM  // receives subsidy and fees
	CoinbaseCt     Ciphertext // for a receiver who cannot derive CoinbasePCM; otherwise indistinguishable noise
	Extra          []byte     // at most MaxExtra bytes of the miner's choice
	Nonce          Nonce
	Mix            Mix
}

func (h *Header) encodeUnsealed(e *Encoder) {
	e.Uint32(h.Version)
	e.Raw(h.Parent[:])
	e.Uint64(uint64(h.Number))
	e.Uint64(uint64(h.Time))
	difficulty := h.Difficulty.Bytes32()
	e.Raw(difficulty[:])
	e.Uint64(uint64(h.GasLimit))
	e.Uint64(uint64(h.GasUsed))
	e.Raw(h.BodyRoot[:])
	e.Raw(h.ReceiptsRoot[:])
	e.Raw(h.LogsBloom[:])
	e.Raw(h.StateRoot[:])
	e.Raw(h.NoteRoot[:])
	e.Raw(h.NullifierRoot[:])
	e.Raw(h.PoolRoot[:])
	e.Raw(h.LicenceRoot[:])
	e.Uint64(h.ActiveLicences)
	e.Uint8(h.Votes)
	e.Raw(h.CoinbasePCM[:])
	h.CoinbaseCt.Encode(e)
	e.Var(h.Extra)
}

// Encode appends the header.
func (h *Header) Encode(e *Encoder) {
	h.encodeUnsealed(e)
	e.Raw(h.Nonce[:])
	e.Raw(h.Mix[:])
}

// Decode reads the header.
func (h *Header) Decode(d *Decoder) {
	h.Version = d.Uint32()
	d.Raw(h.Parent[:])
	h.Number = Height(d.Uint64())
	h.Time = Time(d.Uint64())
	var difficulty [32]byte
	d.Raw(difficulty[:])
	h.Difficulty.SetBytes32(difficulty[:])
	h.GasLimit = Gas(d.Uint64())
	h.GasUsed = Gas(d.Uint64())
	d.Raw(h.BodyRoot[:])
	d.Raw(h.ReceiptsRoot[:])
	d.Raw(h.LogsBloom[:])
	d.Raw(h.StateRoot[:])
	d.Raw(h.NoteRoot[:])
	d.Raw(h.NullifierRoot[:])
	d.Raw(h.PoolRoot[:])
	d.Raw(h.LicenceRoot[:])
	h.ActiveLicences = d.Uint64()
	h.Votes = d.Uint8()
	d.Raw(h.CoinbasePCM[:])
	h.CoinbaseCt.Decode(d)
	h.Extra = d.Var(MaxExtra)
	d.Raw(h.Nonce[:])
	d.Raw(h.Mix[:])
}

// Bytes returns the header's encoding.
func (h *Header) Bytes() []byte {
	e := NewEncoder(MaxHeaderSize)
	h.Encode(e)
	return e.Bytes()
}

// DecodeHeader reads exactly one header; errors wrap ErrEncoding.
func DecodeHeader(b []byte) (*Header, error) {
	d := NewDecoder(b)
	h := new(Header)
	h.Decode(d)
	if err := d.Finish(); err != nil {
		return nil, err
	}
	return h, nil
}

// SealHash returns what the proof of work is made over: everything but nonce and mix.
func (h *Header) SealHash() SealHash {
	e := NewEncoder(MaxHeaderSize)
	h.encodeUnsealed(e)
	return Blake2b(labelSeal, e.Bytes())
}

// Hash returns the block's hash, over the whole header.
func (h *Header) Hash() BlockHash { return Blake2b(labelBlock, h.Bytes()) }

// Copy returns a deep copy.
func (h *Header) Copy() *Header {
	c := *h
	c.Extra = append([]byte(nil), h.Extra...)
	return &c
}
