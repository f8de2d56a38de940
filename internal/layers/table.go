package layers

// Module is the path that all rooms share.
const Module = "github.com/gero-chain/gero"

// Room is one row of the import table. A room is one Go package; a package without a row fails the test.
type Room struct {
	Path string // relative to the module
	What string // one line: what the room is for
	// Allows names the rooms it may import. What those rooms permit is permitted too, and every room may use types.
	Allows []string
	// Tests names further rooms that its test files may import, beside TestRooms.
	Tests []string
	// Grants are exceptions to the rules about packages that are not ours, each with its reason.
	Grants []Grant
}

// Grant lets one room import something that its kind of room may not.
type Grant struct {
	Import string // an import path; everything below it is granted too
	Why    string // one sentence
}

// The statements, and what stands below them.
var (
	zkRooms = []string{
		"zk/transfer", "zk/gate", "zk/release", "zk/licence", "zk/note", "zk/schnorr", "zk/gadget", "zk/groth", "zk/hash", "zk/field", "zk/many",
	}
	statement = []string{"zk/note", "zk/gadget", "zk/groth"}
	// nodeRooms are all rooms that end up in a running node.
	nodeRooms = append([]string{
		"web", "rpc", "core/chain", "core/mempool", "core/store", "miner", "p2p", "wallet", "consensus", "params",
	}, zkRooms...)
)

// Rooms is the import table. docs/architecture.md shows it; `go test ./internal/layers -update` copies it there.
var Rooms = []Room{
	{Path: "cmd/gero", What: "the one binary: flags and config file; offline verbs use wallet, zk and pow directly",
		Allows: []string{"internal/node", "internal/bench", "internal/progress", "wallet", "consensus/pow"}},
	{Path: "internal/node", What: "builds and stops everything; alone names concrete types",
		Allows: append([]string{"internal/progress", "internal/blockfile"}, nodeRooms...)},

	{Path: "web", What: "the page: embedded assets and their handlers", Allows: []string{"rpc"}},
	{Path: "rpc", What: "servers, authentication, one file per namespace, OpenRPC", Allows: []string{"params", "consensus/rule", "internal/blockfile"}, Tests: []string{"internal/notify"}},
	{Path: "core/chain", What: "headers, best chain, reorganisation, subscriptions", Allows: []string{"consensus", "core/store", "internal/notify"}},
	{Path: "core/mempool", What: "policy, order, eviction", Allows: []string{"consensus", "internal/notify"}},
	{Path: "core/store", What: "key-value store on disk and in memory; schema, migrations"},
	{Path: "miner", What: "template, reward, pacing, hashrate", Allows: []string{"consensus", "miner/dataset", "miner/search", "internal/notify"}},
	{Path: "miner/dataset", What: "the work dataset on disk: built in parallel, resumable, mapped", Allows: []string{"consensus/pow"}},
	{Path: "miner/search", What: "the nonce search on all threads", Allows: []string{"consensus/pow"}},
	{Path: "p2p", What: "server, sync, relay, scoring", Allows: []string{"p2p/wire", "consensus/rule", "params"}},
	{Path: "p2p/wire", What: "messages and their limits; no sockets", Allows: []string{"params"}},
	{Path: "wallet", What: "keys at rest, scan, select, build, prove, operations",
		Allows: append([]string{"consensus/ledger", "consensus/rule", "internal/notify"}, zkRooms...)},

	{Path: "consensus", What: "genesis, state, checks, connect and revert",
		Allows: append([]string{"consensus/ledger", "consensus/pow", "consensus/licence", "consensus/reward", "consensus/rule", "vm", "params"}, zkRooms...)},
	{Path: "consensus/rule", What: "every rule's Kind; Error; Classed"},
	{Path: "consensus/ledger", What: "note tree, anchors, nullifiers, pools", Allows: []string{"zk/hash", "consensus/rule"}},
	{Path: "consensus/pow", What: "Gerohash, target, retarget", Allows: []string{"params", "consensus/rule"}},
	{Path: "consensus/licence", What: "bonds, epochs, draws, votes", Allows: []string{"params", "consensus/rule", "zk/licence"}},
	{Path: "consensus/reward", What: "subsidy and fees", Allows: []string{"params", "consensus/rule"}},

	{Path: "vm", What: "the EVM over a given key-value store; tracers and gas estimation",
		Allows: []string{"vm/precompile", "vm/system", "params"}},
	{Path: "vm/precompile", What: "pure precompiles", Allows: []string{"zk/groth", "zk/hash"}},
	{Path: "vm/system", What: "the IO contract's code, ABI and logs", Allows: []string{"contracts"}},
	{Path: "contracts", What: "Solidity sources and compiled artefacts, embedded"},

	{Path: "zk/transfer", What: "statement T, a transfer", Allows: statement},
	{Path: "zk/gate", What: "statement G, a gate", Allows: statement},
	{Path: "zk/release", What: "statement R, a release", Allows: statement},
	{Path: "zk/licence", What: "statement L, a licence's vote", Allows: statement},
	{Path: "zk/note", What: "keys, addresses, notes, nullifiers, encryption", Allows: []string{"zk/field", "zk/hash"}},
	{Path: "zk/schnorr", What: "signatures on Jubjub", Allows: []string{"zk/field", "zk/many"}},
	{Path: "zk/gadget", What: "notes, Merkle paths, ranges and fixed-base multiplication in-circuit", Allows: []string{"zk/field", "zk/hash"}},
	{Path: "zk/groth", What: "pinned keys, prove, verify, batch", Allows: []string{"zk/field", "zk/many"},
		Grants: []Grant{{"crypto/rand", "the prover's blinding, and the coefficients of a batch, come from the operating system"}}},
	{Path: "zk/many", What: "checks many things at once and finds the few that fail"},
	{Path: "zk/hash", What: "Poseidon2, native and gadget", Allows: []string{"zk/field"}},
	{Path: "zk/field", What: "canonical bytes to and from field elements and points"},

	{Path: "params", What: "networks, rules by height, genesis data, pinned hashes"},
	{Path: "types", What: "block, transaction, vote, ids, amounts; codec and hashes"},

	{Path: "internal/progress", What: "shows how far long work is: bars, lines or JSON"},
	{Path: "internal/blockfile", What: "the form in which blocks travel as a file"},
	{Path: "internal/notify", What: "wakes those who want to hear that something changed"},
	{Path: "internal/attack", What: "the malicious prover: lying hints and changed wires, for tests of circuits",
		Grants: []Grant{{"github.com/consensys/gnark", "it solves constraint systems"},
			{"github.com/consensys/gnark-crypto", "it changes field elements"}}},
	{Path: "internal/testkit", What: "chain generator, fixtures and networks for tests", Allows: []string{"internal/node"}},
	{Path: "internal/fullblock", What: "tests of whole blocks and transactions against every rule, through the public doors",
		Allows: []string{"internal/testkit"}, Tests: []string{"internal/docs"}},
	{Path: "internal/redteam", What: "attacks on a whole chain and pool with what a stranger can make", Allows: []string{"internal/testkit"}},
	{Path: "internal/e2e", What: "drives the program, as processes, with the clients that other people use"},
	{Path: "internal/crash", What: "storage that fails on demand, and kills of real processes",
		Allows: []string{"internal/node", "internal/testkit"}},
	{Path: "internal/bench", What: "the measurements of `gero bench`",
		Allows: []string{"internal/node", "internal/testkit"}},
	{Path: "internal/devgenesis", What: "writes params/genesis_dev.go; the test that holds the file to it", Allows: []string{"params", "zk/note"}},
	{Path: "internal/layers", What: "the test that holds the packages against this table"},
	{Path: "internal/tally", What: "counts what go test printed, for `.ci/run`"},
	{Path: "internal/docs", What: "the test that holds links and rule documents against the tree"},
}

