package schnorr

import (
	"crypto/rand"
	"math/big"
	"testing"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// TestBatchOfRelatedPoints: whoever signs chooses keys and nonces, so that sums inside the batch meet the identity, equal points and
// opposite points. Addition must have no exception there: a sum that came out as all zeros would pass for the identity, and the forgery
// beside it with it.
func TestBatchOfRelatedPoints(t *testing.T) {
	k, sk := big.NewInt(12345), testKey(t, 1)
	negKey, err := NewSecretKey(new(big.Int).Sub(wantOrder, sk.k.scalar))
	if err != nil {
		t.Fatal(err)
	}
	negK := new(big.Int).Sub(wantOrder, k)
	one := mustKey(t, big.NewInt(1)) // pk = B
	last := mustKey(t, new(big.Int).Sub(wantOrder, big.NewInt(1)))
	msg := testMsg(1)
	item := func(key SecretKey, msg [32]byte, k *big.Int) Item {
		return Item{Tag: TagSpend, PK: key.Public(), Msg: msg, Sig: signNonce(t, key, msg, k)}
	}
	var items []Item
	for range 16 {
		items = append(items,
			item(sk, msg, k), item(negKey, msg, k), item(sk, msg, negK), item(negKey, msg, negK), // R and pk in all signs, over and over
			item(one, msg, big.NewInt(1)), item(last, msg, big.NewInt(1)), // R and pk are B and -B, the base of the left side
			item(one, msg, sk.k.scalar), item(sk, msg, big.NewInt(1)), // one's R is the other's pk
		)
	}
	wantBad(t, items, nil)
	for _, at := range []int{0, 13, len(items) - 1} {
		forged := append([]Item(nil), items...)
		forged[at].Msg[0] ^= 1
		wantBad(t, forged, []int{at})
	}
	// All of them forged alike: the same fault everywhere must not cancel.
	forged, all := append([]Item(nil), items...), []int(nil)
	for i := range forged {
		s := new(big.Int).SetBytes(forged[i].Sig[32:])
		s.Add(s, big.NewInt(int64(1-2*(i%2)))).Mod(s, wantOrder)
		enc := field.EncodeScalar(s)
		copy(forged[i].Sig[32:], enc[:])
		all = append(all, i)
	}
	wantBad(t, forged, all)
}

func mustKey(t testing.TB, scalar *big.Int) SecretKey {
	t.Helper()
	key, err := NewSecretKey(scalar)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestRelatedKeys: a bundle's key is rk = ak + [alpha]B. Who has seen signatures under one rk and knows the difference to another must not
// make signatures of the other from them: the challenge covers the key.
func TestRelatedKeys(t *testing.T) {
	sk, delta, msg := testKey(t, 2), big.NewInt(99), testMsg(2)
	other := mustKey(t, new(big.Int).Mod(new(big.Int).Add(sk.k.scalar, delta), wantOrder))
	sig, err := Sign(TagSpend, sk, msg, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, pk := range []types.Point{sk.Public(), other.Public()} { // whichever key the forger puts into the challenge
		c := challenge(TagSpend, [32]byte(sig[:32]), pk, msg)
		s := new(big.Int).SetBytes(sig[32:])
		s.Add(s, c.Mul(c, delta)).Mod(s, wantOrder)
		forged, enc := sig, field.EncodeScalar(s)
		copy(forged[32:], enc[:])
		wantErr(t, Verify(TagSpend, other.Public(), msg, forged), ErrSignature)
	}
}
