package types

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrEncoding is wrapped by every decoding error of this package: the bytes are not the one canonical encoding of a value.
var ErrEncoding = errors.New("encoding not canonical")

// Encoder appends values in the protocol's one encoding: big-endian fixed width, lists and byte strings with a uint32 count, one
// presence byte for options.
type Encoder struct {
	buf     []byte
	witness bool // include proofs and signatures
}

// NewEncoder returns an Encoder that includes proofs and signatures.
func NewEncoder(sizeHint int) *Encoder {
	return &Encoder{buf: make([]byte, 0, sizeHint), witness: true}
}

// Bytes returns what was encoded; the slice is not copied.
func (e *Encoder) Bytes() []byte { return e.buf }

// Raw appends fixed-width bytes as they are.
func (e *Encoder) Raw(b []byte) { e.buf = append(e.buf, b...) }

// Uint8 appends one byte.
func (e *Encoder) Uint8(v uint8) { e.buf = append(e.buf, v) }

// Uint32 appends four bytes.
func (e *Encoder) Uint32(v uint32) { e.buf = binary.BigEndian.AppendUint32(e.buf, v) }

// Uint64 appends eight bytes.
func (e *Encoder) Uint64(v uint64) { e.buf = binary.BigEndian.AppendUint64(e.buf, v) }

// Amount appends sixteen bytes.
func (e *Encoder) Amount(a Amount) {
	b := a.Bytes()
	e.Raw(b[:])
}

// Count appends the length of a list; lists of the protocol are far below 2^32 long.
func (e *Encoder) Count(n int) { e.Uint32(uint32(n)) } //nolint:gosec // bounded by every decoder

// Var appends a byte string with its length.
func (e *Encoder) Var(b []byte) {
	e.Count(len(b))
	e.Raw(b)
}

// Present appends the presence byte of an option.
func (e *Encoder) Present(ok bool) {
	if ok {
		e.Uint8(1)
	} else {
		e.Uint8(0)
	}
}

// Decoder reads what Encoder wrote. The first error sticks; later reads return zero values, so a decoder reads as the list of its
// fields and checks the error once. Lengths are bounded before anything is allocated.
type Decoder struct {
	rest []byte
	err  error
}

// NewDecoder returns a Decoder over b, which it does not copy.
func NewDecoder(b []byte) *Decoder { return &Decoder{rest: b} }

// Err returns the first error.
func (d *Decoder) Err() error { return d.err }

// Finish returns the first error, or an error when bytes are left over.
func (d *Decoder) Finish() error {
	if d.err == nil && len(d.rest) != 0 {
		d.fail("%d trailing bytes", len(d.rest))
	}
	return d.err
}

func (d *Decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: %s", ErrEncoding, fmt.Sprintf(format, args...))
	}
	d.rest = nil
}

func (d *Decoder) take(n int) []byte {
	if d.err != nil {
		return nil
	}
	if len(d.rest) < n {
		d.fail("want %d more bytes, have %d", n, len(d.rest))
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

// Raw fills dst with fixed-width bytes.
func (d *Decoder) Raw(dst []byte) { copy(dst, d.take(len(dst))) }

// Uint8 reads one byte.
func (d *Decoder) Uint8() uint8 {
	var b [1]byte
	d.Raw(b[:])
	return b[0]
}

// Uint32 reads four bytes.
func (d *Decoder) Uint32() uint32 {
	var b [4]byte
	d.Raw(b[:])
	return binary.BigEndian.Uint32(b[:])
}

// Uint64 reads eight bytes.
func (d *Decoder) Uint64() uint64 {
	var b [8]byte
	d.Raw(b[:])
	return binary.BigEndian.Uint64(b[:])
}

// Amount reads sixteen bytes.
func (d *Decoder) Amount() Amount {
	var b [16]byte
	d.Raw(b[:])
	return AmountFromBytes(b)
}

// Count reads the length of a list of elements of at least elemSize bytes each and refuses more than limit or more than the remaining
// bytes can hold.
func (d *Decoder) Count(limit, elemSize int) int {
	n := d.Uint32()
	if d.err != nil {
		return 0
	}
	if uint64(n) > uint64(limit) || uint64(n)*uint64(elemSize) > uint64(len(d.rest)) {
		d.fail("count %d is over the limit %d or past the end", n, limit)
		return 0
	}
	return int(n)
}

// Var reads a byte string of at most limit bytes and copies it; an empty one is nil.
func (d *Decoder) Var(limit int) []byte {
	n := d.Count(limit, 1)
	if n == 0 {
		return nil
	}
	return append([]byte(nil), d.take(n)...)
}

// Present reads a presence byte: 0 or 1, nothing else.
func (d *Decoder) Present() bool {
	b := d.Uint8()
	if b > 1 {
		d.fail("presence byte %d", b)
	}
	return b == 1
}
