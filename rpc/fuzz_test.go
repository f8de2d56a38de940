package rpc

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// FuzzHTTP sends any bytes through the whole HTTP door, to every method but those that write files, and holds what comes back against
// JSON-RPC: no panic, every answer well-formed, every error with a hint.
func FuzzHTTP(f *testing.F) {
	for _, s := range []string{
		``, `[]`, `{}`, `null`, `[null,1,"x"]`, `{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}`,
		`[{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["latest",true]},{"jsonrpc":"2.0","method":"miner_start","params":{"threads":"0x2"}}]`,
		`{"jsonrpc":"2.0","id":1,"method":"zero_send","params":["alice",[{"to":"x","value":1e3}],{"fee":"0x1"}]}`,
		`{"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":[{"fromBlock":"0x0","topics":[null,["0x00"]],"address":[]}]}`,
		`{"jsonrpc":"2.0","id":"\u0000","method":"sero_sendRawTransaction","params":["0x00000001"]}`,
		`{"jsonrpc":"2.0","id":1,"method":"eth_feeHistory","params":["0x400",{"blockNumber":"latest"},[0,50.5,100]]}`,
		`{"jsonrpc":"2.0","id":1.5e300,"method":"eth_getStorageAt","params":["0x00000000000000000000000000000000000000aa","0x0","finalized"]}`,
	} {
		f.Add([]byte(s))
	}
	for _, m := range promised {
		f.Add([]byte(`{"jsonrpc":"2.0","id":1,"method":"` + m + `","params":["alice",1,{}]}`))
	}
	fx := build(f, func(c *Config) { c.Open = true })
	apis := []string{"eth", "net", "web3", "sero", "zero", "miner", "txpool", "gero"}
	h := fx.handler(&Endpoint{API: apis}, &Endpoint{API: apis})
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(string(body)))
		r.Host, r.RemoteAddr = "127.0.0.1", "127.0.0.1:1"
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		begun := time.Now()
		h.ServeHTTP(w, r)
		if d := time.Since(begun); d > 5*time.Second {
			t.Fatalf("took %s", d)
		}
		out := w.Body.Bytes()
		if w.Code == http.StatusNoContent && len(out) == 0 {
			return
		}
		if w.Code != http.StatusOK {
			t.Fatalf("status %d, %.200s", w.Code, out)
		}
		answers := []json.RawMessage{out}
		if out[0] == '[' {
			if err := json.Unmarshal(out, &answers); err != nil {
				t.Fatalf("answer %.300s: %v", out, err)
			}
		}
		for _, raw := range answers {
			var a answerTo
			if err := json.Unmarshal(raw, &a); err != nil || (a.Error == nil) == (a.Result == nil) || a.ID == nil {
				t.Fatalf("answer %.300s: %v", raw, err)
			}
			if e := a.Error; e != nil && (e.Data.Hint == "" || e.Message == "" || e.Code == CodeInternal || e.Code >= 0) {
				t.Fatalf("error %+v", e)
			}
		}
	})
}

// FuzzArgs reads any bytes as each kind of parameter: what is taken is taken the same again.
func FuzzArgs(f *testing.F) {
	for _, s := range []string{`"0x0"`, `"latest"`, `9007199254740991`, `"340282366920938463463374607431768211455"`, `{"blockHash":"0x"}`, `[null]`, `1.0`, `-0`, `"\u0030"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) {
			return
		}
		var a Amount
		if decodeStrict(raw, &a) == nil {
			var again Amount
			if err := json.Unmarshal(encode(a.Amount), &again); err != nil || again != a {
				t.Errorf("%s: amount %s reads back as %s, %v", raw, a, again, err)
			}
		}
		var b BlockRef
		if err := decodeStrict(raw, &b); err == nil && b.hash == nil && b.tag == "" && b.number > maxSafe {
			t.Errorf("%s: block number %d", raw, b.number)
		}
		for _, v := range []any{new(Number), new(Hex), new(Nonce), new(Addresses), new(Topics), new(LogFilter), new([]PaymentParam), new(SendParam), new(StorageSlot), new(Asset)} {
			if err := decodeStrict(raw, v); err == nil {
				continue
			} else if err.Error() == "" {
				t.Errorf("%s as %T: an error without words", raw, v)
			}
		}
	})
}
