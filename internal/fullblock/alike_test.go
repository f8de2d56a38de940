package fullblock

import (
	"bytes"
	"math"
	"testing"

	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/types"
)

// span is a part of the encoding of a payment with one bundle.
type span struct {
	name   string
	size   int
	public bool // the same in all payments, or
	when   bool // the same in all that were made at one tip
}

// layout is what docs/protocol/transaction.md says of a payment with one bundle, written down a second time.
var layout = []span{
	{"version, chain id", 4 + 8, true, false},
	{"expiry", 8, true, true},
	{"gas limit, gas price, bundle count", 8 + 16 + 4, true, false},
	{"anchor", 32, true, true},
	{"nullifier 0", 32, false, false}, {"nullifier 1", 32, false, false}, {"nullifier 2", 32, false, false},
	{"commitment 0", 32, false, false}, {"commitment 1", 32, false, false}, {"commitment 2", 32, false, false},
	{"rk", 32, false, false},
	{"vN, vT, public asset", 16 + 16 + 32, true, false},
	{"epk 0", 32, false, false}, {"enc 0", 273, false, false}, {"out 0", 112, false, false},
	{"epk 1", 32, false, false}, {"enc 1", 273, false, false}, {"out 1", 112, false, false},
	{"epk 2", 32, false, false}, {"enc 2", 273, false, false}, {"out 2", 112, false, false},
	{"proof", 192, false, false},
	{"signature", 64, false, false},
	{"no call", 1, true, false},
}

// Ten payments of one bundle: one to three notes spent and made, from 1 Ta to all there is, of the coin, the token and the ticket, with and
// without memo, to others and to oneself. Their encodings differ in nothing but bytes that look random.
func TestSingleBundlePaymentsLookAlike(t *testing.T) {
	c := testkit.New(t)
	made := mineAlike(c)
	var seen []*types.Tx
	for n := types.Height(1); n <= c.Height(); n++ {
		seen = append(seen, c.At(n).Body.Txs...)
	}
	if len(seen) != 10 || len(made) != 10 {
		t.Fatalf("%d payments on chain of %d made, want 10", len(seen), len(made))
	}
	first := seen[0]
	for i, tx := range seen {
		if tx.ID(c.Genesis()) != made[i].Tx.ID(c.Genesis()) {
			t.Fatalf("payment %d on chain is another than was made", i)
		}
		if got, want := len(tx.Bytes()), len(first.Bytes()); got != want {
			t.Errorf("payment %d: %d bytes, want %d", i, got, want)
		}
		b, want := &tx.Bundles[0], &first.Bundles[0]
		if len(tx.Bundles) != 1 || tx.Call != nil || tx.GasLimit != first.GasLimit || tx.GasPrice != first.GasPrice ||
			b.ValueNative != want.ValueNative || !b.ValueToken.IsZero() || !b.PubAsset.IsZero() {
			t.Errorf("payment %d differs in a public field", i)
		}
	}
	for n := types.Height(1); n <= c.Height(); n++ { // What is made together has one anchor and expiry.
		for _, tx := range c.At(n).Body.Txs {
			one := c.At(n).Body.Txs[0]
			if tx.Bundles[0].Anchor != one.Bundles[0].Anchor || tx.Expiry != one.Expiry {
				t.Errorf("payments of block %d differ in anchor or expiry", n)
			}
		}
	}
	lookRandom(t, seen)
	realAndDummyLookAlike(t, made)
	c.MustConsistent()
}

// The number of bundles is all that shows.
func TestOnlyTheNumberOfBundlesShows(t *testing.T) {
	const bundle = 32 + 2*3*32 + 32 + 2*16 + 32 + 3*(32+273+112) + 192 + 64
	c := testkit.New(t)
	one, two := payAll(c).Tx, payTwo(c).Tx
	if got, want := len(two.Bytes())-len(one.Bytes()), bundle; got != want {
		t.Errorf("second bundle takes %d bytes, want %d", got, want)
	}
	if got := two.GasLimit - one.GasLimit; got != 400_000 {
		t.Errorf("second bundle takes %d gas, want 400,000", got)
	}
	if b := c.Mine(two); b.Header.GasUsed != 821_000 {
		t.Errorf("block used %d gas, want 821,000", b.Header.GasUsed)
	}
}

