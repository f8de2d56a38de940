package rpc

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/types"
)

func TestSeroBlock(t *testing.T) {
	f := start(t, nil)
	hash, _ := f.chain.HashAt(2)
	block, _ := f.chain.Block(hash)
	b := result[Block](f, "sero_getBlock", 2)
	h := block.Header
	if b.Hash != hash || b.Parent != h.Parent || b.Number != 2 || b.Time != h.Time || b.Difficulty != "1000" || b.Weight != "3000" || b.NoteRoot != h.NoteRoot ||
		b.BodyRoot != h.BodyRoot || b.SealHash != h.SealHash() || b.Size != len(block.Bytes()) || !b.OnBest || b.Confirmations != 2 || len(b.Txs) != 1 ||
		b.Txs[0] != f.id(1) || b.Transactions != nil {
		t.Errorf("got %+v", b)
	}
	full := result[Block](f, "sero_getBlock", hash, true)
	if len(full.Transactions) != 1 || full.Transactions[0].TxID != f.id(1) {
		t.Errorf("full block has transactions %+v", full.Transactions)
	}
	if tip := result[Block](f, "sero_getBlock"); tip.Number != 3 {
		t.Errorf("block without a reference: got %d, want the tip, 3", tip.Number)
	}
	f.want("null", "sero_getBlock", 99)
	f.chain.reorg(2)
	if old := result[Block](f, "sero_getBlock", hash, true); old.OnBest || old.Confirmations != 0 || old.Transactions[0].State != "stale" {
		t.Errorf("block beside the best chain: got %+v", old)
	}
}

func TestSeroTransaction(t *testing.T) {
	f := start(t, nil)
	tx := result[Tx](f, "sero_getTransaction", f.id(0))
	want := f.txs[0].Bundles[0]
	if tx.TxID != f.id(0) || tx.WTxID != f.txs[0].WID() || tx.State != "confirmed" || *tx.Height != 1 || *tx.Index != 0 || tx.Confirmations != 3 || tx.Size != f.txs[0].Size() ||
		tx.Fee.String() != "842000000000000" || len(tx.Bundles) != 1 || tx.Call != nil {
		t.Errorf("got %+v", tx)
	}
	b := tx.Bundles[0]
	if len(b.Nullifiers) != 3 || b.Nullifiers[1] != want.Nullifiers[1] || b.Commitments[2] != want.Commitments[2] || len(b.Ciphertexts) != 3 ||
		len(b.Ciphertexts[0].Enc) != 273 || len(b.Ciphertexts[0].Out) != 112 || len(b.Proof) != 192 || b.Sig[0] != 1 || b.AnchorHeight == nil || *b.AnchorHeight != 0 {
		t.Errorf("bundle: got %+v", b)
	}
	if waiting := result[Tx](f, "sero_getTransaction", f.id(2)); waiting.State != "pending" || waiting.BlockHash != nil {
		t.Errorf("waiting: got %+v", waiting)
	}
	f.want("null", "sero_getTransaction", types.TxID{1})
	f.want("null", "sero_getRawTransaction", types.TxID{1})
	raw := hexOf(f.txs[0].Bytes())
	f.want(`"`+raw+`"`, "sero_getRawTransaction", f.id(0))
}

func TestSendRawTransaction(t *testing.T) {
	f := start(t, nil)
	tx := testTx(9)
	id := tx.ID(f.chain.Genesis())
	raw := hexOf(tx.Bytes())
	f.want(`"`+id.String()+`"`, "sero_sendRawTransaction", raw)
	if f.pool.Get(id) == nil {
		t.Error("the pool does not have it")
	}
	f.wantError(CodeParams, "sero_sendRawTransaction", raw+"00")
	f.wantError(CodeParams, "sero_sendRawTransaction", raw[:len(raw)-2])
	f.wantError(CodeParams, "sero_sendRawTransaction", "0x")
	f.wantError(CodeParams, "sero_sendRawTransaction", "0x"+strings.Repeat("00", types.MaxTxSize+1))
	for _, c := range []struct {
		err  error
		code int
		kind string
	}{
		{rule.New(rule.NullifierSpent, "nullifier 1"), CodeRejected, "nullifierSpent"},
		{fmt.Errorf("adding: %w", rule.New(rule.ProofInvalid, "bundle 0")), CodeRejected, "proofInvalid"},
		{classed{"known", rule.ClassPolicy}, CodeRejected, ""},
		{classed{"later", rule.ClassNotYet}, CodeNotYet, ""},
		{classed{"garbage", rule.ClassDecode}, CodeParams, ""},
		{classed{"disk", rule.ClassNode}, CodeInternal, ""},
		{fmt.Errorf("unclassed"), CodeInternal, ""},
	} {
		f.pool.mu.Lock()
		f.pool.fail = c.err
		f.pool.mu.Unlock()
		if e := f.wantError(c.code, "sero_sendRawTransaction", raw); e.Data.Kind != c.kind || e.Message != c.err.Error() {
			t.Errorf("%v: got %+v, want kind %q", c.err, e, c.kind)
		}
	}
	f.pool.mu.Lock()
	f.pool.fail = WithHint(classed{"fee too low", rule.ClassPolicy}, "pay more")
	f.pool.mu.Unlock()
	if e := f.wantError(CodeRejected, "sero_sendRawTransaction", raw); e.Data.Hint != "pay more" || e.Message != "fee too low" {
		t.Errorf("error with a hint of its own: got %+v", e)
	}
}

