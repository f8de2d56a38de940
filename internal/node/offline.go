package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/internal/progress"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/wallet"
)

// OpenChain opens only the chain of a folder that no node runs on, for Export and Import. It must be closed.
func OpenChain(cfg Config) (*Node, error) {
	n := &Node{cfg: cfg, log: cfg.Log, started: cfg.Now()}
	for _, step := range []func() error{n.openFolder, n.openChain} {
		if err := step(); err != nil {
			return nil, errors.Join(err, n.Close())
		}
	}
	return n, nil
}

// Export writes blocks of the best chain to a file, from a first height to a last one; 0 is the tip.
func (n *Node) Export(ctx context.Context, out io.Writer, first, last types.Height) (Transfer, error) {
	task := n.cfg.Progress.Start("export", progress.Steps)
	done, err := exportBlocks(ctx, n.chain, out, first, last, func(at, end types.Height) { task.Update(uint64(at), uint64(end), "") })
	task.End(outcome(err))
	return done, err
}

// Import adds the blocks of a file to the chain, checking each as if it had come from a stranger.
func (n *Node) Import(ctx context.Context, in io.Reader) (Transfer, error) {
	task := n.cfg.Progress.Start("import", progress.Steps)
	done, err := importBlocks(ctx, n.chain, in, func(at, _ types.Height) { task.Update(uint64(at), 0, "") })
	task.End(outcome(err))
	return done, err
}

func outcome(err error) string {
	if err != nil {
		return "stopped"
	}
	return "done"
}

// Keystore takes a folder and opens its keystore, for wallet verbs while no node runs. The function gives the folder back.
func Keystore(cfg Config) (*wallet.Keystore, func(), error) {
	lock, err := cfg.Folder.Lock()
	if err != nil {
		return nil, nil, err
	}
	err = cfg.Folder.claim(cfg.Network.Name)
	if err == nil {
		var k *wallet.Keystore
		if k, err = wallet.OpenKeystore(cfg.Folder.Keystore(), KeystoreOptions(cfg.Network, cfg.Dev)); err == nil {
			return k, lock.Release, nil
		}
	}
	lock.Release()
	return nil, nil, err
}

// DBReport is what a check of one database found.
type DBReport struct {
	Database string        `json:"database"` // "chain" or "wallet"
	Folder   string        `json:"folder"`
	Sound    bool          `json:"sound"`
	Problem  string        `json:"problem,omitempty"`
	Repair   string        `json:"repair,omitempty"` // what a repair did
	Records  []RecordCount `json:"records"`
}

// RecordCount is how much there is of one kind of record.
type RecordCount struct {
	Kind  string `json:"kind"`
	Keys  uint64 `json:"keys"`
	Bytes uint64 `json:"bytes"`
}

// CheckDB reads both databases of a folder that no node runs on, wholly, and repairs them first if asked to. The error is about the check
// itself; what it found is in the reports.
func CheckDB(ctx context.Context, cfg Config, repair bool) ([]DBReport, error) {
	if err := cfg.Folder.Existing(); err != nil {
		return nil, err
	}
	lock, err := cfg.Folder.Lock()
	if err != nil {
		return nil, err
	}
	defer lock.Release()
	var out []DBReport
	for _, db := range []struct {
		layout *store.Layout
		path   string
	}{{store.ChainLayout, cfg.Folder.Chain()}, {WalletLayout, cfg.Folder.WalletDB()}} {
		r, err := checkOne(ctx, cfg, db.layout, db.path, repair)
		if errors.Is(err, fs.ErrNotExist) {
			continue // nothing there yet
		}
		if err != nil {
			return out, err
		}
		out = append(out, r)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("folder %s has no database yet: check --datadir", cfg.Folder)
	}
	return out, nil
}

func checkOne(ctx context.Context, cfg Config, layout *store.Layout, path string, repair bool) (DBReport, error) {
	r := DBReport{Database: layout.Name, Folder: path}
	if repair {
		report, err := store.Repair(path, func(line string) { cfg.Log.Info(line) })
		if err != nil {
			return r, err
		}
		r.Repair = report.String()
	}
	db, err := store.Open(path, store.Options{Layout: layout, Network: cfg.Network.Name, Genesis: cfg.Network.GenesisHash, ReadOnly: true})
	if errors.Is(err, store.ErrCorrupt) || errors.Is(err, store.ErrLost) {
		r.Problem = err.Error()
		return r, nil
	}
	if err != nil {
		return r, err
	}
	task := cfg.Progress.Start("checking the "+layout.Name+" database", progress.Bytes)
	found, err := db.Check(ctx, func(p store.Progress) { task.Update(p.Bytes, p.Total, fmt.Sprintf("%d records", p.Keys)) })
	task.End(outcome(err))
	for _, c := range found.Prefixes {
		if c.Keys > 0 {
			r.Records = append(r.Records, RecordCount{Kind: c.Prefix.Name, Keys: c.Keys, Bytes: c.Bytes})
		}
	}
	switch {
	case ctx.Err() != nil:
		return r, errors.Join(ctx.Err(), db.Close())
	case err != nil:
		r.Problem = err.Error()
	case db.Lost():
		r.Problem = "a repair could not save everything that was written here: " + lostAdvice(layout)
	default:
		r.Sound = true
	}
	return r, db.Close()
}

func lostAdvice(layout *store.Layout) string {
	if layout == WalletLayout {
		return "move the folder away, and the wallet reads the chain anew at the next start"
	}
	return "move the folder away and bring the blocks back, with `gero import` from a file or from peers"
}
