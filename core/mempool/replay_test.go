package mempool

import (
	"errors"
	"testing"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/types"
)

// TestFullPoolProvesNothingInVain: a valid transaction that pays a little more than the worst of a full pool, and is larger, has no room.
// Whoever sends it again and again pays nothing, so it must cost no proof.
func TestFullPoolProvesNothingInVain(t *testing.T) {
	c := testkit.Quick(t)
	proved := 0
	p := newPool(c.Net, c.Manager, func(tx *consensus.CheapTx) (*consensus.CheckedTx, error) {
		proved++
		return c.Trust(tx.Tx()), nil
	})
	p.limits.bundles = 6
	price := func(n uint64) types.Amount { return types.NewAmount(n * 1_000_000_000) }
	add := func(what string, tx *types.Tx, want error, wantProved int) {
		t.Helper()
		proved = 0
		if _, err := p.Add(tx); !errors.Is(err, want) || proved != wantProved {
			t.Errorf("%s: got %v after %d proofs, want %v after %d", what, err, proved, want, wantProved)
		}
	}
	worst := c.Unproved(1, price(1))
	add("worst", worst, nil, 1)
	add("good", c.Unproved(4, price(9)), nil, 1)
	add("small", c.Unproved(1, price(2)), nil, 1)

	add("pays as little as the worst", c.Unproved(1, price(1)), errFull, 0)
	add("pays more than the worst and has no room", c.Unproved(2, price(2)), errFull, 0)
	add("pays more than both and has no room", c.Unproved(3, price(3)), errFull, 0)
	larger := c.Unproved(4, price(5)) // pays enough to replace, and has no room
	larger.Bundles[3].Nullifiers[2] = worst.Bundles[0].Nullifiers[0]
	add("replaces the worst and has no room", larger, errFull, 0)
	if got := p.Status(); got.Bundles != 6 || got.Count != 3 {
		t.Errorf("pool has %d bundles in %d transactions, want 6 in 3", got.Bundles, got.Count)
	}
	add("takes the place of both", c.Unproved(2, price(3)), nil, 1)
	if got := p.Status(); got.Bundles != 6 || got.Count != 2 {
		t.Errorf("pool has %d bundles in %d transactions, want 6 in 2", got.Bundles, got.Count)
	}
}
