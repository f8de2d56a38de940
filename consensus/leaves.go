package consensus

import (
	"fmt"

	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/consensus/reward"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/note"
)

// BlockReward returns what a block earns its miner, in Ta: the subsidy of its height and all fees. It fails only on a block that is not
// valid.
func BlockReward(net *params.Network, b *types.Block) (types.Amount, error) {
	sum := reward.Subsidy(net.Reward, b.Header.Number)
	for i, tx := range b.Body.Txs {
		fee, err := paidIn(tx)
		if err == nil {
			sum, err = sum.Add(fee)
		}
		if err != nil {
			return types.Amount{}, fmt.Errorf("transaction %d: %w", i, err)
		}
	}
	return sum, nil
}

// paidIn returns the coins that a transaction without a call takes out of the pool for its fee.
func paidIn(tx *types.Tx) (types.Amount, error) {
	values := make([]types.Amount, len(tx.Bundles))
	for i := range tx.Bundles {
		values[i] = tx.Bundles[i].ValueNative
	}
	return types.SumAmounts(values...)
}

// BlockLeaves returns the leaves that a valid block appended, in order, from blocks alone. matured is the block whose reward matures in b,
// the one net.Reward.Delay heights below; nil when that would be the genesis or earlier. The leaves of the genesis come from its
// Outcome.
func BlockLeaves(net *params.Network, b, matured *types.Block) ([]types.Leaf, error) {
	var leaves []types.Leaf
	if matured != nil {
		value, err := BlockReward(net, matured)
		if err != nil {
			return nil, err
		}
		if !value.IsZero() {
			h := matured.Header
			leaf, err := coinbaseLeaf(h.Number, &ledger.Reward{PCM: h.CoinbasePCM, Value: value, Ct: h.CoinbaseCt})
			if err != nil {
				return nil, err
			}
			leaves = append(leaves, leaf)
		}
	}
	for i, tx := range b.Body.Txs {
		leaves = appendOutputs(leaves, i, tx)
	}
	return leaves, nil
}

// coinbaseLeaf completes the note of a matured reward.
func coinbaseLeaf(source types.Height, r *ledger.Reward) (types.Leaf, error) {
	cm, err := note.Complete(r.PCM, types.NativeAsset, r.Value)
	if err != nil {
		return types.Leaf{}, fmt.Errorf("reward of block %d: %w", source, err)
	}
	return types.Leaf{
		Origin:     types.OriginCoinbase,
		Commitment: cm,
		Ct:         &r.Ct,
		PCM:        r.PCM,
		Asset:      types.NativeAsset,
		Value:      r.Value,
		Source:     source,
	}, nil
}

// appendOutputs adds the leaves of a block's transaction number i: every output in order.
func appendOutputs(leaves []types.Leaf, i int, tx *types.Tx) []types.Leaf {
	for j := range tx.Bundles {
		b := &tx.Bundles[j]
		for k := range b.Commitments {
			leaves = append(leaves, types.Leaf{
				Origin:     types.OriginOutput,
				Commitment: b.Commitments[k],
				Ct:         &b.Ciphertexts[k],
				Tx:         i,
			})
		}
	}
	return leaves
}
