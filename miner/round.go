package miner

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/miner/search"
	"github.com/gero-chain/gero/types"
)

// wakes are the channels that end a wait or a search early.
type wakes struct{ tip, pool, changed <-chan struct{} }

const (
	// refreshAfter is how long a template stays when transactions arrive, and stays at most because its time grows old.
	refreshAfter = time.Second
	staleAfter   = 10 * time.Second
	// retryAfter is how long the miner waits before it looks again whether an obstacle is gone.
	retryAfter = 2 * time.Second
	// restAfter is how long it rests after a fault of its own.
	restAfter = 30 * time.Second
)

// round does the next thing: wait, prepare, or search on one template.
func (m *Miner) round(ctx context.Context, w wakes) {
	on, threads, reward := m.settings()
	if !on {
		m.sets.close() // half a gigabyte that nobody uses; the file stays
		m.sayOff()
		m.wait(ctx, w.changed, nil, 0)
		return
	}
	if err := m.obstacle(); err != nil {
		m.say(StateWaiting, err.Error())
		m.wait(ctx, w.changed, w.tip, retryAfter)
		return
	}
	_, head := m.chain.Tip()
	rows, err := m.rows(ctx, head.Number+1)
	if errors.Is(err, context.Canceled) {
		return // switched off, or the node is stopping
	}
	if err != nil {
		m.say(StateError, err.Error())
		m.wait(ctx, w.changed, nil, restAfter)
		return
	}
	if rest := m.pause(); rest > 0 {
		m.say(StateMining, "")
		m.wait(ctx, w.changed, w.tip, rest)
		return
	}
	t, err := m.template(reward)
	var waiting *waitError
	switch {
	case errors.Is(err, errOldParent):
	case errors.As(err, &waiting):
		m.say(StateWaiting, err.Error())
		m.wait(ctx, w.changed, w.tip, retryAfter)
	case err != nil:
		m.say(StateError, err.Error())
		m.wait(ctx, w.changed, w.tip, restAfter)
	default:
		m.say(StateMining, "")
		m.mine(ctx, w, t, rows, threads)
	}
}

// obstacle says why mining has to wait for something outside the miner.
func (m *Miner) obstacle() error {
	if m.ready != nil {
		if err := m.ready(); err != nil {
			return err
		}
	}
	_, head := m.chain.Tip()
	if ahead := int64(head.Time) + 1 - m.now().Unix(); ahead > int64(m.net.FutureTime) { //nolint:gosec // both are times
		return errClockBehind
	}
	return nil
}

// errClockBehind is the reason while blocks came faster than their times may rise, one second each at least, or the clock is wrong.
var errClockBehind = errors.New("the newest block's time is ahead of this computer's clock: it waits; if that lasts, check the computer's time")

// pause returns how long the period leaves until the next block may be made.
func (m *Miner) pause() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.period == 0 || m.status.LastFound.IsZero() {
		return 0
	}
	return min(m.period, m.status.LastFound.Add(m.period).Sub(m.now())) // a clock that was set back must not make it longer
}

// template is a block without a seal, and what it was made of.
type template struct {
	block *types.Block
	seal  types.SealHash
	known func(types.WTxID) *consensus.CheckedTx
	made  time.Time
}

// sealed returns the template's block with a seal.
func (t *template) sealed(nonce types.Nonce, mix types.Mix) *types.Block {
	h := t.block.Header.Copy()
	h.Nonce, h.Mix = nonce, mix
	return &types.Block{Header: h, Body: t.block.Body}
}

// errNoReward is the reason when nobody is there to be paid.
var errNoReward = &waitError{errors.New("no account to receive rewards: create one with `gero wallet new`, or name an address with --miner.rewardaddr")}

// errOldParent reports a template that a new block has overtaken while it was made.
var errOldParent = errors.New("a new block arrived meanwhile")

// waitError is why there is no template yet, where that may change by itself or by somebody's doing.
type waitError struct{ err error }

func (e *waitError) Error() string { return e.err.Error() }
func (e *waitError) Unwrap() error { return e.err }

func (m *Miner) template(reward Reward) (*template, error) {
	if reward == nil {
		return nil, errNoReward
	}
	known, txs := m.pool.Checked(), m.pool.Pending() // in this order: every pending one is then known or checked again
	parent, head := m.chain.Tip()
	pcm, ct, err := reward(parent)
	if err != nil {
		return nil, &waitError{err}
	}
	made := m.now()
	t := consensus.Template{
		Time:        max(types.Time(made.Unix()), head.Time+1), //nolint:gosec // the clock is past 1970
		CoinbasePCM: pcm,
		CoinbaseCt:  ct,
		Extra:       m.extra,
		GasLimit:    m.net.Genesis.GasLimit,
	}
	built, err := m.chain.Build(t, txs)
	if err != nil {
		return nil, err
	}
	if built.Header.Parent != parent {
		return nil, errOldParent // the pcm belongs to its parent
	}
	b := &types.Block{Header: built.Header, Body: built.Body}
	out := &template{block: b, seal: b.Header.SealHash(), known: known, made: made}
	m.works.add(out)
	return out, nil
}

