// Package search looks for the nonce that gives a block its seal, on as many threads as it is given.
package search

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/holiman/uint256"

	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/types"
)

// MaxThreads bounds a Searcher: more threads than any machine has cores would only fight over its caches.
const MaxThreads = 1024

// batch is how many nonces a thread claims at once: enough that the shared counter is of no account, few enough that a search that
// two threads share goes through the nonces nearly in order.
const batch = 16

// Searcher searches with a fixed number of threads, each with two scratchpads of its own: half a megabyte per thread for a network's
// Gerohash, about what a core's second-level cache holds. It keeps them between searches. Searches on one Searcher follow one another:
// a second waits for the first.
type Searcher struct {
	mu      sync.Mutex
	threads []thread
}

// thread keeps its count on a cache line that no other thread writes.
type thread struct {
	hasher *pow.Hasher
	_      [64]byte
	hashes atomic.Uint64
	_      [64]byte
}

// Solution is a nonce whose result meets the target, and the mix that goes into the header with it.
type Solution struct {
	Nonce types.Nonce
	Mix   types.Mix
}

// New returns a Searcher with 1 to MaxThreads threads.
func New(a *pow.Algorithm, threads int) (*Searcher, error) {
	if threads < 1 || threads > MaxThreads {
		return nil, fmt.Errorf("search threads: %d, want 1 to %d", threads, MaxThreads)
	}
	s := &Searcher{threads: make([]thread, threads)}
	for i := range s.threads {
		s.threads[i].hasher = pow.NewHasher(a)
	}
	return s, nil
}

// Threads returns the number of threads.
func (s *Searcher) Threads() int { return len(s.threads) }

// Hashes returns how many hashes were computed since the Searcher was made. It may be called during a search.
func (s *Searcher) Hashes() uint64 {
	var n uint64
	for i := range s.threads {
		n += s.threads[i].hashes.Load()
	}
	return n
}

// Search tries nonces from start on, wrapping around, until one meets the target or the context ends; then ok is false. It returns after
// all its goroutines have ended, within two hashes of either. The dataset must stay as it is until then; over a cache (pow.Cache.Light) a
// search works the same, ten times slower.
func (s *Searcher) Search(
	ctx context.Context, d pow.Dataset, seal types.SealHash, start types.Nonce, target *uint256.Int,
) (found Solution, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := job{dataset: d, seal: seal, target: target}
	j.next.Store(binary.BigEndian.Uint64(start[:]))
	var wait sync.WaitGroup
	for i := range s.threads {
		wait.Go(func() { s.threads[i].run(ctx, &j) })
	}
	wait.Wait()
	if j.found == nil {
		return Solution{}, false
	}
	return *j.found, true
}

// job is one search, shared by its threads.
type job struct {
	dataset pow.Dataset
	seal    types.SealHash
	target  *uint256.Int
	next    atomic.Uint64 // first nonce that nobody has claimed
	over    atomic.Bool   // a solution was found

	once  sync.Once
	found *Solution // read after all threads have ended
}

func (t *thread) run(ctx context.Context, j *job) {
	over := func() bool { return j.over.Load() || ctx.Err() != nil }
	for !over() {
		first := j.next.Add(batch) - batch
		for n := first; n != first+batch && !over(); n += 2 {
			t.try(j, n)
		}
	}
}

// try computes two nonces side by side.
func (t *thread) try(j *job, n uint64) {
	var nonces [2]types.Nonce
	binary.BigEndian.PutUint64(nonces[0][:], n)
	binary.BigEndian.PutUint64(nonces[1][:], n+1)
	mixes, results := t.hasher.HashTwo(j.dataset, j.seal, nonces)
	t.hashes.Add(2)
	for i := range results {
		if pow.Meets(results[i], j.target) {
			j.once.Do(func() { j.found = &Solution{nonces[i], mixes[i]} })
			j.over.Store(true)
			return
		}
	}
}
