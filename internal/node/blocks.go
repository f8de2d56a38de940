package node

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/core/chain"
	"github.com/gero-chain/gero/internal/blockfile"
	"github.com/gero-chain/gero/types"
)

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
	w, err := blockfile.NewWriter(out, c.Genesis())
	if err != nil {
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
		if err := w.Write(b); err != nil {
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
	r, err := blockfile.NewReader(in)
	if err != nil {
		return Transfer{}, err
	}
	if r.Genesis != c.Genesis() {
		return Transfer{}, fmt.Errorf("%w: its blocks follow genesis %s, this chain's is %s: choose the network they are from", blockfile.ErrFormat, r.Genesis, c.Genesis())
	}
	var done Transfer
	for {
		if err := ctx.Err(); err != nil {
			return done, err
		}
		b, err := r.Next()
		if err == io.EOF { //nolint:errorlint // only the bare one is the end
			return done, nil
		}
		if err != nil {
			return done, err
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
