package note

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// TestEqualNotesHaveTheirOwnNullifiers says that a note sent twice can be spent twice: Zcash's "Faerie gold" does not work here.
func TestEqualNotesHaveTheirOwnNullifiers(t *testing.T) {
	k := testKey(1)
	n := k.OwnNote(field.FromUint64(5))
	n.Asset, n.Value = types.NativeAsset, types.NewAmount(7)
	seen := map[types.Nullifier]types.Position{}
	for pos := range types.Position(50) {
		nf, err := n.Nullifier(k.NK, pos)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[nf]; ok {
			t.Errorf("positions %d and %d have one nullifier", pos, other)
		}
		seen[nf] = pos
	}
	other, err := n.Nullifier(testKey(2).NK, 0)
	if _, ok := seen[other]; ok || err != nil {
		t.Errorf("another key's nullifier: %v", err)
	}
}

// TestEveryPartIsCommittedTo changes each part of a note.
func TestEveryPartIsCommittedTo(t *testing.T) {
	base := Note{Owner: field.FromUint64(1), Rcm: field.FromUint64(2), Data: field.FromUint64(3), Asset: types.NativeAsset,
		Value: types.NewAmount(4), Psi: field.FromUint64(5)}
	cms := map[types.Commitment]string{}
	for name, change := range map[string]func(*Note){
		"nothing": func(*Note) {}, "owner": func(n *Note) { n.Owner.SetUint64(9) }, "rcm": func(n *Note) { n.Rcm.SetUint64(9) },
		"data": func(n *Note) { n.Data.SetUint64(9) }, "asset": func(n *Note) { n.Asset[31] = 9 },
		"value": func(n *Note) { n.Value = types.NewAmount(9) }, "psi": func(n *Note) { n.Psi.SetUint64(9) },
		"rcm and data exchanged": func(n *Note) { n.Rcm, n.Data = n.Data, n.Rcm },
	} {
		n := base
		change(&n)
		cm, err := n.Commitment()
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := cms[cm]; ok {
			t.Errorf("%s and %s give one commitment", name, other)
		}
		cms[cm] = name
		if (n.PCM() == base.PCM()) != (name == "nothing" || name == "asset" || name == "value" || name == "psi") {
			t.Errorf("%s: the partial commitment has the wrong parts", name)
		}
	}
}

func TestCompleteRefuses(t *testing.T) {
	k := testKey(1)
	n := k.OwnNote(k.DK.CoinbaseRcm(types.BlockHash{1}))
	n.Asset, n.Value = types.NativeAsset, types.SERO
	want, err := n.Commitment()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Complete(n.PCM(), n.Asset, n.Value); err != nil || got != want {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	var r [32]byte
	field.Modulus().FillBytes(r[:])
	if _, err := Complete(types.PartialCM{}, n.Asset, n.Value); !errors.Is(err, ErrNote) {
		t.Errorf("pcm 0: got %v", err)
	}
	if _, err := Complete(r, n.Asset, n.Value); !errors.Is(err, ErrNote) {
		t.Errorf("pcm r: got %v", err)
	}
	if _, err := Complete(n.PCM(), r, n.Value); !errors.Is(err, ErrNote) {
		t.Errorf("asset r: got %v", err)
	}
	n.Asset = r
	if _, err := n.Commitment(); !errors.Is(err, ErrNote) {
		t.Errorf("asset r: got %v", err)
	}
	if _, err := n.Nullifier(k.NK, 0); !errors.Is(err, ErrNote) {
		t.Errorf("asset r: got %v", err)
	}
}

// TestDerivedRandomnessIsApart says that no two uses give one rcm, and that another account derives others.
func TestDerivedRandomnessIsApart(t *testing.T) {
	seen := map[field.Element]bool{}
	for n := range byte(2) {
		dk := testKey(n).DK
		for _, rcm := range []field.Element{
			dk.CoinbaseRcm(types.BlockHash{}), dk.CoinbaseRcm(types.BlockHash{1}), dk.VoteRcm(types.Nullifier{}), dk.RefundRcm(types.Nullifier{}),
			dk.BondRcm(field.Element{}), dk.GenesisRcm(0), dk.GenesisRcm(1), dk.PreparedRcm(0), dk.PreparedRcm(1 << 63),
		} {
			if seen[rcm] {
				t.Error("one rcm for two uses")
			}
			seen[rcm] = true
		}
	}
}

func TestOwnNoteIsOfAddressZero(t *testing.T) {
	k := testKey(1)
	for j, n := range []Note{k.OwnNote(field.FromUint64(1)), k.NoteFor(1, field.FromUint64(1))} {
		a := k.Address(uint64(j))
		if n.Owner != a.Owner || n.Diversifier != a.Diversifier || !n.Data.IsZero() || !n.Psi.IsZero() {
			t.Errorf("address %d: got %+v", j, n)
		}
	}
}

func TestDummyInput(t *testing.T) {
	k, rng := testKey(1), testRand(1)
	a, err := DummyInput(k, rng)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := DummyInput(k, rng)
	if !a.Value.IsZero() || a.Asset != types.NativeAsset || a.Owner != OwnerHash(k.K(), a.Diversifier) {
		t.Errorf("got %+v", a)
	}
	if a.Diversifier == b.Diversifier || a.Rcm == b.Rcm || a.Psi == b.Psi || a.Rcm == a.Psi {
		t.Error("dummies are not random")
	}
	if _, err := DummyInput(k, bytes.NewReader(nil)); err == nil {
		t.Error("a dummy without randomness")
	}
}

func TestTextMemo(t *testing.T) {
	for _, text := range []string{"", "two coffees", strings.Repeat("x", 128), strings.Repeat("é", 64), "🦀"} {
		m, err := TextMemo(text)
		if got, ok := m.Text(); err != nil || !ok || got != text {
			t.Errorf("%q: got %q, %v, %v", text, got, ok, err)
		}
	}
	for _, text := range []string{strings.Repeat("x", 129), strings.Repeat("é", 65), "a\x00b", "a\x00", "\xff"} {
		if _, err := TextMemo(text); !errors.Is(err, ErrMemo) {
			t.Errorf("%q: got %v, want ErrMemo", text, err)
		}
	}
	for _, m := range []Memo{{0, 'a'}, {0xff}, {'a', 0, 'b'}} {
		if text, ok := m.Text(); ok || text != "" {
			t.Errorf("binary memo read as %q", text)
		}
	}
}
