package transfer

import (
	"testing"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/note"
)

// TestNobodyElsePublishesANullifier: whoever publishes the nullifier of somebody's note freezes the note for ever. Not even the account's
// viewing key, with which nk and all secrets of the note are known, suffices to do it with an input that costs nothing.
func TestNobodyElsePublishesANullifier(t *testing.T) {
	victim := mustStatement(t, mixed(t, 1))
	frozen, secrets := victim.nf[0], victim.in[0]
	for _, c := range []struct {
		name   string
		change func(s *statement)
	}{
		{"dummy with all secrets of the note but its value", func(s *statement) {
			s.in[1] = secrets
			s.in[1].v = field.Element{}
		}},
		{"dummy in the other lane", func(s *statement) {
			s.in[1] = secrets
			s.in[1].v, s.in[1].lane = field.Element{}, field.FromUint64(1)
		}},
		{"dummy of another account with the note's nk", func(s *statement) {
			s.ak = account(99).AK
			s.in[0], s.in[1], s.in[2] = s.in[1], secrets, s.in[1]
			s.in[0].v, s.in[1].v, s.in[2].v = field.Element{}, field.Element{}, field.Element{}
			for i := range s.out {
				s.out[i].v = field.Element{}
			}
		}},
	} {
		s := mustStatement(t, mixed(t, 1))
		c.change(s)
		s.repair()
		s.pubAsset = s.token
		judge(t, c.name+", its own nullifier", s, nil)
		for i := range s.nf {
			if s.in[i].rcm == secrets.rcm && s.in[i].v.IsZero() && s.nf[i] == frozen {
				t.Errorf("%s: publishes the note's nullifier", c.name)
			}
		}
		s.nf[1] = frozen
		judge(t, c.name+", the note's nullifier", s, ErrNullifier)
	}
}

// TestTwinsCannotShareANullifier: a sender who pays with two equal notes wants their receiver to be able to spend only one. He would have to
// give both one position, which is where they lie and not what anybody says.
func TestTwinsCannotShareANullifier(t *testing.T) {
	w := newWorld(5)
	twin := w.note(w.keys, types.NativeAsset, 10)
	s := mustStatement(t, w.finish(&Witness{
		AK: w.keys.AK, NK: w.keys.NK, Alpha: w.scalar(), VN: types.NewAmount(20),
		Inputs: [inputs]Input{w.plant(t, twin, 100), w.plant(t, twin, 200), w.dummy()},
		Outputs: [outputs]note.Note{
			w.note(w.keys, types.NativeAsset, 0), w.note(w.keys, types.NativeAsset, 0), w.note(w.keys, types.NativeAsset, 0),
		},
	}))
	// The owner who would spend one note at the other's position, for a second nullifier of one note, fails likewise.
	s.in[1].is1, s.in[1].is2 = s.in[0].is1, s.in[0].is2
	s.repair()
	judge(t, "second twin at the first's position", s, ErrMembership)
}

// TestCoinsInTheTokenLane: nothing in the statement keeps t from being the coin. Both lanes then hold coins and balance each by itself, so
// nothing is made; but coins could leave as if they were tokens, which is why pubAssetNative is a rule outside.
func TestCoinsInTheTokenLane(t *testing.T) {
	w := newWorld(6)
	s := mustStatement(t, w.finish(&Witness{
		AK: w.keys.AK, NK: w.keys.NK, Alpha: w.scalar(), VN: types.NewAmount(10),
		Inputs: [inputs]Input{w.plant(t, w.note(w.keys, types.NativeAsset, 10), 7), w.plant(t, w.note(w.keys, types.NativeAsset, 5), 9), w.dummy()},
		Outputs: [outputs]note.Note{
			w.note(w.keys, types.NativeAsset, 5), w.note(w.keys, types.NativeAsset, 0), w.note(w.keys, types.NativeAsset, 0),
		},
	}))
	one := field.FromUint64(1)
	s.token = one
	s.in[1].lane, s.out[0].lane = one, one
	s.repair()
	if !s.vT.IsZero() || s.vN != field.FromUint64(10) {
		t.Fatal("the attack is not what it says")
	}
	judge(t, "coins in both lanes", s, nil)

	s.out[0].lane = field.Element{} // 5 coins cross from one lane to the other
	vN := s.vN
	s.repair()
	s.vN, s.vT = vN, field.Element{}
	judge(t, "coins across the lanes", s, ErrBalance)

	s.out[0].v = field.Element{}
	s.repair()
	s.pubAsset = one
	judge(t, "coins that leave as tokens", s, nil) // hence the rule pubAssetNative

	// With t = 0 the lane's asset is 0, which no note has and no issue makes; what leaves would be of asset 0: the rule pubAssetUnused.
	s = mustStatement(t, empty(7))
	s.token = field.Element{}
	s.in[0].lane, s.out[0].lane = one, one
	s.repair()
	judge(t, "asset 0 without value", s, nil)
	s.out[0].v = one
	s.repair()
	s.vT = field.Element{}
	judge(t, "asset 0 out of nothing", s, ErrBalance)
}
