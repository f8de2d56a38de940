package rpc

import (
	"context"
	"time"

	"github.com/gero-chain/gero/types"
)

// Backend is the node behind the methods. Chain, Pool and Node are required; without a Wallet or a Miner their namespaces do not exist.
type Backend struct {
	Chain  Chain
	Pool   Pool
	Wallet Wallet
	Miner  Miner
	Node   Node
	// NotFound is what errors.Is finds in an error of Chain when a block or transaction is not there.
	NotFound error
}

// Chain is what the methods ask of the chain. All methods are safe for concurrent use; what they return must not be changed.
type Chain interface {
	Genesis() types.BlockHash
	Tip() (types.BlockHash, *types.Header)
	// Header and Block return a block on the best chain or beside it, or an error that is Backend.NotFound.
	Header(types.BlockHash) (*types.Header, error)
	Block(types.BlockHash) (*types.Block, error)
	// HashAt returns the best chain's block at a height, or an error that is Backend.NotFound.
	HashAt(types.Height) (types.BlockHash, error)
	OnBest(types.Height, types.BlockHash) (bool, error)
	BlockWeight(types.BlockHash) (types.Weight, error)
	// Transaction returns a transaction of the best chain, the block that holds it and its index there, or an error that is
	// Backend.NotFound.
	Transaction(types.TxID) (*types.Tx, types.BlockHash, int, error)
	AnchorHeight(types.NoteRoot) (types.Height, bool, error)
	Supply(types.AssetID) (Supply, error)
	// UpdatesSince leads from a tip towards the best one in at most max blocks.
	UpdatesSince(tip types.BlockHash, max int) (types.Update, error)
	// Subscribe returns a channel that receives after every change of tip, and the function that ends the subscription.
	Subscribe() (<-chan struct{}, func())
	AddBlock(*types.Block) error
}

// Supply is the whole of one asset after a block, in its smallest unit.
type Supply struct {
	Asset      types.AssetID `json:"asset"`
	Issued     types.Amount  `json:"issued"`
	Burned     types.Amount  `json:"burned"`
	Pool       types.Amount  `json:"pool"`       // in unspent notes
	Contracts  types.Amount  `json:"contracts"`  // in accounts of contracts
	Immature   types.Amount  `json:"immature"`   // in rewards that are not notes yet; the coin only
	Bonded     types.Amount  `json:"bonded"`     // the part of contracts that is bonds of licences
	Consistent bool          `json:"consistent"` // issued - burned = pool + contracts + immature
	Height     types.Height  `json:"height"`
}

// Pool is what the methods ask of the pool of waiting transactions.
type Pool interface {
	// Add is the one door for transactions; its errors implement rule.Classed.
	Add(*types.Tx) (types.TxID, error)
	// Get returns a waiting transaction, or nil.
	Get(types.TxID) *types.Tx
	// IDs returns the waiting transactions, the best paid first.
	IDs() []types.TxID
	Status() PoolStatus
	// Subscribe returns a channel that receives after transactions were added.
	Subscribe() (<-chan struct{}, func())
}

// PoolStatus is the pool in numbers.
type PoolStatus struct {
	Count   int
	Bytes   int
	Bundles int
}

// Node is what the methods ask of the node as a whole.
type Node interface {
	Sync() SyncState
	Peers() Peers
	// Listening reports whether the node accepts connections from peers.
	Listening() bool
	Resources() Resources
}

// SyncState says how far the node is behind the best chain it heard of.
type SyncState struct {
	Syncing bool
	Start   types.Height // where this sync began
	Target  types.Height // best height it heard of; the own height if it hears of none
}

// Peers counts connections.
type Peers struct {
	In  int `json:"in"`
	Out int `json:"out"`
}

// Resources is what the node uses of the machine, in bytes.
type Resources struct {
	DiskUsed uint64 // by the data directory
	DiskFree uint64 // left on its disk
	Memory   uint64 // obtained from the system
}

// Miner is what the methods ask of the miner.
type Miner interface {
	Start(threads int) error // 0 keeps the number of threads
	Stop()
	SetThreads(int) error
	// SetReward names who receives rewards from the next template on: an own account or an address of the network.
	SetReward(to string) error
	Status() MinerStatus
	// Work returns the newest template for a searcher outside the node, or an error that says why there is none.
	Work() (Work, error)
	SubmitWork(types.SealHash, types.Nonce, types.Mix) error
}

