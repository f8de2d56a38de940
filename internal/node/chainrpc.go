package node

import (
	"errors"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/core/chain"
	"github.com/gero-chain/gero/core/mempool"
	"github.com/gero-chain/gero/miner"
	"github.com/gero-chain/gero/rpc"
	"github.com/gero-chain/gero/types"
)

// rpcChain is the chain as rpc asks for it.
type rpcChain struct{ *chain.Manager }

func (c rpcChain) Transaction(id types.TxID) (*types.Tx, types.BlockHash, int, error) {
	tx, at, err := c.Manager.Transaction(id)
	return tx, at.Block, at.Index, err
}

func (c rpcChain) Supply(a types.AssetID) (rpc.Supply, error) {
	s, err := c.Manager.Supply(a)
	return rpcSupply(s), err
}

func rpcSupply(s consensus.Supply) rpc.Supply {
	return rpc.Supply{
		Asset: s.Asset, Issued: s.Issued, Burned: s.Burned, Pool: s.Pool, Contracts: s.Contracts,
		Immature: s.Immature, Bonded: s.Bonded, Consistent: s.Consistent, Height: s.Height,
	}
}

// rpcPool is the pool as rpc asks for it.
type rpcPool struct{ *mempool.Pool }

func (p rpcPool) Add(tx *types.Tx) (types.TxID, error) {
	id, err := p.Pool.Add(tx)
	var policy *mempool.PolicyError
	if errors.As(err, &policy) && policy.Hint != "" {
		err = rpc.WithHint(err, policy.Hint)
	}
	return id, err
}

func (p rpcPool) Get(id types.TxID) *types.Tx {
	if tx := p.Pool.Get(id); tx != nil {
		return tx.Tx()
	}
	return nil
}

func (p rpcPool) IDs() []types.TxID {
	pending := p.Pending()
	out := make([]types.TxID, len(pending))
	for i, tx := range pending {
		out[i] = tx.ID()
	}
	return out
}

func (p rpcPool) Status() rpc.PoolStatus {
	s := p.Pool.Status()
	return rpc.PoolStatus{Count: s.Count, Bytes: s.Bytes, Bundles: s.Bundles}
}

// rpcMiner is the miner as rpc asks for it.
type rpcMiner struct {
	*miner.Miner
	node *Node
}

func (m rpcMiner) SetReward(to string) error { return m.node.SetReward(to) }

func (m rpcMiner) Status() rpc.MinerStatus {
	s := m.Miner.Status()
	return rpc.MinerStatus{
		State: string(s.State), Reason: s.Reason, Threads: s.Threads,
		Hashrate:    rpc.Hashrate{S10: s.Hashrate.S10, S60: s.Hashrate.S60, M15: s.Hashrate.M15},
		BlocksFound: s.BlocksFound, LastBlock: s.LastBlock,
	}
}

func (m rpcMiner) Work() (rpc.Work, error) {
	w, err := m.GetWork()
	return rpc.Work{Seal: w.Seal, Epoch: w.Epoch, Seed: w.Seed, Target: w.Target, Height: w.Height}, err
}
