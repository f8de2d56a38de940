package node

import (
	"io/fs"
	"path/filepath"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/gero-chain/gero/rpc"
)

// rpcNode is the node as rpc asks for it. There are no peers yet, so it knows no better chain than its own.
type rpcNode struct{ *Node }

func (n rpcNode) Sync() rpc.SyncState {
	_, head := n.chain.Tip()
	return rpc.SyncState{Target: head.Number}
}

func (n rpcNode) Peers() rpc.Peers { return rpc.Peers{} }

func (n rpcNode) Listening() bool { return false }

func (n rpcNode) Resources() rpc.Resources {
	r := rpc.Resources{DiskUsed: n.disk.used(n.cfg.Folder), Memory: memory()}
	if free, err := diskFree(string(n.cfg.Folder)); err == nil {
		r.DiskFree = free
	}
	return r
}

// memory is what the program obtained from the system and has not given back, in bytes.
func memory() uint64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return samples[0].Value.Uint64() - samples[1].Value.Uint64()
}

// diskUse remembers for a while how large the folder is, because asking costs a look at every file.
type diskUse struct {
	mu    sync.Mutex
	asked time.Time
	bytes uint64
}

const diskUseFor = 10 * time.Second

func (d *diskUse) used(f Folder) uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if time.Since(d.asked) < diskUseFor {
		return d.bytes
	}
	d.asked, d.bytes = time.Now(), 0
	_ = filepath.WalkDir(string(f), func(_ string, e fs.DirEntry, err error) error {
		if err != nil {
			return nil //nolint:nilerr // a file that is gone meanwhile is no reason to stop counting
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			d.bytes += uint64(info.Size()) //nolint:gosec // a size is not negative
		}
		return nil
	})
	return d.bytes
}
