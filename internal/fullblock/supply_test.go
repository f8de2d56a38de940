package fullblock

import (
	"crypto/rand"
	"fmt"
	"maps"
	mrand "math/rand/v2"
	"testing"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/types"
)

// wanderer makes random payments between three accounts and knows what each owns.
type wanderer struct {
	c     *testkit.Chain
	rng   *mrand.Rand
	coins map[uint32][]testkit.Coin
	paid  []*testkit.Payment
}

func newWanderer(c *testkit.Chain, seed string) *wanderer {
	w := &wanderer{c: c, rng: mrand.New(testkit.Rand(seed)), coins: make(map[uint32][]testkit.Coin)}
	for i, account := range []uint32{alice, alice, alice, alice, bob, bob, carol, alice, alice, alice} {
		w.coins[account] = append(w.coins[account], c.GenesisCoin(account, i))
	}
	return w
}

// pay spends one to three of an account's coins, of the native asset and at most one other, on one to three random outputs.
func (w *wanderer) pay() *testkit.Payment {
	t := w.c.T
	t.Helper()
	from := uint32(w.rng.IntN(3)) //nolint:gosec // below 3
	var spend testkit.Spend
	native, token, id := types.Amount{}, types.Amount{}, types.NativeAsset
	for _, i := range w.rng.Perm(len(w.coins[from])) {
		in := w.coins[from][i]
		asset := in.Note.Asset
		isToken := asset != types.NativeAsset
		switch {
		case len(spend.In) == 3 || isToken && id != types.NativeAsset && asset != id:
			continue
		case isToken:
			id, token = asset, add(t, token, in.Note.Value)
		case len(spend.In) > 0 && !native.IsZero() && w.rng.IntN(2) == 0:
			continue
		default:
			native = add(t, native, in.Note.Value)
		}
		spend.In = append(spend.In, in)
	}
	if native.Cmp(testkit.Fee(1)) <= 0 {
		return nil
	}
	native = less(t, native, testkit.Fee(1))
	if !token.IsZero() {
		spend.Out = append(spend.Out, of(id, to(uint32(w.rng.IntN(3)), token, ""))) //nolint:gosec // below 3
	}
	part := types.NewAmount(1 + w.rng.Uint64N(1<<40))
	if native.Cmp(part) > 0 {
		native = less(t, native, part)
		spend.Out = append(spend.Out, to(uint32(w.rng.IntN(3)), part, "part")) //nolint:gosec // below 3
	}
	spend.Out = append(spend.Out, to(uint32(w.rng.IntN(3)), native, "")) //nolint:gosec // below 3
	return w.c.Pay(fmt.Sprintf("random payment %d", len(w.paid)), spend)
}

// mine adds a block with a random payment, or an empty one, and keeps the books.
func (w *wanderer) mine(paying bool) {
	w.c.T.Helper()
	var p *testkit.Payment
	if paying {
		p = w.pay()
	}
	if p == nil {
		w.c.Mine()
		return
	}
	w.c.Mine(p.Tx)
	w.paid = append(w.paid, p)
	for account, cs := range w.coins {
		var left []testkit.Coin
		for _, coin := range cs {
			if _, spent, err := w.c.SpentAt(nullifier(w.c, coin)); err != nil {
				w.c.T.Fatal(err)
			} else if !spent {
				left = append(left, coin)
			}
		}
		w.coins[account] = left
	}
	for i, out := range p.Made[0] {
		for account := range uint32(3) {
			if !out.Value.IsZero() && out.To == address(account, len(memoText(out.Memo[:]))) {
				w.coins[account] = append(w.coins[account], p.Coin(account, 0, i))
			}
		}
	}
}

func nullifier(c *testkit.Chain, coin testkit.Coin) types.Nullifier {
	nf, err := coin.Note.Nullifier(testkit.Account(coin.Account).FullViewingKey().NK, coin.Pos)
	if err != nil {
		c.T.Fatal(err)
	}
	return nf
}

// memoText is the text in front of a memo's zeros; its length tells which address a payment went to.
func memoText(memo []byte) string {
	for i, b := range memo {
		if b == 0 {
			return string(memo[:i])
		}
	}
	return string(memo)
}

// owned sums up what the accounts own of each asset.
func (w *wanderer) owned() map[types.AssetID]types.Amount {
	w.c.T.Helper()
	sums := make(map[types.AssetID]types.Amount)
	for _, cs := range w.coins {
		for _, coin := range cs {
			sums[coin.Note.Asset] = add(w.c.T, sums[coin.Note.Asset], coin.Note.Value)
		}
	}
	return sums
}

