// Package params holds what distinguishes one network from another: its numbers, its genesis and its pinned hashes.
package params

import "github.com/gero-chain/gero/types"

// Network is one chain's fixed parameters. Networks are values in this package; nothing changes them at run time, except in tests,
// which build their own.
type Network struct {
	Name     string // "betanet", "dev"
	ChainID  uint64
	OriginID uint64 // names assets; a later network that continues this one keeps it
	HRP      string // human-readable part of addresses
	Port     uint16 // p2p; 0 for none

	Spacing    uint64 // target seconds between blocks
	HalfLife   uint64 // seconds of lag that halve the difficulty
	FutureTime uint64 // seconds a block's time may lie ahead of ours before it waits
	Retarget   bool   // false keeps the genesis difficulty for ever

	MinDifficulty types.Difficulty
	Work          Work
	Reward        Reward
	Licences      Licences
	Genesis       Genesis

	GenesisHash types.BlockHash // pinned; start-up stops on a mismatch
	TransferKey [32]byte        // SHA-256 of the verifying key of statement T
}

// Work is the shape of Gerohash. Sizes are in bytes.
type Work struct {
	ChainTag       string // keys the outer hashes
	CacheSize      uint64
	DatasetInit    uint64
	DatasetGrowth  uint64 // per dataset epoch
	DatasetMax     uint64
	EpochBlocks    uint64 // blocks per dataset epoch
	ScratchpadSize uint64 // per nonce
	Accesses       uint64 // dataset rows read per hash
	Mutations      uint64 // scratchpad steps between two row reads
	Parents        uint64 // cache rows per dataset row
}

// Reward is the emission schedule.
type Reward struct {
	Miner   types.Amount // subsidy to the miner of a block
	Vote    types.Amount // to each vote carried
	Period  uint64       // blocks until the subsidy falls by Num/Den
	Num     uint64
	Den     uint64
	Periods uint64 // number of periods with a subsidy
	Delay   uint64 // blocks until a reward is appended
}

// Licences are the parameters of bonded licences and votes.
type Licences struct {
	Epoch     uint64 // blocks per licence epoch
	Admission uint64 // full epochs a bond waits
	Votes     uint64 // votes wanted per block
	From      uint64 // active licences from which votes are wanted
	Below     uint64 // active licences below which they no longer are
}

// Genesis is the first block's content.
type Genesis struct {
	Time       types.Time
	Difficulty types.Difficulty
	GasLimit   types.Gas
	Extra      string // at most 32 bytes
	Notes      []GenesisNote
}

// GenesisNote is a note that exists from the start. Its value and asset are public, its owner is not; owners find it because its
// randomness derives from their diversifier key, the word "genesis" and its index.
type GenesisNote struct {
	PCM   types.PartialCM
	Asset types.AssetID
	Value types.Amount
}

// Consensus constants that no network changes.
const (
	MaxExpiry     = 4096      // blocks between a transaction's block and its expiry at most
	TxGas         = 21_000    // intrinsic gas of a transaction
	BundleGas     = 400_000   // and of each bundle
	GasStep       = 1024      // a block's gas limit may differ from its parent's by less than a 1024th
	MinGasLimit   = 1_000_000 // of a block
	MaxGasLimit   = 1 << 40   // of a block
	MaxReorgDepth = 5760      // blocks of kept diffs; deeper reorganisations need the operator
)

// MinGasPrice is the least price of a unit of gas, 10^9 Ta.
var MinGasPrice = types.NewAmount(1_000_000_000)

// Rules are the switches that depend on height.
type Rules struct {
	Calls bool // transactions may carry a call
	Votes bool // blocks may carry votes
}

// Rules returns the switches at a height. Neither calls nor votes are active yet on any network.
func (n *Network) Rules(types.Height) Rules { return Rules{} }
