package testkit

import (
	"testing"

	"github.com/gero-chain/gero/types"
)

func TestRealPaymentIsMined(t *testing.T) {
	c := New(t)
	p := c.Pay("real payment", c.Simple(c.GenesisCoin(0, 0), 1, types.SERO))
	b := c.Mine(p.Tx)
	if len(b.Body.Txs) != 1 || c.Height() != 1 {
		t.Fatalf("got %d transactions at height %d", len(b.Body.Txs), c.Height())
	}
	c.MineEmpty(22)
	c.MustConsistent()
	q := c.Pay("second payment", c.Simple(c.GenesisCoin(0, 1), 2, types.SERO))
	c.Mine(q.Tx)
	c.MustConsistent()
}

// The proofs of one run of all tests are made once and are few: each cost a second to whoever remade them.
func TestKeptProofsAreFew(t *testing.T) {
	if len(keptProofs)%keptSize != 0 || len(keptProofs) > 120*keptSize {
		t.Errorf("%d bytes of proofs, want at most 120 of %d each", len(keptProofs), keptSize)
	}
}
