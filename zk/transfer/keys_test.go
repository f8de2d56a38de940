package transfer

import (
	"flag"
	"os"
	"testing"
)

var makeKeys = flag.Bool("make-keys", false, "make new keys and pins")

// TestMakeKeys writes new keys when asked to, and is no test otherwise: go test ./zk/transfer -run TestMakeKeys -make-keys, then
// go test ./zk/transfer -update for the golden files that belong to them.
func TestMakeKeys(t *testing.T) {
	if !*makeKeys {
		return
	}
	k, err := MakeKeys()
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{
		"keys/transfer.pk": k.Proving, "keys/transfer.vk": k.Verifying, "keys/transfer.cs": k.System, "pins.go": k.Pins(),
	} {
		if err := os.WriteFile(name, raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
