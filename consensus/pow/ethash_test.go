package pow

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/crypto/sha3"

	"github.com/gero-chain/gero/types"
)

// hexBytes decodes hex that the test itself spells out.
func hexBytes(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatalf("hex %q: %v", s, err)
	}
	return b
}

func rowBytes(rows []Row) []byte {
	out := make([]byte, 0, len(rows)*RowSize)
	for i := range rows {
		for _, w := range rows[i] {
			out = binary.LittleEndian.AppendUint32(out, w)
		}
	}
	return out
}

func TestEthashSizesArePublishedOnes(t *testing.T) {
	a := Ethash()
	for _, c := range []struct {
		epoch          Epoch
		cache, dataset uint64
	}{
		{0, 16776896, 1073739904},
		{1, 16907456, 1082130304},
		{2047, 285081536, 18245220736},
	} {
		cache, err := a.CacheRows(c.epoch)
		if err != nil {
			t.Fatal(err)
		}
		dataset, err := a.DatasetRows(c.epoch)
		if err != nil {
			t.Fatal(err)
		}
		if got := uint64(cache) * 64; got != c.cache {
			t.Errorf("epoch %d: cache of %d bytes, want %d", c.epoch, got, c.cache)
		}
		if got := uint64(dataset) * 64; got != c.dataset {
			t.Errorf("epoch %d: dataset of %d bytes, want %d", c.epoch, got, c.dataset)
		}
	}
}

// The tiny cache, dataset and hash are the values by which go-ethereum's own implementation was tested.
func TestEthashTinyValues(t *testing.T) {
	a := Ethash()
	c := newCache(a, 0, [32]byte{}, 1024/64, 32*1024/64)
	wantCache := "7ce2991c951f7bf4c4c1bb119887ee07871eb5339d7b97b8588e85c742de90e5bafd5bbe6ce93a134fb6be9ad3e30db99d9528a2ea7846833f52e9ca119b6b54" +
		"8979480c46e19972bd0738779c932c1b43e665a2fd3122fc3ddb2691f353ceb0ed3e38b8f51fd55b6940290743563c9f8fa8822e611924657501a12aafab8a8d"
	if got := hex.EncodeToString(rowBytes(c.rows[:2])); got != wantCache {
		t.Errorf("cache starts\n%s, want\n%s", got, wantCache)
	}
	dataset := make([]Row, c.DatasetRows())
	c.Compute(0, dataset)

	seal := types.SealHash(hexBytes(t, "c9149cc0386e689d789a1c2f3d5d169a61a6218ed30e74414dc736e442ef3d1f"))
	wantMix := "0xe4073cffaef931d37117cefd9afd27ea0f1cad6a981dd2605c4a1ac97c519800"
	wantResult := "0xd3539235ee2e6f8db665c0a72169f55b7f6c605712330b778ec3944f0eb5a557"
	h := NewHasher(a)
	for name, d := range map[string]Dataset{"full": a.Full(dataset), "light": c.Light()} {
		mix, result := h.Hash(d, seal, types.Nonce{})
		if mix.String() != wantMix || result.String() != wantResult {
			t.Errorf("%s: got mix %s result %s, want %s %s", name, mix, result, wantMix, wantResult)
		}
	}
}

// Ethash's published test cases, computed from a real epoch's cache.
func TestEthashPublishedVectors(t *testing.T) {
	folder := os.Getenv("GERO_VECTORS")
	if folder == "" {
		t.Skip("GERO_VECTORS is not set: the published ethash vectors are not checked")
	}
	raw, err := os.ReadFile(filepath.Join(folder, "ethash", "ethash_tests.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases map[string]struct {
		Nonce      string `json:"nonce"`
		MixHash    string `json:"mixHash"`
		HeaderHash string `json:"header_hash"`
		Seed       string `json:"seed"`
		Result     string `json:"result"`
		CacheSize  uint64 `json:"cache_size"`
		FullSize   uint64 `json:"full_size"`
		CacheHash  string `json:"cache_hash"`
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) == 0 {
		t.Fatal("no cases in the vector file")
	}
	a := Ethash()
	c, err := NewCache(a, 0)
	if err != nil {
		t.Fatal(err)
	}
	keccak := sha3.NewLegacyKeccak256()
	keccak.Write(rowBytes(c.rows))
	cacheHash := hex.EncodeToString(keccak.Sum(nil))
	h := NewHasher(a)
	for name, v := range cases {
		seed, err := a.Seed(0)
		if err != nil || hex.EncodeToString(seed[:]) != v.Seed {
			t.Errorf("%s: seed %x, want %s (%v)", name, seed, v.Seed, err)
		}
		if got := uint64(len(c.rows)) * 64; got != v.CacheSize {
			t.Errorf("%s: cache of %d bytes, want %d", name, got, v.CacheSize)
		}
		if got := uint64(c.DatasetRows()) * 64; got != v.FullSize {
			t.Errorf("%s: dataset of %d bytes, want %d", name, got, v.FullSize)
		}
		if cacheHash != v.CacheHash {
			t.Errorf("%s: cache hash %s, want %s", name, cacheHash, v.CacheHash)
		}
		seal := types.SealHash(hexBytes(t, v.HeaderHash))
		mix, result := h.Hash(c.Light(), seal, types.Nonce(hexBytes(t, v.Nonce)))
		if hex.EncodeToString(mix[:]) != v.MixHash || hex.EncodeToString(result[:]) != v.Result {
			t.Errorf("%s: got mix %x result %x, want %s %s", name, mix, result, v.MixHash, v.Result)
		}
	}
	t.Logf("%d published cases passed", len(cases))
}
