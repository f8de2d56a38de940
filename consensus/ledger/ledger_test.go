package ledger

import (
	"bytes"
	"encoding/binary"
	"errors"
	"maps"
	"math/bits"
	"testing"

	"pgregory.net/rapid"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/types"
)

func same(a, b MapView) bool {
	return maps.EqualFunc(a, b, bytes.Equal)
}

// A random sequence of writes, whatever it is, is undone exactly by its Diff, and the Diff survives its encoding.
func TestApplyThenRevertIsIdentity(t *testing.T) {
	key := rapid.SliceOfN(rapid.ByteRange(0, 3), 1, 3)
	value := rapid.SliceOfN(rapid.Byte(), 0, 4)
	rapid.Check(t, func(rt *rapid.T) {
		m := MapView{}
		for i := range rapid.IntRange(0, 8).Draw(rt, "start") {
			m.Put(key.Draw(rt, "key"), []byte{byte(i)})
		}
		before := maps.Clone(m)
		o := NewOverlay(m)
		for range rapid.IntRange(0, 20).Draw(rt, "writes") {
			k := key.Draw(rt, "key")
			if rapid.Bool().Draw(rt, "delete") {
				o.Delete(k)
			} else {
				o.Put(k, value.Draw(rt, "value"))
			}
		}
		d, err := o.Diff()
		if err != nil {
			rt.Fatal(err)
		}
		decoded, err := DecodeDiff(d.Bytes())
		if err != nil {
			rt.Fatal(err)
		}
		decoded.Apply(m.Put, m.Delete)
		for k := range o.writes {
			want, had := o.Get([]byte(k))
			if got, ok := m.Get([]byte(k)); ok != had || !bytes.Equal(got, want) {
				rt.Fatalf("key %x after apply: %x %v, want %x %v", k, got, ok, want, had)
			}
		}
		decoded.Revert(m.Put, m.Delete)
		if !same(m, before) {
			rt.Fatalf("after revert %v, want %v", m, before)
		}
	})
}

func TestDiffDropsWhatChangesNothing(t *testing.T) {
	m := MapView{"kept": []byte("v"), "empty": {}}
	o := NewOverlay(m)
	o.Put([]byte("kept"), []byte("v"))
	o.Put([]byte("empty"), nil)
	o.Delete([]byte("absent"))
	o.Put([]byte("new"), nil)
	d, err := o.Diff()
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Changes) != 1 || string(d.Changes[0].Key) != "new" {
		t.Errorf("changes %v, want one of key new", d.Changes)
	}
}

func TestDecodeDiffRefuses(t *testing.T) {
	enc := func(changes ...Change) []byte { return (&Diff{Changes: changes}).Bytes() }
	a := Change{Key: []byte("a"), Has: true, New: []byte{1}}
	b := Change{Key: []byte("b"), Had: true, Old: []byte{1}}
	if _, err := DecodeDiff(enc(a, b)); err != nil {
		t.Fatalf("good diff: %v", err)
	}
	bad := map[string][]byte{
		"order":        enc(b, a),
		"repeated key": enc(a, a),
		"no presence":  enc(Change{Key: []byte("a")}),
		"no key":       enc(Change{Has: true, New: []byte{1}}),
		"no change":    enc(Change{Key: []byte("a"), Had: true, Has: true, Old: []byte{1}, New: []byte{1}}),
		"trailing":     append(enc(a), 0),
		"cut":          enc(a, b)[:12],
		"count":        {0xff, 0xff, 0xff, 0xff},
		"presence 4":   {0, 0, 0, 1, 0, 0, 0, 1, 'a', 4, 0, 0, 0, 0},
		"long key":     enc(Change{Key: make([]byte, 65), Has: true}),
	}
	for name, in := range bad {
		if _, err := DecodeDiff(in); !errors.Is(err, types.ErrEncoding) {
			t.Errorf("%s: %v, want %v", name, err, types.ErrEncoding)
		}
	}
}

func FuzzDecodeDiff(f *testing.F) {
	f.Add((&Diff{}).Bytes())
	f.Add((&Diff{Changes: []Change{
		{Key: []byte("a"), Has: true, New: []byte{1}},
		{Key: []byte("b"), Had: true, Old: []byte{2}},
		{Key: []byte("c"), Had: true, Has: true, Old: []byte{3}, New: nil},
	}}).Bytes())
	f.Fuzz(func(t *testing.T, in []byte) {
		d, err := DecodeDiff(in)
		if err != nil {
			return
		}
		if got := d.Bytes(); !bytes.Equal(got, in) {
			t.Errorf("accepted %x, which encodes as %x", in, got)
		}
	})
}

