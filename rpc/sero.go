package rpc

import (
	"context"
	"fmt"

	"github.com/gero-chain/gero/types"
)

// sero answers about the chain in its own words: everything that is public and nothing that is not there.
type sero struct{ *Server }

func seroMethods(s *Server) []method {
	a := sero{s}
	ms := []method{
		fn("sero_getBlock", "A block with all of its header, or null.", a.block,
			"block: number, tag or hash; the best one if left out", "full: whole transactions beside their ids"),
		fn("sero_getTransaction", "All that is public of a transaction, from the best chain or waiting, or null.", a.transaction, "txid: of the transaction"),
		fn("sero_getRawTransaction", "A transaction's bytes, or null.", a.raw, "txid: of the transaction"),
		fn("sero_sendRawTransaction", "Checks a transaction and offers it to the network; returns its id.", a.send, "transaction: its bytes"),
		fn("sero_getAnchor", "The note root after a block, which a payment can refer to while it is an anchor, or null.", a.anchor,
			"height: of the block; the best one if left out"),
		fn("sero_getVotes", "The licence votes that a block carries, or null.", a.votes, "block: number, tag or hash"),
		fn("sero_getSupply", "All that exists of an asset after the best block, and whether the books add up.", a.supply,
			"asset: its id; the coin if left out"),
	}
	if s.back.Miner != nil {
		ms = append(ms,
			fn("sero_getWork", "A block to search a seal for: [seal hash, seed hash, target, height].", a.work),
			fn("sero_submitWork", "Hands in a seal; true if the chain took the block.", a.submit, "nonce: 8 bytes", "seal: the seal hash", "mix: what was read from the dataset"),
			fn("sero_submitHashrate", "Tells the node how fast a searcher outside it is, for a minute.", a.hashrate, "rate: hashes per second", "id: 32 bytes that name the searcher"),
		)
	}
	return ms
}

// Block is a block in the network's own words.
type Block struct {
	Hash           types.BlockHash     `json:"hash"`
	Version        uint32              `json:"version"`
	Parent         types.BlockHash     `json:"parent"`
	Number         types.Height        `json:"number"`
	Time           types.Time          `json:"time"` // seconds since 1970
	Difficulty     string              `json:"difficulty"`
	GasLimit       types.Gas           `json:"gasLimit"`
	GasUsed        types.Gas           `json:"gasUsed"`
	BodyRoot       types.BodyRoot      `json:"bodyRoot"`
	ReceiptsRoot   types.ReceiptsRoot  `json:"receiptsRoot"`
	LogsBloom      Hex                 `json:"logsBloom"`
	StateRoot      types.StateRoot     `json:"stateRoot"`
	NoteRoot       types.NoteRoot      `json:"noteRoot"`
	NullifierRoot  types.NullifierRoot `json:"nullifierRoot"`
	PoolRoot       types.PoolRoot      `json:"poolRoot"`
	LicenceRoot    types.Licence       `json:"licenseRoot"`
	ActiveLicences uint64              `json:"activeLicenses"`
	Votes          uint8               `json:"votes"`
	CoinbasePCM    types.PartialCM     `json:"coinbasePcm"`
	CoinbaseCt     Ciphertext          `json:"coinbaseCt"`
	Extra          Hex                 `json:"extra"`
	Nonce          Hex                 `json:"nonce"`
	Mix            types.Mix           `json:"mix"`

	SealHash      types.SealHash `json:"sealHash"`
	Weight        string         `json:"weight"` // of the chain up to this block
	Size          int            `json:"size"`   // bytes
	OnBest        bool           `json:"onBest"`
	Confirmations types.Height   `json:"confirmations"` // blocks of the best chain from this one on; 0 beside it
	Txs           []types.TxID   `json:"txs"`
	Transactions  []*Tx          `json:"transactions,omitempty"`
}

// Ciphertext is an encrypted note.
type Ciphertext struct {
	EPK Hex `json:"epk"`
	Enc Hex `json:"enc"`
	Out Hex `json:"out"`
}

func ciphertext(c *types.Ciphertext) Ciphertext {
	return Ciphertext{EPK: c.EPK[:], Enc: c.Enc[:], Out: c.Out[:]}
}

