package chain_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/internal/crash"
	"github.com/gero-chain/gero/internal/testkit"
)

func openOnDisk(t *testing.T, dir string) *testkit.Chain {
	t.Helper()
	net := testkit.QuickNetwork()
	genesis := testkit.Quick(t).Genesis()
	db, err := store.Open(dir, store.Options{Layout: store.ChainLayout, Network: net.Name, Genesis: genesis})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return testkit.OnStore(t, net, db)
}

// TestChildMines is the child of TestKilledNode: it mines payments, changes its mind at every sixth block, and prints each height once
// its block is added. A change of branch adds three blocks for two.
func TestChildMines(t *testing.T) {
	dir, ok := crash.ChildArgument()
	if !ok {
		return
	}
	c := openOnDisk(t, dir)
	c.Now = c.Now.Add(1000 * time.Hour)
	fmt.Println("open")
	for n := 1; ; n++ {
		if n%6 == 0 && c.Height() > 2 {
			other := c.ForkTrusting(c.Height() - 2)
			for range 3 {
				c.AddTrusting(other.MineTrusting(other.Unproved(1, price)))
			}
		} else {
			c.MineTrusting(c.Unproved(1, price))
		}
		fmt.Println("added", uint64(c.Height()))
	}
}

// A node that is killed at any time loses at most the block in flight.
func TestKilledNode(t *testing.T) {
	rounds := 6
	switch {
	case testing.Short():
		rounds = 2
	case slow:
		rounds = 60
	}
	dir := t.TempDir()
	var best uint64
	for range rounds {
		child, err := crash.Start(t.Context(), "TestChildMines", dir)
		if err != nil {
			t.Fatal(err)
		}
		first := <-child.Lines
		if first != "open" {
			t.Fatalf("child printed %q: %s", first, child.Stderr())
		}
		lines, err := child.KillAfter(time.Duration(20+rand.IntN(150)) * time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range lines {
			if _, err := fmt.Sscanf(line, "added %d", &best); err != nil && line != "" {
				t.Fatalf("child printed %q", line)
			}
		}
		// Nothing printed is lost. A change of branch counts as one block: it makes the chain one block longer, at once.
		c := openOnDisk(t, dir)
		if got := uint64(c.Height()); got < best || got > best+1 {
			t.Fatalf("height after kill -9: got %d, want %d or one more", got, best)
		}
		best = uint64(c.Height())
		c.MustConsistent()
		wantSame(t, c, replay(c))
		wantRecords(t, c, 5760)
		c.DB.Close()
	}
	if best < uint64(rounds) {
		t.Errorf("the child has made %d blocks in %d rounds: too few to tell", best, rounds)
	}
}
