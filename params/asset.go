package params

import "github.com/gero-chain/gero/types"

// AssetInfo describes an asset to people. It is metadata and no identity: two assets may have one name.
type AssetInfo struct {
	ID       types.AssetID
	Kind     uint8 // 2 token, 3 ticket, 4 package
	Name     string
	Decimals int // decimal places between a whole unit and the smallest
}
