package node

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/core/chain"
	"github.com/gero-chain/gero/types"
)

// A file of blocks is this line, the hash of the genesis, and then each block as a length of four bytes, big-endian, and its encoding,
// from height 1 on or from any other height. admin_exportChain and admin_importChain use the same format.
const blocksMagic = "gero blocks 1\n"

// minBlockSize is below the length of any block, so that a wrong length is noticed at once.
const minBlockSize = 512

// ErrBlocksFile reports a file that is not one of blocks, or is damaged.
var ErrBlocksFile = errors.New("not a sound file of blocks")

// Transfer is how much of an export or import was done.
type Transfer struct {
	First  types.Height `json:"first"`
	Last   types.Height `json:"last"`
	Blocks uint64       `json:"blocks"`
	Known  uint64       `json:"known"` // of an import: blocks that were there before
}

// step reports progress: the height at hand and the last one, 0 if unknown.
type step func(at, last types.Height)

// exportBlocks writes the best chain's blocks from one height to another, or to the tip if last is 0.
func exportBlocks(ctx context.Context, c *chain.Manager, out io.Writer, first, last types.Height, report step) (Transfer, error) {
	_, head := c.Tip()
	if last == 0 || last > head.Number {
		last = head.Number
	}
	first = max(first, 1)
	w := bufio.NewWriterSize(out, 1<<20)
	genesis := c.Genesis()
	if _, err := w.WriteString(blocksMagic + string(genesis[:])); err != nil {
		return Transfer{}, err
	}
	done := Transfer{First: first}
	for n := first; n <= last; n++ {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		hash, err := c.HashAt(n)
		if err != nil {
			return done, err
		}
		b, err := c.Block(hash)
		if err != nil {
			return done, err
		}
		raw := b.Bytes()
		if _, err := w.Write(binary.BigEndian.AppendUint32(nil, uint32(len(raw)))); err != nil { //nolint:gosec // a block is at most 4 MiB
			return done, err
		}
		if _, err := w.Write(raw); err != nil {
			return done, err
		}
		done.Last = n
		done.Blocks++
		report(n, last)
	}
	return done, w.Flush()
}

// importBlocks adds the blocks of a file to the chain through the door that all blocks come by. What was added before an error stays.
func importBlocks(ctx context.Context, c *chain.Manager, in io.Reader, report step) (Transfer, error) {
	r := bufio.NewReaderSize(in, 1<<20)
	head := make([]byte, len(blocksMagic)+len(types.BlockHash{}))
	if _, err := io.ReadFull(r, head); err != nil || string(head[:len(blocksMagic)]) != blocksMagic {
		return Transfer{}, fmt.Errorf("%w: it does not begin as `gero export` begins one", ErrBlocksFile)
	}
	if genesis := types.BlockHash(head[len(blocksMagic):]); genesis != c.Genesis() {
		return Transfer{}, fmt.Errorf("%w: its blocks follow genesis %s, this chain's is %s: choose the network they are from", ErrBlocksFile, genesis, c.Genesis())
	}
	var done Transfer
	for {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		b, err := readBlock(r)
		if errors.Is(err, io.EOF) {
			return done, nil
		}
		if err != nil {
			return done, fmt.Errorf("%w after %d blocks: %w", ErrBlocksFile, done.Blocks, err)
		}
		switch err := c.AddBlock(b); {
		case errors.Is(err, chain.ErrKnown):
			done.Known++
		case err != nil:
			return done, fmt.Errorf("block %d of the file, height %d: %w%s", done.Blocks+1, b.Header.Number, err, importAdvice(err))
		}
		if done.Blocks == 0 {
			done.First = b.Header.Number
		}
		done.Blocks++
		done.Last = b.Header.Number
		report(b.Header.Number, 0)
	}
}

// importAdvice says what to do about a block that was not taken.
func importAdvice(err error) string {
	var classed rule.Classed
	switch {
	case errors.Is(err, chain.ErrUnknownParent):
		return ": import the blocks before it first"
	case errors.Is(err, chain.ErrFutureBlock):
		return ": check this computer's clock"
	case errors.As(err, &classed) && classed.Class() == rule.ClassRule:
		return ": the file's blocks up to there are imported; the rest is not of this network"
	default:
		return ""
	}
}

// readBlock reads one block; io.EOF says that the file ends where a block could begin.
func readBlock(r io.Reader) (*types.Block, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:1]); err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(r, size[1:]); err != nil {
		return nil, errors.New("the file ends inside a block")
	}
	n := binary.BigEndian.Uint32(size[:])
	if n < minBlockSize || n > types.MaxBlockSize {
		return nil, fmt.Errorf("a block claims a length of %d bytes", n)
	}
	raw := make([]byte, n)
	if _, err := io.ReadFull(r, raw); err != nil {
		return nil, errors.New("the file ends inside a block")
	}
	return types.DecodeBlock(raw)
}
