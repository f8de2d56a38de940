package rpc

import (
	"context"
	"path/filepath"

	"github.com/gero-chain/gero/types"
)

// admin steers the node and moves whole chains.
type admin struct{ *Server }

func adminMethods(s *Server) []method {
	a := admin{s}
	return []method{
		fn("admin_nodeInfo", "What this node is, where it listens and where it stands.", a.nodeInfo),
		fn("admin_exportChain", "Writes blocks of the best chain to a new file on the node's machine.", a.export,
			"path: absolute path of a file that does not exist yet", "first: block, 1 if left out", "last: block, the best one if left out"),
		fn("admin_importChain", "Reads such a file and adds its blocks, each checked like any other. It can be repeated.", a.imp,
			"path: absolute path of the file"),
	}
}

// NodeInfo is what this node is and where it stands.
type NodeInfo struct {
	Name      string          `json:"name"`
	Version   string          `json:"version"`
	Network   string          `json:"network"`
	ChainID   uint64          `json:"chainId"`
	Genesis   types.BlockHash `json:"genesis"`
	Height    types.Height    `json:"height"`
	Hash      types.BlockHash `json:"hash"`
	Weight    string          `json:"weight"` // of the best chain, in expected hashes
	Datadir   string          `json:"datadir"`
	HTTP      string          `json:"http"` // address, empty if off
	WS        string          `json:"ws"`
	IPC       string          `json:"ipc"`
	Listening bool            `json:"listening"` // for peers
	Peers     Peers           `json:"peers"`
}

func (a admin) nodeInfo(context.Context) (NodeInfo, error) {
	hash, tip := a.back.Chain.Tip()
	weight, err := a.back.Chain.BlockWeight(hash)
	if err != nil {
		return NodeInfo{}, err
	}
	info := NodeInfo{
		Name:      "gero",
		Version:   a.cfg.Version,
		Network:   a.cfg.Net.Name,
		ChainID:   a.cfg.Net.ChainID,
		Genesis:   a.back.Chain.Genesis(),
		Height:    tip.Number,
		Hash:      hash,
		Weight:    weight.Dec(),
		Datadir:   a.cfg.Datadir,
		IPC:       a.cfg.IPC,
		Listening: a.back.Node.Listening(),
		Peers:     a.back.Node.Peers(),
	}
	if a.httpAddr != nil {
		info.HTTP = a.httpAddr.String()
	}
	if a.wsAddr != nil {
		info.WS = a.wsAddr.String()
	}
	return info, nil
}

// Exported says what a file of blocks holds.
type Exported struct {
	Path   string       `json:"path"`
	First  types.Height `json:"first"`
	Last   types.Height `json:"last"`
	Blocks uint64       `json:"blocks"`
}

func (a admin) export(ctx context.Context, path string, first, last *Number) (Exported, error) {
	if err := absolute(path); err != nil {
		return Exported{}, err
	}
	_, tip := a.back.Chain.Tip()
	out := Exported{Path: path, First: types.Height(first.or(1)), Last: types.Height(last.or(uint64(tip.Number)))}
	if out.First > out.Last || out.Last > tip.Number || out.First == 0 {
		return Exported{}, badParam("the genesis is the same everywhere, so block 1 is the first", "blocks %d to %d are not within 1 to %d", out.First, out.Last, tip.Number)
	}
	n, err := exportFile(ctx, a.back.Chain, path, out.First, out.Last)
	out.Blocks = n
	return out, err
}

// Imported says what became of a file of blocks.
type Imported struct {
	Path   string       `json:"path"`
	Added  uint64       `json:"added"`
	Known  uint64       `json:"known"` // were here before
	Height types.Height `json:"height"`
}

func (a admin) imp(ctx context.Context, path string) (Imported, error) {
	if err := absolute(path); err != nil {
		return Imported{}, err
	}
	out := Imported{Path: path}
	var err error
	out.Added, out.Known, err = a.importFile(ctx, path)
	_, tip := a.back.Chain.Tip()
	out.Height = tip.Number
	return out, err
}

// absolute wants paths whose meaning does not depend on where the node was started.
func absolute(path string) error {
	if path == "" || !filepath.IsAbs(path) {
		return badParam("give an absolute path on the node's machine", "path %.200q is not absolute", path)
	}
	return nil
}
