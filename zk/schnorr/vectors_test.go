package schnorr

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"flag"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gero-chain/gero/types"
)

var update = flag.Bool("update", false, "rewrite golden files: only after a deliberate change of the signature scheme")

// vector is one published case. Secret and randomness are there only for signatures that Sign made.
type vector struct {
	Name       string `json:"name"`
	Tag        string `json:"tag"`
	Secret     string `json:"secret,omitempty"`
	Randomness string `json:"randomness,omitempty"`
	PublicKey  string `json:"publicKey"`
	Message    string `json:"message"`
	Signature  string `json:"signature"`
	Valid      bool   `json:"valid"`
}

var tagNames = []string{TagSpend: "schnorr spend", TagCaller: "schnorr caller"}

func TestVectors(t *testing.T) {
	path := filepath.Join("testdata", "schnorr.json")
	if *update {
		writeVectors(t, path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) < 40 {
		t.Fatalf("got %d vectors, want at least 40", len(vectors))
	}
	var items []Item
	var wantInvalid []int
	for i, v := range vectors {
		it := Item{
			Tag: Tag(slices.Index(tagNames, v.Tag)),
			PK:  types.Point(unhex(t, v.PublicKey)),
			Msg: [32]byte(unhex(t, v.Message)),
			Sig: types.Signature(unhex(t, v.Signature)),
		}
		items = append(items, it)
		if !v.Valid {
			wantInvalid = append(wantInvalid, i)
		}
		if err := Verify(it.Tag, it.PK, it.Msg, it.Sig); (err == nil) != v.Valid {
			t.Errorf("%s: got %v, want valid %v", v.Name, err, v.Valid)
		}
		if v.Secret == "" {
			continue
		}
		sk, err := NewSecretKey(new(big.Int).SetBytes(unhex(t, v.Secret)))
		if err != nil {
			t.Fatal(err)
		}
		sig, err := Sign(it.Tag, sk, it.Msg, bytes.NewReader(unhex(t, v.Randomness)))
		if err != nil || sig != it.Sig || sk.Public() != it.PK {
			t.Errorf("%s: signed %x with %v (%v), want %x with %v", v.Name, sig, sk.Public(), err, it.Sig, it.PK)
		}
	}
	wantBad(t, items, wantInvalid)
}

func writeVectors(t *testing.T, path string) {
	t.Helper()
	var vectors []vector
	add := func(name string, it Item, valid bool) *vector {
		vectors = append(vectors, vector{
			Name: name, Tag: tagNames[it.Tag], PublicKey: hex.EncodeToString(it.PK[:]), Message: hex.EncodeToString(it.Msg[:]),
			Signature: hex.EncodeToString(it.Sig[:]), Valid: valid,
		})
		return &vectors[len(vectors)-1]
	}
	for n := range uint64(6) {
		sk, msg, tag := testKey(t, n), testMsg(n), Tag(n%2)
		fresh := bytes.Repeat([]byte{byte(n)}, 32)
		sig, err := Sign(tag, sk, msg, bytes.NewReader(fresh))
		if err != nil {
			t.Fatal(err)
		}
		v := add("signed", Item{tag, sk.Public(), msg, sig}, true)
		v.Secret = hex.EncodeToString(sk.k.scalar.FillBytes(make([]byte, 32)))
		v.Randomness = hex.EncodeToString(fresh)
	}
	for _, f := range forgeries(t) {
		add(f.name, f.item, false)
	}
	data, err := json.MarshalIndent(vectors, "", "\t")
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

// FuzzVerify feeds arbitrary keys and signatures: nothing panics, and a batch decides as Verify does.
func FuzzVerify(f *testing.F) {
	items := validItems(f, smallBatch)
	it := items[0]
	f.Add(byte(it.Tag), it.PK[:], it.Msg[:], it.Sig[:])
	f.Fuzz(func(t *testing.T, tag byte, pk, msg, sig []byte) {
		if len(pk) != 32 || len(msg) != 32 || len(sig) != 64 || int(tag) >= len(labels) {
			return
		}
		it := Item{Tag(tag), types.Point(pk), [32]byte(msg), types.Signature(sig)}
		single := Verify(it.Tag, it.PK, it.Msg, it.Sig) == nil
		with := slices.Clone(items)
		with[3] = it
		bad, err := VerifyBatch(with, rand.Reader)
		if err != nil || (len(bad) == 0) != single {
			t.Fatalf("Verify accepts: %v, the batch names %v, %v", single, bad, err)
		}
	})
}
