package miner

import (
	"errors"
	"testing"
	"time"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

var errCaught = errors.New("template caught")

// catcher is a chain whose Build remembers what it was asked for.
type catcher struct {
	Chain
	asked consensus.Template
}

func (c *catcher) Tip() (types.BlockHash, *types.Header) {
	return types.BlockHash{1}, new(types.Header)
}

func (c *catcher) Build(t consensus.Template, _ []*consensus.CheckedTx) (*consensus.Built, error) {
	c.asked = t
	return nil, errCaught
}

// noTxs is an empty pool.
type noTxs struct{ Pool }

func (noTxs) Pending() []*consensus.CheckedTx                 { return nil }
func (noTxs) Checked() func(types.WTxID) *consensus.CheckedTx { return nil }

// TestTemplatePullsGasLimitBack: every block of ours moves the gas limit towards the network's, or a minority could drive it to the least
// that the rules allow and nobody would drive it back.
func TestTemplatePullsGasLimitBack(t *testing.T) {
	c := new(catcher)
	m := &Miner{net: params.BetaNet(), chain: c, pool: noTxs{}, now: time.Now}
	reward := func(types.BlockHash) (types.PartialCM, types.Ciphertext, error) {
		return types.PartialCM{31: 1}, types.Ciphertext{}, nil
	}
	if _, err := m.template(reward); !errors.Is(err, errCaught) {
		t.Fatal(err)
	}
	if c.asked.GasLimit != 60_000_000 {
		t.Errorf("asked for a gas limit of %d, want 60000000", c.asked.GasLimit)
	}
}