// naiveRange computes the root of the nullifier range from the whole list.
func naiveRange(list []types.Nullifier) types.NullifierRoot {
	var mountain func([]types.Nullifier) [32]byte
	mountain = func(l []types.Nullifier) [32]byte {
		if len(l) == 1 {
			return types.Blake2b("nullifier leaf", l[0][:])
		}
		a, b := mountain(l[:len(l)/2]), mountain(l[len(l)/2:])
		return types.Blake2b("nullifier node", a[:], b[:])
	}
	var buf []byte
	buf = binary.BigEndian.AppendUint64(buf, uint64(len(list)))
	for rest := list; len(rest) > 0; {
		n := 1 << (bits.Len(uint(len(rest))) - 1)
		p := mountain(rest[:n])
		buf, rest = append(buf, p[:]...), rest[n:]
	}
	return types.Blake2b("nullifier root", buf)
}

func TestNullifierRangeEqualsNaive(t *testing.T) {
	m := MapView{}
	o := NewOverlay(m)
	var r Range
	var list []types.Nullifier
	for i := range 70 {
		if got, want := r.Root(), naiveRange(list); got != want {
			t.Fatalf("root of %d: %s, want %s", i, got, want)
		}
		e := types.NewEncoder(0)
		r.Encode(e)
		var back Range
		d := types.NewDecoder(e.Bytes())
		back.Decode(d)
		if err := d.Finish(); err != nil || back.Root() != r.Root() {
			t.Fatalf("range of %d does not survive its encoding: %v", i, err)
		}
		nf := types.Nullifier{0: byte(i), 5: 1}
		earlier := r
		var err error
		if r, err = InsertNullifier(o, r, types.Height(1000+i), nf); err != nil {
			t.Fatal(err)
		}
		if earlier.Root() != naiveRange(list) {
			t.Fatalf("insert of number %d changed the earlier value", i)
		}
		list = append(list, nf)
		h, ok, err := NullifierHeight(o, nf)
		if err != nil || !ok || h != types.Height(1000+i) {
			t.Fatalf("height of number %d: %d %v %v", i, h, ok, err)
		}
	}
	if _, err := InsertNullifier(o, r, 1, list[3]); err == nil {
		t.Error("a nullifier was inserted twice")
	}
	if _, ok, err := NullifierHeight(o, types.Nullifier{9}); ok || err != nil {
		t.Errorf("unknown nullifier found: %v %v", ok, err)
	}
}

// naivePool computes the value of the set of leaves that share their first d bits.
func naivePool(set map[types.AssetID]types.Amount, d int) [32]byte {
	switch len(set) {
	case 0:
		return [32]byte{}
	case 1:
		for a, v := range set {
			b := v.Bytes()
			return types.Blake2b("pool leaf", a[:], b[:])
		}
	}
	var sides [2]map[types.AssetID]types.Amount
	sides[0], sides[1] = map[types.AssetID]types.Amount{}, map[types.AssetID]types.Amount{}
	for a, v := range set {
		path := types.Blake2b("pool key", a[:])
		sides[path[d/8]>>(7-d%8)&1][a] = v
	}
	l, r := naivePool(sides[0], d+1), naivePool(sides[1], d+1)
	return types.Blake2b("pool node", l[:], r[:])
}

func TestPoolTreeEqualsNaive(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := MapView{}
		set := map[types.AssetID]types.Amount{}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			a := types.AssetID{31: rapid.ByteRange(1, 24).Draw(rt, "asset")}
			v := types.NewAmount(rapid.Uint64Range(0, 2).Draw(rt, "amount"))
			o := NewOverlay(m)
			got, err := SetPool(o, a, v)
			if err != nil {
				rt.Fatal(err)
			}
			before := maps.Clone(m)
			d := put(t, m, o)
			d.Revert(m.Put, m.Delete)
			if !same(m, before) {
				rt.Fatal("revert of a pool update is not exact")
			}
			d.Apply(m.Put, m.Delete)
			if set[a] = v; v.IsZero() {
				delete(set, a)
			}
			want := types.PoolRoot(naivePool(set, 0))
			stored, err := PoolRoot(m)
			if got != want || stored != want || err != nil {
				rt.Fatalf("root %s, stored %s (%v), want %s", got, stored, err, want)
			}
			if back, err := Pool(m, a); back != v || err != nil {
				rt.Fatalf("pool %s (%v), want %s", back, err, v)
			}
		}
		// What is stored depends on the set alone, not on how it came about.
		fresh := MapView{}
		for a, v := range set {
			o := NewOverlay(fresh)
			if _, err := SetPool(o, a, v); err != nil {
				rt.Fatal(err)
			}
			put(t, fresh, o)
		}
		if !same(m, fresh) {
			rt.Fatalf("%d keys stored, want %d as from scratch", len(m), len(fresh))
		}
	})
}

