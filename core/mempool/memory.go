package mempool

import (
	"math/big"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/types"
)

func bigInt(n int64) *big.Int { return big.NewInt(n) }

// rejects remembers why transactions were refused, forgetting the oldest; so bytes sent again and again cost one check.
type rejects struct {
	why   map[types.WTxID]*rule.Error
	order []types.WTxID // a ring once full
	next  int
}

func (r *rejects) add(wid types.WTxID, e *rule.Error) {
	if r.why == nil {
		r.why = make(map[types.WTxID]*rule.Error)
	}
	if _, known := r.why[wid]; known {
		return
	}
	if len(r.order) < maxRejects {
		r.order = append(r.order, wid)
	} else {
		delete(r.why, r.order[r.next])
		r.order[r.next] = wid
		r.next = (r.next + 1) % maxRejects
	}
	r.why[wid] = e
}

func (r *rejects) find(wid types.WTxID) *rule.Error { return r.why[wid] }
