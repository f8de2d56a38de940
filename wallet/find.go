package wallet

import (
	"sync"
	"sync/atomic"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/note"
)

// trial is one piece of work of a scan: one leaf, or one header, for one account.
type trial struct {
	account int
	block   int
	leaf    int // -1: the header's reward
}

// found is what a trial recognised.
type found struct {
	trial
	output *note.Opened
	own    *note.Note
}

// findAll tries every ciphertext, reward and genesis note of some blocks with the keys of some accounts, on workers goroutines. The answer
// has one finding per account and block. It is a function of its arguments; nearly all of its time goes into X25519.
func findAll(accounts []*account, blocks []types.AppliedBlock, workers int) (out [][]*finding, trials int) {
	var work []trial
	out = make([][]*finding, len(accounts))
	for a := range accounts {
		out[a] = make([]*finding, len(blocks))
		for b := range blocks {
			out[a][b] = &finding{outputs: map[int]note.Opened{}, genesis: map[int]note.Note{}}
			if !blocks[b].Block.Header.CoinbasePCM.IsZero() {
				work = append(work, trial{a, b, -1})
			}
			for l := range blocks[b].Leaves {
				if blocks[b].Leaves[l].Origin != types.OriginCoinbase {
					work = append(work, trial{a, b, l})
				}
			}
		}
	}
	for _, f := range tryAll(accounts, blocks, work, workers) {
		into := out[f.account][f.block]
		switch {
		case f.output != nil:
			into.outputs[f.leaf] = *f.output
		case f.leaf < 0:
			into.coinbase = f.own
		default:
			into.genesis[f.leaf] = *f.own
		}
	}
	return out, len(work)
}

func tryAll(accounts []*account, blocks []types.AppliedBlock, work []trial, workers int) []found {
	const share = 64 // trials taken at a time: enough that the counter costs nothing, few enough that all cores end together
	var (
		next atomic.Int64
		mu   sync.Mutex
		hits []found
		wg   sync.WaitGroup
	)
	for range max(1, min(workers, (len(work)+share-1)/share)) {
		wg.Go(func() {
			for {
				from := int(next.Add(share)) - share
				if from >= len(work) {
					return
				}
				for _, t := range work[from:min(from+share, len(work))] {
					if f, ok := tryOne(accounts[t.account], &blocks[t.block], t); ok {
						mu.Lock()
						hits = append(hits, f)
						mu.Unlock()
					}
				}
			}
		})
	}
	wg.Wait()
	return hits
}

func tryOne(a *account, blk *types.AppliedBlock, t trial) (found, bool) {
	if t.leaf < 0 {
		n, ok := a.recogniseReward(blk.Block.Header)
		return found{trial: t, own: n}, ok
	}
	leaf := &blk.Leaves[t.leaf]
	if leaf.Origin == types.OriginGenesis {
		n := a.own
		n.Rcm = a.fvk.DK.GenesisRcm(uint64(t.leaf)) //nolint:gosec // an index
		return found{trial: t, own: &n}, n.PCM() == leaf.PCM
	}
	if leaf.Ct == nil {
		return found{}, false
	}
	o, ok := a.receiver.TryDecrypt(leaf.Ct, leaf.Commitment)
	return found{trial: t, output: &o}, ok
}

// recogniseReward returns the note that a header's reward will become if it is the account's: derived from the diversifier key, or handed
// over by ciphertext when somebody else mined to one of the account's addresses.
func (a *account) recogniseReward(h *types.Header) (*note.Note, bool) {
	n := a.own
	n.Rcm = a.fvk.DK.CoinbaseRcm(h.Parent)
	if n.PCM() == h.CoinbasePCM {
		return &n, true
	}
	o, ok := a.receiver.TryDecryptCoinbase(&h.CoinbaseCt, h.CoinbasePCM)
	return &o.Note, ok
}
