package rpc

import (
	"context"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// eth answers what ethers, viem, cast and their like ask of an Ethereum node.
type eth struct{ *Server }

func ethMethods(s *Server) []method {
	e := eth{s}
	const block = "block: number, tag or hash; the best one if left out"
	return []method{
		fn("eth_chainId", "Id of the network that transactions are bound to.", e.chainID),
		fn("eth_blockNumber", "Number of the best block.", e.blockNumber),
		fn("eth_syncing", "false, or how far the node is behind the best chain it heard of.", e.syncing),
		fn("eth_getBlockByNumber", "A block of the best chain, or null.", e.blockByNumber,
			"block: number or tag", "full: whole transactions instead of their hashes"),
		fn("eth_getBlockByHash", "A block, on the best chain or beside it, or null.", e.blockByHash,
			"hash: of the block", "full: whole transactions instead of their hashes"),
		fn("eth_getBlockTransactionCountByNumber", "How many transactions a block has, or null.", e.txCountIn, "block: number or tag"),
		fn("eth_getBlockTransactionCountByHash", "How many transactions a block has, or null.", e.txCountIn, "hash: of the block"),
		fn("eth_getTransactionByHash", "A transaction by its id, from the best chain or waiting, or null.", e.txByHash, "hash: the transaction's id"),
		fn("eth_getTransactionByBlockNumberAndIndex", "A transaction by its place, or null.", e.txAt,
			"block: number or tag", "index: in the block, from 0"),
		fn("eth_getTransactionByBlockHashAndIndex", "A transaction by its place, or null.", e.txAt, "hash: of the block", "index: in the block, from 0"),
		fn("eth_getTransactionReceipt", "What a transaction of the best chain did, or null.", e.receipt, "hash: the transaction's id"),
		fn("eth_getBlockReceipts", "The receipts of a block's transactions, or null.", e.receipts, block),
		fn("eth_gasPrice", "Gas price that the recent blocks suggest, in Ta.", e.gasPrice),
		fn("eth_maxPriorityFeePerGas", "The same: there is no base fee, so all of the price is a tip.", e.gasPrice),
		fn("eth_feeHistory", "Gas used and prices paid in recent blocks. The base fee is always 0.", e.feeHistory,
			"blockCount: at most 1,024", "newestBlock: number or tag", "rewardPercentiles: increasing, from 0 to 100"),
		fn("eth_accounts", "Accounts that calls can be sent from.", e.accounts),
		fn("eth_getBalance", "Balance of a contract's or caller's account in Ta; shielded money is not on accounts.", e.balance,
			"address: 20 bytes", block),
		fn("eth_getTransactionCount", "Nonce of an account.", e.nonce, "address: 20 bytes", block),
		fn("eth_getCode", "Code of a contract.", e.code, "address: 20 bytes", block),
		fn("eth_getStorageAt", "A word of a contract's storage.", e.storage, "address: 20 bytes", "slot: number of the word", block),
	}
}

// EthBlock is a block in the words of Ethereum. What has no counterpart there is in sero_getBlock; what has none here is zero: uncles, and
// the miner's address, since rewards go to shielded notes.
type EthBlock struct {
	Number           hexutil.Uint64     `json:"number"`
	Hash             types.BlockHash    `json:"hash"`
	ParentHash       types.BlockHash    `json:"parentHash"`
	Nonce            Hex                `json:"nonce"`
	MixHash          types.Mix          `json:"mixHash"`
	Sha3Uncles       string             `json:"sha3Uncles"`
	LogsBloom        Hex                `json:"logsBloom"`
	TransactionsRoot types.BodyRoot     `json:"transactionsRoot"`
	StateRoot        types.StateRoot    `json:"stateRoot"`
	ReceiptsRoot     types.ReceiptsRoot `json:"receiptsRoot"`
	Miner            types.EthAddress   `json:"miner"`
	Difficulty       *hexutil.Big       `json:"difficulty"`
	TotalDifficulty  *hexutil.Big       `json:"totalDifficulty"`
	ExtraData        Hex                `json:"extraData"`
	Size             hexutil.Uint64     `json:"size"`
	GasLimit         hexutil.Uint64     `json:"gasLimit"`
	GasUsed          hexutil.Uint64     `json:"gasUsed"`
	Timestamp        hexutil.Uint64     `json:"timestamp"`
	BaseFeePerGas    *hexutil.Big       `json:"baseFeePerGas"`
	Transactions     []TxOrHash         `json:"transactions"`
	Uncles           []types.BlockHash  `json:"uncles"`
}

// EthHeader is what newHeads sends: a block without its size and transactions.
type EthHeader struct {
	Number           hexutil.Uint64     `json:"number"`
	Hash             types.BlockHash    `json:"hash"`
	ParentHash       types.BlockHash    `json:"parentHash"`
	Nonce            Hex                `json:"nonce"`
	MixHash          types.Mix          `json:"mixHash"`
	Sha3Uncles       string             `json:"sha3Uncles"`
	LogsBloom        Hex                `json:"logsBloom"`
	TransactionsRoot types.BodyRoot     `json:"transactionsRoot"`
	StateRoot        types.StateRoot    `json:"stateRoot"`
	ReceiptsRoot     types.ReceiptsRoot `json:"receiptsRoot"`
	Miner            types.EthAddress   `json:"miner"`
	Difficulty       *hexutil.Big       `json:"difficulty"`
	ExtraData        Hex                `json:"extraData"`
	GasLimit         hexutil.Uint64     `json:"gasLimit"`
	GasUsed          hexutil.Uint64     `json:"gasUsed"`
	Timestamp        hexutil.Uint64     `json:"timestamp"`
	BaseFeePerGas    *hexutil.Big       `json:"baseFeePerGas"`
}

// noUncles is Ethereum's hash of an empty list of uncles.
const noUncles = "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"

func ethHeader(hash types.BlockHash, h *types.Header) *EthHeader {
	return &EthHeader{
		Number:           hexutil.Uint64(h.Number),
		Hash:             hash,
		ParentHash:       h.Parent,
		Nonce:            h.Nonce[:],
		MixHash:          h.Mix,
		Sha3Uncles:       noUncles,
		LogsBloom:        h.LogsBloom[:],
		TransactionsRoot: h.BodyRoot,
		StateRoot:        h.StateRoot,
		ReceiptsRoot:     h.ReceiptsRoot,
		Difficulty:       (*hexutil.Big)(h.Difficulty.ToBig()),
		ExtraData:        h.Extra,
		GasLimit:         hexutil.Uint64(h.GasLimit),
		GasUsed:          hexutil.Uint64(h.GasUsed),
		Timestamp:        hexutil.Uint64(h.Time),
		BaseFeePerGas:    new(hexutil.Big),
	}
}

func (e eth) block(hash types.BlockHash, b *types.Block, full bool) (*EthBlock, error) {
	weight, err := e.back.Chain.BlockWeight(hash)
	if err != nil {
		return nil, err
	}
	h := ethHeader(hash, b.Header)
	out := &EthBlock{
		Number:           h.Number,
		Hash:             h.Hash,
		ParentHash:       h.ParentHash,
		Nonce:            h.Nonce,
		MixHash:          h.MixHash,
		Sha3Uncles:       h.Sha3Uncles,
		LogsBloom:        h.LogsBloom,
		TransactionsRoot: h.TransactionsRoot,
		StateRoot:        h.StateRoot,
		ReceiptsRoot:     h.ReceiptsRoot,
		Difficulty:       h.Difficulty,
		TotalDifficulty:  (*hexutil.Big)(weight.ToBig()),
		ExtraData:        h.ExtraData,
		Size:             hexutil.Uint64(len(b.Bytes())),
		GasLimit:         h.GasLimit,
		GasUsed:          h.GasUsed,
		Timestamp:        h.Timestamp,
		BaseFeePerGas:    h.BaseFeePerGas,
		Transactions:     make([]TxOrHash, len(b.Body.Txs)),
		Uncles:           []types.BlockHash{},
	}
	for i, tx := range b.Body.Txs {
		out.Transactions[i].Hash = tx.ID(e.back.Chain.Genesis())
		if full {
			out.Transactions[i].Tx = e.tx(&placed{tx: tx, hash: hash, block: b, index: i})
		}
	}
	return out, nil
}

func (e eth) chainID(context.Context) (hexutil.Uint64, error) {
	return hexutil.Uint64(e.cfg.Net.ChainID), nil
}

func (e eth) blockNumber(context.Context) (hexutil.Uint64, error) {
	_, tip := e.back.Chain.Tip()
	return hexutil.Uint64(tip.Number), nil
}

// Syncing is false in JSON unless the node is behind.
type Syncing struct{ *EthSync }

// EthSync says how far the node is behind.
type EthSync struct {
	StartingBlock hexutil.Uint64 `json:"startingBlock"`
	CurrentBlock  hexutil.Uint64 `json:"currentBlock"`
	HighestBlock  hexutil.Uint64 `json:"highestBlock"`
}

// MarshalJSON writes false or the object.
func (s Syncing) MarshalJSON() ([]byte, error) {
	if s.EthSync == nil {
		return []byte("false"), nil
	}
	return encode(*s.EthSync), nil
}

func (e eth) syncing(context.Context) (Syncing, error) {
	state := e.back.Node.Sync()
	if !state.Syncing {
		return Syncing{}, nil
	}
	_, tip := e.back.Chain.Tip()
	return Syncing{&EthSync{
		StartingBlock: hexutil.Uint64(state.Start),
		CurrentBlock:  hexutil.Uint64(tip.Number),
		HighestBlock:  hexutil.Uint64(max(state.Target, tip.Number)),
	}}, nil
}

func (e eth) blockByNumber(_ context.Context, ref BlockRef, full *bool) (*EthBlock, error) {
	hash, b, err := e.findBlock(&ref)
	if err != nil || b == nil {
		return nil, err
	}
	return e.block(hash, b, full != nil && *full)
}

func (e eth) blockByHash(ctx context.Context, hash types.BlockHash, full *bool) (*EthBlock, error) {
	return e.blockByNumber(ctx, BlockRef{hash: &hash}, full)
}

func (e eth) txCountIn(_ context.Context, ref BlockRef) (*hexutil.Uint64, error) {
	_, b, err := e.findBlock(&ref)
	if err != nil || b == nil {
		return nil, err
	}
	n := hexutil.Uint64(len(b.Body.Txs))
	return &n, nil
}

// recent returns up to n blocks of the best chain, the newest first, beginning with a hash.
func (e eth) recent(ctx context.Context, hash types.BlockHash, n int) ([]*types.Block, error) {
	var out []*types.Block
	for len(out) < n {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b, err := e.back.Chain.Block(hash)
		if err != nil {
			return nil, err
		}
		out = append(out, b)
		if b.Header.Number == 0 {
			break
		}
		hash = b.Header.Parent
	}
	return out, nil
}

// priceWindow is how many blocks a suggested gas price looks at.
const priceWindow = 20

// gasPrice returns the median price of the recent transactions, and the floor where there are none.
func (e eth) gasPrice(ctx context.Context) (*hexutil.Big, error) {
	hash, _ := e.back.Chain.Tip()
	blocks, err := e.recent(ctx, hash, priceWindow)
	if err != nil {
		return nil, err
	}
	var prices []types.Amount
	for _, b := range blocks {
		for _, tx := range b.Body.Txs {
			prices = append(prices, tx.GasPrice)
		}
	}
	price := params.MinGasPrice
	if len(prices) > 0 {
		slices.SortFunc(prices, types.Amount.Cmp)
		price = prices[len(prices)/2]
	}
	return (*hexutil.Big)(price.Big()), nil
}

// FeeHistory is what eth_feeHistory returns, the oldest block first.
type FeeHistory struct {
	OldestBlock   hexutil.Uint64   `json:"oldestBlock"`
	BaseFeePerGas []*hexutil.Big   `json:"baseFeePerGas"` // one more than there are blocks
	GasUsedRatio  []float64        `json:"gasUsedRatio"`
	Reward        [][]*hexutil.Big `json:"reward,omitempty"`
}

// maxFeeHistory bounds the blocks of one answer.
const maxFeeHistory = 1024

func (e eth) feeHistory(ctx context.Context, count Number, newest BlockRef, percentiles *[]float64) (*FeeHistory, error) {
	if count > maxFeeHistory {
		return nil, fail(CodeLimit, "ask for fewer blocks", "%d blocks are more than %d", count, maxFeeHistory)
	}
	var want []float64
	if percentiles != nil {
		want = *percentiles
	}
	if len(want) > 100 {
		return nil, badParam("ask for fewer", "%d percentiles are more than 100", len(want))
	}
	for i, p := range want {
		if p < 0 || p > 100 || i > 0 && p < want[i-1] {
			return nil, badParam("give them in increasing order, from 0 to 100", "percentile %d is out of range or order", i)
		}
	}
	hash, head, err := e.needHeader(&newest)
	if err != nil {
		return nil, err
	}
	blocks, err := e.recent(ctx, hash, int(count))
	if err != nil {
		return nil, err
	}
	slices.Reverse(blocks)
	out := &FeeHistory{OldestBlock: hexutil.Uint64(head.Number), GasUsedRatio: []float64{}, BaseFeePerGas: []*hexutil.Big{}}
	for i, b := range blocks {
		if i == 0 {
			out.OldestBlock = hexutil.Uint64(b.Header.Number)
		}
		out.GasUsedRatio = append(out.GasUsedRatio, float64(b.Header.GasUsed)/float64(b.Header.GasLimit))
		out.BaseFeePerGas = append(out.BaseFeePerGas, new(hexutil.Big))
		if len(want) > 0 {
			out.Reward = append(out.Reward, pricesAt(b, want))
		}
	}
	if len(blocks) > 0 {
		out.BaseFeePerGas = append(out.BaseFeePerGas, new(hexutil.Big))
	}
	return out, nil
}

// pricesAt returns the gas prices of a block below which the given shares, in percent, of its gas were bought.
func pricesAt(b *types.Block, percentiles []float64) []*hexutil.Big {
	txs := slices.Clone(b.Body.Txs)
	slices.SortFunc(txs, func(x, y *types.Tx) int { return x.GasPrice.Cmp(y.GasPrice) })
	out := make([]*hexutil.Big, len(percentiles))
	i, sum := 0, 0.0
	for k, p := range percentiles {
		price := new(big.Int)
		if len(txs) > 0 {
			for i < len(txs)-1 && sum+float64(txs[i].GasLimit) < p/100*float64(b.Header.GasUsed) {
				sum += float64(txs[i].GasLimit)
				i++
			}
			price = txs[i].GasPrice.Big()
		}
		out[k] = (*hexutil.Big)(price)
	}
	return out
}

// accounts is empty: an account here is a caller of contracts, and the wallet offers one when calls are active.
func (e eth) accounts(context.Context) ([]types.EthAddress, error) { return []types.EthAddress{}, nil }

// emptyState checks that a block's contract state is empty, so that every account in it is.
func (e eth) emptyState(ref *BlockRef) error {
	_, h, err := e.needHeader(ref)
	if err != nil {
		return err
	}
	if h.StateRoot != types.EmptyStateRoot {
		return fail(CodeUnsuitable, "update the node", "this version cannot read the contract state %s", h.StateRoot)
	}
	return nil
}

func (e eth) balance(_ context.Context, _ types.EthAddress, ref *BlockRef) (*hexutil.Big, error) {
	return new(hexutil.Big), e.emptyState(ref)
}

func (e eth) nonce(_ context.Context, _ types.EthAddress, ref *BlockRef) (hexutil.Uint64, error) {
	return 0, e.emptyState(ref)
}

func (e eth) code(_ context.Context, _ types.EthAddress, ref *BlockRef) (Hex, error) {
	return Hex{}, e.emptyState(ref)
}

func (e eth) storage(_ context.Context, _ types.EthAddress, slot StorageSlot, ref *BlockRef) (Hex, error) {
	return make(Hex, 32), e.emptyState(ref)
}
