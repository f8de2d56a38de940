package types

import (
	"bytes"
	"errors"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// format is one encoded type, seen as bytes only.
type format struct {
	name   string
	decode func([]byte) (encoded []byte, err error)
	sample []byte
}

func formats() []format {
	encoder := func(v interface{ Bytes() []byte }, err error) ([]byte, error) {
		if err != nil {
			return nil, err
		}
		return v.Bytes(), nil
	}
	tx := func(b []byte) ([]byte, error) { v, err := DecodeTx(b); return encoder(v, err) }
	header := func(b []byte) ([]byte, error) { v, err := DecodeHeader(b); return encoder(v, err) }
	body := func(b []byte) ([]byte, error) { v, err := DecodeBody(b); return encoder(v, err) }
	block := func(b []byte) ([]byte, error) { v, err := DecodeBlock(b); return encoder(v, err) }
	empty := fullHeader()
	empty.Extra = nil
	return []format{
		{"full tx", tx, fullTx().Bytes()},
		{"plain tx", tx, plainTx().Bytes()},
		{"create tx", tx, createTx().Bytes()},
		{"header", header, fullHeader().Bytes()},
		{"header without extra", header, empty.Bytes()},
		{"body", body, fullBody().Bytes()},
		{"empty body", body, new(Body).Bytes()},
		{"block", block, (&Block{Header: fullHeader(), Body: fullBody()}).Bytes()},
	}
}

func TestRoundTrip(t *testing.T) {
	for _, f := range formats() {
		got, err := f.decode(f.sample)
		if err != nil || !bytes.Equal(got, f.sample) {
			t.Errorf("%s: %v, or other bytes", f.name, err)
		}
	}
	tx, err := DecodeTx(fullTx().Bytes())
	if err != nil || !reflect.DeepEqual(tx, fullTx()) {
		t.Errorf("full tx decoded differs: %v", err)
	}
	h, err := DecodeHeader(fullHeader().Bytes())
	if err != nil || !reflect.DeepEqual(h, fullHeader()) || !reflect.DeepEqual(h.Copy(), h) {
		t.Errorf("header decoded or copied differs: %v", err)
	}
	b, err := DecodeBlock((&Block{Header: h, Body: fullBody()}).Bytes())
	if err != nil || !reflect.DeepEqual(b.Body, fullBody()) || b.Hash() != h.Hash() {
		t.Errorf("block decoded differs: %v", err)
	}
}

// Every proper prefix and every extension of an encoding is refused, so no encoding is the beginning of another.
func TestPrefixesAndExtensionsRefused(t *testing.T) {
	for _, f := range formats() {
		step := max(1, len(f.sample)/300)
		for n := 0; n < len(f.sample); n += step {
			if _, err := f.decode(f.sample[:n]); !errors.Is(err, ErrEncoding) {
				t.Errorf("%s: %d of %d bytes: %v, want %v", f.name, n, len(f.sample), err, ErrEncoding)
			}
		}
		for _, more := range [][]byte{{0}, {1}, make([]byte, 2000)} {
			if _, err := f.decode(append(bytes.Clone(f.sample), more...)); !errors.Is(err, ErrEncoding) {
				t.Errorf("%s with %d bytes more: %v, want %v", f.name, len(more), err, ErrEncoding)
			}
		}
	}
}

// Whatever single byte changes, the bytes are refused or are the one encoding of another value.
func TestEveryByteCounts(t *testing.T) {
	for _, f := range formats() {
		step := max(1, len(f.sample)/2000)
		for i := 0; i < len(f.sample); i += step {
			b := bytes.Clone(f.sample)
			b[i] ^= 0x81
			got, err := f.decode(b)
			switch {
			case err != nil && !errors.Is(err, ErrEncoding):
				t.Errorf("%s, byte %d: %v, want %v", f.name, i, err, ErrEncoding)
			case err == nil && !bytes.Equal(got, b):
				t.Errorf("%s, byte %d: accepted as a second encoding", f.name, i)
			}
		}
	}
}

func TestLimits(t *testing.T) {
	cases := []struct {
		name   string
		decode func() error
		want   string
	}{
		{"five bundles", func() error {
			tx := plainTx()
			for len(tx.Bundles) < 5 {
				tx.Bundles = append(tx.Bundles, tx.Bundles[0])
			}
			_, err := DecodeTx(tx.Bytes())
			return err
		}, "count 5"},
		{"call data", func() error {
			tx := createTx()
			tx.Call.Data = make([]byte, MaxCallData+1)
			_, err := DecodeTx(tx.Bytes())
			return err
		}, "count 131073"},
		{"encrypted arguments", func() error {
			tx := createTx()
			tx.Call.EncArgs = make([]byte, MaxEncArgs+1)
			_, err := DecodeTx(tx.Bytes())
			return err
		}, "count 16385"},
		{"nine gated entries", func() error {
			tx := createTx()
			tx.Call.Gated = make([]Gated, 9)
			_, err := DecodeTx(tx.Bytes())
			return err
		}, "count 9"},
		{"five releases", func() error {
			tx := createTx()
			tx.Call.Releases = make([]Release, 5)
			_, err := DecodeTx(tx.Bytes())
			return err
		}, "count 5"},
		{"long transaction", func() error { _, err := DecodeTx(make([]byte, MaxTxSize+1)); return err }, "262145 bytes"},
		{"long extra", func() error {
			h := fullHeader()
			h.Extra = make([]byte, 33)
			_, err := DecodeHeader(h.Bytes())
			return err
		}, "count 33"},
		{"six votes", func() error {
			b := fullBody()
			b.Votes = append(b.Votes, Vote{})
			_, err := DecodeBody(b.Bytes())
			return err
		}, "count 6"},
		{"long body", func() error { _, err := DecodeBody(make([]byte, MaxBodySize+1)); return err }, "4194305 bytes"},
		{"long block", func() error {
			_, err := DecodeBlock(append(fullHeader().Bytes(), make([]byte, MaxBodySize+1)...))
			return err
		}, "4194305 bytes"},
		{"presence 2", func() error {
			b := plainTx().Bytes()
			b[len(b)-1] = 2
			_, err := DecodeTx(b)
			return err
		}, "presence byte 2"},
		{"nothing", func() error { _, err := DecodeTx(nil); return err }, "more bytes"},
	}
	for _, tc := range cases {
		if err := tc.decode(); !errors.Is(err, ErrEncoding) || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %v with %q", tc.name, err, ErrEncoding, tc.want)
		}
	}
	// What is at its limit passes.
	tx := createTx()
	tx.Call.Data, tx.Call.EncArgs = make([]byte, MaxCallData), make([]byte, MaxEncArgs)
	tx.Call.Gated, tx.Call.Releases = make([]Gated, MaxGated), make([]Release, MaxReleases)
	for len(tx.Bundles) < MaxBundles {
		tx.Bundles = append(tx.Bundles, tx.Bundles[0])
	}
	if _, err := DecodeTx(tx.Bytes()); err != nil {
		t.Errorf("transaction at every limit: %v", err)
	}
}

