package miner

import (
	"errors"
	"testing"
	"time"

	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/miner/dataset"
	"github.com/gero-chain/gero/types"
)

var price = types.NewAmount(1_000_000_000)

func TestMinesWhatThePoolHas(t *testing.T) {
	parents := make(chan types.BlockHash, 100)
	r := newRig(t, false, func(c *Config) {
		c.Extra = []byte("test")
		c.Period = time.Hour // one block
		c.Reward = func(parent types.BlockHash) (types.PartialCM, types.Ciphertext, error) {
			parents <- parent
			return rewardPCM, types.Ciphertext{EPK: [32]byte{7}}, nil
		}
	})
	a, b := r.chain.Unproved(1, price), r.chain.Unproved(2, price)
	double := r.chain.Unproved(1, price)
	double.Bundles[0].Nullifiers[1] = a.Bundles[0].Nullifiers[2]
	r.pool.put(r.chain.Trust(a), r.chain.Trust(double), r.chain.Trust(b))
	if err := r.Start(2); err != nil {
		t.Fatal(err)
	}
	stop := r.run(t)
	r.wantHeight(t, 1)
	block := r.chain.At(1)
	if len(block.Body.Txs) != 2 || block.Body.Txs[0].WID() != a.WID() || block.Body.Txs[1].WID() != b.WID() {
		t.Errorf("%d transactions, want the two that do not conflict, in the pool's order", len(block.Body.Txs))
	}
	h := block.Header
	if h.CoinbasePCM != rewardPCM || h.CoinbaseCt.EPK[0] != 7 || string(h.Extra) != "test" || int64(h.Time) != r.clock.now().Unix() { //nolint:gosec // a date
		t.Errorf("header: pcm %s, extra %q, time %d", h.CoinbasePCM, h.Extra, h.Time)
	}
	if parent := <-parents; parent != r.chain.Genesis() {
		t.Errorf("reward asked for parent %s, want the genesis", parent)
	}
	eventually(t, func() string { return "the block is not counted" }, func() bool { return r.Status().BlocksFound == 1 })
	if s := r.Status(); s.LastBlock != 1 || !s.LastFound.Equal(r.clock.now()) || s.Threads != 2 || s.State != StateMining {
		t.Errorf("status: got %+v", s)
	}
	stop()
	r.chain.MustConsistent()
}

// The miner goes on block after block, and switching off ends it.
func TestMinesOn(t *testing.T) {
	r := newRig(t, false)
	if err := r.Start(0); err != nil {
		t.Fatal(err)
	}
	r.run(t)
	r.wantHeight(t, 5)
	r.Stop()
	r.wantState(t, StateOff, "mining is switched off")
	height := r.chain.Height()
	time.Sleep(20 * time.Millisecond)
	if got := r.chain.Height(); got != height {
		t.Errorf("switched off at height %d, now %d", height, got)
	}
	if s := r.Status(); s.BlocksFound != uint64(height) || s.LastBlock != height {
		t.Errorf("status: got %d found, the last %d; want %d", s.BlocksFound, s.LastBlock, height)
	}
}

