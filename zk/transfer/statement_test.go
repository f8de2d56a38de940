package transfer

import (
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/gadget"
	"github.com/gero-chain/gero/zk/note"
)

// judge holds the native twin and the circuit to one another and to want.
func judge(t *testing.T, name string, s *statement, want error) {
	t.Helper()
	err := s.check()
	if !errors.Is(err, want) || (err == nil) != (want == nil) {
		t.Errorf("%s: the native twin says %v, want %v", name, err, want)
	}
	if got := solves(t, s); got != (err == nil) {
		t.Errorf("%s: the native twin says %v, the circuit accepts: %v", name, err, got)
	}
}

func TestValidTransfers(t *testing.T) {
	for seed := byte(1); seed < 4; seed++ {
		judge(t, "mixed", mustStatement(t, mixed(t, seed)), nil)
	}
	judge(t, "empty", mustStatement(t, empty(1)), nil)

	w := newWorld(9)
	judge(t, "three coins to one", mustStatement(t, w.finish(&Witness{
		AK: w.keys.AK, NK: w.keys.NK, Alpha: new(big.Int), VN: types.NewAmount(1),
		Inputs: [inputs]Input{
			w.plant(t, w.note(w.keys, types.NativeAsset, 1), 3), w.plant(t, w.note(w.keys, types.NativeAsset, 2), 4),
			w.plant(t, w.note(w.keys, types.NativeAsset, 3), gadget.MaxLeaves-1),
		},
		Outputs: [outputs]note.Note{
			w.note(w.keys, types.NativeAsset, 5), w.note(w.keys, types.NativeAsset, 0), w.note(w.keys, types.NativeAsset, 0),
		},
	})), nil)

	w = newWorld(10)
	max, err := types.AmountFromBig(new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 128), big.NewInt(1)))
	if err != nil {
		t.Fatal(err)
	}
	rich, rest := w.note(w.keys, types.NativeAsset, 0), w.note(w.keys, types.NativeAsset, 0)
	rich.Value, rest.Value = max, max
	last := new(big.Int).Sub(field.Order(), big.NewInt(1))
	judge(t, "the greatest amount and scalar", mustStatement(t, w.finish(&Witness{
		AK: w.keys.AK, NK: w.keys.NK, Alpha: last, Token: token,
		Inputs:  [inputs]Input{w.plant(t, rich, 77), w.plant(t, w.note(w.keys, token, 1), 78), w.dummy()},
		Outputs: [outputs]note.Note{w.note(w.keys, token, 1), rest, w.note(w.keys, token, 0)},
	})), nil)
}

// TestRandomTransfers holds for any mix of lanes, amounts, dummies and values that leave.
func TestRandomTransfers(t *testing.T) {
	w := newWorld(20)
	for range randomRuns {
		wit := &Witness{AK: w.keys.AK, NK: w.keys.NK, Alpha: w.scalar(), Token: token}
		w.tree = tree{}
		var sums [2]uint64
		assets := [2]types.AssetID{types.NativeAsset, token}
		for i := range wit.Inputs {
			lane, v := w.rng.Uint64()%2, w.rng.Uint64()>>4*(w.rng.Uint64()%2)
			if v == 0 {
				wit.Inputs[i] = w.dummy()
				wit.Inputs[i].Note = w.note(w.keys, assets[lane], 0)
				continue
			}
			sums[lane] += v
			wit.Inputs[i] = w.plant(t, w.note(w.keys, assets[lane], v), types.Position(w.rng.Uint64()%uint64(gadget.MaxLeaves)))
		}
		for i := range wit.Outputs {
			lane := w.rng.Uint64() % 2
			v := w.rng.Uint64() % (sums[lane] + 1)
			sums[lane] -= v
			wit.Outputs[i] = w.note(account(99), assets[lane], v)
		}
		wit.VN, wit.VT = types.NewAmount(sums[0]), types.NewAmount(sums[1])
		judge(t, "random", mustStatement(t, w.finish(wit)), nil)
	}
}

