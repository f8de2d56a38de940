package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gero-chain/gero/rpc"
	"github.com/gero-chain/gero/types"
)

const (
	tea = "for tea"
	fee = "421000000000000" // of one bundle at the least price, in Ta
)

// sero returns an amount of coins in Ta.
func sero(t *testing.T, s string) types.Amount {
	t.Helper()
	a, err := types.ParseDecimal(s, types.Decimals)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func amount(t *testing.T, ta string) types.Amount {
	t.Helper()
	a, err := types.ParseAmount(ta)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func sub(t *testing.T, a types.Amount, bs ...types.Amount) types.Amount {
	t.Helper()
	for _, b := range bs {
		var err error
		if a, err = a.Sub(b); err != nil {
			t.Fatal(err)
		}
	}
	return a
}

// reach waits until an operation has a state, or a later one.
func (d *daemon) reach(id, state string) rpc.Operation {
	d.t.Helper()
	order := []string{"queued", "proving", "sent", "confirmed"}
	at := func(s string) int {
		for i, x := range order {
			if x == s {
				return i
			}
		}
		return -1
	}
	var op rpc.Operation
	d.waitFor(40*time.Second, "operation "+id+" "+state, func() bool {
		d.call(&op, "zero_getOperation", id)
		if op.State == "failed" {
			d.t.Fatalf("operation failed: %+v", op.Error)
		}
		return at(op.State) >= at(state)
	})
	return op
}

// settled waits until an account has read all there is, and returns its balance.
func (d *daemon) settled(account string) rpc.Balance {
	d.t.Helper()
	var b rpc.Balance
	d.waitFor(30*time.Second, "balance of "+account, func() bool {
		b = rpc.Balance{} // what an answer leaves out must not stay from the one before
		d.call(&b, "zero_getBalance", account)
		return !b.Partial && b.Pending.IsZero()
	})
	return b
}

func (d *daemon) consistent() {
	d.t.Helper()
	var s rpc.Supply
	d.call(&s, "sero_getSupply")
	if !s.Consistent {
		d.t.Errorf("supply does not add up at height %d: %+v", s.Height, s)
	}
}

// TestTemporaryChain is the first command of the README: it mines within seconds, and leaves nothing behind.
func TestTemporaryChain(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	d := start(t, "--mine")
	d.waitFor(time.Minute, "first block", func() bool { return d.height() >= 1 })
	if m, _ := filepath.Glob(filepath.Join(temp, "gero-dev-*")); len(m) != 1 {
		t.Errorf("temporary folders %v, want one", m)
	}
	if code := d.stop(); code != exitOK {
		t.Errorf("exit code %d after Ctrl-C: %s", code, d.err.String())
	}
	if m, _ := filepath.Glob(filepath.Join(temp, "gero-dev-*")); len(m) != 0 {
		t.Errorf("temporary folders %v are left", m)
	}
}

// TestPaymentSurvivesKill pays over RPC, and kills the node at every stage of a payment: nothing is lost or paid twice.
func TestPaymentSurvivesKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{"--mine", "--datadir", dir, "--miner.rewardaddr", "carol"}
	d := start(t, args...)
	d.waitFor(time.Minute, "first block", func() bool { return d.height() >= 1 })

	var made rpc.NewAccount
	d.call(&made, "zero_newAccount", "dave", map[string]string{})
	pay := func(value, memo string) string {
		var id string
		d.call(&id, "zero_send", "alice", []any{map[string]string{"to": made.Address, "value": value, "memo": memo}}, map[string]string{})
		return id
	}
	sent := 0
	check := func() {
		t.Helper()
		sent++
		one, left := sero(t, "1.5"), sero(t, "100000")
		var all types.Amount
		for range sent {
			left = sub(t, left, one, amount(t, fee))
			all, _ = all.Add(one)
		}
		if b := d.settled("dave"); b.Spendable != all {
			t.Errorf("dave has %s, want %s", b.Spendable, all)
		}
		if b := d.settled("alice"); b.Spendable != left {
			t.Errorf("alice has %s, want %s", b.Spendable, left)
		}
		var entries []rpc.HistoryEntry
		d.call(&entries, "zero_listTransactions", "dave")
		if len(entries) != sent {
			t.Errorf("dave has %d entries, want %d: %+v", len(entries), sent, entries)
		}
		for _, e := range entries {
			if e.Type != "received" || len(e.Parts) != 1 || e.Parts[0].Value != one || e.Parts[0].Memo != tea {
				t.Errorf("dave's entry is %+v", e)
			}
		}
		d.consistent()
	}

	d.reach(pay(sero(t, "1.5").String(), tea), "confirmed")
	check()
	for _, state := range []string{"queued", "proving", "sent", "confirmed"} {
		id := pay(sero(t, "1.5").String(), tea)
		d.reach(id, state)
		d.kill()
		d = start(t, args...)
		op := d.reach(id, "confirmed")
		if op.TxHash == "" || op.Height == 0 {
			t.Errorf("confirmed operation %+v says not where", op)
		}
		check()
	}
	if code := d.stop(); code != exitOK {
		t.Errorf("exit code %d: %s", code, d.err.String())
	}
}

// TestRestore brings a wallet back from its words on another machine: the same balance, memo and reward, from exported blocks alone.
func TestRestore(t *testing.T) {
	t.Parallel()
	dir, secret := t.TempDir(), filepath.Join(t.TempDir(), "secret")
	write(t, secret, "correct horse\n")
	wrong := filepath.Join(t.TempDir(), "wrong")
	write(t, wrong, "battery staple\n")

	var made rpc.NewAccount
	if err := json.Unmarshal([]byte(gero(t, "--dev", "--datadir", dir, "wallet", "new", "eve", "--password-file", secret, "--json").must(t)), &made); err != nil {
		t.Fatal(err)
	}
	if n := len(strings.Fields(made.Mnemonic)); n != 24 {
		t.Fatalf("%d words, want 24", n)
	}
	d := start(t, "--mine", "--datadir", dir, "--miner.rewardaddr", "eve")
	d.waitFor(time.Minute, "first block", func() bool { return d.height() >= 2 })
	address := gero(t, "--datadir", dir, "address", "eve").must(t)
	gero(t, "--datadir", dir, "send", "--from", "alice", address, "7.25", "--memo", tea, "--yes", "--wait", "1").must(t)

	// The account is locked, and a wrong passphrase does not help.
	other := gero(t, "--datadir", dir, "address", "bob").must(t)
	gero(t, "--datadir", dir, "send", "--from", "eve", other, "1", "--yes").fails(t, exitLocked, "locked", "passphrase")
	gero(t, "--datadir", dir, "send", "--from", "eve", other, "1", "--yes", "--password-file", wrong).fails(t, exitFailure, "wrong passphrase")
	gero(t, "--datadir", dir, "send", "--from", "eve", other, "1", "--yes", "--wait", "1", "--password-file", secret).must(t)
	gero(t, "--datadir", dir, "send", "--from", "eve", other, "1", "--yes").fails(t, exitLocked, "locked") // unlocked for that payment alone

	d.call(new(json.RawMessage), "miner_stop") // the balance below is that of the last block
	d.waitFor(30*time.Second, "mining to stop", func() bool {
		var s struct{ State string }
		d.call(&s, "miner_status")
		return s.State == "off"
	})
	want := d.settled("eve")
	if code := d.stop(); code != exitOK {
		t.Fatalf("exit code %d: %s", code, d.err.String())
	}
	words := gero(t, "--datadir", dir, "wallet", "backup", "eve", "--password-file", secret).must(t)
	if words != made.Mnemonic {
		t.Error("backup shows other words than were made")
	}

	blocks := filepath.Join(t.TempDir(), "blocks")
	gero(t, "--dev", "--datadir", dir, "export", blocks).must(t)
	gero(t, "--dev", "--datadir", dir, "export", blocks).fails(t, exitFailure, "exists")

	fresh := t.TempDir()
	geroIn(t, strings.NewReader("zoo zoo zoo"), "--dev", "--datadir", fresh, "wallet", "restore", "eve", "--password-file", secret).fails(t, exitFailure, "3 words, want 24")
	swapped := strings.Replace(words, strings.Fields(words)[0], "zzz", 1)
	geroIn(t, strings.NewReader(swapped), "--dev", "--datadir", fresh, "wallet", "restore", "eve", "--password-file", secret).fails(t, exitFailure, "word 1")
	geroIn(t, strings.NewReader(words), "--dev", "--datadir", fresh, "wallet", "restore", "eve", "--password-file", secret).must(t)
	gero(t, "--dev", "--datadir", fresh, "import", blocks).must(t)
	if again := gero(t, "--dev", "--datadir", fresh, "import", blocks).must(t); !strings.Contains(again, "were there already") {
		t.Errorf("second import says %q", again)
	}
	badFiles(t, fresh, blocks)

	d = start(t, "--datadir", fresh)
	got := d.settled("eve")
	if got.Spendable != want.Spendable || got.Immature != want.Immature || got.Tip != want.Tip {
		t.Errorf("restored balance %+v, want %+v", got, want)
	}
	var entries []rpc.HistoryEntry
	d.call(&entries, "zero_listTransactions", "eve", 0, 1000)
	found := false
	for _, e := range entries {
		found = found || len(e.Parts) > 0 && e.Parts[0].Memo == tea && e.Parts[0].Value == sero(t, "7.25")
	}
	if !found {
		t.Error("the memo is lost")
	}
	d.consistent()
}

// badFiles imports files that are not sound: each is refused with a reason, and what was there stays.
func badFiles(t *testing.T, dir, blocks string) {
	t.Helper()
	sound, err := os.ReadFile(blocks)
	if err != nil {
		t.Fatal(err)
	}
	flipped := append([]byte{}, sound...)
	const bodyRoot = 14 + 32 + 4 + 100 // of the first block, behind the file's head and the block's length
	flipped[bodyRoot] ^= 1
	for _, c := range []struct {
		name    string
		content []byte
		says    string
	}{
		{"garbage", []byte(strings.Repeat("garbage", 1000)), "not a sound file of blocks"},
		{"empty", nil, "not a sound file of blocks"},
		{"cut off", sound[:len(sound)-100], "ends inside a block"},
		{"long length", append(append([]byte{}, sound[:46]...), 0xff, 0xff, 0xff, 0xff), "claims a length"},
	} {
		path := filepath.Join(t.TempDir(), "bad")
		write(t, path, string(c.content))
		gero(t, "--dev", "--datadir", dir, "import", path).fails(t, exitFailure, c.says)
	}
	path := filepath.Join(t.TempDir(), "bad")
	write(t, path, string(flipped))
	r := gero(t, "--dev", "--datadir", t.TempDir(), "import", path) // where the block is not known yet, or it would be skipped
	r.fails(t, exitFailure, "of the file, height")
	if !strings.Contains(r.stdout, "imported") {
		t.Errorf("import of a damaged file says %q, not how far it came", r.stdout)
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
