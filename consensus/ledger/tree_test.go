package ledger

import (
	"errors"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/hash"
)

// naiveRoot computes the root from all leaves, level by level.
func naiveRoot(leaves []types.Commitment) types.NoteRoot {
	row := make([]field.Element, len(leaves))
	for i := range leaves {
		row[i] = mustElement(leaves[i])
	}
	var zero field.Element
	for range 20 {
		for len(row)%3 != 0 {
			row = append(row, zero)
		}
		var up []field.Element
		for i := 0; i < len(row); i += 3 {
			up = append(up, hash.N(row[i], row[i+1], row[i+2]))
		}
		row, zero = up, hash.N(zero, zero, zero)
	}
	if len(row) == 0 {
		return field.EncodeElement(zero)
	}
	return field.EncodeElement(row[0])
}

// foldPath computes the root that a leaf has with a path, as statement T does.
func foldPath(leaf types.Commitment, pos uint64, path [20][2]field.Element) types.NoteRoot {
	cur := mustElement(leaf)
	for _, s := range path {
		switch pos % 3 {
		case 0:
			cur = hash.N(cur, s[0], s[1])
		case 1:
			cur = hash.N(s[0], cur, s[1])
		case 2:
			cur = hash.N(s[0], s[1], cur)
		}
		pos /= 3
	}
	return field.EncodeElement(cur)
}

func mustElement(b [32]byte) field.Element {
	e, err := field.DecodeElement(b)
	if err != nil {
		panic(err)
	}
	return e
}

func randomLeaves(seed uint64, n int) []types.Commitment {
	rng := rand.New(rand.NewPCG(seed, 1))
	out := make([]types.Commitment, n)
	for i := range out {
		out[i] = field.EncodeElement(field.FromUint64(rng.Uint64() | 1))
	}
	return out
}

// put applies what an Overlay changed to the map below it.
func put(t testing.TB, m MapView, o *Overlay) *Diff {
	t.Helper()
	d, err := o.Diff()
	if err != nil {
		t.Fatal(err)
	}
	d.Apply(m.Put, m.Delete)
	return d
}

func TestTreeEqualsNaiveTree(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		batches := rapid.SliceOfN(rapid.IntRange(0, 14), 1, 6).Draw(rt, "batches")
		var all []types.Commitment
		m := MapView{}
		var sizes []uint64
		for i, n := range batches {
			leaves := randomLeaves(uint64(i), n)
			o := NewOverlay(m)
			size, err := Append(o, uint64(len(all)), leaves)
			if err != nil {
				rt.Fatal(err)
			}
			put(t, m, o)
			all = append(all, leaves...)
			if size != uint64(len(all)) {
				rt.Fatalf("size %d, want %d", size, len(all))
			}
			sizes = append(sizes, size)
		}
		for _, size := range sizes {
			want := naiveRoot(all[:size])
			got, err := Root(m, size)
			if err != nil || got != want {
				rt.Fatalf("root at %d of %d: %s (%v), want %s", size, len(all), got, err, want)
			}
			if size == 0 {
				continue
			}
			pos := rapid.Uint64Range(0, size-1).Draw(rt, "pos")
			path, err := Path(m, size, types.Position(pos))
			if err != nil {
				rt.Fatal(err)
			}
			if got := foldPath(all[pos], pos, path); got != want {
				rt.Fatalf("path of %d at size %d leads to %s, want %s", pos, size, got, want)
			}
		}
	})
}

func TestEveryPathAtEverySize(t *testing.T) {
	const n = 31
	all := randomLeaves(7, n)
	m := MapView{}
	o := NewOverlay(m)
	if _, err := Append(o, 0, all); err != nil {
		t.Fatal(err)
	}
	put(t, m, o)
	for size := uint64(1); size <= n; size += 3 {
		want, err := Root(m, size)
		if err != nil {
			t.Fatal(err)
		}
		for pos := range size {
			path, err := Path(m, size, types.Position(pos))
			if err != nil {
				t.Fatal(err)
			}
			if got := foldPath(all[pos], pos, path); got != want {
				t.Fatalf("path of %d at size %d leads to %s, want %s", pos, size, got, want)
			}
		}
	}
}

func TestEmptyRootPinned(t *testing.T) {
	var z field.Element
	for range 20 {
		z = hash.N(z, z, z)
	}
	want := types.NoteRoot(field.EncodeElement(z))
	got, err := Root(MapView{}, 0)
	if err != nil || got != want || EmptyRoot() != want {
		t.Errorf("empty root %s and %s (%v), want %s", got, EmptyRoot(), err, want)
	}
}

func TestTreeBounds(t *testing.T) {
	leaf := randomLeaves(1, 3)
	if got, err := Append(NewOverlay(MapView{}), 3_486_784_400, leaf[:2]); !errors.Is(err, ErrFull) || got != 3_486_784_400 {
		t.Errorf("two leaves with room for one: %d, %v, want %v", got, err, ErrFull)
	}
	for _, size := range []uint64{3_486_784_402, 1 << 63} {
		if _, err := Root(MapView{}, size); !errors.Is(err, ErrFull) {
			t.Errorf("root at size %d: %v, want %v", size, err, ErrFull)
		}
		if _, err := Append(NewOverlay(MapView{}), size, nil); !errors.Is(err, ErrFull) {
			t.Errorf("append at size %d: %v, want %v", size, err, ErrFull)
		}
	}
	if _, err := Path(MapView{}, 5, 5); !errors.Is(err, ErrNotLeaf) {
		t.Errorf("path past the end: %v, want %v", err, ErrNotLeaf)
	}
	if _, err := Leaf(MapView{}, 5); !errors.Is(err, ErrNotLeaf) {
		t.Errorf("leaf past the end: %v, want %v", err, ErrNotLeaf)
	}
	for _, bad := range []types.Commitment{{}, {0: 0xff}} {
		o := NewOverlay(MapView{})
		if _, err := Append(o, 0, []types.Commitment{leaf[0], bad}); err == nil {
			t.Errorf("leaf %s accepted", bad)
		}
		if d := put(t, MapView{}, o); len(d.Changes) != 0 {
			t.Errorf("refused leaf %s left %d changes", bad, len(d.Changes))
		}
	}
}

