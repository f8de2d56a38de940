package node

import (
	"github.com/gero-chain/gero/core/chain"
	"github.com/gero-chain/gero/rpc"
)

// RPC says where JSON-RPC is answered.
type RPC struct {
	HTTP       bool
	HTTPAddr   string
	HTTPPort   int
	HTTPAPI    []string // namespaces; empty means all
	HTTPVHosts []string
	HTTPCORS   []string

	WS        bool
	WSAddr    string
	WSPort    int
	WSAPI     []string
	WSOrigins []string

	IPCDisabled bool
	IPCPath     string // empty for the folder's own

	Open bool // no cookie is needed: development networks only
}

// IPC returns the endpoint for a folder, or nothing.
func (r *RPC) IPC(f Folder) string {
	switch {
	case r.IPCDisabled:
		return ""
	case r.IPCPath != "":
		return r.IPCPath
	default:
		return f.IPC()
	}
}

func (n *Node) openServers() error {
	c := &n.cfg.RPC
	cfg := rpc.Config{
		Net: n.cfg.Network, Version: n.cfg.Version, Datadir: string(n.cfg.Folder), IPC: c.IPC(n.cfg.Folder),
		Open: c.Open, Log: n.log, Now: n.cfg.Now,
	}
	if c.HTTP {
		cfg.HTTP = &rpc.Endpoint{Addr: c.HTTPAddr, Port: c.HTTPPort, API: c.HTTPAPI, VHosts: c.HTTPVHosts, Origins: c.HTTPCORS}
	}
	if c.WS {
		cfg.WS = &rpc.Endpoint{Addr: c.WSAddr, Port: c.WSPort, API: c.WSAPI, VHosts: c.HTTPVHosts, Origins: c.WSOrigins}
	}
	n.servers = rpc.New(cfg, rpc.Backend{
		Chain: rpcChain{n.chain}, Pool: rpcPool{n.pool}, Wallet: rpcWallet{n.wallet}, Miner: rpcMiner{n.miner, n},
		Node: rpcNode{n}, NotFound: chain.ErrNotFound,
	})
	if err := n.servers.Start(); err != nil {
		n.servers = nil // Start has closed what it had opened
		return err
	}
	return nil
}

func (n *Node) stopServers() {
	if n.servers != nil {
		n.servers.Stop()
		n.servers = nil
	}
}

// Cookie returns the secret by which a program of the same user may ask everything of the node that runs on a folder.
func Cookie(f Folder) (string, error) { return rpc.ReadCookie(string(f)) }
