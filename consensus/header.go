package consensus

import (
	"errors"

	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// ErrNotChild reports a header checked against a header that is not its parent: a mistake of the caller.
var ErrNotChild = errors.New("header checked against a header that is not its parent")

// CheckHeader checks a header against its parent, seal included. The genesis header has no parent and is never checked.
//
// Whether a header's time lies too far ahead of the clock (net.FutureTime) is not a rule but a reason to wait, and the chain's to ask.
func CheckHeader(net *params.Network, parent, h *types.Header, seal SealVerifier) error {
	if err := CheckHeaderFields(net, parent, h); err != nil {
		return err
	}
	return CheckSeal(h, seal)
}

// CheckHeaderFields is CheckHeader without the seal: all that is cheap.
func CheckHeaderFields(net *params.Network, parent, h *types.Header) error {
	if h.Parent != parent.Hash() {
		return ErrNotChild
	}
	checks := []func(*params.Network, *types.Header, *types.Header) error{
		headerVersionKnown,
		numberFollows,
		timeAfterParent,
		difficultyFollows,
		gasLimitWithinStep,
		gasUsedWithinLimit,
		extraSmall,
		coinbasePCMCanonical,
		votesAllowed,
		licenceRootOfEpoch,
		activeLicencesOfEpoch,
	}
	for _, check := range checks {
		if err := check(net, parent, h); err != nil {
			return err
		}
	}
	return nil
}

// B1: version is 1.
func headerVersionKnown(_ *params.Network, _, h *types.Header) error {
	if h.Version != types.HeaderVersion {
		return rule.New(rule.HeaderVersion, "%d, want %d", h.Version, types.HeaderVersion)
	}
	return nil
}

// B2: number is the parent's plus one.
func numberFollows(_ *params.Network, parent, h *types.Header) error {
	if h.Number != parent.Number+1 || h.Number == 0 {
		return rule.New(rule.BlockNumber, "%d after %d", h.Number, parent.Number)
	}
	return nil
}

// B3: time is greater than the parent's.
func timeAfterParent(_ *params.Network, parent, h *types.Header) error {
	if h.Time <= parent.Time {
		return rule.New(rule.TimeNotAfter, "%d after %d", h.Time, parent.Time)
	}
	return nil
}

// B4: difficulty is what the retarget rule gives.
func difficultyFollows(net *params.Network, parent, h *types.Header) error {
	want := pow.NextDifficulty(net, parent.Time, parent.Number)
	if h.Difficulty != want {
		return rule.New(rule.DifficultyWrong, "%s, want %s", h.Difficulty.Dec(), want.Dec())
	}
	return nil
}

// B7: the gas limit lies between 10^6 and 2^40 and differs from the parent's by less than a 1,024th of that.
func gasLimitWithinStep(_ *params.Network, parent, h *types.Header) error {
	if h.GasLimit < params.MinGasLimit || h.GasLimit > params.MaxGasLimit {
		return rule.New(rule.GasLimitStep, "%d outside [%d, %d]", h.GasLimit, params.MinGasLimit, uint64(params.MaxGasLimit))
	}
	step := max(h.GasLimit, parent.GasLimit) - min(h.GasLimit, parent.GasLimit)
	if step != 0 && step >= parent.GasLimit/params.GasStep {
		return rule.New(rule.GasLimitStep, "%d after %d", h.GasLimit, parent.GasLimit)
	}
	return nil
}

// B8: gas used is at most the gas limit.
func gasUsedWithinLimit(_ *params.Network, _, h *types.Header) error {
	if h.GasUsed > h.GasLimit {
		return rule.New(rule.GasUsedLimit, "%d of %d", h.GasUsed, h.GasLimit)
	}
	return nil
}

// B9: extra is at most 32 bytes.
func extraSmall(_ *params.Network, _, h *types.Header) error {
	if len(h.Extra) > types.MaxExtra {
		return rule.New(rule.ExtraSize, "%d bytes, limit %d", len(h.Extra), types.MaxExtra)
	}
	return nil
}

// B10: the coinbase pcm is canonical and not zero.
func coinbasePCMCanonical(_ *params.Network, _, h *types.Header) error {
	if _, err := field.DecodeElement(h.CoinbasePCM); err != nil {
		return rule.Wrap(rule.CoinbasePCM, err, "%s", h.CoinbasePCM)
	}
	if h.CoinbasePCM.IsZero() {
		return rule.New(rule.CoinbasePCM, "zero")
	}
	return nil
}

// B11: no votes until the rules say otherwise.
func votesAllowed(net *params.Network, _, h *types.Header) error {
	if h.Votes != 0 && !net.Rules(h.Number).Votes {
		return rule.New(rule.VotesInactive, "%d votes", h.Votes)
	}
	return nil
}

// B12: the licence root is that of the epoch: zero before votes.
func licenceRootOfEpoch(net *params.Network, _, h *types.Header) error {
	if !h.LicenceRoot.IsZero() && !net.Rules(h.Number).Votes {
		return rule.New(rule.LicenceRoot, "%s, want zero", h.LicenceRoot)
	}
	return nil
}

// B13: the number of active licences is that of the epoch: zero before votes.
func activeLicencesOfEpoch(net *params.Network, _, h *types.Header) error {
	if h.ActiveLicences != 0 && !net.Rules(h.Number).Votes {
		return rule.New(rule.ActiveLicences, "%d, want 0", h.ActiveLicences)
	}
	return nil
}
