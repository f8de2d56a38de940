package note

import (
	"encoding/binary"

	"golang.org/x/crypto/sha3"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
)

// Kind says what an asset is.
type Kind uint8

// The kinds of assets other than SERO.
const (
	Token   Kind = 2 // divisible, issued in any number by its contract
	Ticket  Kind = 3 // exactly one exists
	Package Kind = 4 // exactly one exists, bound to encrypted content
)

// AssetID returns the id of an asset: trunc31(Keccak-256("asset", originID, kind, issuer, sub)), the parts packed as Solidity's
// abi.encodePacked packs bytes, uint64, uint8, address and bytes32. originID is that of the network where the asset came to be.
func AssetID(originID uint64, kind Kind, issuer types.EthAddress, sub [32]byte) types.AssetID {
	h := sha3.NewLegacyKeccak256()
	h.Write([]byte(labelAsset))
	h.Write(binary.BigEndian.AppendUint64(nil, originID))
	h.Write([]byte{byte(kind)})
	h.Write(issuer[:])
	h.Write(sub[:])
	return field.EncodeElement(field.Trunc31([32]byte(h.Sum(nil))))
}
