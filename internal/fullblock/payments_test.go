package fullblock

import (
	"strings"
	"testing"

	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/note"
)

// Accounts of the dev mnemonic, which own the genesis: alice notes 0 to 3 of 25,000 SERO, 7 and 8 of the token and 9, the ticket; bob notes
// 4 and 5 of 25,000 SERO; carol note 6 of 10,000 SERO.
const (
	alice = 0
	bob   = 1
	carol = 2
)

// The payments of an empty ledger, each anchored at the genesis root, so that their proofs hold on every chain that begins so.

// payAll spends one coin and makes one: all but the fee.
func payAll(c *testkit.Chain) *testkit.Payment {
	in := c.GenesisCoin(bob, 4)
	return c.Pay("all of it", testkit.Spend{In: coins(in), Out: outs(to(carol, less(c.T, in.Note.Value, testkit.Fee(1)), ""))})
}

// payDust spends one coin and makes two, the first of 1 Ta.
func payDust(c *testkit.Chain) *testkit.Payment {
	in := c.GenesisCoin(carol, 6)
	return c.Pay("one Ta", testkit.Spend{In: coins(in), Out: outs(
		to(alice, types.NewAmount(1), "the smallest payment there is"),
		to(carol, less(c.T, in.Note.Value, types.NewAmount(1), testkit.Fee(1)), ""),
	)})
}

// paySplit spends one coin and makes three.
func paySplit(c *testkit.Chain) *testkit.Payment {
	in := c.GenesisCoin(alice, 0)
	return c.Pay("three ways", testkit.Spend{In: coins(in), Out: outs(
		to(bob, sero(10_000), "rent"),
		to(alice, sero(5_000), ""),
		to(alice, less(c.T, in.Note.Value, sero(15_000), testkit.Fee(1)), ""),
	)})
}

// payMerge spends two coins and makes one for the same account.
func payMerge(c *testkit.Chain) *testkit.Payment {
	a, b := c.GenesisCoin(alice, 1), c.GenesisCoin(alice, 2)
	all := add(c.T, a.Note.Value, b.Note.Value)
	return c.Pay("to myself", testkit.Spend{In: coins(a, b), Out: outs(to(alice, less(c.T, all, testkit.Fee(1)), ""))})
}

// payToken spends a coin and a note of the token, and makes three.
func payToken(c *testkit.Chain) *testkit.Payment {
	coin, token := c.GenesisCoin(alice, 3), c.GenesisCoin(alice, 7)
	return c.Pay("token", testkit.Spend{In: coins(coin, token), Out: outs(
		of(token.Note.Asset, to(bob, sero(1), "")),
		of(token.Note.Asset, to(alice, less(c.T, token.Note.Value, sero(1)), "")),
		to(alice, less(c.T, coin.Note.Value, testkit.Fee(1)), ""),
	)})
}

// payTwo has two bundles, of different accounts.
func payTwo(c *testkit.Chain) *testkit.Payment {
	a, b := c.GenesisCoin(bob, 5), c.GenesisCoin(alice, 0)
	return c.Pay("two bundles",
		testkit.Spend{In: coins(a), Out: outs(to(carol, less(c.T, a.Note.Value, testkit.Fee(2)), ""))},
		testkit.Spend{In: coins(b), Out: outs(to(carol, b.Note.Value, ""))},
	)
}

// payLeaving spends bob's coin of a genesis index and lets an amount leave the pool that need not be the fee.
func payLeaving(c *testkit.Chain, seed string, index int, leaves types.Amount) *testkit.Payment {
	in := c.GenesisCoin(bob, index)
	return c.Pay(seed, testkit.Spend{In: coins(in), Out: outs(to(bob, less(c.T, in.Note.Value, leaves), "")), Leaves: &leaves})
}

// payDeposit takes one unit of the token out of the pool, as only a call may.
func payDeposit(c *testkit.Chain) *testkit.Payment {
	coin, token := c.GenesisCoin(alice, 3), c.GenesisCoin(alice, 7)
	one := types.NewAmount(1)
	return c.Pay("deposit", testkit.Spend{In: coins(coin, token), Deposit: one, Out: outs(
		of(token.Note.Asset, to(alice, less(c.T, token.Note.Value, one), "")),
		to(alice, less(c.T, coin.Note.Value, testkit.Fee(1)), ""),
	)})
}

