// Package mempool keeps transactions that wait for a block: valid on the best tip, bounded in number and size, the best paid first.
//
// Policy is this package's, validity is consensus'. There is one door, Add, for transactions from everywhere.
package mempool

import (
	"cmp"
	"errors"
	"io"
	"runtime"
	"slices"
	"sync"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/internal/notify"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// Chain is what the pool needs of the chain.
type Chain interface {
	Genesis() types.BlockHash
	Tip() (types.BlockHash, *types.Header)
	UpdatesSince(tip types.BlockHash, max int) (types.Update, error)
	CheckContext(tx *consensus.CheapTx) error
	AnchorHeight(root types.NoteRoot) (types.Height, bool, error)
	Subscribe() (<-chan struct{}, func())
}

// Limits of the pool.
const (
	MaxBytes   = 64 << 20 // of transactions' encodings
	MaxBundles = 20_000   // whose proofs were verified to get here
	// replaceNum/replaceDen is the factor by which a replacement must pay more than all it replaces.
	replaceNum, replaceDen = 110, 100
	// margin is how many blocks a transaction must have left to be worth keeping.
	margin = 2
	// maxRejects bounds the memory of refused transactions.
	maxRejects = 16_384
)

// Pool holds waiting transactions. All methods are safe for concurrent use.
type Pool struct {
	net   *params.Network
	chain Chain
	prove func(*consensus.CheapTx) (*consensus.CheckedTx, error) // verifies signatures and proofs

	proving chan struct{} // one slot per proof check under way

	mu      sync.Mutex
	txs     map[types.TxID]*entry
	spends  map[types.Nullifier]*entry
	bytes   int
	bundles int
	serial  uint64
	tip     types.BlockHash // of the chain that the content was held against
	rejects rejects

	subs notify.Set
}

type entry struct {
	tx     *consensus.CheckedTx
	serial uint64 // order of arrival
}

// New returns an empty pool on the chain's tip. rnd feeds batch verification and must be unpredictable: crypto/rand.Reader.
func New(net *params.Network, chain Chain, rnd io.Reader) *Pool {
	return newPool(net, chain, func(tx *consensus.CheapTx) (*consensus.CheckedTx, error) { return consensus.CheckTxProofs(tx, rnd) })
}

func newPool(net *params.Network, chain Chain, prove func(*consensus.CheapTx) (*consensus.CheckedTx, error)) *Pool {
	p := &Pool{
		net:     net,
		chain:   chain,
		prove:   prove,
		proving: make(chan struct{}, runtime.GOMAXPROCS(0)),
		txs:     make(map[types.TxID]*entry),
		spends:  make(map[types.Nullifier]*entry),
	}
	p.tip, _ = chain.Tip()
	return p
}

// Add checks a transaction and keeps it, cheap checks first. Errors: a *rule.Error is final for these bytes unless the rule is about the
// ledger or the height; a *PolicyError, ErrKnown among them, is not; any other is the node's own fault.
func (p *Pool) Add(tx *types.Tx) (types.TxID, error) {
	if err := p.rejected(tx.WID()); err != nil {
		return tx.ID(p.chain.Genesis()), err
	}
	_, head := p.chain.Tip()
	cheap, err := consensus.CheckTxCheap(p.net, p.chain.Genesis(), tx, head.Number+1)
	if err != nil {
		return tx.ID(p.chain.Genesis()), p.remember(tx.WID(), err)
	}
	if err := p.admit(cheap); err != nil {
		return cheap.ID(), err
	}
	p.proving <- struct{}{}
	checked, err := p.prove(cheap)
	<-p.proving
	if err != nil {
		return cheap.ID(), p.remember(cheap.WID(), err)
	}
	return cheap.ID(), p.insert(checked)
}

// admit runs the checks that cost no proof.
func (p *Pool) admit(tx *consensus.CheapTx) error {
	anchor, err := p.lowestAnchor(tx.Tx())
	if err != nil {
		return err
	}
	if err := p.chain.CheckContext(tx); err != nil {
		return err
	}
	if err := p.worthKeeping(tx.Tx(), anchor); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.txs[tx.ID()]; known {
		return ErrKnown
	}
	_, err = p.displaced(tx)
	return err
}

// lowestAnchor returns the height at which the transaction's oldest anchor was last the note root.
func (p *Pool) lowestAnchor(tx *types.Tx) (types.Height, error) {
	var lowest types.Height
	for i := range tx.Bundles {
		h, ok, err := p.chain.AnchorHeight(tx.Bundles[i].Anchor)
		if err != nil {
			return 0, err
		}
		if !ok {
			return 0, rule.New(rule.AnchorUnknown, "bundle %d: %s", i, tx.Bundles[i].Anchor)
		}
		if i == 0 || h < lowest {
			lowest = h
		}
	}
	return lowest, nil
}

// worthKeeping refuses a transaction that dies before a miner is likely to take it.
func (p *Pool) worthKeeping(tx *types.Tx, anchor types.Height) error {
	_, head := p.chain.Tip()
	switch next := head.Number + 1; {
	case next+margin > tx.Expiry:
		return errSoonExpired
	case next+margin > anchor+params.AnchorWindow:
		return errAnchorOld
	}
	return nil
}

// insert adds a checked transaction, pushing out what it replaces and what no longer fits.
func (p *Pool) insert(tx *consensus.CheckedTx) error {
	if err := p.chain.CheckContext(tx.Cheap()); err != nil { // the tip may have moved meanwhile
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.txs[tx.ID()]; known {
		return ErrKnown
	}
	replaced, err := p.displaced(tx.Cheap())
	if err != nil {
		return err
	}
	for _, old := range replaced {
		p.remove(old)
	}
	e := &entry{tx: tx, serial: p.serial}
	p.serial++
	p.put(e)
	if !p.shrink(e) {
		for _, old := range replaced { // it did not fit, so nothing is replaced
			p.put(old)
		}
		return errFull
	}
	p.subs.Wake()
	return nil
}

// displaced returns the waiting transactions that spend the same notes, if tx pays enough to take their place.
func (p *Pool) displaced(tx *consensus.CheapTx) ([]*entry, error) {
	var old []*entry
	for _, nf := range nullifiers(tx.Tx()) {
		if e := p.spends[nf]; e != nil && !slices.Contains(old, e) {
			old = append(old, e)
		}
	}
	if len(old) == 0 {
		return nil, nil
	}
	var paid types.Amount
	var err error
	for _, e := range old {
		if paid, err = paid.Add(e.tx.Fee()); err != nil {
			return nil, err
		}
	}
	want, err := atLeast(paid)
	if err != nil || tx.Fee().Cmp(want) < 0 {
		return nil, errConflict(old[0].tx.ID(), want)
	}
	return old, nil
}

// atLeast returns the fee that replaces one of paid.
func atLeast(paid types.Amount) (types.Amount, error) {
	more := paid.Big()
	more.Mul(more, bigInt(replaceNum))
	more.Add(more, bigInt(replaceDen-1))
	return types.AmountFromBig(more.Div(more, bigInt(replaceDen)))
}

// shrink pushes out the worst until the pool is within its limits and reports whether e stayed.
func (p *Pool) shrink(e *entry) bool {
	if p.bytes <= MaxBytes && p.bundles <= MaxBundles {
		return true
	}
	all := p.ordered()
	for i := len(all) - 1; i >= 0 && (p.bytes > MaxBytes || p.bundles > MaxBundles); i-- {
		p.remove(all[i])
		if all[i] == e {
			return false
		}
	}
	return true
}

func (p *Pool) put(e *entry) {
	p.txs[e.tx.ID()] = e
	for _, nf := range nullifiers(e.tx.Tx()) {
		p.spends[nf] = e
	}
	p.bytes += e.tx.Size()
	p.bundles += len(e.tx.Tx().Bundles)
}

func (p *Pool) remove(e *entry) {
	delete(p.txs, e.tx.ID())
	for _, nf := range nullifiers(e.tx.Tx()) {
		delete(p.spends, nf)
	}
	p.bytes -= e.tx.Size()
	p.bundles -= len(e.tx.Tx().Bundles)
}

// ordered returns all entries, the best paid first and among equals the oldest.
func (p *Pool) ordered() []*entry {
	all := make([]*entry, 0, len(p.txs))
	for _, e := range p.txs {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b *entry) int {
		return cmp.Or(b.tx.Tx().GasPrice.Cmp(a.tx.Tx().GasPrice), cmp.Compare(a.serial, b.serial))
	})
	return all
}

func nullifiers(tx *types.Tx) []types.Nullifier {
	var all []types.Nullifier
	for i := range tx.Bundles {
		all = append(all, tx.Bundles[i].Nullifiers[:]...)
	}
	return all
}

// remember keeps a verdict that will not change and returns err.
func (p *Pool) remember(wid types.WTxID, err error) error {
	var broken *rule.Error
	if errors.As(err, &broken) && broken.Kind != rule.TxExpired && broken.Kind != rule.ExpiryTooFar && broken.Kind != rule.CallInactive {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.rejects.add(wid, broken)
	}
	return err
}

func (p *Pool) rejected(wid types.WTxID) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.rejects.find(wid); e != nil {
		return e
	}
	return nil
}
