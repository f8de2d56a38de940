// Package many checks many things at once and finds the few that fail.
package many

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Parallel calls f(0) to f(n-1) on all cores, lowest first, and returns when all have returned.
func Parallel(n int, f func(int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	if workers <= 1 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}

// Hunt looks for failing items by halving. Items are named by their indices, in ascending order.
type Hunt struct {
	Small   int              // sets below this size are checked one by one; at least 2
	Combine func([]int) bool // reports whether all of a set hold; it may err only by reporting false
	Holds   func(int) bool   // reports whether one item holds
}

// Failing returns all of idx that do not hold.
func (h *Hunt) Failing(idx []int) []int { return h.confirm(h.suspects(idx)) }

// First returns the first of idx that does not hold, or -1. It checks no more items one by one than it must.
func (h *Hunt) First(idx []int) int {
	if len(idx) >= h.Small && h.Combine(idx) {
		return -1
	}
	return h.firstIn(idx)
}

// suspects returns those of idx that no combination has cleared.
func (h *Hunt) suspects(idx []int) []int {
	if len(idx) < h.Small || !h.Combine(idx) {
		return h.split(idx)
	}
	return nil
}

// split is suspects for a set whose combination is known to fail, or that is too small for one.
func (h *Hunt) split(idx []int) []int {
	if len(idx) < h.Small {
		return idx
	}
	left, right := idx[:len(idx)/2], idx[len(idx)/2:]
	if len(left) >= h.Small && h.Combine(left) {
		return h.split(right) // The whole fails and the left half holds: the right half must fail.
	}
	return append(slices.Clone(h.split(left)), h.suspects(right)...)
}

// firstIn is First for a set whose combination is known to fail, or that is too small for one.
func (h *Hunt) firstIn(idx []int) int {
	if len(idx) < h.Small {
		if bad := h.confirm(idx); len(bad) > 0 {
			return bad[0]
		}
		return -1
	}
	left, right := idx[:len(idx)/2], idx[len(idx)/2:]
	if len(left) >= h.Small && h.Combine(left) {
		return h.firstIn(right) // The whole fails and the left half holds: the right half must fail.
	}
	if i := h.firstIn(left); i >= 0 {
		return i
	}
	return h.First(right)
}

// confirm checks each suspect singly and returns the guilty.
func (h *Hunt) confirm(idx []int) (bad []int) {
	guilty := make([]bool, len(idx))
	Parallel(len(idx), func(n int) { guilty[n] = !h.Holds(idx[n]) })
	for n, i := range idx {
		if guilty[n] {
			bad = append(bad, i)
		}
	}
	return bad
}
