package consensus

import (
	"testing"

	"github.com/gero-chain/gero/types"
)

// TestGasLimitIsPulledBack: somebody with a small share of the work lowers the gas limit in each of his blocks. Were it left alone by
// everybody else, it would end at 10^6, which is two payments per block. One block of a miner who wants it elsewhere undoes one of his.
func TestGasLimitIsPulledBack(t *testing.T) {
	const normal = 60_000_000
	c := newChain(t, testNet())
	extend := func(want types.Gas) types.Gas {
		t.Helper()
		tmpl := c.template()
		tmpl.GasLimit = want
		b, err := Build(c.net, c.tip(), c.view, tmpl, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.extend(&types.Block{Header: b.Header, Body: b.Body}) // B7 holds
		return b.Header.GasLimit
	}
	if got := extend(normal); got != normal {
		t.Fatalf("limit is %d, want %d", got, normal)
	}
	for range 5 {
		extend(1)
	}
	low := c.tip().Header.GasLimit
	if want := types.Gas(59_707_610); low != want {
		t.Errorf("limit after five blocks of an attacker is %d, want %d", low, want)
	}
	if got := extend(0); got != low {
		t.Errorf("limit of a miner without a wish is %d, want %d", got, low)
	}
	for range 6 {
		extend(normal)
	}
	if got := c.tip().Header.GasLimit; got != normal {
		t.Errorf("limit after six blocks of others is %d, want %d", got, normal)
	}
	for _, x := range []struct{ parent, want, got types.Gas }{
		{60_000_000, 1 << 62, 60_058_592},
		{60_000_000, 1, 59_941_408},
		{60_000_000, 60_000_001, 60_000_001},
		{1_000_000, 1, 1_000_000},
		{1_000_100, 1, 1_000_000},
		{1 << 40, 1 << 62, 1 << 40},
	} {
		if got := gasLimitTowards(x.parent, x.want); got != x.got {
			t.Errorf("from %d towards %d: %d, want %d", x.parent, x.want, got, x.got)
		}
	}
}