// mineAlike mines ten payments of one bundle that have nothing in common but that, and returns them in the order of the chain.
func mineAlike(c *testkit.Chain) []*testkit.Payment {
	first := []*testkit.Payment{payAll(c), payDust(c), paySplit(c), payMerge(c), payToken(c)}
	c.Mine(txs(first...)...)
	all, dust, split, merge, token := first[0], first[1], first[2], first[3], first[4]
	fee := testkit.Fee(1)

	ticket, change := c.GenesisCoin(alice, 9), token.Coin(alice, 0, 2)
	sendTicket := c.Pay("ticket", testkit.Spend{In: coins(ticket, change), Out: outs(
		of(ticket.Note.Asset, to(carol, types.NewAmount(1), strings.Repeat("m", types.MemoSize))),
		to(alice, less(c.T, change.Note.Value, fee), ""),
	)})
	three := coins(split.Coin(alice, 0, 1), split.Coin(alice, 0, 2), dust.Coin(alice, 0, 0))
	sweep := c.Pay("sweep", testkit.Spend{In: three, Out: outs(to(bob, less(c.T, total(c.T, three), fee), ""))})
	two := coins(c.GenesisCoin(bob, 5), split.Coin(bob, 0, 0))
	wages := c.Pay("wages", testkit.Spend{In: two, Out: outs(
		to(alice, sero(20_000), "wages, January"),
		to(carol, sero(14_000), "wages, January"),
		to(bob, less(c.T, total(c.T, two), sero(34_000), fee), ""),
	)})
	coin, left, more := merge.Coin(alice, 0, 0), token.Coin(alice, 0, 1), c.GenesisCoin(alice, 8)
	tokens := add(c.T, left.Note.Value, more.Note.Value)
	tokenDust := c.Pay("token dust", testkit.Spend{In: coins(more, coin, left), Out: outs(
		of(more.Note.Asset, to(carol, types.NewAmount(1), "")),
		of(more.Note.Asset, to(alice, less(c.T, tokens, types.NewAmount(1)), "")),
		to(alice, less(c.T, coin.Note.Value, fee), ""),
	)})
	pair := coins(all.Coin(carol, 0, 0), dust.Coin(carol, 0, 1))
	self := c.Pay("note to self", testkit.Spend{In: pair, Out: outs(
		to(carol, sero(35_000-1), "for later"),
		to(carol, less(c.T, total(c.T, pair), sero(35_000-1), fee), ""),
	)})
	second := []*testkit.Payment{sendTicket, sweep, wages, tokenDust, self}
	c.Mine(txs(second...)...)
	return append(first, second...)
}

func coins(cs ...testkit.Coin) []testkit.Coin { return cs }

func outs(os ...testkit.Out) []testkit.Out { return os }

func txs(ps ...*testkit.Payment) []*types.Tx {
	var all []*types.Tx
	for _, p := range ps {
		all = append(all, p.Tx)
	}
	return all
}

// to is a payment in SERO to an account. Each goes to another of the account's addresses, as wallets do it.
func to(account uint32, v types.Amount, memo string) testkit.Out {
	return testkit.Out{To: address(account, len(memo)), Asset: types.NativeAsset, Value: v, Memo: memo}
}

func address(account uint32, n int) note.Address {
	return testkit.Account(account).FullViewingKey().Address(uint64(n)) //nolint:gosec // a small number
}

// of changes the asset of an output.
func of(asset types.AssetID, o testkit.Out) testkit.Out {
	o.Asset = asset
	return o
}

func sero(n uint64) types.Amount {
	v, err := types.SERO.MulGas(types.Gas(n))
	if err != nil {
		panic(err) // constants of these tests only
	}
	return v
}

func total(t testing.TB, cs []testkit.Coin) types.Amount {
	t.Helper()
	var sum types.Amount
	for _, c := range cs {
		sum = add(t, sum, c.Note.Value)
	}
	return sum
}

func add(t testing.TB, a, b types.Amount) types.Amount {
	t.Helper()
	sum, err := a.Add(b)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func less(t testing.TB, a types.Amount, bs ...types.Amount) types.Amount {
	t.Helper()
	for _, b := range bs {
		var err error
		if a, err = a.Sub(b); err != nil {
			t.Fatal(err)
		}
	}
	return a
}