func TestStatesAndReasons(t *testing.T) {
	locked, syncing := errors.New("the wallet is locked"), errors.New("syncing: 12 of 99 blocks")
	var obstacle error
	r := newRig(t, true, func(c *Config) {
		c.Reward = nil
		c.Ready = func() error { return obstacle }
	})
	obstacle = syncing
	r.run(t)
	r.wantState(t, StateOff, "mining is switched off")
	if err := r.Start(0); err != nil {
		t.Fatal(err)
	}
	r.wantState(t, StateWaiting, syncing.Error())
	if _, err := r.GetWork(); !errors.Is(err, ErrNoWork) {
		t.Errorf("work while waiting: got %v, want ErrNoWork", err)
	}
	r.Stop()
	r.wantState(t, StateOff, "mining is switched off")
	obstacle = nil // the miner waits for a change and does not look
	if err := r.Start(0); err != nil {
		t.Fatal(err)
	}
	r.wantState(t, StateWaiting, "no account to receive rewards: create one with `gero wallet new`, or name an address with --miner.rewardaddr")
	r.SetReward(func(types.BlockHash) (types.PartialCM, types.Ciphertext, error) {
		return types.PartialCM{}, types.Ciphertext{}, locked
	})
	r.wantState(t, StateWaiting, locked.Error())
	r.SetReward(payTo(rewardPCM))
	r.wantState(t, StateMining, "")
	// The newest block is as far ahead of the clock as blocks may be.
	_, head := r.chain.Tip()
	r.chain.AddTrusting(r.chain.NextTrusting(types.Time(r.clock.now().Unix()) + 15 - head.Time)) //nolint:gosec // a date
	r.wantState(t, StateWaiting, errClockBehind.Error())
	r.clock.add(time.Second)
	r.set(func() {})
	r.wantState(t, StateMining, "")
	// What is broken rather than missing.
	r.chain.set(func(h *hooked) { h.buildErr = errors.New("disk on fire") })
	r.set(func() {})
	r.wantState(t, StateError, "disk on fire")
	r.chain.set(func(h *hooked) { h.buildErr = nil })
	r.set(func() {})
	r.wantState(t, StateMining, "")
}

func TestRefusedOwnBlock(t *testing.T) {
	r := newRig(t, false)
	refusal := rule.New(rule.NoteRootWrong, "not yours")
	r.chain.set(func(h *hooked) { h.addErr = refusal })
	if err := r.Start(0); err != nil {
		t.Fatal(err)
	}
	r.run(t)
	const why = "the chain refused our own block: noteRootWrong: not yours"
	r.wantState(t, StateError, why)
	time.Sleep(20 * time.Millisecond)
	r.set(func() {}) // the reason stays, whatever else is asked of the miner
	time.Sleep(20 * time.Millisecond)
	r.wantState(t, StateError, why)
	if on, _, _ := r.settings(); on {
		t.Error("the miner is still on")
	}
	r.chain.set(func(h *hooked) { h.addErr = nil })
	if err := r.Start(0); err != nil {
		t.Fatal(err)
	}
	r.wantHeight(t, 1)
	r.Stop()
	r.wantState(t, StateOff, "mining is switched off")
}

// A block that is late is no reason to stop.
func TestLateOwnBlock(t *testing.T) {
	r := newRig(t, false)
	r.chain.set(func(h *hooked) { h.addErr = lateError{} })
	if err := r.Start(0); err != nil {
		t.Fatal(err)
	}
	r.run(t)
	r.wantState(t, StateMining, "")
	time.Sleep(10 * time.Millisecond)
	r.chain.set(func(h *hooked) { h.addErr = nil })
	r.wantHeight(t, 1)
}

type lateError struct{}

func (lateError) Error() string     { return "another was faster" }
func (lateError) Class() rule.Class { return rule.ClassNotYet }

func TestPause(t *testing.T) {
	r := newRig(t, false, func(c *Config) { c.Period = 10 * time.Second })
	if got := r.pause(); got > 0 {
		t.Errorf("before the first block: got %v, want none", got)
	}
	r.status.LastFound = r.clock.now()
	for _, c := range []struct{ add, want time.Duration }{
		{0, 10 * time.Second}, {3 * time.Second, 7 * time.Second}, {-time.Hour, 10 * time.Second}, {time.Hour, 7 * time.Second}, {7 * time.Second, 0}, {time.Hour, 0},
	} {
		r.clock.add(c.add)
		if got := max(0, r.pause()); got != c.want {
			t.Errorf("%v later: got %v, want %v", c.add, got, c.want)
		}
	}
}

func TestPeriodPacesBlocks(t *testing.T) {
	r := newRig(t, false, func(c *Config) { c.Period = time.Hour })
	if err := r.Start(0); err != nil {
		t.Fatal(err)
	}
	r.run(t)
	for height := types.Height(1); height <= 3; height++ {
		r.wantHeight(t, height)
		eventually(t, func() string { return "block not counted" }, func() bool { return r.Status().BlocksFound == uint64(height) })
		r.clock.add(time.Hour - time.Second)
		r.set(func() {})
		time.Sleep(10 * time.Millisecond)
		if got := r.chain.Height(); got != height {
			t.Fatalf("a second before the period is over: height %d, want %d", got, height)
		}
		if s := r.Status(); s.State != StateMining {
			t.Errorf("status while pacing: got %s %q, want mining", s.State, s.Reason)
		}
		r.clock.add(time.Second)
		r.set(func() {})
	}
}

