package node

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"unicode"

	"github.com/gero-chain/gero/rpc"
)

// Banner writes what a person wants to know when a node has started, and what to do first.
func (n *Node) Banner(w io.Writer) {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-9s %s\n", name, fmt.Sprintf(format, args...))
	}
	hash, head := n.chain.Tip()
	fmt.Fprintf(&b, "\n%s\n\n", n.cfg.Version)
	row("network", "%s, chain id %d", n.cfg.Network.Name, n.cfg.Network.ChainID)
	row("folder", "%s", n.cfg.Folder)
	row("head", "block %d, %s", head.Number, short(hash.String()))
	accounts := n.wallet.Accounts()
	row("wallet", "%s", plural(len(accounts), "account"))
	for _, e := range n.endpoints() {
		row(e.name, "%s", e.what)
	}
	row("mining", "%s", n.miningLine())
	row("peers", "none: this version runs by itself")
	if n.cfg.Dev {
		b.WriteString("\n  accounts of the public words, with funds that are worth nothing:\n")
		for i := range accounts {
			if a := &accounts[i]; a.Index < uint32(len(devFunds)) && a.Birthday != nil {
				fmt.Fprintf(&b, "    %-7s %-34s %s\n", a.Name, short(a.Address), devFunds[a.Index])
			}
		}
	}
	b.WriteString(n.advice(len(accounts)))
	_, _ = io.WriteString(w, b.String()+"\n") // a terminal that is gone is no reason not to run
}

// devFunds is what the dev genesis gave to each account, for the banner; a test holds it against the genesis.
var devFunds = []string{"100000 SERO, 1000000 DEV, 1 ticket", "50000 SERO", "10000 SERO"}

func (n *Node) miningLine() string {
	s := n.miner.Status()
	if !n.cfg.Mine {
		return "off; switch it on with --mine"
	}
	to := "the first account"
	if n.cfg.Reward != "" {
		to = short(n.cfg.Reward)
	}
	line := fmt.Sprintf("%s, rewards to %s", plural(s.Threads, "thread"), to)
	if n.cfg.Period > 0 {
		line += fmt.Sprintf(", a block every %s at most", n.cfg.Period)
	}
	return line
}

type endpoint struct{ name, what string }

// endpoints lists where the node answers.
func (n *Node) endpoints() []endpoint {
	var out []endpoint
	cookie := ", with the cookie in " + rpc.CookiePath(string(n.cfg.Folder))
	if n.cfg.RPC.Open {
		cookie = ""
	}
	if a := n.servers.HTTPAddr(); a != nil {
		out = append(out, endpoint{"http", "http://" + a.String() + cookie})
	}
	if a := n.servers.WSAddr(); a != nil {
		out = append(out, endpoint{"ws", "ws://" + a.String() + cookie})
	}
	if p := n.cfg.RPC.IPC(n.cfg.Folder); p != "" {
		out = append(out, endpoint{"ipc", p})
	}
	return out
}

// advice says what to do next.
func (n *Node) advice(accounts int) string {
	gero := "gero --datadir " + quoted(string(n.cfg.Folder))
	switch {
	case accounts == 0:
		return fmt.Sprintf("\n  Next: make an account in a second terminal, `%s wallet new NAME`, and write its 24 words down.\n", gero)
	case n.cfg.Dev:
		return fmt.Sprintf("\n  Next, in a second terminal: `%s status`, or pay somebody: `%s send ADDRESS 1.5`.\n  Stop with Ctrl-C.\n", gero, gero)
	default:
		return fmt.Sprintf("\n  Look at it from a second terminal with `%s status`. Stop with Ctrl-C.\n", gero)
	}
}

// quoted returns a path as a shell takes it for one word.
func quoted(path string) string {
	plain := func(r rune) bool {
		return r > 127 && unicode.IsLetter(r) || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/\\:._-+@,", r)
	}
	if path != "" && strings.IndexFunc(path, func(r rune) bool { return !plain(r) }) < 0 {
		return path
	}
	if runtime.GOOS == "windows" {
		return `"` + path + `"`
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// short shows the ends of a long id.
func short(s string) string {
	if len(s) <= 30 {
		return s
	}
	return s[:18] + "..." + s[len(s)-8:]
}
