package rpc

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gero-chain/gero/types"
)

// promised are the methods that programs rely on, by the interface's specification. The list is repeated here and not derived.
var promised = strings.Fields(`
	eth_chainId eth_blockNumber eth_syncing eth_getBlockByNumber eth_getBlockByHash eth_getBlockTransactionCountByNumber
	eth_getBlockTransactionCountByHash eth_getTransactionByHash eth_getTransactionByBlockNumberAndIndex eth_getTransactionByBlockHashAndIndex
	eth_getTransactionReceipt eth_getBlockReceipts eth_gasPrice eth_maxPriorityFeePerGas eth_feeHistory eth_accounts eth_getBalance
	eth_getTransactionCount eth_getCode eth_getStorageAt eth_getLogs eth_newFilter eth_newBlockFilter eth_newPendingTransactionFilter
	eth_getFilterChanges eth_getFilterLogs eth_uninstallFilter eth_subscribe eth_unsubscribe
	net_version net_listening net_peerCount web3_clientVersion web3_sha3
	sero_getBlock sero_getTransaction sero_getRawTransaction sero_sendRawTransaction sero_getAnchor sero_getVotes sero_getSupply sero_getWork
	sero_submitWork sero_submitHashrate
	zero_newAccount zero_newAddress zero_listAccounts zero_getBalance zero_estimateSend zero_send zero_mergeNotes zero_getOperation
	zero_listOperations zero_cancelOperation zero_listNotes zero_listTransactions zero_viewTransaction zero_validateAddress zero_scanStatus
	zero_rescan zero_unlock zero_lock
	miner_start miner_stop miner_status miner_setThreads miner_setRewardAddress miner_hashrate
	admin_nodeInfo admin_exportChain admin_importChain txpool_status txpool_content txpool_inspect gero_status rpc.discover rpc_modules`)

func TestPromisedMethodsAreThereAndNoOthers(t *testing.T) {
	f := start(t, nil)
	var got []string
	for _, m := range result[Document](f, "rpc.discover").Methods {
		got = append(got, m.Name)
	}
	want := slices.Sorted(slices.Values(promised))
	if !slices.Equal(got, want) {
		t.Errorf("documented methods:\ngot  %v\nwant %v", got, want)
	}
	if have := slices.Sorted(maps.Keys(f.disp.methods)); !slices.Equal(have, want) {
		t.Errorf("callable methods:\ngot  %v\nwant %v", have, want)
	}
}

// TestAnswersFollowTheDocument calls every documented method over HTTP with parameters that the document allows, and holds what comes
// back against the document's schema.
func TestAnswersFollowTheDocument(t *testing.T) {
	f := start(t, nil)
	doc := result[Document](f, "rpc.discover")
	v := validator{doc.Components.Schemas}
	calls := exampleCalls(t, f)
	for _, m := range doc.Methods {
		if m.Summary == "" || m.Summary[len(m.Summary)-1] != '.' {
			t.Errorf("%s: summary %q is no sentence", m.Name, m.Summary)
		}
		for _, p := range m.Params {
			if p.Name == "" || p.Summary == "" {
				t.Errorf("%s: parameter %q is not described", m.Name, p.Name)
			}
		}
		if m.Name == "eth_subscribe" {
			continue // It needs another transport; TestSubscriptions calls it.
		}
		if len(calls[m.Name]) == 0 {
			t.Errorf("%s is never called here", m.Name)
		}
		if m.Name == "sero_getWork" {
			result[Mining](f, "miner_start") // miner_stop came before.
		}
		for _, args := range calls[m.Name] {
			for i, arg := range args {
				if arg == nil && !m.Params[i].Required {
					continue
				}
				if why := v.check(m.Params[i].Schema, roundTrip(t, arg)); why != "" {
					t.Errorf("%s%v: parameter %s does not follow its schema: %s", m.Name, args, m.Params[i].Name, why)
				}
			}
			a := f.full(m.Name, args...)
			if a.Error != nil {
				t.Errorf("%s%v: %+v", m.Name, args, a.Error)
				continue
			}
			if why := v.check(m.Result.Schema, roundTrip(t, a.Result)); why != "" {
				t.Errorf("%s%v: result %.500s does not follow its schema: %s", m.Name, args, a.Result, why)
			}
			// The same call by names of parameters does the same.
			if len(args) > 0 && m.Name != "sero_submitWork" && m.Name != "admin_exportChain" && m.Name != "eth_uninstallFilter" {
				named := map[string]any{}
				for i, arg := range args {
					named[m.Params[i].Name] = arg
				}
				req := encode(map[string]any{"jsonrpc": "2.0", "id": 1, "method": m.Name, "params": named})
				if _, out := f.post(string(req), "Authorization", "Bearer "+string(f.cookie.secret[:])); f.parse(out).Error != nil {
					t.Errorf("%s%v by names: %s", m.Name, named, out)
				}
			}
		}
	}
	// The validator can say no.
	for _, bad := range []string{`{"state":1}`, `[]`, `null`} {
		if why := v.check(schemaOf(doc, "miner_status"), roundTrip(t, json.RawMessage(bad))); why == "" {
			t.Errorf("the validator takes %s for a miner's status", bad)
		}
	}
}

