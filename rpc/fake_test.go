package rpc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	gethrpc "github.com/ethereum/go-ethereum/rpc"
	"go.uber.org/goleak"

	"github.com/gero-chain/gero/consensus/rule"
	"github.com/gero-chain/gero/internal/notify"
	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errNotThere = errors.New("not there")

// fakeChain is a chain that checks nothing but that a block has a parent.
type fakeChain struct {
	notify.Set
	mu     sync.Mutex
	blocks map[types.BlockHash]*types.Block
	best   []types.BlockHash
	fault  error // what Block returns if set
}

func newFakeChain() *fakeChain {
	c := &fakeChain{blocks: map[types.BlockHash]*types.Block{}}
	c.put(&types.Block{Header: &types.Header{
		Version: types.HeaderVersion, Time: 1_767_225_600, Difficulty: types.NewDifficulty(1000), GasLimit: 60_000_000,
		StateRoot: types.EmptyStateRoot, NoteRoot: types.NoteRoot{31: 1},
	}, Body: new(types.Body)})
	return c
}

func (c *fakeChain) put(b *types.Block) {
	hash := b.Hash()
	c.blocks[hash] = b
	c.best = append(c.best[:b.Header.Number], hash)
}

// next makes the block after the best one.
func (c *fakeChain) next(txs ...*types.Tx) *types.Block {
	hash, tip := c.Tip()
	h := *tip
	h.Parent, h.Number, h.Time, h.Extra = hash, tip.Number+1, tip.Time+15, []byte("miner")
	h.NoteRoot[0] = byte(h.Number)
	h.GasUsed = 0
	for _, tx := range txs {
		h.GasUsed += tx.GasLimit
	}
	body := &types.Body{Txs: txs}
	h.BodyRoot = body.Root(c.Genesis())
	return &types.Block{Header: &h, Body: body}
}

func (c *fakeChain) mine(txs ...*types.Tx) types.BlockHash {
	b := c.next(txs...)
	if err := c.AddBlock(b); err != nil {
		panic(err)
	}
	return b.Hash()
}

// reorg replaces the last n blocks by n+1 others.
func (c *fakeChain) reorg(n int) {
	c.mu.Lock()
	tip := c.best[len(c.best)-1-n]
	at := c.blocks[tip]
	for i := range n + 1 {
		h := at.Header.Copy()
		h.Parent, h.Number, h.Time, h.Extra = at.Hash(), at.Header.Number+1, h.Time+15, []byte{byte(i), 'r'}
		at = &types.Block{Header: h, Body: new(types.Body)}
		c.put(at)
	}
	c.mu.Unlock()
	c.Wake()
}

func (c *fakeChain) Genesis() types.BlockHash {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.best[0]
}

func (c *fakeChain) Tip() (types.BlockHash, *types.Header) {
	c.mu.Lock()
	defer c.mu.Unlock()
	hash := c.best[len(c.best)-1]
	return hash, c.blocks[hash].Header
}

func (c *fakeChain) Block(hash types.BlockHash) (*types.Block, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fault != nil {
		return nil, c.fault
	}
	if b := c.blocks[hash]; b != nil {
		return b, nil
	}
	return nil, fmt.Errorf("block: %w", errNotThere)
}

func (c *fakeChain) Header(hash types.BlockHash) (*types.Header, error) {
	b, err := c.Block(hash)
	if err != nil {
		return nil, err
	}
	return b.Header, nil
}

func (c *fakeChain) HashAt(n types.Height) (types.BlockHash, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if uint64(n) >= uint64(len(c.best)) {
		return types.BlockHash{}, errNotThere
	}
	return c.best[n], nil
}

func (c *fakeChain) OnBest(n types.Height, hash types.BlockHash) (bool, error) {
	h, err := c.HashAt(n)
	return err == nil && h == hash, nil
}

