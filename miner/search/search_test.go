package search

import (
	"context"
	"encoding/binary"
	"math"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func algorithm(t testing.TB, w params.Work) *pow.Algorithm {
	t.Helper()
	a, err := pow.Gerohash(w)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func tinyWork() params.Work {
	return params.Work{
		ChainTag: "search test", CacheSize: 8 << 10, DatasetInit: 64 << 10, DatasetMax: 64 << 10, EpochBlocks: 10,
		ScratchpadSize: 4 << 10, Accesses: 16, Mutations: 4, Parents: 4,
	}
}

func tinyCache(t testing.TB, a *pow.Algorithm) *pow.Cache {
	t.Helper()
	c, err := pow.NewCache(a, 0)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func searcher(t testing.TB, a *pow.Algorithm, threads int) *Searcher {
	t.Helper()
	s, err := New(a, threads)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSolutionPassesTheVerifier(t *testing.T) {
	a := algorithm(t, tinyWork())
	c := tinyCache(t, a)
	rows := make([]pow.Row, c.DatasetRows())
	c.Compute(0, rows)
	target := pow.Target(types.NewDifficulty(300))
	verifier := pow.NewLightVerifier(a)
	for name, d := range map[string]pow.Dataset{"full": a.Full(rows), "light": c.Light()} {
		for _, threads := range []int{1, 2, 5} {
			s := searcher(t, a, threads)
			for i := range byte(3) {
				seal := types.SealHash{i, 1, 2}
				// Near the end, so that some searches wrap around.
				found, ok := s.Search(t.Context(), d, seal, types.Nonce{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf0 + i}, target)
				if !ok {
					t.Fatalf("%s, %d threads: nothing found", name, threads)
				}
				if err := verifier.VerifySeal(3, seal, found.Nonce, found.Mix, target); err != nil {
					t.Errorf("%s, %d threads: %v", name, threads, err)
				}
			}
		}
	}
}

// One thread finds the first nonce that a plain loop finds, or its neighbour in the same pair.
func TestOneThreadMissesNothing(t *testing.T) {
	a := algorithm(t, tinyWork())
	c := tinyCache(t, a)
	h := pow.NewHasher(a)
	target := pow.Target(types.NewDifficulty(50))
	s := searcher(t, a, 1)
	for i := range byte(10) {
		seal := types.SealHash{9, i}
		var want types.Nonce
		for n := uint64(7); ; n++ {
			binary.BigEndian.PutUint64(want[:], n)
			if _, result := h.Hash(c.Light(), seal, want); pow.Meets(result, target) {
				break
			}
		}
		found, ok := s.Search(t.Context(), c.Light(), seal, types.Nonce{7: 7}, target)
		if !ok || found.Nonce != want {
			t.Errorf("seal %d: found %x, want %x", i, found.Nonce, want)
		}
	}
}

func TestSearchEndsWithItsContext(t *testing.T) {
	a := algorithm(t, tinyWork())
	c := tinyCache(t, a)
	s := searcher(t, a, 3)
	impossible := pow.Target(types.NewDifficulty(1))
	impossible.Clear()
	ctx, cancel := context.WithCancel(t.Context())
	var wait sync.WaitGroup
	for range 2 { // the second waits for the first and ends as well
		wait.Go(func() {
			if found, ok := s.Search(ctx, c.Light(), types.SealHash{}, types.Nonce{}, impossible); ok {
				t.Errorf("found %+v for an impossible target", found)
			}
		})
	}
	for s.Hashes() < 100 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	ended := make(chan struct{})
	go func() { wait.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("searches go on after their context ended")
	}
	before := s.Hashes()
	if _, ok := s.Search(ctx, c.Light(), types.SealHash{}, types.Nonce{}, impossible); ok || s.Hashes() != before {
		t.Errorf("a search with an ended context made %d hashes", s.Hashes()-before)
	}
}

func TestThreadsAreBounded(t *testing.T) {
	a := algorithm(t, tinyWork())
	for _, n := range []int{-1, 0, MaxThreads + 1} {
		if _, err := New(a, n); err == nil {
			t.Errorf("%d threads accepted", n)
		}
	}
	if got := searcher(t, a, 7).Threads(); got != 7 {
		t.Errorf("%d threads, want 7", got)
	}
}

func TestHashesCountsWhatWasTried(t *testing.T) {
	a := algorithm(t, tinyWork())
	s := searcher(t, a, 1)
	found, ok := s.Search(t.Context(), tinyCache(t, a).Light(), types.SealHash{3}, types.Nonce{}, pow.Target(types.NewDifficulty(200)))
	n := binary.BigEndian.Uint64(found.Nonce[:])
	if want := n&^1 + 2; !ok || s.Hashes() != want {
		t.Errorf("%d hashes counted up to nonce %d, want %d", s.Hashes(), n, want)
	}
}

func TestMeterWindows(t *testing.T) {
	var m Meter
	start := time.Unix(1_800_000_000, 0)
	if got := m.Rates(start); got != (Rates{}) {
		t.Errorf("an unused meter shows %+v", got)
	}
	// 100 hashes a second for 20 minutes, then 400 a second for 30 seconds, observed twice a second.
	total := 0.0
	now := start
	run := func(seconds int, rate float64) {
		for range 2 * seconds {
			now = now.Add(500 * time.Millisecond)
			total += rate / 2
			m.Observe(now, uint64(total))
		}
	}
	m.Observe(now, 0)
	run(1200, 100)
	near := func(name string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > want/50+0.001 {
			t.Errorf("%s: %.2f, want %.2f", name, got, want)
		}
	}
	r := m.Rates(now)
	near("10 s steady", r.S10, 100)
	near("60 s steady", r.S60, 100)
	near("15 min steady", r.M15, 100)
	run(30, 400)
	r = m.Rates(now)
	near("10 s after", r.S10, 400)
	near("60 s after", r.S60, 250)
	near("15 min after", r.M15, 110)
	if len(m.samples) > maxSamples {
		t.Errorf("%d samples kept, limit %d", len(m.samples), maxSamples)
	}
	// Silence: no observation within a window means that window stands still.
	r = m.Rates(now.Add(30 * time.Second))
	near("10 s silent", r.S10, 0)
	if r.S60 == 0 || r.M15 == 0 {
		t.Errorf("30 s of silence emptied longer windows: %+v", r)
	}
	if r = m.Rates(now.Add(time.Hour)); r != (Rates{}) {
		t.Errorf("an hour of silence: %+v", r)
	}
}

func TestMeterStartsAfreshWhenTheCountFalls(t *testing.T) {
	var m Meter
	now := time.Unix(1_800_000_000, 0)
	m.Observe(now, 1000)
	m.Observe(now.Add(5*time.Second), 2000)
	m.Observe(now.Add(6*time.Second), 10)
	if got := m.Rates(now.Add(6 * time.Second)); got != (Rates{}) {
		t.Errorf("after a fallen count: %+v, want nothing yet", got)
	}
	m.Observe(now.Add(8*time.Second), 110)
	if got := m.Rates(now.Add(8 * time.Second)).S10; got != 50 {
		t.Errorf("rate %.1f, want 50", got)
	}
	m.Observe(now, 500) // a clock set back
	if got := m.Rates(now); got != (Rates{}) {
		t.Errorf("after a clock was set back: %+v, want nothing yet", got)
	}
}

// benchDataset is half a gigabyte of rows. What they hold does not change the speed, so they are not computed.
var benchDataset = sync.OnceValue(func() []pow.Row {
	rows := make([]pow.Row, 8388593)
	for i := range rows {
		for w := range rows[i] {
			rows[i][w] = uint32(i)*2654435761 + uint32(w)*40503
		}
	}
	return rows
})

// BenchmarkSingleNonceLoop is what the kernel is measured against: one nonce after the other on one thread.
func BenchmarkSingleNonceLoop(b *testing.B) {
	a := algorithm(b, params.BetaNet().Work)
	d := a.Full(benchDataset())
	h := pow.NewHasher(a)
	target := pow.Target(types.NewDifficulty(math.MaxUint64))
	for n := uint64(0); b.Loop(); n++ {
		var nonce types.Nonce
		binary.BigEndian.PutUint64(nonce[:], n)
		if _, result := h.Hash(d, types.SealHash{}, nonce); pow.Meets(result, target) {
			b.Log("found one of 2^64")
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "hashes/s")
}

func BenchmarkSearch1(b *testing.B) { benchmarkSearch(b, 1) }
func BenchmarkSearch2(b *testing.B) { benchmarkSearch(b, 2) }

func benchmarkSearch(b *testing.B, threads int) {
	a := algorithm(b, params.BetaNet().Work)
	d := a.Full(benchDataset())
	s := searcher(b, a, threads)
	target := pow.Target(types.NewDifficulty(math.MaxUint64))
	var hashes uint64
	for b.Loop() {
		ctx, cancel := context.WithTimeout(b.Context(), 250*time.Millisecond)
		before := s.Hashes()
		s.Search(ctx, d, types.SealHash{}, types.Nonce{}, target)
		hashes += s.Hashes() - before
		cancel()
	}
	b.ReportMetric(float64(hashes)/b.Elapsed().Seconds(), "hashes/s")
}
