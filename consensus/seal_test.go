package consensus

import (
	"encoding/binary"
	"errors"
	"testing"

	"github.com/holiman/uint256"

	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/types"
)

// A header sealed for real passes; one with another mix, or whose result is too large, does not.
func TestSealRules(t *testing.T) {
	c := newChain(t, testNet())
	algorithm, err := pow.Gerohash(c.net.Work)
	if err != nil {
		t.Fatal(err)
	}
	light := pow.NewLightVerifier(algorithm)
	cache, err := light.Cache(0)
	if err != nil {
		t.Fatal(err)
	}
	h, parent := c.build().Header, c.tip().Header
	hasher, seal, limit := pow.NewHasher(algorithm), h.SealHash(), pow.Target(types.NewDifficulty(16))
	var good, poor *types.Header
	for n := uint64(0); good == nil || poor == nil; n++ {
		s := h.Copy()
		binary.BigEndian.PutUint64(s.Nonce[:], n)
		var result pow.Result
		s.Mix, result = hasher.Hash(cache.Light(), seal, s.Nonce)
		if pow.Meets(result, limit) {
			good = s
		} else {
			poor = s
		}
	}
	wantKind(t, "good", CheckHeader(c.net, parent, good, light), "")
	wantKind(t, "poor", CheckHeader(c.net, parent, poor, light), rule.SealTarget)
	// Another mix has another result: find one that still meets the target, as cheap forgers would.
	forged := good.Copy()
	for n := uint64(0); ; n++ {
		binary.BigEndian.PutUint64(forged.Mix[:], n)
		err := CheckHeader(c.net, parent, forged, light)
		if errors.Is(err, rule.SealTarget) {
			continue
		}
		wantKind(t, "forged mix", err, rule.SealMix)
		break
	}
	wantKind(t, "fields first", CheckHeader(c.net, parent, func() *types.Header { p := poor.Copy(); p.Version = 2; return p }(), light), rule.HeaderVersion)
}

// recorder notes what it is asked.
type recorder struct{ target *uint256.Int }

func (r *recorder) VerifySeal(_ types.Height, _ types.SealHash, _ types.Nonce, _ types.Mix, target *uint256.Int) error {
	r.target = target
	return nil
}

// A header is held to the difficulty that it states, which is the one the retarget rule gives.
func TestSealTargetIsTheHeaders(t *testing.T) {
	r := new(recorder)
	if err := CheckSeal(&types.Header{Difficulty: types.NewDifficulty(1 << 20)}, r); err != nil {
		t.Fatal(err)
	}
	if want := new(uint256.Int).Lsh(uint256.NewInt(1), 236); !r.target.Eq(want) {
		t.Errorf("target %s, want %s", r.target.Hex(), want.Hex())
	}
}