// TestEveryClause breaks each clause with everything else recomputed, so that it alone stands between the forger and acceptance.
func TestEveryClause(t *testing.T) {
	torsion := lowOrderPoint(t)
	minus := func(n uint64) field.Element {
		e := field.FromUint64(n)
		e.Neg(&e)
		return e
	}
	add := func(e *field.Element, n uint64) {
		d := field.FromUint64(n)
		e.Add(e, &d)
	}
	two128 := func() field.Element {
		var e field.Element
		e.SetBigInt(new(big.Int).Lsh(big.NewInt(1), 128))
		return e
	}()
	for _, c := range []struct {
		name   string
		change func(s *statement)
		want   error
	}{
		{"T1 ak off the curve", func(s *statement) { s.ak = field.Point{X: field.FromUint64(3), Y: field.FromUint64(4)}; s.repair() }, ErrSpendKey},
		{"T1 ak of all zeros", func(s *statement) { s.ak = field.Point{}; s.repair() }, ErrSpendKey},
		{"T1 rk of another key", func(s *statement) { s.rk = field.Mul(field.BaseB(), big.NewInt(7)) }, ErrSpendKey},
		{"T1 rk shifted by another base", func(s *statement) { s.rk = field.Add(s.rk, field.BaseV()) }, ErrSpendKey},
		{"T1 rk shifted by torsion", func(s *statement) { s.rk = field.Add(s.rk, torsion) }, ErrSpendKey},
		{"T1 ak shifted by torsion under an rk of prime order", func(s *statement) {
			rk := s.rk
			s.ak = field.Add(s.ak, torsion)
			s.repair()
			s.rk = rk
		}, ErrSpendKey},
		{"T1 alpha of digits that are no bits", func(s *statement) {
			s.alpha[0], s.alpha[1], s.alpha[2] = field.FromUint64(2), field.Element{}, field.Element{}
			s.repair()
		}, ErrSpendKey},

		{"T2 another account's note", func(s *statement) { add(&s.nk, 1); s.repair() }, ErrMembership},
		{"T2 another diversifier", func(s *statement) { add(&s.in[0].d, 1); s.repair() }, ErrMembership},
		{"T2 another value", func(s *statement) { add(&s.in[0].v, 1); s.repair() }, ErrMembership},
		{"T2 coins spent as tokens", func(s *statement) { s.in[0].lane = field.FromUint64(1); s.repair() }, ErrMembership},
		{"T2 tokens spent as coins", func(s *statement) { s.in[2].lane = field.Element{}; s.repair() }, ErrMembership},
		{"T2 another rcm", func(s *statement) { add(&s.in[2].rcm, 1); s.repair() }, ErrMembership},
		{"T2 another data", func(s *statement) { add(&s.in[2].data, 1); s.repair() }, ErrMembership},
		{"T2 another psi", func(s *statement) { add(&s.in[2].psi, 1); s.repair() }, ErrMembership},
		{"T2 another anchor", func(s *statement) { add(&s.anchor, 1) }, ErrMembership},
		{"T2 another position", func(s *statement) { s.in[0].is1[19] = field.FromUint64(1); s.repair() }, ErrMembership},
		{"T2 wrong nullifier", func(s *statement) { add(&s.nf[0], 1) }, ErrNullifier},
		{"T2 nullifiers swapped", func(s *statement) { s.nf[0], s.nf[2] = s.nf[2], s.nf[0] }, ErrNullifier},
		{"T2 value in a dummy", func(s *statement) { s.in[1].v = field.FromUint64(5); s.repair() }, ErrMembership},
		{"T2 negative value in a dummy", func(s *statement) { s.in[1].v = minus(5); s.repair() }, ErrMembership},
		{"T2 lane 2", func(s *statement) { s.in[1].lane = field.FromUint64(2); s.repair() }, ErrLane},
		{"T2 lane -1", func(s *statement) { s.in[1].lane = minus(1); s.repair() }, ErrLane},
		{"T2 digit 3", func(s *statement) {
			s.in[1].is1[5], s.in[1].is2[5] = field.FromUint64(1), field.FromUint64(1)
			s.repair()
		}, ErrPosition},
		{"T2 digit 4", func(s *statement) { s.in[1].is1[0], s.in[1].is2[0] = field.Element{}, field.FromUint64(2); s.repair() }, ErrPosition},
		{"T2 digit -1", func(s *statement) { s.in[1].is1[3], s.in[1].is2[3] = minus(1), field.Element{}; s.repair() }, ErrPosition},

		{"T2 dummy with a free nullifier", func(s *statement) { s.nf[1] = field.FromUint64(12345) }, ErrNullifier},
		{"T2 dummy of another owner", func(s *statement) {
			stranger := s.nf[1]
			add(&s.in[1].d, 1)
			s.repair()
			s.nf[1] = stranger
		}, ErrNullifier},

		{"T3 wrong commitment", func(s *statement) { add(&s.cm[2], 1) }, ErrCommitment},
		{"T3 commitments swapped", func(s *statement) { s.cm[0], s.cm[1] = s.cm[1], s.cm[0] }, ErrCommitment},
		{"T3 output of 2^128", func(s *statement) { s.out[0].v = two128; s.repair(); s.vT = field.Element{} }, ErrValueRange},
		{"T3 output of -8, paid out elsewhere", func(s *statement) {
			add(&s.out[1].v, 58)
			s.out[2].v = minus(8)
			s.repair()
		}, ErrValueRange},
		{"T3 lane 2", func(s *statement) { s.out[0].lane = field.FromUint64(2); s.repair() }, ErrLane},
		{"T3 lane -1", func(s *statement) { s.out[2].lane = minus(1); s.repair() }, ErrLane},
		{"T3 third asset", func(s *statement) { s.out[2].lane = field.FromUint64(3); s.repair() }, ErrLane},

		{"T4 one coin too many", func(s *statement) { add(&s.vN, 1) }, ErrBalance},
		{"T4 one token too many", func(s *statement) { add(&s.vT, 1) }, ErrBalance},
		{"T4 tokens turned into coins", func(s *statement) {
			s.out[0].lane = field.Element{}
			vN, vT := s.vN, s.vT
			s.repair()
			s.vN, s.vT = vN, vT
		}, ErrBalance},
		{"T4 output minted", func(s *statement) {
			add(&s.out[1].v, 1_000_000)
			vN := s.vN
			s.repair()
			s.vN = vN
		}, ErrBalance},
		{"T4 vN = r-8 mints 8", func(s *statement) { add(&s.out[1].v, 308); s.repair() }, ErrValueRange},
		{"T4 vT = r-8 mints 8", func(s *statement) { add(&s.out[0].v, 108); s.repair() }, ErrValueRange},

		{"T5 another public asset", func(s *statement) { add(&s.pubAsset, 1) }, ErrPublicAsset},
		{"T5 the coin as public asset", func(s *statement) { s.pubAsset = field.FromUint64(1) }, ErrPublicAsset},
		{"T5 no public asset", func(s *statement) { s.pubAsset = field.Element{} }, ErrPublicAsset},
	} {
		s := mustStatement(t, mixed(t, 1))
		c.change(s)
		judge(t, c.name, s, c.want)
	}
}

