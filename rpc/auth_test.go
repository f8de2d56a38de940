package rpc

import (
	"encoding/json"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gero-chain/gero/params"
)

// protectedMethods and openMethods are repeated here: who may call what is a promise, not an accident of the code.
var protectedNamespaces = []string{"zero", "miner", "admin"}

func TestCookieFile(t *testing.T) {
	f := start(t, nil)
	info, err := os.Stat(CookiePath(f.dir))
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("cookie has mode %v, want 0600", info.Mode())
	}
	first, err := ReadCookie(f.dir)
	if err != nil || len(first) != 64 {
		t.Fatalf("cookie %q, %v", first, err)
	}
	second := start(t, func(c *Config) { c.Datadir = f.dir; c.IPC = "" })
	if again, err := ReadCookie(f.dir); err != nil || again == first {
		t.Errorf("cookie after another start: %q, %v, want a new one", again, err)
	}
	second.want(`"0x3"`, "eth_blockNumber")
	if err := os.WriteFile(CookiePath(f.dir), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadCookie(f.dir); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("damaged cookie: got %v", err)
	}
}

// TestEveryMethodIsGuarded calls every method without the cookie: the protected ones are all refused, whatever their parameters, the
// others never.
func TestEveryMethodIsGuarded(t *testing.T) {
	f := start(t, nil)
	n := 0
	for name := range f.disp.methods {
		_, out := f.post(`{"jsonrpc":"2.0","id":1,"method":"` + name + `","params":[]}`)
		a := f.parse(out)
		denied := a.Error != nil && a.Error.Code == CodeDenied
		protected := slices.Contains(protectedNamespaces, namespace(name))
		if denied != protected {
			t.Errorf("%s without the cookie: denied %v, want %v", name, denied, protected)
		}
		if denied {
			n++
			if !strings.Contains(a.Error.Data.Hint, CookiePath(f.dir)) {
				t.Errorf("%s: hint %q does not say where the cookie is", name, a.Error.Data.Hint)
			}
		}
	}
	if n < 25 {
		t.Errorf("%d methods are protected, want at least 25", n)
	}
}

func TestWaysToShowTheCookie(t *testing.T) {
	f := start(t, nil)
	cookie, err := ReadCookie(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	const body = `{"jsonrpc":"2.0","id":1,"method":"miner_stop"}`
	if _, out := f.post(body, "Authorization", "Bearer "+cookie); f.parse(out).Error != nil {
		t.Errorf("bearer: %s", out)
	}
	if _, out := f.do(http.MethodPost, "/k/"+cookie, body); f.parse(out).Error != nil {
		t.Errorf("path: %s", out)
	}
	if err := f.dial("ws://"+f.WSAddr().String()+"/k/"+cookie).Call(new(json.RawMessage), "miner_stop"); err != nil {
		t.Errorf("path over WebSocket: %v", err)
	}
	if err := f.dial(f.cfg.IPC).Call(new(json.RawMessage), "miner_stop"); err != nil {
		t.Errorf("IPC: %v", err)
	}
	if err := f.dial("ws://"+f.WSAddr().String()).Call(new(json.RawMessage), "miner_stop"); err == nil {
		t.Error("WebSocket without the cookie may stop the miner")
	}
	for name, headers := range map[string][]string{
		"wrong": {"Authorization", "Bearer " + strings.Repeat("0", 64)}, "cut off": {"Authorization", "Bearer " + cookie[:63]},
		"other scheme": {"Authorization", "Basic " + cookie}, "empty": {"Authorization", "Bearer "},
	} {
		for _, m := range []string{"miner_stop", "eth_blockNumber"} {
			status, out := f.post(`{"jsonrpc":"2.0","id":1,"method":"`+m+`"}`, headers...)
			if e := f.parse(out).Error; status != http.StatusUnauthorized || e == nil || e.Code != CodeDenied {
				t.Errorf("%s credential for %s: got %d %s, want 401 and %d", name, m, status, out, CodeDenied)
			}
			if strings.Contains(out, cookie) {
				t.Errorf("%s credential: the answer has the cookie", name)
			}
		}
	}
	if status, _ := f.do(http.MethodPost, "/k/", body); status != http.StatusUnauthorized {
		t.Errorf("empty cookie in the path: got %d", status)
	}
}

func TestBatchIsGuardedItemByItem(t *testing.T) {
	f := start(t, nil)
	_, out := f.post(`[{"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"},{"jsonrpc":"2.0","id":2,"method":"miner_stop"},
		{"jsonrpc":"2.0","method":"miner_start"},{"jsonrpc":"2.0","id":"x","method":"net_version"}]`)
	var all []answerTo
	if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) != 3 {
		t.Fatalf("got %s, want three answers", out)
	}
	if string(all[0].Result) != `"0x3"` || all[1].Error == nil || all[1].Error.Code != CodeDenied || string(all[2].Result) != `"1337"` || string(all[2].ID) != `"x"` {
		t.Errorf("got %s", out)
	}
	if s := f.miner.Status().State; s != "off" {
		t.Errorf("a notification without the cookie made the miner %s", s)
	}
}

func TestDevelopmentNodeIsOpen(t *testing.T) {
	f := start(t, func(c *Config) { c.Open = true })
	if f.cookie != nil {
		t.Error("an open node has a cookie")
	}
	_, out := f.post(`{"jsonrpc":"2.0","id":1,"method":"miner_stop"}`)
	if f.parse(out).Error != nil {
		t.Errorf("got %s", out)
	}
}

func TestStrangersNeedTheCookie(t *testing.T) {
	s := New(Config{Net: params.Dev(), Datadir: t.TempDir()}, Backend{Chain: newFakeChain(), Node: new(fakeNode)})
	for remote, want := range map[string]access{
		"127.0.0.1:5": accessReading, "127.9.9.9:5": accessReading, "[::1]:5": accessReading, "192.168.1.7:5": accessNone, "[2001:db8::1]:5": accessNone, "": accessNone,
	} {
		r, err := http.NewRequest(http.MethodPost, "http://127.0.0.1", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.RemoteAddr = remote
		got, bad := s.admit(r)
		if got != want || (bad == nil) != (want != accessNone) {
			t.Errorf("caller %q: got access %d, %v, want %d", remote, got, bad, want)
		}
	}
}

func TestMethodsOfAMissingWallet(t *testing.T) {
	c := newFakeChain()
	s := New(Config{Net: params.Dev()}, Backend{Chain: c, Pool: &fakePool{chain: c}, Node: new(fakeNode), NotFound: errNotThere})
	for _, m := range []string{"zero_send", "miner_start"} {
		_, err := s.disp.run(t.Context(), &caller{access: accessFull}, &request{Method: m})
		if e := answer(err); e.Code != CodeMethod || !strings.Contains(e.Message, "without a") {
			t.Errorf("%s: got %+v", m, e)
		}
	}
	out, err := s.disp.run(t.Context(), &caller{access: accessFull}, &request{Method: "gero_status"})
	if err != nil || !strings.Contains(string(out), `"state":"off","reason":"this node runs without a wallet"`) {
		t.Errorf("gero_status: %s, %v", out, err)
	}
}
