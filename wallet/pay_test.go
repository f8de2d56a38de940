package wallet

import (
	"errors"
	"strings"
	"testing"

	"github.com/gero-chain/gero/types"
)

func TestSendReachesPayeeToTheLastTa(t *testing.T) {
	r := newRig(t)
	r.wantBalance("alice", "300", "0", "0")
	r.wantBalance("bob", "5", "0", "0")
	id := r.send("alice", Payment{To: r.address("bob"), Value: mustSERO("1.5"), Memo: "lunch"})
	r.wantState(id, StateQueued)
	r.wantBalance("alice", "200", "0", "98.499579")
	r.wantBalance("bob", "5", "0", "1.5")
	r.work()
	o := r.wantState(id, StateSent)
	if o.TxHash == "" || o.Fee != types.NewAmount(421_000*gasPriceFloor) || o.Expiry != lifetime {
		t.Fatalf("sent operation: %+v", o)
	}
	r.block()
	if o = r.wantState(id, StateConfirmed); o.Height != 1 || o.Confirmations != 1 || o.Error != nil || o.Progress != "" {
		t.Fatalf("confirmed operation: %+v", o)
	}
	r.wantBalance("alice", "298.499579", "0", "0")
	r.wantBalance("bob", "6.5", "0", "0")

	sent, err := r.w.History("alice", 0, 1)
	if err != nil || len(sent) != 1 {
		t.Fatalf("history of alice: %+v, %v", sent, err)
	}
	if e := sent[0]; e.Type != HistorySent || e.Operation != id || e.Fee != o.Fee || len(e.Parts) != 2 {
		t.Fatalf("entry of alice: %+v", e)
	}
	got, err := r.w.History("bob", 0, 1)
	if err != nil || len(got) != 1 || got[0].Type != HistoryReceived || got[0].Parts[0].Memo != "lunch" || got[0].Parts[0].Value != mustSERO("1.5") {
		t.Fatalf("history of bob: %+v, %v", got, err)
	}
}

func TestSendTokenTicketAndManyPayees(t *testing.T) {
	r := newRig(t)
	bob := r.address("bob")
	id := r.send("alice",
		Payment{To: bob, Asset: testToken, Value: types.NewAmount(1200)},
		Payment{To: bob, Asset: testTicket, Value: types.NewAmount(1)},
		Payment{To: r.address("carol"), Value: mustSERO("3")},
	)
	r.work()
	r.block()
	r.wantState(id, StateConfirmed)
	byAsset := map[types.AssetID]types.Amount{}
	for _, b := range r.balance("bob").ByAsset {
		byAsset[b.Asset] = b.Spendable
	}
	if byAsset[testToken] != types.NewAmount(1200) || byAsset[testTicket] != types.NewAmount(1) || byAsset[types.NativeAsset] != mustSERO("5") {
		t.Fatalf("balance of bob: %v", byAsset)
	}
	r.wantBalance("carol", "3", "0", "0")
	if b := r.balance("alice").ByAsset; len(b) != 2 || b[1].Asset != testToken || b[1].Spendable != types.NewAmount(300) || b[1].Name != "DEV" {
		t.Fatalf("balance of alice: %+v", b)
	}
}

func TestSendWholeBalanceOfManyNotes(t *testing.T) {
	r := newRig(t)
	carol := r.address("carol")
	for i := range 11 { // carol ends up with eleven notes
		r.send("alice", Payment{To: carol, Value: mustSERO("1")})
		r.work()
		r.blocks(types.Height(8*(i+1) + 2))
	}
	r.wantBalance("carol", "11", "0", "0")
	fee := types.NewAmount(gasPriceFloor * uint64(gasOf(4)))
	all, _ := mustSERO("11").Sub(fee)
	id := r.send("carol", Payment{To: r.address("bob"), Value: all, Memo: "everything"})
	r.work()
	r.block()
	if o := r.wantState(id, StateConfirmed); o.Fee != fee {
		t.Fatalf("fee %s, want %s", o.Fee, fee)
	}
	r.wantBalance("carol", "0", "0", "0")
	got, err := r.w.History("bob", 0, 1)
	if err != nil || len(got[0].Parts) != 1 || got[0].Parts[0].Value != all || got[0].Parts[0].Memo != "everything" {
		t.Fatalf("a payment of several notes is one line to its payee: %+v, %v", got, err)
	}
}