// TestRooms exist for tests: test files of every room may import them, whatever the floor. Built files may only if their own row names
// the room.
var TestRooms = []string{"internal/attack", "internal/testkit", "internal/crash"}

// Peers never import one another, not even through a third room: each declares the small interface it needs, and internal/node
// connects them.
var Peers = []string{"core/chain", "core/mempool", "miner", "p2p", "wallet", "rpc"}

// PureRooms and all below them are functions of their arguments: no clock, disk, network, logging or hidden randomness.
var PureRooms = []string{"consensus", "types", "params", "zk", "vm", "contracts"}

// Impure are the packages that a pure room may not import without a Grant. Everything below a path counts as the path.
var Impure = []Grant{
	{"os", "no disk and no environment: bytes come in as arguments"},
	{"io/ioutil", "no disk: bytes come in as arguments"},
	{"syscall", "no system calls"},
	{"net", "no network"},
	{"log", "no logging: return an error and let the caller log it"},
	{"github.com/ethereum/go-ethereum/log", "no logging: return an error and let the caller log it"},
	{"github.com/rs/zerolog", "no logging: return an error and let the caller log it"},
	{"time", "no clock: times come in as unix seconds"},
	{"math/rand", "no hidden randomness: it comes in as an io.Reader"},
	{"crypto/rand", "no hidden randomness: it comes in as an io.Reader"},
}

// Owner says that packages of another module have one place where they may appear.
type Owner struct {
	Import string // an import path; everything below it counts
	Under  string // the folder that may import it; empty for nobody
	Why    string
}

// Owners lists the modules with one place.
var Owners = []Owner{
	{"github.com/consensys/gnark", "zk", "circuits and provers stay in zk"},
	{"github.com/consensys/gnark-crypto", "zk", "field elements and points enter through zk/field"},
	{"github.com/ethereum/go-ethereum/core", "vm", "the EVM and its state stay in vm"},
	{"github.com/ethereum/go-ethereum/internal", "", "its internals carry no promise"},
	{"github.com/ethereum/go-ethereum/cmd", "", "its commands are licensed and built for geth alone"},
}
