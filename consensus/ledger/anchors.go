package ledger

import (
	"encoding/binary"

	"github.com/gero-chain/gero/types"
)

// AnchorWindow is the number of newest headers whose note roots may anchor a spend.
const AnchorWindow = 512

// AddAnchor makes root, with the tree's size below it, the anchor of a height and forgets the height that leaves the window: afterwards
// the anchors are those for a block at height+1. Heights are added one after another.
func AddAnchor(o *Overlay, height types.Height, root types.NoteRoot, leaves uint64) error {
	if height >= AnchorWindow {
		if err := dropAnchor(o, height-AnchorWindow); err != nil {
			return err
		}
	}
	h := binary.BigEndian.AppendUint64(nil, uint64(height))
	o.Put(key32(keyAnchor, root), h)
	o.Put(key64(keyHeight, uint64(height)), binary.BigEndian.AppendUint64(root[:], leaves))
	return nil
}

func dropAnchor(o *Overlay, height types.Height) error {
	root, _, ok, err := AnchorAt(o, height)
	if err != nil {
		return err
	}
	if !ok {
		return nil // The chain of this ledger starts above that height.
	}
	o.Delete(key64(keyHeight, uint64(height)))
	latest, ok, err := AnchorHeight(o, root)
	if err != nil {
		return err
	}
	if ok && latest == height {
		o.Delete(key32(keyAnchor, root))
	}
	return nil
}

// AnchorHeight returns the latest height with a note root, if that lies in the window.
func AnchorHeight(v View, root types.NoteRoot) (types.Height, bool, error) {
	b, ok, err := read(v, key32(keyAnchor, root), 8)
	if !ok || err != nil {
		return 0, false, err
	}
	return types.Height(binary.BigEndian.Uint64(b)), true, nil
}

// AnchorAt returns the note root of a height and the number of leaves below it, if the height lies in the window. With them a wallet
// computes a Path for that anchor.
func AnchorAt(v View, height types.Height) (root types.NoteRoot, leaves uint64, ok bool, err error) {
	b, ok, err := read(v, key64(keyHeight, uint64(height)), 40)
	if !ok || err != nil {
		return root, 0, false, err
	}
	return types.NoteRoot(b[:32]), binary.BigEndian.Uint64(b[32:]), true, nil
}
