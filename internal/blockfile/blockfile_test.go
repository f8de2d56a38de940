package blockfile

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/gero-chain/gero/types"
)

var genesis = types.BlockHash{1, 2, 3}

func file(t testing.TB, n int) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := NewWriter(&buf, genesis)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := w.Write(block(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func block(i int) *types.Block {
	return &types.Block{Header: &types.Header{Version: 1, Number: types.Height(i)}, Body: new(types.Body)}
}

// read returns how many blocks come before the end or the error.
func read(b []byte) (n int, err error) {
	r, err := NewReader(bytes.NewReader(b))
	if err != nil {
		return 0, err
	}
	for {
		b, err := r.Next()
		if errors.Is(err, io.EOF) && !errors.Is(err, ErrFormat) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		if b.Header.Number != types.Height(n) {
			return n, errors.New("blocks out of order")
		}
		n++
	}
}

func TestRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 5} {
		b := file(t, n)
		if got, err := read(b); err != nil || got != n {
			t.Errorf("%d blocks: got %d, %v", n, got, err)
		}
	}
	r, err := NewReader(bytes.NewReader(file(t, 0)))
	if err != nil || r.Genesis != genesis {
		t.Errorf("genesis: got %s, %v", r.Genesis, err)
	}
}

// A file cut anywhere is either whole up to a block's end or refused.
func TestCutAnywhere(t *testing.T) {
	whole := file(t, 2)
	head := len(magic) + hashSize
	size := (len(whole) - head) / 2
	for cut := range len(whole) {
		got, err := read(whole[:cut])
		if between := cut >= head && (cut-head)%size == 0; between {
			if err != nil || got != (cut-head)/size {
				t.Fatalf("cut at %d, between blocks: got %d blocks, %v", cut, got, err)
			}
		} else if !errors.Is(err, ErrFormat) {
			t.Fatalf("cut at %d: got %d blocks, %v, want ErrFormat", cut, got, err)
		}
	}
}

func TestWrongLengths(t *testing.T) {
	head := file(t, 0)
	for _, size := range [][]byte{{0, 0, 0, 0}, {0, 0, 1, 0xff}, {0xff, 0xff, 0xff, 0xff}} {
		if _, err := read(append(bytes.Clone(head), size...)); !errors.Is(err, ErrFormat) {
			t.Errorf("length %x: got %v, want ErrFormat", size, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(file(f, 2))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n, err := read(b); err == nil && n*leastBlock > len(b) {
			t.Errorf("%d blocks out of %d bytes", n, len(b))
		}
	})
}