func (a sero) block(_ context.Context, ref *BlockRef, full *bool) (*Block, error) {
	hash, b, err := a.findBlock(ref)
	if err != nil || b == nil {
		return nil, err
	}
	weight, err := a.back.Chain.BlockWeight(hash)
	if err != nil {
		return nil, err
	}
	h := b.Header
	confirmations, best, err := a.confirmations(h.Number, hash)
	if err != nil {
		return nil, err
	}
	out := &Block{
		Hash: hash, Version: h.Version, Parent: h.Parent, Number: h.Number, Time: h.Time, Difficulty: h.Difficulty.Dec(),
		GasLimit: h.GasLimit, GasUsed: h.GasUsed, BodyRoot: h.BodyRoot, ReceiptsRoot: h.ReceiptsRoot, LogsBloom: h.LogsBloom[:],
		StateRoot: h.StateRoot, NoteRoot: h.NoteRoot, NullifierRoot: h.NullifierRoot, PoolRoot: h.PoolRoot, LicenceRoot: h.LicenceRoot,
		ActiveLicences: h.ActiveLicences, Votes: h.Votes, CoinbasePCM: h.CoinbasePCM, CoinbaseCt: ciphertext(&h.CoinbaseCt),
		Extra: h.Extra, Nonce: h.Nonce[:], Mix: h.Mix,
		SealHash: h.SealHash(), Weight: weight.Dec(), Size: len(b.Bytes()), OnBest: best, Confirmations: confirmations, Txs: a.txIDs(b),
	}
	if full != nil && *full {
		for i, tx := range b.Body.Txs {
			t, err := a.tx(&placed{tx: tx, hash: hash, block: b, index: i})
			if err != nil {
				return nil, err
			}
			out.Transactions = append(out.Transactions, t)
		}
	}
	return out, nil
}

// confirmations counts the blocks of the best chain from a block on, if it is on it.
func (a sero) confirmations(n types.Height, hash types.BlockHash) (types.Height, bool, error) {
	best, err := a.back.Chain.OnBest(n, hash)
	if err != nil || !best {
		return 0, false, err
	}
	_, tip := a.back.Chain.Tip()
	return max(tip.Number, n) - n + 1, true, nil
}

// Tx is all that is public of a transaction.
type Tx struct {
	TxID     types.TxID   `json:"txid"`
	WTxID    types.WTxID  `json:"wtxid"`
	Version  uint32       `json:"version"`
	ChainID  uint64       `json:"chainId"`
	Expiry   types.Height `json:"expiry"`
	GasLimit types.Gas    `json:"gasLimit"`
	GasPrice types.Amount `json:"gasPrice"`
	Fee      types.Amount `json:"fee"` // of a payment, gas limit times gas price
	Size     int          `json:"size"`
	Bundles  []Bundle     `json:"bundles"`
	Call     *Call        `json:"call"`

	State         string           `json:"state"` // "pending", "confirmed", or "stale" in a block beside the best chain
	BlockHash     *types.BlockHash `json:"blockHash"`
	Height        *types.Height    `json:"height"`
	Index         *int             `json:"index"`
	Confirmations types.Height     `json:"confirmations"`
}

// Bundle is a bundle as everybody sees it: which notes it spends and makes cannot be told.
type Bundle struct {
	Anchor       types.NoteRoot     `json:"anchor"`
	AnchorHeight *types.Height      `json:"anchorHeight"` // null once it is no anchor any more
	Nullifiers   []types.Nullifier  `json:"nullifiers"`
	Commitments  []types.Commitment `json:"commitments"`
	RK           types.Point        `json:"rk"`
	ValueNative  types.Amount       `json:"valueNative"`
	ValueToken   types.Amount       `json:"valueToken"`
	PubAsset     types.AssetID      `json:"pubAsset"`
	Ciphertexts  []Ciphertext       `json:"ciphertexts"`
	Proof        Hex                `json:"proof"`
	Sig          Hex                `json:"sig"`
}

// Call is what a contract call does in the open.
type Call struct {
	To        *types.EthAddress `json:"to"` // null creates a contract
	Data      Hex               `json:"data"`
	Value     types.Amount      `json:"value"`
	CallerPK  types.Point       `json:"callerPk"`
	RefundPCM types.PartialCM   `json:"refundPcm"`
	Gated     int               `json:"gated"`    // hidden deposits
	Releases  int               `json:"releases"` // hidden payouts
}

func (a sero) tx(p *placed) (*Tx, error) {
	tx := p.tx
	fee, err := tx.GasPrice.MulGas(tx.GasLimit)
	if err != nil {
		return nil, fmt.Errorf("fee of transaction %s: %w", tx.ID(a.back.Chain.Genesis()), err)
	}
	out := &Tx{
		TxID: tx.ID(a.back.Chain.Genesis()), WTxID: tx.WID(), Version: tx.Version, ChainID: tx.ChainID, Expiry: tx.Expiry,
		GasLimit: tx.GasLimit, GasPrice: tx.GasPrice, Fee: fee, Size: tx.Size(), State: "pending",
	}
	for i := range tx.Bundles {
		b, err := a.bundle(&tx.Bundles[i])
		if err != nil {
			return nil, err
		}
		out.Bundles = append(out.Bundles, b)
	}
	if c := tx.Call; c != nil {
		out.Call = &Call{To: c.To, Data: c.Data, Value: c.ValueN, CallerPK: c.CallerPK, RefundPCM: c.RefundPCM, Gated: len(c.Gated), Releases: len(c.Releases)}
	}
	if p.block != nil {
		n := p.block.Header.Number
		out.BlockHash, out.Height, out.Index = &p.hash, &n, &p.index
		var best bool
		if out.Confirmations, best, err = a.confirmations(n, p.hash); err != nil {
			return nil, err
		}
		out.State = "stale"
		if best {
			out.State = "confirmed"
		}
	}
	return out, nil
}

