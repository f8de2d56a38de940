package chain_test

import (
	"errors"
	"fmt"
	"maps"
	"testing"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/core/chain"
	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/internal/crash"
	"github.com/gero-chain/gero/internal/testkit"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// scriptDepth is small so that diffs are forgotten in the script, too.
const scriptDepth = 3

// script is a list of blocks to add: payments, a change of branch, blocks beside the best chain, one that is broken, and forgetting.
type script struct {
	net     *params.Network
	genesis types.BlockHash
	blocks  []*types.Block
	broken  types.BlockHash
	tips    []types.BlockHash                     // after so many blocks
	ledgers map[types.BlockHash]map[string]string // by tip
	last    *testkit.Chain                        // has seen the best blocks alone
}

func newScript(t *testing.T) *script {
	t.Helper()
	a := testkit.Quick(t)
	s := &script{net: a.Net, genesis: a.Genesis(), ledgers: make(map[types.BlockHash]map[string]string)}
	common := branch(a, 2)
	b := a.ForkTrusting(2)
	loser, winner := branch(a, 2), branch(b, 7)
	bad := after(b, winner[0], common[1].Hash(), breakNotes)
	s.broken = bad.Hash()
	s.blocks = append(s.blocks, common...)
	s.blocks = append(s.blocks, bad)
	s.blocks = append(s.blocks, loser...)
	s.blocks = append(s.blocks, winner...)

	c := shallow(t, s.net, scriptDepth)
	remember := func() {
		tip, _ := c.Tip()
		s.tips = append(s.tips, tip)
		if s.ledgers[tip] == nil {
			s.ledgers[tip] = replay(c).Ledger()
		}
	}
	remember()
	for i, block := range s.blocks {
		if err := s.add(c, block); err != nil {
			t.Fatalf("block %d of the script: %v", i, err)
		}
		remember()
	}
	s.last = b
	wantSame(t, c, b)
	return s
}

// add adds one block. What the script foresees is no error.
func (s *script) add(c *testkit.Chain, b *types.Block) error {
	err := add(c, b)
	if b.Hash() == s.broken {
		if errors.Is(err, rule.NoteRootWrong) {
			return nil
		}
		if err == nil {
			return errors.New("the broken block was taken")
		}
		return err
	}
	if testkit.IsKnown(err) {
		return nil
	}
	return err
}

func (s *script) options() store.Options {
	return store.Options{Layout: store.ChainLayout, Network: s.net.Name, Genesis: s.genesis}
}

// open opens a chain over a database of the script.
func (s *script) open(t *testing.T, db *store.Store) (*testkit.Chain, error) {
	t.Helper()
	c, err := testkit.TryOnStore(t, s.net, db)
	if err == nil {
		reopen(t, c, scriptDepth)
	}
	return c, err
}

// run opens a chain and adds the script's blocks until there is a fault. It returns how many were added without; -1 if the chain could
// not even be opened.
func (s *script) run(t *testing.T, db *store.Store) (*testkit.Chain, int, error) {
	t.Helper()
	c, err := s.open(t, db)
	if err != nil {
		return nil, -1, err
	}
	for i, b := range s.blocks {
		if err := s.add(c, b); err != nil {
			return c, i, err
		}
	}
	return c, len(s.blocks), nil
}

// wantStopped fails unless a chain has stopped because of a fault of the node's.
func (s *script) wantStopped(t *testing.T, c *testkit.Chain, err error) {
	t.Helper()
	var fault *chain.NodeError
	if !errors.As(err, &fault) || fault.Class() != rule.ClassNode {
		t.Fatalf("fault: got %v, want a *chain.NodeError", err)
	}
	if c == nil {
		return
	}
	if got := c.Err(); !errors.Is(got, err) {
		t.Fatalf("Err: got %v, want %v", got, err)
	}
	if again := add(c, s.blocks[len(s.blocks)-1]); !errors.As(again, &fault) {
		t.Fatalf("block after the fault: got %v, want the fault", again)
	}
}

// goOn reopens the folder, holds the chain to a state before or after the block in flight, and plays the script to its end.
func (s *script) goOn(t *testing.T, dir string, done int) {
	t.Helper()
	db, err := store.Open(dir, s.options())
	if err != nil {
		t.Fatalf("reopening: %v", err)
	}
	defer db.Close()
	c, err := s.open(t, db)
	if err != nil {
		t.Fatalf("reopening: %v", err)
	}
	tip, head := c.Tip()
	before := s.tips[max(0, done)]
	after := s.tips[min(done+1, len(s.tips)-1)]
	if tip != before && tip != after {
		t.Fatalf("tip after reopening: got %d %s, want %s or %s", head.Number, tip, before, after)
	}
	if !maps.Equal(c.Ledger(), s.ledgers[tip]) {
		t.Fatalf("ledger at height %d is not that of a chain that saw the best blocks alone", head.Number)
	}
	c.MustConsistent()
	wantRecords(t, c, scriptDepth)
	for i, b := range s.blocks {
		if err := s.add(c, b); err != nil {
			t.Fatalf("block %d after reopening: %v", i, err)
		}
	}
	wantSame(t, c, s.last)
	wantRecords(t, c, scriptDepth)
	c.MustConsistent()
}

// At whatever synced write the power goes, and whatever the disk keeps of that write, the chain comes back as it was before or after
// it, and reaches the same end.
func TestCrashAtEveryBatch(t *testing.T) {
	s := newScript(t)
	db, disk, err := crash.Open(t.TempDir(), s.options(), crash.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	if _, done, err := s.run(t, db); done != len(s.blocks) || err != nil {
		t.Fatalf("without a crash: %d blocks (%v)", done, err)
	}
	writes, _ := disk.Counts()
	db.Close()
	if want := 1 + len(s.blocks); writes != want { // the genesis, and one for each block, broken or beside
		t.Fatalf("synced writes: got %d, want %d", writes, want)
	}
	for _, moment := range []crash.Moment{crash.Before, crash.Torn, crash.After, crash.Full} {
		for n := 1; n <= writes; n++ {
			t.Run(fmt.Sprintf("%v/%d", moment, n), func(t *testing.T) {
				dir := t.TempDir()
				db, _, err := crash.Open(dir, s.options(), crash.Plan{Write: n, Moment: moment, Seed: uint64(n)}) //nolint:gosec // a small number
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				c, done, err := s.run(t, db)
				if done != n-2 {
					t.Fatalf("blocks before the fault: got %d, want %d (%v)", done, n-2, err)
				}
				s.wantStopped(t, c, err)
				if moment == crash.Full {
					s.wantReadable(t, c, done, err)
				}
				db.Close()
				s.goOn(t, dir, done)
			})
		}
	}
}

// wantReadable holds a chain on a full disk to the state before the block that did not fit.
func (s *script) wantReadable(t *testing.T, c *testkit.Chain, done int, err error) {
	t.Helper()
	if !errors.Is(err, store.ErrDiskFull) {
		t.Fatalf("full disk: got %v, want ErrDiskFull", err)
	}
	if c == nil {
		return
	}
	if tip, _ := c.Tip(); tip != s.tips[done] {
		t.Fatalf("tip on a full disk: got %s, want %s", tip, s.tips[done])
	}
	if !maps.Equal(c.Ledger(), s.ledgers[s.tips[done]]) {
		t.Fatal("ledger on a full disk has changed")
	}
	c.MustConsistent()
	f := &follower{most: 3}
	f.catchUp(t, c)
}

// A crash at any change of any file, with compactions and opening among them.
func TestCrashAtSteps(t *testing.T) {
	s := newScript(t)
	db, disk, err := crash.Open(t.TempDir(), s.options(), crash.Plan{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.run(t, db); err != nil {
		t.Fatal(err)
	}
	_, steps := disk.Counts()
	db.Close()
	stride := 7
	switch {
	case testing.Short():
		stride = 40
	case slow:
		stride = 1
	}
	for step := 1; step <= steps; step += stride {
		for _, moment := range crash.Moments {
			dir := t.TempDir()
			db, _, err := crash.Open(dir, s.options(), crash.Plan{Step: step, Moment: moment, Seed: uint64(step)}) //nolint:gosec // a small number
			done := -1
			if err == nil {
				var c *testkit.Chain
				if c, done, err = s.run(t, db); err != nil {
					s.wantStopped(t, c, err)
				}
				db.Close()
			}
			s.goOn(t, dir, done)
		}
	}
}

// A fault while an audit or a follower reads is an error, not an answer.
func TestUnreadableDiskGivesNoAnswers(t *testing.T) {
	s := newScript(t)
	dir := t.TempDir()
	db, err := store.Open(dir, s.options())
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := s.run(t, db)
	if err != nil {
		t.Fatal(err)
	}
	tip, _ := c.Tip()
	db.Close() // every read fails from here on
	_, errSupply := c.Supply(types.NativeAsset)
	_, errAudit := c.Audit()
	_, _, errSpent := c.SpentAt(types.Nullifier{1})
	_, errUpdates := c.UpdatesSince(c.Genesis(), 5)
	_, _, errAnchor := c.AnchorHeight(types.NoteRoot{1})
	_, errBlock := c.Block(tip)
	_, errTemplate := c.Build(consensus.Template{}, nil)
	for name, err := range map[string]error{"supply": errSupply, "audit": errAudit, "nullifier": errSpent, "updates": errUpdates,
		"anchor": errAnchor, "block": errBlock, "template": errTemplate} {
		var classed rule.Classed
		if err == nil || errors.Is(err, chain.ErrNotFound) || errors.As(err, &classed) && classed.Class() != rule.ClassNode {
			t.Errorf("%s: got %v, want a fault of the node", name, err)
		}
	}
	s.wantStopped(t, c, add(c, s.blocks[0]))
}
