package consensus

import (
	"errors"
	"fmt"

	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/types"
)

// BugError reports that the node itself is wrong: its books do not add up. It is never a verdict on a block, and the node must stop.
type BugError struct{ Reason string }

// Error returns the reason.
func (e *BugError) Error() string { return "bug: " + e.Reason }

// Class returns ClassNode.
func (e *BugError) Class() rule.Class { return rule.ClassNode }

// isVerdict reports whether an error says something about a transaction or block.
func isVerdict(err error) bool {
	var r *rule.Error
	return errors.As(err, &r)
}

// Supply is the whole of one asset after a block, in its smallest unit. What was issued and not burned must be somewhere:
// Issued - Burned = Pool + Contracts + Immature.
type Supply struct {
	Asset      types.AssetID
	Issued     types.Amount
	Burned     types.Amount
	Pool       types.Amount // in unspent notes
	Contracts  types.Amount // in contracts' and callers' accounts; zero before calls
	Immature   types.Amount // in pending rewards; the coin only
	Bonded     types.Amount // the part of Contracts that is bonds of licences; zero before licences
	Consistent bool
	Height     types.Height
}

// String returns the sums in one line.
func (s Supply) String() string {
	return fmt.Sprintf("issued %s, burned %s, pool %s, contracts %s, immature %s", s.Issued, s.Burned, s.Pool, s.Contracts, s.Immature)
}

// SupplyOf returns the supply of an asset; one never issued has zeros. state and v belong together.
func SupplyOf(v ledger.View, state *State, a types.AssetID) (Supply, error) {
	s := Supply{Asset: a, Height: state.Height()}
	var err error
	if s.Issued, err = ledger.Issued(v, a); err != nil {
		return s, err
	}
	if s.Burned, err = ledger.Burned(v, a); err != nil {
		return s, err
	}
	if s.Pool, err = ledger.Pool(v, a); err != nil {
		return s, err
	}
	if a == types.NativeAsset {
		s.Immature = state.Immature
	}
	left, errLeft := s.Issued.Sub(s.Burned)
	there, errThere := types.SumAmounts(s.Pool, s.Contracts, s.Immature)
	s.Consistent = errLeft == nil && errThere == nil && left == there
	return s, nil
}

// Audit returns the supply of every asset ever issued, in order of first issue. It reads four values per asset.
func Audit(v ledger.View, state *State) ([]Supply, error) {
	all := make([]Supply, 0, state.Assets)
	for i := range state.Assets {
		a, err := ledger.Asset(v, i)
		if err != nil {
			return nil, err
		}
		s, err := SupplyOf(v, state, a)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}
