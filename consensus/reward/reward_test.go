package reward

import (
	"math/big"
	"testing"

	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// The schedule of the specification, written out.
var table = []struct{ miner, vote string }{
	{"28000000000000000000", "1400000000000000000"},
	{"20000000000000000000", "1000000000000000000"},
	{"14285714285714285714", "714285714285714285"},
	{"10204081632653061224", "510204081632653061"},
	{"7288629737609329446", "364431486880466472"},
	{"5206164098292378175", "260308204914618908"},
	{"3718688641637412982", "185934432081870649"},
	{"2656206172598152130", "132810308629907606"},
	{"1897290123284394378", "94864506164219718"},
	{"1355207230917424556", "67760361545871227"},
	{"0", "0"},
}

func TestSchedule(t *testing.T) {
	const period = 2_100_000
	for _, net := range []*params.Network{params.BetaNet(), params.Dev()} {
		for k, want := range table {
			for _, h := range []uint64{uint64(k)*period + 1, uint64(k)*period + 77, (uint64(k) + 1) * period} {
				if got := Subsidy(net.Reward, types.Height(h)).String(); got != want.miner {
					t.Errorf("%s, height %d: subsidy %s, want %s", net.Name, h, got, want.miner)
				}
				if got := Vote(net.Reward, types.Height(h)).String(); got != want.vote {
					t.Errorf("%s, height %d: vote %s, want %s", net.Name, h, got, want.vote)
				}
			}
		}
		for _, h := range []types.Height{0, 1<<64 - 1} {
			if got := Subsidy(net.Reward, h); !got.IsZero() {
				t.Errorf("%s, height %d: subsidy %s, want 0", net.Name, h, got)
			}
		}
	}
}

// All coins that will ever be made by rewards, with five votes in every block.
func TestTotalEmission(t *testing.T) {
	s := params.BetaNet().Reward
	total, miners := new(big.Int), new(big.Int)
	blocks := big.NewInt(2_100_000) // the reward is constant within a period, as TestSchedule shows
	for k := range uint64(12) {
		h := types.Height(k*2_100_000 + 1)
		miner, vote := Subsidy(s, h).Big(), Vote(s, h).Big()
		miners.Add(miners, new(big.Int).Mul(miner, blocks))
		per := new(big.Int).Add(miner, new(big.Int).Mul(vote, big.NewInt(5)))
		total.Add(total, per.Mul(per, blocks))
	}
	if got, want := miners.String(), "198685162037683521070500000"; got != want {
		t.Errorf("miners earn %s Ta, want %s", got, want)
	}
	if got, want := total.String(), "248356452547104401293500000"; got != want {
		t.Errorf("all earn %s Ta, want %s", got, want)
	}
	most, _ := new(big.Int).SetString("248360000000000000000000000", 10)
	if total.Cmp(most) > 0 {
		t.Errorf("%s Ta are more than 248.36 million SERO", total)
	}
}