func schemaOf(doc Document, name string) Schema {
	i := slices.IndexFunc(doc.Methods, func(m MethodDoc) bool { return m.Name == name })
	return doc.Methods[i].Result.Schema
}

// exampleCalls are the parameters to call each method with, more than once where answers have several shapes.
func exampleCalls(t *testing.T, f *fixture) map[string][][]any {
	t.Helper()
	const who = "0x00000000000000000000000000000000000000aa"
	hash := mustHash(t, f, 1)
	nothing := types.TxID{1}
	pay := []any{map[string]any{"to": "serodev1x", "value": "1", "memo": "m"}}
	result[Mining](f, "miner_start")
	file := filepath.Join(t.TempDir(), "chain")
	once := func(args ...any) [][]any { return [][]any{args} }
	alice := once("alice")
	f.node.sync = SyncState{Syncing: true, Target: 9}
	return map[string][][]any{
		"eth_chainId": once(), "eth_blockNumber": once(), "eth_syncing": once(),
		"eth_getBlockByNumber":                 {{"0x1"}, {1, true}, {"latest"}, {"0x99"}},
		"eth_getBlockByHash":                   {{hash}, {hash, true}, {nothing}},
		"eth_getBlockTransactionCountByNumber": {{1}, {99}}, "eth_getBlockTransactionCountByHash": {{hash}, {nothing}},
		"eth_getTransactionByHash":                {{f.id(0)}, {f.id(2)}, {nothing}},
		"eth_getTransactionByBlockNumberAndIndex": {{1, 0}, {1, 9}}, "eth_getTransactionByBlockHashAndIndex": {{hash, "0x0"}},
		"eth_getTransactionReceipt": {{f.id(0)}, {nothing}}, "eth_getBlockReceipts": {{1}, {99}},
		"eth_gasPrice": once(), "eth_maxPriorityFeePerGas": once(), "eth_feeHistory": {{2, "latest"}, {2, "latest", []float64{10, 90}}},
		"eth_accounts": once(), "eth_getBalance": {{who}, {who, "latest"}}, "eth_getTransactionCount": once(who), "eth_getCode": once(who),
		"eth_getStorageAt": once(who, "0x0"), "eth_getLogs": {{map[string]any{}}, {map[string]any{"address": who, "topics": []any{nil, hash}}}},
		"eth_newFilter": once(map[string]any{}), "eth_newBlockFilter": once(), "eth_newPendingTransactionFilter": once(),
		"eth_getFilterChanges": once(result[string](f, "eth_newBlockFilter")),
		"eth_getFilterLogs":    once(result[string](f, "eth_newFilter", map[string]any{})), "eth_uninstallFilter": once("0x1"), "eth_unsubscribe": once("0x1"),
		"net_version": once(), "net_listening": once(), "net_peerCount": once(), "web3_clientVersion": once(), "web3_sha3": {{"0x"}, {"0xAB"}},
		"sero_getBlock": {{}, {1, true}, {99}}, "sero_getTransaction": {{f.id(0)}, {f.id(2)}, {nothing}},
		"sero_getRawTransaction": {{f.id(0)}, {nothing}}, "sero_sendRawTransaction": once(hexOf(testTx(50).Bytes())),
		"sero_getAnchor": {{}, {1}, {99}}, "sero_getVotes": {{1}, {99}}, "sero_getSupply": {{}, {"SERO"}},
		"sero_getWork": once(), "sero_submitWork": once("0x0000000000000001", types.SealHash{1}, types.Mix{}), "sero_submitHashrate": once("0x5", hash),
		"zero_newAccount": {{"bob"}, {"bob", map[string]any{"passphrase": "x"}}}, "zero_newAddress": {{"alice"}, {"alice", map[string]any{"label": "x"}}},
		"zero_listAccounts": once(), "zero_getBalance": alice, "zero_estimateSend": once("alice", pay),
		"zero_send": {{"alice", pay}, {"alice", pay, map[string]any{"fee": "5", "expiry": 20, "request": "r"}}}, "zero_mergeNotes": {{"alice"}, {"alice", "SERO"}},
		"zero_getOperation": once("op1"), "zero_listOperations": {{}, {"alice", "sent"}}, "zero_cancelOperation": once("op1"), "zero_listNotes": alice,
		"zero_listTransactions": {{"alice"}, {"alice", 1, 2}}, "zero_viewTransaction": once(f.id(0)), "zero_validateAddress": {{"serodev1alice"}, {"x"}},
		"zero_scanStatus": once(), "zero_rescan": {{"alice"}, {"alice", 1}}, "zero_unlock": {{"alice", "p"}, {"alice", "p", 5}}, "zero_lock": alice,
		"miner_start": {{}, {2}}, "miner_stop": once(), "miner_status": once(), "miner_setThreads": once(2), "miner_setRewardAddress": once("alice"), "miner_hashrate": once(),
		"admin_nodeInfo": once(), "admin_exportChain": once(file), "admin_importChain": once(file),
		"txpool_status": once(), "txpool_content": once(), "txpool_inspect": once(), "gero_status": once(), "rpc.discover": once(), "rpc_modules": once(),
	}
}

