package rpc

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/gero-chain/gero/types"
)

func TestEthBlock(t *testing.T) {
	f := start(t, nil)
	b := result[map[string]any](f, "eth_getBlockByNumber", "0x1")
	hash, err := f.chain.HashAt(1)
	if err != nil {
		t.Fatal(err)
	}
	block, err := f.chain.Block(hash)
	if err != nil {
		t.Fatal(err)
	}
	for member, want := range map[string]any{
		"number": "0x1", "hash": hash.String(), "parentHash": f.chain.Genesis().String(), "nonce": "0x0000000000000000", "difficulty": "0x3e8",
		"totalDifficulty": "0x7d0", "gasLimit": "0x3938700", "gasUsed": "0x66c88", "timestamp": "0x6955b90f", "baseFeePerGas": "0x0",
		"miner": "0x0000000000000000000000000000000000000000", "extraData": "0x6d696e6572", "transactionsRoot": block.Header.BodyRoot.String(),
		"stateRoot": types.EmptyStateRoot.String(), "logsBloom": "0x" + strings.Repeat("00", 256), "mixHash": "0x" + strings.Repeat("00", 32),
		"sha3Uncles": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347", "receiptsRoot": "0x" + strings.Repeat("00", 32),
	} {
		if b[member] != want {
			t.Errorf("%s: got %v, want %v", member, b[member], want)
		}
	}
	if txs, _ := b["transactions"].([]any); len(txs) != 1 || txs[0] != f.id(0).String() {
		t.Errorf("transactions: got %v, want the id %s", b["transactions"], f.id(0))
	}
	if uncles, ok := b["uncles"].([]any); !ok || len(uncles) != 0 {
		t.Errorf("uncles: got %v, want []", b["uncles"])
	}
	full := result[map[string]any](f, "eth_getBlockByHash", hash, true)
	tx, _ := full["transactions"].([]any)[0].(map[string]any)
	id := f.id(0).String()
	for member, want := range map[string]any{
		"hash": id, "type": "0x0", "from": "0x" + id[26:], "to": nil, "nonce": "0x0", "value": "0x0", "gas": "0x66c88", "gasPrice": "0x77359400",
		"input": "0x", "blockHash": hash.String(), "blockNumber": "0x1", "transactionIndex": "0x0", "chainId": "0x539", "v": "0x0", "r": "0x0", "s": "0x0",
	} {
		if got, ok := tx[member]; !ok || got != want {
			t.Errorf("transaction's %s: got %v, want %v", member, got, want)
		}
	}
	for _, args := range [][]any{{"eth_getBlockByNumber", "0x99"}, {"eth_getBlockByHash", "0x" + strings.Repeat("11", 32)},
		{"eth_getBlockTransactionCountByNumber", 99}, {"eth_getTransactionByHash", "0x" + strings.Repeat("11", 32)},
		{"eth_getTransactionReceipt", "0x" + strings.Repeat("11", 32)}, {"eth_getBlockReceipts", "0x99"}, {"eth_getTransactionByBlockNumberAndIndex", 1, 5},
		{"eth_getTransactionReceipt", f.id(2)}} {
		f.want("null", args[0].(string), args[1:]...)
	}
	f.want(`"0x1"`, "eth_getBlockTransactionCountByHash", hash)
	if got := result[EthTx](f, "eth_getTransactionByBlockNumberAndIndex", "0x2", "0x0"); got.Hash != f.id(1) {
		t.Errorf("transaction by place: got %s, want %s", got.Hash, f.id(1))
	}
}