func (c *fakeChain) BlockWeight(hash types.BlockHash) (types.Weight, error) {
	var w types.Weight
	b, err := c.Block(hash)
	if err != nil {
		return w, err
	}
	for range b.Header.Number + 1 {
		w = w.Add(b.Header.Difficulty)
	}
	return w, nil
}

func (c *fakeChain) Transaction(id types.TxID) (*types.Tx, types.BlockHash, int, error) {
	genesis := c.Genesis()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, hash := range c.best {
		for i, tx := range c.blocks[hash].Body.Txs {
			if tx.ID(genesis) == id {
				return tx, hash, i, nil
			}
		}
	}
	return nil, types.BlockHash{}, 0, errNotThere
}

func (c *fakeChain) AnchorHeight(root types.NoteRoot) (types.Height, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for n := len(c.best) - 1; n >= 0; n-- {
		if c.blocks[c.best[n]].Header.NoteRoot == root {
			return types.Height(n), true, nil
		}
	}
	return 0, false, nil
}

func (c *fakeChain) Supply(a types.AssetID) (Supply, error) {
	_, tip := c.Tip()
	return Supply{Asset: a, Issued: types.NewAmount(100), Pool: types.NewAmount(60), Immature: types.NewAmount(40), Consistent: true, Height: tip.Number}, nil
}

func (c *fakeChain) UpdatesSince(from types.BlockHash, max int) (types.Update, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var u types.Update
	b := c.blocks[from]
	if b == nil {
		return u, errNotThere
	}
	for n := b.Header.Number; uint64(n) >= uint64(len(c.best)) || c.best[n] != b.Hash(); n-- {
		u.Reverted = append(u.Reverted, types.AppliedBlock{Block: b, Hash: b.Hash()})
		b = c.blocks[b.Header.Parent]
	}
	for n := b.Header.Number + 1; uint64(n) < uint64(len(c.best)) && len(u.Applied) < max; n++ {
		u.Applied = append(u.Applied, types.AppliedBlock{Block: c.blocks[c.best[n]], Hash: c.best[n]})
	}
	return u, nil
}

type classed struct {
	text  string
	class rule.Class
}

func (e classed) Error() string     { return e.text }
func (e classed) Class() rule.Class { return e.class }

func (c *fakeChain) AddBlock(b *types.Block) error {
	hash, _ := c.Tip()
	if b.Header.Version != types.HeaderVersion {
		return rule.New(rule.HeaderVersion, "version %d", b.Header.Version)
	}
	if b.Header.Parent != hash {
		return classed{"parent unknown", rule.ClassNotYet}
	}
	c.mu.Lock()
	c.put(b)
	c.mu.Unlock()
	c.Wake()
	return nil
}

// testTx returns a payment that tells itself apart by a seed.
func testTx(seed byte) *types.Tx {
	tx := &types.Tx{
		Version: types.TxVersion, ChainID: 1337, Expiry: 300, GasLimit: 421_000, GasPrice: types.NewAmount(1_000_000_000 * uint64(1+seed%5)),
		Bundles: make([]types.Bundle, 1),
	}
	b := &tx.Bundles[0]
	b.Anchor[31], b.RK[0], b.Proof[0], b.Sig[0] = 1, seed, seed, seed
	for i := range b.Nullifiers {
		b.Nullifiers[i] = types.Nullifier{seed, byte(i), 1}
		b.Commitments[i] = types.Commitment{seed, byte(i), 2}
		b.Ciphertexts[i].Enc[0] = seed
	}
	b.ValueNative, _ = tx.GasPrice.MulGas(tx.GasLimit)
	return tx
}

type fakePool struct {
	notify.Set
	chain *fakeChain
	mu    sync.Mutex
	txs   map[types.TxID]*types.Tx
	order []types.TxID
	fail  error
}

