package layers

import (
	"slices"
	"strings"
	"testing"
)

const (
	gnark = "github.com/consensys/gnark"
	geth  = "github.com/ethereum/go-ethereum"
)

// ours returns the import path of a room.
func ours(room string) string { return Module + "/" + room }

// TestCheckFindsWrongImports gives the real table one wrong import of each sort, and its allowed twin.
func TestCheckFindsWrongImports(t *testing.T) {
	built := func(room string, imports ...string) Package {
		return Package{ImportPath: ours(room), Imports: imports}
	}
	tested := func(room string, imports ...string) Package {
		return Package{ImportPath: ours(room), XTestImports: imports}
	}
	tests := []struct {
		name string
		pkg  Package
		want string // part of the one sentence; empty if the package is fine
	}{
		{"named room", built("core/chain", ours("consensus"), ours("core/store")), ""},
		{"room of a named room", built("core/chain", ours("consensus/ledger"), ours("zk/field")), ""},
		{"types from everywhere", built("core/store", ours("types")), ""},
		{"types imports nothing of ours", built("types", ours("params")), "types imports params"},
		{"upward", built("consensus/rule", ours("consensus")), "consensus/rule imports consensus, which its row does not permit"},
		{"sideways", built("consensus/ledger", ours("consensus/pow")), "consensus/ledger imports consensus/pow"},
		{"peer: chain to mempool", built("core/chain", ours("core/mempool")), "core/chain imports core/mempool"},
		{"peer: miner to chain", built("miner", ours("core/chain")), "miner imports core/chain"},
		{"peer: rpc to wallet", built("rpc", ours("wallet")), "rpc imports wallet"},
		{"peer: p2p to chain", built("p2p", ours("core/chain")), "p2p imports core/chain"},
		{"room without a row", built("core/chian"), "core/chian is not in the table of rooms: add a row"},
		{"import of a room without a row", built("miner", ours("consensus/extra")), "miner imports consensus/extra"},
		{"another module with our prefix", built("miner", Module+"x/consensus"), ""},

		{"gnark in zk", built("zk/transfer", gnark+"/frontend", gnark+"-crypto/ecc"), ""},
		{"gnark outside zk", built("consensus", gnark+"/backend/groth16"), "consensus imports " + gnark + "/backend/groth16, which is imported under zk/ only"},
		{"gnark-crypto outside zk", built("wallet", gnark+"-crypto/ecc/bls12-381/fr"), "wallet imports " + gnark + "-crypto"},
		{"a folder that only begins like zk", built("zkx"), "zkx is not in the table"},
		{"EVM in vm", built("vm", geth+"/core/vm", geth+"/core/state"), ""},
		{"EVM outside vm", built("consensus", geth+"/core/vm"), "consensus imports " + geth + "/core/vm, which is imported under vm/ only"},
		{"geth's rpc is free", built("rpc", geth+"/rpc"), ""},
		{"geth's internals", built("vm", geth+"/internal/ethapi"), "vm imports " + geth + "/internal/ethapi, which is not to be imported"},
		{"geth's commands", built("cmd/gero", geth+"/cmd/utils"), "cmd/gero imports " + geth + "/cmd/utils, which is not to be imported"},

		{"clock in consensus", built("consensus", "time"), "consensus imports time, but it is a pure room: no clock"},
		{"disk in types", built("types", "os"), "types imports os, but it is a pure room: no disk"},
		{"disk below a pure room", built("zk/hash", "os/exec"), "zk/hash imports os/exec"},
		{"network in vm", built("vm", "net/http"), "vm imports net/http, but it is a pure room: no network"},
		{"logging in ledger", built("consensus/ledger", "log/slog"), "consensus/ledger imports log/slog, but it is a pure room: no logging"},
		{"geth's log in vm", built("vm", geth+"/log"), "vm imports " + geth + "/log, but it is a pure room: no logging"},
		{"randomness in consensus", built("consensus", "math/rand/v2"), "consensus imports math/rand/v2, but it is a pure room: no hidden randomness"},
		{"system randomness in zk", built("zk/note", "crypto/rand"), "zk/note imports crypto/rand"},
		{"granted randomness", built("zk/groth", "crypto/rand"), ""},
		{"clock elsewhere", built("miner", "time", "os", "net", "log/slog"), ""},
		{"math is not math/rand", built("consensus", "math", "math/big", "net2"), ""},

		{"cgo by file", Package{ImportPath: ours("miner/search"), CgoFiles: []string{"fast.go"}}, "miner/search uses cgo (fast.go)"},
		{"cgo by import", built("miner/search", "C"), "miner/search uses cgo"},

		{"testkit in a test", tested("consensus", ours("internal/testkit")), ""},
		{"testkit in the product", built("consensus", ours("internal/testkit")), "consensus imports internal/testkit, which exists for tests only"},
		{"testkit where the row names it", built("internal/bench", ours("internal/testkit")), ""},
		{"testkit through a third room", built("cmd/gero", ours("internal/testkit")), "cmd/gero imports internal/testkit, which exists for tests only"},
		{"upward in a test", tested("consensus/ledger", ours("consensus")), "consensus/ledger (test) imports consensus"},
		{"upward in a test of the package", Package{ImportPath: ours("consensus/ledger"), TestImports: []string{ours("consensus")}},
			"consensus/ledger (test) imports consensus"},
		{"own package from its _test package", tested("consensus/ledger", ours("consensus/ledger")), ""},
		{"clock in a pure room's test", tested("consensus", "time", "os", "math/rand"), ""},
		{"gnark in a test outside zk", tested("core/chain", gnark+"/test"), "core/chain (test) imports " + gnark + "/test"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got := Repo.Check([]Package{tc.pkg})
			switch {
			case tc.want == "" && len(got) > 0:
				t.Errorf("got %q, want no complaint", got)
			case tc.want != "" && (len(got) != 1 || !strings.Contains(got[0], tc.want)):
				t.Errorf("got %q, want one complaint with %q", got, tc.want)
			}
		})
	}
}

