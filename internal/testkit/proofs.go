package testkit

import (
	"bytes"
	_ "embed"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/transfer"
)

// Proofs cost a second each, so those of tests are made once and kept: 32 bytes that name verifying key and public inputs, then the proof.
// Remake them with GERO_UPDATE=1 in the environment and `go test -p 1`, after the keys or a test's payments changed.
//
//go:embed testdata/proofs.bin
var keptProofs []byte

const (
	keptFile  = "proofs.bin"
	keptSize  = 32 + len(types.Proof{})
	updateEnv = "GERO_UPDATE"
)

var kept = struct {
	sync.Mutex
	once   sync.Once
	proofs map[[32]byte]types.Proof
}{proofs: make(map[[32]byte]types.Proof)}

// Prove returns a proof of w, made earlier or, when fixtures are being remade, now.
func Prove(t testing.TB, w *transfer.Witness) types.Proof {
	t.Helper()
	id := proofID(t, w)
	kept.Lock()
	defer kept.Unlock()
	kept.once.Do(func() { readKept(keptProofs) })
	if p, ok := kept.proofs[id]; ok {
		return p
	}
	if os.Getenv(updateEnv) == "" {
		t.Fatalf("no proof kept for this payment: run the test once with %s=1 to make it", updateEnv)
	}
	p, err := transfer.Prove(w)
	if err != nil {
		t.Fatal(err)
	}
	kept.proofs[id] = p
	writeKept(t)
	return p
}

func readKept(b []byte) {
	for ; len(b) >= keptSize; b = b[keptSize:] {
		kept.proofs[[32]byte(b)] = types.Proof(b[32:])
	}
}

func proofID(t testing.TB, w *transfer.Witness) [32]byte {
	t.Helper()
	public, err := w.Public()
	if err != nil {
		t.Fatal(err)
	}
	elements, err := public.Elements()
	if err != nil {
		t.Fatal(err)
	}
	vk, err := transfer.VerifyingKey()
	if err != nil {
		t.Fatal(err)
	}
	key := vk.Hash()
	parts := [][]byte{key[:]}
	for i := range elements {
		b := elements[i].Bytes()
		parts = append(parts, b[:])
	}
	return types.Blake2b("test proof", parts...)
}

// writeKept adds to the file, in order of ids. Another test binary may have added to it since this one was built.
func writeKept(t testing.TB) {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	file := filepath.Join(filepath.Dir(here), "testdata", keptFile)
	if there, err := os.ReadFile(file); err == nil { //nolint:gosec // our own fixture
		readKept(there)
	}
	ids := make([][32]byte, 0, len(kept.proofs))
	for id := range kept.proofs {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) })
	var out []byte
	for _, id := range ids {
		p := kept.proofs[id]
		out = append(append(out, id[:]...), p[:]...)
	}
	if err := os.WriteFile(file, out, 0o644); err != nil { //nolint:gosec // a fixture is public
		t.Fatal(err)
	}
}
