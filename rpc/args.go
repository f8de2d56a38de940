package rpc

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common/hexutil"

	"github.com/gero-chain/gero/params"
	"github.com/gero-chain/gero/types"
)

// maxSafe is the greatest integer that every JSON reader keeps exact.
const maxSafe = 1<<53 - 1

// integer reads a JSON integer, or a string with a decimal or 0x-prefixed one, of at most limit.
func integer(raw []byte, limit *big.Int) (*big.Int, error) {
	s := string(raw)
	isText := strings.HasPrefix(s, `"`)
	if isText {
		if err := json.Unmarshal(raw, &s); err != nil {
			return nil, err
		}
	} else if strings.ContainsAny(s, ".eE") && strings.Trim(s, "+-.0123456789eE") == "" {
		return nil, fmt.Errorf("number %.40s has been through a float: give it as a string of digits", s)
	}
	n, ok := new(big.Int), false
	if digits, hex := strings.CutPrefix(s, "0x"); hex {
		if len(digits) <= 64 && !strings.ContainsAny(digits, "+-_") {
			n, ok = n.SetString(digits, 16)
		}
	} else if len(s) <= 80 && s != "" && strings.Trim(s, "0123456789") == "" {
		n, ok = n.SetString(s, 10)
	}
	switch {
	case !ok:
		return nil, fmt.Errorf("%.80s is no integer from 0 to %s: want a string of decimal digits, or 0x and hex digits", raw, limit)
	case !isText && n.Cmp(big.NewInt(maxSafe)) > 0:
		return nil, fmt.Errorf("number %s is above 2^53-1, which not every program keeps exact: give it as a string", n)
	case n.Cmp(limit) > 0:
		return nil, fmt.Errorf("%s is above %s", n, limit)
	}
	return n, nil
}

// Amount is a parameter in smallest units: a decimal or 0x-prefixed string, or an integer up to 2^53-1.
type Amount struct{ types.Amount }

var maxAmount = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 128), big.NewInt(1))

// UnmarshalJSON refuses what has been through a float.
func (a *Amount) UnmarshalJSON(raw []byte) error {
	n, err := integer(raw, maxAmount)
	if err != nil {
		return fmt.Errorf("amount: %w", err)
	}
	a.Amount, err = types.AmountFromBig(n)
	return err
}

// Number is a parameter that counts something: an integer up to 2^53-1, or the same as a decimal or 0x-prefixed string.
type Number uint64

// UnmarshalJSON refuses fractions, signs and what is out of range.
func (n *Number) UnmarshalJSON(raw []byte) error {
	v, err := integer(raw, big.NewInt(maxSafe))
	if err == nil {
		*n = Number(v.Uint64())
	}
	return err
}

// or returns the number, or what stands for one that was left out.
func (n *Number) or(missing uint64) uint64 {
	if n == nil {
		return missing
	}
	return uint64(*n)
}

// BlockRef names a block: a number, as integer or string, a tag, or a hash; Ethereum's objects with blockNumber or blockHash too.
type BlockRef struct {
	tag    string
	hash   *types.BlockHash
	number types.Height
}

// UnmarshalJSON reads any of the forms.
func (b *BlockRef) UnmarshalJSON(raw []byte) error {
	*b = BlockRef{}
	if strings.HasPrefix(string(raw), "{") {
		return b.fromObject(raw)
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		switch s {
		case "latest", "pending", "earliest", "safe", "finalized":
			b.tag = s
			return nil
		}
		if len(s) == 66 {
			b.hash = new(types.BlockHash)
			return b.hash.UnmarshalText([]byte(s))
		}
	}
	var n Number
	if err := n.UnmarshalJSON(raw); err != nil {
		return fmt.Errorf("%.80s names no block: want a number, a block hash, or latest, earliest, safe, finalized", raw)
	}
	b.number = types.Height(n)
	return nil
}

func (b *BlockRef) fromObject(raw []byte) error {
	var o struct {
		Number    *BlockRef        `json:"blockNumber"`
		Hash      *types.BlockHash `json:"blockHash"`
		Canonical bool             `json:"requireCanonical"`
	}
	if err := decodeStrict(raw, &o); err != nil {
		return err
	}
	switch {
	case o.Number != nil && o.Hash == nil && o.Number.hash == nil:
		*b = *o.Number
	case o.Hash != nil && o.Number == nil:
		b.hash = o.Hash
	default:
		return errors.New("want exactly one of blockNumber and blockHash")
	}
	return nil
}

// latest refers to the best block.
func latest() *BlockRef { return &BlockRef{tag: "latest"} }

// height returns the height that a BlockRef without a hash names on a chain of a given tip. There is no pending block to be seen, for
// what a miner works on is its own; safe is a depth at which rewards have matured, finalized one from which nodes do not reorganise.
func (b *BlockRef) height(net *params.Network, tip types.Height) types.Height {
	back := func(n types.Height) types.Height { return tip - min(tip, n) }
	switch b.tag {
	case "":
		return b.number
	case "earliest":
		return 0
	case "safe":
		return back(types.Height(net.Reward.Delay))
	case "finalized":
		return back(params.MaxReorgDepth)
	}
	return tip
}

// String shows the reference in messages.
func (b *BlockRef) String() string {
	switch {
	case b.hash != nil:
		return b.hash.String()
	case b.tag != "":
		return b.tag
	}
	return strconv.FormatUint(uint64(b.number), 10)
}

// Hex is a parameter of bytes as 0x and hex digits.
type Hex []byte

// UnmarshalJSON accepts 0x and an even number of hex digits.
func (h *Hex) UnmarshalJSON(raw []byte) error {
	var b hexutil.Bytes
	if err := json.Unmarshal(raw, &b); err != nil {
		return errors.New("want a string of 0x and an even number of hex digits")
	}
	*h = Hex(b)
	return nil
}

// MarshalText implements encoding.TextMarshaler.
func (h Hex) MarshalText() ([]byte, error) { return hexutil.Bytes(h).MarshalText() }

// hexOf returns 0x and the hex digits of bytes.
func hexOf(b []byte) string { return hexutil.Encode(b) }

// hex returns the number as an Ethereum quantity.
func (n Number) hex() string { return hexutil.EncodeUint64(uint64(n)) }

// Nonce is a parameter of 8 bytes.
type Nonce [8]byte

// UnmarshalJSON accepts 0x and 16 hex digits.
func (n *Nonce) UnmarshalJSON(raw []byte) error {
	var h Hex
	if err := h.UnmarshalJSON(raw); err != nil {
		return err
	}
	if len(h) != len(n) {
		return fmt.Errorf("nonce has %d bytes, want %d", len(h), len(n))
	}
	copy(n[:], h)
	return nil
}
