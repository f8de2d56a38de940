// Package wallet keeps the money of people: their keys at rest, the notes that a chain holds for them, and the payments they order.
//
// Everything a wallet shows comes from its 24 words and the chain's ciphertexts; what it keeps on disk beyond the keys is a copy that a
// scan rebuilds, except orders in progress, labels and names. It asks the rest of the node through the small interfaces of node.go and
// is safe for concurrent use.
package wallet
