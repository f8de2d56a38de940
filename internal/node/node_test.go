package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gero-chain/gero/internal/progress"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

func devConfig(t *testing.T) Config {
	t.Helper()
	return Config{
		Network: params.Dev(), Folder: Folder(t.TempDir()), Version: "gero/test", Dev: true, Mine: true, Threads: 1, CacheMB: 32,
		RPC: RPC{HTTP: true, WS: true, Open: true}, Log: slog.New(slog.DiscardHandler),
		Progress: progress.New(io.Discard, progress.Off, time.Now), Now: time.Now,
	}
}

func open(t *testing.T, cfg Config) *Node {
	t.Helper()
	n, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestNodeStopsWhole runs a node until it has mined, stops it, and finds nothing left: no goroutine and no lock.
func TestNodeStopsWhole(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent(), goleak.IgnoreTopFunction("github.com/syndtr/goleveldb/leveldb.(*DB).mpoolDrain"))
	cfg := devConfig(t)
	for range 2 {
		n := open(t, cfg)
		_, before := n.chain.Tip()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- n.Run(ctx) }()
		for {
			if _, head := n.chain.Tip(); head.Number > before.Number+1 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
		if err := n.Close(); err != nil {
			t.Errorf("closing again: %v", err)
		}
	}
}

// A node whose chain stops because of a fault of its own stops as a whole and says why.
func TestFaultStopsTheNode(t *testing.T) {
	n := open(t, devConfig(t))
	if err := n.chainDB.Close(); err != nil { // the disk is gone
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	err := n.Run(ctx)
	if err == nil || ctx.Err() != nil {
		t.Errorf("a node without its database goes on: %v", err)
	}
	_ = n.Close() // it has said what is wrong
}

func TestFailedOpenLeavesNothing(t *testing.T) {
	cfg := devConfig(t)
	cfg.Reward = "nobody"
	if _, err := Open(cfg); err == nil || !strings.Contains(err.Error(), "--miner.rewardaddr") {
		t.Errorf("error %v", err)
	}
	cfg.Reward = ""
	busy := open(t, cfg)
	other := devConfig(t)
	other.RPC.HTTPPort = port(t, busy)
	if _, err := Open(other); err == nil || !strings.Contains(err.Error(), "--http.port") {
		t.Errorf("error %v", err)
	}
	other.RPC.HTTPPort = 0
	n := open(t, other) // its folder is free again
	for _, n := range []*Node{n, busy} {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
}

func port(t *testing.T, n *Node) (p int) {
	t.Helper()
	addr := n.servers.HTTPAddr().String()
	if _, err := fmt.Sscan(addr[strings.LastIndex(addr, ":")+1:], &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestBannerSaysWhatIsThere(t *testing.T) {
	n := open(t, devConfig(t))
	defer n.Close() //nolint:errcheck // tested elsewhere
	var b bytes.Buffer
	n.Banner(&b)
	for _, want := range []string{"dev, chain id 1337", string(n.cfg.Folder), "block 0", "3 accounts", "http://127.0.0.1:", "ws://", "alice", "100000 SERO", "status"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("banner lacks %q:\n%s", want, b.String())
		}
	}
}

// devFunds is written down for people; the genesis decides.
func TestQuotedPathsAreOneWord(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("shells of Windows quote otherwise")
	}
	for path, want := range map[string]string{
		"./devnet": "./devnet", "/home/zoë/.gero": "/home/zoë/.gero", "": "''",
		"my money": "'my money'", "it's": `'it'\''s'`, "a$b": "'a$b'", "a`b": "'a`b'", "~x": "'~x'",
	} {
		if got := quoted(path); got != want {
			t.Errorf("%q is shown as %s, want %s", path, got, want)
		}
	}
}

func TestBannerFundsAreTheGenesis(t *testing.T) {
	n := open(t, devConfig(t))
	defer n.Close() //nolint:errcheck // tested elsewhere
	if err := n.wallet.Catchup(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, a := range n.wallet.Accounts() {
		b, err := n.wallet.Balance(a.ID)
		if err != nil {
			t.Fatal(err)
		}
		text := b.Spendable.Decimal(types.Decimals) + " SERO"
		for _, asset := range b.ByAsset {
			switch {
			case asset.Kind == "token" && !asset.Spendable.IsZero():
				text += ", " + asset.Spendable.Decimal(asset.Decimals) + " " + asset.Name
			case asset.Kind == "ticket" && !asset.Spendable.IsZero():
				text += ", 1 ticket"
			}
		}
		if text != devFunds[i] {
			t.Errorf("account %d has %q, the banner says %q", i, text, devFunds[i])
		}
	}
}

// TestBlocksTravel exports a chain and imports it elsewhere; what is not whole is refused, and what came before it stays.
func TestBlocksTravel(t *testing.T) {
	cfg := devConfig(t)
	n := open(t, cfg)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- n.Run(ctx) }()
	for {
		if _, head := n.chain.Tip(); head.Number >= 4 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	n, err := OpenChain(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close() //nolint:errcheck // tested elsewhere
	var all, some bytes.Buffer
	if done, err := n.Export(t.Context(), &all, 0, 4); err != nil || done.Blocks != 4 || done.Last != 4 {
		t.Fatalf("exported %+v (%v)", done, err)
	}
	if _, err := n.Export(t.Context(), &some, 3, 4); err != nil {
		t.Fatal(err)
	}

	to, err := OpenChain(devConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close() //nolint:errcheck // tested elsewhere
	refused := func(name string, raw []byte, says string, blocks uint64) {
		t.Helper()
		done, err := to.Import(t.Context(), bytes.NewReader(raw))
		if err == nil || !strings.Contains(err.Error(), says) || done.Blocks != blocks {
			t.Errorf("%s: %d blocks, %v, want %d and %q", name, done.Blocks, err, blocks, says)
		}
	}
	refused("blocks without their parents", some.Bytes(), "import the blocks before it first", 0)
	refused("another genesis", append([]byte("gero blocks 1\n"), make([]byte, 100)...), "choose the network", 0)
	refused("something else", []byte("hello"), "gero export", 0)
	refused("a cut", all.Bytes()[:all.Len()-1], "ends inside a block", 3)
	if done, err := to.Import(t.Context(), bytes.NewReader(all.Bytes())); err != nil || done.Blocks != 4 || done.Known != 3 {
		t.Errorf("imported %+v (%v), want 4 blocks, 3 known", done, err)
	}
	if a, b := tip(n), tip(to); a.Number < 4 || b.Number != 4 {
		t.Errorf("tips %d and %d", a.Number, b.Number)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := to.Import(stopped, bytes.NewReader(all.Bytes())); !errors.Is(err, context.Canceled) {
		t.Errorf("import goes on after its end: %v", err)
	}
}

func tip(n *Node) *types.Header {
	_, h := n.chain.Tip()
	return h
}

func TestGroupStopsAllWhenOneFails(t *testing.T) {
	g := newGroup(t.Context())
	broken := errors.New("broken")
	g.run("good", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
	g.run("bad", func(context.Context) error { return broken })
	if err := g.wait(func(string) {}); !errors.Is(err, broken) || !strings.Contains(err.Error(), "bad") {
		t.Errorf("error %v, want the failed part's", err)
	}
}

func TestGroupSaysWhatItWaitsFor(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	g := newGroup(ctx)
	g.run("slow", func(ctx context.Context) error {
		<-ctx.Done()
		time.Sleep(stopPatience + 300*time.Millisecond)
		return nil
	})
	cancel()
	var said []string
	if err := g.wait(func(s string) { said = append(said, s) }); err != nil {
		t.Error(err)
	}
	if len(said) != 1 || said[0] != "slow" {
		t.Errorf("waiting was told as %v, want slow once", said)
	}
}

func TestLogLines(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(NewLineHandler(&out, Level(3), "15h"))
	log.With("a", 1).WithGroup("g").Info("hello there", "b", "x y", "d", 1500*time.Microsecond, "e", "")
	log.Debug("not shown")
	log.Warn("mind", slog.Group("in", "k", "v"))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("lines %q, want two", lines)
	}
	if want := ` hello there a=1 g.b="x y" g.d=2ms g.e=""`; lines[0][3:] != want {
		t.Errorf("line %q, want %q after the time", lines[0], want)
	}
	if want := ` WARN mind in.k=v`; lines[1][3:] != want {
		t.Errorf("line %q, want %q after the time", lines[1], want)
	}
}
