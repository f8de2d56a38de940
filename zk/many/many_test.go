package many

import (
	"slices"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"
)

func TestParallelCallsEachOnce(t *testing.T) {
	for _, n := range []int{0, 1, 2, 1000} {
		calls := make([]atomic.Int32, n)
		Parallel(n, func(i int) { calls[i].Add(1) })
		for i := range calls {
			if got := calls[i].Load(); got != 1 {
				t.Errorf("n = %d: f(%d) called %d times", n, i, got)
			}
		}
	}
}

// Whatever fails is found, and nothing else; also by a combination that sometimes says false of a good set.
func TestHuntFindsExactlyTheGuilty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 60).Draw(t, "items")
		guilty := rapid.SliceOfN(rapid.Bool(), n, n).Draw(t, "guilty")
		nervous := rapid.Bool().Draw(t, "nervous")
		idx, want := make([]int, n), []int(nil)
		for i := range idx {
			idx[i] = i
			if guilty[i] {
				want = append(want, i)
			}
		}
		h := Hunt{
			Small: rapid.IntRange(2, 9).Draw(t, "small"),
			Combine: func(set []int) bool {
				return !nervous && !slices.ContainsFunc(set, func(i int) bool { return guilty[i] })
			},
			Holds: func(i int) bool { return !guilty[i] },
		}
		if got := h.Failing(idx); !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		first := -1
		if len(want) > 0 {
			first = want[0]
		}
		if got := h.First(idx); got != first {
			t.Fatalf("first: got %d, want %d", got, first)
		}
	})
}

// One bad item among many costs few single checks.
func TestHuntIsFrugal(t *testing.T) {
	idx := make([]int, 1024)
	for i := range idx {
		idx[i] = i
	}
	var singles atomic.Int32
	h := Hunt{
		Small:   3,
		Combine: func(set []int) bool { return !slices.Contains(set, 700) },
		Holds:   func(i int) bool { singles.Add(1); return i != 700 },
	}
	if got := h.Failing(idx); !slices.Equal(got, []int{700}) {
		t.Fatalf("got %v", got)
	}
	if got := singles.Load(); got > 4 {
		t.Errorf("%d single checks, want at most 4", got)
	}
}