func TestSupplyAnchorVotes(t *testing.T) {
	f := start(t, nil)
	native := types.NativeAsset.String()
	f.want(`{"asset":"`+native+`","issued":"100","burned":"0","pool":"60","contracts":"0","immature":"40","bonded":"0","consistent":true,"height":3}`, "sero_getSupply")
	f.want(string(f.full("sero_getSupply").Result), "sero_getSupply", "SERO")
	if s := result[Supply](f, "sero_getSupply", types.AssetID{5}); s.Asset != (types.AssetID{5}) {
		t.Errorf("supply of an asset: got %+v", s)
	}
	f.wantError(CodeParams, "sero_getSupply", "doge")
	f.wantError(CodeParams, "sero_getSupply", 1)

	hash, _ := f.chain.HashAt(1)
	header, _ := f.chain.Header(hash)
	f.want(fmt.Sprintf(`{"height":1,"blockHash":"%s","noteRoot":"%s","usable":true}`, hash, header.NoteRoot), "sero_getAnchor", 1)
	f.want("null", "sero_getAnchor", 99)
	f.want(fmt.Sprintf(`{"height":1,"block":"%s","for":"%s","active":false,"votes":[]}`, hash, header.Parent), "sero_getVotes", 1)
}

func TestWorkFromOutside(t *testing.T) {
	f := start(t, nil)
	if e := f.wantError(CodeInput, "sero_getWork"); !strings.Contains(e.Data.Hint, "miner_start") {
		t.Errorf("hint %q does not say how to start the miner", e.Data.Hint)
	}
	for err, code := range map[error]int{
		classed{"busy", rule.ClassPolicy}: CodeInput, classed{"disk", rule.ClassNode}: CodeInternal, rule.New(rule.SealTarget, "too much"): CodeRejected,
		walletError{"other network", "h", CodeWrongNetwork}: CodeWrongNetwork,
	} {
		if got := answer(f.minerFault(err, "hint")); got.Code != code {
			t.Errorf("%v: got code %d, want %d", err, got.Code, code)
		}
	}
	result[Mining](f, "miner_start")
	f.want(`["0x01`+strings.Repeat("00", 31)+`","0x02`+strings.Repeat("00", 31)+`","0x0001`+strings.Repeat("00", 30)+`","0x11"]`, "sero_getWork")
	mix := "0x" + strings.Repeat("00", 32)
	f.want("true", "sero_submitWork", "0x0000000000000001", "0x01"+strings.Repeat("00", 31), mix)
	f.wantError(CodeInput, "sero_submitWork", "0x0000000000000001", mix, mix)
	f.wantError(CodeParams, "sero_submitWork", "0x01", mix, mix)
	f.want("true", "sero_submitHashrate", "0x64", "0x"+strings.Repeat("01", 32))
	f.want("true", "sero_submitHashrate", "0x32", "0x"+strings.Repeat("02", 32))
	f.want("true", "sero_submitHashrate", "0x32", "0x"+strings.Repeat("01", 32))
	if r := result[MiningRate](f, "miner_hashrate"); r.Remote != 100 || r.State != "mining" {
		t.Errorf("got %+v, want a remote rate of 100", r)
	}
}

func TestMiner(t *testing.T) {
	f := start(t, nil)
	const off = `{"state":"off","reason":"mining is switched off","threads":1,"hashrate":{"s10":0,"s60":0,"m15":0},"blocksFound":0,"lastBlock":0}`
	f.want(off, "miner_status")
	f.want(`{"state":"off","reason":"mining is switched off","s10":0,"s60":0,"m15":0,"remote":0}`, "miner_hashrate")
	f.want(`{"state":"mining","reason":"","threads":2,"hashrate":{"s10":0,"s60":0,"m15":0},"blocksFound":0,"lastBlock":0}`, "miner_start", 2)
	if s := result[Mining](f, "miner_setThreads", 3); s.Threads != 3 {
		t.Errorf("got %d threads, want 3", s.Threads)
	}
	result[Mining](f, "miner_setRewardAddress", "alice")
	if f.miner.reward != "alice" {
		t.Errorf("reward goes to %q", f.miner.reward)
	}
	f.wantError(CodeInput, "miner_setRewardAddress", "bad")
	f.wantError(CodeInput, "miner_start", 100)
	f.wantError(CodeParams, "miner_setThreads", 0)
	f.wantError(CodeParams, "miner_setThreads", 1<<40)
	if s := result[Mining](f, "miner_stop"); s.State != "off" || s.Reason == "" {
		t.Errorf("got %+v", s)
	}
}

func TestStatus(t *testing.T) {
	f := start(t, nil)
	hash, _ := f.chain.Tip()
	f.want(`{"network":"dev","chainId":1337,"height":3,"hash":"`+hash.String()+`","tipAge":55,"syncing":false,"target":3,"peers":{"in":2,"out":3},`+
		`"wallet":{"state":"scanning","reason":"reading","accounts":1,"locked":1,"scannedHeight":2},`+
		`"mining":{"state":"off","reason":"mining is switched off","threads":1,"hashrate":{"s10":0,"s60":0,"m15":0},"blocksFound":0,"lastBlock":0},`+
		`"license":{"state":"inactive","reason":"the network has no licence votes at this height"},"disk":{"used":10,"free":20},"memory":30,"version":"gero/test"}`,
		"gero_status")
}
