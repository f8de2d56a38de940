package ledger

import (
	"fmt"

	"github.com/gero-chain/gero/types"
)

// Pool returns how much of an asset lies in unspent notes.
func Pool(v View, a types.AssetID) (types.Amount, error) { return readAmount(v, key32(keyPool, a)) }

// Issued returns how much of an asset was ever made.
func Issued(v View, a types.AssetID) (types.Amount, error) { return readAmount(v, key32(keyIssued, a)) }

// Burned returns how much of an asset was ever destroyed.
func Burned(v View, a types.AssetID) (types.Amount, error) { return readAmount(v, key32(keyBurned, a)) }

// SetPool stores an asset's pool and brings the pool tree in line; it returns the tree's root.
func SetPool(o *Overlay, a types.AssetID, amount types.Amount) (types.PoolRoot, error) {
	writeAmount(o, key32(keyPool, a), amount)
	return setPoolLeaf(o, a, amount)
}

// Issue adds to what was made of an asset. An asset issued for the first time becomes number assets of the list of all assets. It returns
// the length of the list, and an error wrapping types.ErrAmountRange when the sum would pass 2^128-1.
func Issue(o *Overlay, assets uint64, a types.AssetID, amount types.Amount) (uint64, error) {
	if amount.IsZero() {
		return assets, nil
	}
	issued, err := Issued(o, a)
	if err != nil {
		return assets, err
	}
	if issued.IsZero() {
		o.Put(key64(keyAsset, assets), a[:])
		assets++
	}
	if issued, err = issued.Add(amount); err != nil {
		return assets, fmt.Errorf("issue of asset %s: %w", a, err)
	}
	writeAmount(o, key32(keyIssued, a), issued)
	return assets, nil
}

// Asset returns the asset of an index in the list of all assets, in order of first issue.
func Asset(v View, index uint64) (types.AssetID, error) {
	b, ok, err := read(v, key64(keyAsset, index), 32)
	if err != nil {
		return types.AssetID{}, err
	}
	if !ok {
		return types.AssetID{}, corrupt("asset %d missing from the list", index)
	}
	return types.AssetID(b), nil
}
