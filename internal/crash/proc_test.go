package crash_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/internal/crash"
)

const childSize = 2000

// TestChildWrites is the child of TestKill: it writes batches for ever and prints the number of each that is durable.
func TestChildWrites(t *testing.T) {
	dir, ok := crash.ChildArgument()
	if !ok {
		return
	}
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for n := wholeHead(t, s, childSize) + 1; ; n++ {
		if err := writeBatch(s, n, childSize); err != nil {
			t.Fatal(err)
		}
		fmt.Println("durable", n)
	}
}

func TestKill(t *testing.T) {
	dir := t.TempDir()
	best := 0
	for range 5 {
		child, err := crash.Start(t.Context(), "TestChildWrites", dir)
		if err != nil {
			t.Fatal(err)
		}
		first := <-child.Lines // it is at work
		lines, err := child.KillAfter(time.Duration(rand.IntN(60)) * time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range append([]string{first}, lines...) {
			if _, err := fmt.Sscanf(line, "durable %d", &best); err != nil {
				t.Fatalf("child printed %q", line)
			}
		}
		s := reopen(t, dir)
		if got := wholeHead(t, s, childSize); got != best && got != best+1 {
			t.Fatalf("head after kill -9: got %d, want %d or one more", got, best)
		}
		s.Close()
	}
}

// TestChildFails is the child of TestChildThatEnds.
func TestChildFails(t *testing.T) {
	if text, ok := crash.ChildArgument(); ok {
		t.Fatal(text)
	}
}

func TestChildThatEnds(t *testing.T) {
	child, err := crash.Start(t.Context(), "TestChildFails", "the reason")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for line := range child.Lines {
		out.WriteString(line)
	}
	if err := child.Wait(); err == nil || !strings.Contains(out.String(), "the reason") {
		t.Errorf("got %v and %q, want a failure that names the reason", err, out.String())
	}
	if _, err := child.KillAfter(time.Hour); err == nil {
		t.Error("killing a child that ended by itself: got nil, want an error")
	}
	if err := child.Kill(); err != nil {
		t.Errorf("Kill: got %v, want nil", err)
	}
}
