package consensus

import (
	"errors"
	"fmt"

	"github.com/gero-chain/gero/consensus/ledger"
	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// Errors of callers.
var (
	// ErrWrongParent reports a block connected to a State that is not its parent's.
	ErrWrongParent = errors.New("block connected to a state that is not its parent's")
	// ErrTemplate reports a template from which no valid block can be built.
	ErrTemplate = errors.New("block template unusable")
)

// Outcome is what a block did to the ledger.
type Outcome struct {
	Diff     *ledger.Diff
	Leaves   []types.Leaf // appended, in order of position
	FirstPos types.Position
}

// Connect applies a block to the ledger after its parent: state and v belong together. It writes nothing: the caller applies the Outcome's
// Diff, or drops it. Cost depends on the size of the block and the logarithm of the ledger's.
//
// A *rule.Error condemns the block. A BugError or an error of class node says that the node must stop.
func Connect(net *params.Network, state *State, v ledger.View, b *CheckedBlock) (*State, *Outcome, error) {
	if b.header.Parent != state.Hash || b.header.Number != state.Height()+1 {
		return nil, nil, ErrWrongParent
	}
	if b.genesis != state.Genesis {
		return nil, nil, fmt.Errorf("block %s: %w", b.hash, ErrOtherChain)
	}
	p, err := begin(net, state, v)
	if err != nil {
		return nil, nil, err
	}
	for i, tx := range b.txs {
		if err := p.add(tx); err != nil {
			return nil, nil, inTx(i, err)
		}
	}
	r, err := p.end(b.header)
	if err != nil {
		return nil, nil, err
	}
	if err := r.match(b.header); err != nil {
		return nil, nil, err
	}
	return p.finish(b.header)
}

// finish holds the books of every touched asset to the supply identity and takes the Diff.
func (p *pending) finish(h *types.Header) (*State, *Outcome, error) {
	next := p.state(h)
	for _, a := range p.touched() {
		s, err := SupplyOf(p.ov, next, a)
		if err != nil {
			return nil, nil, err
		}
		if !s.Consistent {
			return nil, nil, &BugError{fmt.Sprintf("supply of asset %s does not add up at height %d: %s", a, p.height, s)}
		}
	}
	diff, err := p.ov.Diff()
	if err != nil {
		return nil, nil, err
	}
	return next, &Outcome{Diff: diff, Leaves: p.leaves, FirstPos: types.Position(p.parent.Leaves)}, nil
}

// CheckContext checks a transaction against the ledger for a block right after state, as Connect would, alone in its block. It may be
// called before the proofs are verified, and later with what CheckedTx.Cheap returns.
func CheckContext(net *params.Network, state *State, v ledger.View, tx *CheapTx) error {
	p, err := begin(net, state, v)
	if err != nil {
		return err
	}
	return p.refuses(tx)
}

// Template is what a miner chooses freely in a block.
type Template struct {
	Time        types.Time // greater than the parent's
	CoinbasePCM types.PartialCM
	CoinbaseCt  types.Ciphertext
	Extra       []byte
	// GasLimit is where the miner wants the gas limit of blocks to be; his block moves it there as far as one block may. 0 leaves it where
	// it is. If all left it, whoever wants it elsewhere would need nobody's consent but time.
	GasLimit types.Gas
}

// Built is a block without a seal.
type Built struct {
	Header  *types.Header // everything but nonce and mix
	Body    *types.Body
	Fees    types.Amount // in Ta
	Dropped []Dropped
}

// Dropped is a transaction that was offered and left out.
type Dropped struct {
	Tx  *CheckedTx
	Err error // why it cannot follow those before it; nil when only this block had no room
}

// Build makes the block after state from a template and transactions in order of preference, leaving out those that do not fit or that the
// ledger refuses. The header is one that CheckHeaderFields and Connect accept, or the error wraps ErrTemplate or is of class node.
func Build(net *params.Network, state *State, v ledger.View, t Template, txs []*CheckedTx) (*Built, error) {
	p, err := begin(net, state, v)
	if err != nil {
		return nil, err
	}
	out := &Built{Header: startHeader(net, state, t), Body: new(types.Body)}
	if err := CheckHeaderFields(net, state.Header, out.Header); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTemplate, err)
	}
	size := bodyOverhead
	for _, tx := range txs {
		if size+tx.Size() > types.MaxBodySize || out.Header.GasUsed+tx.Gas() > out.Header.GasLimit {
			out.Dropped = append(out.Dropped, Dropped{Tx: tx})
			continue
		}
		if err := p.add(tx); isVerdict(err) {
			out.Dropped = append(out.Dropped, Dropped{Tx: tx, Err: err})
			continue
		} else if err != nil {
			return nil, err
		}
		size += tx.Size()
		out.Header.GasUsed += tx.Gas()
		out.Body.Txs = append(out.Body.Txs, tx.tx)
	}
	r, err := p.end(out.Header)
	if err != nil {
		return nil, err
	}
	r.into(out.Header)
	out.Header.BodyRoot = out.Body.Root(state.Genesis)
	out.Fees = p.fees
	return out, nil
}

// bodyOverhead is the length of a body's encoding without votes and transactions: two counts.
const bodyOverhead = 8

// startHeader fills in what parent and template decide.
func startHeader(net *params.Network, state *State, t Template) *types.Header {
	parent := state.Header
	return &types.Header{
		Version:     types.HeaderVersion,
		Parent:      state.Hash,
		Number:      parent.Number + 1,
		Time:        t.Time,
		Difficulty:  pow.NextDifficulty(net, parent.Time, parent.Number),
		GasLimit:    gasLimitTowards(parent.GasLimit, t.GasLimit),
		CoinbasePCM: t.CoinbasePCM,
		CoinbaseCt:  t.CoinbaseCt,
		Extra:       t.Extra,
	}
}

// gasLimitTowards returns the gas limit nearest to want that B7 allows after a parent's; want = 0 is the parent's.
func gasLimitTowards(parent, want types.Gas) types.Gas {
	if want == 0 {
		return parent
	}
	want = min(max(want, params.MinGasLimit), params.MaxGasLimit)
	step := parent/params.GasStep - 1 // it must differ by less than a 1,024th, and the parent's is at least 10^6
	return min(max(want, parent-step), parent+step)
}
