package note

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/gero-chain/gero/types"
)

// Sealed is one output of the chain, as everybody sees it.
type Sealed struct {
	Commitment types.Commitment
	Ciphertext *types.Ciphertext
}

// Hit is an output that one of the receivers could open.
type Hit struct {
	Output   int // index among the outputs
	Receiver int // index among the receivers
	Opened
}

// Scan tries every output with every receiver, on the given number of goroutines (one if less), and returns what could be opened in
// order of outputs and then receivers. All goroutines have ended when it returns.
func Scan(receivers []*Receiver, outputs []Sealed, workers int) []Hit {
	const chunk = 16 // outputs taken at a time: under a millisecond of work
	var next atomic.Int64
	found := make([][]Hit, max(1, min(workers, (len(outputs)+chunk-1)/chunk)))
	var wg sync.WaitGroup
	for w := range found {
		wg.Go(func() {
			for {
				end := int(next.Add(chunk))
				start := end - chunk
				if start >= len(outputs) {
					return
				}
				for i := start; i < min(end, len(outputs)); i++ {
					for j, r := range receivers {
						if o, ok := r.TryDecrypt(outputs[i].Ciphertext, outputs[i].Commitment); ok {
							found[w] = append(found[w], Hit{Output: i, Receiver: j, Opened: o})
						}
					}
				}
			}
		})
	}
	wg.Wait()
	hits := slices.Concat(found...)
	slices.SortFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(a.Output, b.Output), cmp.Compare(a.Receiver, b.Receiver))
	})
	return hits
}
