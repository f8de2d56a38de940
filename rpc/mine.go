package rpc

import (
	"context"

	"github.com/gero-chain/gero/types"
)

// mine steers the miner. Every answer is the whole status, so that nobody has to guess why it does not mine.
type mine struct{ *Server }

func minerMethods(s *Server) []method {
	m := mine{s}
	return []method{
		fn("miner_start", "Switches the miner on.", m.start, "threads: to search with; as many as before if left out"),
		fn("miner_stop", "Switches the miner off.", m.stop),
		fn("miner_status", "What the miner does, and why it does not mine if so.", m.status),
		fn("miner_setThreads", "Changes the number of threads.", m.setThreads, "threads: to search with"),
		fn("miner_setRewardAddress", "Changes who receives the rewards of blocks found from now on.", m.setReward, "address: of the network, or an own account"),
		fn("miner_hashrate", "Hashes per second, averaged over 10 seconds, a minute and a quarter of an hour; remote are searchers outside the node.", m.hashrate),
	}
}

// Mining is the miner at a glance, as miner_status shows it.
type Mining struct {
	State       string       `json:"state"`  // "off", "preparing", "waiting", "mining", "error"
	Reason      string       `json:"reason"` // why it does not mine; empty while it does
	Threads     int          `json:"threads"`
	Hashrate    Hashrate     `json:"hashrate"`
	BlocksFound uint64       `json:"blocksFound"` // since the node started
	LastBlock   types.Height `json:"lastBlock"`   // 0 if none was found
}

// MiningRate is what miner_hashrate returns.
type MiningRate struct {
	State  string  `json:"state"`
	Reason string  `json:"reason"`
	S10    float64 `json:"s10"`
	S60    float64 `json:"s60"`
	M15    float64 `json:"m15"`
	Remote float64 `json:"remote"`
}

func (m mine) status(context.Context) (Mining, error) { return Mining(m.back.Miner.Status()), nil }

func (m mine) start(ctx context.Context, threads *Number) (Mining, error) {
	n, err := threadCount(threads)
	if err != nil {
		return Mining{}, err
	}
	if err := m.back.Miner.Start(n); err != nil {
		return Mining{}, m.minerFault(err, "choose another number of threads")
	}
	return m.status(ctx)
}

func (m mine) stop(ctx context.Context) (Mining, error) {
	m.back.Miner.Stop()
	return m.status(ctx)
}

func (m mine) setThreads(ctx context.Context, threads Number) (Mining, error) {
	n, err := threadCount(&threads)
	if err != nil {
		return Mining{}, err
	}
	if n == 0 {
		return Mining{}, badParam("miner_stop stops the miner", "0 threads do not mine")
	}
	if err := m.back.Miner.SetThreads(n); err != nil {
		return Mining{}, m.minerFault(err, "choose another number of threads")
	}
	return m.status(ctx)
}

func threadCount(n *Number) (int, error) {
	const limit = 1 << 16
	if n.or(0) > limit {
		return 0, badParam("one per core is enough", "%d threads are too many", *n)
	}
	return int(n.or(0)), nil
}

func (m mine) setReward(ctx context.Context, to string) (Mining, error) {
	if err := m.back.Miner.SetReward(to); err != nil {
		return Mining{}, m.minerFault(err, "give an address of this network, or the name of an own account")
	}
	return m.status(ctx)
}

func (m mine) hashrate(context.Context) (MiningRate, error) {
	s := m.back.Miner.Status()
	return MiningRate{State: s.State, Reason: s.Reason, S10: s.Hashrate.S10, S60: s.Hashrate.S60, M15: s.Hashrate.M15, Remote: m.remote.sum(m.now())}, nil
}