// mine searches on a template until a seal is found or the template is worth no more.
func (m *Miner) mine(ctx context.Context, w wakes, t *template, rows pow.Dataset, threads int) {
	searcher, err := m.engine.withThreads(m.algorithm, threads)
	if err != nil {
		m.say(StateError, err.Error())
		m.wait(ctx, w.changed, nil, restAfter)
		return
	}
	searching, cancel := context.WithCancel(ctx)
	defer cancel()
	target := pow.Target(t.block.Header.Difficulty)
	done := make(chan search.Solution, 1)
	go func() { // ended by cancel and waited for below
		defer close(done)
		if found, ok := searcher.Search(searching, rows, t.seal, randomNonce(), target); ok {
			done <- found
		}
	}()
	found, ok := m.untilOver(ctx, w, t, done)
	cancel()
	for late := range done { // waits for the search to end; a template that is merely old still makes a block
		found, ok = late, true
	}
	m.meter.Observe(m.now(), m.engine.total())
	if ok && m.onTip(t) {
		m.submit(t, found.Nonce, found.Mix)
	}
}

// untilOver waits for a seal, or for the template to be worth no more.
func (m *Miner) untilOver(ctx context.Context, w wakes, t *template, done <-chan search.Solution) (search.Solution, bool) {
	stale := time.NewTimer(staleAfter)
	defer stale.Stop()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var refresh <-chan time.Time
	for {
		select {
		case found, ok := <-done:
			return found, ok
		case <-ctx.Done():
			return search.Solution{}, false
		case <-tick.C:
			m.meter.Observe(m.now(), m.engine.total())
		case <-w.tip:
			if !m.onTip(t) {
				return search.Solution{}, false
			}
		case <-w.pool:
			if refresh == nil {
				refresh = time.After(max(0, refreshAfter-m.now().Sub(t.made)))
			}
		case <-refresh:
			return search.Solution{}, false
		case <-stale.C:
			return search.Solution{}, false
		case <-w.changed:
			return search.Solution{}, false
		}
	}
}

// engine keeps the searcher between searches. It belongs to the goroutine in Run.
type engine struct {
	searcher *search.Searcher
	before   uint64 // hashes of earlier searchers
}

func (e *engine) withThreads(a *pow.Algorithm, n int) (*search.Searcher, error) {
	if e.searcher != nil && e.searcher.Threads() == n {
		return e.searcher, nil
	}
	s, err := search.New(a, n)
	if err == nil {
		e.before, e.searcher = e.total(), s
	}
	return s, err
}

func (e *engine) total() uint64 {
	if e.searcher == nil {
		return e.before
	}
	return e.before + e.searcher.Hashes()
}

func randomNonce() (b types.Nonce) {
	binary.BigEndian.PutUint64(b[:], rand.Uint64()) //nolint:gosec // any start will do; apart from others' saves no work but spreads it
	return b
}

// submit seals a template's block and hands it to the chain.
func (m *Miner) submit(t *template, nonce types.Nonce, mix types.Mix) {
	b := t.sealed(nonce, mix)
	err := m.chain.AddChecked(b, t.known)
	var classed rule.Classed
	switch {
	case err == nil:
		m.found(b, "block found")
	case errors.As(err, &classed) && classed.Class() == rule.ClassNotYet:
		m.log.Info("block came too late", "height", uint64(b.Header.Number), "reason", err.Error())
	default:
		m.halt("the chain refused our own block: " + err.Error())
		m.log.Error("mining stopped: the chain refused our own block", "height", uint64(b.Header.Number), "error", err)
	}
}

func (m *Miner) found(b *types.Block, how string) {
	m.log.Info(how, "height", uint64(b.Header.Number), "hash", b.Hash().String(), "txs", len(b.Body.Txs))
	m.mu.Lock()
	defer m.mu.Unlock()
	m.status.BlocksFound++
	m.status.LastBlock, m.status.LastFound = b.Header.Number, m.now()
}

// wait returns after d, or earlier when a channel receives or the context ends; d of 0 waits without limit.
func (m *Miner) wait(ctx context.Context, a, b <-chan struct{}, d time.Duration) {
	var limit <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		limit = timer.C
	}
	select {
	case <-ctx.Done():
	case <-a:
	case <-b:
	case <-limit:
	}
}
