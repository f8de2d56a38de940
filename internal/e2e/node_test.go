package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// root is the repository, seen from this folder.
const root = "../.."

// binary is the folder of the built program, which TestMain removes.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "gero-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = dir
	code := m.Run()
	_ = os.RemoveAll(dir) // it is in the folder for temporary files
	os.Exit(code)
}

// program builds gero once and returns its path.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(binary, "gero")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	build := exec.Command("go", "build", "-buildvcs=false", "-o", path, "./cmd/gero")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// dependOnSources lets `go test` see that the result depends on files that it does not compile in: what was opened counts when it decides
// whether a kept result still holds.
func dependOnSources(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// output is what a process has printed so far.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// node is a running gero.
type node struct {
	t    *testing.T
	dir  string
	http string
	ws   string // empty where it has none
	log  output
	done chan struct{}
}

var endpoint = regexp.MustCompile(`(?m)^ +(http|ws) +([a-z]+://[^\s,]+)`)

// start runs a node on a folder of its own and waits until it answers. When the test ends the node is stopped and must have met no fault.
func start(t *testing.T, args ...string) *node {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	n := &node{t: t, dir: t.TempDir(), done: make(chan struct{})}
	cmd := exec.Command(path, append([]string{"--datadir", n.dir, "--http", "--http.port", "0", "--progress", "plain"}, args...)...)
	cmd.Stderr = &n.log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait() // its exit code is looked at in stop
		close(n.done)
	}()
	t.Cleanup(func() { n.stop(cmd) })
	n.until("its endpoint", func() bool {
		for _, m := range endpoint.FindAllStringSubmatch(n.log.String(), -1) {
			if m[1] == "http" {
				n.http = m[2]
			} else {
				n.ws = m[2]
			}
		}
		return n.http != ""
	})
	return n
}

// stop ends the node and looks at what it has to say.
func (n *node) stop(cmd *exec.Cmd) {
	if cmd.Process.Signal(os.Interrupt) != nil {
		_ = cmd.Process.Kill() // Windows has no such signal, or the node has ended
	}
	select {
	case <-n.done:
	case <-time.After(20 * time.Second):
		_ = cmd.Process.Kill()
		<-n.done
		n.t.Errorf("node has not ended 20 s after Ctrl-C")
	}
	if code := cmd.ProcessState.ExitCode(); code != 0 && runtime.GOOS != "windows" {
		n.t.Errorf("node ends with exit code %d", code)
	}
	if s := n.log.String(); strings.Contains(s, "panic") || strings.Contains(s, "fault of the node") || n.t.Failed() {
		n.t.Errorf("the node says:\n%s", s)
	}
}

// until waits until something is so, for at most half a minute and only while the node runs.
func (n *node) until(what string, so func() bool) {
	n.t.Helper()
	for end := time.Now().Add(30 * time.Second); !so(); time.Sleep(30 * time.Millisecond) {
		select {
		case <-n.done:
			n.t.Fatalf("node ended before %s:\n%s", what, n.log.String())
		default:
		}
		if time.Now().After(end) {
			n.t.Fatalf("no %s after 30 s:\n%s", what, n.log.String())
		}
	}
}

// call asks the node without any client's library.
func (n *node) call(result any, method string, params ...any) {
	n.t.Helper()
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		n.t.Fatal(err)
	}
	r, err := http.Post(n.http, "application/json", bytes.NewReader(body))
	if err != nil {
		n.t.Fatal(err)
	}
	defer r.Body.Close() //nolint:errcheck // it was only read
	var a struct {
		Result json.RawMessage `json:"result"`
		Error  json.RawMessage `json:"error"`
	}
	if err := json.NewDecoder(r.Body).Decode(&a); err != nil || a.Error != nil {
		n.t.Fatalf("%s%v: %v %s", method, params, err, a.Error)
	}
	if err := json.Unmarshal(a.Result, result); err != nil {
		n.t.Fatalf("%s: got %s: %v", method, a.Result, err)
	}
}

// pay makes a payment, waits until it is in a block, and returns its id and the height of its block.
func (n *node) pay(account, to, value string) (tx string, height uint64) {
	n.t.Helper()
	var id string
	n.call(&id, "zero_send", account, []any{map[string]string{"to": to, "value": value}})
	var op struct {
		State  string          `json:"state"`
		TxHash *string         `json:"txHash"`
		Height *uint64         `json:"height"`
		Error  json.RawMessage `json:"error"`
	}
	n.until("confirmed payment", func() bool {
		n.call(&op, "zero_getOperation", id)
		if op.State == "failed" {
			n.t.Fatalf("payment has failed: %s", op.Error)
		}
		return op.State == "confirmed"
	})
	return *op.TxHash, *op.Height
}
