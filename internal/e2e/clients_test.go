package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// facts are what the client programs are told about the node, found out without any of them. js/checks.mjs reads them.
type facts struct {
	HTTP    string `json:"http"`
	WS      string `json:"ws"`
	Guarded string `json:"guarded"` // HTTP of a node of another network that wants its cookie
	Cookie  string `json:"cookie"`  // of that node

	Genesis  string `json:"genesis"`
	Height   uint64 `json:"height"` // of a block below which everything is there
	Payee    string `json:"payee"`  // address of an account that pays nobody
	Tx       string `json:"tx"`     // a payment, the only transaction of its block
	TxBlock  string `json:"txBlock"`
	TxHeight uint64 `json:"txHeight"`
}

// requireClients skips the test where Node or the clients are missing, and fails it where they have to be there.
func requireClients(t *testing.T) {
	t.Helper()
	missing := ""
	if _, err := exec.LookPath("node"); err != nil {
		missing = "Node 20 or later is not in PATH"
	} else if _, err := os.Stat(filepath.Join("js", "node_modules")); err != nil {
		missing = "the clients are not installed"
	}
	switch {
	case missing == "":
	case os.Getenv("GERO_E2E") == "required":
		t.Fatalf("%s, and GERO_E2E is \"required\": install Node and run npm ci in internal/e2e/js", missing)
	default:
		t.Skipf("%s: clients of Ethereum are not tested; install Node and run npm ci in internal/e2e/js", missing)
	}
}

// TestClientsReadTheChain: programs written for Ethereum read blocks, payments and receipts of this network, hear of new ones, and
// understand what it answers to what it does not do.
func TestClientsReadTheChain(t *testing.T) {
	requireClients(t)
	dependOnSources(t)
	n := start(t, "--dev", "--mine", "--dev.period", "0.6", "--ws", "--ws.port", "0")
	guarded := start(t, "--betanet")
	n.until("endpoint for WebSockets", func() bool { return n.ws != "" })
	f := lookAround(t, n, guarded)
	for _, client := range []string{"ethers", "viem", "hardhat"} {
		t.Run(client, func(t *testing.T) {
			t.Parallel()
			runProgram(t, client+".mjs", f)
		})
	}
	t.Run("cast", func(t *testing.T) {
		t.Parallel()
		castReads(t, f)
	})
}

// lookAround makes a payment and finds out what the clients should find.
func lookAround(t *testing.T, n, guarded *node) facts {
	t.Helper()
	f := facts{HTTP: n.http, WS: n.ws, Guarded: guarded.http}
	cookie, err := os.ReadFile(filepath.Join(guarded.dir, ".cookie"))
	if err != nil {
		t.Fatal(err)
	}
	f.Cookie = strings.TrimSpace(string(cookie))
	var made struct {
		Address string `json:"address"`
	}
	n.call(&made, "zero_newAccount", "dave")
	f.Payee = made.Address
	f.Tx, f.TxHeight = n.pay("carol", f.Payee, "1500000000000000000")
	f.Height = f.TxHeight
	var b struct {
		Hash string `json:"hash"`
	}
	n.call(&b, "sero_getBlock", f.TxHeight)
	f.TxBlock = b.Hash
	n.call(&b, "sero_getBlock", 0)
	f.Genesis = b.Hash
	return f
}

// runProgram runs a client's program and reports each of its checks as a subtest.
func runProgram(t *testing.T, name string, f facts) {
	t.Helper()
	told, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", name)
	cmd.Dir = "js"
	cmd.Env = append(os.Environ(), "GERO_E2E_FACTS="+string(told), "HARDHAT_NETWORK=gero", "NO_COLOR=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	if err != nil {
		t.Errorf("%s: %v\n%s", name, err, stderr.String())
	}
	checks, done := 0, -1
	lines := bufio.NewScanner(bytes.NewReader(stdout))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Check string  `json:"check"`
			Error *string `json:"error"`
			MS    int     `json:"ms"`
			Done  *int    `json:"done"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Errorf("%s prints %q: %v", name, lines.Text(), err)
			continue
		}
		if line.Done != nil {
			done = *line.Done
			continue
		}
		checks++
		t.Run(line.Check, func(t *testing.T) {
			t.Logf("%d ms", line.MS)
			if line.Error != nil {
				t.Error(*line.Error)
			}
		})
	}
	if checks == 0 || checks != done {
		t.Errorf("%s reports %d checks and says that it made %d:\n%s", name, checks, done, stderr.String())
	}
}
