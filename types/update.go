package types

// Origin says why a leaf of the note tree was appended.
type Origin uint8

// The origins of leaves.
const (
	OriginGenesis  Origin = iota // written in the genesis; public value and asset
	OriginCoinbase               // a miner's subsidy and fees; public value
	OriginOutput                 // an output of a bundle; hidden value and asset
)

// Leaf is one appended note commitment with what the chain knows about it. For an output only Commitment and Ct are set; a note
// completed by the protocol has its public parts, and Ct where it carries one.
type Leaf struct {
	Origin     Origin
	Commitment Commitment
	Ct         *Ciphertext
	PCM        PartialCM
	Asset      AssetID
	Value      Amount
	Source     Height // for a coinbase, the block whose reward this is
	Tx         int    // for an output, the index of its transaction in the block
}

// AppliedBlock is a block as the ledger took it: what followers such as the wallet need to keep up.
type AppliedBlock struct {
	Block    *Block
	Hash     BlockHash
	FirstPos Position // position of Leaves[0]
	Leaves   []Leaf   // in order of position
}

// Update takes a follower from one tip to a better one: first undo Reverted, newest first, then apply Applied, oldest first.
type Update struct {
	Reverted []AppliedBlock
	Applied  []AppliedBlock
}