// MinerStatus is the miner at a glance.
type MinerStatus struct {
	State       string // "off", "preparing", "waiting", "mining", "error"
	Reason      string // why it does not mine; empty while it does
	Threads     int
	Hashrate    Hashrate
	BlocksFound uint64       // since the node started
	LastBlock   types.Height // 0 if none was found
}

// Hashrate is hashes per second, averaged over three windows.
type Hashrate struct {
	S10 float64 `json:"s10"` // ten seconds
	S60 float64 `json:"s60"` // a minute
	M15 float64 `json:"m15"` // a quarter of an hour
}

// Work is a template for a searcher outside the node.
type Work struct {
	Seal   types.SealHash
	Epoch  uint64   // of the dataset
	Seed   [32]byte // of the epoch's cache
	Target [32]byte // big-endian: a result must not exceed it
	Height types.Height
}

// Wallet is what the methods ask of the wallet. An account is named by its name, its id or its first address. Errors carry their own code
// and hint by methods Code() int and Hint() string.
type Wallet interface {
	NewAccount(name, passphrase string) (NewAccount, error)
	NewAddress(account, label string) (string, error)
	Accounts() ([]Account, error)
	Balance(account string) (Balance, error)
	EstimateSend(account string, payments []Payment, opt SendOptions) (Estimate, error)
	Send(account string, payments []Payment, opt SendOptions) (string, error)
	MergeNotes(account string, asset types.AssetID, opt SendOptions) (string, error)
	Operation(id string) (Operation, error)
	Operations(account, state string) ([]Operation, error) // "" is any
	Cancel(id string) error
	Notes(account string) ([]Note, error)
	History(account string, skip, limit int) ([]HistoryEntry, error) // limit 0 is all
	// HistoryOf returns what one transaction meant for the accounts of this wallet, by account.
	HistoryOf(tx types.TxID) (map[string]HistoryEntry, error)
	ValidateAddress(address string) AddressCheck
	ScanStatus() ScanStatus
	Rescan(account string, birthday *types.Height) error // nil: from the birthday it has
	Unlock(account, passphrase string, d time.Duration) error
	Lock(account string) error
}

// NewAccount is the answer to making an account. The mnemonic is there when a new seed was made, this one time.
type NewAccount struct {
	Account  string `json:"account"`
	Address  string `json:"address"`
	Mnemonic string `json:"mnemonic,omitempty"`
}

// Account is an account with what the wallet knows of it.
type Account struct {
	Account       string        `json:"account"` // its name
	ID            string        `json:"id"`      // wallet and index: never changes
	Address       string        `json:"address"` // its first address; empty until unlocked once on this machine
	Locked        bool          `json:"locked"`  // spending needs the passphrase first
	ScannedHeight types.Height  `json:"scannedHeight"`
	Birthday      *types.Height `json:"birthday,omitempty"` // first block that was scanned for it
	Reason        string        `json:"reason,omitempty"`   // why it is not read on
}

// Balance is an account's money; the three figures at the top are of the coin, in Ta.
type Balance struct {
	Spendable     types.Amount   `json:"spendable"`
	Immature      types.Amount   `json:"immature"` // mined, not a note yet
	Pending       types.Amount   `json:"pending"`  // change and payments of own operations that no block holds yet
	ByAsset       []AssetBalance `json:"byAsset"`  // the coin first
	ScannedHeight types.Height   `json:"scannedHeight"`
	Tip           types.Height   `json:"tip"`
	Partial       bool           `json:"partial"`          // not the whole chain was read: there may be more, or less
	Reason        string         `json:"reason,omitempty"` // why it is partial
}

// AssetBalance is the part of a balance that is of one asset, in its smallest unit.
type AssetBalance struct {
	Asset     types.AssetID `json:"asset"`
	Kind      string        `json:"kind"` // "coin", "token", "ticket", "package"; empty if not known here
	Name      string        `json:"name"` // empty if not known here
	Decimals  int           `json:"decimals"`
	Spendable types.Amount  `json:"spendable"`
	Pending   types.Amount  `json:"pending"`
}

// Payment is one payee of a send.
type Payment struct {
	To    string
	Value types.Amount
	Asset types.AssetID // zero is the coin
	Memo  string
}

// SendOptions are what a sender may leave to the wallet; zero values do.
type SendOptions struct {
	Fee     types.Amount // the most it may cost, in Ta
	Expiry  uint32       // blocks the transaction may wait
	Request string       // the caller's own name for the order: the same name orders once
}

