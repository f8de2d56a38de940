package miner

import (
	"time"

	"github.com/gero-chain/gero/types"
)

// State is what the miner does.
type State string

// The states of a miner. In each but StateMining its status has a reason.
const (
	StateOff       State = "off"       // nobody asked it to mine
	StatePreparing State = "preparing" // the dataset is not ready
	StateWaiting   State = "waiting"   // something outside must happen first
	StateMining    State = "mining"
	StateError     State = "error" // something is broken; see the reason
)

// Status is the miner at a glance.
type Status struct {
	State       State
	Reason      string // why it does not mine; empty while it does
	Threads     int
	Hashrate    Hashrate
	BlocksFound uint64       // since the node started
	LastBlock   types.Height // the last one found; 0 if none
	LastFound   time.Time
	Epoch       uint64 // of the dataset in use or being made
}

// Hashrate is hashes per second over three windows.
type Hashrate struct{ S10, S60, M15 float64 }

// Status returns what the miner does, and why it does not mine if so.
func (m *Miner) Status() Status {
	rate := m.meter.Rates(m.now())
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.status
	s.Threads = m.threads
	s.Hashrate = Hashrate{rate.S10, rate.S60, rate.M15}
	return s
}

// say sets state and reason, and logs a change.
func (m *Miner) say(state State, reason string) {
	m.mu.Lock()
	changed := m.status.State != state || m.status.Reason != reason
	silent := m.status.State == state && state == StatePreparing // progress is logged by whoever shows it
	m.status.State, m.status.Reason = state, reason
	m.mu.Unlock()
	if !changed || silent {
		return
	}
	if reason == "" {
		m.log.Info("mining", "threads", m.threadCount())
		return
	}
	m.log.Info("not mining", "state", string(state), "reason", reason)
}
