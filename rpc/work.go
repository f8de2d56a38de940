package rpc

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/types"
)

const (
	rateLife     = time.Minute // of a hashrate that was told and not repeated
	maxSearchers = 1_000
)

// remoteRates are the hashrates that searchers outside the node tell. The zero value is ready.
type remoteRates struct {
	mu    sync.Mutex
	rates map[[32]byte]remoteRate
}

type remoteRate struct {
	perSecond uint64
	until     time.Time
}

// tell notes a searcher's rate; false if there are too many searchers.
func (r *remoteRates) tell(id [32]byte, perSecond uint64, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget(now)
	if _, known := r.rates[id]; !known && len(r.rates) >= maxSearchers {
		return false
	}
	if r.rates == nil {
		r.rates = map[[32]byte]remoteRate{}
	}
	r.rates[id] = remoteRate{perSecond, now.Add(rateLife)}
	return true
}

// sum returns the rate of all searchers together.
func (r *remoteRates) sum(now time.Time) (perSecond float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget(now)
	for _, x := range r.rates {
		perSecond += float64(x.perSecond)
	}
	return perSecond
}

func (r *remoteRates) forget(now time.Time) {
	for id, x := range r.rates {
		if now.After(x.until) {
			delete(r.rates, id)
		}
	}
}

func (a sero) work(context.Context) ([4]string, error) {
	w, err := a.back.Miner.Work()
	if err != nil {
		return [4]string{}, a.minerFault(err, "start the miner with miner_start; miner_status says what it waits for")
	}
	return [4]string{w.Seal.String(), hexOf(w.Seed[:]), hexOf(w.Target[:]), Number(w.Height).hex()}, nil
}

// minerFault gives an error of the miner a code and a hint, unless it says more itself: what broke a rule, a fault of the node, or what
// has a hint of its own.
func (s *Server) minerFault(err error, hint string) error {
	var classed rule.Classed
	if errors.As(err, &classed) && (classed.Class() == rule.ClassRule || classed.Class() == rule.ClassNode) {
		return err
	}
	var hinter interface{ Hint() string }
	if errors.As(err, &hinter) {
		return err
	}
	return fail(CodeInput, hint, "%v", err)
}

func (a sero) submit(_ context.Context, nonce Nonce, seal types.SealHash, mix types.Mix) (bool, error) {
	if err := a.back.Miner.SubmitWork(seal, types.Nonce(nonce), mix); err != nil {
		return false, a.minerFault(err, "get new work with sero_getWork")
	}
	return true, nil
}

func (a sero) hashrate(_ context.Context, rate Number, id types.BlockHash) (bool, error) {
	return a.remote.tell(id, uint64(rate), a.now()), nil
}