func TestEthTransaction(t *testing.T) {
	f := start(t, nil)
	waiting := result[map[string]any](f, "eth_getTransactionByHash", f.id(2))
	if waiting["blockHash"] != nil || waiting["blockNumber"] != nil || waiting["transactionIndex"] != nil || waiting["hash"] != f.id(2).String() {
		t.Errorf("waiting transaction: got %v", waiting)
	}
	r := result[map[string]any](f, "eth_getTransactionReceipt", f.id(1))
	hash, _ := f.chain.HashAt(2)
	for member, want := range map[string]any{
		"transactionHash": f.id(1).String(), "transactionIndex": "0x0", "blockHash": hash.String(), "blockNumber": "0x2", "status": "0x1", "type": "0x0",
		"gasUsed": "0x66c88", "cumulativeGasUsed": "0x66c88", "effectiveGasPrice": "0xb2d05e00", "contractAddress": nil, "to": nil,
		"from": "0x" + f.id(1).String()[26:], "logsBloom": "0x" + strings.Repeat("00", 256),
	} {
		if got, ok := r[member]; !ok || got != want {
			t.Errorf("receipt's %s: got %v, want %v", member, got, want)
		}
	}
	if logs, ok := r["logs"].([]any); !ok || len(logs) != 0 {
		t.Errorf("logs: got %v, want []", r["logs"])
	}
	f.chain.mine(testTx(7), testTx(8))
	all := result[[]EthReceipt](f, "eth_getBlockReceipts", "latest")
	if len(all) != 2 || all[1].CumulativeGasUsed != 842_000 || all[1].TransactionIndex != 1 {
		t.Errorf("receipts of a block with two transactions: got %+v", all)
	}
}

func TestEthSyncing(t *testing.T) {
	f := start(t, nil)
	f.want("false", "eth_syncing")
	f.node.sync = SyncState{Syncing: true, Start: 1, Target: 20}
	f.want(`{"startingBlock":"0x1","currentBlock":"0x3","highestBlock":"0x14"}`, "eth_syncing")
}

func TestFees(t *testing.T) {
	f := start(t, nil)
	f.want(`"0xb2d05e00"`, "eth_gasPrice") // The median of 2 and 3 Gigata, upper of two.
	f.want(`"0xb2d05e00"`, "eth_maxPriorityFeePerGas")
	f.want(`{"oldestBlock":"0x2","baseFeePerGas":["0x0","0x0","0x0"],"gasUsedRatio":[0.007016666666666667,0],"reward":[["0xb2d05e00","0xb2d05e00"],["0x0","0x0"]]}`,
		"eth_feeHistory", "0x2", "latest", []float64{25, 75})
	f.want(`{"oldestBlock":"0x0","baseFeePerGas":["0x0","0x0"],"gasUsedRatio":[0]}`, "eth_feeHistory", 5, "earliest")
	f.want(`{"oldestBlock":"0x3","baseFeePerGas":[],"gasUsedRatio":[]}`, "eth_feeHistory", 0, "latest")
	f.wantError(CodeLimit, "eth_feeHistory", 1025, "latest")
	f.wantError(CodeParams, "eth_feeHistory", 2, "latest", []float64{50, 10})
	f.wantError(CodeParams, "eth_feeHistory", 2, "latest", []float64{101})
	f.wantError(CodeInput, "eth_feeHistory", 2, 77)

	empty := start(t, nil)
	empty.chain.reorg(3)
	empty.want(`"0x3b9aca00"`, "eth_gasPrice") // The floor, 10^9, where nothing was paid.
}

func TestContractStateIsEmpty(t *testing.T) {
	f := start(t, nil)
	const who = "0x00000000000000000000000000000000000000aa"
	f.want(`[]`, "eth_accounts")
	f.want(`"0x0"`, "eth_getBalance", who, "latest")
	f.want(`"0x0"`, "eth_getTransactionCount", who)
	f.want(`"0x"`, "eth_getCode", who, "0x1")
	f.want(`"0x`+strings.Repeat("00", 32)+`"`, "eth_getStorageAt", who, "0x0", "latest")
	f.want(`"0x`+strings.Repeat("00", 32)+`"`, "eth_getStorageAt", who, "0x"+strings.Repeat("00", 32), "latest")
	f.wantError(CodeInput, "eth_getBalance", who, "0x99")
	f.wantError(CodeParams, "eth_getBalance", "0xaa")
	f.wantError(CodeParams, "eth_getStorageAt", who, "0x"+strings.Repeat("f", 65))
	// A state that is not empty is not answered from ignorance.
	b := f.chain.next()
	b.Header.StateRoot[0] ^= 1
	if err := f.chain.AddBlock(b); err != nil {
		t.Fatal(err)
	}
	f.wantError(CodeUnsuitable, "eth_getBalance", who)
	f.want(`"0x0"`, "eth_getBalance", who, "0x1")
}