// Estimate is what a send would cost and need.
type Estimate struct {
	Fee      types.Amount `json:"fee"` // exact, in Ta
	Gas      types.Gas    `json:"gas"`
	GasPrice types.Amount `json:"gasPrice"`
	Bundles  int          `json:"bundles"` // the one thing about it that others can see
	Notes    int          `json:"notes"`   // spent
	WaitFor  types.Height `json:"waitFor"` // block from which its notes can be spent; 0: now
}

// Operation is an order of the wallet.
type Operation struct {
	ID            string        `json:"id"`
	Account       string        `json:"account"`
	Kind          string        `json:"kind"`   // "send", "merge"
	State         string        `json:"state"`  // "queued", "proving", "sent", "confirmed", "failed"
	TxHash        string        `json:"txHash"` // empty until its transaction is made
	Height        types.Height  `json:"height"` // of the block that holds it; 0 before
	Confirmations types.Height  `json:"confirmations"`
	Progress      string        `json:"progress"`
	Error         *Problem      `json:"error"`
	Fee           types.Amount  `json:"fee"`
	Expiry        types.Height  `json:"expiry"`  // block from which its transaction is dead; 0 before it is made
	Created       int64         `json:"created"` // seconds since 1970
	Payments      []HistoryPart `json:"payments"`
}

// Problem is why an operation failed.
type Problem struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Hint    string `json:"hint"`
}

// Note is an unspent note of an account.
type Note struct {
	Position types.Position `json:"position"`
	Asset    types.AssetID  `json:"asset"`
	Value    types.Amount   `json:"value"`
	Height   types.Height   `json:"height"` // of the block that made it
	Origin   string         `json:"origin"` // "genesis", "mined", "payment"
	TxHash   string         `json:"txHash,omitempty"`
	Memo     string         `json:"memo,omitempty"`
	Address  string         `json:"address"`
	State    string         `json:"state"` // "spendable", "reserved"
}

// HistoryEntry is what one transaction or reward meant for an account.
type HistoryEntry struct {
	Type          string        `json:"type"`             // "received", "sent", "self", "mined", "genesis"
	State         string        `json:"state"`            // "confirmed", "immature", or an operation's state
	TxHash        string        `json:"txHash,omitempty"` // empty for rewards and genesis notes
	Operation     string        `json:"operation,omitempty"`
	Height        types.Height  `json:"height"` // 0 while no block holds it
	Time          types.Time    `json:"time"`
	Confirmations types.Height  `json:"confirmations"`
	Fee           types.Amount  `json:"fee"` // paid by this account, in Ta
	Parts         []HistoryPart `json:"parts"`
}

// HistoryPart is an amount that went one way.
type HistoryPart struct {
	Direction string        `json:"direction"`    // "in", "out", "change"
	To        string        `json:"to,omitempty"` // empty when nothing on the chain says to whom it went
	Label     string        `json:"label,omitempty"`
	Asset     types.AssetID `json:"asset"`
	Name      string        `json:"name"`
	Value     types.Amount  `json:"value"`
	Memo      string        `json:"memo,omitempty"`
	MemoHex   string        `json:"memoHex,omitempty"` // of a memo that is not text
}

// AddressCheck says whether money can be sent to an address.
type AddressCheck struct {
	Valid   bool   `json:"valid"`
	Reason  string `json:"reason,omitempty"`
	Hint    string `json:"hint,omitempty"`
	Own     bool   `json:"own"`
	Account string `json:"account,omitempty"` // whose address it is, if own
}

// ScanStatus is how far the wallet has read the chain.
type ScanStatus struct {
	Tip      types.Height  `json:"tip"`
	Height   types.Height  `json:"height"` // of the account that is furthest behind
	Done     bool          `json:"done"`
	Reason   string        `json:"reason,omitempty"` // why it is not done
	Blocks   float64       `json:"blocksPerSecond"`
	Trials   float64       `json:"trialsPerSecond"` // trial decryptions, all cores together
	ETA      int64         `json:"eta"`             // seconds left; 0: done or not known
	Accounts []AccountScan `json:"accounts"`
}

// AccountScan is how far one account has read the chain.
type AccountScan struct {
	Account string       `json:"account"`
	Height  types.Height `json:"height"`
	Done    bool         `json:"done"`
	Reason  string       `json:"reason,omitempty"`
}

// wait blocks until the channel receives or the context ends, and reports which.
func wait(ctx context.Context, woken <-chan struct{}) bool {
	select {
	case <-ctx.Done():
		return false
	case <-woken:
		return true
	}
}
