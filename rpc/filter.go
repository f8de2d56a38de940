package rpc

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/gero-chain/gero/types"
)

const (
	filterLife   = 5 * time.Minute // of a filter that nobody asks
	maxFilters   = 1_000
	maxLogBlocks = 10_000 // that one question about logs may span
	pullBlocks   = 64     // that one step of a follower takes
)

// filters are the questions that callers ask again and again.
type filters struct {
	*Server
	mu   sync.Mutex
	open map[string]*filter
}

// filter remembers what its caller has heard.
type filter struct {
	kind string // "logs", "blocks", "txs"
	used time.Time
	tip  types.BlockHash
	seen map[types.TxID]bool // for "txs": what waited, or was new in a block, when it was asked last
}

func filterMethods(s *Server) []method {
	f := &filters{Server: s, open: map[string]*filter{}}
	return []method{
		fn("eth_getLogs", "Events of contracts in a range of at most 10,000 blocks.", f.logs, "filter: what to look for"),
		fn("eth_newFilter", "Opens a filter for events; eth_getFilterChanges asks it. It ends when it is not asked for five minutes.",
			f.newLogs, "filter: what to look for"),
		fn("eth_newBlockFilter", "Opens a filter for new blocks of the best chain.", f.newBlocks),
		fn("eth_newPendingTransactionFilter", "Opens a filter for transactions that begin to wait.", f.newTxs),
		fn("eth_getFilterChanges", "What is new for a filter: hashes, or events.", f.changes, "id: of the filter"),
		fn("eth_getFilterLogs", "All events that a filter of events matches.", f.filterLogs, "id: of the filter"),
		fn("eth_uninstallFilter", "Ends a filter; false if there is none.", f.uninstall, "id: of the filter"),
		fn("eth_subscribe", "Over WebSocket and IPC: pushes newHeads, newPendingTransactions or logs as they come.", f.subscribe,
			"kind: newHeads, newPendingTransactions or logs", "filter: for logs, what to look for"),
		fn("eth_unsubscribe", "Ends a subscription; false if there is none.", f.unsubscribe, "id: of the subscription"),
	}
}

// LogFilter says which events are looked for.
type LogFilter struct {
	FromBlock *BlockRef        `json:"fromBlock,omitempty"`
	ToBlock   *BlockRef        `json:"toBlock,omitempty"`
	BlockHash *types.BlockHash `json:"blockHash,omitempty"`
	Address   *Addresses       `json:"address,omitempty"`
	Topics    []Topics         `json:"topics,omitempty"`
}

// Addresses is one address or a list of them.
type Addresses []types.EthAddress

// UnmarshalJSON accepts both forms.
func (a *Addresses) UnmarshalJSON(raw []byte) error {
	return oneOrMany((*[]types.EthAddress)(a), raw, 1_000)
}

// Topics is what an event's topic may be: anything if null, else one of those given.
type Topics []types.TxID // any 32 bytes

// UnmarshalJSON accepts null, one topic and a list.
func (t *Topics) UnmarshalJSON(raw []byte) error { return oneOrMany((*[]types.TxID)(t), raw, 1_000) }

func oneOrMany[T any](dst *[]T, raw []byte, limit int) error {
	raw = bytes.TrimSpace(raw)
	if isNull(raw) {
		*dst = nil
		return nil
	}
	if raw[0] != '[' {
		*dst = make([]T, 1)
		return json.Unmarshal(raw, &(*dst)[0])
	}
	if err := json.Unmarshal(raw, dst); err != nil {
		return err
	}
	if len(*dst) > limit {
		return fmt.Errorf("list has %d entries, at most %d wanted", len(*dst), limit)
	}
	return nil
}

// check refuses what makes no sense.
func (f *filters) check(q *LogFilter) error {
	if len(q.Topics) > 4 {
		return badParam("an event has at most 4 topics", "filter has %d topics", len(q.Topics))
	}
	if q.BlockHash != nil && (q.FromBlock != nil || q.ToBlock != nil) {
		return badParam("give one or the other", "filter has both a block hash and a range")
	}
	for _, ref := range []*BlockRef{q.FromBlock, q.ToBlock} {
		if ref != nil && ref.hash != nil {
			return badParam("use blockHash for a hash", "range of the filter has a block hash")
		}
	}
	return nil
}

