package types

import (
	"crypto/sha256"
	"encoding/binary"
)

// filler writes bytes that depend on a seed alone, so that samples are the same in every run and on every machine.
type filler struct {
	seed string
	n    uint64
}

func (f *filler) fill(dst []byte) {
	for len(dst) > 0 {
		block := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(f.seed), f.n))
		f.n++
		dst = dst[copy(dst, block[:]):]
	}
}

func (f *filler) b32() (b [32]byte) { f.fill(b[:]); return b }

func (f *filler) amount() Amount {
	var b [16]byte
	f.fill(b[:])
	return AmountFromBytes(b)
}

func (f *filler) bytes(n int) []byte {
	b := make([]byte, n)
	f.fill(b)
	return b
}

func (f *filler) ciphertext() (c Ciphertext) {
	f.fill(c.EPK[:])
	f.fill(c.Enc[:])
	f.fill(c.Out[:])
	return c
}

func (f *filler) bundle() (b Bundle) {
	b.Anchor = f.b32()
	for i := range b.Nullifiers {
		b.Nullifiers[i] = f.b32()
	}
	for i := range b.Commitments {
		b.Commitments[i] = f.b32()
	}
	b.RK, b.ValueNative, b.ValueToken, b.PubAsset = f.b32(), f.amount(), f.amount(), f.b32()
	for i := range b.Ciphertexts {
		b.Ciphertexts[i] = f.ciphertext()
	}
	f.fill(b.Proof[:])
	f.fill(b.Sig[:])
	return b
}

func (f *filler) call() *Call {
	c := &Call{To: new(EthAddress), Data: f.bytes(100), ValueN: f.amount(), CallerPK: f.b32(), RefundPCM: f.b32()}
	f.fill(c.To[:])
	f.fill(c.CallerSig[:])
	for i := range uint8(2) {
		g := Gated{
			Bundle: i, Out: i + 1, PCMB: f.b32(), CMB: f.b32(), CPt: f.b32(), Asset: f.b32(), Flags: 1, RefundAfter: 0x0102030405060708,
			CtB: f.ciphertext(),
		}
		f.fill(g.EncOp[:])
		f.fill(g.Proof[:])
		c.Gated = append(c.Gated, g)
	}
	r := Release{
		CIn: f.b32(), CRem: f.b32(), PCMA: f.b32(), CMA: f.b32(), PCMB: f.b32(), CMB: f.b32(), VPub: f.amount(), Asset: f.b32(),
		CtA: f.ciphertext(), CtB: f.ciphertext(),
	}
	f.fill(r.Proof[:])
	c.Releases = []Release{r}
	c.ArgsCommit, c.EncArgs = f.b32(), f.bytes(50)
	return c
}

// fullTx has every optional part.
func fullTx() *Tx {
	f := &filler{seed: "tx"}
	return &Tx{
		Version: TxVersion, ChainID: 1337, Expiry: 1234, GasLimit: 3_000_000, GasPrice: f.amount(),
		Bundles: []Bundle{f.bundle(), f.bundle()}, Call: f.call(),
	}
}

// plainTx is a payment of one bundle.
func plainTx() *Tx {
	f := &filler{seed: "plain"}
	return &Tx{
		Version: TxVersion, ChainID: 2019, Expiry: 77, GasLimit: 421_000, GasPrice: NewAmount(1_000_000_000),
		Bundles: []Bundle{f.bundle()},
	}
}

// createTx creates a contract: its call has no address and empty lists.
func createTx() *Tx {
	f := &filler{seed: "create"}
	t := plainTx()
	t.Call = &Call{Data: f.bytes(3), CallerPK: f.b32(), RefundPCM: f.b32()}
	return t
}

func fullHeader() *Header {
	f := &filler{seed: "header"}
	h := &Header{
		Version: HeaderVersion, Parent: f.b32(), Number: 0x1112131415161718, Time: 1_767_225_999, Difficulty: NewDifficulty(100_000),
		GasLimit: 60_000_000, GasUsed: 1_263_000, BodyRoot: f.b32(), ReceiptsRoot: f.b32(), StateRoot: f.b32(), NoteRoot: f.b32(),
		NullifierRoot: f.b32(), PoolRoot: f.b32(), LicenceRoot: f.b32(), ActiveLicences: 1024, Votes: 5, CoinbasePCM: f.b32(),
		CoinbaseCt: f.ciphertext(), Extra: f.bytes(MaxExtra), Mix: f.b32(),
	}
	f.fill(h.LogsBloom[:])
	f.fill(h.Nonce[:])
	return h
}

func fullBody() *Body {
	f := &filler{seed: "body"}
	b := &Body{Txs: []*Tx{fullTx(), plainTx(), createTx()}}
	for range MaxVotes {
		v := Vote{Nullifier: f.b32(), PCM: f.b32()}
		f.fill(v.Proof[:])
		b.Votes = append(b.Votes, v)
	}
	return b
}

func sampleGenesis() BlockHash { return (&filler{seed: "genesis"}).b32() }
