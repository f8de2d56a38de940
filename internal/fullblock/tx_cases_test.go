package fullblock

import (
	"math/big"
	"slices"

	"github.com/holiman/uint256"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// txCases break rules of a transaction that are checked before signature and proof. The signature always holds, and so does the proof where
// a valid one can exist: all bundles below but those with a changed part that proofs are about.
func txCases() []ruleCase {
	const height = 3 // of the block that a case makes
	return slices.Concat([]ruleCase{
		// Without a call four bundles end far below the limit, so only an (inactive) call can reach it.
		changed(rule.TxSize, "call data", func(tx *types.Tx) { tx.Call = &types.Call{Data: make([]byte, 128<<10+1)} }),
		changed(rule.TxSize, "encrypted arguments", func(tx *types.Tx) { tx.Call = &types.Call{EncArgs: make([]byte, 16<<10+1)} }),
		changed(rule.TxSize, "gated entries", func(tx *types.Tx) { tx.Call = &types.Call{Gated: make([]types.Gated, 9)} }),
		changed(rule.TxSize, "releases", func(tx *types.Tx) { tx.Call = &types.Call{Releases: make([]types.Release, 5)} }),
		changed(rule.TxVersion, "0", func(tx *types.Tx) { tx.Version = 0 }),
		changed(rule.TxVersion, "2", func(tx *types.Tx) { tx.Version = 2 }),
		changed(rule.TxChain, "betanet's", func(tx *types.Tx) { tx.ChainID = 2019 }),
		changed(rule.BundleCount, "none", func(tx *types.Tx) { tx.Bundles, tx.GasLimit = nil, 21_000 }),
		txCase(rule.BundleCount, "five, all valid", func(c *testkit.Chain) *types.Tx {
			rest := payLeaving(c, "fifth bundle", 5, gas(21_000+5*400_000-4*421_000))
			return payAll(c).Joined(payDust(c), paySplit(c), payMerge(c), rest)
		}),
		changed(rule.CallInactive, "empty call", func(tx *types.Tx) { tx.Call = new(types.Call) }),
		changed(rule.TxExpired, "expiry is the height", func(tx *types.Tx) { tx.Expiry = height }),
		changed(rule.TxExpired, "expiry zero", func(tx *types.Tx) { tx.Expiry = 0 }),
		changed(rule.ExpiryTooFar, "one too far", func(tx *types.Tx) { tx.Expiry = height + 4096 + 1 }),
		changed(rule.ExpiryTooFar, "the last", func(tx *types.Tx) { tx.Expiry = 1<<64 - 1 }),
		changed(rule.CommitmentZero, "last output", func(tx *types.Tx) { tx.Bundles[0].Commitments[2] = types.Commitment{} }),
		changed(rule.NullifierRepeated, "in a bundle", func(tx *types.Tx) { tx.Bundles[0].Nullifiers[2] = tx.Bundles[0].Nullifiers[0] }),
		txCase(rule.NullifierRepeated, "one valid bundle twice", func(c *testkit.Chain) *types.Tx {
			half := payLeaving(c, "half a fee", 4, gas((21_000+2*400_000)/2))
			return half.Joined(half)
		}),
		changed(rule.PubAssetUnused, "asset without value", func(tx *types.Tx) { tx.Bundles[0].PubAsset = types.AssetID{31: 9} }),
		changed(rule.PubAssetUnused, "value without asset", func(tx *types.Tx) { tx.Bundles[0].ValueToken = types.NewAmount(1) }),
		changed(rule.PubAssetNative, "the coin", func(tx *types.Tx) {
			tx.Bundles[0].PubAsset, tx.Bundles[0].ValueToken = types.NativeAsset, types.NewAmount(1)
		}),
		txCase(rule.TokenWithoutCall, "a valid deposit", func(c *testkit.Chain) *types.Tx { return payDeposit(c).Tx }),
		txCase(rule.GasPriceLow, "one Ta below, fee paid", func(c *testkit.Chain) *types.Tx {
			fee, err := types.NewAmount(999_999_999).MulGas(421_000)
			if err != nil {
				c.T.Fatal(err)
			}
			return payLeaving(c, "cheap", 4, fee).Changed(func(tx *types.Tx) { tx.GasPrice = types.NewAmount(999_999_999) })
		}),
		// The fee is the same product, so that it is paid.
		changed(rule.GasNotIntrinsic, "half the gas at twice the price", func(tx *types.Tx) {
			tx.GasLimit, tx.GasPrice = 421_000/2, types.NewAmount(2_000_000_000)
		}),
		changed(rule.FeeMismatch, "twice the price", func(tx *types.Tx) { tx.GasPrice = types.NewAmount(2_000_000_000) }),
		changed(rule.FeeMismatch, "one Ta more leaves", func(tx *types.Tx) {
			tx.Bundles[0].ValueNative = types.NewAmount(421_000*1_000_000_000 + 1)
		}),
	}, pointCases(), aliasCases())
}

// pointCases give rk each fault of a point.
func pointCases() []ruleCase {
	rk := func(name string, change func(c *testkit.Chain, rk types.Point) types.Point) ruleCase {
		return txCase(rule.PointInvalid, name, func(c *testkit.Chain) *types.Tx {
			return payAll(c).Changed(func(tx *types.Tx) { tx.Bundles[0].RK = change(c, tx.Bundles[0].RK) })
		})
	}
	return []ruleCase{
		rk("identity", func(*testkit.Chain, types.Point) types.Point { return field.EncodePoint(field.Identity()) }),
		rk("order two", func(*testkit.Chain, types.Point) types.Point { return field.EncodePoint(orderTwo()) }),
		rk("torsion added", func(c *testkit.Chain, rk types.Point) types.Point {
			p, err := field.DecodePoint(rk)
			if err != nil {
				c.T.Fatal(err)
			}
			return field.EncodePoint(field.Add(p, orderTwo()))
		}),
		rk("y is r", func(*testkit.Chain, types.Point) types.Point {
			var p types.Point
			addModulus(p[:])
			return p
		}),
		rk("zero", func(*testkit.Chain, types.Point) types.Point { return types.Point{} }),
	}
}

// aliasCases add r, and 2r where there is room, to every field element of a bundle. A verifier that reduced them would take one nullifier
// for many.
func aliasCases() []ruleCase {
	elements := []struct {
		name string
		of   func(b *types.Bundle) []byte
	}{
		{"anchor", func(b *types.Bundle) []byte { return b.Anchor[:] }},
		{"nullifier 0", func(b *types.Bundle) []byte { return b.Nullifiers[0][:] }},
		{"nullifier 1", func(b *types.Bundle) []byte { return b.Nullifiers[1][:] }},
		{"nullifier 2", func(b *types.Bundle) []byte { return b.Nullifiers[2][:] }},
		{"commitment 0", func(b *types.Bundle) []byte { return b.Commitments[0][:] }},
		{"commitment 1", func(b *types.Bundle) []byte { return b.Commitments[1][:] }},
		{"commitment 2", func(b *types.Bundle) []byte { return b.Commitments[2][:] }},
		{"public asset", func(b *types.Bundle) []byte { return b.PubAsset[:] }},
	}
	var all []ruleCase
	for _, e := range elements {
		all = append(all,
			changed(rule.FieldNotCanonical, e.name+" + r", func(tx *types.Tx) { addModulus(e.of(&tx.Bundles[0])) }),
			changed(rule.FieldNotCanonical, e.name+" all ones", func(tx *types.Tx) {
				b := e.of(&tx.Bundles[0])
				for i := range b {
					b[i] = 0xff
				}
			}),
		)
	}
	return append(all, changed(rule.FieldNotCanonical, "public asset + 2r", func(tx *types.Tx) {
		addModulus(tx.Bundles[0].PubAsset[:])
		addModulus(tx.Bundles[0].PubAsset[:])
	}))
}

// proofCases break what is checked last: signatures and proofs.
func proofCases() []ruleCase {
	unsigned := func(name string, change func(tx *types.Tx)) ruleCase {
		return txCase(rule.SignatureInvalid, name, func(c *testkit.Chain) *types.Tx {
			tx := testkit.CopyTx(c.T, payAll(c).Tx)
			change(tx)
			return tx
		})
	}
	return []ruleCase{
		unsigned("R", func(tx *types.Tx) { tx.Bundles[0].Sig[31] ^= 1 }),
		unsigned("s", func(tx *types.Tx) { tx.Bundles[0].Sig[63] ^= 1 }),
		unsigned("zero", func(tx *types.Tx) { tx.Bundles[0].Sig = types.Signature{} }),
		unsigned("expiry changed after signing", func(tx *types.Tx) { tx.Expiry++ }),
		unsigned("ciphertext changed after signing", func(tx *types.Tx) { tx.Bundles[0].Ciphertexts[2].Out[0] ^= 1 }),
		txCase(rule.SignatureInvalid, "signed for a network with another genesis", func(c *testkit.Chain) *types.Tx {
			net := testkit.Network()
			net.Genesis.Time++
			return payAll(testkit.OnNetwork(c.T, net)).Tx
		}),
		txCase(rule.SignatureInvalid, "another transaction's", func(c *testkit.Chain) *types.Tx {
			tx := testkit.CopyTx(c.T, payAll(c).Tx)
			tx.Bundles[0].Sig = payDust(c).Tx.Bundles[0].Sig
			return tx
		}),
		changed(rule.ProofInvalid, "a bit", func(tx *types.Tx) { tx.Bundles[0].Proof[100] ^= 1 }),
		changed(rule.ProofInvalid, "zero", func(tx *types.Tx) { tx.Bundles[0].Proof = types.Proof{} }),
		txCase(rule.ProofInvalid, "another bundle's", func(c *testkit.Chain) *types.Tx {
			return payAll(c).Changed(func(tx *types.Tx) { tx.Bundles[0].Proof = payDust(c).Tx.Bundles[0].Proof })
		}),
		changed(rule.ProofInvalid, "another nullifier", func(tx *types.Tx) { tx.Bundles[0].Nullifiers[0] = types.Nullifier{31: 3} }),
		changed(rule.ProofInvalid, "a dummy's nullifier", func(tx *types.Tx) { tx.Bundles[0].Nullifiers[2] = types.Nullifier{31: 3} }),
		changed(rule.ProofInvalid, "another output", func(tx *types.Tx) { tx.Bundles[0].Commitments[0] = types.Commitment{31: 3} }),
		changed(rule.ProofInvalid, "outputs exchanged", func(tx *types.Tx) {
			b := &tx.Bundles[0]
			b.Commitments[0], b.Commitments[1] = b.Commitments[1], b.Commitments[0]
			b.Ciphertexts[0], b.Ciphertexts[1] = b.Ciphertexts[1], b.Ciphertexts[0]
		}),
		// A thief signs with a key of his own.
		txCase(rule.ProofInvalid, "another spend key", func(c *testkit.Chain) *types.Tx {
			loot := payAll(c).Tx
			return payDust(c).Changed(func(tx *types.Tx) {
				rk := tx.Bundles[0].RK
				tx.Bundles = testkit.CopyTx(c.T, loot).Bundles
				tx.Bundles[0].RK = rk
			})
		}),
		txCase(rule.ProofInvalid, "a later anchor", func(c *testkit.Chain) *types.Tx {
			p := payAll(c)
			c.MineEmpty(21) // The first reward is appended: the note root changes.
			return p.Changed(func(tx *types.Tx) { tx.Bundles[0].Anchor = tip(c).NoteRoot })
		}),
	}
}

// addModulus adds r to a big-endian element; the sum must fit.
func addModulus(b []byte) {
	sum := new(big.Int).Add(new(big.Int).SetBytes(b), field.Modulus())
	sum.FillBytes(b)
}

// orderTwo is (0, -1).
func orderTwo() field.Point {
	p := field.Identity()
	p.Y.Neg(&p.Y)
	return p
}

// gas is the price of so much gas at the floor.
func gas(n types.Gas) types.Amount {
	v, err := types.NewAmount(1_000_000_000).MulGas(n)
	if err != nil {
		panic(err) // constants of these tests only
	}
	return v
}

// wantTarget is dev's: floor(2^256/16).
func wantTarget() *uint256.Int { return new(uint256.Int).Lsh(uint256.NewInt(1), 252) }
