package wallet

import (
	"testing"

	"github.com/gero-chain/gero/types"
)

// TestRealProofsVerify pays a coin and a token in one transaction of two bundles with the real prover: the pool of this test verifies
// signatures and proofs.
func TestRealProofsVerify(t *testing.T) {
	r := newRig(t)
	cfg := r.config()
	cfg.prover = nil
	w, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	r.w = w
	r.pool.proofs = true
	r.scan()
	id := r.send("alice",
		Payment{To: r.address("bob"), Value: mustSERO("1.5"), Memo: "proven"},
		Payment{To: r.address("bob"), Value: types.NewAmount(1500), Asset: testToken},
	)
	r.work()
	r.wantState(id, StateSent)
	if n := len(r.pool.txs[0].Bundles); n != 1 && n != 2 {
		t.Fatalf("%d bundles", n)
	}
	r.block()
	r.wantState(id, StateConfirmed)
	r.wantBalance("bob", "6.5", "0", "0")
}

// BenchmarkScan measures blocks of sixty payments read by one account: per operation one block of 180 outputs.
func BenchmarkScan(b *testing.B) {
	r := newRig(b)
	r.sendOne()
	r.work()
	tx := r.pool.take()[0]
	txs := make([]*types.Tx, 60)
	for i := range txs {
		txs[i] = tx
	}
	tip, _ := r.chain.Tip()
	hash := r.chain.mine(b, tip, nil, txs...)
	blocks := []types.AppliedBlock{*r.chain.blocks[hash]}
	accounts := []*account{r.account("carol")}
	trials := 0
	b.ResetTimer()
	for b.Loop() {
		_, n := findAll(accounts, blocks, r.w.cfg.Workers)
		trials += n
	}
	b.ReportMetric(float64(trials)/b.Elapsed().Seconds(), "trials/s")
}

func BenchmarkChoosePlan(b *testing.B) {
	var values []uint64
	for i := range 200 {
		values = append(values, uint64(1_000_000+i))
	}
	coins := natives(values...)
	for b.Loop() {
		if _, why := choosePlan(coins, pay(9_000_000), price1); why != planned {
			b.Fatal(why)
		}
	}
}
