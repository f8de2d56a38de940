package chain_test

import (
	"encoding/binary"
	"testing"

	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// bigLedger returns a chain on disk whose genesis has so many more notes.
func bigLedger(b *testing.B, notes int) *testkit.Chain {
	b.Helper()
	net := testkit.QuickNetwork()
	for i := range notes {
		var pcm types.PartialCM
		binary.BigEndian.PutUint64(pcm[24:], uint64(i)+1) //nolint:gosec // a count
		net.Genesis.Notes = append(net.Genesis.Notes, params.GenesisNote{PCM: pcm, Asset: types.NativeAsset, Value: types.NewAmount(1)})
	}
	genesis := testkit.OnNetwork(b, net).Genesis()
	db, err := store.Open(b.TempDir(), store.Options{Layout: store.ChainLayout, Network: net.Name, Genesis: genesis, CacheMB: 64})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	return testkit.OnStore(b, net, db)
}

// A block of 60 payments whose proofs the pool has verified, on a ledger of 30,000 notes, on disk. Verifying 60 proofs is measured by
// BenchmarkConnect60Payments of package consensus.
func BenchmarkAddBlock60Payments(b *testing.B) {
	c := bigLedger(b, 30_000)
	b.ResetTimer()
	for range b.N {
		b.StopTimer()
		var txs []*types.Tx
		for range 60 {
			txs = append(txs, c.Unproved(1, price))
		}
		block := c.NextTrusting(1, txs...)
		b.StartTimer()
		c.AddTrusting(block)
	}
}

// Sixty-four blocks of ten payments each, as a wallet asks for them when it catches up.
func BenchmarkUpdatesSince(b *testing.B) {
	c := bigLedger(b, 0)
	for range 64 {
		var txs []*types.Tx
		for range 10 {
			txs = append(txs, c.Unproved(1, price))
		}
		c.MineTrusting(txs...)
	}
	b.ResetTimer()
	for range b.N {
		if u, err := c.UpdatesSince(c.Genesis(), 64); err != nil || len(u.Applied) != 64 {
			b.Fatal(err)
		}
	}
}

// Twenty blocks with ten payments each are taken back for twenty-one others.
func BenchmarkReorg20(b *testing.B) {
	for range b.N {
		b.StopTimer()
		c := bigLedger(b, 0)
		other := c.ForkTrusting(0)
		for _, side := range []*testkit.Chain{c, other} {
			for range 20 {
				var txs []*types.Tx
				for range 10 {
					txs = append(txs, side.Unproved(1, price))
				}
				side.MineTrusting(txs...)
			}
		}
		for n := types.Height(1); n <= 20; n++ {
			c.AddTrusting(other.At(n))
		}
		last := other.MineTrusting()
		b.StartTimer()
		c.AddTrusting(last)
	}
}
