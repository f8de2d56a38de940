package rpc

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gero-chain/gero/types"
)

// sent compares what reached the wallet.
func (f *fixture) sent(want ...any) {
	f.t.Helper()
	if got := f.wallet.last(); !reflect.DeepEqual(got, want) {
		f.t.Errorf("wallet was asked %+v, want %+v", got, want)
	}
}

func TestZeroShapes(t *testing.T) {
	f := start(t, nil)
	f.want(`{"account":"bob","address":"serodev1new","mnemonic":"abandon art"}`, "zero_newAccount", "bob", map[string]string{"passphrase": "secret"})
	f.sent("bob", "secret")
	f.want(`"serodev1fresh"`, "zero_newAddress", "alice", map[string]string{"label": "shop"})
	f.sent("alice", "shop")
	f.want(`[{"account":"alice","id":"1/0","address":"serodev1alice","locked":true,"scannedHeight":0,"birthday":1}]`, "zero_listAccounts")
	const most = "340282366920938463463374607431768211455"
	f.want(`{"spendable":"`+most+`","immature":"0","pending":"7","byAsset":[{"asset":"`+types.NativeAsset.String()+`","kind":"coin","name":"SERO","decimals":18,"spendable":"`+
		most+`","pending":"0"}],"scannedHeight":0,"tip":0,"partial":false}`, "zero_getBalance", "alice")
	f.want(`{"id":"op1","account":"alice","kind":"send","state":"failed","txHash":"","height":0,"confirmations":0,"progress":"","error":{"code":-39005,"message":"m","hint":"h"},`+
		`"fee":"0","expiry":0,"created":0,"payments":[]}`, "zero_getOperation", "op1")
	f.want(`{"fee":"1","gas":421000,"gasPrice":"0","bundles":1,"notes":2,"waitFor":0}`, "zero_estimateSend", "alice", []any{map[string]any{"to": "x", "value": "1"}})
	f.want("true", "zero_cancelOperation", "op1")
	f.want("true", "zero_lock", "alice")
	f.want(`{"valid":true,"own":true}`, "zero_validateAddress", "serodev1alice")
	if h := result[[]HistoryEntry](f, "zero_listTransactions", "alice"); len(h) != 2 || h[1].Parts == nil {
		t.Errorf("history: got %+v", h)
	}
	f.sent("alice", 0, 100)
	result[[]HistoryEntry](f, "zero_listTransactions", "alice", 5, "0x7")
	f.sent("alice", 5, 7)
	result[[]Operation](f, "zero_listOperations", nil, "sent")
	f.sent("", "sent")
	if v := result[map[string]HistoryEntry](f, "zero_viewTransaction", f.id(0)); v["alice"].Type != "sent" {
		t.Errorf("view: got %+v", v)
	}
	f.want("true", "zero_unlock", "alice", "pass", 60)
	f.sent("alice", "pass", time.Minute)
	f.want("true", "zero_unlock", "alice", "pass")
	f.sent("alice", "pass", 5*time.Minute)
	f.want("true", "zero_unlock", "alice", "pass", 0)
	f.sent("alice", "pass", time.Duration(0))
	birthday := types.Height(5)
	f.want("true", "zero_rescan", "alice", 5)
	f.sent("alice", &birthday)
	f.want("true", "zero_rescan", "alice")
	f.sent("alice", (*types.Height)(nil))
	f.want(`"op2"`, "zero_mergeNotes", "alice")
	f.sent("alice", types.NativeAsset, SendOptions{})
	if n := result[[]Note](f, "zero_listNotes", "alice"); len(n) != 1 || n[0].Position != 5 {
		t.Errorf("notes: got %+v", n)
	}
	if s := result[ScanStatus](f, "zero_scanStatus"); s.Done || s.Accounts[0].Height != 2 {
		t.Errorf("scan: got %+v", s)
	}
}

func TestZeroSend(t *testing.T) {
	f := start(t, nil)
	token := types.AssetID{9}
	f.want(`"op1"`, "zero_send", "alice", []any{
		map[string]any{"to": "serodev1x", "value": "1500000000000000000", "memo": "hi"},
		map[string]any{"to": "serodev1y", "value": 7, "asset": token.String()},
	}, map[string]any{"fee": "0x10", "expiry": 64, "request": "r1"})
	value, _ := types.ParseAmount("1500000000000000000")
	f.sent("alice", []Payment{{To: "serodev1x", Value: value, Asset: types.NativeAsset, Memo: "hi"}, {To: "serodev1y", Value: types.NewAmount(7), Asset: token}},
		SendOptions{Fee: types.NewAmount(16), Expiry: 64, Request: "r1"})

	pay := func(value any) []any { return []any{map[string]any{"to": "x", "value": value}} }
	for name, args := range map[string][]any{
		"nobody": {"alice", []any{}}, "float": {"alice", pay(1.5)}, "negative": {"alice", pay(-1)}, "too much": {"alice", pay("0x1" + strings.Repeat("0", 32))},
		"no payments": {"alice"}, "object": {"alice", map[string]any{"to": "x", "value": "1"}}, "misspelt": {"alice", []any{map[string]any{"too": "x", "value": "1"}}},
		"misspelt option": {"alice", pay("1"), map[string]any{"fees": "1"}}, "unknown asset": {"alice", []any{map[string]any{"to": "x", "value": "1", "asset": "doge"}}},
		"long expiry": {"alice", pay("1"), map[string]any{"expiry": 1 << 40}}, "long request": {"alice", pay("1"), map[string]any{"request": strings.Repeat("x", 2000)}},
		"account is a number": {5, pay("1")},
	} {
		e := f.wantError(CodeParams, "zero_send", args...)
		if e.Message == "" {
			t.Errorf("%s: no message", name)
		}
	}
	many := make([]any, 1001)
	for i := range many {
		many[i] = map[string]any{"to": "x", "value": "1"}
	}
	f.wantError(CodeParams, "zero_send", "alice", many)
	if e := f.wantError(CodeLocked, "zero_send", "locked", pay("1")); e.Data.Hint != "unlock it with zero_unlock" || e.Message != "wallet locked" {
		t.Errorf("got %+v", e)
	}
	f.wantError(CodeParams, "zero_send", "nobody", pay("1"))
}

func TestZeroLimits(t *testing.T) {
	f := start(t, nil)
	long := strings.Repeat("x", 2000)
	f.wantError(CodeParams, "zero_newAccount", long)
	f.wantError(CodeParams, "zero_newAccount", "bob", map[string]string{"passphrase": long})
	f.wantError(CodeParams, "zero_newAddress", "alice", map[string]string{"label": long})
	f.wantError(CodeParams, "zero_unlock", "alice", long)
	f.wantError(CodeParams, "zero_unlock", "alice", "p", 1<<40)
	f.wantError(CodeLimit, "zero_listTransactions", "alice", 0, 1001)
	f.wantError(CodeLimit, "zero_listTransactions", "alice", 0, 0)
	f.wantError(CodeParams, "zero_getOperation", "op9")
	f.wantError(CodeParams, "zero_getBalance", "nobody")
	f.wantError(CodeParams, "zero_newAccount")
}
