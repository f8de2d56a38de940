package pow

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// devWork repeats the dev network's numbers.
func devWork() params.Work {
	w := realWork()
	w.ChainTag, w.CacheSize, w.DatasetInit, w.DatasetGrowth, w.DatasetMax = "gero dev v1", 256<<10, 1<<20, 0, 1<<20
	return w
}

// tinyWork is a shape small enough for the slow reference.
func tinyWork() params.Work {
	return params.Work{
		ChainTag: "gero test", CacheSize: 4 << 10, DatasetInit: 16 << 10, DatasetGrowth: 1 << 10, DatasetMax: 20 << 10,
		EpochBlocks: 100, ScratchpadSize: 2 << 10, Accesses: 24, Mutations: 5, Parents: 7,
	}
}

func referenceOf(t *testing.T, w params.Work, e Epoch, cacheRows, datasetRows uint32) *reference {
	t.Helper()
	r := &reference{
		cacheRows: cacheRows, datasetRows: datasetRows, parents: int(w.Parents), accesses: int(w.Accesses),
		steps: int(w.Mutations), scratchBytes: int(w.ScratchpadSize),
	}
	copy(r.key[:], w.ChainTag)
	r.makeCache(int(e))
	return r
}

func dataset(c *Cache) []Row {
	rows := make([]Row, c.DatasetRows())
	c.Compute(0, rows)
	return rows
}

func TestNetworksUseTheNumbersTestedHere(t *testing.T) {
	if got, want := params.BetaNet().Work, realWork(); got != want {
		t.Errorf("betanet: got %+v, want %+v", got, want)
	}
	if got, want := params.Dev().Work, devWork(); got != want {
		t.Errorf("dev: got %+v, want %+v", got, want)
	}
}

func TestEngineAgreesWithReference(t *testing.T) {
	w := tinyWork()
	a := gerohash(t, w)
	for _, e := range []Epoch{0, 1, 9} {
		c := cache(t, a, e)
		// 4 KiB are 64 rows, the prime below is 61; 16, 17 and 20 KiB are 256, 272 and 320 rows: 251, 271 and 317.
		want := map[Epoch]uint32{0: 251, 1: 271, 9: 317}[e]
		if len(c.rows) != 61 || c.DatasetRows() != want {
			t.Fatalf("epoch %d: %d cache and %d dataset rows, want 61 and %d", e, len(c.rows), c.DatasetRows(), want)
		}
		r := referenceOf(t, w, e, 61, want)
		if got, want := hex.EncodeToString(rowBytes(c.rows)), hex.EncodeToString(join(r.cache)); got != want {
			t.Fatalf("epoch %d: cache differs from the reference", e)
		}
		rows := dataset(c)
		for i := range rows {
			if got, want := rowBytes(rows[i:i+1]), r.row(uint32(i)); string(got) != string(want) {
				t.Fatalf("epoch %d: row %d is %x, want %x", e, i, got, want)
			}
		}
		h := NewHasher(a)
		for n := range uint64(12) {
			seal := types.SealHash{byte(n), 31: 7}
			number := n * 0x0123456789abcdef
			wantMix, wantResult := r.compute(seal[:], number)
			for name, d := range map[string]Dataset{"full": a.Full(rows), "light": c.Light()} {
				mix, result := h.Hash(d, seal, nonce(number))
				if string(mix[:]) != string(wantMix) || string(result[:]) != string(wantResult) {
					t.Fatalf("epoch %d nonce %d %s: got %s %s, want %x %x", e, n, name, mix, result, wantMix, wantResult)
				}
			}
		}
	}
}

func join(rows [][]byte) (out []byte) {
	for _, r := range rows {
		out = append(out, r...)
	}
	return out
}

func TestTwoLanesAgreeWithOne(t *testing.T) {
	for name, a := range map[string]*Algorithm{"gerohash": gerohash(t, tinyWork()), "ethash": Ethash()} {
		c := newCache(a, 0, [32]byte{1}, 61, 254)
		rows := dataset(c)
		one, two := NewHasher(a), NewHasher(a)
		for n := uint64(0); n < 40; n += 2 {
			pair := [2]types.Nonce{nonce(n), nonce(n ^ 0xff00000000000001)}
			for kind, d := range map[string]Dataset{"full": a.Full(rows), "light": c.Light()} {
				mixes, results := two.HashTwo(d, types.SealHash{9}, pair)
				for i := range pair {
					mix, result := one.Hash(d, types.SealHash{9}, pair[i])
					if mixes[i] != mix || results[i] != result {
						t.Fatalf("%s %s lane %d: got %s %s, want %s %s", name, kind, i, mixes[i], results[i], mix, result)
					}
				}
			}
		}
	}
}

