package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/rpc"
)

// TestBadInput gives a running node everything that is wrong: each gets an error that says what to do, and the node goes on.
func TestBadInput(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	gero(t, "--dev", "--datadir", dir, "wallet", "new", "frank").must(t)
	d := start(t, "--mine", "--datadir", dir, "--miner.rewardaddr", "frank")
	d.waitFor(time.Minute, "a block", func() bool { return d.height() >= 1 })
	good := gero(t, "--datadir", dir, "address", "bob").must(t)

	t.Run("money", func(t *testing.T) { badMoney(t, d, dir, good) })
	t.Run("bodies", func(t *testing.T) { badBodies(t, d) })
	t.Run("transactions", func(t *testing.T) { badTransactions(t, d, dir, good) })
	t.Run("folder in use", func(t *testing.T) {
		gero(t, "--dev", "--datadir", dir, "--http.port", "0").fails(t, exitFailure, "is used by another gero, process", "--datadir")
		geroIn(t, strings.NewReader(""), "--dev", "--datadir", dir, "wallet", "restore", "x").fails(t, exitFailure, "stop it, restore, start it again")
		gero(t, "--dev", "--datadir", dir, "db", "check").fails(t, exitFailure, "stop it first")
	})
	t.Run("port in use", func(t *testing.T) {
		_, port, err := net.SplitHostPort(strings.TrimPrefix(d.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		gero(t, "--dev", "--datadir", t.TempDir(), "--http.port", port).fails(t, exitFailure, "in use", "--http.port")
	})

	before := d.height()
	d.waitFor(30*time.Second, "further blocks", func() bool { return d.height() > before })
	d.consistent()
	if code := d.stop(); code != exitOK {
		t.Errorf("exit code %d: %s", code, d.err.String())
	}
	t.Run("other network", func(t *testing.T) {
		gero(t, "--datadir", dir).fails(t, exitFailure, "belongs to network dev", "--dev")
	})
}

func badMoney(t *testing.T, d *daemon, dir, good string) {
	betanet := testkit.Account(0).FullViewingKey().Address(0).Encode("sero")
	typo := good[:40] + map[bool]string{true: "q", false: "p"}[good[40] != 'q'] + good[41:]
	for _, c := range []struct {
		name string
		args []string
		code int
		says []string
	}{
		{"no address", []string{"hello", "1"}, exitFailure, []string{"serodev1"}},
		{"typo", []string{typo, "1"}, exitFailure, []string{"41"}},
		{"other network", []string{betanet, "1"}, exitFailure, []string{"network"}},
		{"too much", []string{good, "100000"}, exitFailure, []string{"insufficient funds", "can be spent"}},
		{"immature", []string{"--from", "frank", good, "1"}, exitFailure, []string{"immature", "blocks after their block"}},
		{"long memo", []string{good, "1", "--memo", strings.Repeat("x", 129)}, exitFailure, []string{"128"}},
		{"nothing", []string{good, "0"}, exitFailure, []string{"above 0"}},
		{"comma", []string{good, "1,5"}, exitUsage, []string{"1.5"}},
		{"too fine", []string{good, "0.0000000000000000001"}, exitUsage, []string{"18 decimal places"}},
		{"negative", []string{good, "-1"}, exitUsage, []string{`amount "-1": want digits`}},
		{"memo of bytes", []string{good, "1", "--memo", "\xff\xfe"}, exitUsage, []string{"--memo", "UTF-8"}},
		{"negative wait", []string{good, "1", "--wait", "-1"}, exitUsage, []string{"--wait"}},
		{"no such account", []string{"--from", "zoe", good, "1"}, exitFailure, []string{"zoe", "list"}},
		{"no such asset", []string{good, "1", "--asset", "GOLD"}, exitFailure, []string{"GOLD"}},
		{"one argument", []string{good}, exitUsage, []string{"ADDRESS AMOUNT"}},
		{"payee without amount", []string{good, "1", good}, exitUsage, []string{"every ADDRESS wants its AMOUNT"}},
		{"second address wrong", []string{good, "1", betanet, "1"}, exitFailure, []string{"network"}},
		{"not asked", []string{good, "1", "--no-such-flag"}, exitUsage, []string{"no-such-flag"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			gero(t, append([]string{"--datadir", dir, "send", "--yes", "--from", "alice"}, c.args...)...).fails(t, c.code, c.says...)
		})
	}
	gero(t, "--datadir", dir, "send", "--from", "alice", good, "1").fails(t, exitUsage, "--yes") // nobody can be asked
	both := gero(t, "--datadir", dir, "send", "--from", "alice", "--dry-run", good, "1", good, "2.5").must(t)
	if !strings.Contains(both, "1 SERO") || !strings.Contains(both, "2.5 SERO") {
		t.Errorf("two payees: got %q, want both amounts", both)
	}
	gero(t, "--datadir", dir, "ops", "--state", "done").fails(t, exitUsage, "confirmed")
	gero(t, "--datadir", dir, "rpc", "zero_getBalanse").fails(t, exitFailure, "did you mean zero_getBalance?")
	var ops []rpc.Operation
	d.call(&ops, "zero_listOperations")
	if len(ops) != 0 {
		t.Errorf("%d operations were ordered by what was refused", len(ops))
	}
}

func badBodies(t *testing.T, d *daemon) {
	batch := "[" + strings.Repeat(`{"jsonrpc":"2.0","id":1,"method":"eth_chainId"},`, 1000) + `{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}]`
	for _, c := range []struct {
		name, body string
		code       int
	}{
		{"no JSON", `{"jsonrpc":`, -32700},
		{"bytes", "\x00\xff\xfe", -32700},
		{"deep", strings.Repeat("[", 100_000), -32700},
		{"no request", `{"hello":1}`, -32600},
		{"no method", `{"jsonrpc":"2.0","id":1,"method":"eth_nonsense"}`, -32601},
		{"float", `{"jsonrpc":"2.0","id":1,"method":"zero_send","params":["alice",[{"to":"x","value":1.5e18}]]}`, -32602},
		{"wrong type", `{"jsonrpc":"2.0","id":1,"method":"zero_getBalance","params":[{"a":1}]}`, -32602},
		{"too many parameters", `{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[1,2,3]}`, -32602},
		{"batch of 1001", batch, 0},
		{"6 MiB", `{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":["` + strings.Repeat("a", 6<<20) + `"]}`, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw, status := d.post([]byte(c.body))
			var a struct {
				Error *answerError `json:"error"`
			}
			if err := json.Unmarshal(raw, &a); err != nil || a.Error == nil {
				if status/100 == 4 && c.code == 0 {
					return
				}
				t.Fatalf("status %d, answer %.200q, want an error", status, raw)
			}
			if c.code != 0 && a.Error.Code != c.code {
				t.Errorf("error %v, want code %d", a.Error, c.code)
			}
			if c.code != 0 && a.Error.Message == "" {
				t.Error("error says nothing")
			}
		})
	}
}

func badTransactions(t *testing.T, d *daemon, dir, good string) {
	for name, tx := range map[string]string{
		"empty": "0x", "short": "0x00", "garbage": "0x" + strings.Repeat("ab", 3000), "large": "0x" + strings.Repeat("00", 300<<10), "no hex": "0xzz",
	} {
		t.Run(name, func(t *testing.T) {
			var e *answerError
			if err := d.ask(nil, "sero_sendRawTransaction", tx); !errors.As(err, &e) || e.Message == "" {
				t.Errorf("error is %v", err)
			}
		})
	}
	gero(t, "--datadir", dir, "send", "--from", "alice", good, "1", "--yes", "--wait", "1").must(t)
	var ops []rpc.Operation
	d.call(&ops, "zero_listOperations")
	var raw string
	d.call(&raw, "sero_getRawTransaction", ops[0].TxHash)
	for at, what := range map[int]string{200: "field", len(raw) - 10: "signature"} {
		t.Run(what, func(t *testing.T) {
			bad := []byte(raw)
			bad[at] = map[bool]byte{true: '1', false: '2'}[bad[at] != '1']
			var e *answerError
			if err := d.ask(nil, "sero_sendRawTransaction", string(bad)); !errors.As(err, &e) || e.Data.Kind == "" && e.Data.Hint == "" {
				t.Errorf("error is %v", err)
			}
		})
	}
	var e *answerError
	if err := d.ask(nil, "sero_sendRawTransaction", raw); !errors.As(err, &e) || e.Data.Kind != "nullifierSpent" {
		t.Errorf("a transaction that was mined is sent again: %v", err)
	}
}

// TestWrongUsage needs no node.
func TestWrongUsage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := filepath.Join(dir, "gero.toml")
	write(t, config, "[http]\nprot = 1\n")
	for _, c := range []struct {
		name string
		args []string
		code int
		says []string
	}{
		{"no node", []string{"--datadir", dir, "status"}, exitUnreachable, []string{"no node answers", "--datadir"}},
		{"no node at URL", []string{"--rpc", "http://127.0.0.1:1", "status"}, exitUnreachable, []string{"no node answers"}},
		{"unknown verb", []string{"balacne"}, exitUsage, []string{`did you mean "balance"?`}},
		{"unknown verb below", []string{"wallet", "lits"}, exitUsage, []string{`did you mean "list"?`}},
		{"group without verb", []string{"wallet"}, exitUsage, []string{"--help"}},
		{"unknown flag", []string{"--prot", "1"}, exitUsage, []string{"flag --prot is unknown"}},
		{"port", []string{"--http.port", "http"}, exitUsage, []string{"--http.port", "whole number"}},
		{"port range", []string{"--http.port", "99999"}, exitUsage, []string{"65535"}},
		{"network id", []string{"--dev", "--networkid", "7"}, exitUsage, []string{"1337"}},
		{"two networks", []string{"--dev", "--betanet"}, exitUsage, []string{"choose one"}},
		{"unknown key", []string{"--config", config}, exitUsage, []string{`"http.prot"`, `did you mean "http.port"?`}},
		{"no config", []string{"--config", filepath.Join(dir, "none")}, exitUsage, []string{"none"}},
		{"no folder", []string{"--dev", "--http.port", "1", "wallet", "list"}, exitUnreachable, []string{"--datadir"}},
		{"reward", []string{"--dev", "--datadir", filepath.Join(dir, "r"), "--miner.rewardaddr", "nobody"}, exitFailure, []string{"--miner.rewardaddr", "nobody"}},
		{"parameters", []string{"rpc", "eth_chainId", "{"}, exitUnreachable, nil},
		{"empty database", []string{"--dev", "--datadir", filepath.Join(dir, "e"), "db", "check"}, exitFailure, []string{"is not there", "--datadir"}},
		{"nothing to export", []string{"--dev", "--datadir", filepath.Join(dir, "e"), "export", filepath.Join(dir, "f")}, exitFailure, []string{"is not there"}},
		{"no accounts", []string{"--dev", "--datadir", filepath.Join(dir, "e"), "wallet", "list"}, exitFailure, []string{"is not there"}},
		{"namespace", []string{"--dev", "--datadir", filepath.Join(dir, "n"), "--http.port", "0", "--http.api", "eth,foo"}, exitFailure, []string{`"foo"`, "--http.api", "zero"}},
	} {
		t.Run(c.name, func(t *testing.T) { gero(t, c.args...).fails(t, c.code, c.says...) })
	}
	if _, err := os.Stat(filepath.Join(dir, "e")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("verbs that only read made the folder: %v", err)
	}
}

