package node

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gero-chain/gero/internal/progress"
	"github.com/gero-chain/gero/miner/dataset"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/wallet"
)

// datasetProgress shows the making of a dataset.
type datasetProgress struct {
	mu    sync.Mutex
	phase dataset.Phase
	task  *progress.Task
}

// show returns what the miner calls while it makes a dataset.
func (d *datasetProgress) show(r *progress.Reporter) func(dataset.Progress) {
	return func(p dataset.Progress) {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.task != nil && d.phase != p.Phase {
			d.task.End("done")
			d.task = nil
		}
		if d.task == nil {
			d.task, d.phase = r.Start(fmt.Sprintf("dataset, %s", p.Phase), progress.Bytes), p.Phase
		}
		d.task.Update(p.Done, p.Total, "")
		if p.Done >= p.Total {
			d.task.End("done")
			d.task = nil
		}
	}
}

// end takes away the progress of a dataset that was not finished.
func (d *datasetProgress) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.task != nil {
		d.task.End("stopped, to be continued at the next start")
		d.task = nil
	}
}

const (
	watchEvery = 500 * time.Millisecond
	// farBehind is from how many unread blocks on a scan is long work and not everyday life.
	farBehind = 500
)

// watchWallet shows scans that take long, and says what becomes of payments.
func (n *Node) watchWallet(ctx context.Context) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	defer n.dataset.end()
	var scan scanProgress
	defer scan.end("stopped, to be continued at the next start")
	states := map[string]string{}
	n.payments(states, false)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			scan.look(n.cfg.Progress, n.wallet.ScanStatus())
			n.payments(states, true)
		}
	}
}

// payments logs operations whose state changed. It names no account, amount or address: the log is not the wallet.
func (n *Node) payments(states map[string]string, tell bool) {
	ops, err := n.wallet.Operations("", "")
	if err != nil {
		return // a broken wallet says so itself
	}
	for i := range ops {
		op := &ops[i]
		if states[op.ID] == op.State {
			continue
		}
		states[op.ID] = op.State
		if !tell {
			continue
		}
		switch op.State {
		case wallet.StateConfirmed:
			n.log.Info("payment confirmed", "operation", op.ID, "height", uint64(op.Height))
		case wallet.StateFailed:
			n.log.Warn("payment failed", "operation", op.ID, "reason", op.Error.Message, "do", op.Error.Hint)
		default:
			n.log.Info("payment "+op.State, "operation", op.ID)
		}
	}
}

// scanProgress shows a scan from its beginning to its end.
type scanProgress struct {
	task *progress.Task
	from types.Height
}

func (s *scanProgress) look(r *progress.Reporter, status wallet.ScanStatus) {
	behind := types.Height(0)
	if status.Tip > status.Height {
		behind = status.Tip - status.Height
	}
	switch {
	case s.task == nil && !status.Done && behind >= farBehind:
		s.task, s.from = r.Start("wallet scan", progress.Steps), status.Height
	case s.task != nil && (status.Done || behind == 0):
		s.end("done")
		return
	}
	if s.task != nil {
		s.task.Update(uint64(max(status.Height, s.from)-s.from), uint64(status.Tip-s.from), fmt.Sprintf("%.0f trials/s", status.Trials))
	}
}

func (s *scanProgress) end(note string) {
	if s.task != nil {
		s.task.End(note)
		s.task = nil
	}
}
