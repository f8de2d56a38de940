package rpc

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestBadMessages(t *testing.T) {
	f := start(t, nil)
	deep := func(n int) string {
		return `{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`
	}
	call := func(params string) string {
		return `{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":` + params + `}`
	}
	for _, c := range []struct {
		name, body string
		code       int
		id         string
	}{
		{"nothing", "", CodeRequest, "null"},
		{"spaces", "  \n", CodeRequest, "null"},
		{"no JSON", "{", CodeParse, "null"},
		{"bytes", "\xff\xfe\x00", CodeParse, "null"},
		{"two values", `{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}{}`, CodeParse, "null"},
		{"null", "null", CodeRequest, "null"},
		{"number", "17", CodeRequest, "null"},
		{"empty batch", "[]", CodeRequest, "null"},
		{"no version", `{"id":1,"method":"eth_chainId"}`, CodeRequest, "1"},
		{"old version", `{"jsonrpc":"1.0","id":1,"method":"eth_chainId"}`, CodeRequest, "1"},
		{"no method", `{"jsonrpc":"2.0","id":"a"}`, CodeRequest, `"a"`},
		{"method of wrong type", `{"jsonrpc":"2.0","id":7,"method":5}`, CodeRequest, "7"},
		{"long method", `{"jsonrpc":"2.0","id":7,"method":"` + strings.Repeat("x", 200) + `"}`, CodeRequest, "7"},
		{"id is an object", `{"jsonrpc":"2.0","id":{},"method":"eth_chainId"}`, CodeRequest, "null"},
		{"id is true", `{"jsonrpc":"2.0","id":true,"method":"eth_chainId"}`, CodeRequest, "null"},
		{"long id", `{"jsonrpc":"2.0","id":"` + strings.Repeat("x", 2000) + `","method":"eth_chainId"}`, CodeRequest, "null"},
		{"unknown method", `{"jsonrpc":"2.0","id":1,"method":"eth_nope"}`, CodeMethod, "1"},
		{"method without namespace", `{"jsonrpc":"2.0","id":1,"method":"nope"}`, CodeMethod, "1"},
		{"params of wrong type", `{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":3}`, CodeRequest, "1"},
		{"too many params", call(`["latest",false,1]`), CodeParams, "1"},
		{"too few params", call(`[]`), CodeParams, "1"},
		{"null for a required one", call(`[null]`), CodeParams, "1"},
		{"unknown named one", call(`{"block":"latest","ful":true}`), CodeParams, "1"},
		{"wrong type", call(`["latest","yes"]`), CodeParams, "1"},
		{"unknown tag", call(`["newest"]`), CodeParams, "1"},
		{"negative number", call(`[-1]`), CodeParams, "1"},
		{"fraction", call(`[1.5]`), CodeParams, "1"},
		{"exponent", call(`[1e3]`), CodeParams, "1"},
		{"huge number", call(`[` + strings.Repeat("9", 400) + `]`), CodeParams, "1"},
		{"huge hex", call(`["0x` + strings.Repeat("f", 200) + `"]`), CodeParams, "1"},
		{"short hash", call(`["0x12zz"]`), CodeParams, "1"},
		{"array", call(`[["latest"]]`), CodeParams, "1"},
		{"deep", deep(40), CodeParse, "null"},
		{"very deep", deep(1_000_000), CodeParse, "null"},
		{"brackets only", strings.Repeat("[", 100_000), CodeParse, "null"},
		{"quoted brackets", call(`["` + strings.Repeat("[", 100) + `"]`), CodeParams, "1"},
	} {
		status, out := f.post(c.body)
		a := f.parse(out)
		if a.Error == nil || a.Error.Code != c.code || string(a.ID) != c.id || a.Error.Data.Hint == "" {
			t.Errorf("%s: got %d %.300s, want code %d, id %s and a hint", c.name, status, out, c.code, c.id)
		}
		if len(out) > 3000 {
			t.Errorf("%s: the answer has %d bytes, which repeats too much of the question", c.name, len(out))
		}
	}
	f.want(`"0x3"`, "eth_blockNumber")
}

func TestNamedParameters(t *testing.T) {
	f := start(t, nil)
	_, out := f.post(`{"jsonrpc":"2.0","id":1,"method":"eth_getBlockTransactionCountByNumber","params":{"block":1}}`)
	if got := string(f.parse(out).Result); got != `"0x1"` {
		t.Errorf("got %s", out)
	}
}

