// Package fullblock holds whole blocks and transactions against every rule, through the doors that strangers use: chain.AddBlock and
// mempool.Add. It has tests only.
//
// Each case breaks one thing of a valid block or transaction, signs, commits and seals again, and expects the Kind of the rule; the same
// doors then take the unbroken twin. A test fails when a Kind has no case.
package fullblock