func (a sero) bundle(b *types.Bundle) (Bundle, error) {
	out := Bundle{
		Anchor: b.Anchor, Nullifiers: b.Nullifiers[:], Commitments: b.Commitments[:], RK: b.RK, ValueNative: b.ValueNative,
		ValueToken: b.ValueToken, PubAsset: b.PubAsset, Proof: b.Proof[:], Sig: b.Sig[:],
	}
	for i := range b.Ciphertexts {
		out.Ciphertexts = append(out.Ciphertexts, ciphertext(&b.Ciphertexts[i]))
	}
	h, ok, err := a.back.Chain.AnchorHeight(b.Anchor)
	if ok {
		out.AnchorHeight = &h
	}
	return out, err
}

func (a sero) transaction(_ context.Context, id types.TxID) (*Tx, error) {
	p, err := a.findTx(id)
	if err != nil || p == nil {
		return nil, err
	}
	return a.tx(p)
}

func (a sero) raw(_ context.Context, id types.TxID) (*Hex, error) {
	p, err := a.findTx(id)
	if err != nil || p == nil {
		return nil, err
	}
	h := Hex(p.tx.Bytes())
	return &h, nil
}

func (a sero) send(_ context.Context, raw Hex) (types.TxID, error) {
	if len(raw) > types.MaxTxSize {
		return types.TxID{}, fail(CodeParams, "a transaction has at most 262,144 bytes", "%d bytes are more than a transaction may have", len(raw))
	}
	tx, err := types.DecodeTx(raw)
	if err != nil {
		return types.TxID{}, fail(CodeParams, "send the bytes exactly as they were made, from version to the last signature", "transaction: %v", err)
	}
	return a.back.Pool.Add(tx)
}

// Anchor is the note root after a block.
type Anchor struct {
	Height    types.Height    `json:"height"`
	BlockHash types.BlockHash `json:"blockHash"`
	NoteRoot  types.NoteRoot  `json:"noteRoot"`
	Usable    bool            `json:"usable"` // by a transaction in the next block
}

func (a sero) anchor(_ context.Context, ref *BlockRef) (*Anchor, error) {
	hash, h, err := a.findHeader(ref)
	if err != nil || h == nil {
		return nil, err
	}
	_, usable, err := a.back.Chain.AnchorHeight(h.NoteRoot)
	return &Anchor{Height: h.Number, BlockHash: hash, NoteRoot: h.NoteRoot, Usable: usable}, err
}

// Votes are the votes for a block's parent that the block carries.
type Votes struct {
	Height types.Height    `json:"height"`
	Block  types.BlockHash `json:"block"`
	For    types.BlockHash `json:"for"`    // the block they are for
	Active bool            `json:"active"` // whether the network has votes at this height
	Votes  []Vote          `json:"votes"`
}

// Vote is one licence holder's word.
type Vote struct {
	Nullifier types.Nullifier `json:"nullifier"`
	PCM       types.PartialCM `json:"pcm"`
	Proof     Hex             `json:"proof"`
}

func (a sero) votes(_ context.Context, ref BlockRef) (*Votes, error) {
	hash, b, err := a.findBlock(&ref)
	if err != nil || b == nil {
		return nil, err
	}
	out := &Votes{Height: b.Header.Number, Block: hash, For: b.Header.Parent, Active: a.cfg.Net.Rules(b.Header.Number).Votes, Votes: []Vote{}}
	for i := range b.Body.Votes {
		v := &b.Body.Votes[i]
		out.Votes = append(out.Votes, Vote{Nullifier: v.Nullifier, PCM: v.PCM, Proof: v.Proof[:]})
	}
	return out, nil
}

func (a sero) supply(_ context.Context, asset *Asset) (Supply, error) {
	id, err := asset.id()
	if err != nil {
		return Supply{}, err
	}
	return a.back.Chain.Supply(id)
}

// Asset is a parameter that names an asset: its id as hex, or "SERO" for the coin. Other names are no identity: two assets may share one.
type Asset string

// id returns the asset's id; nil is the coin.
func (a *Asset) id() (types.AssetID, error) {
	if a == nil || *a == "" || *a == "SERO" {
		return types.NativeAsset, nil
	}
	var id types.AssetID
	if err := id.UnmarshalText([]byte(*a)); err != nil {
		return id, badParam("give the asset's id, 0x and 64 hex digits as zero_getBalance shows it, or SERO", "asset %.80q is no id of an asset", string(*a))
	}
	return id, nil
}