func TestSettingsWhileMining(t *testing.T) {
	r := newRig(t, true)
	if err := r.Start(0); err != nil {
		t.Fatal(err)
	}
	r.run(t)
	r.wantTemplate(t, "first reward", func(b *types.Block) bool { return b.Header.CoinbasePCM == rewardPCM })
	other := types.PartialCM{31: 9}
	r.SetReward(payTo(other))
	r.wantTemplate(t, "second reward", func(b *types.Block) bool { return b.Header.CoinbasePCM == other })
	if err := r.SetThreads(3); err != nil {
		t.Fatal(err)
	}
	if got := r.Status().Threads; got != 3 {
		t.Errorf("threads: got %d, want 3", got)
	}
	eventually(t, func() string { return "no hashrate" }, func() bool {
		r.clock.add(100 * time.Millisecond)
		r.set(func() {}) // each new search is observed
		return r.Status().Hashrate.S10 > 0
	})
	if r.Status().State != StateMining {
		t.Errorf("state: got %s, want mining", r.Status().State)
	}
	for _, n := range []int{0, -1, 1025} {
		if err := r.SetThreads(n); err == nil {
			t.Errorf("%d threads: want an error", n)
		}
	}
	for _, n := range []int{-1, 1025} {
		if err := r.Start(n); err == nil {
			t.Errorf("start with %d threads: want an error", n)
		}
		if _, err := New(Config{Net: r.net, Threads: n}); err == nil {
			t.Errorf("new miner with %d threads: want an error", n)
		}
	}
	if got := r.Status().Threads; got != 3 {
		t.Errorf("threads: got %d, want still 3", got)
	}
}

func TestTemplatesFollowTipAndPool(t *testing.T) {
	r := newRig(t, true)
	if err := r.Start(0); err != nil {
		t.Fatal(err)
	}
	r.run(t)
	r.wantTemplate(t, "template on the genesis", func(b *types.Block) bool { return b.Header.Number == 1 })
	r.chain.MineTrusting()
	r.wantTemplate(t, "template on the new block", func(b *types.Block) bool { return b.Header.Number == 2 })
	r.clock.add(2 * time.Second) // the template is old enough to be replaced
	r.pool.put(r.chain.Trust(r.chain.Unproved(1, price)))
	r.wantTemplate(t, "template with the new transaction", func(b *types.Block) bool { return len(b.Body.Txs) == 1 })
}

// A block that arrives while a template is made costs no wait.
func TestBlockWhileMakingTemplate(t *testing.T) {
	r := newRig(t, true)
	r.chain.set(func(h *hooked) {
		h.built = func() {
			h.set(func(h *hooked) { h.built = nil })
			h.MineTrusting()
		}
	})
	if err := r.Start(0); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	r.run(t)
	r.wantTemplate(t, "template on the new block", func(b *types.Block) bool { return b.Header.Number == 2 })
	if took := time.Since(began); took >= retryAfter {
		t.Errorf("took %v, want less than %v", took, retryAfter)
	}
}

