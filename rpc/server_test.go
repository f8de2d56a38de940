package rpc

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	gethrpc "github.com/ethereum/go-ethereum/rpc"
)

func TestEveryTransportAnswers(t *testing.T) {
	f := start(t, nil)
	for name, endpoint := range map[string]string{"http": f.url(), "ws": "ws://" + f.WSAddr().String(), "ipc": f.cfg.IPC} {
		c := f.dial(endpoint)
		var height string
		if err := c.Call(&height, "eth_blockNumber"); err != nil || height != "0x3" {
			t.Errorf("%s: got %q, %v, want 0x3", name, height, err)
		}
		batch := []gethrpc.BatchElem{
			{Method: "eth_chainId", Result: new(string)}, {Method: "eth_nothing", Result: new(string)}, {Method: "net_version", Result: new(string)},
		}
		if err := c.BatchCall(batch); err != nil {
			t.Fatalf("%s: batch: %v", name, err)
		}
		if got := *batch[0].Result.(*string); got != "0x539" || batch[1].Error == nil || *batch[2].Result.(*string) != "1337" {
			t.Errorf("%s: batch: got %s, %v", name, got, batch[1].Error)
		}
		var doc Document
		if err := c.Call(&doc, "rpc.discover"); err != nil || len(doc.Methods) < 60 {
			t.Errorf("%s: rpc.discover: %d methods, %v", name, len(doc.Methods), err)
		}
	}
}

func TestWebSocketOnItsOwnPort(t *testing.T) {
	f := start(t, func(c *Config) { c.HTTP, c.IPC = nil, "" })
	c := f.dial("ws://" + f.WSAddr().String())
	var version string
	if err := c.Call(&version, "web3_clientVersion"); err != nil || version != "gero/test" {
		t.Errorf("got %q, %v", version, err)
	}
	res, err := testClient.Post("http://"+f.WSAddr().String(), "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close() //nolint:errcheck // Only its status is wanted.
	if res.StatusCode != http.StatusUpgradeRequired {
		t.Errorf("plain request to a WebSocket port: got status %d, want %d", res.StatusCode, http.StatusUpgradeRequired)
	}
}

func TestSharedPortServesBoth(t *testing.T) {
	port := freePort(t)
	f := start(t, func(c *Config) { c.HTTP.Port, c.WS.Port = port, port })
	if f.HTTPAddr().String() != f.WSAddr().String() {
		t.Errorf("HTTP on %s, WebSocket on %s, want one port", f.HTTPAddr(), f.WSAddr())
	}
	var n string
	if err := f.dial("ws://"+f.WSAddr().String()).Call(&n, "eth_blockNumber"); err != nil {
		t.Error(err)
	}
	f.want(`"0x3"`, "eth_blockNumber")
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // The port is wanted, not the listener.
	return l.Addr().(*net.TCPAddr).Port
}

func TestPortInUseNamesPortAndFlag(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // Nothing was accepted.
	port := l.Addr().(*net.TCPAddr).Port
	for flag, change := range map[string]func(*Config){
		"--http.port": func(c *Config) { c.HTTP.Port = port },
		"--ws.port":   func(c *Config) { c.WS.Port = port },
	} {
		f := build(t, change)
		err := f.Start()
		if err == nil {
			f.Stop()
			t.Fatalf("%s: started on a port in use", flag)
		}
		if s := err.Error(); !strings.Contains(s, fmt.Sprint(port)) || !strings.Contains(s, flag) {
			t.Errorf("got %q, want port %d and %s in it", s, port, flag)
		}
		if _, err := os.Stat(CookiePath(f.dir)); !os.IsNotExist(err) {
			t.Errorf("%s: a failed start left the cookie: %v", flag, err)
		}
	}
}

func TestNamespaceWithoutMethodsIsRefused(t *testing.T) {
	for flag, change := range map[string]func(*Config){
		"--http.api": func(c *Config) { c.HTTP.API = []string{"eth", "eht"} },
		"--ws.api":   func(c *Config) { c.WS.API = []string{"eht"} },
	} {
		f := build(t, change)
		err := f.Start()
		if err == nil {
			f.Stop()
			t.Fatalf("%s: started with a namespace that nothing is in", flag)
		}
		if s := err.Error(); !strings.Contains(s, `"eht"`) || !strings.Contains(s, flag) || !strings.Contains(s, "zero") {
			t.Errorf("got %q, want the name, the flag and the choice", s)
		}
	}
}

func TestIPCSocket(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("pipes are no files")
	}
	f := start(t, nil)
	info, err := os.Stat(f.cfg.IPC)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket: mode %v, %v, want 0600", info.Mode(), err)
	}
	second := build(t, func(c *Config) { c.IPC = f.cfg.IPC })
	if err := second.Start(); err == nil || !strings.Contains(err.Error(), "in use by a running node") {
		t.Errorf("second node on one socket: got %v", err)
	}
	f.want(`"0x3"`, "eth_blockNumber") // The first is not disturbed.

	left := filepath.Join(t.TempDir(), "left.ipc")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: left, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetUnlinkOnClose(false)
	l.Close() //nolint:errcheck // It is to look like a crash.
	third := start(t, func(c *Config) { c.IPC = left })
	var n string
	if err := third.dial(left).Call(&n, "eth_blockNumber"); err != nil {
		t.Errorf("socket left over from a crash: %v", err)
	}

	file := filepath.Join(t.TempDir(), "precious")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := build(t, func(c *Config) { c.IPC = file }).Start(); err == nil || !strings.Contains(err.Error(), "no socket") {
		t.Errorf("file in place of a socket: got %v", err)
	}
	if _, err := os.Stat(file); err != nil {
		t.Errorf("file in place of a socket is gone: %v", err)
	}
	if err := build(t, func(c *Config) { c.IPC = "/tmp/" + strings.Repeat("x", 120) }).Start(); err == nil || !strings.Contains(err.Error(), "--ipcpath") {
		t.Errorf("path too long: got %v", err)
	}
}

