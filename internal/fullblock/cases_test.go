package fullblock

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/core/mempool"
	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/internal/docs"
	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/types"
)

// ruleCase breaks one rule. run has to see Kind at every door that the rule stands at, and then the twin taken.
type ruleCase struct {
	kind rule.Kind
	name string
	run  func(t *testing.T, kind rule.Kind)
}

// cases is the register of all rejecting cases.
func cases() []ruleCase {
	return slices.Concat(headerCases(), bodyCases(), txCases(), proofCases(), ledgerCases(), outcomeCases())
}

func TestEveryRuleRefusesItsBreaker(t *testing.T) {
	for _, tc := range cases() {
		t.Run(string(tc.kind)+"/"+tc.name, func(t *testing.T) { tc.run(t, tc.kind) })
	}
}

func TestEveryKindHasACase(t *testing.T) {
	has := make(map[rule.Kind]int)
	for _, tc := range cases() {
		has[tc.kind]++
	}
	for _, k := range rule.Kinds {
		if has[k] == 0 {
			t.Errorf("rule %s has no rejecting case", k)
		}
		delete(has, k)
	}
	for k := range has {
		t.Errorf("%s has a case and is no rule", k)
	}
}

// The list that the coverage test goes by must itself be complete.
func TestKindsAreAllListed(t *testing.T) {
	source := filepath.Join("..", "..", "consensus", "rule", "kind.go")
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	declared, err := docs.Rules(source, text)
	if err != nil {
		t.Fatal(err)
	}
	if len(declared) != len(rule.Kinds) {
		t.Errorf("%d rules declared, %d listed", len(declared), len(rule.Kinds))
	}
	for _, r := range declared {
		if !slices.Contains(rule.Kinds, rule.Kind(r.Kind)) {
			t.Errorf("rule %s is declared but not in rule.Kinds", r.Kind)
		}
	}
}

// mark says what AddBlock remembers of a block it refused.
type mark bool

const (
	unmarked mark = false // Headers cost nothing to make before their seal holds, and a wrong body says nothing about its header.
	marked   mark = true
)

// blockCase changes a valid block with one payment after two empty blocks, and seals it again.
func blockCase(kind rule.Kind, name string, m mark, change func(c *testkit.Chain, b *types.Block)) ruleCase {
	return ruleCase{kind, name, func(t *testing.T, kind rule.Kind) {
		c := testkit.New(t)
		c.MineEmpty(2)
		good := c.Next(payAll(c).Tx)
		refused(t, c, c.Broken(good, func(b *types.Block) { change(c, b) }), kind, m)
		c.Add(good)
	}}
}

// txCase makes a transaction that both doors refuse by the same Kind, where they take the payment payAll.
func txCase(kind rule.Kind, name string, make func(c *testkit.Chain) *types.Tx) ruleCase {
	return ruleCase{kind, name, func(t *testing.T, kind rule.Kind) {
		c := testkit.New(t)
		c.MineEmpty(2)
		good := payAll(c).Tx
		refusedTx(t, c, make(c), kind, good)
		acceptedTx(t, c, good)
	}}
}

// changed is a txCase that changes payAll and signs it again.
func changed(kind rule.Kind, name string, change func(tx *types.Tx)) ruleCase {
	return txCase(kind, name, func(c *testkit.Chain) *types.Tx { return payAll(c).Changed(change) })
}

// refused holds AddBlock to refusing a block by a Kind, as a rule and by nothing but a mark on disk.
func refused(t *testing.T, c *testkit.Chain, b *types.Block, kind rule.Kind, m mark) {
	t.Helper()
	before, _ := c.Tip()
	err := c.AddBlock(b)
	wantKind(t, "chain.AddBlock", err, kind)
	if after, _ := c.Tip(); after != before {
		t.Errorf("tip moved to %s by a block that was refused", after)
	}
	if c.Err() != nil {
		t.Fatalf("chain stopped: %v", c.Err())
	}
	has, err := c.DB.Has(store.InvalidKey(b.Hash()))
	if err != nil {
		t.Fatal(err)
	}
	if has != bool(m) {
		t.Errorf("block marked invalid: %v, want %v", has, m)
	}
}

// refusedTx holds both doors to refusing a transaction by a Kind. For the chain it takes the place of good, if any, in a block.
func refusedTx(t *testing.T, c *testkit.Chain, bad *types.Tx, kind rule.Kind, good ...*types.Tx) {
	t.Helper()
	pool := newPool(c)
	for _, door := range []string{"mempool.Add", "mempool.Add again"} {
		_, err := pool.Add(bad)
		wantKind(t, door, err, kind)
	}
	if n := pool.Status().Count; n != 0 {
		t.Errorf("pool holds %d transactions, want none", n)
	}
	refused(t, c, forced(c, c.Next(good...), bad), kind, marked)
}

// forced returns a block like good with other transactions, valid or not. Its roots of the ledger stay good's.
func forced(c *testkit.Chain, good *types.Block, txs ...*types.Tx) *types.Block {
	return c.Broken(good, func(b *types.Block) {
		b.Body.Txs = txs
		c.Recommit(b)
	})
}

// acceptedTx holds both doors to taking a transaction.
func acceptedTx(t *testing.T, c *testkit.Chain, tx *types.Tx) {
	t.Helper()
	if _, err := newPool(c).Add(tx); err != nil {
		t.Errorf("mempool.Add of the twin: %v", err)
	}
	c.Mine(tx)
}

func newPool(c *testkit.Chain) *mempool.Pool { return mempool.New(c.Net, c.Manager, rand.Reader) }

func wantKind(t *testing.T, door string, err error, kind rule.Kind) {
	t.Helper()
	var classed rule.Classed
	if !errors.Is(err, kind) || !errors.As(err, &classed) || classed.Class() != rule.ClassRule {
		t.Errorf("%s: got error %v, want rule %s", door, err, kind)
	}
}