func TestNotificationsGetNoAnswer(t *testing.T) {
	f := start(t, nil)
	for _, body := range []string{`{"jsonrpc":"2.0","method":"eth_chainId"}`, `[{"jsonrpc":"2.0","method":"eth_chainId"},{"jsonrpc":"2.0","method":"nope"}]`} {
		if status, out := f.post(body); status != http.StatusNoContent || out != "" {
			t.Errorf("%s: got %d %q, want 204 and nothing", body, status, out)
		}
	}
}

func TestLimits(t *testing.T) {
	f := start(t, nil)
	item := `{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}`
	batch := func(n int) string { return "[" + strings.Repeat(item+",", n-1) + item + "]" }
	_, out := f.post(batch(1000))
	var all []answerTo
	if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) != 1000 {
		t.Errorf("batch of 1,000: %d answers, %v", len(all), err)
	}
	_, out = f.post(batch(1001))
	if e := f.parse(out).Error; e == nil || e.Code != CodeRequest {
		t.Errorf("batch of 1,001: got %.200s", out)
	}
	big := `{"jsonrpc":"2.0","id":1,"method":"web3_sha3","params":["0x` + strings.Repeat("0", 5<<20) + `"]}`
	status, out := f.post(big)
	if e := f.parse(out).Error; status != http.StatusRequestEntityTooLarge || e == nil || e.Code != CodeRequest {
		t.Errorf("body over 5 MiB: got %d %.200s", status, out)
	}
	// Without a length beforehand the reader has to notice.
	req, err := http.NewRequest(http.MethodPost, f.url(), struct{ *strings.Reader }{strings.NewReader(big)})
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := testClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close() //nolint:errcheck // Only its status is wanted.
	if res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("chunked body over 5 MiB: got %d", res.StatusCode)
	}
	fits := `{"jsonrpc":"2.0","id":1,"method":"web3_sha3","params":["0x` + strings.Repeat("0", 5<<20-200) + `"]}`
	if _, out := f.post(fits); f.parse(out).Error != nil {
		t.Errorf("body just below 5 MiB: got %.200s", out)
	}
}

func TestAnswersAreLimited(t *testing.T) {
	f := build(t, nil)
	f.disp.add(fn("gero_large", "Answers a lot.", func(context.Context) (string, error) { return strings.Repeat("x", 10<<20), nil }))
	item := `{"jsonrpc":"2.0","id":1,"method":"gero_large"}`
	out, _ := f.disp.serve(t.Context(), &caller{access: accessFull}, []byte("["+item+","+item+","+item+"]"))
	var all []answerTo
	if err := json.Unmarshal(out, &all); err != nil || len(all) != 3 {
		t.Fatalf("%d answers, %v", len(all), err)
	}
	if all[0].Error != nil || all[1].Error != nil || all[2].Error == nil || all[2].Error.Code != CodeLimit {
		t.Errorf("got errors %v, %v, %v, want only the third", all[0].Error, all[1].Error, all[2].Error)
	}
	f.Stop()
}

func TestIPCTakesOneMessageAfterTheOther(t *testing.T) {
	f := start(t, nil)
	conn, err := net.Dial("unix", f.cfg.IPC)
	if err != nil {
		t.Skip("no Unix sockets here")
	}
	defer conn.Close() //nolint:errcheck // The server closes it.
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Write([]byte(`{"jsonrpc":"2.0","id":1,"method":"net_version"} {"jsonrpc":"2.0",`)); err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(conn)
	var a answerTo
	if err := d.Decode(&a); err != nil || string(a.Result) != `"1337"` {
		t.Fatalf("got %+v, %v", a, err)
	}
	if _, err := conn.Write([]byte(`"id":2,"method":"eth_chainId"} nonsense`)); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for range 2 {
		var a answerTo
		if err := d.Decode(&a); err != nil {
			t.Fatal(err)
		}
		switch {
		case string(a.ID) == "2":
			seen["answer"] = string(a.Result) == `"0x539"`
		case a.Error != nil && a.Error.Code == CodeParse:
			seen["error"] = true
		}
	}
	if !seen["answer"] || !seen["error"] {
		t.Errorf("got %v, want the second answer and an error about the rest", seen)
	}
	if err := d.Decode(&a); err == nil {
		t.Error("connection lives on after nonsense")
	}
}
