package bench

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gero-chain/gero/consensus"
	"github.com/gero-chain/gero/consensus/pow"
	"github.com/gero-chain/gero/core/chain"
	"github.com/gero-chain/gero/core/store"
	"github.com/gero-chain/gero/internal/progress"
	"github.com/gero-chain/gero/miner/search"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/groth"
	"github.com/gero-chain/gero/zk/note"
	"github.com/gero-chain/gero/zk/transfer"
)

// batchSize is how many proofs are verified together.
const batchSize = 64

// proofs measures statement T, and the block that is full of it: the payments are proven for real and connected for real, from the database
// up.
func proofs(ctx context.Context, o *Options, r *Report) (err error) {
	n, err := transfer.Constraints()
	if err != nil {
		return err
	}
	r.add("constraints", "constraints of statement T", float64(n), "", "")
	p, err := newPayer(o.Payments)
	if err != nil {
		return err
	}
	l, err := newLaboratory(o.Dir, p)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	if err := l.prove(ctx, o, r); err != nil {
		return err
	}
	if err := l.verify(ctx, o, r); err != nil {
		return err
	}
	return l.connect(ctx, r)
}

// laboratory is a chain on disk with an account that pays.
type laboratory struct {
	*payer
	dir   string
	db    *store.Store
	seal  *pow.LightVerifier
	chain *chain.Manager
	txs   []*types.Tx
}

func newLaboratory(dir string, p *payer) (*laboratory, error) {
	l := &laboratory{payer: p}
	_, state, _, err := consensus.Genesis(p.net)
	if err != nil {
		return nil, err
	}
	algorithm, err := pow.Gerohash(p.net.Work)
	if err != nil {
		return nil, err
	}
	if l.dir, err = os.MkdirTemp(dir, "gero-bench-"); err != nil {
		return nil, err
	}
	l.db, err = store.Open(l.dir, store.Options{Layout: store.ChainLayout, Network: p.net.Name, Genesis: state.Hash, CacheMB: 64, Handles: 64})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(l.dir))
	}
	l.seal = pow.NewLightVerifier(algorithm)
	l.chain, err = chain.Open(chain.Config{Net: p.net, DB: l.db, Seal: l.seal, Now: time.Now, Rand: rand.Reader})
	if err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

func (l *laboratory) close() error { return errors.Join(l.db.Close(), os.RemoveAll(l.dir)) }

func (l *laboratory) prove(ctx context.Context, o *Options, r *Report) error {
	task := o.Progress.Start("proving", progress.Steps)
	defer task.End("done")
	var wall, cpu time.Duration
	for i := range l.net.Genesis.Notes {
		if err := ctx.Err(); err != nil {
			return err
		}
		order, err := l.order(l.chain, i)
		if err != nil {
			return err
		}
		begun, used := time.Now(), cpuTime()
		if err := order.finish(l.chain.Genesis()); err != nil {
			return err
		}
		if i > 0 || len(l.net.Genesis.Notes) == 1 { // the first one also loads the keys
			wall += time.Since(begun)
			cpu += cpuTime() - used
		}
		l.txs = append(l.txs, order.tx)
		task.Update(uint64(i)+1, uint64(len(l.net.Genesis.Notes)), "") //nolint:gosec // a small index
	}
	count := max(1, len(l.txs)-1)
	note := fmt.Sprintf("mean of %d real payments", count)
	r.add("prove_cpu", "prove a bundle, CPU", cpu.Seconds()/float64(count), "s", note)
	r.add("prove_wall", "prove a bundle, clock", wall.Seconds()/float64(count), "s", note+", all cores")
	return nil
}

