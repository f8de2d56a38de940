package bench

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/internal/progress"
	"github.com/gero-chain/gero/miner/search"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// work measures Gerohash with betanet's numbers. The rows of the dataset are noise: building them takes minutes, and the time of a hash
// depends on where it reads, not on what.
func work(ctx context.Context, o *Options, r *Report) error {
	w := params.BetaNet().Work
	whole := w.DatasetInit
	if o.Dataset != 0 {
		w.DatasetInit = o.Dataset
	}
	a, err := pow.Gerohash(w)
	if err != nil {
		return err
	}
	begun := time.Now()
	cache, err := pow.NewCache(a, 0)
	if err != nil {
		return err
	}
	r.add("cache", "cache of an epoch", ms(time.Since(begun)), "ms", "")
	if err := building(ctx, o, r, cache, whole); err != nil {
		return err
	}
	if err := light(ctx, o, r, a, cache); err != nil {
		return err
	}
	rows, err := noise(ctx, o, a)
	if err != nil {
		return err
	}
	return rates(ctx, o, r, a, a.Full(rows))
}

// building measures how fast rows of the dataset are computed.
func building(ctx context.Context, o *Options, r *Report, cache *pow.Cache, whole uint64) error {
	const rows = 4096
	cores := runtime.NumCPU()
	per, err := rate(ctx, o.Slice, func() (int, error) {
		var g errgroup.Group
		for c := range cores {
			g.Go(func() error {
				cache.Compute(uint32(c*rows), make([]pow.Row, rows)) //nolint:gosec // a small number
				return nil
			})
		}
		return rows * cores, g.Wait()
	})
	if err != nil {
		return err
	}
	bytes := per * pow.RowSize
	r.add("dataset_rate", "dataset rows computed", bytes/(1<<20), "MiB/s", fmt.Sprintf("%d cores", cores))
	r.add("dataset_build", fmt.Sprintf("dataset of %d MiB", whole>>20), float64(whole)/bytes, "s", "from that rate")
	return nil
}

// light measures what a node does that only checks.
func light(ctx context.Context, o *Options, r *Report, a *pow.Algorithm, cache *pow.Cache) error {
	h, d := pow.NewHasher(a), cache.Light()
	n := uint64(0)
	per, err := rate(ctx, o.Slice, func() (int, error) {
		h.Hash(d, types.SealHash{}, nonce(n))
		n++
		return 1, nil
	})
	if err != nil {
		return err
	}
	r.add("light_check", "check a seal without a dataset", 1000/per, "ms", "")
	return nil
}

// noise returns rows of the size of a dataset.
func noise(ctx context.Context, o *Options, a *pow.Algorithm) ([]pow.Row, error) {
	count, err := a.DatasetRows(0)
	if err != nil {
		return nil, err
	}
	task := o.Progress.Start("memory for the hash rate", progress.Bytes)
	defer task.End("done")
	rows := make([]pow.Row, count)
	x := uint32(2463534242)
	for i := range rows {
		if i%(1<<18) == 0 {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			task.Update(uint64(i)*pow.RowSize, uint64(count)*pow.RowSize, "") //nolint:gosec // an index
		}
		for j := range rows[i] {
			x ^= x << 13
			x ^= x >> 17
			x ^= x << 5
			rows[i][j] = x
		}
	}
	return rows, nil
}

// rates compares the miner's search with one nonce after the other. Both are measured in turn, and the best of three counts: whatever else
// the machine does only slows them down.
func rates(ctx context.Context, o *Options, r *Report, a *pow.Algorithm, d pow.Dataset) error {
	const turns = 3
	h, n := pow.NewHasher(a), uint64(0)
	threads := []int{1}
	if cores := runtime.NumCPU(); cores > 1 {
		threads = append(threads, cores)
	}
	single, searched := 0.0, make([]float64, len(threads))
	for range turns {
		per, err := rate(ctx, o.Slice, func() (int, error) {
			h.Hash(d, types.SealHash{}, nonce(n))
			n++
			return 1, nil
		})
		if err != nil {
			return err
		}
		single = max(single, per)
		for i, count := range threads {
			if per, err = searching(ctx, o.Slice, a, d, count); err != nil {
				return err
			}
			searched[i] = max(searched[i], per)
		}
	}
	r.add("hash_plain", "hash rate, one nonce after the other", single, "/s", "one thread, best of three")
	for i, count := range threads {
		r.add(fmt.Sprintf("hash_search_%d", count), fmt.Sprintf("hash rate of the miner, threads: %d", count), searched[i], "/s",
			fmt.Sprintf("%.2f times the plain loop", searched[i]/single))
	}
	return nil
}

// searching returns the hash rate of the miner's search.
func searching(ctx context.Context, slice time.Duration, a *pow.Algorithm, d pow.Dataset, threads int) (float64, error) {
	s, err := search.New(a, threads)
	if err != nil {
		return 0, err
	}
	limited, cancel := context.WithTimeout(ctx, slice)
	defer cancel()
	begun := time.Now()
	s.Search(limited, d, types.SealHash{}, types.Nonce{}, pow.Target(types.NewDifficulty(math.MaxUint64)))
	return float64(s.Hashes()) / time.Since(begun).Seconds(), ctx.Err()
}

func nonce(n uint64) (b types.Nonce) {
	binary.BigEndian.PutUint64(b[:], n)
	return b
}
