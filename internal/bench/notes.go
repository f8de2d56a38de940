package bench

import (
	"context"
	"crypto/rand"
	"fmt"
	"runtime"

	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/note"
)

// notes measures what grows with the number of notes: reading and appending them.
func notes(ctx context.Context, o *Options, r *Report) error {
	outputs, err := strangers(256)
	if err != nil {
		return err
	}
	p, err := newPayer(0)
	if err != nil {
		return err
	}
	mine := note.NewReceiver(p.fvk.Incoming())
	i := 0
	one, err := rate(ctx, o.Slice, func() (int, error) {
		s := &outputs[i%len(outputs)]
		i++
		if _, ok := mine.TryDecrypt(s.Ciphertext, s.Commitment); ok {
			return 0, fmt.Errorf("a stranger's note opens")
		}
		return 1, nil
	})
	if err != nil {
		return err
	}
	cores := runtime.NumCPU()
	all, err := rate(ctx, o.Slice, func() (int, error) {
		note.Scan([]*note.Receiver{mine}, outputs, cores)
		return len(outputs), nil
	})
	if err != nil {
		return err
	}
	r.add("trials_core", "trial decryptions on one core", one, "/s", "")
	r.add("trials_all", fmt.Sprintf("trial decryptions on %d cores", cores), all, "/s", "as the wallet scans")
	return appends(ctx, o, r)
}

// strangers returns outputs that open for nobody.
func strangers(n int) ([]note.Sealed, error) {
	ovk, err := note.NewOutgoingKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	out := make([]note.Sealed, n)
	for i := range out {
		d, err := note.DummyOutput(rand.Reader)
		if err != nil {
			return nil, err
		}
		ct, err := d.Encrypt(ovk)
		if err != nil {
			return nil, err
		}
		cm, err := d.Note().Commitment()
		if err != nil {
			return nil, err
		}
		out[i] = note.Sealed{Commitment: cm, Ciphertext: &ct}
	}
	return out, nil
}

// appends measures the note tree as blocks grow it: 540 leaves at a time, and a root after each.
func appends(ctx context.Context, o *Options, r *Report) error {
	const perBlock = 540
	leaves := make([]types.Commitment, perBlock)
	for i := range leaves {
		leaves[i] = types.Commitment(field.EncodeElement(field.FromUint64(uint64(i) + 1))) //nolint:gosec // a small index
	}
	view, size := ledger.MapView{}, uint64(0)
	per, err := rate(ctx, o.Slice, func() (int, error) {
		ov := ledger.NewOverlay(view)
		var err error
		if size, err = ledger.Append(ov, size, leaves); err != nil {
			return 0, err
		}
		if _, err = ledger.Root(ov, size); err != nil {
			return 0, err
		}
		diff, err := ov.Diff()
		if err != nil {
			return 0, err
		}
		diff.Apply(func(k, v []byte) { view[string(k)] = v }, func(k []byte) { delete(view, string(k)) })
		return perBlock, nil
	})
	if err != nil {
		return err
	}
	r.add("tree_appends", "leaves appended to the note tree", per, "/s", fmt.Sprintf("%d at a time, one core", perBlock))
	return nil
}
