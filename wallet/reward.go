package wallet

import (
	"crypto/rand"
	"io"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/note"
)

// Reward makes, for the block after parent, the claim to its reward and the ciphertext beside it.
type Reward func(parent types.BlockHash) (types.PartialCM, types.Ciphertext, error)

// RewardTo returns the reward of one of this wallet's accounts, by id, name or address, or of any other address of the network. An own
// account finds its rewards again from the words and the parents' hashes, so the ciphertext says nothing and only looks as if it did.
func (w *Wallet) RewardTo(account string) (Reward, error) {
	w.mu.Lock()
	a, err := w.find(account)
	w.mu.Unlock()
	if err == nil {
		return ownReward(a.fvk, w.cfg.Rand), nil
	}
	if _, bad := w.parseAddress(account); bad == nil {
		return RewardToAddress(w.cfg.Network.HRP, account, w.cfg.Rand)
	}
	return nil, err
}

func ownReward(fvk note.FullViewingKey, r io.Reader) Reward {
	own := fvk.OwnNote(fvk.DK.CoinbaseRcm(types.BlockHash{}))
	return func(parent types.BlockHash) (types.PartialCM, types.Ciphertext, error) {
		n := own
		n.Rcm = fvk.DK.CoinbaseRcm(parent)
		noise, err := note.DummyOutput(r)
		if err != nil {
			return types.PartialCM{}, types.Ciphertext{}, err
		}
		_, ct, err := sealReward(noise, r)
		return n.PCM(), ct, err
	}
}

// RewardToAddress returns the reward of an address whose keys are elsewhere: its owner finds it by the ciphertext. The address must be of
// the network whose addresses begin with hrp; a nil r means crypto/rand.
func RewardToAddress(hrp, address string, r io.Reader) (Reward, error) {
	to, err := ParseAddress(hrp, address)
	if err != nil {
		return nil, err
	}
	if r == nil {
		r = rand.Reader
	}
	return func(types.BlockHash) (types.PartialCM, types.Ciphertext, error) {
		out, err := note.NewOutput(r, to, types.NativeAsset, types.Amount{}, note.Memo{})
		if err != nil {
			return types.PartialCM{}, types.Ciphertext{}, err
		}
		return sealReward(out, r)
	}, nil
}

// sealReward encrypts under an outgoing key that nobody keeps.
func sealReward(out note.Output, r io.Reader) (types.PartialCM, types.Ciphertext, error) {
	ovk, err := note.NewOutgoingKey(r)
	if err != nil {
		return types.PartialCM{}, types.Ciphertext{}, err
	}
	return out.EncryptCoinbase(ovk)
}
