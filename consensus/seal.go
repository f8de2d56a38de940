package consensus

import (
	"github.com/holiman/uint256"

	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// SealVerifier checks proof of work; the light verifier of consensus/pow is one, and whoever checks headers owns it. VerifySeal looks at
// the cheap result before the expensive mix, and returns a *rule.Error of kind sealTarget or sealMix when the seal does not hold.
type SealVerifier interface {
	VerifySeal(number types.Height, seal types.SealHash, nonce types.Nonce, mix types.Mix, target *uint256.Int) error
}

// CheckSeal checks a header's proof of work against its own difficulty (B5, B6).
func CheckSeal(h *types.Header, seal SealVerifier) error {
	return seal.VerifySeal(h.Number, h.SealHash(), h.Nonce, h.Mix, target(h.Difficulty))
}

// target returns floor(2^256/difficulty), or 2^256-1 where that has no 256-bit form.
func target(d types.Difficulty) *uint256.Int {
	all := new(uint256.Int).SetAllOne()
	if d.LtUint64(2) {
		return all
	}
	// floor(2^256/d) is floor((2^256-1)/d), except where d divides 2^256.
	q, r := new(uint256.Int).DivMod(all, &d.Int, new(uint256.Int))
	if r.AddUint64(r, 1).Eq(&d.Int) {
		q.AddUint64(q, 1)
	}
	return q
}

// nextDifficulty returns the difficulty of the child of a header.
func nextDifficulty(net *params.Network, parent *types.Header) types.Difficulty {
	return parent.Difficulty
}
