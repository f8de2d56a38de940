// Package miner makes blocks: it asks the chain for a template, searches a seal for it on all threads and hands the block to the same door
// as everybody's.
package miner

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/miner/dataset"
	"github.com/gero-chain/gero/miner/search"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// Chain is what the miner needs of the chain.
type Chain interface {
	Tip() (types.BlockHash, *types.Header)
	Build(t consensus.Template, txs []*consensus.CheckedTx) (*consensus.Built, error)
	AddChecked(b *types.Block, known func(types.WTxID) *consensus.CheckedTx) error
	Subscribe() (<-chan struct{}, func())
}

// Pool is what the miner needs of the mempool.
type Pool interface {
	Pending() []*consensus.CheckedTx
	Checked() func(types.WTxID) *consensus.CheckedTx
	Subscribe() (<-chan struct{}, func())
}

// Reward returns who is to receive the reward of a block on top of parent. An error is the reason why the miner waits.
type Reward func(parent types.BlockHash) (types.PartialCM, types.Ciphertext, error)

// Config is what a Miner needs.
type Config struct {
	Net      *params.Network
	Chain    Chain
	Pool     Pool
	Reward   Reward
	Caches   func(pow.Epoch) (*pow.Cache, error) // may be nil
	Ready    func() error                        // nil, or returns why mining has to wait, such as syncing
	Dir      string                              // of datasets; empty keeps them in memory
	Period   time.Duration                       // least time between two own blocks; 0 for none
	Threads  int                                 // 0 for one less than there are cores
	Now      func() time.Time
	Log      *slog.Logger
	Progress func(dataset.Progress) // may be nil
	Extra    []byte                 // in every block
}

// Miner makes blocks while it is switched on. All methods are safe for concurrent use.
type Miner struct {
	net       *params.Network
	chain     Chain
	pool      Pool
	ready     func() error
	period    time.Duration
	now       func() time.Time
	log       *slog.Logger
	extra     []byte
	algorithm *pow.Algorithm
	sets      datasets
	engine    engine
	meter     search.Meter
	works     works

	mu      sync.Mutex
	on      bool
	threads int
	reward  Reward
	broken  string // why the miner switched itself off; empty if it did not
	status  Status

	changed chan struct{} // settings changed: look again
}

// New returns a Miner that is off.
func New(c Config) (*Miner, error) {
	algorithm, err := pow.Gerohash(c.Net.Work)
	if err != nil {
		return nil, fmt.Errorf("miner: %w", err)
	}
	m := &Miner{
		net:       c.Net,
		chain:     c.Chain,
		pool:      c.Pool,
		ready:     c.Ready,
		period:    c.Period,
		now:       c.Now,
		log:       c.Log,
		extra:     c.Extra,
		algorithm: algorithm,
		threads:   c.Threads,
		reward:    c.Reward,
		changed:   make(chan struct{}, 1),
	}
	m.sets = datasets{
		algorithm: algorithm, dir: c.Dir, lead: leadOf(c.Net.Work.EpochBlocks), caches: c.Caches, progress: c.Progress, log: c.Log,
	}
	if m.threads == 0 {
		m.threads = DefaultThreads()
	}
	if err := threadsAllowed(m.threads); err != nil {
		return nil, err
	}
	m.status = Status{State: StateOff, Reason: switchedOff}
	return m, nil
}

// DefaultThreads is one less than there are cores, and at least one.
func DefaultThreads() int { return max(1, runtime.NumCPU()-1) }

// switchedOff is the reason of a miner that nobody asked to mine.
const switchedOff = "mining is switched off"

// Start switches the miner on; threads of 0 keeps the number.
func (m *Miner) Start(threads int) error {
	if threads != 0 {
		if err := m.SetThreads(threads); err != nil {
			return err
		}
	}
	if s := m.Status().State; s == StateOff || s == StateError {
		m.say(StateWaiting, "mining is being started")
	}
	m.set(func() { m.on, m.broken = true, "" })
	return nil
}

// Stop switches the miner off.
func (m *Miner) Stop() {
	if s := m.Status().State; s != StateOff && s != StateError {
		m.say(StateWaiting, "mining is being stopped")
	}
	m.set(func() { m.on, m.broken = false, "" })
}

// halt switches the miner off because of something broken, which its status then tells until it is switched on again.
func (m *Miner) halt(why string) { m.set(func() { m.on, m.broken = false, why }) }

func threadsAllowed(n int) error {
	if n < 1 || n > search.MaxThreads {
		return fmt.Errorf("miner threads %d: want 1 to %d", n, search.MaxThreads)
	}
	return nil
}

// SetThreads changes the number of threads.
func (m *Miner) SetThreads(n int) error {
	if err := threadsAllowed(n); err != nil {
		return err
	}
	m.set(func() { m.threads = n })
	return nil
}

// SetReward changes who receives the rewards from the next template on.
func (m *Miner) SetReward(r Reward) { m.set(func() { m.reward = r }) }

func (m *Miner) set(change func()) {
	m.mu.Lock()
	change()
	m.mu.Unlock()
	select {
	case m.changed <- struct{}{}:
	default: // it will look anyway
	}
}

func (m *Miner) settings() (on bool, threads int, reward Reward) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.on, m.threads, m.reward
}

func (m *Miner) threadCount() int {
	_, n, _ := m.settings()
	return n
}

// sayOff tells why the miner is off.
func (m *Miner) sayOff() {
	m.mu.Lock()
	why := m.broken
	m.mu.Unlock()
	if why != "" {
		m.say(StateError, why)
		return
	}
	m.say(StateOff, switchedOff)
}

// Run makes blocks until the context ends. It returns with all its goroutines ended and the dataset released.
func (m *Miner) Run(ctx context.Context) error {
	defer m.sets.close()
	tip, stopTip := m.chain.Subscribe()
	defer stopTip()
	pool, stopPool := m.pool.Subscribe()
	defer stopPool()
	wake := wakes{tip: tip, pool: pool, changed: m.changed}
	for ctx.Err() == nil {
		m.round(ctx, wake)
	}
	m.say(StateOff, "the node is stopping")
	return nil
}
