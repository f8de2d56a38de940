package types

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite golden files; say why in the commit")

// golden lists what another implementation has to reproduce: encodings and hashes of values with every optional part filled in.
func golden() string {
	g := sampleGenesis()
	h, b := fullHeader(), fullBody()
	var out strings.Builder
	line := func(name string, value []byte) { fmt.Fprintf(&out, "%s %s\n", name, hex.EncodeToString(value)) }
	hash := func(name string, value [32]byte) { line(name, value[:]) }
	out.WriteString("# Encodings and hashes of samples with every optional part. Made by go test ./types -update; see sample_test.go.\n")
	hash("genesis", g)
	for _, tx := range []struct {
		name string
		tx   *Tx
	}{{"tx.full", fullTx()}, {"tx.plain", plainTx()}, {"tx.create", createTx()}} {
		line(tx.name, tx.tx.Bytes())
		hash(tx.name+".sighash", tx.tx.SigHash(g))
		hash(tx.name+".txid", tx.tx.ID(g))
		hash(tx.name+".wtxid", tx.tx.WID())
	}
	line("header", h.Bytes())
	hash("header.sealhash", h.SealHash())
	hash("header.hash", h.Hash())
	line("body", b.Bytes())
	hash("body.root", b.Root(g))
	hash("body.root.empty", new(Body).Root(g))
	hash("body.root.votes", (&Body{Votes: b.Votes}).Root(g))
	hash("body.root.txs", (&Body{Txs: b.Txs}).Root(g))
	block := (&Block{Header: h, Body: b}).Bytes()
	hash("block.blake2b", Blake2b("test", block))
	return out.String()
}

func TestGolden(t *testing.T) {
	const path = "testdata/golden.txt"
	got := golden()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range min(len(gotLines), len(wantLines)) {
		if gotLines[i] != wantLines[i] {
			name, _, _ := strings.Cut(wantLines[i], " ")
			t.Errorf("%s changed:\n got %.200s\nwant %.200s", name, gotLines[i], wantLines[i])
		}
	}
	if len(gotLines) != len(wantLines) {
		t.Errorf("%d lines, want %d", len(gotLines), len(wantLines))
	}
}

// Sizes are part of the format; the numbers are written out here so that a change of a constant is noticed.
func TestSizes(t *testing.T) {
	cases := []struct {
		name      string
		got, want int
	}{
		{"ciphertext", CiphertextSize, 417},
		{"bundle", bundleSize, 1827},
		{"plain payment", plainTx().Size(), 4 + 8 + 8 + 8 + 16 + 4 + 1827 + 1},
		{"gated entry", gatedSize, 844},
		{"release", releaseSize, 1266},
		{"vote", VoteSize, 256},
		{"header without extra", headerMinSize, 1082},
		{"header", len(fullHeader().Bytes()), 1114},
		{"largest header", MaxHeaderSize, 1114},
		{"empty body", len(new(Body).Bytes()), 8},
		{"largest transaction", MaxTxSize, 262_144},
		{"largest body", MaxBodySize, 4_194_304},
	}
	for _, tc := range cases {
		if tc.got != tc.want {
			t.Errorf("%s: %d bytes, want %d", tc.name, tc.got, tc.want)
		}
	}
}