// logs finds no event yet: as long as the rules of a range's last block allow no calls, none can have happened in it.
func (f *filters) logs(_ context.Context, q LogFilter) ([]EthLog, error) {
	if err := f.check(&q); err != nil {
		return nil, err
	}
	_, tip := f.back.Chain.Tip()
	from, to := tip.Number, tip.Number
	if q.BlockHash != nil {
		_, h, err := f.needHeader(&BlockRef{hash: q.BlockHash})
		if err != nil {
			return nil, err
		}
		from, to = h.Number, h.Number
	}
	if q.FromBlock != nil {
		from = q.FromBlock.height(f.cfg.Net, tip.Number)
	}
	if q.ToBlock != nil {
		to = q.ToBlock.height(f.cfg.Net, tip.Number)
	}
	switch {
	case from > to:
		return nil, badParam("swap fromBlock and toBlock", "range begins at block %d and ends before, at %d", from, to)
	case to-from >= maxLogBlocks:
		return nil, fail(CodeLimit, "ask for smaller ranges", "range of %d blocks is larger than %d", to-from+1, maxLogBlocks)
	case f.cfg.Net.Rules(to).Calls:
		return nil, fail(CodeUnsuitable, "update the node", "this version does not know events of contracts")
	}
	return []EthLog{}, nil
}

// add opens a filter, after forgetting those that nobody asks any more.
func (f *filters) add(n *filter) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	for id, old := range f.open {
		if now.Sub(old.used) > filterLife {
			delete(f.open, id)
		}
	}
	if len(f.open) >= maxFilters {
		return "", fail(CodeLimit, "end filters with eth_uninstallFilter, or use eth_subscribe", "%d filters are open", len(f.open))
	}
	n.used = now
	id := newID()
	f.open[id] = n
	return id, nil
}

func (f *filters) newLogs(_ context.Context, q LogFilter) (string, error) {
	if err := f.check(&q); err != nil {
		return "", err
	}
	return f.add(&filter{kind: "logs"})
}

func (f *filters) newBlocks(context.Context) (string, error) {
	tip, _ := f.back.Chain.Tip()
	return f.add(&filter{kind: "blocks", tip: tip})
}

func (f *filters) newTxs(context.Context) (string, error) {
	return f.add(f.fromNow())
}

// fromNow returns a filter for transactions that begin to wait from now on.
func (f *filters) fromNow() *filter {
	n := &filter{kind: "txs"}
	n.newTxs(f.back.Pool.IDs())
	n.tip, _ = f.back.Chain.Tip()
	return n
}

// newTxs returns the ids that were not there before, each once, and remembers those that are.
func (n *filter) newTxs(ids []types.TxID) []string {
	out := []string{}
	now := make(map[types.TxID]bool, len(ids))
	for _, id := range ids {
		if !n.seen[id] && !now[id] {
			out = append(out, id.String())
		}
		now[id] = true
	}
	n.seen = now
	return out
}

// arrived returns the transactions that wait, and those of the blocks after a tip, of which some may have waited for so short a time that
// nobody asked meanwhile; and the tip to go on from. It looks at few blocks only: who asks more rarely than that misses some of these.
func (f *filters) arrived(ctx context.Context, tip types.BlockHash) ([]types.TxID, types.BlockHash, error) {
	ids := f.back.Pool.IDs() // Before the blocks, so that what one takes now is in both rather than in neither.
	applied, now, err := f.follow(ctx, tip, pullBlocks)
	if err != nil {
		return nil, tip, err
	}
	for _, b := range applied {
		ids = append(ids, f.txIDs(b.Block)...)
	}
	if len(applied) >= pullBlocks {
		now, _ = f.back.Chain.Tip()
	}
	return ids, now, nil
}

// get returns an open filter and notes that it was asked.
func (f *filters) get(id string) (*filter, error) {
	n := f.open[id]
	if n == nil || f.now().Sub(n.used) > filterLife {
		delete(f.open, id)
		return nil, fail(CodeInput, "open it again: filters end when they are not asked for five minutes, and with the node", "filter is unknown")
	}
	n.used = f.now()
	return n, nil
}