// A count that promises more than the bytes hold costs no memory.
func TestDecodersAllocateNoMoreThanInput(t *testing.T) {
	hostile := map[string]func(){}
	for _, f := range formats() {
		for _, at := range []int{0, len(f.sample) / 3, len(f.sample) / 2, len(f.sample) - 4} {
			b := bytes.Clone(f.sample)
			copy(b[at:], []byte{0xff, 0xff, 0xff, 0xff})
			hostile[f.name] = func() { _, _ = f.decode(b) }
		}
	}
	short := []byte{0, 0, 0, 5, 0, 0, 0xff, 0xff}
	hostile["votes without bytes"] = func() { _, _ = DecodeBody(short) }
	hostile["transactions without bytes"] = func() { _, _ = DecodeBody([]byte{0, 0, 0, 0, 0, 0, 8, 0}) }
	for name, decode := range hostile {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		decode()
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 128<<10 { // samples are below 30 KiB and are encoded again when accepted
			t.Errorf("%s: %d bytes allocated", name, got)
		}
	}
}

func FuzzDecodeTx(f *testing.F) {
	for _, tx := range []*Tx{fullTx(), plainTx(), createTx()} {
		f.Add(tx.Bytes())
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		tx, err := DecodeTx(in)
		if err == nil && !bytes.Equal(tx.Bytes(), in) {
			t.Error("accepted as a second encoding")
		}
	})
}

func FuzzDecodeHeader(f *testing.F) {
	f.Add(fullHeader().Bytes())
	f.Add(new(Header).Bytes())
	f.Fuzz(func(t *testing.T, in []byte) {
		h, err := DecodeHeader(in)
		if err == nil && !bytes.Equal(h.Bytes(), in) {
			t.Error("accepted as a second encoding")
		}
	})
}

func FuzzDecodeBody(f *testing.F) {
	f.Add(fullBody().Bytes())
	f.Add(new(Body).Bytes())
	f.Fuzz(func(t *testing.T, in []byte) {
		b, err := DecodeBody(in)
		if err == nil && !bytes.Equal(b.Bytes(), in) {
			t.Error("accepted as a second encoding")
		}
	})
}

func FuzzDecodeBlock(f *testing.F) {
	f.Add((&Block{Header: fullHeader(), Body: fullBody()}).Bytes())
	f.Add((&Block{Header: new(Header), Body: new(Body)}).Bytes())
	f.Fuzz(func(t *testing.T, in []byte) {
		b, err := DecodeBlock(in)
		if err == nil && !bytes.Equal(b.Bytes(), in) {
			t.Error("accepted as a second encoding")
		}
	})
}