// lookRandom holds every byte position of ten payments: public ones equal, all others varying, and each kind of field uniform where it
// should be.
func lookRandom(t *testing.T, seen []*types.Tx) {
	t.Helper()
	at := 0
	for _, s := range layout {
		pooled := make([]byte, 0, s.size*len(seen))
		for pos := at; pos < at+s.size; pos++ {
			values := make(map[byte]bool)
			for _, tx := range seen {
				b := tx.Bytes()[pos]
				values[b] = true
				pooled = append(pooled, b)
			}
			if s.public && !s.when && len(values) != 1 {
				t.Errorf("%s: byte %d of the transaction differs between payments", s.name, pos)
			}
			// Ten bytes of at least 115 values take fewer than five values less than once in ten million times.
			if !s.public && len(values) < 5 {
				t.Errorf("%s: byte %d of the transaction has only %d values in ten payments", s.name, pos, len(values))
			}
		}
		if len(s.name) > 4 && (s.name[:4] == "enc " || s.name[:4] == "out ") {
			uniform(t, s.name, pooled)
		}
		at += s.size
	}
	if at != len(seen[0].Bytes()) {
		t.Errorf("layout has %d bytes, payments %d", at, len(seen[0].Bytes()))
	}
}

// realAndDummyLookAlike compares outputs by what they are: real, dummy, with memo, of assets, of 1 Ta.
func realAndDummyLookAlike(t *testing.T, made []*testkit.Payment) {
	t.Helper()
	groups := make(map[string][]byte)
	counts := make(map[string]int)
	put := func(name string, ct *types.Ciphertext) {
		groups[name] = append(append(groups[name], ct.Enc[:]...), ct.Out[:]...)
		counts[name]++
		if ct.EPK[31]&0x80 != 0 {
			t.Errorf("%s output: ephemeral key is no reduced coordinate", name)
		}
	}
	for _, p := range made {
		for i, out := range p.Made[0] {
			ct := &p.Tx.Bundles[0].Ciphertexts[i]
			if out.Value.IsZero() {
				put("dummy", ct)
				continue
			}
			put("real", ct)
			if out.Memo[0] != 0 {
				put("memo", ct)
			}
			if out.Asset != types.NativeAsset {
				put("asset", ct)
			}
			if out.Value == types.NewAmount(1) {
				put("smallest", ct)
			}
		}
	}
	for name, least := range map[string]int{"dummy": 8, "real": 15, "memo": 5, "asset": 4, "smallest": 3} {
		if counts[name] < least {
			t.Errorf("only %d %s outputs, want at least %d", counts[name], name, least)
		}
		uniform(t, name+" outputs", groups[name])
	}
}

// uniform holds bytes to the statistics of random ones: their bits, their values by chi-square with 255 degrees of freedom, their runs.
// Each bound is passed by random bytes but once in about a million times; the payments are the same in every run.
func uniform(t *testing.T, name string, b []byte) {
	t.Helper()
	var ones, changes int
	var counts [256]float64
	for i, v := range b {
		counts[v]++
		for k := range 8 {
			ones += int(v >> k & 1)
		}
		if i > 0 && v == b[i-1] {
			changes++
		}
	}
	bits := float64(8 * len(b))
	if z := math.Abs(float64(ones)-bits/2) / math.Sqrt(bits/4); z > 5 {
		t.Errorf("%s: %d of %.0f bits are ones, %.1f deviations off", name, ones, bits, z)
	}
	want, chi := float64(len(b))/256, 0.0
	for _, n := range counts {
		chi += (n - want) * (n - want) / want
	}
	if math.Abs(chi-255)/math.Sqrt(2*255) > 5.5 {
		t.Errorf("%s: chi-square of byte values %.0f, want about 255", name, chi)
	}
	if repeats := float64(len(b)) / 256; math.Abs(float64(changes)-repeats) > 6*math.Sqrt(repeats)+1 {
		t.Errorf("%s: %d repeated bytes of %d, want about %.0f", name, changes, len(b), repeats)
	}
}

// No part of one payment appears in another: nothing links them.
func TestPaymentsShareNothing(t *testing.T) {
	c := testkit.New(t)
	seen := make(map[[32]byte]string)
	payee := address(bob, 0)
	for i, p := range mineAlike(c) {
		b := &p.Tx.Bundles[0]
		parts := [][]byte{b.RK[:], b.Proof[:], b.Sig[:]}
		for k := range 3 {
			parts = append(parts, b.Nullifiers[k][:], b.Commitments[k][:], b.Ciphertexts[k].EPK[:], b.Ciphertexts[k].Enc[:], b.Ciphertexts[k].Out[:])
		}
		for _, part := range parts {
			for len(part) >= 32 {
				if old, ok := seen[[32]byte(part)]; ok {
					t.Errorf("payment %d shares 32 bytes with %s", i, old)
				}
				seen[[32]byte(part)] = p.Tx.ID(c.Genesis()).String()
				part = part[16:]
			}
		}
		for _, secret := range []string{"wages", "mmmm", "rent", string(payee.Diversifier[:])} {
			if bytes.Contains(p.Tx.Bytes(), []byte(secret)) {
				t.Errorf("payment %d shows %q", i, secret)
			}
		}
	}
}
