package pow

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/crypto/blake2b"

	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

var update = flag.Bool("update", false, "rewrite testdata")

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