// TestMintThroughPublicValue checks that the two cases above really are the attack: vN is r-8, and all else holds.
func TestMintThroughPublicValue(t *testing.T) {
	s := mustStatement(t, mixed(t, 1))
	d := field.FromUint64(308)
	s.out[1].v.Add(&s.out[1].v, &d)
	s.repair()
	if want := new(big.Int).Sub(field.Modulus(), big.NewInt(8)); field.ToBig(s.vN).Cmp(want) != 0 {
		t.Fatalf("vN is %v, want r-8", field.ToBig(s.vN))
	}
	s.vN = field.Element{}
	if err := s.check(); !errors.Is(err, ErrBalance) {
		t.Errorf("got %v", err)
	}
}

func lowOrderPoint(t testing.TB) field.Point {
	t.Helper()
	for i := uint64(2); i < 100; i++ {
		y := field.FromUint64(i)
		q, err := field.DecodePoint(y.Bytes())
		if err != nil {
			continue
		}
		if p := field.Mul(q, field.Order()); !p.IsZero() {
			return p
		}
	}
	t.Fatal("no point of low order found")
	return field.Point{}
}

// TestTorsionKeyIsCaughtOutside says that the statement itself allows an ak with a component of low order, and that the check of rk's order
// then fails: this is why that check is a rule.
func TestTorsionKeyIsCaughtOutside(t *testing.T) {
	w := empty(2)
	w.AK = field.Add(w.AK, lowOrderPoint(t))
	k := note.AccountHash(w.AK, w.NK)
	for i := range w.Inputs {
		w.Inputs[i].Note.Owner = note.OwnerHash(k, w.Inputs[i].Note.Diversifier)
	}
	s := mustStatement(t, w)
	judge(t, "torsion in ak and rk", s, nil)
	if err := field.CheckOrder(s.rk); !errors.Is(err, field.ErrOrder) {
		t.Errorf("rk: got %v, want %v", err, field.ErrOrder)
	}
	if err := field.CheckOrder(mustStatement(t, empty(2)).rk); err != nil {
		t.Errorf("an honest rk: %v", err)
	}
}

