package pow

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"math"
	"math/bits"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/blake2b"

	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

var update = flag.Bool("update", false, "rewrite testdata")

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

// vectors are what a second implementation checks itself against.
type vectors struct {
	Comment   string         `json:"comment"`
	Sizes     []sizeVector   `json:"betanetSizes"`
	Epochs    []epochVector  `json:"epochs"`
	Scratch   scratchVector  `json:"scratchpad"`
	Retargets []retargetCase `json:"retargets"`
}

type sizeVector struct {
	Epoch       Epoch  `json:"epoch"`
	CacheRows   uint32 `json:"cacheRows"`
	DatasetRows uint32 `json:"datasetRows"`
}

type epochVector struct {
	Network   string       `json:"network"`
	ChainTag  string       `json:"chainTag"`
	Epoch     Epoch        `json:"epoch"`
	Seed      string       `json:"seed"`
	CacheHash string       `json:"cacheHash"` // unkeyed BLAKE2b-256 of all rows
	FirstRow  string       `json:"firstDatasetRow"`
	LastRow   string       `json:"lastDatasetRow"`
	Hashes    []hashVector `json:"hashes"`
}

type hashVector struct {
	Seal   types.SealHash `json:"sealHash"`
	Nonce  string         `json:"nonce"` // as in the header, big-endian
	Mix    types.Mix      `json:"mix"`
	Result Result         `json:"result"`
}

type scratchVector struct {
	Seed    string `json:"seed"`
	First   string `json:"firstLine"`
	Last    string `json:"lastLine"`
	Filled  string `json:"filledHash"`   // unkeyed BLAKE2b-256
	A       uint64 `json:"a,string"`     // after 4,096 steps from a = 1, b = 2
	B       uint64 `json:"b,string"`     //
	Crossed string `json:"crossedHash"`  // of the scratchpad after those steps
	Fold    string `json:"foldedHexRow"` // of the same
}

