package pow

import (
	"math"
	"math/bits"
	"testing"

	"github.com/gero-chain/gero/types"
)

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
