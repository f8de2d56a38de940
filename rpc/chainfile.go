package rpc

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gero-chain/gero/types"
)

// A file of blocks is this line, the 32 bytes of the genesis hash, and blocks by rising number: each a uint32 length and so many bytes of
// the block's encoding.
const fileMagic = "gero blocks 1\n"

// exportFile writes blocks of the best chain to a file that must not exist. What is not complete does not stay.
func exportFile(ctx context.Context, c Chain, path string, first, last types.Height) (n uint64, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return 0, fail(CodeInput, "choose a name that does not exist", "file %s exists", path)
	}
	if err != nil {
		return 0, fail(CodeInput, "choose a folder that the node may write to", "file: %v", err)
	}
	defer func() {
		if errClose := f.Close(); err == nil && errClose != nil {
			err = diskFault(errClose)
		}
		if err != nil {
			n, err = 0, errors.Join(err, os.Remove(path))
		}
	}()
	w := bufio.NewWriterSize(f, 1<<20)
	genesis := c.Genesis()
	if _, err := w.Write(append([]byte(fileMagic), genesis[:]...)); err != nil {
		return 0, diskFault(err)
	}
	var parent types.BlockHash
	for h := first; h <= last; h++ {
		if err := ctx.Err(); err != nil {
			return n, fail(CodeNotYet, "export fewer blocks at once, or over IPC", "export was given up at block %d", h)
		}
		hash, err := c.HashAt(h)
		if err != nil {
			return n, err
		}
		b, err := c.Block(hash)
		if err != nil {
			return n, err
		}
		if h > first && b.Header.Parent != parent {
			return n, fail(CodeNotYet, "export again", "the best chain changed during the export")
		}
		parent = hash
		raw := b.Bytes()
		if _, err := w.Write(binary.BigEndian.AppendUint32(nil, uint32(len(raw)))); err != nil {
			return n, diskFault(err)
		}
		if _, err := w.Write(raw); err != nil {
			return n, diskFault(err)
		}
		n++
	}
	if err := w.Flush(); err != nil {
		return n, diskFault(err)
	}
	if err := f.Sync(); err != nil {
		return n, diskFault(err)
	}
	return n, nil
}

func diskFault(err error) error {
	return fail(CodeInput, "make room on the disk, or export to another one", "file was not written: %v", err)
}

// importFile adds the blocks of a file. After an error those before it have been added.
func (a admin) importFile(ctx context.Context, path string) (added, known uint64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, fail(CodeInput, "give a file that the node may read", "file: %v", err)
	}
	defer f.Close() //nolint:errcheck // It was only read.
	r := bufio.NewReaderSize(f, 1<<20)
	const whole = "get the file again: it is not a file of blocks of this network, or not all of one"
	head := make([]byte, len(fileMagic)+32)
	if _, err := io.ReadFull(r, head); err != nil || string(head[:len(fileMagic)]) != fileMagic {
		return 0, 0, fail(CodeInput, whole, "file %s is no file of blocks", path)
	}
	if types.BlockHash(head[len(fileMagic):]) != a.back.Chain.Genesis() {
		return 0, 0, fail(CodeWrongNetwork, "import a file of this network", "file %s is of another network", path)
	}
	for {
		if ctx.Err() != nil {
			return added, known, fail(CodeNotYet, "import again to go on: what was added stays; over IPC there is no time limit",
				"import was given up after %d blocks", added+known)
		}
		b, err := nextBlock(r)
		if errors.Is(err, io.EOF) {
			return added, known, nil
		}
		if err != nil {
			return added, known, fail(CodeInput, whole, "file is damaged after %d blocks: %v", added+known, err)
		}
		if _, err := a.back.Chain.Header(b.Hash()); err == nil {
			known++
			continue
		}
		if err := a.back.Chain.AddBlock(b); err != nil {
			e := *answer(err)
			e.Message = fmt.Sprintf("block %d of the file, number %d: %s", added+known+1, b.Header.Number, e.Message)
			return added, known, &e
		}
		added++
	}
}

// nextBlock reads one block; io.EOF between two blocks is the end.
func nextBlock(r io.Reader) (*types.Block, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > types.MaxBlockSize {
		return nil, fmt.Errorf("block of %d bytes is larger than any", n)
	}
	raw := make([]byte, n)
	if _, err := io.ReadFull(r, raw); err != nil {
		return nil, fmt.Errorf("block is cut off: %w", noEOF(err))
	}
	return types.DecodeBlock(raw)
}

// noEOF keeps the end inside a block from looking like the end after one.
func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