func (f *filters) changes(ctx context.Context, id string) ([]string, error) {
	f.mu.Lock()
	n, err := f.get(id)
	f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	from := n.tip
	f.mu.Unlock()
	switch n.kind {
	case "blocks":
		applied, tip, err := f.follow(ctx, from, maxLogBlocks)
		if err != nil {
			return nil, err
		}
		out := []string{}
		for _, b := range applied {
			out = append(out, b.Hash.String())
		}
		f.mu.Lock()
		n.tip = tip
		f.mu.Unlock()
		return out, nil
	case "txs":
		ids, tip, err := f.arrived(ctx, from)
		if err != nil {
			return nil, err
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		n.tip = tip
		return n.newTxs(ids), nil
	}
	return []string{}, nil // No event has happened yet; see logs.
}

func (f *filters) filterLogs(_ context.Context, id string) ([]EthLog, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.get(id)
	if err == nil && n.kind != "logs" {
		err = badParam("ask it with eth_getFilterChanges", "filter is not one of events")
	}
	return []EthLog{}, err
}

func (f *filters) uninstall(_ context.Context, id string) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, ok := f.open[id]
	delete(f.open, id)
	return ok, nil
}

// follow returns the blocks that lead from a tip to the best one, at most limit of them, and where that leads. From a tip that the chain
// does not know any more it goes on at the best one.
func (f *filters) follow(ctx context.Context, tip types.BlockHash, limit int) (applied []types.AppliedBlock, now types.BlockHash, err error) {
	for len(applied) < limit {
		if err := ctx.Err(); err != nil {
			return nil, tip, err
		}
		u, err := f.back.Chain.UpdatesSince(tip, pullBlocks)
		if err != nil {
			best, _ := f.back.Chain.Tip()
			return applied, best, nil
		}
		switch {
		case len(u.Applied) > 0:
			applied = append(applied, u.Applied...)
			tip = u.Applied[len(u.Applied)-1].Hash
		case len(u.Reverted) > 0:
			tip = u.Reverted[len(u.Reverted)-1].Block.Header.Parent
		default:
			return applied, tip, nil
		}
	}
	return applied, tip, nil
}

func (f *filters) subscribe(ctx context.Context, kind string, q *LogFilter) (string, error) {
	c := callOf(ctx)
	if c.caller.subs == nil {
		return "", fail(CodeMethod, "connect over WebSocket (--ws) or IPC", "subscriptions need a connection that stays open")
	}
	if q != nil && kind != "logs" {
		return "", badParam("leave it out", "a filter is for logs only")
	}
	switch kind {
	case "newHeads":
		tip, _ := f.back.Chain.Tip()
		return c.caller.subs.open(c, func(ctx context.Context, send func(any) error) { f.pushHeads(ctx, tip, send) })
	case "newPendingTransactions":
		n := f.fromNow()
		return c.caller.subs.open(c, func(ctx context.Context, send func(any) error) { f.pushTxs(ctx, n, send) })
	case "logs":
		if q != nil {
			if err := f.check(q); err != nil {
				return "", err
			}
		}
		// No event can happen before calls are active; until the subscription ends there is nothing to push.
		return c.caller.subs.open(c, func(ctx context.Context, _ func(any) error) { <-ctx.Done() })
	}
	return "", badParam("subscribe to newHeads, newPendingTransactions or logs", "subscription %.64q is unknown", kind)
}

func (f *filters) unsubscribe(ctx context.Context, id string) (bool, error) {
	subs := callOf(ctx).caller.subs
	return subs != nil && subs.end(id), nil
}

// pushHeads sends every header that joins the best chain after a tip.
func (f *filters) pushHeads(ctx context.Context, tip types.BlockHash, send func(any) error) {
	woken, stop := f.back.Chain.Subscribe()
	defer stop()
	for {
		applied, now, err := f.follow(ctx, tip, pullBlocks)
		if err != nil {
			return
		}
		for _, b := range applied {
			if send(ethHeader(b.Hash, b.Block.Header)) != nil {
				return
			}
		}
		if now == tip && !wait(ctx, woken) {
			return
		}
		tip = now
	}
}

// pushTxs sends the id of every transaction that begins to wait and that n has not seen.
func (f *filters) pushTxs(ctx context.Context, n *filter, send func(any) error) {
	woken, stop := f.back.Pool.Subscribe()
	defer stop()
	for {
		ids, tip, err := f.arrived(ctx, n.tip)
		if err != nil {
			return
		}
		n.tip = tip
		for _, id := range n.newTxs(ids) {
			if send(id) != nil {
				return
			}
		}
		if !wait(ctx, woken) {
			return
		}
	}
}
