package search

import (
	"sync"
	"time"
)

// Rates are hashes per second over the last ten seconds, minute and quarter of an hour.
type Rates struct{ S10, S60, M15 float64 }

const (
	longestWindow = 15 * time.Minute
	sampleEvery   = time.Second
	maxSamples    = int(longestWindow/sampleEvery) + 2
)

// Meter turns a growing count of hashes into rates. It reads no clock: whoever observes says when. It is safe for concurrent use; the
// zero value is ready.
type Meter struct {
	mu      sync.Mutex
	samples []sample // oldest first, a second apart at least but for the last
}

type sample struct {
	at    time.Time
	total uint64
}

// Observe records that the count stood at total. Calls a second apart serve the shortest window well; a count that fell, because whoever
// counts began anew, starts the meter afresh.
func (m *Meter) Observe(now time.Time, total uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.samples); n > 0 && (total < m.samples[n-1].total || now.Before(m.samples[n-1].at)) {
		m.samples = m.samples[:0]
	}
	s := sample{now, total}
	// The last sample moves until it is a second behind its predecessor.
	if n := len(m.samples); n > 1 && m.samples[n-1].at.Sub(m.samples[n-2].at) < sampleEvery {
		m.samples[n-1] = s
		return
	}
	if len(m.samples) >= maxSamples {
		m.samples = m.samples[:copy(m.samples, m.samples[1:])]
	}
	m.samples = append(m.samples, s)
}

// Rates returns the rates as of now, 0 where a window has no observation. A window longer than the observations uses what there is.
func (m *Meter) Rates(now time.Time) Rates {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Rates{m.rate(now, 10*time.Second), m.rate(now, time.Minute), m.rate(now, longestWindow)}
}

func (m *Meter) rate(now time.Time, window time.Duration) float64 {
	if len(m.samples) == 0 {
		return 0
	}
	begin, last := now.Add(-window), m.samples[len(m.samples)-1]
	if !last.at.After(begin) {
		return 0
	}
	first := m.samples[0]
	for _, s := range m.samples {
		if s.at.After(begin) {
			break
		}
		first = s
	}
	elapsed := last.at.Sub(first.at).Seconds()
	if elapsed <= 0 {
		return 0
	}
	return float64(last.total-first.total) / elapsed
}
