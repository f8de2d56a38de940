// Package chain keeps all blocks and decides which chain is the best: it is the only writer of chain state.
//
// Readers may call any method at any time; each sees one consistent tip. Followers such as the wallet subscribe to a bare notification and
// then pull UpdatesSince. A block joins the best chain in one atomic synced batch, so a crash loses at most the block in flight.
package chain

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/internal/notify"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// Config is what a Manager needs. All fields but MaxReorg are required.
type Config struct {
	Net  *params.Network
	DB   *store.Store // with store.ChainLayout; the Manager does not close it
	Seal consensus.SealVerifier
	Now  func() time.Time
	Rand io.Reader // for the coefficients of batch verification, from several goroutines at once: crypto/rand.Reader

	// MaxReorg is how many blocks a reorganisation may take off the best chain; what would take back older ones is deleted. 0 stands for
	// params.MaxReorgDepth. Tests set it, so as not to need as many blocks.
	MaxReorg types.Height
}

// Manager holds the tree of blocks and the ledger of its best tip.
type Manager struct {
	Config
	genesis    types.BlockHash
	updateSize int // in place of maxUpdateSize in tests

	writing sync.Mutex // held by the one goroutine that changes the chain

	mu   sync.RWMutex // guards what follows, and the database against being read while a batch changes it
	tip  tip
	fail error // the node's own fault that stopped the chain

	subs notify.Set
}

// tip is the end of the best chain.
type tip struct {
	state  *consensus.State
	weight types.Weight
}

// Open returns the Manager over a database, which gets the network's genesis if it is new.
func Open(c Config) (*Manager, error) {
	genesis, state, outcome, err := consensus.Genesis(c.Net)
	if err != nil {
		return nil, err
	}
	m := &Manager{Config: c, genesis: state.Genesis, updateSize: maxUpdateSize}
	if m.MaxReorg == 0 {
		m.MaxReorg = params.MaxReorgDepth
	}
	head, ok, err := m.head()
	if err != nil {
		return nil, err
	}
	if !ok {
		weight := types.Weight{}.Add(genesis.Header.Difficulty)
		m.tip = tip{state, weight}
		return m, m.writeGenesis(genesis, state, outcome, weight)
	}
	if m.tip.state, err = m.stateOf(head); err != nil {
		return nil, err
	}
	m.tip.weight, err = m.weightOf(head)
	return m, err
}

// Genesis returns the hash of the chain's first block.
func (m *Manager) Genesis() types.BlockHash { return m.genesis }

// Tip returns hash and header of the best block. The header must not be changed.
func (m *Manager) Tip() (types.BlockHash, *types.Header) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.tip.state.Hash, m.tip.state.Header
}

// Weight returns the total weight of the best chain.
func (m *Manager) Weight() types.Weight {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.tip.weight
}

// Err returns the node's own fault that stopped the chain, or nil. Subscribers are notified when it appears.
func (m *Manager) Err() error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.fail
}

// AddBlock checks a block in stages and keeps it; if its chain is now the heaviest, the chain becomes the best one. On equal weight the
// chain seen first stays.
//
// It returns nil when the block was kept, on the best chain or beside it. Errors are classed: a *rule.Error or *InvalidAncestorError is
// final, except that one for which consensus.BlamesSender holds says nothing about the header; ErrKnown, ErrUnknownParent,
// ErrFutureBlock and ErrDeepReorg are not; a *NodeError is our own fault, after which no block is taken.
func (m *Manager) AddBlock(b *types.Block) error { return m.AddChecked(b, nil) }

// AddChecked is AddBlock with transactions that were checked before, whose proofs are not verified again.
func (m *Manager) AddChecked(b *types.Block, known func(types.WTxID) *consensus.CheckedTx) error {
	hash := b.Hash()
	parent, err := m.admit(hash, b.Header)
	if err != nil {
		return m.faultless(err)
	}
	if err := consensus.CheckHeader(m.Net, parent, b.Header, m.Seal); err != nil {
		return m.faultless(err) // costs its maker no work, so no mark is kept
	}
	checked, err := consensus.CheckBlock(m.Net, m.genesis, b.Header, b.Body, known, m.Rand)
	if err != nil {
		var broken *rule.Error
		if errors.As(err, &broken) && !consensus.BlamesSender(err) {
			err = orElse(m.mark(broken.Kind, hash), err)
		}
		return m.faultless(err)
	}
	m.writing.Lock()
	defer m.writing.Unlock()
	// Meanwhile another goroutine may have added the block, found an ancestor invalid or met a fault.
	if _, err := m.admit(hash, b.Header); err != nil {
		return m.faultless(err)
	}
	return m.faultless(m.take(checked))
}

// admit answers for a block that needs no check, and returns the parent's header otherwise.
func (m *Manager) admit(hash types.BlockHash, h *types.Header) (*types.Header, error) {
	now := m.Now()
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.fail != nil {
		return nil, m.fail
	}
	if kind, bad, err := m.invalidMark(hash); err != nil || bad {
		return nil, orElse(err, rule.New(kind, "block %s was refused before", hash))
	}
	if known, err := m.hasBlock(hash); err != nil || known {
		return nil, orElse(err, ErrKnown)
	}
	if kind, bad, err := m.invalidMark(h.Parent); err != nil || bad {
		return nil, orElse(err, &InvalidAncestorError{h.Parent, kind})
	}
	parent, ok, err := m.header(h.Parent)
	if err != nil || !ok {
		return nil, orElse(err, ErrUnknownParent)
	}
	if uint64(h.Time) > uint64(now.Unix())+m.Net.FutureTime { //nolint:gosec // the clock is past 1970
		return nil, ErrFutureBlock
	}
	return parent, nil
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// mark notes that blocks break a rule, themselves or by descent, so that they are never tried again.
func (m *Manager) mark(kind rule.Kind, hashes ...types.BlockHash) error {
	b := m.DB.Batch()
	for _, hash := range hashes {
		b.Put(store.InvalidKey(hash), []byte(kind))
	}
	if err := b.WriteSync(); err != nil {
		return nodeError("mark block %s invalid: %w", hashes[0], err)
	}
	return nil
}

// faultless stops the chain if err is our own fault. It returns err, as a *NodeError in that case.
func (m *Manager) faultless(err error) error {
	var classed rule.Classed
	if err == nil || errors.As(err, &classed) && classed.Class() != rule.ClassNode {
		return err
	}
	var fault *NodeError
	if !errors.As(err, &fault) {
		fault = &NodeError{err}
	}
	m.mu.Lock()
	first := m.fail == nil
	if first {
		m.fail = fault
	}
	m.mu.Unlock()
	if first {
		m.subs.Wake()
	}
	return fault
}

// Subscribe returns a channel that receives after every change of tip, and when the chain stops; notifications that nobody waits for
// merge into one. The returned function ends the subscription.
func (m *Manager) Subscribe() (<-chan struct{}, func()) { return m.subs.Subscribe() }