func TestAbsentMethodsSayWhatToDo(t *testing.T) {
	f := start(t, nil)
	for name, code := range map[string]int{
		"eth_call": CodeMethod, "eth_estimateGas": CodeMethod, "eth_sendTransaction": CodeMethod, "eth_getProof": CodeMethod, "eth_sign": CodeMethod,
		"eth_sendRawTransaction": CodeUnsuitable, "debug_traceTransaction": CodeMethod, "zero_callContract": CodeMethod,
	} {
		f.wantError(code, name)
	}
	if e := f.wantError(CodeUnsuitable, "eth_sendRawTransaction", "0x00"); !strings.Contains(e.Data.Hint, "zero_send") {
		t.Errorf("hint %q does not name zero_send", e.Data.Hint)
	}
	if e := f.wantError(CodeMethod, "eth_call", map[string]string{}); !strings.Contains(e.Message, "contracts are not active") {
		t.Errorf("got %q", e.Message)
	}
}

// TestMissingMethodsAreRecognised: ethers knows a missing method by these words alone, which are geth's, and reports anything else as an
// unknown error.
func TestMissingMethodsAreRecognised(t *testing.T) {
	f := start(t, func(c *Config) { c.HTTP.API = []string{"eth"} })
	words := regexp.MustCompile(`(?i)the method .* does not exist`)
	for _, name := range []string{
		"eth_nothing", "eth_call", "eth_estimateGas", "eth_createAccessList", "eth_getProof", "eth_sign", "debug_traceTransaction", "net_version", "zero_send",
	} {
		if e := f.wantError(CodeMethod, name); !words.MatchString(e.Message) || !strings.Contains(e.Message, name) {
			t.Errorf("%s: got %q, want words that match %s", name, e.Message, words)
		}
	}
}

func TestNodeFaultIsNotAnAnswer(t *testing.T) {
	f := start(t, nil)
	f.chain.mu.Lock()
	f.chain.fault = errors.New("disk on fire")
	f.chain.mu.Unlock()
	for _, m := range []string{"eth_getBlockByNumber", "sero_getBlock"} {
		if e := f.wantError(CodeInternal, m, 1); !strings.Contains(e.Message, "disk on fire") {
			t.Errorf("%s: got %q", m, e.Message)
		}
	}
	if !strings.Contains(f.log.String(), "disk on fire") {
		t.Error("the log does not name the fault")
	}
}

func TestNetAndWeb3(t *testing.T) {
	f := start(t, nil)
	f.want(`"1337"`, "net_version")
	f.want("true", "net_listening")
	f.want(`"0x5"`, "net_peerCount")
	f.want(`"gero/test"`, "web3_clientVersion")
	f.want(`"0x47173285a8d7341e5e972fc677286384f802f8ef42a5ec5f03bbfa254cb01fad"`, "web3_sha3", "0x68656c6c6f20776f726c64")
	f.wantError(CodeParams, "web3_sha3", "0x1")
	f.wantError(CodeParams, "web3_sha3", "hello")
}

func TestPoolShapes(t *testing.T) {
	f := start(t, nil)
	f.want(`{"pending":"0x1","queued":"0x0","bytes":"0x7d0","bundles":"0x1"}`, "txpool_status")
	from := "0x" + f.id(2).String()[26:]
	c := result[PoolContent[json.RawMessage]](f, "txpool_content")
	var tx EthTx
	if err := json.Unmarshal(c.Pending[from]["0"], &tx); err != nil || tx.Hash != f.id(2) || len(c.Queued) != 0 {
		t.Errorf("content: got %+v, %v", c, err)
	}
	i := result[PoolContent[string]](f, "txpool_inspect")
	if !strings.Contains(i.Pending[from]["0"], "1 bundles") {
		t.Errorf("inspect: got %+v", i)
	}
}
