package wallet_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/wallet"
)

// devWords are the public words of the dev network.
const devWords = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon " +
	"abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art"

// pool holds what the wallet sends until the test mines it; the real chain checks it then.
type pool struct {
	genesis types.BlockHash
	txs     []*types.Tx
}

func (p *pool) Add(tx *types.Tx) (types.TxID, error) {
	p.txs = append(p.txs, tx)
	return tx.ID(p.genesis), nil
}

func (p *pool) Has(id types.TxID) bool {
	for _, tx := range p.txs {
		if tx.ID(p.genesis) == id {
			return true
		}
	}
	return false
}

func openOn(t *testing.T, c *testkit.Chain, p *pool, now *time.Time) *wallet.Wallet {
	t.Helper()
	keys, err := wallet.OpenKeystore(t.TempDir(), wallet.KeystoreOptions{HRP: c.Net.HRP, ScryptN: 2, NoPassphrase: true})
	if err != nil {
		t.Fatal(err)
	}
	w, err := wallet.Open(wallet.Config{
		Network: wallet.Network{
			ChainID: c.Net.ChainID, HRP: c.Net.HRP, Genesis: c.Genesis(), Maturity: types.Height(c.Net.Reward.Delay),
			Subsidy: func(types.Height) types.Amount { return c.Net.Reward.Miner },
		},
		Keystore: keys, Store: wallet.NewTestStore(), Chain: c, Pool: p, DevWords: devWords, Now: func() time.Time { return *now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestOnARealChain pays with a real proof on a real chain: genesis notes are found, the block is accepted, its reward matures, and a
// reorganisation takes the payment out and in again.
func TestOnARealChain(t *testing.T) {
	ctx, now := context.Background(), time.Unix(1_800_000_000, 0)
	c := testkit.New(t)
	p := &pool{genesis: c.Genesis()}
	w := openOn(t, c, p, &now)
	step := func() {
		t.Helper()
		if err := w.Step(ctx); err != nil {
			t.Fatal(err)
		}
	}
	want := func(account, spendable, immature, pending string) {
		t.Helper()
		b, err := w.Balance(account)
		got := [3]string{b.Spendable.Decimal(18), b.Immature.Decimal(18), b.Pending.Decimal(18)}
		if err != nil || got != [3]string{spendable, immature, pending} {
			t.Fatalf("balance of %s: %v, %v, want %s, %s, %s", account, got, err, spendable, immature, pending)
		}
	}
	state := func(id, want string) {
		t.Helper()
		if o, err := w.Operation(id); err != nil || o.State != want {
			t.Fatalf("operation: %+v, %v, want %s", o, err, want)
		}
	}
	step()
	want("alice", "100000", "0", "0")
	to, err := w.NewAddress("bob", "")
	if err != nil {
		t.Fatal(err)
	}
	value, err := types.ParseDecimal("1.5", types.Decimals)
	if err != nil {
		t.Fatal(err)
	}
	id, err := w.Send("alice", []wallet.Payment{{To: to.Address, Value: value, Memo: "for real"}}, wallet.SendOptions{})
	if err != nil {
		t.Fatal(err)
	}
	step()
	state(id, wallet.StateSent)
	tx := p.txs[0]

	reward, err := w.RewardTo("carol")
	if err != nil {
		t.Fatal(err)
	}
	fork := c.Fork(0)
	mineFor(t, c, reward, tx)
	step()
	state(id, wallet.StateConfirmed)
	want("alice", "99998.499579", "0", "0")
	want("bob", "50001.5", "0", "0")
	want("carol", "10000", "28.000421", "0")

	for range 2 { // a longer branch without the payment
		c.Add(fork.Mine())
	}
	p.txs = nil
	now = now.Add(time.Hour)
	step()
	state(id, wallet.StateSent)
	want("alice", "75000", "0", "24998.499579")
	want("carol", "10000", "0", "0")
	if len(p.txs) != 1 || p.txs[0].WID() != tx.WID() {
		t.Fatal("the payment was not offered again as it was")
	}
	mineFor(t, c, reward, tx)
	c.MineEmpty(int(c.Net.Reward.Delay)) //nolint:gosec // twenty
	step()
	state(id, wallet.StateConfirmed)
	want("bob", "50001.5", "0", "0")
	want("carol", "10028.000421", "0", "0")
	c.MustConsistent()
	if _, err := w.Balance("nobody"); !errors.Is(err, wallet.NotFound) {
		t.Fatalf("no such account: %v", err)
	}
}

// mineFor adds a block whose reward is claimed as a miner does.
func mineFor(t *testing.T, c *testkit.Chain, reward wallet.Reward, txs ...*types.Tx) {
	t.Helper()
	template := c.Template()
	hash, _ := c.Tip()
	var err error
	if template.CoinbasePCM, template.CoinbaseCt, err = reward(hash); err != nil {
		t.Fatal(err)
	}
	c.Add(c.NextWith(template, txs...))
}
