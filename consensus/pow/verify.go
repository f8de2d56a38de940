package pow

import (
	"sync"

	"github.com/holiman/uint256"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/types"
)

// keptCaches is how many epochs a LightVerifier remembers: one on either side of a boundary, and one for a fork or an old block that
// somebody asks about. A betanet cache takes 16 MiB.
const keptCaches = 3

// LightVerifier checks seals with caches alone: under a millisecond each, after a third of a second for the first of an epoch. Its owner
// decides how long it lives; it starts no goroutine and needs no closing. It is safe for concurrent use.
type LightVerifier struct {
	algorithm *Algorithm
	hashers   sync.Pool

	mu     sync.Mutex
	caches []*epochCache // most recently used first
}

// epochCache is built by whoever asks first, while others wait for it and not for the verifier's lock.
type epochCache struct {
	epoch Epoch
	once  sync.Once
	cache *Cache
	err   error
}

// NewLightVerifier returns a verifier without any cache yet.
func NewLightVerifier(a *Algorithm) *LightVerifier {
	v := &LightVerifier{algorithm: a}
	v.hashers.New = func() any { return NewHasher(a) }
	return v
}

// VerifySeal checks the proof of work of a header: first, with two hashes, that the result meets the target (rule.SealTarget), then that
// the mix is the one that seal hash and nonce give (rule.SealMix). Every error is a *rule.Error.
func (v *LightVerifier) VerifySeal(
	number types.Height, seal types.SealHash, nonce types.Nonce, mix types.Mix, target *uint256.Int,
) error {
	h := v.hashers.Get().(*Hasher)
	defer v.hashers.Put(h)
	if err := h.quickCheck(seal, nonce, mix, target); err != nil {
		return err
	}
	c, err := v.Cache(v.algorithm.Epoch(number))
	if err != nil {
		return rule.Wrap(rule.SealMix, err, "height %d", number)
	}
	return h.mixCheck(c, seal, nonce, mix)
}

// Cache returns the cache of an epoch, building it if it is not among the last few that were asked for. An epoch out of range is
// ErrEpoch.
func (v *LightVerifier) Cache(e Epoch) (*Cache, error) {
	c := v.entry(e)
	c.once.Do(func() { c.cache, c.err = NewCache(v.algorithm, e) })
	return c.cache, c.err
}

// entry moves the epoch's entry to the front, making it and forgetting the last if need be.
func (v *LightVerifier) entry(e Epoch) *epochCache {
	v.mu.Lock()
	defer v.mu.Unlock()
	found := &epochCache{epoch: e}
	rest := make([]*epochCache, 0, keptCaches)
	for _, c := range v.caches {
		if c.epoch == e {
			found = c
		} else {
			rest = append(rest, c)
		}
	}
	v.caches = append([]*epochCache{found}, rest[:min(len(rest), keptCaches-1)]...)
	return found
}

// mixCheck computes the mix from the cache.
func (h *Hasher) mixCheck(c *Cache, seal types.SealHash, nonce types.Nonce, mix types.Mix) error {
	if want, _ := h.Hash(c.Light(), seal, nonce); want != mix {
		return rule.New(rule.SealMix, "%s, want %s", mix, want)
	}
	return nil
}
