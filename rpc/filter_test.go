package rpc

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gero-chain/gero/types"
)

func TestSubscriptions(t *testing.T) {
	f := start(t, nil)
	for name, endpoint := range map[string]string{"ws": "ws://" + f.WSAddr().String(), "ipc": f.cfg.IPC} {
		c := f.dial(endpoint)
		heads, txs := make(chan EthHeader, 10), make(chan types.TxID, 10)
		sub, err := c.EthSubscribe(context.Background(), heads, "newHeads")
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := c.EthSubscribe(context.Background(), txs, "newPendingTransactions"); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := c.EthSubscribe(context.Background(), make(chan EthLog), "logs", map[string]any{"address": []string{}}); err != nil {
			t.Fatalf("%s: logs: %v", name, err)
		}
		want := []types.BlockHash{f.chain.mine(), f.chain.mine()}
		for i, h := range want {
			if got := receive(t, heads); got.Hash != h {
				t.Errorf("%s: head %d: got %s, want %s", name, i, got.Hash, h)
			}
		}
		f.chain.reorg(1)
		_, tip := f.chain.Tip()
		if a, b := receive(t, heads), receive(t, heads); a.Hash != tip.Parent || uint64(b.Number) != uint64(tip.Number) {
			t.Errorf("%s: after a reorganisation: got %s and %d", name, a.Hash, b.Number)
		}
		tx := testTx(byte(20 + len(name)))
		id, err := f.pool.Add(tx)
		if err != nil {
			t.Fatal(err)
		}
		if got := receive(t, txs); got != id {
			t.Errorf("%s: waiting transaction: got %s, want %s", name, got, id)
		}
		sub.Unsubscribe()
		f.chain.mine()
		select {
		case h, ok := <-heads:
			if ok {
				t.Errorf("%s: head %s after unsubscribing", name, h.Hash)
			}
		case <-time.After(50 * time.Millisecond):
		}
		if _, err := c.EthSubscribe(context.Background(), heads, "syncing"); err == nil {
			t.Errorf("%s: unknown subscription was taken", name)
		}
	}
	e := f.wantError(CodeMethod, "eth_subscribe", "newHeads")
	if !strings.Contains(e.Data.Hint, "WebSocket") {
		t.Errorf("over HTTP: hint %q", e.Data.Hint)
	}
	f.want("false", "eth_unsubscribe", "0x1")
}

func receive[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(10 * time.Second):
		t.Fatal("nothing was pushed")
	}
	panic("not reached")
}

func TestSubscriptionsAreLimited(t *testing.T) {
	f := start(t, nil)
	c := f.dial(f.cfg.IPC)
	for i := range 65 {
		err := c.Call(new(string), "eth_subscribe", "logs")
		if (err == nil) != (i < 64) {
			t.Fatalf("subscription %d: %v", i, err)
		}
	}
}

func TestBlockFilter(t *testing.T) {
	f := start(t, nil)
	id := result[string](f, "eth_newBlockFilter")
	f.want("[]", "eth_getFilterChanges", id)
	a, b := f.chain.mine(), f.chain.mine()
	f.want(`["`+a.String()+`","`+b.String()+`"]`, "eth_getFilterChanges", id)
	f.want("[]", "eth_getFilterChanges", id)
	f.chain.reorg(1)
	_, tip := f.chain.Tip()
	if got := result[[]types.BlockHash](f, "eth_getFilterChanges", id); len(got) != 2 || got[0] != tip.Parent {
		t.Errorf("after a reorganisation: got %v", got)
	}
	f.want("true", "eth_uninstallFilter", id)
	f.want("false", "eth_uninstallFilter", id)
	f.wantError(CodeInput, "eth_getFilterChanges", id)
	f.wantError(CodeInput, "eth_getFilterChanges", "0x0")
}

func TestTransactionFilter(t *testing.T) {
	f := start(t, nil)
	id := result[string](f, "eth_newPendingTransactionFilter")
	f.want("[]", "eth_getFilterChanges", id)
	tx, err := f.pool.Add(testTx(30))
	if err != nil {
		t.Fatal(err)
	}
	f.want(`["`+tx.String()+`"]`, "eth_getFilterChanges", id)
	f.wantError(CodeParams, "eth_getFilterLogs", id)
}

