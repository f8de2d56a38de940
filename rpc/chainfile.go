package rpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/gero-chain/gero/internal/blockfile"
	"github.com/gero-chain/gero/types"
)

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
	w, err := blockfile.NewWriter(f, c.Genesis())
	if err != nil {
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
		if err := w.Write(b); err != nil {
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
	const whole = "get the file again: it is not a file of blocks of this network, or not all of one"
	r, err := blockfile.NewReader(f)
	if err != nil {
		return 0, 0, fail(CodeInput, whole, "file %s is no file of blocks", path)
	}
	if r.Genesis != a.back.Chain.Genesis() {
		return 0, 0, fail(CodeWrongNetwork, "import a file of this network", "file %s is of another network", path)
	}
	for {
		if ctx.Err() != nil {
			return added, known, fail(CodeNotYet, "import again to go on: what was added stays; over IPC there is no time limit",
				"import was given up after %d blocks", added+known)
		}
		b, err := r.Next()
		if err == io.EOF { //nolint:errorlint // only the bare one is the end
			return added, known, nil
		}
		if err != nil {
			return added, known, fail(CodeInput, whole, "file %s: %v", path, err)
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