func TestComputeFromAnywhereAgrees(t *testing.T) {
	c := cache(t, gerohash(t, tinyWork()), 0)
	all := dataset(c)
	for _, span := range [][2]int{{0, 1}, {5, 20}, {7, 23}, {250, 251}, {16, 48}} {
		part := make([]Row, span[1]-span[0])
		c.Compute(uint32(span[0]), part)
		for i := range part {
			if part[i] != all[span[0]+i] {
				t.Errorf("rows %v: row %d differs", span, span[0]+i)
			}
		}
	}
}

// The vectors of a network's own shape agree with the reference too, not only with the engine that made them.
func TestReferenceGivesTheDevVectors(t *testing.T) {
	a := gerohash(t, devWork())
	c := cache(t, a, 0)
	r := referenceOf(t, devWork(), 0, uint32(len(c.rows)), c.DatasetRows())
	h := NewHasher(a)
	seal := types.SealHash{0: 0xc9, 1: 1, 31: 0x1f}
	mix, result := h.Hash(c.Light(), seal, nonce(1))
	wantMix, wantResult := r.compute(seal[:], 1)
	if string(mix[:]) != string(wantMix) || string(result[:]) != string(wantResult) {
		t.Errorf("got %s %s, want %x %x", mix, result, wantMix, wantResult)
	}
}

func TestGerohashRefusesWrongNumbers(t *testing.T) {
	for name, change := range map[string]func(*params.Work){
		"no tag":               func(w *params.Work) { w.ChainTag = "" },
		"long tag":             func(w *params.Work) { w.ChainTag = strings.Repeat("x", 33) },
		"no cache":             func(w *params.Work) { w.CacheSize = 0 },
		"odd cache":            func(w *params.Work) { w.CacheSize = 64 * 15 },
		"small dataset":        func(w *params.Work) { w.DatasetInit = 128 },
		"huge dataset":         func(w *params.Work) { w.DatasetMax = 1 << 40 },
		"shrinking dataset":    func(w *params.Work) { w.DatasetMax = w.DatasetInit - 128 },
		"odd growth":           func(w *params.Work) { w.DatasetGrowth = 64 },
		"huge growth":          func(w *params.Work) { w.DatasetGrowth = 1 << 63 },
		"no scratchpad":        func(w *params.Work) { w.ScratchpadSize = 0 },
		"scratchpad not power": func(w *params.Work) { w.ScratchpadSize = 3 << 10 },
		"no accesses":          func(w *params.Work) { w.Accesses = 0 },
		"no steps":             func(w *params.Work) { w.Mutations = 0 },
		"many parents":         func(w *params.Work) { w.Parents = 1 << 20 },
		"no epoch":             func(w *params.Work) { w.EpochBlocks = 0 },
	} {
		w := realWork()
		change(&w)
		if _, err := Gerohash(w); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestEpochsEnd(t *testing.T) {
	a := gerohash(t, tinyWork())
	if _, err := NewCache(a, 65535); err != nil {
		t.Errorf("last epoch: %v", err)
	}
	if _, err := NewCache(a, 65536); !errors.Is(err, ErrEpoch) {
		t.Errorf("epoch after the last: %v, want ErrEpoch", err)
	}
	if got := a.Epoch(199); got != 1 {
		t.Errorf("height 199 is in epoch %d, want 1", got)
	}
	if got := a.FirstHeight(2); got != 200 {
		t.Errorf("epoch 2 begins at %d, want 200", got)
	}
}

func TestIDTellsAlgorithmsApart(t *testing.T) {
	ids := map[[32]byte]string{Ethash().ID(): "ethash"}
	for name, change := range map[string]func(*params.Work){
		"same": func(*params.Work) {}, "tag": func(w *params.Work) { w.ChainTag = "other" }, "cache": func(w *params.Work) { w.CacheSize *= 2 },
		"parents": func(w *params.Work) { w.Parents++ }, "steps": func(w *params.Work) { w.Mutations++ },
		"max": func(w *params.Work) { w.DatasetMax *= 2 }, "epoch": func(w *params.Work) { w.EpochBlocks++ },
	} {
		w := tinyWork()
		change(&w)
		id := gerohash(t, w).ID()
		if other, ok := ids[id]; ok {
			t.Errorf("%s has the ID of %s", name, other)
		}
		ids[id] = name
	}
}