func TestVectors(t *testing.T) {
	got := makeVectors(t)
	path := filepath.Join("testdata", "gerohash.json")
	text, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	if *update {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(text) {
		t.Errorf("%s differs from what the engine computes:\n%s", path, text)
	}
}

func makeVectors(t *testing.T) vectors {
	t.Helper()
	v := vectors{Comment: "Gerohash and aserti3; see docs/protocol/work.md. Bytes in hex, rows as 64 bytes, nonces as in the header."}
	real := gerohash(t, realWork())
	for _, e := range []Epoch{0, 1, 2, 100, 383, 384, 385, 65535} {
		s := sizeVector{Epoch: e}
		var err error
		if s.CacheRows, err = real.CacheRows(e); err != nil {
			t.Fatal(err)
		}
		if s.DatasetRows, err = real.DatasetRows(e); err != nil {
			t.Fatal(err)
		}
		v.Sizes = append(v.Sizes, s)
	}
	for _, n := range []struct {
		name  string
		work  params.Work
		epoch Epoch
	}{{"dev", devWork(), 0}, {"dev", devWork(), 1}, {"betanet", realWork(), 0}} {
		a := gerohash(t, n.work)
		c := cache(t, a, n.epoch)
		seed, err := a.Seed(n.epoch)
		if err != nil {
			t.Fatal(err)
		}
		e := epochVector{Network: n.name, ChainTag: n.work.ChainTag, Epoch: n.epoch, Seed: hex.EncodeToString(seed[:])}
		sum := blake2b.Sum256(rowBytes(c.rows))
		e.CacheHash = hex.EncodeToString(sum[:])
		var first, last [1]Row
		c.Compute(0, first[:])
		c.Compute(c.DatasetRows()-1, last[:])
		e.FirstRow, e.LastRow = hex.EncodeToString(rowBytes(first[:])), hex.EncodeToString(rowBytes(last[:]))
		h := NewHasher(a)
		for _, number := range []uint64{0, 1, 0x0102030405060708, math.MaxUint64} {
			seal := types.SealHash{0: 0xc9, 1: byte(number), 31: 0x1f}
			x := hashVector{Seal: seal, Nonce: hex.EncodeToString(append([]byte(nil), nonceBytes(number)...))}
			x.Mix, x.Result = h.Hash(c.Light(), seal, nonce(number))
			e.Hashes = append(e.Hashes, x)
		}
		v.Epochs = append(v.Epochs, e)
	}
	v.Scratch = makeScratchVector()
	v.Retargets = retargetCases()
	return v
}

func nonceBytes(n uint64) []byte {
	b := nonce(n)
	return b[:]
}

func makeScratchVector() scratchVector {
	var seed [64]byte
	for i := range seed {
		seed[i] = byte(i)
	}
	pad := make([]byte, 256<<10)
	fillScratchpad(pad, &seed)
	filled := blake2b.Sum256(pad)
	s := scratchVector{
		Seed: hex.EncodeToString(seed[:]), First: hex.EncodeToString(pad[:64]), Last: hex.EncodeToString(pad[len(pad)-64:]),
		Filled: hex.EncodeToString(filled[:]),
	}
	w := walk(pad, walker{1, 2}, 4096)
	s.A, s.B = w.a, w.b
	crossed := blake2b.Sum256(pad)
	s.Crossed = hex.EncodeToString(crossed[:])
	var fold [8]uint64
	foldScratchpad(pad, &fold)
	var row Row
	for i, f := range fold {
		row[2*i], row[2*i+1] = uint32(f), uint32(f>>32)
	}
	s.Fold = hex.EncodeToString(rowBytes([]Row{row}))
	return s
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

// Flipping any one bit of seal hash or nonce flips about half of mix and result.
func TestAvalanche(t *testing.T) {
	a := gerohash(t, devWork())
	rows := dataset(cache(t, a, 0))
	d := a.Full(rows)
	h := NewHasher(a)
	seal, number := types.SealHash{1, 2, 3}, nonce(0x1234)
	mix, result := h.Hash(d, seal, number)
	var total, flips int
	for bit := range 32*8 + 64 {
		s, n := seal, number
		if bit < 256 {
			s[bit/8] ^= 1 << (bit % 8)
		} else {
			n[(bit-256)/8] ^= 1 << (bit % 8)
		}
		m, r := h.Hash(d, s, n)
		for name, distance := range map[string]int{"mix": distance(mix, m), "result": distance(result, r)} {
			// 128 of 256 bits, standard deviation 8: six of them either way.
			if distance < 80 || distance > 176 {
				t.Errorf("input bit %d flips %d of 256 bits of the %s", bit, distance, name)
			}
			total += 256
			flips += distance
		}
	}
	if share := float64(flips) / float64(total); math.Abs(share-0.5) > 0.01 {
		t.Errorf("input bits flip %.4f of the output, want about half", share)
	}
}

func distance[K, L any](a types.Bytes32[K], b types.Bytes32[L]) (n int) {
	for i := range a {
		n += bits.OnesCount8(a[i] ^ b[i])
	}
	return n
}

// Every byte of what a hash touches matters: a change in the dataset row read last or first changes the mix.
func TestEveryReadRowMatters(t *testing.T) {
	w := tinyWork()
	a := gerohash(t, w)
	c := cache(t, a, 0)
	rows := dataset(c)
	r := referenceOf(t, w, 0, 61, 251)
	r.compute(make([]byte, 32), 5)
	h := NewHasher(a)
	mix, _ := h.Hash(a.Full(rows), types.SealHash{}, nonce(5))
	for _, at := range r.reads {
		for w := range rows[at] {
			rows[at][w] ^= 1
			if m, _ := h.Hash(a.Full(rows), types.SealHash{}, nonce(5)); m == mix {
				t.Errorf("row %d word %d does not change the mix", at, w)
			}
			rows[at][w] ^= 1
		}
	}
}

// A walk visits the lines of its scratchpad like chance would and never returns to a state.
func TestWalkDoesNotCycle(t *testing.T) {
	const lines, steps = 4096, 4096
	r := &reference{scratchBytes: lines * 64}
	var visits [lines]int
	var touched float64
	const seeds = 12
	for s := range seeds {
		seed := make([]byte, 64)
		seed[0], seed[20] = byte(s), byte(s*7)
		pad := r.fill(seed)
		r.lines, r.walks = nil, nil
		a, b := uint64(s), uint64(0)
		for range steps {
			a, b = r.step(pad, a, b)
		}
		states := map[[2]uint64]bool{}
		distinct := map[int]bool{}
		for i := range r.lines {
			states[r.walks[i]] = true
			distinct[r.lines[i]] = true
			visits[r.lines[i]]++
		}
		if len(states) != steps {
			t.Errorf("seed %d: %d states in %d steps", s, len(states), steps)
		}
		touched += float64(len(distinct))
	}
	// Of n lines, n random picks touch n*(1-1/e), 2,589 here, with a deviation of 20 per walk.
	if mean := touched / seeds; math.Abs(mean-2589) > 30 {
		t.Errorf("a walk touches %.0f lines on average, want about 2589", mean)
	}
	checkUniform(t, "lines", visits[:], seeds*steps)
}

// An all-zero scratchpad and state, which no seed gives, is the worst start there could be: only it stands still.
func TestWalkLeavesWeakStates(t *testing.T) {
	pad := make([]byte, 256<<10)
	w := walker{0, 1}
	seen := map[walker]bool{}
	for range 4096 {
		w = walk(pad, w, 1)
		seen[w] = true
	}
	if len(seen) < 4090 {
		t.Errorf("from an empty scratchpad a walk has %d states in 4096 steps", len(seen))
	}
}

// Steps are permutations of the state: two walks over equal scratchpads never meet.
func TestWalksDoNotMerge(t *testing.T) {
	seen := map[walker]bool{}
	var line [lineSize]byte
	for i := range line {
		line[i] = byte(i * 37)
	}
	for i := range uint64(1 << 16) {
		l := line
		// One line only, so that all walks meet the same content.
		w := walk(l[:], walker{i, i * 3 % 7}, 1)
		if seen[w] {
			t.Fatalf("state %d leads where another does", i)
		}
		seen[w] = true
	}
}

// The rows that hashes read are spread evenly over the dataset.
func TestReadsAreSpread(t *testing.T) {
	w := tinyWork()
	w.Accesses = 128
	r := referenceOf(t, w, 0, 61, 251)
	visits := make([]int, 251)
	const nonces = 100
	for n := range uint64(nonces) {
		r.compute([]byte("0123456789abcdef0123456789abcdef"), n)
		for _, at := range r.reads {
			visits[at]++
		}
	}
	checkUniform(t, "rows", visits, nonces*128)
}

// checkUniform applies a chi-squared test with a bound of five deviations.
func checkUniform(t *testing.T, what string, counts []int, total int) {
	t.Helper()
	want := float64(total) / float64(len(counts))
	var chi float64
	for _, c := range counts {
		chi += (float64(c) - want) * (float64(c) - want) / want
	}
	freedom := float64(len(counts) - 1)
	if deviation := (chi - freedom) / math.Sqrt(2*freedom); math.Abs(deviation) > 5 {
		t.Errorf("%s: chi-squared %.0f with %.0f degrees of freedom, %.1f deviations off", what, chi, freedom, deviation)
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
