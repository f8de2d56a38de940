package mempool

import (
	"errors"
	"sync/atomic"
	"testing"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/types"
)

// rig is a pool on a real chain whose prover takes everything, after what the test wants to happen before it does.
type rig struct {
	*Pool
	c      *testkit.Chain
	proved atomic.Int32
	before func(*consensus.CheapTx) error // nil, or its error is the prover's
}

func newRig(t testing.TB) *rig {
	t.Helper()
	r := &rig{c: testkit.Quick(t)}
	r.Pool = newPool(r.c.Net, r.c.Manager, r.verify)
	return r
}

func (r *rig) verify(tx *consensus.CheapTx) (*consensus.CheckedTx, error) {
	r.proved.Add(1)
	if r.before != nil {
		if err := r.before(tx); err != nil {
			return nil, err
		}
	}
	return r.c.Trust(tx.Tx()), nil
}

// gwei is a gas price of n times the floor, in Ta.
func gwei(n uint64) types.Amount { return types.NewAmount(n * 1_000_000_000) }

func (r *rig) add(t testing.TB, tx *types.Tx) {
	t.Helper()
	id, err := r.Add(tx)
	if err != nil {
		t.Fatal(err)
	}
	if id != tx.ID(r.c.Genesis()) {
		t.Fatalf("id: got %s, want %s", id, tx.ID(r.c.Genesis()))
	}
}

func (r *rig) refuse(t testing.TB, what string, tx *types.Tx, want error) {
	t.Helper()
	if _, err := r.Add(tx); !errors.Is(err, want) {
		t.Fatalf("%s: got %v, want %v", what, err, want)
	}
}

func (r *rig) follow(t testing.TB) {
	t.Helper()
	if err := r.Follow(); err != nil {
		t.Fatal(err)
	}
}

// wantPool fails unless exactly these wait, in this order, and the books are right.
func (r *rig) wantPool(t testing.TB, what string, want ...*types.Tx) {
	t.Helper()
	pending := r.Pending()
	var bytes, bundles int
	for i, tx := range pending {
		bytes, bundles = bytes+tx.Size(), bundles+len(tx.Tx().Bundles)
		if i < len(want) && tx.WID() != want[i].WID() {
			t.Errorf("%s: transaction %d is another one", what, i)
		}
		if !r.Has(tx.ID()) || r.Get(tx.ID()) != tx || r.Checked()(tx.WID()) != tx {
			t.Errorf("%s: transaction %d is not found", what, i)
		}
	}
	if len(pending) != len(want) {
		t.Fatalf("%s: %d transactions wait, want %d", what, len(pending), len(want))
	}
	if got, want := r.Status(), (Status{len(want), bytes, bundles}); got != want {
		t.Errorf("%s: status %+v, want %+v", what, got, want)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if got := len(r.spends); got != 3*bundles {
		t.Errorf("%s: %d nullifiers, want %d", what, got, 3*bundles)
	}
	if len(r.flights) != 0 {
		t.Errorf("%s: %d additions never ended", what, len(r.flights))
	}
}

// conflicting returns a payment that spends a note of each of others.
func (r *rig) conflicting(bundles int, price types.Amount, others ...*types.Tx) *types.Tx {
	tx := r.c.Unproved(bundles, price)
	for i, o := range others {
		tx.Bundles[0].Nullifiers[i] = o.Bundles[0].Nullifiers[0]
	}
	return tx
}

// wantPolicy fails unless err is a PolicyError with a hint.
func wantPolicy(t testing.TB, what string, err error) {
	t.Helper()
	var p *PolicyError
	if !errors.As(err, &p) || p.Hint == "" {
		t.Fatalf("%s: got %v, want a policy error that says what to do", what, err)
	}
}
