// Package redteam attacks a whole node from outside: bytes and transactions that a stranger can make, against a real chain and a real pool.
//
// Each test is one attack and says what its author would gain. Attacks on one package alone stand beside that package.
package redteam
