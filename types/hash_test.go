package types

import (
	"testing"

	"golang.org/x/crypto/blake2b"
)

func TestBlake2bIsKeyedWithPaddedLabel(t *testing.T) {
	key := make([]byte, 32)
	copy(key, "tx leaf")
	h, err := blake2b.New256(key)
	if err != nil {
		t.Fatal(err)
	}
	h.Write([]byte("hello"))
	if got, want := Blake2b("tx leaf", []byte("hel"), nil, []byte("lo")), [32]byte(h.Sum(nil)); got != want {
		t.Errorf("%x, want %x", got, want)
	}
}

// naiveMerkle is the tree of body.md by recursion over halves: the left side is the largest power of two below the number of leaves.
func naiveMerkle(leaves [][32]byte) [32]byte {
	switch len(leaves) {
	case 0:
		return [32]byte{}
	case 1:
		return leaves[0]
	}
	split := 1
	for split*2 < len(leaves) {
		split *= 2
	}
	l, r := naiveMerkle(leaves[:split]), naiveMerkle(leaves[split:])
	return Blake2b("body node", l[:], r[:])
}

func TestMerkleRootEqualsNaive(t *testing.T) {
	f := &filler{seed: "merkle"}
	var leaves [][32]byte
	for n := range 40 {
		if got, want := merkleRoot("body node", leaves), naiveMerkle(leaves); got != want {
			t.Errorf("%d leaves: %x, want %x", n, got, want)
		}
		leaves = append(leaves, f.b32())
	}
}

// Ids cover the effects, wtxid and body root all bytes, and hashes of one network say nothing on another.
func TestWhatHashesCover(t *testing.T) {
	g := sampleGenesis()
	base := fullTx()
	witness := map[string]func(tx *Tx){
		"proof":          func(tx *Tx) { tx.Bundles[1].Proof[3] ^= 1 },
		"signature":      func(tx *Tx) { tx.Bundles[0].Sig[63] ^= 1 },
		"caller":         func(tx *Tx) { tx.Call.CallerSig[0] ^= 1 },
		"gate proof":     func(tx *Tx) { tx.Call.Gated[1].Proof[0] ^= 1 },
		"release proof":  func(tx *Tx) { tx.Call.Releases[0].Proof[191] ^= 1 },
		"second wtxid":   func(tx *Tx) { tx.Bundles[0].Proof[0] ^= 1 },
		"other sig byte": func(tx *Tx) { tx.Bundles[0].Sig[0] ^= 1 },
	}
	for name, change := range witness {
		tx := fullTx()
		change(tx)
		if tx.ID(g) != base.ID(g) || tx.SigHash(g) != base.SigHash(g) {
			t.Errorf("%s changes the txid or the sighash", name)
		}
		if tx.WID() == base.WID() {
			t.Errorf("%s does not change the wtxid", name)
		}
		if (&Body{Txs: []*Tx{tx}}).Root(g) == (&Body{Txs: []*Tx{base}}).Root(g) {
			t.Errorf("%s does not change the body root", name)
		}
	}
	effects := map[string]func(tx *Tx){
		"version":        func(tx *Tx) { tx.Version++ },
		"chain id":       func(tx *Tx) { tx.ChainID++ },
		"expiry":         func(tx *Tx) { tx.Expiry++ },
		"gas limit":      func(tx *Tx) { tx.GasLimit++ },
		"gas price":      func(tx *Tx) { tx.GasPrice = NewAmount(1) },
		"anchor":         func(tx *Tx) { tx.Bundles[0].Anchor[0] ^= 1 },
		"nullifier":      func(tx *Tx) { tx.Bundles[0].Nullifiers[2][0] ^= 1 },
		"commitment":     func(tx *Tx) { tx.Bundles[1].Commitments[0][0] ^= 1 },
		"rk":             func(tx *Tx) { tx.Bundles[1].RK[0] ^= 1 },
		"value":          func(tx *Tx) { tx.Bundles[1].ValueNative = NewAmount(1) },
		"token value":    func(tx *Tx) { tx.Bundles[1].ValueToken = NewAmount(1) },
		"asset":          func(tx *Tx) { tx.Bundles[1].PubAsset[0] ^= 1 },
		"ciphertext":     func(tx *Tx) { tx.Bundles[1].Ciphertexts[2].Out[111] ^= 1 },
		"bundle missing": func(tx *Tx) { tx.Bundles = tx.Bundles[:1] },
		"call missing":   func(tx *Tx) { tx.Call = nil },
		"call to":        func(tx *Tx) { tx.Call.To[0] ^= 1 },
		"creation":       func(tx *Tx) { tx.Call.To = nil },
		"call data":      func(tx *Tx) { tx.Call.Data[0] ^= 1 },
		"call value":     func(tx *Tx) { tx.Call.ValueN = NewAmount(1) },
		"caller key":     func(tx *Tx) { tx.Call.CallerPK[0] ^= 1 },
		"refund":         func(tx *Tx) { tx.Call.RefundPCM[0] ^= 1 },
		"gated":          func(tx *Tx) { tx.Call.Gated[0].EncOp[95] ^= 1 },
		"gated flags":    func(tx *Tx) { tx.Call.Gated[0].Flags++ },
		"gated refund":   func(tx *Tx) { tx.Call.Gated[0].RefundAfter++ },
		"release":        func(tx *Tx) { tx.Call.Releases[0].VPub = NewAmount(1) },
		"release text":   func(tx *Tx) { tx.Call.Releases[0].CtB.EPK[0] ^= 1 },
		"args":           func(tx *Tx) { tx.Call.ArgsCommit[0] ^= 1 },
		"encrypted args": func(tx *Tx) { tx.Call.EncArgs[0] ^= 1 },
	}
	for name, change := range effects {
		tx := fullTx()
		change(tx)
		if tx.ID(g) == base.ID(g) || tx.SigHash(g) == base.SigHash(g) || tx.WID() == base.WID() {
			t.Errorf("%s does not change every hash", name)
		}
	}
	other := BlockHash{1}
	if base.ID(g) == base.ID(other) || base.SigHash(g) == base.SigHash(other) || [32]byte(base.ID(g)) == [32]byte(base.SigHash(g)) {
		t.Error("ids of two networks, or id and sighash, are equal")
	}
	h := fullHeader()
	sealed := h.Copy()
	sealed.Nonce[7] ^= 1
	sealed.Mix[0] ^= 1
	if sealed.SealHash() != h.SealHash() || sealed.Hash() == h.Hash() {
		t.Error("seal hash must not cover nonce and mix, block hash must")
	}
	h.Extra[0] ^= 1
	if sealed.SealHash() == h.SealHash() {
		t.Error("seal hash does not cover the extra field")
	}
	full := fullBody()
	for name, b := range map[string]*Body{
		"votes swapped": {Votes: []Vote{full.Votes[1], full.Votes[0], full.Votes[2], full.Votes[3], full.Votes[4]}, Txs: full.Txs},
		"vote missing":  {Votes: full.Votes[:4], Txs: full.Txs},
		"tx missing":    {Votes: full.Votes, Txs: full.Txs[:2]},
		"tx repeated":   {Votes: full.Votes, Txs: append(full.Txs[:3:3], full.Txs[2])},
	} {
		if b.Root(g) == full.Root(g) {
			t.Errorf("%s: same body root", name)
		}
	}
}