func TestPoolTreeReadsOnePath(t *testing.T) {
	m := MapView{}
	for i := range uint64(2000) {
		o := NewOverlay(m)
		a := types.AssetID{}
		binary.BigEndian.PutUint64(a[8:], i+1)
		if _, err := SetPool(o, a, types.NewAmount(1)); err != nil {
			t.Fatal(err)
		}
		put(t, m, o)
	}
	v := &countingView{View: m}
	a := types.AssetID{}
	binary.BigEndian.PutUint64(a[8:], 77)
	if _, err := SetPool(NewOverlay(v), a, types.Amount{}); err != nil || v.reads > 40 {
		t.Errorf("update among 2,000 assets reads %d records (%v), want at most 40", v.reads, err)
	}
}

func TestAnchorWindow(t *testing.T) {
	m := MapView{}
	root := func(h int) types.NoteRoot { // three blocks share a root
		return types.NoteRoot{1: byte(h / 3 >> 8), 2: byte(h / 3), 31: 1}
	}
	var history []MapView
	const last = 1100
	for h := range last + 1 {
		o := NewOverlay(m)
		if err := AddAnchor(o, types.Height(h), root(h), uint64(h)); err != nil {
			t.Fatal(err)
		}
		before := maps.Clone(m)
		d := put(t, m, o)
		if h%97 == 0 { // exact undo now and then
			d.Revert(m.Put, m.Delete)
			if !same(m, before) {
				t.Fatalf("revert of the anchor of height %d is not exact", h)
			}
			d.Apply(m.Put, m.Delete)
		}
		history = append(history, maps.Clone(m))
	}
	for _, tip := range []int{0, 5, 511, 512, 513, 1099, last} {
		for _, h := range []int{0, 1, 2, 3, tip - 513, tip - 512, tip - 511, tip - 510, tip - 1, tip} {
			if h < 0 || h > tip {
				continue
			}
			latest := min(h/3*3+2, tip) // of the blocks with this root
			wantOK := latest > tip-512
			got, ok, err := AnchorHeight(history[tip], root(h))
			if err != nil || ok != wantOK || (ok && got != types.Height(latest)) {
				t.Errorf("tip %d, root of %d: %d %v %v, want %d %v", tip, h, got, ok, err, latest, wantOK)
			}
			r, leaves, ok, err := AnchorAt(history[tip], types.Height(h))
			if inside := h > tip-512; err != nil || ok != inside || (ok && (r != root(h) || leaves != uint64(h))) {
				t.Errorf("tip %d, height %d: %s %d %v %v, want %v", tip, h, r, leaves, ok, err, inside)
			}
		}
	}
	if n := len(history[last]); n > 2*512 {
		t.Errorf("%d keys kept, want at most two per block of the window", n)
	}
}

func TestIssueListsAssets(t *testing.T) {
	o := NewOverlay(MapView{})
	a, b := types.AssetID{31: 1}, types.AssetID{31: 2}
	n := uint64(0)
	for _, step := range []struct {
		asset types.AssetID
		v     uint64
		want  uint64
	}{{a, 0, 0}, {a, 5, 1}, {b, 1, 2}, {a, 2, 2}} {
		var err error
		if n, err = Issue(o, n, step.asset, types.NewAmount(step.v)); err != nil || n != step.want {
			t.Fatalf("issue of %d: list of %d (%v), want %d", step.v, n, err, step.want)
		}
	}
	for i, want := range []types.AssetID{a, b} {
		if got, err := Asset(o, uint64(i)); got != want || err != nil {
			t.Errorf("asset %d: %s (%v), want %s", i, got, err, want)
		}
	}
	if v, err := Issued(o, a); v != types.NewAmount(7) || err != nil {
		t.Errorf("issued %s (%v), want 7", v, err)
	}
	if _, err := Asset(o, 2); !errors.Is(err, ErrCorrupt) {
		t.Errorf("asset past the list: %v, want %v", err, ErrCorrupt)
	}
	most, err := types.ParseAmount("0xffffffffffffffffffffffffffffffff")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Issue(o, n, a, most); !errors.Is(err, types.ErrAmountRange) {
		t.Errorf("issue past 2^128: %v, want %v", err, types.ErrAmountRange)
	}
}

