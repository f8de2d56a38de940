package miner

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/internal/notify"
	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// clock is a time that tests set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// txPool is a pool of given transactions.
type txPool struct {
	notify.Set
	mu  sync.Mutex
	txs []*consensus.CheckedTx
}

func (p *txPool) Pending() []*consensus.CheckedTx {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.txs
}

func (p *txPool) Checked() func(types.WTxID) *consensus.CheckedTx { return testkit.Trusted }

func (p *txPool) put(txs ...*consensus.CheckedTx) {
	p.mu.Lock()
	p.txs = append(p.txs, txs...)
	p.mu.Unlock()
	p.Wake()
}

// hooked is a chain on which seals are out of reach, if it is hard, and whose answers a test can replace.
type hooked struct {
	*testkit.Chain
	mu       sync.Mutex
	hard     bool
	buildErr error
	addErr   error
	built    func() // after each template
}

func (h *hooked) set(change func(h *hooked)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change(h)
}

func (h *hooked) Build(t consensus.Template, txs []*consensus.CheckedTx) (*consensus.Built, error) {
	h.mu.Lock()
	hard, err, hook := h.hard, h.buildErr, h.built
	h.mu.Unlock()
	if err != nil {
		return nil, err
	}
	b, err := h.Chain.Build(t, txs)
	if err == nil && hard {
		b.Header.Difficulty = types.NewDifficulty(1 << 62)
	}
	if hook != nil {
		hook()
	}
	return b, err
}

func (h *hooked) AddChecked(b *types.Block, known func(types.WTxID) *consensus.CheckedTx) error {
	h.mu.Lock()
	err := h.addErr
	h.mu.Unlock()
	if err != nil {
		return err
	}
	return h.Chain.AddChecked(b, known)
}

// rig is a miner on a real chain whose seals cost nothing. Its clock stands still.
type rig struct {
	*Miner
	chain *hooked
	pool  *txPool
	clock *clock
}

var rewardPCM = types.PartialCM{30: 1, 31: 1}

func payTo(pcm types.PartialCM) Reward {
	return func(types.BlockHash) (types.PartialCM, types.Ciphertext, error) { return pcm, types.Ciphertext{}, nil }
}

func newRig(t *testing.T, hard bool, changes ...func(*Config)) *rig {
	t.Helper()
	return newRigOn(t, testkit.QuickNetwork(), hard, changes...)
}

func newRigOn(t *testing.T, net *params.Network, hard bool, changes ...func(*Config)) *rig {
	t.Helper()
	r := &rig{chain: &hooked{Chain: testkit.OnNetwork(t, net), hard: hard}, pool: new(txPool)}
	r.clock = &clock{at: r.chain.Now}
	r.chain.Now = r.chain.Now.Add(1000 * time.Hour) // the chain's clock never holds back a block
	c := Config{
		Net: net, Chain: r.chain, Pool: r.pool, Reward: payTo(rewardPCM), Caches: r.chain.Seal.Cache, Threads: 1,
		Now: r.clock.now, Log: slog.New(slog.DiscardHandler),
	}
	for _, change := range changes {
		change(&c)
	}
	var err error
	if r.Miner, err = New(c); err != nil {
		t.Fatal(err)
	}
	return r
}

// run runs the miner until the test ends, or what it returns is called, and then looks for goroutines that it left.
func (r *rig) run(t *testing.T) (stop func()) {
	t.Helper()
	there := goleak.IgnoreCurrent()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: got %v, want nil", err)
		}
		if s := r.Status(); s.State != StateOff || s.Reason != "the node is stopping" {
			t.Errorf("status after the end: got %s %q", s.State, s.Reason)
		}
		if r.sets.current != nil || r.sets.ahead != nil {
			t.Error("a dataset is still held")
		}
		if err := goleak.Find(there); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// eventually waits until ok.
func eventually(t *testing.T, what func() string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still waiting: %s", what())
		}
	}
}

func (r *rig) wantState(t *testing.T, state State, reason string) {
	t.Helper()
	what := func() string {
		s := r.Status()
		return fmt.Sprintf("status is %s %q, want %s %q", s.State, s.Reason, state, reason)
	}
	eventually(t, what, func() bool {
		s := r.Status()
		return s.State == state && s.Reason == reason
	})
}

func (r *rig) wantHeight(t *testing.T, height types.Height) {
	t.Helper()
	eventually(t, func() string { return fmt.Sprintf("height is %d, want %d", r.chain.Height(), height) },
		func() bool { return r.chain.Height() >= height })
}

// wantTemplate waits for a template on the tip for which ok holds.
func (r *rig) wantTemplate(t *testing.T, what string, ok func(b *types.Block) bool) {
	t.Helper()
	eventually(t, func() string { return what }, func() bool {
		w := r.works.newest()
		return w != nil && r.onTip(w) && ok(w.block)
	})
}
