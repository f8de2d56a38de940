package rpc

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gero-chain/gero/types"
)

func TestNodeInfo(t *testing.T) {
	f := start(t, nil)
	info := result[NodeInfo](f, "admin_nodeInfo")
	hash, _ := f.chain.Tip()
	if info.Network != "dev" || info.ChainID != 1337 || info.Genesis != f.chain.Genesis() || info.Hash != hash || info.Height != 3 || info.Weight != "4000" ||
		info.HTTP != f.HTTPAddr().String() || info.WS != f.WSAddr().String() || info.IPC != f.cfg.IPC || info.Datadir != f.dir || info.Peers.Out != 3 {
		t.Errorf("got %+v", info)
	}
}

func TestExportThenImport(t *testing.T) {
	f := start(t, nil)
	file := filepath.Join(t.TempDir(), "chain")
	f.want(`{"path":`+string(encode(file))+`,"first":1,"last":3,"blocks":3}`, "admin_exportChain", file)
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	g := start(t, nil)
	g.chain.best = g.chain.best[:2] // It has the first block only.
	delete(g.chain.blocks, mustHash(t, f, 2))
	delete(g.chain.blocks, mustHash(t, f, 3))
	g.want(`{"path":`+string(encode(file))+`,"added":2,"known":1,"height":3}`, "admin_importChain", file)
	if got, _ := g.chain.Tip(); got != mustHash(t, f, 3) {
		t.Errorf("tip after import: got %s", got)
	}
	g.want(`{"path":`+string(encode(file))+`,"added":0,"known":3,"height":3}`, "admin_importChain", file)

	f.wantError(CodeInput, "admin_exportChain", file) // It exists.
	if again, err := os.ReadFile(file); err != nil || !bytes.Equal(again, raw) {
		t.Error("a refused export touched the file")
	}
	f.wantError(CodeParams, "admin_exportChain", "relative")
	f.wantError(CodeParams, "admin_exportChain", file+"2", 2, 1)
	f.wantError(CodeParams, "admin_exportChain", file+"2", 1, 9)
	f.wantError(CodeInput, "admin_exportChain", filepath.Join(t.TempDir(), "no", "folder"))
	f.want(`{"path":`+string(encode(file+"2"))+`,"first":2,"last":2,"blocks":1}`, "admin_exportChain", file+"2", 2, 2)
}

func mustHash(t *testing.T, f *fixture, n types.Height) types.BlockHash {
	t.Helper()
	h, err := f.chain.HashAt(n)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestImportRefuses(t *testing.T) {
	f := start(t, nil)
	dir := t.TempDir()
	genesis := f.chain.Genesis()
	head := append([]byte("gero blocks 1\n"), genesis[:]...)
	bad := f.chain.next()
	bad.Header.Version = 9
	frame := func(b []byte) []byte {
		return append([]byte{0, byte(len(b) >> 16), byte(len(b) >> 8), byte(len(b))}, b...)
	}
	for name, c := range map[string]struct {
		content []byte
		code    int
		text    string
	}{
		"empty":         {nil, CodeInput, "no file of blocks"},
		"garbage":       {bytes.Repeat([]byte{7}, 100), CodeInput, "no file of blocks"},
		"other network": {append([]byte("gero blocks 1\n"), make([]byte, 32)...), CodeWrongNetwork, "another network"},
		"cut length":    {append(bytes.Clone(head), 0, 0), CodeInput, "ends inside a block"},
		"cut block":     {append(bytes.Clone(head), 0, 0, 2, 0, 1), CodeInput, "ends inside a block"},
		"huge length":   {append(bytes.Clone(head), 0xff, 0xff, 0xff, 0xff), CodeInput, "claims a length"},
		"no block":      {append(bytes.Clone(head), 0, 0, 0, 1, 1), CodeInput, "claims a length"},
		"broken rule":   {append(bytes.Clone(head), frame(bad.Bytes())...), CodeRejected, "block 1 of the file, number 4: headerVersion"},
	} {
		file := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
		if err := os.WriteFile(file, c.content, 0o600); err != nil {
			t.Fatal(err)
		}
		if e := f.wantError(c.code, "admin_importChain", file); !strings.Contains(e.Message, c.text) {
			t.Errorf("%s: got %q, want %q in it", name, e.Message, c.text)
		}
	}
	f.wantError(CodeInput, "admin_importChain", filepath.Join(dir, "missing"))
	f.wantError(CodeParams, "admin_importChain", "relative")
	empty := filepath.Join(dir, "nothing-in-it")
	if err := os.WriteFile(empty, head, 0o600); err != nil {
		t.Fatal(err)
	}
	f.want(`{"path":`+string(encode(empty))+`,"added":0,"known":0,"height":3}`, "admin_importChain", empty)
}

func TestFailedExportLeavesNoFile(t *testing.T) {
	f := start(t, nil)
	file := filepath.Join(t.TempDir(), "chain")
	f.chain.mu.Lock()
	f.chain.fault = classed{"disk on fire", 0}
	f.chain.mu.Unlock()
	f.wantError(CodeInternal, "admin_exportChain", file)
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("file after a failed export: %v", err)
	}
	var raw json.RawMessage
	if err := f.dial(f.cfg.IPC).Call(&raw, "admin_exportChain", file); err == nil {
		t.Error("export of an unreadable chain succeeded")
	}
}