func TestSendRefusals(t *testing.T) {
	r := newRig(t)
	bob := r.address("bob")
	other := testFVK(1).Address(5).Encode("sero")
	one := mustSERO("1")
	tests := []struct {
		name    string
		account string
		pay     []Payment
		opt     SendOptions
		want    Kind
		text    string
	}{
		{"no payee", "alice", nil, SendOptions{}, Invalid, "no payment"},
		{"zero value", "alice", []Payment{{To: bob}}, SendOptions{}, Invalid, "payment of nothing"},
		{"other network", "alice", []Payment{{To: other, Value: one}}, SendOptions{}, WrongNetwork, "another network"},
		{"mistyped", "alice", []Payment{{To: bob[:len(bob)-1] + "q", Value: one}}, SendOptions{}, Invalid, ""},
		{"empty address", "alice", []Payment{{Value: one}}, SendOptions{}, Invalid, ""},
		{"long memo", "alice", []Payment{{To: bob, Value: one, Memo: strings.Repeat("x", 129)}}, SendOptions{}, Invalid, "129"},
		{"too much", "bob", []Payment{{To: bob, Value: mustSERO("6")}}, SendOptions{}, Insufficient, "6.000421 SERO wanted, fee included; 5 SERO can be spent"},
		{"fee left out", "bob", []Payment{{To: bob, Value: mustSERO("5")}}, SendOptions{}, Insufficient, ""},
		{"no such asset", "bob", []Payment{{To: bob, Value: one, Asset: testToken}}, SendOptions{}, Insufficient, "DEV wanted; 0 DEV can be spent"},
		{"asset no element", "bob", []Payment{{To: bob, Value: one, Asset: types.AssetID{0: 0xff}}}, SendOptions{}, Invalid, "asset"},
		{"no account", "dave", []Payment{{To: bob, Value: one}}, SendOptions{}, NotFound, "dave"},
		{"five payees from one note", "bob", []Payment{{To: bob, Value: one}, {To: bob, Value: one}, {To: bob, Value: one}}, SendOptions{}, TooManyNotes, ""},
		{"thirteen payees", "alice", make([]Payment, 13), SendOptions{}, TooManyNotes, "13"},
		{"fee too low", "alice", []Payment{{To: bob, Value: one}}, SendOptions{Fee: types.NewAmount(1)}, Invalid, "least"},
		{"expiry", "alice", []Payment{{To: bob, Value: one}}, SendOptions{Blocks: 1000}, Invalid, "1000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := r.w.Send(tt.account, tt.pay, tt.opt)
			var e *Error
			if !errors.Is(err, tt.want) || !errors.As(err, &e) || !strings.Contains(err.Error(), tt.text) {
				t.Fatalf("got %v, want %s with %q", err, tt.want, tt.text)
			}
			if e.Hint() == "" {
				t.Fatalf("%v has no hint", err)
			}
		})
	}
	if ops, err := r.w.Operations("", ""); err != nil || len(ops) != 0 {
		t.Fatalf("refused orders left operations: %v, %v", ops, err)
	}
}

func TestInsufficientSaysWhatIsComing(t *testing.T) {
	r := newRig(t)
	reward, err := r.w.RewardTo("carol")
	if err != nil {
		t.Fatal(err)
	}
	tip, _ := r.chain.Tip()
	r.chain.mine(t, tip, reward)
	r.scan()
	r.wantBalance("carol", "0", "28", "0")
	_, err = r.w.Send("carol", []Payment{{To: r.address("bob"), Value: mustSERO("1")}}, SendOptions{})
	var e *Error
	if !errors.As(err, &e) || e.Kind != Insufficient || !strings.Contains(e.Detail, "28 SERO immature") || !strings.Contains(e.Advice, "in block 21") {
		t.Fatalf("got %v, hint %q", err, e.Advice)
	}
	r.send("alice", Payment{To: r.address("carol"), Value: mustSERO("2")})
	_, err = r.w.Send("carol", []Payment{{To: r.address("bob"), Value: mustSERO("1")}}, SendOptions{})
	if !errors.As(err, &e) || !strings.Contains(e.Detail, "2 SERO pending") {
		t.Fatalf("got %v", err)
	}
}