func (p *fakePool) Add(tx *types.Tx) (types.TxID, error) {
	id := tx.ID(p.chain.Genesis())
	p.mu.Lock()
	if p.fail != nil {
		defer p.mu.Unlock()
		return id, p.fail
	}
	p.txs[id] = tx
	p.order = append(p.order, id)
	p.mu.Unlock()
	p.Wake()
	return id, nil
}

func (p *fakePool) Get(id types.TxID) *types.Tx {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.txs[id]
}

func (p *fakePool) IDs() []types.TxID {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]types.TxID(nil), p.order...)
}

func (p *fakePool) Status() PoolStatus {
	return PoolStatus{Count: len(p.IDs()), Bytes: 2_000, Bundles: len(p.IDs())}
}

type fakeNode struct{ sync SyncState }

func (n *fakeNode) Sync() SyncState      { return n.sync }
func (n *fakeNode) Peers() Peers         { return Peers{In: 2, Out: 3} }
func (n *fakeNode) Listening() bool      { return true }
func (n *fakeNode) Resources() Resources { return Resources{DiskUsed: 10, DiskFree: 20, Memory: 30} }

type fakeMiner struct {
	mu     sync.Mutex
	status MinerStatus
	reward string
	boom   bool // panic in Status
}

func (m *fakeMiner) Start(n int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n > 64 {
		return fmt.Errorf("miner threads %d: want 1 to 64", n)
	}
	m.status.State, m.status.Reason = "mining", ""
	if n > 0 {
		m.status.Threads = n
	}
	return nil
}

func (m *fakeMiner) Stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.status.State, m.status.Reason = "off", "mining is switched off"
}

func (m *fakeMiner) SetThreads(n int) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.status.Threads = n
	return nil
}

func (m *fakeMiner) SetReward(to string) error {
	if to == "bad" {
		return errors.New("address is none")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reward = to
	return nil
}

func (m *fakeMiner) Status() MinerStatus {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.boom {
		panic("boom")
	}
	return m.status
}

func (m *fakeMiner) Work() (Work, error) {
	if m.Status().State != "mining" {
		return Work{}, errors.New("no work")
	}
	return Work{Seal: types.SealHash{1}, Seed: [32]byte{2}, Target: [32]byte{0, 1}, Height: 17}, nil
}

func (m *fakeMiner) SubmitWork(seal types.SealHash, _ types.Nonce, _ types.Mix) error {
	if seal != (types.SealHash{1}) {
		return errors.New("work unknown")
	}
	return nil
}

// fixture is a running server with its fake node.
type fixture struct {
	*Server
	t      testing.TB
	dir    string
	chain  *fakeChain
	pool   *fakePool
	wallet *fakeWallet
	miner  *fakeMiner
	node   *fakeNode
	txs    []*types.Tx // the first is in block 1, the second in block 2, the third waits
	log    *lockedBuffer
}

// lockedBuffer is a log that can be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// start runs a server with HTTP and WebSocket on one port, and IPC. change may alter its configuration first.
func start(t testing.TB, change func(*Config)) *fixture {
	t.Helper()
	f := build(t, change)
	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Stop)
	return f
}

func build(t testing.TB, change func(*Config)) *fixture {
	t.Helper()
	f := &fixture{t: t, dir: t.TempDir(), chain: newFakeChain(), wallet: new(fakeWallet), node: new(fakeNode), log: new(lockedBuffer)}
	f.miner = &fakeMiner{status: MinerStatus{State: "off", Reason: "mining is switched off", Threads: 1}}
	f.pool = &fakePool{chain: f.chain, txs: map[types.TxID]*types.Tx{}}
	f.txs = []*types.Tx{testTx(1), testTx(2), testTx(3)}
	f.chain.mine(f.txs[0])
	f.chain.mine(f.txs[1])
	f.chain.mine()
	if _, err := f.pool.Add(f.txs[2]); err != nil {
		t.Fatal(err)
	}
	cfg := Config{
		Net: params.Dev(), Version: "gero/test", Datadir: f.dir, HTTP: &Endpoint{}, WS: &Endpoint{}, IPC: filepath.Join(f.dir, "gero.ipc"),
		Log: slog.New(slog.NewTextHandler(f.log, nil)),
		Now: func() time.Time { return time.Unix(1_767_225_700, 0) },
	}
	if change != nil {
		change(&cfg)
	}
	f.Server = New(cfg, Backend{Chain: f.chain, Pool: f.pool, Wallet: f.wallet, Miner: f.miner, Node: f.node, NotFound: errNotThere})
	return f
}

