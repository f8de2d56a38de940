// Package blockfile is the form in which blocks travel as a file: exported by one node, imported by another.
//
// A file is the line "gero blocks 1", the 32 bytes of the genesis hash, and blocks by rising number: each a length of four bytes,
// big-endian, and its encoding. It may begin at any block.
package blockfile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/gero-chain/gero/types"
)

const (
	magic    = "gero blocks 1\n"
	hashSize = len(types.BlockHash{})
	// leastBlock is below the length of any block, so that a wrong length is noticed at once.
	leastBlock = 512
	bufferSize = 1 << 20
)

// ErrFormat reports a file that is not one of blocks, or is damaged.
var ErrFormat = errors.New("not a sound file of blocks")

// Writer writes a file of blocks. Nothing is certain to be written before Flush.
type Writer struct{ w *bufio.Writer }

// NewWriter begins a file of the network with a genesis.
func NewWriter(w io.Writer, genesis types.BlockHash) (*Writer, error) {
	b := bufio.NewWriterSize(w, bufferSize)
	_, err := b.WriteString(magic + string(genesis[:]))
	return &Writer{b}, err
}

// Write appends a block.
func (w *Writer) Write(b *types.Block) error {
	raw := b.Bytes()
	if _, err := w.w.Write(binary.BigEndian.AppendUint32(nil, uint32(len(raw)))); err != nil { //nolint:gosec // a block is below 5 MiB
		return err
	}
	_, err := w.w.Write(raw)
	return err
}

// Flush hands everything to the writer below.
func (w *Writer) Flush() error { return w.w.Flush() }

// Reader reads a file of blocks.
type Reader struct {
	Genesis types.BlockHash // of the network that the file says it is from

	r *bufio.Reader
	n int // blocks read
}

// NewReader reads a file's beginning; errors wrap ErrFormat.
func NewReader(r io.Reader) (*Reader, error) {
	b := bufio.NewReaderSize(r, bufferSize)
	head := make([]byte, len(magic)+hashSize)
	if _, err := io.ReadFull(b, head); err != nil || string(head[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: it does not begin as `gero export` begins one", ErrFormat)
	}
	return &Reader{Genesis: types.BlockHash(head[len(magic):]), r: b}, nil
}

// Next returns the next block, or io.EOF where the file ends between two blocks; other errors wrap ErrFormat.
func (r *Reader) Next() (*types.Block, error) {
	raw, err := r.frame()
	if err == io.EOF { //nolint:errorlint // only the bare one is the end
		return nil, err
	}
	var b *types.Block
	if err == nil {
		b, err = types.DecodeBlock(raw)
	}
	if err != nil {
		return nil, fmt.Errorf("%w after %d blocks: %w", ErrFormat, r.n, err)
	}
	r.n++
	return b, nil
}

// frame returns the bytes of one block.
func (r *Reader) frame() ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r.r, size[:]); err != nil {
		return nil, insideBlock(err) // io.EOF if not one byte came
	}
	n := binary.BigEndian.Uint32(size[:])
	if n < leastBlock || n > types.MaxBlockSize {
		return nil, fmt.Errorf("a block claims a length of %d bytes", n)
	}
	raw := make([]byte, n)
	if _, err := io.ReadFull(r.r, raw); err != nil {
		return nil, fmt.Errorf("the file ends inside a block: %w", io.ErrUnexpectedEOF)
	}
	return raw, nil
}

func insideBlock(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the file ends inside a block: %w", err)
	}
	return err
}