func (l *laboratory) verify(ctx context.Context, o *Options, r *Report) error {
	items := make([]groth.Item, batchSize)
	for i := range items {
		b := &l.txs[i%len(l.txs)].Bundles[0]
		var err error
		if items[i], err = transfer.Item(transfer.PublicOf(b), b.Proof); err != nil {
			return err
		}
	}
	k := 0
	single, err := rate(ctx, o.Slice, func() (int, error) {
		b := &l.txs[k%len(l.txs)].Bundles[0]
		k++
		return 1, transfer.Verify(transfer.PublicOf(b), b.Proof)
	})
	if err != nil {
		return err
	}
	used, done := cpuTime(), 0
	batch, err := rate(ctx, o.Slice, func() (int, error) {
		bad, err := groth.VerifyBatch(items, rand.Reader)
		if err == nil && len(bad) > 0 {
			err = errors.New("a sound proof does not verify")
		}
		done += len(items)
		return len(items), err
	})
	if err != nil {
		return err
	}
	r.add("verify_single", "verify one proof", 1000/single, "ms", "")
	r.add("verify_batch", fmt.Sprintf("verify, each of %d together", batchSize), 1000/batch, "ms", fmt.Sprintf("%.2f ms of CPU", ms(cpuTime()-used)/float64(done)))
	return nil
}

// connect seals a block of all payments and adds it to the chain: header, seal, signatures, proofs, ledger and the synced write.
func (l *laboratory) connect(ctx context.Context, r *Report) error {
	checked := make([]*consensus.CheckedTx, len(l.txs))
	for i, tx := range l.txs {
		var err error
		if checked[i], err = consensus.CheckTx(l.net, l.chain.Genesis(), tx, 1, rand.Reader); err != nil {
			return err
		}
	}
	b, err := l.sealed(ctx, checked)
	if err != nil {
		return err
	}
	known := map[types.WTxID]*consensus.CheckedTx{}
	for _, tx := range checked {
		known[tx.WID()] = tx
	}
	_, head := l.chain.Tip()
	begun := time.Now()
	if err := consensus.CheckHeader(l.net, head, b.Header, l.seal); err != nil {
		return err
	}
	if _, err := consensus.CheckBlock(l.net, l.chain.Genesis(), b.Header, b.Body, nil, rand.Reader); err != nil {
		return err
	}
	proofs := time.Since(begun)
	begun = time.Now()
	if err := l.chain.AddChecked(b, func(id types.WTxID) *consensus.CheckedTx { return known[id] }); err != nil {
		return err
	}
	ledger := time.Since(begun)
	size := float64(len(b.Bytes())) / 1024
	what := fmt.Sprintf("a block of %d payments", len(l.txs))
	r.add("block_check", what+": seal, signatures, proofs", ms(proofs), "ms", fmt.Sprintf("%.0f KiB, all cores", size))
	r.add("block_connect", what+": ledger and synced write", ms(ledger), "ms", "the payments known from the pool")
	r.add("block_total", what+": all of it", ms(proofs+ledger), "ms", "as from a stranger")
	return nil
}

func (l *laboratory) sealed(ctx context.Context, txs []*consensus.CheckedTx) (*types.Block, error) {
	out, err := note.DummyOutput(rand.Reader)
	if err != nil {
		return nil, err
	}
	pcm, ct, err := out.EncryptCoinbase(l.fvk.OVK)
	if err != nil {
		return nil, err
	}
	built, err := l.chain.Build(consensus.Template{Time: types.Time(time.Now().Unix()), CoinbasePCM: pcm, CoinbaseCt: ct}, txs) //nolint:gosec // past 1970
	if err != nil {
		return nil, err
	}
	if len(built.Dropped) > 0 {
		return nil, fmt.Errorf("payment left out: %w", built.Dropped[0].Err)
	}
	algorithm, err := pow.Gerohash(l.net.Work)
	if err != nil {
		return nil, err
	}
	cache, err := l.seal.Cache(algorithm.Epoch(built.Header.Number))
	if err != nil {
		return nil, err
	}
	s, err := search.New(algorithm, 1)
	if err != nil {
		return nil, err
	}
	found, ok := s.Search(ctx, cache.Light(), built.Header.SealHash(), types.Nonce{}, pow.Target(built.Header.Difficulty))
	if !ok {
		return nil, ctx.Err()
	}
	built.Header.Nonce, built.Header.Mix = found.Nonce, found.Mix
	return &types.Block{Header: built.Header, Body: built.Body}, nil
}
