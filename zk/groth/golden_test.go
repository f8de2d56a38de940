package groth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"

	"github.com/gero-chain/gero/types"
)

var update = flag.Bool("update", false, "rewrite golden files: only after a deliberate change of format")

// golden is one statement with its key and one proof, all as bytes on the wire. It keeps the formats of keys and proofs, and the compiled
// form of a circuit, from changing unnoticed, and gives a second implementation something to verify.
type golden struct {
	ConstraintSystemHash string   `json:"constraintSystemHash"`
	VerifyingKeyHash     string   `json:"verifyingKeyHash"`
	VerifyingKey         string   `json:"verifyingKey"`
	Public               []string `json:"public"`
	Proof                string   `json:"proof"`
}

func TestGolden(t *testing.T) {
	path := filepath.Join("testdata", "cubic.json")
	if *update {
		writeGolden(t, path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	if got := mustHash(t, &cubic{}); hex.EncodeToString(got[:]) != g.ConstraintSystemHash {
		t.Errorf("got constraint system %x, want %s", got, g.ConstraintSystemHash)
	}
	raw := unhex(t, g.VerifyingKey)
	vk, err := LoadVerifyingKey(raw, [32]byte(unhex(t, g.VerifyingKeyHash)))
	if err != nil {
		t.Fatal(err)
	}
	public := make([]fr.Element, len(g.Public))
	for i := range public {
		if err := public[i].SetBytesCanonical(unhex(t, g.Public[i])); err != nil {
			t.Fatal(err)
		}
	}
	it := Item{VK: vk, Proof: types.Proof(unhex(t, g.Proof)), Public: public}
	if err := vk.Verify(it.Proof, it.Public); err != nil {
		t.Error(err)
	}
	bad, err := VerifyBatch([]Item{it, it, it}, rand.Reader)
	if err != nil || len(bad) != 0 {
		t.Errorf("batch: got %v, %v", bad, err)
	}
	it.Public[2].SetUint64(8)
	wantErr(t, vk.Verify(it.Proof, it.Public), ErrProofInvalid)
}

func writeGolden(t *testing.T, path string) {
	t.Helper()
	f := cubicFixture(t)
	it := f.item(t, cubicOf(3, 7))
	cs, vkHash := mustHash(t, &cubic{}), sha256.Sum256(f.vkRaw)
	g := golden{
		ConstraintSystemHash: hex.EncodeToString(cs[:]),
		VerifyingKeyHash:     hex.EncodeToString(vkHash[:]),
		VerifyingKey:         hex.EncodeToString(f.vkRaw),
		Proof:                hex.EncodeToString(it.Proof[:]),
	}
	for i := range it.Public {
		b := it.Public[i].Bytes()
		g.Public = append(g.Public, hex.EncodeToString(b[:]))
	}
	data, err := json.MarshalIndent(g, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
