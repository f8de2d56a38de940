package rpc

import (
	"context"
	"math/big"

	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/gero-chain/gero/types"
)

// EthTx is a transaction in the words of Ethereum. Its sender is unknown to everybody, so From is a one-time address made of the
// transaction's id, and the nonce is always 0; To and Value say what the transaction does in the open, which a payment does not.
type EthTx struct {
	Hash             types.TxID        `json:"hash"`
	Type             hexutil.Uint64    `json:"type"`
	BlockHash        *types.BlockHash  `json:"blockHash"`
	BlockNumber      *hexutil.Uint64   `json:"blockNumber"`
	TransactionIndex *hexutil.Uint64   `json:"transactionIndex"`
	From             types.EthAddress  `json:"from"`
	To               *types.EthAddress `json:"to"`
	Nonce            hexutil.Uint64    `json:"nonce"`
	Value            *hexutil.Big      `json:"value"`
	Gas              hexutil.Uint64    `json:"gas"`
	GasPrice         *hexutil.Big      `json:"gasPrice"`
	Input            Hex               `json:"input"`
	ChainID          hexutil.Uint64    `json:"chainId"`
	V                hexutil.Uint64    `json:"v"` // zero like R and S: signatures are of another kind, see sero_getTransaction
	R                hexutil.Uint64    `json:"r"`
	S                hexutil.Uint64    `json:"s"`
}

// TxOrHash is a transaction in a block: whole if it is asked for, else its id.
type TxOrHash struct {
	Hash types.TxID
	Tx   *EthTx
}

// MarshalJSON writes the one or the other.
func (t TxOrHash) MarshalJSON() ([]byte, error) {
	if t.Tx != nil {
		return encode(t.Tx), nil
	}
	return encode(t.Hash), nil
}

// oneTime returns the address that stands for a transaction's sender: the last 20 bytes of its id.
func oneTime(id types.TxID) types.EthAddress { return types.EthAddress(id[12:]) }

func (e eth) tx(p *placed) *EthTx {
	id := p.tx.ID(e.back.Chain.Genesis())
	out := &EthTx{
		Hash:     id,
		From:     oneTime(id),
		Value:    new(hexutil.Big),
		Gas:      hexutil.Uint64(p.tx.GasLimit),
		GasPrice: (*hexutil.Big)(p.tx.GasPrice.Big()),
		Input:    Hex{},
		ChainID:  hexutil.Uint64(p.tx.ChainID),
	}
	if c := p.tx.Call; c != nil {
		out.To, out.Value, out.Input = c.To, (*hexutil.Big)(c.ValueN.Big()), c.Data
	}
	if p.block != nil {
		n, i := hexutil.Uint64(p.block.Header.Number), hexutil.Uint64(p.index)
		out.BlockHash, out.BlockNumber, out.TransactionIndex = &p.hash, &n, &i
	}
	return out
}

func (e eth) txByHash(_ context.Context, id types.TxID) (*EthTx, error) {
	p, err := e.findTx(id)
	if err != nil || p == nil {
		return nil, err
	}
	return e.tx(p), nil
}

func (e eth) txAt(_ context.Context, ref BlockRef, index Number) (*EthTx, error) {
	hash, b, err := e.findBlock(&ref)
	if err != nil || b == nil || uint64(index) >= uint64(len(b.Body.Txs)) {
		return nil, err
	}
	return e.tx(&placed{tx: b.Body.Txs[index], hash: hash, block: b, index: int(index)}), nil
}

// EthLog is an event of a contract.
type EthLog struct {
	Address          types.EthAddress `json:"address"`
	Topics           []Hex            `json:"topics"`
	Data             Hex              `json:"data"`
	BlockNumber      hexutil.Uint64   `json:"blockNumber"`
	BlockHash        types.BlockHash  `json:"blockHash"`
	TransactionHash  types.TxID       `json:"transactionHash"`
	TransactionIndex hexutil.Uint64   `json:"transactionIndex"`
	LogIndex         hexutil.Uint64   `json:"logIndex"`
	Removed          bool             `json:"removed"`
}

// EthReceipt is what a transaction did.
type EthReceipt struct {
	TransactionHash   types.TxID        `json:"transactionHash"`
	TransactionIndex  hexutil.Uint64    `json:"transactionIndex"`
	BlockHash         types.BlockHash   `json:"blockHash"`
	BlockNumber       hexutil.Uint64    `json:"blockNumber"`
	From              types.EthAddress  `json:"from"`
	To                *types.EthAddress `json:"to"`
	Type              hexutil.Uint64    `json:"type"`
	Status            hexutil.Uint64    `json:"status"`
	GasUsed           hexutil.Uint64    `json:"gasUsed"`
	CumulativeGasUsed hexutil.Uint64    `json:"cumulativeGasUsed"`
	EffectiveGasPrice *hexutil.Big      `json:"effectiveGasPrice"`
	ContractAddress   *types.EthAddress `json:"contractAddress"`
	Logs              []EthLog          `json:"logs"`
	LogsBloom         Hex               `json:"logsBloom"`
}

// receiptOf makes the receipt of a payment, which uses exactly its gas limit and succeeds by being in a block. A call's receipt is not
// known to this version.
func (e eth) receiptOf(p *placed) (*EthReceipt, error) {
	out := &EthReceipt{
		TransactionHash:   p.tx.ID(e.back.Chain.Genesis()),
		TransactionIndex:  hexutil.Uint64(p.index),
		BlockHash:         p.hash,
		BlockNumber:       hexutil.Uint64(p.block.Header.Number),
		Status:            1,
		GasUsed:           hexutil.Uint64(p.tx.GasLimit),
		EffectiveGasPrice: (*hexutil.Big)(p.tx.GasPrice.Big()),
		Logs:              []EthLog{},
		LogsBloom:         make(Hex, len(types.Bloom{})),
	}
	out.From = oneTime(out.TransactionHash)
	for _, tx := range p.block.Body.Txs[:p.index+1] {
		if tx.Call != nil {
			return nil, fail(CodeUnsuitable, "update the node", "this version does not know receipts of contract calls")
		}
		out.CumulativeGasUsed += hexutil.Uint64(tx.GasLimit)
	}
	return out, nil
}

func (e eth) receipt(_ context.Context, id types.TxID) (*EthReceipt, error) {
	p, err := e.findTx(id)
	if err != nil || p == nil || p.block == nil {
		return nil, err
	}
	return e.receiptOf(p)
}

func (e eth) receipts(_ context.Context, ref *BlockRef) ([]*EthReceipt, error) {
	hash, b, err := e.findBlock(ref)
	if err != nil || b == nil {
		return nil, err
	}
	out := make([]*EthReceipt, len(b.Body.Txs))
	for i, tx := range b.Body.Txs {
		if out[i], err = e.receiptOf(&placed{tx: tx, hash: hash, block: b, index: i}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// StorageSlot is the number of a storage word, up to 32 bytes, as quantity or padded hex.
type StorageSlot struct{}

var maxWord = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))

// UnmarshalJSON checks the number; in an empty state every slot holds the same.
func (s *StorageSlot) UnmarshalJSON(raw []byte) error {
	_, err := integer(raw, maxWord)
	return err
}