func (f *fixture) url() string { return "http://" + f.HTTPAddr().String() }

func (f *fixture) id(i int) types.TxID { return f.txs[i].ID(f.chain.Genesis()) }

// post sends a body over HTTP and returns status and answer.
func (f *fixture) post(body string, headers ...string) (int, string) {
	f.t.Helper()
	return f.do(http.MethodPost, "/", body, headers...)
}

func (f *fixture) do(verb, path, body string, headers ...string) (int, string) {
	f.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), verb, f.url()+path, bytes.NewReader([]byte(body)))
	if err != nil {
		f.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
			continue
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := testClient.Do(req)
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close() //nolint:errcheck // Only read.
	out, err := io.ReadAll(res.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return res.StatusCode, string(out)
}

// testClient keeps no connections, so that no goroutine of it outlives a test.
var testClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}

// answerTo is what came back for one request.
type answerTo struct {
	ID     json.RawMessage
	Result json.RawMessage
	Error  *wireError
}

// full calls a method over HTTP with the cookie.
func (f *fixture) full(name string, args ...any) answerTo {
	f.t.Helper()
	if args == nil {
		args = []any{}
	}
	req := encode(map[string]any{"jsonrpc": "2.0", "id": 1, "method": name, "params": args})
	var headers []string
	if f.cookie != nil {
		headers = []string{"Authorization", "Bearer " + string(f.cookie.secret[:])}
	}
	_, out := f.post(string(req), headers...)
	return f.parse(out)
}

func (f *fixture) parse(out string) answerTo {
	f.t.Helper()
	var a answerTo
	if err := json.Unmarshal([]byte(out), &a); err != nil {
		f.t.Fatalf("answer %q: %v", out, err)
	}
	return a
}

// want calls a method and compares its result, as JSON, with a literal.
func (f *fixture) want(result, name string, args ...any) {
	f.t.Helper()
	a := f.full(name, args...)
	if a.Error != nil || string(a.Result) != result {
		f.t.Errorf("%s%v: got %s, error %+v, want %s", name, args, a.Result, a.Error, result)
	}
}

// wantError calls a method and compares the code of its error; every error has a hint.
func (f *fixture) wantError(code int, name string, args ...any) *wireError {
	f.t.Helper()
	a := f.full(name, args...)
	if a.Error == nil {
		f.t.Errorf("%s%v: got %s, want error %d", name, args, a.Result, code)
		return &wireError{}
	}
	if a.Error.Code != code || a.Error.Data.Hint == "" {
		f.t.Errorf("%s%v: got error %+v, want code %d and a hint", name, args, a.Error, code)
	}
	return a.Error
}

// result calls a method and reads its result.
func result[T any](f *fixture, name string, args ...any) T {
	f.t.Helper()
	a := f.full(name, args...)
	var v T
	if a.Error != nil {
		f.t.Fatalf("%s%v: %+v", name, args, a.Error)
	}
	if err := json.Unmarshal(a.Result, &v); err != nil {
		f.t.Fatalf("%s%v: %s: %v", name, args, a.Result, err)
	}
	return v
}

// dial connects with go-ethereum's client.
func (f *fixture) dial(endpoint string) *gethrpc.Client {
	f.t.Helper()
	c, err := gethrpc.DialOptions(context.Background(), endpoint, gethrpc.WithHTTPClient(testClient))
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(c.Close)
	return c
}
