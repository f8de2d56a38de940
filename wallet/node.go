package wallet

import (
	"io"
	"log/slog"
	"time"

	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// Path holds the siblings of a leaf from the bottom up, as a proof of membership wants them.
type Path = [ledger.Depth][ledger.Arity - 1]field.Element

// Chain is what the wallet asks of the node's chain. Every method is safe for concurrent use.
type Chain interface {
	// Tip returns hash and header of the best block.
	Tip() (types.BlockHash, *types.Header)
	// UpdatesSince leads from a block towards the best one, in at most max blocks at once; it is empty at the best one. From the zero hash
	// it starts with the genesis block. A hash whose block is not known is an error.
	UpdatesSince(from types.BlockHash, max int) (types.Update, error)
	// HashAt returns the hash of the best chain's block at a height; a height above the tip is an error.
	HashAt(types.Height) (types.BlockHash, error)
	// Header returns a block's header.
	Header(types.BlockHash) (*types.Header, error)
	// Path returns the siblings of a leaf in the note tree as it stood after a height of the best chain, and that tree's root. It is an
	// error if the height is no anchor any more or the leaf is younger.
	Path(pos types.Position, anchor types.Height) (Path, types.NoteRoot, error)
	// Subscribe returns a channel that gets a value after the best block changed, and a function that ends the subscription.
	Subscribe() (<-chan struct{}, func())
}

// Pool is where transactions wait to be mined.
type Pool interface {
	// Add takes a transaction and relays it. Errors implement rule.Classed.
	Add(*types.Tx) (types.TxID, error)
	// Has reports whether a transaction waits.
	Has(types.TxID) bool
}

// Store is the wallet's own key-value database, apart from the chain's.
type Store interface {
	// Has reports whether a key is there.
	Has(key []byte) (bool, error)
	// Get returns the value of a key that is there.
	Get(key []byte) ([]byte, error)
	// Iterate calls fn for every key that begins with prefix, in order, from prefix+start on, until fn returns an error, which it returns.
	// The slices are fn's only during the call.
	Iterate(prefix, start []byte, fn func(key, value []byte) error) error
	// Update calls fn to collect changes and makes all of them or none, durably before it returns.
	Update(fn func(Writer) error) error
}

// Writer collects the changes of an Update. It is an alias, so that a store need not import this package to name the same type.
type Writer = interface {
	Put(key, value []byte) error
	Delete(key []byte) error
}

// Network is what the wallet must know of the network it is on.
type Network struct {
	ChainID  uint64
	HRP      string // human-readable part of addresses
	Genesis  types.BlockHash
	Subsidy  func(types.Height) types.Amount // to the miner of the block at a height, without fees
	Maturity types.Height                    // blocks from a reward's block to the one that appends it
	Assets   []Asset                         // names people know; the coin need not be among them
}

// Asset is what people call an asset.
type Asset struct {
	ID       types.AssetID
	Kind     string // "coin", "token", "ticket", "package"
	Name     string
	Decimals int
}

// Config is everything a wallet works with.
type Config struct {
	Network  Network
	Keystore *Keystore
	Store    Store
	Chain    Chain
	Pool     Pool
	// NotSynced returns why the node does not know the chain's present yet, or "". Nil means that it always knows.
	NotSynced func() string
	// DevWords are the public words of a development network; the wallet then has accounts of them that need no passphrase.
	DevWords string

	Rand    io.Reader        // default crypto/rand
	Now     func() time.Time // default time.Now
	Log     *slog.Logger     // default discards; no secret, name, address or amount is logged
	Workers int              // parallel trial decryptions, default the number of cores

	prover prover // default the prover of statement T; tests of everything else replace it
}

// DevNames are the accounts of the public words on a development network.
var DevNames = []string{"alice", "bob", "carol"}

func (c *Config) notSynced() string {
	if c.NotSynced == nil {
		return ""
	}
	return c.NotSynced()
}