func TestFeeTakesHighestStepOfLadder(t *testing.T) {
	r := newRig(t)
	pay := []Payment{{To: r.address("bob"), Value: mustSERO("1")}}
	for _, tt := range []struct {
		most string
		step uint64
	}{{"0", 1}, {"0.000421", 1}, {"0.0006", 1}, {"0.000842", 2}, {"0.003", 5}, {"1", 1000}, {"100", 1000}} {
		e, err := r.w.EstimateSend("alice", pay, SendOptions{Fee: mustSERO(tt.most)})
		if err != nil || e.GasPrice != types.NewAmount(gasPriceFloor*tt.step) || e.Bundles != 1 {
			t.Errorf("fee up to %s: %+v, %v, want %d times the floor", tt.most, e, err, tt.step)
		}
	}
}

func TestRequestNameOrdersOnce(t *testing.T) {
	r := newRig(t)
	bob := r.address("bob")
	opt := SendOptions{Request: "invoice 7"}
	first, err := r.w.Send("alice", []Payment{{To: bob, Value: mustSERO("1")}}, opt)
	if err != nil {
		t.Fatal(err)
	}
	r.kill()
	again, err := r.w.Send("alice", []Payment{{To: bob, Value: mustSERO("1")}}, opt)
	if err != nil || again != first {
		t.Fatalf("asked again: %s, %v, want %s", again, err, first)
	}
	if _, err := r.w.Send("alice", []Payment{{To: bob, Value: mustSERO("2")}}, opt); !errors.Is(err, Invalid) {
		t.Fatalf("same name, other payment: %v", err)
	}
}

func TestYoungNotesWaitForTheirAnchor(t *testing.T) {
	r := newRig(t)
	r.send("alice", Payment{To: r.address("carol"), Value: mustSERO("2")})
	r.work()
	r.block()
	e, err := r.w.EstimateSend("carol", []Payment{{To: r.address("bob"), Value: mustSERO("1")}}, SendOptions{})
	if err != nil || e.WaitFor != 10 {
		t.Fatalf("estimate: %+v, %v, want waiting for block 10", e, err)
	}
	id := r.send("carol", Payment{To: r.address("bob"), Value: mustSERO("1")})
	r.work()
	if o := r.wantState(id, StateQueued); o.Progress != "waiting for block 10, from which its notes can be spent" {
		t.Fatalf("progress %q", o.Progress)
	}
	r.blocks(10)
	r.work()
	r.wantState(id, StateSent)
	r.block()
	r.wantState(id, StateConfirmed)
}

func TestMergeNotes(t *testing.T) {
	r := newRig(t)
	carol := r.address("carol")
	for i := range 5 {
		r.send("alice", Payment{To: carol, Value: mustSERO("1")})
		r.work()
		r.blocks(types.Height(8*(i+1) + 2))
	}
	id, err := r.w.MergeNotes("carol", types.AssetID{}, SendOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r.work()
	r.block()
	r.wantState(id, StateConfirmed)
	r.wantBalance("carol", "4.999179", "0", "0") // five coins less the fee of two bundles
	if notes, err := r.w.Notes("carol"); err != nil || len(notes) != 2 {
		t.Fatalf("notes after merging: %+v, %v", notes, err)
	}
	if h, err := r.w.History("carol", 0, 1); err != nil || h[0].Type != HistorySelf {
		t.Fatalf("history: %+v, %v", h, err)
	}
	id, err = r.w.MergeNotes("alice", testToken, SendOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r.work()
	r.block()
	r.wantState(id, StateConfirmed)
	if _, err = r.w.MergeNotes("carol", testToken, SendOptions{}); !errors.Is(err, Insufficient) {
		t.Fatalf("nothing to merge: %v", err)
	}
}