// TestTransactionFilterMissesNothing: what waited only between two questions is in a block by then, and is told once all the same.
func TestTransactionFilterMissesNothing(t *testing.T) {
	f := start(t, nil)
	id := result[string](f, "eth_newPendingTransactionFilter")
	slow, quick := testTx(40), testTx(41)
	a, err := f.pool.Add(slow)
	if err != nil {
		t.Fatal(err)
	}
	f.want(`["`+a.String()+`"]`, "eth_getFilterChanges", id)
	f.chain.mine(slow, quick)
	f.want(`["`+quick.ID(f.chain.Genesis()).String()+`"]`, "eth_getFilterChanges", id)
	f.want("[]", "eth_getFilterChanges", id)

	for range pullBlocks + 1 {
		f.chain.mine(testTx(42))
	}
	if got := result[[]types.TxID](f, "eth_getFilterChanges", id); len(got) != 1 {
		t.Errorf("after many blocks: got %d ids, want the one of all of them", len(got))
	}
	last := testTx(43)
	f.chain.mine(last)
	f.want(`["`+last.ID(f.chain.Genesis()).String()+`"]`, "eth_getFilterChanges", id)
}

func TestLogFilters(t *testing.T) {
	f := start(t, nil)
	const addr = "0x00000000000000000000000000000000000000aa"
	topic := "0x" + strings.Repeat("11", 32)
	hash, _ := f.chain.HashAt(1)
	for _, q := range []map[string]any{
		{}, {"fromBlock": "0x0", "toBlock": "latest"}, {"address": addr}, {"address": []string{addr}, "topics": []any{nil, topic, []string{topic, topic}}},
		{"blockHash": hash}, {"fromBlock": "earliest", "toBlock": "finalized"},
	} {
		f.want("[]", "eth_getLogs", q)
		id := result[string](f, "eth_newFilter", q)
		f.want("[]", "eth_getFilterLogs", id)
		f.want("[]", "eth_getFilterChanges", id)
	}
	for name, q := range map[string]map[string]any{
		"backwards": {"fromBlock": 3, "toBlock": 1}, "five topics": {"topics": []any{nil, nil, nil, nil, nil}}, "hash and range": {"blockHash": hash, "fromBlock": 1},
		"hash as number": {"fromBlock": hash}, "short address": {"address": "0xaa"}, "short topic": {"topics": []any{"0xaa"}}, "unknown member": {"adresses": addr},
	} {
		if e := f.wantError(CodeParams, "eth_getLogs", q); e.Message == "" {
			t.Errorf("%s: no message", name)
		}
	}
	f.wantError(CodeInput, "eth_getLogs", map[string]any{"blockHash": topic})
	f.wantError(CodeLimit, "eth_getLogs", map[string]any{"fromBlock": 0, "toBlock": 10_000})
	f.want("[]", "eth_getLogs", map[string]any{"fromBlock": 1, "toBlock": 10_000})
}

func TestFiltersAreForgotten(t *testing.T) {
	f := build(t, nil)
	defer f.Stop()
	now := time.Unix(1000, 0)
	f.now = func() time.Time { return now }
	fs := &filters{Server: f.Server, open: map[string]*filter{}}
	var ids []string
	for range maxFilters {
		id, err := fs.newBlocks(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	if len(slices.Compact(ids)) != maxFilters {
		t.Error("ids repeat")
	}
	if _, err := fs.newBlocks(t.Context()); answer(err).Code != CodeLimit {
		t.Errorf("one filter too many: got %v", err)
	}
	now = now.Add(4 * time.Minute)
	if _, err := fs.changes(t.Context(), ids[0]); err != nil {
		t.Error(err)
	}
	now = now.Add(2 * time.Minute)
	if _, err := fs.newBlocks(t.Context()); err != nil {
		t.Errorf("after the others were forgotten: %v", err)
	}
	if len(fs.open) != 2 {
		t.Errorf("%d filters are open, want the one that was asked and the new one", len(fs.open))
	}
}

func TestIDsAreQuantities(t *testing.T) {
	for range 2000 {
		id := newID()
		raw, err := json.Marshal(id)
		if err != nil || !strings.HasPrefix(id, "0x") || strings.HasPrefix(id, "0x0") || len(raw) > 36 {
			t.Fatalf("got %s", id)
		}
	}
}
