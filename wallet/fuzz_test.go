package wallet

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/gero-chain/gero/types"
)

// FuzzRecords feeds arbitrary bytes to every decoder of the database: none may panic, and what one accepts must encode to the same bytes,
// or be a record of which more than one encoding exists.
func FuzzRecords(f *testing.F) {
	o := &opRecord{seq: 3, payees: []payee{{value: types.NewAmount(7)}}, tx: []byte{1, 2}, detail: "x", lifetime: 256}
	o.plan = plan{gas: 421_000, bundles: []bundlePlan{{
		inputs: []coin{{1, types.NativeAsset, types.NewAmount(9)}}, outputs: []part{{0, types.NativeAsset, types.NewAmount(7)}, {change, types.NativeAsset, types.NewAmount(1)}},
	}}}
	h := &historyRecord{kind: entrySent, height: 9, parts: []historyPart{{kind: partOut, value: types.NewAmount(2)}}}
	for _, seed := range [][]byte{
		o.bytes(), h.bytes(), (&noteRecord{pos: 4, value: types.NewAmount(5)}).bytes(), (&minedRecord{height: 3}).bytes(),
		cursor{started: true, height: 7}.bytes(), (&addressRecord{number: 1, label: "shop"}).bytes(), {},
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		check := func(name string, err error, again func() []byte) {
			t.Helper()
			if err != nil && !errors.Is(err, Corrupt) {
				t.Fatalf("%s: %v", name, err)
			}
			if err == nil && !bytes.Equal(again(), b) {
				t.Fatalf("%s: accepted %x, encodes to %x", name, b, again())
			}
		}
		n, err := decodeNote(b)
		check("note", err, func() []byte { return n.bytes() })
		m, err := decodeMined(b)
		check("mined", err, func() []byte { return m.bytes() })
		c, err := decodeCursor(b)
		check("cursor", err, c.bytes)
		h, err := decodeHistory(b)
		check("history", err, func() []byte { return h.bytes() })
		p, err := decodePlace(b)
		check("place", err, p.bytes)
		a, err := decodeAddress(b)
		check("address", err, a.bytes)
		if _, err := decodeUndo(b); err != nil && !errors.Is(err, Corrupt) {
			t.Fatalf("undo: %v", err)
		}
		if o, err := decodeOp(b); err == nil {
			if again, err := decodeOp(o.bytes()); err != nil || again.plan.fee != o.plan.fee || again.seq != o.seq {
				t.Fatalf("operation: %v", err)
			}
		} else if !errors.Is(err, Corrupt) {
			t.Fatalf("operation: %v", err)
		}
	})
}

// FuzzWalletFile: arbitrary bytes never panic and never ask for more work than a file of ours may.
func FuzzWalletFile(f *testing.F) {
	file := &walletFile{Version: fileVersion, ID: "0123456789abcdef", Created: time.Now().Unix()}
	if err := file.seal(new(entropy), "p", 2, bytes.NewReader(make([]byte, 100))); err != nil {
		f.Fatal(err)
	}
	f.Add(file.bytes())
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := parseWalletFile(b)
		if err != nil {
			if !errors.Is(err, Corrupt) {
				t.Fatal(err)
			}
			return
		}
		if w.N > scryptMaxN {
			t.Fatalf("scrypt N %d accepted", w.N)
		}
	})
}

// FuzzWords: arbitrary text is words or an error of that kind.
func FuzzWords(f *testing.F) {
	f.Add(testWords)
	f.Add("abandon abandn")
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := parseWords(s); err != nil && !errors.Is(err, BadWords) {
			t.Fatal(err)
		}
	})
}