// TestAlphaAboveTheOrder says that any representative of alpha modulo l proves the same rk, as the specification argues.
func TestAlphaAboveTheOrder(t *testing.T) {
	s := mustStatement(t, empty(3))
	alpha := big.NewInt(5)
	for _, a := range []*big.Int{alpha, new(big.Int).Add(alpha, field.Order())} {
		for i := range s.alpha {
			s.alpha[i] = field.FromUint64(uint64(a.Bit(i)))
		}
		s.rk = field.Add(s.ak, field.Mul(field.BaseB(), alpha))
		judge(t, "alpha", s, nil)
	}
}

// TestEqualNotesStaySpendable spends two notes equal in every part at two positions: their nullifiers differ.
func TestEqualNotesStaySpendable(t *testing.T) {
	w := newWorld(4)
	twin := w.note(w.keys, types.NativeAsset, 10)
	s := mustStatement(t, w.finish(&Witness{
		AK: w.keys.AK, NK: w.keys.NK, Alpha: w.scalar(), VN: types.NewAmount(20),
		Inputs: [inputs]Input{w.plant(t, twin, 100), w.plant(t, twin, 101), w.dummy()},
		Outputs: [outputs]note.Note{
			w.note(w.keys, types.NativeAsset, 0), w.note(w.keys, types.NativeAsset, 0), w.note(w.keys, types.NativeAsset, 0),
		},
	}))
	judge(t, "equal notes", s, nil)
	if s.nf[0] == s.nf[1] {
		t.Error("equal notes at different positions have one nullifier")
	}
	// The same note twice from one position is one nullifier twice, which the rule nullifierRepeated refuses outside.
	s.in[1] = s.in[0]
	s.repair()
	judge(t, "one note twice", s, nil)
	if s.nf[0] != s.nf[1] {
		t.Error("one note has two nullifiers")
	}
}