func roundTrip(t *testing.T, v any) any {
	t.Helper()
	var out any
	if err := json.Unmarshal(encode(v), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// validator checks values against the part of JSON Schema that the document uses, and refuses schemas that use more.
type validator struct{ named map[string]Schema }

func (v validator) check(s Schema, value any) string {
	for key := range s {
		if !slices.Contains(strings.Fields("type pattern description minimum maximum items minItems maxItems properties required additionalProperties anyOf enum const $ref"), key) {
			return "schema uses " + key
		}
	}
	if ref, ok := s["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/components/schemas/")
		if v.named[name] == nil {
			return "schema refers to " + ref + ", which is not there"
		}
		return v.check(v.named[name], value)
	}
	if c, ok := s["const"]; ok && c != value {
		return fmt.Sprintf("%v is not %v", value, c)
	}
	if e, ok := s["enum"].([]any); ok && !slices.Contains(e, value) {
		return fmt.Sprintf("%v is not among %v", value, e)
	}
	if choices, ok := s["anyOf"].([]any); ok {
		var all []string
		for _, x := range choices {
			why := v.check(x.(map[string]any), value)
			if why == "" {
				return ""
			}
			all = append(all, why)
		}
		return strings.Join(all, "; ")
	}
	return v.typed(s, value)
}

func (v validator) typed(s Schema, value any) string {
	wrong := fmt.Sprintf("%.80v is no %v", value, s["type"])
	switch s["type"] {
	case nil:
		return ""
	case "null":
		if value != nil {
			return wrong
		}
	case "boolean":
		if _, ok := value.(bool); !ok {
			return wrong
		}
	case "number", "integer":
		n, ok := value.(float64)
		if !ok || s["type"] == "integer" && n != float64(int64(n)) {
			return wrong
		}
		if low, ok := s["minimum"].(float64); ok && n < low {
			return wrong
		}
	case "string":
		text, ok := value.(string)
		if !ok {
			return wrong
		}
		if p, ok := s["pattern"].(string); ok && !regexp.MustCompile(p).MatchString(text) {
			return fmt.Sprintf("%.80q does not match %s", text, p)
		}
	case "array":
		list, ok := value.([]any)
		if !ok {
			return wrong
		}
		if n, ok := s["minItems"].(float64); ok && len(list) != int(n) {
			return fmt.Sprintf("array has %d items", len(list))
		}
		for _, x := range list {
			if why := v.check(s["items"].(map[string]any), x); why != "" {
				return why
			}
		}
	case "object":
		return v.object(s, value)
	}
	return ""
}

func (v validator) object(s Schema, value any) string {
	object, ok := value.(map[string]any)
	if !ok {
		return fmt.Sprintf("%.80v is no object", value)
	}
	props, _ := s["properties"].(map[string]any)
	if required, ok := s["required"].([]any); ok {
		for _, r := range required {
			if _, ok := object[r.(string)]; !ok {
				return fmt.Sprintf("member %v is missing", r)
			}
		}
	}
	for name, x := range object {
		p, known := props[name].(map[string]any)
		if !known {
			if rest, ok := s["additionalProperties"].(map[string]any); ok {
				p, known = rest, true
			} else if s["additionalProperties"] == false {
				return "member " + name + " is not described"
			}
		}
		if known {
			if why := v.check(p, x); why != "" {
				return name + ": " + why
			}
		}
	}
	return ""
}
