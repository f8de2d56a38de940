package transfer

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/gero-chain/gero/internal/attack"
	"github.com/gero-chain/gero/zk/groth"
)

var update = flag.Bool("update", false, "rewrite golden files")

// TestNoWireIsLoose changes each of some 25,000 wires of two solutions and finds a broken row for each. Where nothing has a value two
// wires are loose by right: the token, which no note is of, and the anchor, which may change its sign under the square that binds it. (The
// sibling of a dummy is not loose here, since the wires computed from it stay.)
func TestNoWireIsLoose(t *testing.T) {
	anchor, token := 1, 1+NumPublic+3+alphaBits
	for _, c := range []struct {
		name string
		w    *Witness
		want []int
	}{{"mixed", mixed(t, 1), nil}, {"empty", empty(1), []int{anchor, token}}} {
		loose, err := attack.LooseWires(compiled(), fullWitness(t, mustStatement(t, c.w)))
		if err != nil || !slices.Equal(loose, c.want) {
			t.Errorf("%s: got %d loose wires %v, %v, want %v", c.name, len(loose), loose, err, c.want)
		}
	}
}

// TestHintsCannotLie overrides every hint in every call.
func TestHintsCannotLie(t *testing.T) {
	full := fullWitness(t, mustStatement(t, mixed(t, 1)))
	accepted, err := attack.AcceptedLies(compiled(), full, attack.Lies)
	if err != nil || len(accepted) > 0 {
		t.Errorf("accepted lies %v, %v", accepted, err)
	}
}

// TestOnlyHintIsBits holds the circuit to the one hint it needs: the bits of three outputs and of two public values.
func TestOnlyHintIsBits(t *testing.T) {
	calls, err := attack.HintCalls(compiled(), fullWitness(t, mustStatement(t, mixed(t, 1))))
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Collect(maps.Keys(calls))
	if len(names) != 1 || names[0] != "github.com/consensys/gnark/std/math/bits.nBits" || calls[names[0]] != 5 {
		t.Errorf("got hints %v, want five decompositions into bits", calls)
	}
}

// TestCircuitIsPinned holds the circuit to its published size and hash, and to the file that proofs are made with.
func TestCircuitIsPinned(t *testing.T) {
	type pin struct {
		Constraints int    `json:"constraints"`
		SHA256      string `json:"sha256"`
	}
	h, err := groth.CSHash(compiled())
	if err != nil {
		t.Fatal(err)
	}
	got := pin{compiled().GetNbConstraints(), hex.EncodeToString(h[:])}
	const file = "testdata/circuit.json"
	if *update {
		raw, _ := json.MarshalIndent(got, "", "  ")
		if err := os.WriteFile(file, append(raw, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var want pin
	if err := json.Unmarshal(raw, &want); err != nil || got != want {
		t.Errorf("got %+v, want %+v, %v", got, want, err)
	}
	if got.Constraints > 26_000 {
		t.Errorf("%d constraints, the specification allows 26,000", got.Constraints)
	}
	if h != systemPin {
		t.Error("the circuit is not the one that the keys were made for: make new keys")
	}
}
