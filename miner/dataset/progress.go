package dataset

import "time"

// Phase is what is being done to a dataset.
type Phase string

// The phases of opening a dataset, in order; each may be skipped.
const (
	Checking Phase = "checking" // reading what the file holds
	Building Phase = "building" // computing what is missing
)

// progressEvery is the least time between two calls of Options.Progress.
const progressEvery = 250 * time.Millisecond

// Progress says how far a phase is.
type Progress struct {
	Phase Phase
	Done  uint64        // bytes
	Total uint64        // bytes; when building this includes what the file already held
	Rate  float64       // bytes per second since the phase began; 0 as long as it is unknown
	ETA   time.Duration // what remains at that rate; 0 as long as the rate is unknown
}

// reporter turns counts into calls of Options.Progress.
type reporter struct {
	call    func(Progress)
	phase   Phase
	began   time.Time
	last    time.Time
	skipped uint64 // bytes that were done before the phase began
	total   uint64
}

func (r *reporter) at(now time.Time, done uint64) {
	if r.call == nil || (done < r.total && now.Sub(r.last) < progressEvery) {
		return
	}
	r.last = now
	p := Progress{Phase: r.phase, Done: done, Total: r.total}
	if elapsed := now.Sub(r.began).Seconds(); elapsed > 0 && done > r.skipped {
		p.Rate = float64(done-r.skipped) / elapsed
		p.ETA = time.Duration(float64(r.total-done) / p.Rate * float64(time.Second))
	}
	r.call(p)
}
