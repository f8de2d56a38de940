package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gero-chain/gero/rpc"
)

func statusCommand() *cli.Command {
	return &cli.Command{
		Name: "status", Usage: "the running node at one glance", Action: withNode(status),
		Flags: []cli.Flag{&cli.BoolFlag{Name: "follow", Aliases: []string{"f"}, Usage: "again every second, until Ctrl-C"}},
	}
}

func status(c *cli.Context, cl *client) error {
	if _, err := arguments(c, 0, 0); err != nil {
		return err
	}
	for {
		var s rpc.Status
		if err := cl.call(c.Context, &s, "gero_status"); err != nil {
			return err
		}
		if err := showStatus(c, &s); err != nil || !c.Bool("follow") {
			return err
		}
		select {
		case <-c.Context.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}

func showStatus(c *cli.Context, s *rpc.Status) error {
	if wantsJSON(c) {
		return printJSON(c, s)
	}
	if c.Bool("follow") {
		_, err := fmt.Fprintf(c.App.Writer, "block %d, %s old; mining: %s; wallet: %s\n", s.Height, age(s.TipAge), miningText(&s.Mining), walletText(&s.Wallet))
		return err
	}
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-8s %s\n", name, fmt.Sprintf(format, args...))
	}
	row("network", "%s, chain id %d", s.Network, s.ChainID)
	row("block", "%d, %s, %s old", s.Height, s.Hash, age(s.TipAge))
	if s.Syncing {
		row("syncing", "to block %d", s.Target)
	}
	row("peers", "%d in, %d out", s.Peers.In, s.Peers.Out)
	row("mining", "%s", miningText(&s.Mining))
	row("wallet", "%s", walletText(&s.Wallet))
	row("license", "%s: %s", s.License.State, s.License.Reason)
	row("disk", "%s used, %s free", size(s.Disk.Used), size(s.Disk.Free))
	row("memory", "%s", size(s.Memory))
	row("version", "%s", s.Version)
	_, err := fmt.Fprint(c.App.Writer, b.String())
	return err
}

func miningText(m *rpc.Mining) string {
	if m.Reason != "" {
		return m.State + ": " + m.Reason
	}
	return fmt.Sprintf("%s on %d threads, %.0f hashes/s over a minute, %d blocks found", m.State, m.Threads, m.Hashrate.S60, m.BlocksFound)
}

func walletText(w *rpc.WalletStatus) string {
	text := fmt.Sprintf("%s, %d accounts, %d locked, read to block %d", w.State, w.Accounts, w.Locked, w.ScannedHeight)
	if w.Reason != "" {
		text += ": " + w.Reason
	}
	return text
}

func age(seconds int64) string { return (time.Duration(seconds) * time.Second).String() }

func size(bytes uint64) string {
	const unit = 1 << 10
	switch {
	case bytes >= unit*unit*unit:
		return fmt.Sprintf("%.1f GiB", float64(bytes)/(unit*unit*unit))
	default:
		return fmt.Sprintf("%.1f MiB", float64(bytes)/(unit*unit))
	}
}
