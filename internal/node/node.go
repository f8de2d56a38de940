// Package node builds a running gero out of its rooms, in order, and stops it in the opposite order. It alone names concrete types.
package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/consensus/reward"
	"github.com/gero-chain/gero/core/chain"
	"github.com/gero-chain/gero/core/mempool"
	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/internal/progress"
	"github.com/gero-chain/gero/miner"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/rpc"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/wallet"
	"github.com/gero-chain/gero/zk/note"
)

// Config says what a node is to be. Nothing of it changes while the node runs.
type Config struct {
	Network *params.Network
	Folder  Folder
	Version string

	Dev     bool          // the public words' accounts, no passphrases, no cookie
	Mine    bool          // mine from the start
	Threads int           // 0 for one less than there are cores
	Period  time.Duration // least time between two own blocks
	Reward  string        // account or address that is paid for blocks; empty for the first account
	CacheMB int           // memory for the databases

	RPC RPC

	Log      *slog.Logger
	Progress *progress.Reporter
	Now      func() time.Time
}

// Node is a running gero.
type Node struct {
	cfg     Config
	log     *slog.Logger
	started time.Time

	lock     *Lock
	chainDB  *store.Store
	walletDB *store.Store
	seal     *pow.LightVerifier
	chain    *chain.Manager
	pool     *mempool.Pool
	keys     *wallet.Keystore
	wallet   *wallet.Wallet
	miner    *miner.Miner
	servers  *rpc.Server

	dataset datasetProgress
	disk    diskUse
	closers []closer // in the order of opening
}

type closer struct {
	what  string
	close func() error
}

// Open takes the folder, opens what is in it and starts to listen, but does not run yet. Every error says what to do.
func Open(cfg Config) (*Node, error) {
	n := &Node{cfg: cfg, log: cfg.Log, started: cfg.Now()}
	for _, step := range []func() error{n.openFolder, n.openChain, n.openWallet, n.openMiner, n.openServers} {
		if err := step(); err != nil {
			return nil, errors.Join(err, n.Close())
		}
	}
	return n, nil
}

func (n *Node) onClose(what string, f func() error) { n.closers = append(n.closers, closer{what, f}) }

func (n *Node) openFolder() (err error) {
	if n.lock, err = n.cfg.Folder.Lock(); err != nil {
		return err
	}
	n.onClose("folder", func() error { n.lock.Release(); return nil })
	return n.cfg.Folder.claim(n.cfg.Network.Name)
}

// Handles and memory that the wallet's small database gets; the chain's gets the rest.
const (
	walletCacheMB = 16
	chainHandles  = 256
)

func (n *Node) openChain() error {
	if err := consensus.CheckKeys(n.cfg.Network); err != nil {
		return fmt.Errorf("this program's proof keys are not those of %s: install an unmodified gero of the network's version (%w)", n.cfg.Network.Name, err)
	}
	_, state, _, err := consensus.Genesis(n.cfg.Network)
	if err != nil {
		return fmt.Errorf("this program's genesis is not that of %s: install an unmodified gero of the network's version (%w)", n.cfg.Network.Name, err)
	}
	n.chainDB, err = store.Open(n.cfg.Folder.Chain(), store.Options{
		Layout: store.ChainLayout, Network: n.cfg.Network.Name, Genesis: state.Hash, CacheMB: max(16, n.cfg.CacheMB-walletCacheMB), Handles: chainHandles,
	})
	if err != nil {
		return err
	}
	n.onClose("chain database", n.chainDB.Close)
	algorithm, err := pow.Gerohash(n.cfg.Network.Work)
	if err != nil {
		return err
	}
	n.seal = pow.NewLightVerifier(algorithm)
	n.chain, err = chain.Open(chain.Config{Net: n.cfg.Network, DB: n.chainDB, Seal: n.seal, Now: n.cfg.Now, Rand: rand.Reader})
	if err != nil {
		return err
	}
	n.pool = mempool.New(n.cfg.Network, n.chain, rand.Reader)
	return nil
}

// WalletLayout is the schema of the wallet's database. What is lost there cannot be told from what never was, so a database that was
// repaired with losses is not used: a scan makes a new one.
var WalletLayout = &store.Layout{Name: "wallet", Prefixes: []store.Prefix{
	{Byte: 'v', Name: "version", KeyLen: 1}, {Byte: 'c', Name: "cursors"}, {Byte: 'n', Name: "notes"}, {Byte: 'm', Name: "rewards to come"},
	{Byte: 'h', Name: "history"}, {Byte: 't', Name: "own transactions"}, {Byte: 'u', Name: "undo records"}, {Byte: 'a', Name: "addresses"},
	{Byte: 'o', Name: "operations"},
}}

// KeystoreOptions are those of a network's keystore.
func KeystoreOptions(net *params.Network, dev bool) wallet.KeystoreOptions {
	return wallet.KeystoreOptions{HRP: net.HRP, NoPassphrase: dev}
}