func TestRewardQueue(t *testing.T) {
	m := MapView{}
	o := NewOverlay(m)
	want := &Reward{PCM: types.PartialCM{31: 7}, Value: types.NewAmount(28), Ct: types.Ciphertext{EPK: [32]byte{1}}}
	QueueReward(o, 5, want)
	if got, err := PendingReward(o, 5); err != nil || *got != *want {
		t.Fatalf("pending %v (%v), want %v", got, err, want)
	}
	if got, err := TakeReward(o, 5); err != nil || *got != *want {
		t.Fatalf("taken %v (%v), want %v", got, err, want)
	}
	for _, h := range []types.Height{5, 6} {
		if got, err := TakeReward(o, h); got != nil || err != nil {
			t.Errorf("height %d: %v (%v), want none", h, got, err)
		}
	}
	if d := put(t, m, o); len(d.Changes) != 0 {
		t.Errorf("%d changes left", len(d.Changes))
	}
	m.Put(key64(keyReward, 9), make([]byte, rewardSize))
	if _, err := PendingReward(m, 9); !errors.Is(err, ErrCorrupt) {
		t.Errorf("reward of zero: %v, want %v", err, ErrCorrupt)
	}
}

// failingView fails for ever after some reads.
type failingView struct {
	View
	left int
}

var errDisk = errors.New("disk on fire")

func (f *failingView) Get(key []byte) ([]byte, bool) {
	if f.left--; f.left < 0 {
		return nil, false
	}
	return f.View.Get(key)
}

func (f *failingView) Err() error {
	if f.left < 0 {
		return errDisk
	}
	return nil
}

// However early the store fails, every function says so with an error of class node and none mistakes it for absence.
func TestNoAnswerOnFailedRead(t *testing.T) {
	m := bigTree(1000)
	o := NewOverlay(m)
	if _, err := SetPool(o, types.NativeAsset, types.NewAmount(1)); err != nil {
		t.Fatal(err)
	}
	put(t, m, o)
	calls := map[string]func(View) error{
		"root":      func(v View) error { _, err := Root(v, 1000); return err },
		"path":      func(v View) error { _, err := Path(v, 1000, 999); return err },
		"append":    func(v View) error { _, err := Append(NewOverlay(v), 1000, randomLeaves(1, 9)); return err },
		"leaf":      func(v View) error { _, err := Leaf(v, 7); return err },
		"anchor":    func(v View) error { _, _, err := AnchorHeight(v, types.NoteRoot{}); return err },
		"anchorAt":  func(v View) error { _, _, _, err := AnchorAt(v, 1); return err },
		"addAnchor": func(v View) error { return AddAnchor(NewOverlay(v), 600, types.NoteRoot{}, 1) },
		"nullifier": func(v View) error { _, _, err := NullifierHeight(v, types.Nullifier{}); return err },
		"insert": func(v View) error {
			_, err := InsertNullifier(NewOverlay(v), Range{}, 1, types.Nullifier{})
			return err
		},
		"pool":     func(v View) error { _, err := Pool(v, types.NativeAsset); return err },
		"setPool":  func(v View) error { _, err := SetPool(NewOverlay(v), types.AssetID{1}, types.NewAmount(1)); return err },
		"poolRoot": func(v View) error { _, err := PoolRoot(v); return err },
		"issue": func(v View) error {
			_, err := Issue(NewOverlay(v), 0, types.AssetID{1}, types.NewAmount(1))
			return err
		},
		"asset":  func(v View) error { _, err := Asset(v, 0); return err },
		"reward": func(v View) error { _, err := TakeReward(NewOverlay(v), 1); return err },
		"diff": func(v View) error {
			o := NewOverlay(v)
			o.Put([]byte("x"), nil)
			_, err := o.Diff()
			return err
		},
	}
	for name, call := range calls {
		counted := &countingView{View: m}
		_ = call(counted)
		for left := range counted.reads {
			err := call(&failingView{View: m, left: left})
			var classed rule.Classed
			if !errors.Is(err, errDisk) || !errors.As(err, &classed) || classed.Class() != rule.ClassNode {
				t.Errorf("%s after %d reads: %v, want %v of class node", name, left, err, errDisk)
			}
		}
	}
}