func TestStopEndsConnections(t *testing.T) {
	f := build(t, nil)
	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	ws, ipc := f.dial("ws://"+f.WSAddr().String()), f.dial(f.cfg.IPC)
	heads := make(chan json.RawMessage)
	sub, err := ws.EthSubscribe(context.Background(), heads, "newHeads")
	if err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	f.Stop()
	if d := time.Since(begun); d > 4*time.Second {
		t.Errorf("stopping took %s", d)
	}
	select {
	case <-sub.Err():
	case <-time.After(5 * time.Second):
		t.Error("subscription did not end")
	}
	if err := ipc.Call(nil, "eth_blockNumber"); err == nil {
		t.Error("IPC answers after Stop")
	}
	if _, err := os.Stat(CookiePath(f.dir)); !os.IsNotExist(err) {
		t.Errorf("cookie after Stop: %v", err)
	}
}

func TestHostAndOrigin(t *testing.T) {
	f := start(t, func(c *Config) {
		c.HTTP.VHosts, c.HTTP.Origins = []string{"node.example"}, []string{"https://page.example"}
		c.WS.Origins = []string{"https://page.example"}
	})
	const body = `{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}`
	for host, want := range map[string]int{
		"node.example": 200, "NODE.example:8545": 200, "127.0.0.1:1": 200, "[::1]:8545": 200, "evil.example": 403, "localhost": 403,
	} {
		if got, _ := f.post(body, "Host", host); got != want {
			t.Errorf("host %s: got status %d, want %d", host, got, want)
		}
	}
	for origin, want := range map[string]string{"https://page.example": "https://page.example", "https://evil.example": ""} {
		req, err := http.NewRequest(http.MethodOptions, f.url(), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Origin", origin)
		res, err := testClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close() //nolint:errcheck // It is empty.
		if got := res.Header.Get("Access-Control-Allow-Origin"); got != want {
			t.Errorf("origin %s may call as %q, want %q", origin, got, want)
		}
		c, err := gethrpc.DialWebsocket(context.Background(), "ws://"+f.WSAddr().String(), origin)
		if (err == nil) != (want != "") {
			t.Errorf("WebSocket from origin %s: %v", origin, err)
		}
		if err == nil {
			c.Close()
		}
	}
	// A form of another site cannot send JSON's content type without asking first.
	if got, _ := f.post(body, "Content-Type", "text/plain"); got != http.StatusUnsupportedMediaType {
		t.Errorf("text/plain: got status %d, want %d", got, http.StatusUnsupportedMediaType)
	}
}

func TestHTTPVerbsAndPaths(t *testing.T) {
	f := start(t, nil)
	for _, c := range []struct {
		verb, path string
		want       int
	}{
		{http.MethodGet, "/", 200}, {http.MethodPut, "/", 405}, {http.MethodDelete, "/", 405}, {http.MethodPost, "/other", 404}, {http.MethodOptions, "/", 204},
	} {
		if got, _ := f.do(c.verb, c.path, ""); got != c.want {
			t.Errorf("%s %s: got status %d, want %d", c.verb, c.path, got, c.want)
		}
	}
}

func TestNamespaceFilter(t *testing.T) {
	f := start(t, func(c *Config) { c.HTTP.API = []string{"eth", "zero"} })
	f.want(`"0x3"`, "eth_blockNumber")
	f.want(`"serodev1fresh"`, "zero_newAddress", "alice")
	e := f.wantError(CodeMethod, "sero_getSupply")
	if !strings.Contains(e.Data.Hint, "--http.api") {
		t.Errorf("hint %q does not name the flag", e.Data.Hint)
	}
	f.want(`{"eth":"1.0","rpc":"1.0","zero":"1.0"}`, "rpc_modules")
	var n json.RawMessage
	if err := f.dial(f.cfg.IPC).Call(&n, "sero_getSupply"); err != nil {
		t.Errorf("IPC offers everything: %v", err)
	}
}

func TestPanicIsAnErrorAndALogLine(t *testing.T) {
	f := start(t, nil)
	f.miner.mu.Lock()
	f.miner.boom = true
	f.miner.mu.Unlock()
	f.wantError(CodeInternal, "miner_status")
	f.want(`"0x3"`, "eth_blockNumber")
	if s := f.log.String(); !strings.Contains(s, "boom") || !strings.Contains(s, "miner_status") {
		t.Errorf("log %q says nothing about the panic", s)
	}
}

func TestSlowCallsAreAnsweredInTime(t *testing.T) {
	f := build(t, nil)
	release := make(chan struct{})
	f.disp.add(
		fn("gero_patient", "Looks at its context.", func(ctx context.Context) (bool, error) { <-ctx.Done(); return false, ctx.Err() }),
		fn("gero_deaf", "Does not.", func(context.Context) (bool, error) { <-release; return true, nil }),
	)
	f.callTime = 60 * time.Millisecond
	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	f.wantError(CodeNotYet, "gero_patient")
	f.wantError(CodeNotYet, "gero_deaf")
	close(release)
	f.Stop()
}

func TestStopTellsCallsToGiveUp(t *testing.T) {
	f := build(t, nil)
	begun, told := make(chan struct{}, 2), make(chan struct{}, 2)
	f.disp.add(fn("gero_patient", "Looks at its context.", func(ctx context.Context) (bool, error) {
		begun <- struct{}{}
		<-ctx.Done()
		told <- struct{}{}
		return false, ctx.Err()
	}))
	f.stopTime = 50 * time.Millisecond
	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	for _, endpoint := range []string{f.url(), f.cfg.IPC} {
		c := f.dial(endpoint)
		go c.Call(nil, "gero_patient") //nolint:errcheck // Its end is what counts.
		<-begun
	}
	f.Stop()
	if len(told) != 2 {
		t.Errorf("%d of 2 calls had ended when Stop returned", len(told))
	}
}

func TestConnectionsAreLimited(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("pipes are dialled otherwise")
	}
	f := start(t, nil)
	var conns []net.Conn
	defer func() {
		for _, c := range conns {
			c.Close() //nolint:errcheck // Nothing is to be read any more.
		}
	}()
	ask := func() error {
		c, err := net.Dial("unix", f.cfg.IPC)
		if err != nil {
			return err
		}
		conns = append(conns, c)
		c.SetDeadline(time.Now().Add(10 * time.Second))
		if _, err := c.Write([]byte(`{"jsonrpc":"2.0","id":1,"method":"net_version"}`)); err != nil {
			return err
		}
		_, err = c.Read(make([]byte, 1))
		return err
	}
	for i := range 256 {
		if err := ask(); err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
	}
	if err := ask(); err == nil {
		t.Error("connection 257 was answered")
	}
	f.want(`"0x3"`, "eth_blockNumber") // HTTP has room of its own.
}
