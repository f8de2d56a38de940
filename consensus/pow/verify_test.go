package pow

import (
	"errors"
	"sync"
	"testing"

	"github.com/holiman/uint256"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/types"
)

func TestVerifySeal(t *testing.T) {
	a := gerohash(t, tinyWork())
	v := NewLightVerifier(a)
	seal := types.SealHash{4, 5, 6}
	target := Target(types.NewDifficulty(8))
	h := NewHasher(a)
	for _, height := range []types.Height{0, 99, 100, 950} {
		c := cache(t, a, Epoch(height/100))
		number := uint64(0)
		mix, result := h.Hash(c.Light(), seal, nonce(number))
		for !Meets(result, target) {
			number++
			mix, result = h.Hash(c.Light(), seal, nonce(number))
		}
		if err := v.VerifySeal(height, seal, nonce(number), mix, target); err != nil {
			t.Errorf("height %d: a good seal: %v", height, err)
		}
		if err := v.VerifySeal(height, seal, nonce(number), mix, uint256.NewInt(1)); !errors.Is(err, rule.SealTarget) {
			t.Errorf("height %d: above target: %v, want sealTarget", height, err)
		}
		wrong := mix
		wrong[31] ^= 1
		all := Target(types.NewDifficulty(1))
		if err := v.VerifySeal(height, seal, nonce(number), wrong, all); !errors.Is(err, rule.SealMix) {
			t.Errorf("height %d: wrong mix: %v, want sealMix", height, err)
		}
		if err := v.VerifySeal(height, seal, nonce(number+1), mix, all); !errors.Is(err, rule.SealMix) {
			t.Errorf("height %d: mix of another nonce: %v, want sealMix", height, err)
		}
		if err := v.VerifySeal(height+100, seal, nonce(number), mix, all); !errors.Is(err, rule.SealMix) {
			t.Errorf("height %d: mix of another epoch: %v, want sealMix", height, err)
		}
		if err := v.VerifySeal(height, types.SealHash{4, 5, 7}, nonce(number), mix, all); !errors.Is(err, rule.SealMix) {
			t.Errorf("height %d: mix of another header: %v, want sealMix", height, err)
		}
	}
	all := Target(types.NewDifficulty(1))
	err := v.VerifySeal(1<<63, seal, types.Nonce{}, types.Mix{}, all)
	if !errors.Is(err, rule.SealMix) || !errors.Is(err, ErrEpoch) {
		t.Errorf("height beyond all epochs: %v, want sealMix and ErrEpoch", err)
	}
}

// A header that misses its target is refused before any cache is made.
func TestQuickCheckComesFirst(t *testing.T) {
	v := NewLightVerifier(gerohash(t, tinyWork()))
	err := v.VerifySeal(0, types.SealHash{}, types.Nonce{}, types.Mix{}, uint256.NewInt(1))
	if !errors.Is(err, rule.SealTarget) {
		t.Errorf("got %v, want sealTarget", err)
	}
	if len(v.caches) != 0 {
		t.Error("a cache was made for a header that two hashes refuse")
	}
}

func TestVerifierKeepsFewCaches(t *testing.T) {
	v := NewLightVerifier(gerohash(t, tinyWork()))
	var wait sync.WaitGroup
	for g := range 4 {
		wait.Go(func() {
			for i := range 30 {
				e := Epoch((i + g) % 7)
				if c, err := v.Cache(e); err != nil || c.Epoch() != e {
					t.Errorf("cache of epoch %d: %v", e, err)
				}
			}
		})
	}
	wait.Wait()
	if got := len(v.caches); got != 3 {
		t.Errorf("%d caches kept, want 3", got)
	}
	first, err := v.Cache(3)
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := v.Cache(3); again != first {
		t.Error("the cache just used was made again")
	}
}

// No bytes of a header can make verification panic, and only the engine's own mix passes.
func FuzzVerifySeal(f *testing.F) {
	a, err := Gerohash(tinyWork())
	if err != nil {
		f.Fatal(err)
	}
	v := NewLightVerifier(a)
	h := NewHasher(a)
	f.Add(uint64(0), []byte("seal"), uint64(1), []byte("mix"), uint64(1))
	f.Add(uint64(1)<<63, []byte{}, uint64(0), []byte{}, uint64(0))
	f.Add(uint64(99), []byte{0xff}, ^uint64(0), []byte{1}, uint64(1)<<40)
	f.Fuzz(func(t *testing.T, height uint64, sealBytes []byte, number uint64, mixBytes []byte, difficulty uint64) {
		var seal types.SealHash
		var mix types.Mix
		copy(seal[:], sealBytes)
		copy(mix[:], mixBytes)
		target := Target(types.NewDifficulty(difficulty))
		err := v.VerifySeal(types.Height(height), seal, nonce(number), mix, target)
		var broken *rule.Error
		if err != nil && !errors.As(err, &broken) {
			t.Fatalf("not a rule error: %v", err)
		}
		c, cacheErr := v.Cache(Epoch(height / 100))
		if cacheErr != nil {
			return
		}
		right, result := h.Hash(c.Light(), seal, nonce(number))
		if err == nil && mix != right {
			t.Fatalf("mix %s accepted, want %s", mix, right)
		}
		if err := v.VerifySeal(types.Height(height), seal, nonce(number), right, target); (err == nil) != Meets(result, target) {
			t.Fatalf("right mix, result %s, target %s: %v", result, target.Hex(), err)
		}
	})
}