func (n *Node) openWallet() (err error) {
	net := n.cfg.Network
	n.walletDB, err = store.Open(n.cfg.Folder.WalletDB(), store.Options{
		Layout: WalletLayout, Network: net.Name, Genesis: n.chain.Genesis(), CacheMB: walletCacheMB, Handles: 64,
	})
	if errors.Is(err, store.ErrLost) {
		return fmt.Errorf("wallet database %s lost data in a repair: move that folder away and start again, the wallet then reads the chain anew; "+
			"keys are kept elsewhere and are safe", n.cfg.Folder.WalletDB())
	}
	if err != nil {
		return err
	}
	n.onClose("wallet database", n.walletDB.Close)
	if n.keys, err = wallet.OpenKeystore(n.cfg.Folder.Keystore(), KeystoreOptions(net, n.cfg.Dev)); err != nil {
		return err
	}
	cfg := wallet.Config{
		Network: wallet.Network{
			ChainID: net.ChainID, HRP: net.HRP, Genesis: n.chain.Genesis(), Maturity: types.Height(net.Reward.Delay),
			Subsidy: func(h types.Height) types.Amount { return reward.Subsidy(net.Reward, h) },
		},
		Keystore: n.keys, Store: n.walletDB, Chain: n.chain, Pool: n.pool, Log: n.log, Now: n.cfg.Now,
	}
	if n.cfg.Dev {
		cfg.DevWords = params.DevMnemonic
		for _, a := range params.DevAssets() {
			cfg.Network.Assets = append(cfg.Network.Assets, wallet.Asset{ID: a.ID, Kind: assetKind(a.Kind), Name: a.Name, Decimals: a.Decimals})
		}
	}
	n.wallet, err = wallet.Open(cfg)
	return err
}

// assetKind is what people call a kind of asset.
func assetKind(kind uint8) string {
	switch note.Kind(kind) {
	case note.Token:
		return "token"
	case note.Ticket:
		return "ticket"
	case note.Package:
		return "package"
	default:
		return ""
	}
}

func (n *Node) openMiner() (err error) {
	n.miner, err = miner.New(miner.Config{
		Net: n.cfg.Network, Chain: n.chain, Pool: n.pool, Reward: n.reward, Caches: n.seal.Cache, Dir: n.cfg.Folder.Dataset(),
		Period: n.cfg.Period, Threads: n.cfg.Threads, Now: n.cfg.Now, Log: n.log, Progress: n.dataset.show(n.cfg.Progress),
	})
	if err != nil {
		return err
	}
	if n.cfg.Reward != "" {
		if err := n.SetReward(n.cfg.Reward); err != nil {
			return fmt.Errorf("--miner.rewardaddr: %w", err)
		}
	}
	if n.cfg.Mine {
		return n.miner.Start(0)
	}
	return nil
}

// reward pays the wallet's first account, whichever that is when a block is made.
func (n *Node) reward(parent types.BlockHash) (types.PartialCM, types.Ciphertext, error) {
	accounts := n.wallet.Accounts()
	if len(accounts) == 0 {
		return types.PartialCM{}, types.Ciphertext{}, errors.New(
			"no account to receive rewards: create one with `gero wallet new`, or name an address with --miner.rewardaddr")
	}
	r, err := n.wallet.RewardTo(accounts[0].ID)
	if err != nil {
		return types.PartialCM{}, types.Ciphertext{}, err
	}
	return r(parent)
}

// SetReward pays an account, by id, name or address, or any other address of the network.
func (n *Node) SetReward(to string) error {
	r, err := n.wallet.RewardTo(to)
	if err != nil {
		return err
	}
	n.miner.SetReward(miner.Reward(r))
	return nil
}

// Run works until the context ends, which is no error, or the node cannot go on.
func (n *Node) Run(ctx context.Context) error {
	g := newGroup(ctx)
	g.run("mempool", n.pool.Run)
	g.run("miner", n.miner.Run)
	g.run("chain", n.watchChain)
	g.run("progress", n.watchWallet)
	n.wallet.Start(g.ctx)
	<-g.ctx.Done()
	n.log.Info("stopping")
	n.stopServers()
	return g.wait(func(still string) { n.log.Info("stopping", "waiting for", still) })
}

// watchChain returns when the chain has stopped because of a fault of ours.
func (n *Node) watchChain(ctx context.Context) error {
	news, unsubscribe := n.chain.Subscribe()
	defer unsubscribe()
	for {
		if err := n.chain.Err(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-news:
		}
	}
}

// Close stops what Open started, the last first. It may be called after a failed Open, and more than once.
func (n *Node) Close() error {
	n.stopServers()
	if n.wallet != nil {
		patience := time.AfterFunc(stopPatience, func() { n.log.Info("stopping", "waiting for", "a proof that is being made") })
		n.wallet.Close()
		patience.Stop()
		n.wallet = nil
	}
	var errs []error
	for len(n.closers) > 0 {
		last := n.closers[len(n.closers)-1]
		n.closers = n.closers[:len(n.closers)-1]
		if err := last.close(); err != nil {
			errs = append(errs, fmt.Errorf("closing the %s: %w", last.what, err))
		}
	}
	return errors.Join(errs...)
}