// TestDamagedFiles flips bytes of databases and wallet files: the node refuses to start and says what to do, and never answers nonsense.
func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	gero(t, "--dev", "--datadir", dir, "wallet", "new", "gil").must(t)
	d := start(t, "--mine", "--datadir", dir)
	d.waitFor(time.Minute, "blocks", func() bool { return d.height() >= 5 })
	if code := d.stop(); code != exitOK {
		t.Fatalf("exit code %d: %s", code, d.err.String())
	}
	gero(t, "--dev", "--datadir", dir, "db", "check").must(t)

	t.Run("chain", func(t *testing.T) {
		bad := copyOf(t, dir)
		damage(t, largest(t, filepath.Join(bad, "chain")))
		gero(t, "--dev", "--datadir", bad, "--http.port", "0").fails(t, exitFailure, "damaged", "db check --repair")
		gero(t, "--dev", "--datadir", bad, "db", "check").fails(t, exitFailure, "damaged", "--repair")
		r := gero(t, "--dev", "--datadir", bad, "db", "check", "--repair")
		if !strings.Contains(r.stdout, "repair:") {
			t.Errorf("repair says %q %q", r.stdout, r.stderr)
		}
	})
	t.Run("keystore", func(t *testing.T) {
		bad := copyOf(t, dir)
		files, err := filepath.Glob(filepath.Join(bad, "keystore", "wallet-*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("wallet files %v (%v)", files, err)
		}
		damage(t, files[0])
		gero(t, "--dev", "--datadir", bad, "--http.port", "0").fails(t, exitFailure, filepath.Base(files[0]))
		gero(t, "--dev", "--datadir", bad, "wallet", "list").fails(t, exitFailure, filepath.Base(files[0]))
	})
}

