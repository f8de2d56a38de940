//go:build !slow

package chain_test

// slow asks for the thorough variants of tests.
const slow = false