// TestEveryVariableMatters changes every witness field and public input. Twin and circuit agree on each, and what may change without harm is
// exactly the path of a dummy.
func TestEveryVariableMatters(t *testing.T) {
	s := mustStatement(t, mixed(t, 1))
	one := field.FromUint64(1)
	var free []string
	for i, v := range s.variables() {
		if skipInQuickRun(i, v.name) {
			continue
		}
		old := *v.e
		v.e.Sub(&one, v.e) // the other bit, where it is one
		if old == *v.e {
			v.e.Add(&old, &one)
		}
		err := s.check()
		accepted := solves(t, s)
		if accepted != (err == nil) {
			t.Errorf("%s: the native twin says %v, the circuit accepts: %v", v.name, err, accepted)
		}
		if accepted {
			free = append(free, v.name)
		}
		*v.e = old
	}
	if i := slices.IndexFunc(free, func(n string) bool { return !strings.HasPrefix(n, "in[1].path[") }); i >= 0 {
		t.Errorf("%s may be changed", free[i])
	}
	if len(free) == 0 {
		t.Error("the path of a dummy must be free")
	}
	judge(t, "unchanged", s, nil)
}

// TestFreePublicsOfAnEmptyBundle: with no value anywhere the anchor and the public asset may be anything; the proof still binds them, see
// TestProofBindsEveryPublic.
func TestFreePublicsOfAnEmptyBundle(t *testing.T) {
	s := mustStatement(t, empty(1))
	s.anchor, s.pubAsset = field.FromUint64(5), field.FromUint64(6)
	judge(t, "another anchor and public asset", s, nil)
}

func TestWitnessErrors(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(w *Witness)
		want   error
	}{
		{"alpha missing", func(w *Witness) { w.Alpha = nil }, ErrAlpha},
		{"alpha negative", func(w *Witness) { w.Alpha = big.NewInt(-1) }, ErrAlpha},
		{"alpha = l", func(w *Witness) { w.Alpha = field.Order() }, ErrAlpha},
		{"ak off the curve", func(w *Witness) { w.AK = field.Point{} }, ErrSpendKey},
		{"anchor + r", func(w *Witness) { w.Anchor = alias(t, w.Anchor) }, field.ErrNotCanonical},
		{"token + r", func(w *Witness) { w.Token = alias(t, w.Token) }, field.ErrNotCanonical},
		{"the coin as token", func(w *Witness) { w.Token = types.NativeAsset }, ErrAsset},
		{"another token", func(w *Witness) { w.Token[5]++ }, ErrAsset},
		{"no token", func(w *Witness) { w.Token = types.AssetID{} }, ErrAsset},
		{"input of a stranger", func(w *Witness) { w.Inputs[0].Note.Owner = account(50).K() }, ErrOwner},
		{"dummy of a stranger", func(w *Witness) { w.Inputs[1].Note.Owner = account(50).K() }, ErrOwner},
		{"position beyond the tree", func(w *Witness) { w.Inputs[0].Pos = gadget.MaxLeaves }, ErrPosition},
		{"wrong position", func(w *Witness) { w.Inputs[0].Pos++ }, ErrMembership},
		{"wrong path", func(w *Witness) { w.Inputs[2].Path[7][0] = field.FromUint64(1) }, ErrMembership},
		{"too much out", func(w *Witness) { w.Outputs[0].Value = types.NewAmount(401) }, ErrBalance},
		{"too much leaves", func(w *Witness) { w.VN = types.NewAmount(301) }, ErrBalance},
	} {
		w := mixed(t, 1)
		c.change(w)
		if _, err := w.Public(); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
		if _, err := Prove(w); !errors.Is(err, c.want) {
			t.Errorf("%s: Prove: got %v, want %v", c.name, err, c.want)
		}
	}
}

// alias returns b + r, the other 32 bytes that a careless decoder would read as the same element.
func alias[T ~[32]byte](t testing.TB, b T) T {
	t.Helper()
	n := new(big.Int).SetBytes(b[:])
	n.Add(n, field.Modulus())
	if n.BitLen() > 256 {
		t.Fatal("the alias has no 32 bytes; choose another value")
	}
	var out T
	n.FillBytes(out[:])
	return out
}
