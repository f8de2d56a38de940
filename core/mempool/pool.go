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
	"github.com/gero-chain/gero/consensus/ledger"
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
	// margin is how many blocks a transaction must have left to be worth keeping, the next one among them.
	margin = 2
	// maxRejects bounds the memory of refused transactions.
	maxRejects = 16_384
)

// Pool holds waiting transactions. All methods are safe for concurrent use.
type Pool struct {
	net   *params.Network
	chain Chain
	prove func(*consensus.CheapTx) (*consensus.CheckedTx, error) // verifies signatures and proofs

	proving   chan struct{} // one slot per proof check under way
	following sync.Mutex    // held by the one goroutine that follows the chain

	mu      sync.Mutex
	txs     map[types.TxID]*entry
	spends  map[types.Nullifier]*entry
	flights map[types.WTxID]*flight
	limits  limits
	bytes   int
	bundles int
	serial  uint64
	tip     types.BlockHash // of the chain that the content was held against
	rejects rejects

	subs notify.Set
}

// limits bound the content of the pool.
type limits struct{ bytes, bundles int }

// flight is a transaction being added; whoever brings the same bytes meanwhile waits and gets the same answer.
type flight struct {
	landed chan struct{}
	err    error // once landed
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
		flights: make(map[types.WTxID]*flight),
		limits:  limits{MaxBytes, MaxBundles},
	}
	p.tip, _ = chain.Tip()
	return p
}

// Add checks a transaction and keeps it, cheap checks first. The same bytes brought by several at once are checked once. Errors: a
// *rule.Error is final for these bytes unless the rule is about the ledger or the height; a *PolicyError, ErrKnown among them, is not; any
// other is the node's own fault.
func (p *Pool) Add(tx *types.Tx) (types.TxID, error) {
	id, wid := tx.ID(p.chain.Genesis()), tx.WID()
	p.mu.Lock()
	if e := p.rejects.find(wid); e != nil {
		p.mu.Unlock()
		return id, e
	}
	if f := p.flights[wid]; f != nil {
		p.mu.Unlock()
		<-f.landed
		if f.err == nil {
			return id, ErrKnown
		}
		return id, f.err
	}
	f := &flight{landed: make(chan struct{})}
	p.flights[wid] = f
	p.mu.Unlock()

	f.err = p.add(tx)

	p.mu.Lock()
	var broken *rule.Error
	if errors.As(f.err, &broken) && isFinal(broken.Kind) {
		p.rejects.add(wid, broken)
	}
	delete(p.flights, wid)
	p.mu.Unlock()
	close(f.landed)
	return id, f.err
}

func (p *Pool) add(tx *types.Tx) error {
	_, head := p.chain.Tip()
	cheap, err := consensus.CheckTxCheap(p.net, p.chain.Genesis(), tx, head.Number+1)
	if err != nil {
		return err
	}
	if err := p.admit(cheap); err != nil {
		return err
	}
	p.proving <- struct{}{}
	checked, err := p.prove(cheap)
	<-p.proving
	if err != nil {
		return err
	}
	return p.insert(checked)
}

// isFinal reports whether a rule, once broken, stays broken by the same bytes whatever blocks come or go.
func isFinal(k rule.Kind) bool {
	switch k {
	case rule.TxExpired, rule.ExpiryTooFar, rule.CallInactive, rule.AnchorUnknown, rule.NullifierSpent, rule.PoolNegative, rule.TreeFull:
		return false
	}
	return true
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
	replaced, err := p.displaced(tx)
	if err == nil && !p.fits(tx, replaced) {
		err = errFull
	}
	return err
}

// fits reports whether a transaction would stay: whether there is room for it once what it replaces and all that pays less is gone. It
// decides as place does, before any proof is verified.
func (p *Pool) fits(tx *consensus.CheapTx, replaced []*entry) bool {
	bytes, bundles := p.bytes+tx.Size(), p.bundles+len(tx.Tx().Bundles)
	within := func() bool { return bytes <= p.limits.bytes && bundles <= p.limits.bundles }
	gone := func(e *entry) { bytes, bundles = bytes-e.tx.Size(), bundles-len(e.tx.Tx().Bundles) }
	for _, e := range replaced {
		gone(e)
	}
	if within() {
		return true
	}
	for _, e := range p.txs {
		if e.tx.Tx().GasPrice.Cmp(tx.Tx().GasPrice) < 0 && !slices.Contains(replaced, e) {
			gone(e)
		}
	}
	return within()
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

// worthKeeping refuses a transaction that dies before a miner is likely to take it: it must be valid in the next block and in one more.
// A transaction is valid below its expiry, and up to the anchor's height plus the window.
func (p *Pool) worthKeeping(tx *types.Tx, anchor types.Height) error {
	_, head := p.chain.Tip()
	switch next := head.Number + 1; {
	case next+margin > tx.Expiry:
		return errSoonExpired
	case next+margin > anchor+ledger.AnchorWindow+1:
		return errAnchorOld
	}
	return nil
}

// insert adds a checked transaction, pushing out what it replaces and what no longer fits.
func (p *Pool) insert(tx *consensus.CheckedTx) error {
	for {
		p.mu.Lock()
		before := p.tip
		p.mu.Unlock()
		if err := p.chain.CheckContext(tx.Cheap()); err != nil { // the tip may have moved since the first look
			return err
		}
		p.mu.Lock()
		if p.tip != before { // The pool has followed the chain since, and may have missed this transaction when it dropped the dead.
			p.mu.Unlock()
			continue
		}
		err := p.place(tx)
		p.mu.Unlock()
		if err == nil {
			p.subs.Wake()
		}
		return err
	}
}

// place is insert for a transaction that the ledger does not refuse. The caller holds p.mu.
func (p *Pool) place(tx *consensus.CheckedTx) error {
	if _, known := p.txs[tx.ID()]; known {
		return ErrKnown
	}
	out, err := p.displaced(tx.Cheap())
	if err != nil {
		return err
	}
	for _, old := range out {
		p.remove(old)
	}
	e := &entry{tx: tx, serial: p.serial}
	p.serial++
	p.put(e)
	for p.bytes > p.limits.bytes || p.bundles > p.limits.bundles {
		worst := p.worst()
		p.remove(worst)
		if worst == e { // it does not fit, so nothing makes way for it
			for _, old := range out {
				p.put(old)
			}
			return errFull
		}
		out = append(out, worst)
	}
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

// ordered returns all entries in the order of better.
func (p *Pool) ordered() []*entry {
	all := make([]*entry, 0, len(p.txs))
	for _, e := range p.txs {
		all = append(all, e)
	}
	slices.SortFunc(all, better)
	return all
}

// worst returns the entry that is the first to go, or nil.
func (p *Pool) worst() *entry {
	var worst *entry
	for _, e := range p.txs {
		if worst == nil || better(worst, e) < 0 {
			worst = e
		}
	}
	return worst
}

// better puts the better paid first and among equals the older.
func better(a, b *entry) int {
	return cmp.Or(b.tx.Tx().GasPrice.Cmp(a.tx.Tx().GasPrice), cmp.Compare(a.serial, b.serial))
}

func nullifiers(tx *types.Tx) []types.Nullifier {
	var all []types.Nullifier
	for i := range tx.Bundles {
		all = append(all, tx.Bundles[i].Nullifiers[:]...)
	}
	return all
}
