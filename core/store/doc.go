// Package store keeps keys and values on disk or in memory, and knows the schema of what gero keeps there.
//
// The engine is goleveldb. What this package adds is what a chain needs from it: a batch that is durable when WriteSync returns, a
// store that refuses every write after one failed, damage told apart from an interrupted write, a lock, a schema version with
// migrations, and errors that say what to do next. The method set is that of go-ethereum's ethdb.KeyValueStore, so that contract
// state can live in the same kind of store; consumers that may not import this package declare the few methods they call.
package store