// A seal that is found while its template is being given up is not thrown away, unless another block was faster.
func TestLateSealCounts(t *testing.T) {
	r := newRig(t, false)
	rows, err := r.rows(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.sets.close()
	for range 50 {
		w, err := r.template(payTo(rewardPCM))
		if err != nil {
			t.Fatal(err)
		}
		r.set(func() {}) // ends the search at once
		hashes, height := r.engine.total(), r.chain.Height()
		r.mine(t.Context(), wakes{changed: r.changed}, w, rows, 1)
		if tried, found := r.engine.total() > hashes, r.chain.Height() > height; tried != found {
			t.Fatalf("hashed: %t, block: %t; at difficulty 1 every hash is a seal", tried, found)
		}
		r.clock.add(time.Second)
	}
	late, err := r.template(payTo(rewardPCM))
	if err != nil {
		t.Fatal(err)
	}
	faster := r.chain.MineTrusting()
	r.mine(t.Context(), wakes{}, late, rows, 1)
	if tip, _ := r.chain.Tip(); tip != faster.Hash() {
		t.Error("the tip has moved")
	}
	if got := r.Status(); got.LastBlock == faster.Header.Number {
		t.Error("a block that was overtaken counts as found")
	}
}

func TestProgressOfPreparing(t *testing.T) {
	var r *rig
	var seen []Status
	r = newRig(t, true, func(c *Config) {
		c.Progress = func(dataset.Progress) { seen = append(seen, r.Status()) }
	})
	if err := r.Start(0); err != nil {
		t.Fatal(err)
	}
	stop := r.run(t)
	r.wantState(t, StateMining, "")
	stop()
	if len(seen) == 0 {
		t.Fatal("no progress was reported")
	}
	last := seen[len(seen)-1]
	if last.State != StatePreparing || last.Reason != "building dataset of epoch 0: 100 % of 0 MiB" {
		t.Errorf("status while preparing: got %s %q", last.State, last.Reason)
	}
}

func TestDescribe(t *testing.T) {
	for _, c := range []struct {
		p    dataset.Progress
		want string
	}{
		{dataset.Progress{Phase: dataset.Building, Done: 220 << 20, Total: 512 << 20, ETA: 130*time.Second + 1},
			"building dataset of epoch 3: 42 % of 512 MiB, 2m10s left"},
		{dataset.Progress{Phase: dataset.Checking, Done: 0, Total: 512 << 20}, "checking dataset of epoch 3: 0 % of 512 MiB"},
		{dataset.Progress{Phase: dataset.Building}, "building dataset of epoch 3: 100 % of 0 MiB"},
	} {
		if got := describe(3, c.p); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// Switching off does not wait for a dataset, and settings that change meanwhile count for the first template.
func TestStopWhilePreparing(t *testing.T) {
	asked, release := make(chan struct{}, 10), make(chan struct{})
	r := newRig(t, true, func(c *Config) {
		inner := c.Caches
		c.Caches = func(e pow.Epoch) (*pow.Cache, error) {
			asked <- struct{}{}
			<-release
			return inner(e)
		}
	})
	if err := r.Start(0); err != nil {
		t.Fatal(err)
	}
	r.run(t)
	<-asked
	r.wantState(t, StatePreparing, "making the dataset of epoch 0")
	r.Stop()
	time.Sleep(5 * time.Millisecond)
	release <- struct{}{}
	r.wantState(t, StateOff, "mining is switched off")
	if err := r.Start(0); err != nil {
		t.Fatal(err)
	}
	<-asked // it begins anew
	other := types.PartialCM{31: 4}
	r.SetReward(payTo(other))
	time.Sleep(5 * time.Millisecond)
	close(release)
	began := time.Now()
	r.wantTemplate(t, "template with the reward set meanwhile", func(b *types.Block) bool { return b.Header.CoinbasePCM == other })
	if took := time.Since(began); took > staleAfter/2 {
		t.Errorf("took %v: the new reward waited for the first template to grow old", took)
	}
}

// A dataset that cannot be made is an error that says so, and is tried again.
func TestDatasetFails(t *testing.T) {
	fail := true
	r := newRig(t, true, func(c *Config) {
		inner := c.Caches
		c.Caches = func(e pow.Epoch) (*pow.Cache, error) {
			if fail {
				return nil, errors.New("no memory")
			}
			return inner(e)
		}
	})
	if err := r.Start(0); err != nil {
		t.Fatal(err)
	}
	r.run(t)
	r.wantState(t, StateError, "dataset: no memory")
	r.Stop()
	r.wantState(t, StateOff, "mining is switched off")
	fail = false
	if err := r.Start(0); err != nil {
		t.Fatal(err)
	}
	r.wantState(t, StateMining, "")
}
