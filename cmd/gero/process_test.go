package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// asProgram makes the test binary be gero: the tests drive it as processes of their own, which can be killed.
const asProgram = "GERO_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "1" {
		os.Exit(run(os.Args, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func program(ctx context.Context, args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		panic(err) // the test runs, so its file is there
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// result is what a command line printed and how it ended.
type result struct {
	stdout, stderr string
	code           int
}

// gero runs a command line to its end.
func gero(t *testing.T, args ...string) result {
	t.Helper()
	return geroIn(t, nil, args...)
}

func geroIn(t *testing.T, stdin io.Reader, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := program(ctx, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("gero %v: %v", args, err)
	}
	r := result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
	if strings.Contains(r.stderr, "panic:") || strings.Contains(r.stderr, "goroutine ") {
		t.Errorf("gero %v panics:\n%s", args, r.stderr)
	}
	return r
}

// must fails the test unless the command line succeeded.
func (r result) must(t *testing.T) string {
	t.Helper()
	if r.code != exitOK {
		t.Fatalf("exit code %d: %s", r.code, r.stderr)
	}
	return strings.TrimSpace(r.stdout)
}

// fails fails the test unless the command line ended with a code and said certain things.
func (r result) fails(t *testing.T, code int, says ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d: %s", r.code, code, r.stderr)
	}
	for _, s := range says {
		if !strings.Contains(r.stderr, s) {
			t.Errorf("error does not say %q:\n%s", s, r.stderr)
		}
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

// daemon is a running node.
type daemon struct {
	t    *testing.T
	cmd  *exec.Cmd
	err  output
	done chan struct{}
	url  string
}

var listening = regexp.MustCompile(`http +(http://[0-9.]+:[0-9]+)`)

// start runs a node and waits until it answers.
func start(t *testing.T, args ...string) *daemon {
	t.Helper()
	d := launch(t, args...)
	d.waitFor(30*time.Second, "its endpoint", func() bool {
		if m := listening.FindStringSubmatch(d.err.String()); m != nil {
			d.url = m[1]
		}
		return d.url != ""
	})
	return d
}

// launch runs a node and waits for nothing.
func launch(t *testing.T, args ...string) *daemon {
	t.Helper()
	d := &daemon{t: t, done: make(chan struct{})}
	d.cmd = program(context.Background(), append([]string{"--dev", "--dev.period", "0.2", "--http.port", "0"}, args...)...)
	d.cmd.Stderr = &d.err
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = d.cmd.Wait() // the exit code is looked at where it matters
		close(d.done)
	}()
	t.Cleanup(d.kill)
	return d
}

// kill ends the node as kill -9 does.
func (d *daemon) kill() {
	_ = d.cmd.Process.Kill() // it may have ended already
	<-d.done
}

// stop ends the node as Ctrl-C does and returns its exit code.
func (d *daemon) stop() int {
	d.t.Helper()
	if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
		d.t.Fatal(err)
	}
	return d.ended(30 * time.Second)
}

// ended waits until the node has ended and returns its exit code.
func (d *daemon) ended(limit time.Duration) int {
	d.t.Helper()
	select {
	case <-d.done:
	case <-time.After(limit):
		_ = d.cmd.Process.Signal(syscall.SIGQUIT) // prints where it hangs
		<-d.done
		d.t.Fatalf("node has not ended after %s:\n%s", limit, d.err.String())
	}
	if s := d.err.String(); strings.Contains(s, "panic:") {
		d.t.Errorf("node panics:\n%s", s)
	}
	return d.cmd.ProcessState.ExitCode()
}

func (d *daemon) waitFor(limit time.Duration, what string, ok func() bool) {
	d.t.Helper()
	for end := time.Now().Add(limit); !ok(); time.Sleep(30 * time.Millisecond) {
		select {
		case <-d.done:
			d.t.Fatalf("node ended before %s:\n%s", what, d.err.String())
		default:
		}
		if time.Now().After(end) {
			d.t.Fatalf("no %s after %s:\n%s", what, limit, d.err.String())
		}
	}
}

// answerError is an error that the node answered with.
type answerError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    struct {
		Hint string `json:"hint"`
		Kind string `json:"kind"`
	} `json:"data"`
}

func (e *answerError) Error() string {
	return fmt.Sprintf("%d %s (%s)", e.Code, e.Message, e.Data.Hint)
}

// ask calls a method over HTTP.
func (d *daemon) ask(result any, method string, params ...any) error {
	d.t.Helper()
	if params == nil {
		params = []any{}
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	if err != nil {
		d.t.Fatal(err)
	}
	var a struct {
		Result json.RawMessage `json:"result"`
		Error  *answerError    `json:"error"`
	}
	raw, _ := d.post(body)
	if err := json.Unmarshal(raw, &a); err != nil {
		d.t.Fatalf("%s answers %q: %v", method, raw, err)
	}
	if a.Error != nil {
		return a.Error
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(a.Result, result)
}

// call is ask for what must succeed.
func (d *daemon) call(result any, method string, params ...any) {
	d.t.Helper()
	if err := d.ask(result, method, params...); err != nil {
		d.t.Fatalf("%s%v: %v", method, params, err)
	}
}

// post sends any body and returns the answer and its HTTP status.
func (d *daemon) post(body []byte) ([]byte, int) {
	d.t.Helper()
	r, err := http.Post(d.url, "application/json", bytes.NewReader(body))
	if err != nil {
		d.t.Fatalf("no answer: %v\n%s", err, d.err.String())
	}
	defer r.Body.Close() //nolint:errcheck // it was only read
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return raw, r.StatusCode
}

func (d *daemon) height() uint64 {
	d.t.Helper()
	var s struct {
		Height uint64 `json:"height"`
	}
	d.call(&s, "gero_status")
	return s.Height
}
