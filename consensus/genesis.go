package consensus

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/note"
)

// ErrGenesis reports a network whose genesis cannot be built or is not the pinned one. Nothing can be done with such a network.
var ErrGenesis = errors.New("genesis not the network's")

const labelGenesis = "genesis"

// Genesis builds a network's first block with the State and the Outcome on an empty ledger, and holds it to the pinned hash.
func Genesis(net *params.Network) (*types.Block, *State, *Outcome, error) {
	ov := ledger.NewOverlay(ledger.MapView{})
	leaves, pools, assets, err := genesisNotes(ov, net.Genesis.Notes)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	h := &types.Header{
		Version:       types.HeaderVersion,
		Time:          net.Genesis.Time,
		Difficulty:    net.Genesis.Difficulty,
		GasLimit:      net.Genesis.GasLimit,
		StateRoot:     types.EmptyStateRoot,
		NullifierRoot: ledger.Range{}.Root(),
		PoolRoot:      pools,
		Extra:         []byte(net.Genesis.Extra),
		Mix:           genesisMix(net),
	}
	if err := extraSmall(net, nil, h); err != nil {
		return nil, nil, nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	if h.NoteRoot, err = ledger.Root(ov, uint64(len(leaves))); err != nil {
		return nil, nil, nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	body := new(types.Body)
	h.BodyRoot = body.Root(types.BlockHash{}) // No transaction, so no genesis hash goes into it.
	if err := ledger.AddAnchor(ov, 0, h.NoteRoot, uint64(len(leaves))); err != nil {
		return nil, nil, nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	diff, err := ov.Diff()
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%w: %w", ErrGenesis, err)
	}
	hash := h.Hash()
	if !net.GenesisHash.IsZero() && hash != net.GenesisHash {
		return nil, nil, nil, fmt.Errorf("%w: %s has hash %s, pinned is %s", ErrGenesis, net.Name, hash, net.GenesisHash)
	}
	state := &State{Genesis: hash, Header: h, Hash: hash, Leaves: uint64(len(leaves)), Assets: assets}
	return &types.Block{Header: h, Body: body}, state, &Outcome{Diff: diff, Leaves: leaves}, nil
}

// genesisMix makes the genesis hash, and with it every signature and proof-bound hash of the chain, commit to what else tells networks
// apart. The genesis has no seal, so its mix is free.
func genesisMix(net *params.Network) types.Mix {
	var b []byte
	b = binary.BigEndian.AppendUint64(b, net.ChainID)
	b = binary.BigEndian.AppendUint64(b, net.OriginID)
	return types.Blake2b(labelGenesis, b, net.TransferKey[:])
}

// genesisNotes issues and appends the notes that exist from the start.
func genesisNotes(ov *ledger.Overlay, notes []params.GenesisNote) (leaves []types.Leaf, root types.PoolRoot, assets uint64, err error) {
	commitments := make([]types.Commitment, len(notes))
	for i, n := range notes {
		cm, err := note.Complete(n.PCM, n.Asset, n.Value)
		if err != nil {
			return nil, root, 0, fmt.Errorf("note %d: %w", i, err)
		}
		commitments[i] = cm
		leaves = append(leaves, types.Leaf{Origin: types.OriginGenesis, Commitment: cm, PCM: n.PCM, Asset: n.Asset, Value: n.Value})
		if assets, err = ledger.Issue(ov, assets, n.Asset, n.Value); err != nil {
			return nil, root, 0, fmt.Errorf("note %d: %w", i, err)
		}
		pool, err := ledger.Pool(ov, n.Asset)
		if err == nil {
			pool, err = pool.Add(n.Value)
		}
		if err == nil {
			root, err = ledger.SetPool(ov, n.Asset, pool)
		}
		if err != nil {
			return nil, root, 0, fmt.Errorf("note %d: %w", i, err)
		}
	}
	if _, err := ledger.Append(ov, 0, commitments); err != nil {
		return nil, root, 0, err
	}
	return leaves, root, assets, nil
}
