package miner

import (
	"encoding/binary"
	"errors"
	"testing"
	"time"

	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/types"
)

// outside searches as a program outside the node does: with nothing but the Work and the network's algorithm.
func outside(t *testing.T, r *rig, w Work) (types.Nonce, types.Mix) {
	t.Helper()
	a, err := pow.Gerohash(r.net.Work)
	if err != nil {
		t.Fatal(err)
	}
	seed, err := a.Seed(pow.Epoch(w.Epoch))
	if err != nil || seed != w.Seed {
		t.Fatalf("seed of epoch %d: got %x, want %x (%v)", w.Epoch, w.Seed, seed, err)
	}
	cache, err := pow.NewCache(a, pow.Epoch(w.Epoch))
	if err != nil {
		t.Fatal(err)
	}
	h := pow.NewHasher(a)
	for n := uint64(0); ; n++ {
		var nonce types.Nonce
		binary.BigEndian.PutUint64(nonce[:], n)
		mix, result := h.Hash(cache.Light(), w.Seal, nonce)
		if string(result[:]) <= string(w.Target[:]) {
			return nonce, mix
		}
	}
}

// working returns a miner with a template that nobody searches on.
func working(t *testing.T) *rig {
	t.Helper()
	r := newRig(t, false)
	if _, err := r.GetWork(); !errors.Is(err, ErrNoWork) {
		t.Fatalf("work of a miner that is off: got %v, want ErrNoWork", err)
	}
	r.say(StateMining, "")
	if _, err := r.GetWork(); !errors.Is(err, ErrNoWork) {
		t.Fatalf("work before the first template: got %v, want ErrNoWork", err)
	}
	if _, err := r.template(payTo(rewardPCM)); err != nil {
		t.Fatal(err)
	}
	return r
}

func getWork(t *testing.T, r *rig) Work {
	t.Helper()
	w, err := r.GetWork()
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestOutsideWork(t *testing.T) {
	r := working(t)
	r.pool.put(r.chain.Trust(r.chain.Unproved(1, price)))
	if _, err := r.template(payTo(rewardPCM)); err != nil {
		t.Fatal(err)
	}
	w := getWork(t, r)
	if w.Height != 1 || w.Epoch != 0 {
		t.Errorf("work: got height %d, epoch %d", w.Height, w.Epoch)
	}
	nonce, mix := outside(t, r, w)
	mix[0] ^= 1
	if err := r.SubmitWork(w.Seal, nonce, mix); !errors.Is(err, rule.SealMix) {
		t.Errorf("wrong mix: got %v, want %s", err, rule.SealMix)
	}
	mix[0] ^= 1
	unknown := w.Seal
	unknown[0] ^= 1
	if err := r.SubmitWork(unknown, nonce, mix); !errors.Is(err, ErrUnknownWork) {
		t.Errorf("unknown work: got %v, want ErrUnknownWork", err)
	}
	if s := r.Status(); s.BlocksFound != 0 || r.chain.Height() != 0 {
		t.Fatalf("nothing was found yet, and status says %d", s.BlocksFound)
	}
	if err := r.SubmitWork(w.Seal, nonce, mix); err != nil {
		t.Fatal(err)
	}
	if s := r.Status(); s.BlocksFound != 1 || s.LastBlock != 1 || r.chain.Height() != 1 || len(r.chain.At(1).Body.Txs) != 1 {
		t.Errorf("found: got %d, want a block with the payment", s.BlocksFound)
	}
	if err := r.SubmitWork(w.Seal, nonce, mix); !errors.Is(err, ErrStaleWork) {
		t.Errorf("the same again: got %v, want ErrStaleWork", err)
	}
	if _, err := r.GetWork(); !errors.Is(err, ErrNoWork) {
		t.Errorf("work before the next template: got %v, want ErrNoWork", err)
	}
	for _, err := range []error{ErrNoWork, ErrUnknownWork, ErrStaleWork} {
		var c rule.Classed
		if !errors.As(err, &c) || c.Class() != rule.ClassPolicy {
			t.Errorf("%v: want class policy", err)
		}
	}
}

func TestStaleWork(t *testing.T) {
	r := working(t)
	w := getWork(t, r)
	nonce, mix := outside(t, r, w)
	faster := r.chain.MineTrusting()
	if err := r.SubmitWork(w.Seal, nonce, mix); !errors.Is(err, ErrStaleWork) {
		t.Errorf("overtaken: got %v, want ErrStaleWork", err)
	}
	if tip, _ := r.chain.Tip(); tip != faster.Hash() || r.Status().BlocksFound != 0 {
		t.Error("a block that was overtaken counts as found")
	}
	// Older templates on the same block stay good, until there are too many newer ones.
	first := Work{}
	for i := range 17 {
		r.clock.add(time.Second)
		if _, err := r.template(payTo(rewardPCM)); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = getWork(t, r)
		}
		if i == 15 {
			if r.works.find(first.Seal) == nil {
				t.Error("the sixteenth newest template is forgotten")
			}
		}
	}
	if err := r.SubmitWork(first.Seal, nonce, mix); !errors.Is(err, ErrUnknownWork) {
		t.Errorf("seventeen templates ago: got %v, want ErrUnknownWork", err)
	}
}

// Outside work and the own search go on side by side.
func TestOutsideWorkWhileMining(t *testing.T) {
	r := newRig(t, true)
	if err := r.Start(0); err != nil {
		t.Fatal(err)
	}
	r.run(t)
	r.wantTemplate(t, "template", func(*types.Block) bool { return true })
	r.wantState(t, StateMining, "")
	w := getWork(t, r)
	if w.Target == [32]byte{} {
		t.Error("no target")
	}
	r.Stop()
	r.wantState(t, StateOff, "mining is switched off")
	if _, err := r.GetWork(); !errors.Is(err, ErrNoWork) {
		t.Errorf("work of a miner that was switched off: got %v, want ErrNoWork", err)
	}
}
