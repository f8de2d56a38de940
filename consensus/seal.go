package consensus

import (
	"github.com/holiman/uint256"

	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/types"
)

// SealVerifier checks proof of work; the light verifier of consensus/pow is one, and whoever checks headers owns it. VerifySeal looks at
// the cheap result before the expensive mix, and returns a *rule.Error of kind sealTarget or sealMix when the seal does not hold. Any other
// error is no verdict.
type SealVerifier interface {
	VerifySeal(number types.Height, seal types.SealHash, nonce types.Nonce, mix types.Mix, target *uint256.Int) error
}

// CheckSeal checks a header's proof of work against its own difficulty: B5, the seal's result meets the target; B6, the mix is what Gerohash
// gives for seal hash and nonce. While no votes are wanted, the target is not shifted.
func CheckSeal(h *types.Header, seal SealVerifier) error {
	return seal.VerifySeal(h.Number, h.SealHash(), h.Nonce, h.Mix, pow.Target(h.Difficulty))
}
