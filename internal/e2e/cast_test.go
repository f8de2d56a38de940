package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// castCheck is one command line of cast and what it has to print: exactly that, or, for what fails, that among other things.
type castCheck struct {
	args string
	want string
	fail bool
}

// castReads calls cast for everything that it reads from a chain.
func castReads(t *testing.T, f facts) {
	t.Helper()
	const nobody = "0x00000000000000000000000000000000DeaDBeef"
	hints := func(code int, words string) string { return fmt.Sprintf("error code %d: %s", code, words) }
	for _, c := range []castCheck{
		{args: "chain-id", want: "1337"},
		{args: "gas-price", want: "1000000000"},
		{args: "base-fee", want: "0"},
		{args: "balance " + nobody, want: "0"},
		{args: "code " + nobody, want: "0x"},
		{args: "nonce " + nobody, want: "0"},
		{args: "storage " + nobody + " 7", want: "0x" + strings.Repeat("0", 64)},
		{args: fmt.Sprintf("block %d --field hash", f.TxHeight), want: f.TxBlock},
		{args: "block " + f.TxBlock + " --field gasUsed", want: "421000"},
		{args: "block earliest --field hash", want: f.Genesis},
		{args: "tx " + f.Tx + " gasPrice", want: "1000000000"},
		{args: "tx " + f.Tx + " nonce", want: "0"},
		{args: "receipt " + f.Tx + " status", want: "true"},
		{args: "receipt " + f.Tx + " effectiveGasPrice", want: "1000000000"},
		{args: "receipt " + f.Tx + " blockHash", want: f.TxBlock},
		{args: fmt.Sprintf("logs --from-block 0 --to-block %d", f.TxHeight), want: ""},
		{args: "rpc eth_syncing", want: "false"},
		{args: "rpc net_version", want: `"1337"`},
		{args: "rpc eth_foo", fail: true, want: hints(-32601, `the method "eth_foo" does not exist`)},
		{args: "rpc eth_getBlockByNumber nonsense false", fail: true, want: hints(-32602, `parameter block: "nonsense" names no block`)},
		{args: "call " + nobody + " f()", fail: true, want: "contracts are not active on dev"},
		{args: "estimate " + nobody, fail: true, want: "contracts are not active on dev"},
		{args: "publish 0x02f8", fail: true, want: hints(-32004, "Ethereum's transactions do not exist on this network")},
		{args: "publish 0x02f8", fail: true, want: "send with zero_send"},
	} {
		t.Run(c.args, func(t *testing.T) {
			got, err := cast(t, f, c.args)
			if failed := err != nil; failed != c.fail {
				t.Fatalf("got %q, %v", got, err)
			}
			if c.fail && !strings.Contains(got, c.want) || !c.fail && got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	t.Run("client", func(t *testing.T) {
		if got, err := cast(t, f, "client"); err != nil || !strings.HasPrefix(got, "gero/v") {
			t.Errorf("got %q, %v", got, err)
		}
	})
	t.Run("block with its transactions", func(t *testing.T) {
		got, err := cast(t, f, fmt.Sprintf("block %d --full --json", f.TxHeight))
		var b struct {
			Hash         string `json:"hash"`
			Transactions []struct {
				Hash    string `json:"hash"`
				ChainID string `json:"chainId"`
			} `json:"transactions"`
		}
		if err != nil || json.Unmarshal([]byte(got), &b) != nil {
			t.Fatalf("got %q, %v", got, err)
		}
		if b.Hash != f.TxBlock || len(b.Transactions) != 1 || b.Transactions[0].Hash != f.Tx || b.Transactions[0].ChainID != "0x539" {
			t.Errorf("got %+v", b)
		}
	})
}

// cast runs a command line of cast and returns what it printed, on failure its complaint.
func cast(t *testing.T, f facts, args string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	// The package's own script does not pass on how the program for this system ended, so that one is called itself.
	found, err := filepath.Glob(filepath.Join("js", "node_modules", "@foundry-rs", "cast-*", "bin", "cast*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("programs of cast for this system: %v, %v, want one", found, err)
	}
	cmd := exec.CommandContext(ctx, found[0], append(strings.Fields(args), "--rpc-url", f.HTTP)...)
	cmd.Env = append(os.Environ(), "NO_COLOR=1", "FOUNDRY_DISABLE_NIGHTLY_WARNING=1")
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}