// Forty random blocks, a reorganisation away from half of them and one back: at every tip the books of every asset add up, and say what
// the owners of all notes say.
func TestSupplyAddsUpThroughPaymentsAndReorgs(t *testing.T) {
	c := testkit.New(t)
	w := newWanderer(c, "random chain")
	const payments = 8
	for n := 1; n <= 40; n++ {
		w.mine(len(w.paid) < payments && (n%4 == 1 || w.rng.IntN(8) == 0))
		holdBooks(t, c)
		holdOwners(t, c, w)
	}
	if len(w.paid) != payments {
		t.Fatalf("%d payments made, want %d", len(w.paid), payments)
	}

	home, branch := c.Fork(40), c.Fork(15)
	for _, p := range w.paid { // Those whose anchors the branch has are mined there again.
		branch.Mine(willing(branch, p.Tx)...)
		holdBooks(t, branch)
	}
	for branch.Height() <= 40 {
		branch.Mine()
	}
	before := c.Ledger()
	for n := types.Height(16); n <= 41; n++ {
		c.Add(branch.At(n))
		holdBooks(t, c)
	}
	sameChain(t, c, branch)
	home.MineEmpty(2)
	for n := types.Height(41); n <= 42; n++ {
		c.Add(home.At(n))
		holdBooks(t, c)
	}
	sameChain(t, c, home)
	if again := home.Fork(40); !maps.Equal(again.Ledger(), before) {
		t.Error("ledger at height 40 is another than it was")
	}
	holdOwners(t, c, w)
}

// willing returns those of the transactions that the chain's ledger takes now.
func willing(c *testkit.Chain, txs ...*types.Tx) []*types.Tx {
	c.T.Helper()
	var good []*types.Tx
	for _, tx := range txs {
		checked, err := consensus.CheckTx(c.Net, c.Genesis(), tx, c.Height()+1, rand.Reader)
		if err != nil {
			c.T.Fatal(err)
		}
		if c.CheckContext(checked.Cheap()) == nil {
			good = append(good, tx)
		}
	}
	return good
}

func sameChain(t *testing.T, a, b *testkit.Chain) {
	t.Helper()
	x, _ := a.Tip()
	y, _ := b.Tip()
	if x != y {
		t.Fatalf("tips differ: %s and %s", x, y)
	}
	if !maps.Equal(a.Ledger(), b.Ledger()) {
		t.Error("one tip, two ledgers")
	}
}

// holdBooks holds the audit to what was issued: 160,000 SERO in the genesis and 28 with each block, a million of the token, one ticket.
func holdBooks(t *testing.T, c *testkit.Chain) {
	t.Helper()
	c.MustConsistent()
	supplies, err := c.Audit()
	if err != nil {
		t.Fatal(err)
	}
	want := []types.Amount{sero(160_000 + 28*uint64(c.Height())), sero(1_000_000), types.NewAmount(1)}
	if len(supplies) != len(want) {
		t.Fatalf("%d assets, want %d", len(supplies), len(want))
	}
	for i, s := range supplies {
		if s.Issued != want[i] || !s.Burned.IsZero() || s.Height != c.Height() {
			t.Errorf("asset %d at height %d: %s, want issued %s", i, c.Height(), s, want[i])
		}
		if sum := add(t, s.Pool, s.Immature); sum != want[i] {
			t.Errorf("asset %d at height %d: pool and immature are %s, want %s", i, c.Height(), sum, want[i])
		}
	}
}

// holdOwners holds the pools to what the owners of all notes own. Matured rewards belong to nobody here: they are counted from the blocks.
func holdOwners(t *testing.T, c *testkit.Chain, w *wanderer) {
	t.Helper()
	rewards := types.Amount{}
	for n := types.Height(1); n+20 <= c.Height(); n++ {
		rewards = add(t, rewards, sero(28))
		for range c.At(n).Body.Txs {
			rewards = add(t, rewards, testkit.Fee(1))
		}
	}
	for asset, owned := range w.owned() {
		s, err := c.Supply(asset)
		if err != nil {
			t.Fatal(err)
		}
		if asset == types.NativeAsset {
			owned = add(t, owned, rewards)
		}
		if s.Pool != owned {
			t.Errorf("height %d: pool of %s is %s, its owners have %s", c.Height(), asset, s.Pool, owned)
		}
	}
}
