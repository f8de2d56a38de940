package ledger

import (
	"github.com/gero-chain/gero/types"
)

// Reward is a block's subsidy and fees on their way to the note tree.
type Reward struct {
	PCM   types.PartialCM
	Value types.Amount // never zero: a block without reward queues none
	Ct    types.Ciphertext
}

const rewardSize = 32 + 16 + types.CiphertextSize

// QueueReward keeps the reward of the block at a height until its time.
func QueueReward(o *Overlay, height types.Height, r *Reward) {
	e := types.NewEncoder(rewardSize)
	e.Raw(r.PCM[:])
	e.Amount(r.Value)
	r.Ct.Encode(e)
	o.Put(key64(keyReward, uint64(height)), e.Bytes())
}

// PendingReward returns the queued reward of the block at a height, or nil when there is none.
func PendingReward(v View, height types.Height) (*Reward, error) {
	b, ok, err := read(v, key64(keyReward, uint64(height)), rewardSize)
	if !ok || err != nil {
		return nil, err
	}
	d := types.NewDecoder(b)
	r := new(Reward)
	d.Raw(r.PCM[:])
	r.Value = d.Amount()
	r.Ct.Decode(d)
	if err := d.Finish(); err != nil || r.Value.IsZero() {
		return nil, corrupt("reward of height %d", height)
	}
	return r, nil
}

// TakeReward removes the queued reward of the block at a height and returns it, or nil when there is none.
func TakeReward(o *Overlay, height types.Height) (*Reward, error) {
	r, err := PendingReward(o, height)
	if r != nil {
		o.Delete(key64(keyReward, uint64(height)))
	}
	return r, err
}
