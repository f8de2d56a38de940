package consensus

import (
	"io"

	"github.com/holiman/uint256"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// CheapTx is a transaction that passed every stateless check but those of its signatures and proofs. Only CheckTxCheap makes one. It is
// read-only and safe for concurrent use; the transaction inside must not be changed.
type CheapTx struct {
	genesis types.BlockHash
	tx      *types.Tx
	id      types.TxID
	wid     types.WTxID
	size    int
	gas     types.Gas
	fee     types.Amount
}

// CheckedTx is a transaction that passed every stateless check. Only CheckTx, CheckTxProofs and CheckBlock make one. It has the methods of
// CheapTx.
type CheckedTx struct{ cheap }

// cheap keeps the embedded field of CheckedTx unexported: nobody else can put one together.
type cheap = CheapTx

// Cheap returns the transaction as it was before its proofs were verified.
func (c *CheckedTx) Cheap() *CheapTx { return &c.cheap }

// Tx returns the transaction, which must not be changed.
func (c *CheapTx) Tx() *types.Tx { return c.tx }

// ID returns the transaction's id.
func (c *CheapTx) ID() types.TxID { return c.id }

// WID returns the hash of all of the transaction's bytes.
func (c *CheapTx) WID() types.WTxID { return c.wid }

// Size returns the length of the transaction's encoding in bytes.
func (c *CheapTx) Size() int { return c.size }

// Gas returns the intrinsic gas, which is the gas used while there are no calls.
func (c *CheapTx) Gas() types.Gas { return c.gas }

// Fee returns the coins that the transaction leaves to the miner, in Ta.
func (c *CheapTx) Fee() types.Amount { return c.fee }

// IntrinsicGas returns the gas a transaction costs before any call: 21,000 and 400,000 per bundle.
func IntrinsicGas(tx *types.Tx) types.Gas {
	return params.TxGas + params.BundleGas*types.Gas(len(tx.Bundles)) //nolint:gosec // at most four bundles
}

// CheckTx checks a transaction for a block at a height, as far as it can be checked without the ledger: CheckTxCheap, then CheckTxProofs.
func CheckTx(net *params.Network, genesis types.BlockHash, tx *types.Tx, height types.Height, rnd io.Reader) (*CheckedTx, error) {
	c, err := CheckTxCheap(net, genesis, tx, height)
	if err != nil {
		return nil, err
	}
	return CheckTxProofs(c, rnd)
}

// CheckTxCheap runs the stateless checks that cost well under a millisecond.
func CheckTxCheap(net *params.Network, genesis types.BlockHash, tx *types.Tx, height types.Height) (*CheapTx, error) {
	c := &CheapTx{genesis: genesis, tx: tx}
	checks := []func(*params.Network, *CheapTx) error{
		bundleCountAllowed, // first: what follows relies on it
		txSmall,
		txVersionKnown,
		txForThisChain,
		func(net *params.Network, c *CheapTx) error { return allowedAtHeight(net, c.tx, height) },
		fieldsCanonical,
		randomisedKeysValid,
		commitmentsNonzero,
		nullifiersDistinct,
		pubAssetConsistent,
		pubAssetNotNative,
		noTokenWithoutCall,
		gasPriceAtFloor,
		gasLimitIntrinsic,
		feeAddsUp,
	}
	for _, check := range checks {
		if err := check(net, c); err != nil {
			return nil, err
		}
	}
	c.id, c.wid = tx.ID(genesis), tx.WID()
	return c, nil
}

// allowedAtHeight holds the checks whose outcome depends on the height of the block, so that they are repeated where a transaction that
// was checked for one height is used at another.
func allowedAtHeight(net *params.Network, tx *types.Tx, height types.Height) error {
	for _, check := range []func(*params.Network, *types.Tx, types.Height) error{callAllowed, notExpired, expiryNear} {
		if err := check(net, tx, height); err != nil {
			return err
		}
	}
	return nil
}

// X1: the encoding is at most 256 KiB, its lists within their limits.
func txSmall(_ *params.Network, c *CheapTx) error {
	if call := c.tx.Call; call != nil {
		switch {
		case len(call.Data) > types.MaxCallData:
			return rule.New(rule.TxSize, "call data of %d bytes, limit %d", len(call.Data), types.MaxCallData)
		case len(call.EncArgs) > types.MaxEncArgs:
			return rule.New(rule.TxSize, "encrypted arguments of %d bytes, limit %d", len(call.EncArgs), types.MaxEncArgs)
		case len(call.Gated) > types.MaxGated:
			return rule.New(rule.TxSize, "%d gated entries, limit %d", len(call.Gated), types.MaxGated)
		case len(call.Releases) > types.MaxReleases:
			return rule.New(rule.TxSize, "%d releases, limit %d", len(call.Releases), types.MaxReleases)
		}
	}
	c.size = c.tx.Size()
	if c.size > types.MaxTxSize {
		return rule.New(rule.TxSize, "%d bytes, limit %d", c.size, types.MaxTxSize)
	}
	return nil
}

// X2: version is 1.
func txVersionKnown(_ *params.Network, c *CheapTx) error {
	if c.tx.Version != types.TxVersion {
		return rule.New(rule.TxVersion, "%d, want %d", c.tx.Version, types.TxVersion)
	}
	return nil
}

// X3: chain id is the network's.
func txForThisChain(net *params.Network, c *CheapTx) error {
	if c.tx.ChainID != net.ChainID {
		return rule.New(rule.TxChain, "%d, want %d", c.tx.ChainID, net.ChainID)
	}
	return nil
}

// X4: one to four bundles.
func bundleCountAllowed(_ *params.Network, c *CheapTx) error {
	if n := len(c.tx.Bundles); n < 1 || n > types.MaxBundles {
		return rule.New(rule.BundleCount, "%d, want 1 to %d", n, types.MaxBundles)
	}
	return nil
}

// X5: no call until the rules say otherwise.
func callAllowed(net *params.Network, tx *types.Tx, height types.Height) error {
	if tx.Call != nil && !net.Rules(height).Calls {
		return rule.New(rule.CallInactive, "at height %d", height)
	}
	return nil
}

// X6: height is below the expiry.
func notExpired(_ *params.Network, tx *types.Tx, height types.Height) error {
	if height >= tx.Expiry {
		return rule.New(rule.TxExpired, "expiry %d at height %d", tx.Expiry, height)
	}
	return nil
}

// X7: expiry is at most 4,096 above the height.
func expiryNear(_ *params.Network, tx *types.Tx, height types.Height) error {
	if tx.Expiry > height && tx.Expiry-height > params.MaxExpiry {
		return rule.New(rule.ExpiryTooFar, "expiry %d at height %d, at most %d ahead", tx.Expiry, height, params.MaxExpiry)
	}
	return nil
}

// X8: every field element is below r.
func fieldsCanonical(_ *params.Network, c *CheapTx) error {
	for i := range c.tx.Bundles {
		b := &c.tx.Bundles[i]
		elements := [...]struct {
			name  string
			bytes [32]byte
		}{
			{"anchor", b.Anchor},
			{"nullifier 0", b.Nullifiers[0]}, {"nullifier 1", b.Nullifiers[1]}, {"nullifier 2", b.Nullifiers[2]},
			{"commitment 0", b.Commitments[0]}, {"commitment 1", b.Commitments[1]}, {"commitment 2", b.Commitments[2]},
			{"public asset", b.PubAsset},
		}
		for _, e := range elements {
			if _, err := field.DecodeElement(e.bytes); err != nil {
				return rule.Wrap(rule.FieldNotCanonical, err, "bundle %d, %s", i, e.name)
			}
		}
	}
	return nil
}

// X9: rk is a canonical point of prime order, not the identity.
func randomisedKeysValid(_ *params.Network, c *CheapTx) error {
	for i := range c.tx.Bundles {
		p, err := field.DecodePoint(c.tx.Bundles[i].RK)
		if err == nil {
			err = field.CheckOrder(p)
		}
		if err != nil {
			return rule.Wrap(rule.PointInvalid, err, "bundle %d, rk", i)
		}
	}
	return nil
}

// X10: no commitment is zero.
func commitmentsNonzero(_ *params.Network, c *CheapTx) error {
	for i := range c.tx.Bundles {
		for j, cm := range c.tx.Bundles[i].Commitments {
			if cm.IsZero() {
				return rule.New(rule.CommitmentZero, "bundle %d, output %d", i, j)
			}
		}
	}
	return nil
}

// X11: nullifiers are distinct in the transaction.
func nullifiersDistinct(_ *params.Network, c *CheapTx) error {
	seen := make(map[types.Nullifier]bool, types.BundleInputs*len(c.tx.Bundles))
	for i := range c.tx.Bundles {
		for j, nf := range c.tx.Bundles[i].Nullifiers {
			if seen[nf] {
				return rule.New(rule.NullifierRepeated, "bundle %d, input %d", i, j)
			}
			seen[nf] = true
		}
	}
	return nil
}

// X12: vT is zero exactly if pubAsset is.
func pubAssetConsistent(_ *params.Network, c *CheapTx) error {
	for i := range c.tx.Bundles {
		if b := &c.tx.Bundles[i]; b.ValueToken.IsZero() != b.PubAsset.IsZero() {
			return rule.New(rule.PubAssetUnused, "bundle %d: vT %s, public asset %s", i, b.ValueToken, b.PubAsset)
		}
	}
	return nil
}

// X13: pubAsset is not the coin.
func pubAssetNotNative(_ *params.Network, c *CheapTx) error {
	for i := range c.tx.Bundles {
		if c.tx.Bundles[i].PubAsset == types.NativeAsset {
			return rule.New(rule.PubAssetNative, "bundle %d", i)
		}
	}
	return nil
}

// X14: without a call vT is zero.
func noTokenWithoutCall(_ *params.Network, c *CheapTx) error {
	for i := range c.tx.Bundles {
		if b := &c.tx.Bundles[i]; c.tx.Call == nil && !b.ValueToken.IsZero() {
			return rule.New(rule.TokenWithoutCall, "bundle %d: vT %s", i, b.ValueToken)
		}
	}
	return nil
}

// X15: gas price is at least 10^9 Ta.
func gasPriceAtFloor(_ *params.Network, c *CheapTx) error {
	if c.tx.GasPrice.Cmp(params.MinGasPrice) < 0 {
		return rule.New(rule.GasPriceLow, "%s Ta, floor %s", c.tx.GasPrice, params.MinGasPrice)
	}
	return nil
}

// X16: without a call the gas limit is the intrinsic gas.
func gasLimitIntrinsic(_ *params.Network, c *CheapTx) error {
	c.gas = IntrinsicGas(c.tx)
	if c.tx.Call == nil && c.tx.GasLimit != c.gas {
		return rule.New(rule.GasNotIntrinsic, "%d, want %d", c.tx.GasLimit, c.gas)
	}
	return nil
}

// X17: the sum of vN is gasLimit*gasPrice plus the call's value, below 2^128. The sum is taken in 256 bits, where it cannot overflow.
func feeAddsUp(_ *params.Network, c *CheapTx) error {
	var sum uint256.Int
	for i := range c.tx.Bundles {
		sum.Add(&sum, c.tx.Bundles[i].ValueNative.U256())
	}
	want := new(uint256.Int).Mul(c.tx.GasPrice.U256(), uint256.NewInt(uint64(c.tx.GasLimit)))
	if c.tx.Call != nil {
		want.Add(want, c.tx.Call.ValueN.U256())
	}
	if !sum.Eq(want) {
		return rule.New(rule.FeeMismatch, "sum of vN is %s, want %s", sum.Dec(), want.Dec())
	}
	fee, err := types.AmountFromBig(sum.ToBig())
	if err != nil {
		return rule.Wrap(rule.FeeMismatch, err, "sum of vN is %s", sum.Dec())
	}
	c.fee = fee
	return nil
}