// A full tree cannot be made in a test, but its last leaf can: the right border alone.
func TestLastLeafOfFullTree(t *testing.T) {
	m := MapView{}
	size := uint64(3_486_784_401 - 1)
	for level, index := 0, size; level < 20; level++ {
		for i := index / 3 * 3; i < index; i++ {
			b := field.EncodeElement(field.FromUint64(i + 1))
			m.Put(nodeKey(level, i), b[:])
		}
		index /= 3
	}
	before, err := Root(m, size)
	if err != nil {
		t.Fatal(err)
	}
	o := NewOverlay(m)
	leaf := randomLeaves(3, 1)
	full, err := Append(o, size, leaf)
	if err != nil || full != 3_486_784_401 {
		t.Fatalf("size %d, %v", full, err)
	}
	path, err := Path(o, full, types.Position(size))
	if err != nil {
		t.Fatal(err)
	}
	after, err := Root(o, full)
	if err != nil || after == before || foldPath(leaf[0], size, path) != after {
		t.Errorf("root of the full tree %s (%v), before %s", after, err, before)
	}
}

func TestTreeReportsDamage(t *testing.T) {
	m := MapView{}
	o := NewOverlay(m)
	if _, err := Append(o, 0, randomLeaves(1, 5)); err != nil {
		t.Fatal(err)
	}
	put(t, m, o)
	cases := map[string]func(MapView){
		"missing":       func(m MapView) { m.Delete(nodeKey(0, 4)) },
		"short":         func(m MapView) { m.Put(nodeKey(0, 4), []byte{1}) },
		"not canonical": func(m MapView) { m.Put(nodeKey(1, 0), make32(0xff)) },
	}
	for name, damage := range cases {
		broken := MapView{}
		for k, v := range m {
			broken[k] = v
		}
		damage(broken)
		var e *Error
		if _, err := Root(broken, 5); !errors.Is(err, ErrCorrupt) || !errors.As(err, &e) {
			t.Errorf("%s: %v, want %v", name, err, ErrCorrupt)
		}
	}
}

func make32(b byte) []byte {
	out := make([]byte, 32)
	for i := range out {
		out[i] = b
	}
	return out
}

// countingView counts reads.
type countingView struct {
	View
	reads int
}

func (c *countingView) Get(key []byte) ([]byte, bool) {
	c.reads++
	return c.View.Get(key)
}

// bigTree returns a map with the nodes a tree of about a million leaves needs at its right border, without hashing a million leaves: the
// values of inner nodes do not matter to the cost.
func bigTree(size uint64) MapView {
	m := MapView{}
	for level, width := 0, size; level < 20; level++ {
		from := width / 3 * 3
		for i := from - min(from, 3); i < width; i++ {
			b := field.EncodeElement(field.FromUint64(i + 1))
			m.Put(nodeKey(level, i), b[:])
		}
		width /= 3
	}
	return m
}

func TestTreeReadsFewNodes(t *testing.T) {
	const size = 1_000_000
	v := &countingView{View: bigTree(size)}
	if _, err := Root(v, size); err != nil || v.reads > 40 {
		t.Errorf("root reads %d nodes (%v), want at most 40", v.reads, err)
	}
	v.reads = 0
	if _, err := Path(v, size, size-1); err != nil || v.reads > 80 {
		t.Errorf("path reads %d nodes (%v), want at most 80", v.reads, err)
	}
	v.reads = 0
	o := NewOverlay(v)
	if _, err := Append(o, size, randomLeaves(1, 540)); err != nil || v.reads > 40 {
		t.Errorf("append of 540 reads %d nodes (%v), want at most 40", v.reads, err)
	}
}

func BenchmarkAppendPerLeaf(b *testing.B) {
	const batch = 540
	leaves := randomLeaves(1, batch)
	m := MapView{}
	size := uint64(0)
	b.ReportAllocs()
	for i := 0; i < b.N; i += batch {
		o := NewOverlay(m)
		var err error
		if size, err = Append(o, size, leaves); err != nil {
			b.Fatal(err)
		}
		if _, err = Root(o, size); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		put(b, m, o)
		b.StartTimer()
	}
}

func BenchmarkMillionNotes(b *testing.B) {
	const size = 1_000_000
	m := bigTree(size)
	b.Run("root", func(b *testing.B) {
		for range b.N {
			if _, err := Root(m, size); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("path", func(b *testing.B) {
		for range b.N {
			if _, err := Path(m, size, size-1); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("append180", func(b *testing.B) {
		leaves := randomLeaves(1, 180)
		for range b.N {
			o := NewOverlay(m)
			if _, err := Append(o, size, leaves); err != nil {
				b.Fatal(err)
			}
		}
	})
}
