package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/tyler-smith/go-bip39"

	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/note"
)

func TestCommittedFileIsGenerated(t *testing.T) {
	want, err := source()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../params/genesis_dev.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("params/genesis_dev.go is not what the generator writes; run go generate ./internal/devgenesis")
	}
}

// TestAccountsOwnTheirNotes finds the notes as a wallet does, from the words alone.
func TestAccountsOwnTheirNotes(t *testing.T) {
	seed := bip39.NewSeed("abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "+
		"abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art", "")
	notes := params.Dev().Genesis.Notes
	var devID, ticketID types.AssetID
	for _, a := range params.DevAssets() {
		switch {
		case a.Kind == 2 && a.Name == "DEV" && a.Decimals == 18:
			devID = a.ID
		case a.Kind == 3 && a.Decimals == 0:
			ticketID = a.ID
		default:
			t.Errorf("unexpected asset %+v", a)
		}
	}
	type holding struct {
		notes int
		total string // in smallest units
	}
	want := []map[types.AssetID]holding{
		{types.NativeAsset: {4, "100000000000000000000000"}, devID: {2, "1000000000000000000000000"}, ticketID: {1, "1"}},
		{types.NativeAsset: {2, "50000000000000000000000"}},
		{types.NativeAsset: {1, "10000000000000000000000"}},
	}
	owned := 0
	for account, w := range want {
		key := note.AccountKey(seed, uint32(account)).FullViewingKey()
		count, total := map[types.AssetID]int{}, map[types.AssetID]types.Amount{}
		for i, n := range notes {
			if key.OwnNote(key.DK.GenesisRcm(uint64(i))).PCM() != n.PCM {
				continue
			}
			owned++
			sum, err := total[n.Asset].Add(n.Value)
			if err != nil {
				t.Fatal(err)
			}
			count[n.Asset]++
			total[n.Asset] = sum
			if _, err := note.Complete(n.PCM, n.Asset, n.Value); err != nil {
				t.Errorf("note %d: %v", i, err)
			}
		}
		for id, h := range w {
			if got := (holding{count[id], total[id].String()}); got != h {
				t.Errorf("account %d, asset %s: got %+v, want %+v", account, id, got, h)
			}
		}
	}
	if owned != len(notes) || owned != 10 {
		t.Errorf("accounts 0 to 2 own %d of %d notes, want all 10", owned, len(notes))
	}
}

// TestSecondImplementationAgrees holds the partial commitments to those of zk/note/testdata/reference.py.
func TestSecondImplementationAgrees(t *testing.T) {
	raw, err := os.ReadFile("../../zk/note/testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct{ Genesis []string }
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	notes := params.Dev().Genesis.Notes
	if len(want.Genesis) != len(notes) {
		t.Fatalf("got %d notes, want %d", len(notes), len(want.Genesis))
	}
	for i, n := range notes {
		if got := hex.EncodeToString(n.PCM[:]); got != want.Genesis[i] {
			t.Errorf("note %d: got %s, want %s", i, got, want.Genesis[i])
		}
	}
}
