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
	return fmt.Sprintf("%s on %s, %.0f hashes/s over a minute, %s found", m.State, plural(m.Threads, "thread"), m.Hashrate.S60, plural(m.BlocksFound, "block"))
}

func walletText(w *rpc.WalletStatus) string {
	text := fmt.Sprintf("%s, %s, %d locked, read to block %d", w.State, plural(w.Accounts, "account"), w.Locked, w.ScannedHeight)
	if w.Reason != "" {
		text += ": " + w.Reason
	}
	return text
}

// age says how long ago something was, in days beyond the second one.
func age(seconds int64) string {
	const day = 24 * 60 * 60
	if seconds >= 2*day {
		return fmt.Sprintf("%d days", seconds/day)
	}
	return (time.Duration(seconds) * time.Second).String()
}

func plural[N int | uint64](n N, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func size(bytes uint64) string {
	const unit = 1 << 10
	switch {
	case bytes >= unit*unit*unit:
		return fmt.Sprintf("%.1f GiB", float64(bytes)/(unit*unit*unit))
	default:
		return fmt.Sprintf("%.1f MiB", float64(bytes)/(unit*unit))
	}
}
