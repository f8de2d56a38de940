package pow

import (
	"math"
	"math/big"
	"testing"

	"github.com/holiman/uint256"
	"pgregory.net/rapid"

	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

func TestTarget(t *testing.T) {
	two256 := new(big.Int).Lsh(big.NewInt(1), 256)
	for _, d := range []string{"2", "3", "16", "1000", "65536", "340282366920938463463374607431768211456",
		"57896044618658097711785492504343953926634992332820282019728792003956564819968",
		"115792089237316195423570985008687907853269984665640564039457584007913129639935"} {
		n, _ := new(big.Int).SetString(d, 10)
		difficulty := types.Difficulty{Int: *uint256.MustFromBig(n)}
		want := new(big.Int).Quo(two256, n)
		if got := Target(difficulty).ToBig(); got.Cmp(want) != 0 {
			t.Errorf("difficulty %s: target %s, want %s", d, got, want)
		}
	}
	all := new(uint256.Int).SetAllOne()
	for _, d := range []uint64{0, 1} {
		if got := Target(types.NewDifficulty(d)); !got.Eq(all) {
			t.Errorf("difficulty %d: target %s, want 2^256-1", d, got.Hex())
		}
	}
}

func TestMeetsIsAtMost(t *testing.T) {
	target := uint256.NewInt(0x0200)
	for n, want := range map[uint64]bool{0: true, 0x01ff: true, 0x0200: true, 0x0201: false} {
		if got := Meets(Result(uint256.NewInt(n).Bytes32()), target); got != want {
			t.Errorf("result %#x against %#x: %v, want %v", n, 0x0200, got, want)
		}
	}
	if !Meets(Result(new(uint256.Int).SetAllOne().Bytes32()), Target(types.NewDifficulty(1))) {
		t.Error("difficulty 1 refuses the largest result")
	}
}

// asertNet repeats betanet's retarget: spacing 15 s, half-life 600 s.
func asertNet() *params.Network {
	return &params.Network{
		Spacing: 15, HalfLife: 600, Retarget: true, MinDifficulty: types.NewDifficulty(1000),
		Genesis: params.Genesis{Time: 1_767_225_600, Difficulty: types.NewDifficulty(100_000)},
	}
}

// retargetCase is a line of the table, and of the vectors: betanet's numbers, with the parent's height and its seconds since genesis.
type retargetCase struct {
	Height  types.Height `json:"parentHeight"`
	Elapsed uint64       `json:"parentSecondsSinceGenesis"`
	Next    string       `json:"difficulty"`
}

func retargetCases() []retargetCase {
	cases := []retargetCase{
		{Height: 0, Elapsed: 0}, {Height: 1, Elapsed: 15}, {Height: 1, Elapsed: 1}, {Height: 1, Elapsed: 600}, {Height: 40, Elapsed: 0},
		{Height: 40, Elapsed: 600}, {Height: 40, Elapsed: 1200}, {Height: 1000, Elapsed: 14000}, {Height: 1000, Elapsed: 15001},
		{Height: 100000, Elapsed: 1500000}, {Height: 100000, Elapsed: 1490000}, {Height: 100000, Elapsed: 1503000},
		{Height: 100000, Elapsed: 1509000}, {Height: 7777777, Elapsed: 116000000}, {Height: 100000000, Elapsed: 1},
	}
	for i := range cases {
		c := &cases[i]
		next := NextDifficulty(asertNet(), 1_767_225_600+types.Time(c.Elapsed), c.Height)
		c.Next = next.Dec()
	}
	return cases
}

// The expected values come from binary powers in floating point, not from the cubic.
func TestRetargetTable(t *testing.T) {
	for _, c := range retargetCases() {
		got, _ := new(big.Float).SetString(c.Next)
		ahead := (15*float64(c.Height) - float64(c.Elapsed)) / 600
		want := exp2(ahead, 100_000)
		if want.Cmp(big.NewFloat(1000)) < 0 {
			want = big.NewFloat(1000)
		}
		if ahead > 240 {
			want, _ = new(big.Float).SetString("115792089237316195423570985008687907853269984665640564039457584007913129639935")
		}
		ratio, _ := new(big.Float).Quo(got, want).Float64()
		if math.Abs(ratio-1) > 0.0003 {
			t.Errorf("height %d, %d s: %s, want about %s", c.Height, c.Elapsed, c.Next, want.Text('f', 1))
		}
	}
}

// exp2 returns scale * 2^x.
func exp2(x float64, scale int64) *big.Float {
	whole := math.Floor(x)
	f := new(big.Float).SetFloat64(math.Exp2(x-whole) * float64(scale))
	return f.SetMantExp(f, int(whole))
}

func TestRetargetExactPoints(t *testing.T) {
	net := asertNet()
	start := net.Genesis.Time
	for _, c := range []struct {
		name    string
		elapsed types.Time
		height  types.Height
		want    uint64
	}{
		{"the child of genesis", 0, 0, 100_000},
		{"on schedule", 15 * 123_456, 123_456, 100_000},
		{"one half-life behind", 15*1000 + 600, 1000, 50_000},
		{"one half-life ahead", 15*1000 - 600, 1000, 200_000},
		{"three ahead", 15*1000 - 1800, 1000, 800_000},
		{"six behind", 15*1000 + 3600, 1000, 1562},
		{"seven behind is below the least", 15*1000 + 4200, 1000, 1000},
		{"hopelessly behind", math.MaxUint32, 1000, 1000},
	} {
		if got := NextDifficulty(net, start+c.elapsed, c.height); got != types.NewDifficulty(c.want) {
			t.Errorf("%s: %s, want %d", c.name, got.Dec(), c.want)
		}
	}
}

func TestRetargetOff(t *testing.T) {
	net := &params.Network{Spacing: 1, Genesis: params.Genesis{Difficulty: types.NewDifficulty(16)}}
	if got := NextDifficulty(net, 1_800_000_000, 12345); got != types.NewDifficulty(16) {
		t.Errorf("constant difficulty became %s", got.Dec())
	}
}

// The cubic never falls, meets the next power of two from below and fits 64 bits.
func TestRetargetCubicIsMonotone(t *testing.T) {
	before := uint64(0)
	for f := range uint64(1 << 16) {
		terms := new(big.Int).SetUint64(195766423245049 * f)
		terms.Add(terms, new(big.Int).Mul(big.NewInt(971821376), new(big.Int).SetUint64(f*f)))
		terms.Add(terms, new(big.Int).Mul(big.NewInt(5127), new(big.Int).SetUint64(f*f*f)))
		terms.Add(terms, new(big.Int).Lsh(big.NewInt(1), 47))
		if !terms.IsUint64() {
			t.Fatalf("f %d: the sum %s needs more than 64 bits", f, terms)
		}
		factor := 65536 + terms.Uint64()>>48
		if factor < before || factor > 131072 {
			t.Fatalf("f %d: factor %d after %d", f, factor, before)
		}
		if exact := 65536 * math.Exp2(float64(f)/65536); math.Abs(float64(factor)/exact-1) > 0.00013 {
			t.Fatalf("f %d: factor %d, exactly %.2f", f, factor, exact)
		}
		before = factor
	}
}

func TestRetargetProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		net := asertNet()
		net.Spacing = rapid.Uint64().Draw(t, "spacing")
		net.HalfLife = rapid.Uint64Min(1).Draw(t, "half-life")
		net.Genesis.Time = types.Time(rapid.Uint64().Draw(t, "genesis time"))
		net.Genesis.Difficulty.SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(t, "genesis difficulty"))
		time := types.Time(rapid.Uint64().Draw(t, "time"))
		height := types.Height(rapid.Uint64().Draw(t, "height"))
		d := NextDifficulty(net, time, height)
		if d.Lt(&net.MinDifficulty.Int) {
			t.Fatalf("%s is below the least", d.Dec())
		}
		if time > 0 {
			earlier := time - types.Time(rapid.Uint64Range(1, uint64(time)).Draw(t, "earlier by"))
			if e := NextDifficulty(net, earlier, height); e.Lt(&d.Int) {
				t.Fatalf("an earlier parent gives %s, a later one %s", e.Dec(), d.Dec())
			}
		}
		if height > 0 {
			lower := height - types.Height(rapid.Uint64Range(1, uint64(height)).Draw(t, "lower by"))
			if l := NextDifficulty(net, time, lower); d.Lt(&l.Int) {
				t.Fatalf("a lower parent gives %s, a higher one %s", l.Dec(), d.Dec())
			}
		}
	})
}

// A chain whose hash rate is constant settles at that rate's difficulty and at the spacing.
func TestRetargetSettles(t *testing.T) {
	net := asertNet()
	const rate = 50_000 // hashes per second: 750,000 per block when settled
	at, height := float64(net.Genesis.Time), types.Height(0)
	d := net.Genesis.Difficulty
	for range 2000 {
		at += math.Max(1, math.Round(float64(d.Uint64())/rate)) // headers count whole seconds, strictly increasing
		height++
		d = NextDifficulty(net, types.Time(at), height)
	}
	if got := float64(d.Uint64()); math.Abs(got/(rate*15)-1) > 0.05 {
		t.Errorf("difficulty settles at %.0f, want about %d", got, rate*15)
	}
}
