package fullblock

import (
	"errors"
	"slices"
	"testing"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// headerCases break rules of a header. They leave no mark: until its seal is found wanting or not, a header has cost nothing.
func headerCases() []ruleCase {
	header := func(kind rule.Kind, name string, change func(h *types.Header)) ruleCase {
		return blockCase(kind, name, unmarked, func(_ *testkit.Chain, b *types.Block) { change(b.Header) })
	}
	return []ruleCase{
		header(rule.HeaderVersion, "0", func(h *types.Header) { h.Version = 0 }),
		header(rule.HeaderVersion, "2", func(h *types.Header) { h.Version = 2 }),
		header(rule.BlockNumber, "the parent's", func(h *types.Header) { h.Number-- }),
		header(rule.BlockNumber, "one too high", func(h *types.Header) { h.Number++ }),
		header(rule.TimeNotAfter, "the parent's", func(h *types.Header) { h.Time-- }), // testkit gives each block the next second
		header(rule.DifficultyWrong, "higher", func(h *types.Header) { h.Difficulty = types.NewDifficulty(2) }),
		header(rule.DifficultyWrong, "zero", func(h *types.Header) { h.Difficulty = types.Difficulty{} }),
		header(rule.GasLimitStep, "a step up", func(h *types.Header) { h.GasLimit += 60_000_000 / 1024 }),
		header(rule.GasLimitStep, "a step down", func(h *types.Header) { h.GasLimit -= 60_000_000 / 1024 }),
		header(rule.ExtraSize, "33 bytes", func(h *types.Header) { h.Extra = make([]byte, 33) }),
		header(rule.CoinbasePCM, "zero", func(h *types.Header) { h.CoinbasePCM = types.PartialCM{} }),
		header(rule.CoinbasePCM, "x + r", func(h *types.Header) { addModulus(h.CoinbasePCM[:]) }),
		blockCase(rule.VotesInactive, "one vote", unmarked, func(c *testkit.Chain, b *types.Block) {
			b.Body.Votes = []types.Vote{{Nullifier: types.Nullifier{31: 1}, PCM: types.PartialCM{31: 1}}}
			c.Recommit(b)
		}),
		header(rule.LicenceRoot, "not zero", func(h *types.Header) { h.LicenceRoot[31] = 1 }),
		header(rule.ActiveLicences, "one", func(h *types.Header) { h.ActiveLicences = 1 }),
		{rule.GasUsedLimit, "limit lowered below what is used", gasUsedLimit},
		{rule.SealTarget, "another nonce", sealTarget},
		{rule.SealMix, "a bit of the mix", sealMix},
	}
}

// gasUsedLimit lowers, within its step, the gas limit of a block that three payments nearly fill, so that no other rule is broken.
func gasUsedLimit(t *testing.T, kind rule.Kind) {
	net := testkit.Network()
	net.Genesis.GasLimit = 3*421_000 + 100
	c := testkit.OnNetwork(t, net)
	good := c.Next(txs(payAll(c), payDust(c), paySplit(c))...)
	refused(t, c, c.Broken(good, func(b *types.Block) { b.Header.GasLimit = 3*421_000 - 1 }), kind, unmarked)
	c.Add(c.Broken(good, func(b *types.Block) { b.Header.GasLimit = 3 * 421_000 }))
}

// sealTarget needs a network on which work is needed: dev itself, where one nonce in sixteen is a seal.
func sealTarget(t *testing.T, kind rule.Kind) {
	c := testkit.OnNetwork(t, params.Dev())
	c.MineEmpty(1)
	good := c.Next(payAll(c).Tx)
	bad := c.Broken(good, func(*types.Block) {})
	above := false
	for h := bad.Header; !above && h.Nonce[0] < 255; { // all of them meet the target once in 16^255 times
		h.Nonce[0]++
		above = errors.Is(c.Seal.VerifySeal(h.Number, h.SealHash(), h.Nonce, h.Mix, wantTarget()), kind)
	}
	if !above {
		t.Fatal("every nonce meets the target")
	}
	refused(t, c, bad, kind, unmarked)
	c.Add(good)
}

// sealMix changes the mix on a network where every result meets the target, so that the mix alone is wrong.
func sealMix(t *testing.T, kind rule.Kind) {
	c := testkit.New(t)
	good := c.Next(payAll(c).Tx)
	bad := c.Broken(good, func(*types.Block) {})
	bad.Header.Mix[31] ^= 1
	refused(t, c, bad, kind, unmarked)
	c.Add(good)
}

// bodyCases break rules of a body against its header.
func bodyCases() []ruleCase {
	return []ruleCase{
		// Without calls no block of so many bytes stays within the gas limit. The rule is checked before gas and before any transaction, so
		// one transaction repeated shows it.
		blockCase(rule.BodySize, "one transaction 2,300 times", marked, func(c *testkit.Chain, b *types.Block) {
			b.Body.Txs = slices.Repeat(b.Body.Txs, 2_300)
			b.Header.BodyRoot = b.Body.Root(c.Genesis())
		}),
		blockCase(rule.BodyRoot, "root changed", unmarked, func(_ *testkit.Chain, b *types.Block) { b.Header.BodyRoot[0] ^= 1 }),
		blockCase(rule.BodyRoot, "transaction missing", unmarked, func(_ *testkit.Chain, b *types.Block) { b.Body.Txs = nil }),
		blockCase(rule.BodyRoot, "transaction repeated", unmarked, func(_ *testkit.Chain, b *types.Block) {
			b.Body.Txs = slices.Repeat(b.Body.Txs, 2)
		}),
		blockCase(rule.BodyRoot, "proof changed", unmarked, func(_ *testkit.Chain, b *types.Block) { b.Body.Txs[0].Bundles[0].Proof[9] ^= 1 }),
		blockCase(rule.BodyRoot, "signature changed", unmarked, func(_ *testkit.Chain, b *types.Block) { b.Body.Txs[0].Bundles[0].Sig[9] ^= 1 }),
		blockCase(rule.VoteCount, "a vote that the header does not count", marked, func(c *testkit.Chain, b *types.Block) {
			b.Body.Votes = []types.Vote{{Nullifier: types.Nullifier{31: 1}, PCM: types.PartialCM{31: 1}}}
			b.Header.BodyRoot = b.Body.Root(c.Genesis())
		}),
		blockCase(rule.GasUsedWrong, "one more", marked, func(_ *testkit.Chain, b *types.Block) { b.Header.GasUsed++ }),
		blockCase(rule.GasUsedWrong, "none", marked, func(_ *testkit.Chain, b *types.Block) { b.Header.GasUsed = 0 }),
	}
}

// outcomeCases change what a header says about the ledger after its block.
func outcomeCases() []ruleCase {
	outcome := func(kind rule.Kind, name string, change func(h *types.Header)) ruleCase {
		return blockCase(kind, name, marked, func(_ *testkit.Chain, b *types.Block) { change(b.Header) })
	}
	return []ruleCase{
		outcome(rule.NoteRootWrong, "a bit", func(h *types.Header) { h.NoteRoot[31] ^= 1 }),
		outcome(rule.NoteRootWrong, "x + r", func(h *types.Header) { addModulus(h.NoteRoot[:]) }),
		blockCase(rule.NoteRootWrong, "the parent's", marked, func(c *testkit.Chain, b *types.Block) { b.Header.NoteRoot = tip(c).NoteRoot }),
		outcome(rule.NullifierRootWrong, "a bit", func(h *types.Header) { h.NullifierRoot[31] ^= 1 }),
		blockCase(rule.NullifierRootWrong, "the parent's", marked, func(c *testkit.Chain, b *types.Block) {
			b.Header.NullifierRoot = tip(c).NullifierRoot
		}),
		outcome(rule.PoolRootWrong, "a bit", func(h *types.Header) { h.PoolRoot[31] ^= 1 }),
		blockCase(rule.PoolRootWrong, "the parent's", marked, func(c *testkit.Chain, b *types.Block) { b.Header.PoolRoot = tip(c).PoolRoot }),
		outcome(rule.StateRootWrong, "a bit", func(h *types.Header) { h.StateRoot[31] ^= 1 }),
		outcome(rule.StateRootWrong, "zero", func(h *types.Header) { h.StateRoot = types.StateRoot{} }),
		outcome(rule.ReceiptsRootWrong, "a bit", func(h *types.Header) { h.ReceiptsRoot[31] ^= 1 }),
		outcome(rule.LogsBloomWrong, "a bit", func(h *types.Header) { h.LogsBloom[255] ^= 1 }),
	}
}

func tip(c *testkit.Chain) *types.Header {
	_, h := c.Tip()
	return h
}
