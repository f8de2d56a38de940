package wallet

import "context"

// NewTestStore returns a Store in memory for tests outside this package.
func NewTestStore() Store { return newMemStore() }

// Step scans, makes what can be made and offers it, as the loops of a started wallet do.
func (w *Wallet) Step(ctx context.Context) error {
	if err := w.Catchup(ctx); err != nil {
		return err
	}
	for {
		w.offerAll()
		worked, err := w.workOne(ctx)
		if !worked || err != nil {
			return err
		}
	}
}
