package consensus

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/types"
)

// FuzzConnect damages a valid block, repairs its body root so that damage gets past it, and runs every stage. Whatever happens, it is a
// verdict or a block whose effect can be taken back, and never a panic or a fault of the node.
func FuzzConnect(f *testing.F) {
	c := newChain(f, testNet())
	c.mine(21)
	block := c.build(c.tx(1), c.tx(2))
	whole := block.Bytes()
	f.Add([]byte{})
	f.Add([]byte{0, 0, 0, 47, 1})                     // time
	f.Add([]byte{0, 0, 0, 99, 0xff, 0, 0, 0, 98, 1})  // gas used
	f.Add([]byte{0, 0, 4, 90, 0x80, 0, 0, 8, 0, 0x7}) // body
	f.Fuzz(func(t *testing.T, munges []byte) {
		b := bytes.Clone(whole)
		for ; len(munges) >= 5; munges = munges[5:] {
			b[binary.BigEndian.Uint32(munges)%uint32(len(b))] ^= munges[4]
		}
		munged, err := types.DecodeBlock(b)
		if err != nil {
			return
		}
		munged.Header.BodyRoot = munged.Body.Root(c.tip().Genesis)
		s, out, err := c.connect(munged)
		switch {
		case err == nil:
			checkUndo(t, c.view, out.Diff)
			if s.Hash != munged.Hash() || s.Header.NoteRoot != munged.Header.NoteRoot {
				t.Error("state is not the block's")
			}
		case !isVerdict(err) && !errors.Is(err, ErrNotChild):
			t.Errorf("no verdict: %v", err)
		}
	})
}

// checkUndo applies and reverts a Diff on an overlay and wants no change left.
func checkUndo(t *testing.T, v ledger.View, d *ledger.Diff) {
	t.Helper()
	o := ledger.NewOverlay(v)
	d.Apply(o.Put, o.Delete)
	d.Revert(o.Put, o.Delete)
	left, err := o.Diff()
	if err != nil || len(left.Changes) != 0 {
		t.Errorf("%d keys changed after revert (%v)", len(left.Changes), err)
	}
}
