package rpc

import (
	"context"

	"github.com/gero-chain/gero/types"
)

// gero is the one object behind command line, screen and page.
type gero struct{ *Server }

func geroMethods(s *Server) []method {
	g := gero{s}
	return []method{fn("gero_status", "The node at a glance.", g.status)}
}

// Status is the node at a glance.
type Status struct {
	Network string          `json:"network"`
	ChainID uint64          `json:"chainId"`
	Height  types.Height    `json:"height"`
	Hash    types.BlockHash `json:"hash"`
	TipAge  int64           `json:"tipAge"` // seconds since the best block's time
	Syncing bool            `json:"syncing"`
	Target  types.Height    `json:"target"` // best height it heard of
	Peers   Peers           `json:"peers"`
	Wallet  WalletStatus    `json:"wallet"`
	Mining  Mining          `json:"mining"`
	License LicenseStatus   `json:"license"`
	Disk    DiskStatus      `json:"disk"`
	Memory  uint64          `json:"memory"` // bytes obtained from the system
	Version string          `json:"version"`
}

// WalletStatus is the wallet without names, addresses and amounts, for everybody on this machine may read it.
type WalletStatus struct {
	State         string       `json:"state"`  // "off", "scanning", "ready"
	Reason        string       `json:"reason"` // why it is not ready
	Accounts      int          `json:"accounts"`
	Locked        int          `json:"locked"`
	ScannedHeight types.Height `json:"scannedHeight"`
}

// LicenseStatus says whether this node votes.
type LicenseStatus struct {
	State  string `json:"state"` // "inactive"
	Reason string `json:"reason"`
}

// DiskStatus is in bytes.
type DiskStatus struct {
	Used uint64 `json:"used"` // by the data directory
	Free uint64 `json:"free"` // left on its disk
}

func (g gero) status(context.Context) (Status, error) {
	hash, tip := g.back.Chain.Tip()
	sync, use := g.back.Node.Sync(), g.back.Node.Resources()
	wallet, err := g.wallet()
	if err != nil {
		return Status{}, err
	}
	return Status{
		Network: g.cfg.Net.Name,
		ChainID: g.cfg.Net.ChainID,
		Height:  tip.Number,
		Hash:    hash,
		TipAge:  max(0, g.now().Unix()-int64(tip.Time)),
		Syncing: sync.Syncing,
		Target:  max(sync.Target, tip.Number),
		Peers:   g.back.Node.Peers(),
		Wallet:  wallet,
		Mining:  g.mining(),
		License: g.license(tip.Number),
		Disk:    DiskStatus{Used: use.DiskUsed, Free: use.DiskFree},
		Memory:  use.Memory,
		Version: g.cfg.Version,
	}, nil
}

func (g gero) wallet() (WalletStatus, error) {
	if g.back.Wallet == nil {
		return WalletStatus{State: "off", Reason: "this node runs without a wallet"}, nil
	}
	accounts, err := g.back.Wallet.Accounts()
	if err != nil {
		return WalletStatus{}, err
	}
	scan := g.back.Wallet.ScanStatus()
	out := WalletStatus{State: "ready", Accounts: len(accounts), ScannedHeight: scan.Height}
	if !scan.Done {
		out.State, out.Reason = "scanning", scan.Reason
	}
	for _, a := range accounts {
		if a.Locked {
			out.Locked++
		}
	}
	return out, nil
}

func (g gero) mining() Mining {
	if g.back.Miner == nil {
		return Mining{State: "off", Reason: "this node runs without a miner"}
	}
	return Mining(g.back.Miner.Status())
}

func (g gero) license(h types.Height) LicenseStatus {
	if !g.cfg.Net.Rules(h).Votes {
		return LicenseStatus{State: "inactive", Reason: "the network has no licence votes at this height"}
	}
	return LicenseStatus{State: "inactive", Reason: "this version does not vote: update the node"}
}
