// Package rpc answers JSON-RPC 2.0 over HTTP, WebSocket and IPC: the servers, who may call what, one file per namespace, and the
// OpenRPC document that describes it all.
//
// The package knows nothing of the rest of the node but the small interfaces of backend.go, which internal/node connects.
//
// # Who may call what
//
// The namespaces that only read (eth net web3 sero txpool gero rpc) are open to programs on this machine. zero, miner and admin hold
// money or steer the node: they need IPC, whose socket only the node's user can open, or the cookie, 32 random bytes that are new at
// every start and lie in a file that only that user can read. A development node needs neither. Who calls from another machine needs the
// cookie for everything.
//
// # Numbers
//
// Amounts are in smallest units, as decimal or 0x-prefixed strings; integers that every JSON reader keeps exact, up to 2^53-1, may be
// numbers. A number with a fraction or an exponent is refused: it has been through a float. Answers always give amounts as strings.
//
// # Why requests are dispatched here
//
// go-ethereum's server was the first choice and does not fit: it knows no method with a dot, and so no rpc.discover; what a caller may do
// would depend on which server it reached instead of on the method, item by item of a batch; its own errors carry no hint; it ignores
// misspelt options. WebSocket framing, pipes and JSON are libraries' all the same.
package rpc