func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

func largest(t *testing.T, dir string) (path string) {
	t.Helper()
	most := int64(0)
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "LOG" {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Size() > most {
			path, most = p, info.Size()
		}
		return err
	})
	if err != nil || path == "" {
		t.Fatalf("no file in %s (%v)", dir, err)
	}
	return path
}

// damage changes bytes in the middle of a file.
func damage(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range min(64, len(b)/4) {
		b[len(b)/2+i] ^= 0xff
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestFullDisk lets a node run out of room: it stops with a sentence, and goes on where it was once there is room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	disk := t.TempDir()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("a small disk can be mounted by root on Linux only")
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=6m", "gero-test", disk).CombinedOutput(); err != nil {
		t.Skipf("no small disk can be mounted here: %v %s", err, bytes.TrimSpace(out))
	}
	t.Cleanup(func() { _ = exec.Command("umount", "-l", disk).Run() }) // what is left of a test

	dir := filepath.Join(disk, "d")
	d := start(t, "--mine", "--datadir", dir)
	d.waitFor(time.Minute, "blocks", func() bool { return d.height() >= 2 })
	fill := filepath.Join(disk, "fill")
	_ = os.WriteFile(fill, make([]byte, 16<<20), 0o600) // fails on purpose when the disk is full
	if code := d.ended(time.Minute); code != exitFailure {
		t.Errorf("exit code %d, want %d", code, exitFailure)
	}
	if said := d.err.String(); !strings.Contains(said, "disk is full") || !strings.Contains(said, "free space") {
		t.Errorf("a node on a full disk says:\n%s", said)
	}
	if err := os.Remove(fill); err != nil {
		t.Fatal(err)
	}
	d = start(t, "--mine", "--datadir", dir)
	d.waitFor(time.Minute, "more blocks", func() bool { return d.height() >= 3 })
	d.consistent()
}
