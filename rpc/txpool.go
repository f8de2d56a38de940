package rpc

import (
	"context"
	"fmt"

	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/gero-chain/gero/types"
)

// maxListed bounds the waiting transactions in one answer; txpool_status tells how many there are.
const maxListed = 5_000

// txpool shows waiting transactions in the shapes of geth. Nothing is ever queued, because there are no nonces to wait for.
type txpool struct{ *Server }

func txpoolMethods(s *Server) []method {
	p := txpool{s}
	return []method{
		fn("txpool_status", "How many transactions wait, and how large they are.", p.status),
		fn("txpool_content", "The waiting transactions by sender and nonce, at most 5,000. Senders are one-time addresses and nonces 0.", p.content),
		fn("txpool_inspect", "The same with one line each.", p.inspect),
	}
}

// PoolCount is the pool in numbers.
type PoolCount struct {
	Pending hexutil.Uint64 `json:"pending"`
	Queued  hexutil.Uint64 `json:"queued"`
	Bytes   hexutil.Uint64 `json:"bytes"`
	Bundles hexutil.Uint64 `json:"bundles"`
}

// PoolContent holds transactions by sender and nonce.
type PoolContent[T any] struct {
	Pending map[string]map[string]T `json:"pending"`
	Queued  map[string]map[string]T `json:"queued"`
}

func (p txpool) status(context.Context) (PoolCount, error) {
	s := p.back.Pool.Status()
	return PoolCount{Pending: hexutil.Uint64(s.Count), Bytes: hexutil.Uint64(s.Bytes), Bundles: hexutil.Uint64(s.Bundles)}, nil
}

func (p txpool) content(context.Context) (PoolContent[*EthTx], error) {
	e := eth(p)
	return listed(p, func(tx *types.Tx) *EthTx { return e.tx(&placed{tx: tx}) }), nil
}

func (p txpool) inspect(context.Context) (PoolContent[string], error) {
	return listed(p, func(tx *types.Tx) string {
		return fmt.Sprintf("%d bundles, %d bytes: %d gas x %s Ta, until block %d", len(tx.Bundles), tx.Size(), tx.GasLimit, tx.GasPrice, tx.Expiry)
	}), nil
}

// listed shows the best paid transactions.
func listed[T any](p txpool, show func(*types.Tx) T) PoolContent[T] {
	out := PoolContent[T]{Pending: map[string]map[string]T{}, Queued: map[string]map[string]T{}}
	ids := p.back.Pool.IDs()
	for _, id := range ids[:min(len(ids), maxListed)] {
		if tx := p.back.Pool.Get(id); tx != nil {
			out.Pending[oneTime(id).String()] = map[string]T{"0": show(tx)}
		}
	}
	return out
}