// TestCheckSpeaksOnce gives the same package as several systems would list it.
func TestCheckSpeaksOnce(t *testing.T) {
	p := Package{ImportPath: ours("types"), Imports: []string{"os", "time"}}
	got := Repo.Check([]Package{p, p, {ImportPath: "example.com/other", Imports: []string{"os"}}})
	if len(got) != 2 || !slices.IsSorted(got) {
		t.Errorf("got %q, want two sorted sentences", got)
	}
}

// TestSoundFindsWrongTables gives Sound one fault of each sort.
func TestSoundFindsWrongTables(t *testing.T) {
	row := func(path string, allows ...string) Room { return Room{Path: path, What: "x", Allows: allows} }
	tests := []struct {
		name string
		tab  Table
		want string
	}{
		{"sound", Table{Rooms: []Room{row("a", "b"), row("b")}, Peers: []string{"a"}}, ""},
		{"two rows", Table{Rooms: []Room{row("a"), row("a")}}, "a has two rows"},
		{"no purpose", Table{Rooms: []Room{{Path: "a"}}}, "a does not say what it is for"},
		{"missing row", Table{Rooms: []Room{row("a", "b")}}, "a allows b, which has no row"},
		{"missing row for tests", Table{Rooms: []Room{{Path: "a", What: "x", Tests: []string{"b"}}}}, "a allows b, which has no row"},
		{"cycle", Table{Rooms: []Room{row("a", "b"), row("b", "c"), row("c", "a")}}, "a may import itself through others"},
		{"peers", Table{Rooms: []Room{row("a", "c"), row("b"), row("c", "b")}, Peers: []string{"a", "b"}}, "a may reach b"},
		{"grant without a reason", Table{Rooms: []Room{{Path: "a", What: "x", Grants: []Grant{{Import: "os"}}}}}, "a is granted os without a reason"},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			got := tc.tab.Sound()
			if tc.want == "" {
				if len(got) > 0 {
					t.Errorf("got %q, want a sound table", got)
				}
				return
			}
			if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, tc.want) }) {
				t.Errorf("got %q, want a complaint with %q", got, tc.want)
			}
		})
	}
}
