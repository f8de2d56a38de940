package transfer

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/consensys/gnark/backend/witness"
	cs "github.com/consensys/gnark/constraint/bls12-381"
	"github.com/consensys/gnark/frontend"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/gadget"
	"github.com/gero-chain/gero/zk/groth"
	"github.com/gero-chain/gero/zk/hash"
	"github.com/gero-chain/gero/zk/note"
)

// compiled is the circuit as it stands in the source, compiled once.
var compiled = sync.OnceValue(func() *cs.R1CS {
	system, err := groth.Compile(new(circuit))
	if err != nil {
		panic(err)
	}
	return system.(*cs.R1CS)
})

func fullWitness(t testing.TB, s *statement) witness.Witness {
	t.Helper()
	w, err := frontend.NewWitness(s.assign(), field.Modulus())
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// solves reports whether the circuit is satisfied.
func solves(t testing.TB, s *statement) bool {
	t.Helper()
	_, err := compiled().Solve(fullWitness(t, s))
	return err == nil
}

// tree is a note tree given by its few leaves that are not empty.
type tree map[types.Position]field.Element

// node returns the node of the given height over the positions at*3^height and following, by the definition.
func (tr tree) node(height int, at types.Position) field.Element {
	var z field.Element
	for range height {
		z = hash.N(z, z, z)
	}
	size := types.Position(1)
	for range height {
		size *= 3
	}
	inside := false
	for pos := range tr {
		inside = inside || pos/size == at
	}
	switch {
	case !inside:
		return z
	case height == 0:
		return tr[at]
	default:
		return hash.N(tr.node(height-1, 3*at), tr.node(height-1, 3*at+1), tr.node(height-1, 3*at+2))
	}
}

func (tr tree) root() field.Element { return tr.node(gadget.TreeDepth, 0) }

func (tr tree) path(pos types.Position) (p gadget.Path) {
	for height := range p {
		k := 0
		for d := range types.Position(3) {
			if d != pos%3 {
				p[height][k] = tr.node(height, pos/3*3+d)
				k++
			}
		}
		pos /= 3
	}
	return p
}

// world makes keys, notes and a tree from a seed.
type world struct {
	rng  *rand.ChaCha8
	keys note.FullViewingKey
	tree tree
}

func newWorld(seed byte) *world {
	return &world{rng: rand.NewChaCha8([32]byte{seed}), keys: account(seed), tree: tree{}}
}

func account(seed byte) note.FullViewingKey {
	return note.AccountKey([]byte(fmt.Sprintf("a seed of thirty-two bytes or so %d", seed)), 0).FullViewingKey()
}

func (w *world) element() (e field.Element) {
	var b [64]byte
	w.rng.Read(b[:])
	e.SetBytes(b[:])
	return e
}

func (w *world) scalar() *big.Int {
	var b [64]byte
	w.rng.Read(b[:])
	s := new(big.Int).SetBytes(b[:])
	return s.Mod(s, field.Order())
}

var token = types.AssetID(field.EncodeElement(field.Trunc31([32]byte{1, 2, 3, 4, 5})))

func (w *world) note(owner note.FullViewingKey, asset types.AssetID, v uint64) note.Note {
	n := note.Note{Asset: asset, Value: types.NewAmount(v), Rcm: w.element(), Psi: w.element(), Data: w.element()}
	w.rng.Read(n.Diversifier[:])
	n.Owner = note.OwnerHash(owner.K(), n.Diversifier)
	return n
}

// plant puts a note into the tree.
func (w *world) plant(t testing.TB, n note.Note, pos types.Position) Input {
	t.Helper()
	cm, err := n.Commitment()
	if err != nil {
		t.Fatal(err)
	}
	if w.tree[pos], err = field.DecodeElement(cm); err != nil {
		t.Fatal(err)
	}
	return Input{Note: n, Pos: pos}
}

// dummy is an input of no value with a path of noise.
func (w *world) dummy() Input {
	in := Input{Note: w.note(w.keys, types.NativeAsset, 0), Pos: types.Position(w.rng.Uint64() % uint64(gadget.MaxLeaves))}
	for i := range in.Path {
		in.Path[i] = [2]field.Element{w.element(), w.element()}
	}
	return in
}

// finish sets anchor and paths from the tree.
func (w *world) finish(wit *Witness) *Witness {
	wit.Anchor = field.EncodeElement(w.tree.root())
	for i := range wit.Inputs {
		if _, ok := w.tree[wit.Inputs[i].Pos]; ok && !wit.Inputs[i].Note.Value.IsZero() {
			wit.Inputs[i].Path = w.tree.path(wit.Inputs[i].Pos)
		}
	}
	return wit
}

// mixed spends 1,000 coins and 500 tokens and a dummy; 300 coins and 100 tokens leave in the open.
func mixed(t testing.TB, seed byte) *Witness {
	t.Helper()
	w, other := newWorld(seed), account(seed+100)
	return w.finish(&Witness{
		AK: w.keys.AK, NK: w.keys.NK, Alpha: w.scalar(), Token: token, VN: types.NewAmount(300), VT: types.NewAmount(100),
		Inputs: [inputs]Input{
			w.plant(t, w.note(w.keys, types.NativeAsset, 1000), 0),
			w.dummy(),
			w.plant(t, w.note(w.keys, token, 500), 1_234_567_890),
		},
		Outputs: [outputs]note.Note{
			w.note(other, token, 400), w.note(other, types.NativeAsset, 650), w.note(w.keys, types.NativeAsset, 50),
		},
	})
}

// empty spends nothing and makes nothing.
func empty(seed byte) *Witness {
	w := newWorld(seed)
	return w.finish(&Witness{
		AK: w.keys.AK, NK: w.keys.NK, Alpha: w.scalar(),
		Inputs:  [inputs]Input{w.dummy(), w.dummy(), w.dummy()},
		Outputs: [outputs]note.Note{w.note(w.keys, types.NativeAsset, 0), w.note(w.keys, types.NativeAsset, 0), w.note(w.keys, types.NativeAsset, 0)},
	})
}

func mustStatement(t testing.TB, w *Witness) *statement {
	t.Helper()
	s, err := w.statement()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// named is one variable of a statement.
type named struct {
	name string
	e    *field.Element
}

// variables lists every variable of the circuit, public ones first.
func (s *statement) variables() (out []named) {
	add := func(e *field.Element, format string, args ...any) {
		out = append(out, named{fmt.Sprintf(format, args...), e})
	}
	add(&s.anchor, "anchor")
	for i := range s.nf {
		add(&s.nf[i], "nf[%d]", i)
	}
	for i := range s.cm {
		add(&s.cm[i], "cm[%d]", i)
	}
	add(&s.rk.X, "rk.x")
	add(&s.rk.Y, "rk.y")
	add(&s.vN, "vN")
	add(&s.vT, "vT")
	add(&s.pubAsset, "pubAsset")
	add(&s.ak.X, "ak.x")
	add(&s.ak.Y, "ak.y")
	add(&s.nk, "nk")
	for i := range s.alpha {
		add(&s.alpha[i], "alpha[%d]", i)
	}
	add(&s.token, "token")
	for i := range s.in {
		in := &s.in[i]
		add(&in.d, "in[%d].d", i)
		add(&in.rcm, "in[%d].rcm", i)
		add(&in.data, "in[%d].data", i)
		add(&in.psi, "in[%d].psi", i)
		add(&in.v, "in[%d].v", i)
		add(&in.lane, "in[%d].lane", i)
		for k := range in.path {
			add(&in.is1[k], "in[%d].is1[%d]", i, k)
			add(&in.is2[k], "in[%d].is2[%d]", i, k)
			add(&in.path[k][0], "in[%d].path[%d][0]", i, k)
			add(&in.path[k][1], "in[%d].path[%d][1]", i, k)
		}
	}
	for i := range s.out {
		o := &s.out[i]
		add(&o.owner, "out[%d].owner", i)
		add(&o.rcm, "out[%d].rcm", i)
		add(&o.data, "out[%d].data", i)
		add(&o.psi, "out[%d].psi", i)
		add(&o.v, "out[%d].v", i)
		add(&o.lane, "out[%d].lane", i)
	}
	return out
}

// repair recomputes all that follows from the secrets by the circuit's own polynomials: rk, nullifiers, commitments and what leaves. It is
// what a forger does who means to break one clause and no other; the clause is then broken by the secrets themselves.
func (s *statement) repair() {
	alpha := new(big.Int)
	for i := range s.alpha {
		alpha.Add(alpha, new(big.Int).Lsh(field.ToBig(s.alpha[i]), uint(i)))
	}
	s.rk = field.Add(s.ak, field.Mul(field.BaseB(), alpha))
	account := hash.H(hash.TagAccount, s.ak.X, s.ak.Y, s.nk)
	var total, tokens, p field.Element
	for i := range s.in {
		in := &s.in[i]
		cm := commit(hash.H(hash.TagOwner, account, in.d), in.rcm, in.data, s.polynomialAsset(in.lane), in.v, in.psi)
		s.nf[i] = hash.H(hash.TagNullifier, s.nk, in.rcm, cm, in.polynomialPosition())
		total.Add(&total, &in.v)
		tokens.Add(&tokens, p.Mul(&in.lane, &in.v))
	}
	for i := range s.out {
		out := &s.out[i]
		s.cm[i] = commit(out.owner, out.rcm, out.data, s.polynomialAsset(out.lane), out.v, out.psi)
		total.Sub(&total, &out.v)
		tokens.Sub(&tokens, p.Mul(&out.lane, &out.v))
	}
	s.vN.Sub(&total, &tokens)
	s.vT = tokens
}

func (s *statement) polynomialAsset(lane field.Element) (asset field.Element) {
	one := field.FromUint64(1)
	asset.Sub(&s.token, &one)
	asset.Mul(&asset, &lane)
	return *asset.Add(&asset, &one)
}

func (in *inputValues) polynomialPosition() (pos field.Element) {
	three := field.FromUint64(3)
	for i := len(in.is1) - 1; i >= 0; i-- {
		pos.Mul(&pos, &three).Add(&pos, &in.is1[i]).Add(&pos, &in.is2[i]).Add(&pos, &in.is2[i])
	}
	return pos
}
