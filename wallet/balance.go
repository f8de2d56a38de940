package wallet

import (
	"bytes"
	"sort"

	"github.com/gero-chain/gero/types"
)

// Balance is an account's money. Amounts are in smallest units; the three figures at the top are of the coin.
type Balance struct {
	Spendable     types.Amount   `json:"spendable"`
	Immature      types.Amount   `json:"immature"` // mined, not appended to the note tree yet
	Pending       types.Amount   `json:"pending"`  // change and payments of own operations that no block holds yet
	ByAsset       []AssetBalance `json:"byAsset"`  // the coin first
	ScannedHeight types.Height   `json:"scannedHeight"`
	Tip           types.Height   `json:"tip"`
	Partial       bool           `json:"partial"`          // the account has not read the whole chain: there may be more, or less
	Reason        string         `json:"reason,omitempty"` // why it is partial
}

// AssetBalance is the part of a balance that is of one asset.
type AssetBalance struct {
	Asset     types.AssetID `json:"asset"`
	Kind      string        `json:"kind"` // "coin", "token", "ticket", "package"; empty if not known here
	Name      string        `json:"name"` // empty if not known here
	Decimals  int           `json:"decimals"`
	Spendable types.Amount  `json:"spendable"`
	Pending   types.Amount  `json:"pending"`
}

// money is what an account has of one asset.
type money struct{ spendable, immature, pending types.Amount }

// plus adds amounts of money that exists; no supply reaches 2^128, and if one did the figure would stand still.
func plus(a, b types.Amount) types.Amount {
	sum, err := a.Add(b)
	if err != nil {
		return a
	}
	return sum
}

// moneyOf adds up an account's money. The caller holds the lock.
func (w *Wallet) moneyOf(a *account) map[types.AssetID]money {
	out := map[types.AssetID]money{}
	for _, c := range w.coinsOf(a, nil) {
		m := out[c.asset]
		m.spendable = plus(m.spendable, c.value)
		out[c.asset] = m
	}
	for _, r := range a.mined {
		m := out[types.NativeAsset]
		m.immature = plus(m.immature, r.value)
		out[types.NativeAsset] = m
	}
	for _, o := range w.ops {
		if !w.live(o) {
			continue
		}
		for _, c := range w.creditsOf(o) {
			if c.account == a {
				m := out[c.asset]
				m.pending = plus(m.pending, c.value)
				out[c.asset] = m
			}
		}
	}
	return out
}

// Balance returns an account's money. It needs no passphrase. While the account has not read the whole chain, the figures are those of the
// scanned height, Partial is set and Reason says why.
func (w *Wallet) Balance(account string) (Balance, error) {
	now := w.present()
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.find(account)
	if err != nil {
		return Balance{}, err
	}
	all := w.moneyOf(a)
	coin := all[types.NativeAsset]
	out := Balance{
		Spendable: coin.spendable, Immature: coin.immature, Pending: coin.pending,
		ScannedHeight: a.cursor.height, Tip: max(now.tip, a.cursor.height),
	}
	out.Reason = w.partialReason(a, now)
	out.Partial = out.Reason != ""
	for asset, m := range all {
		if asset != types.NativeAsset {
			out.ByAsset = append(out.ByAsset, w.assetBalance(asset, m))
		}
	}
	sort.Slice(out.ByAsset, func(i, j int) bool { return bytes.Compare(out.ByAsset[i].Asset[:], out.ByAsset[j].Asset[:]) < 0 })
	out.ByAsset = append([]AssetBalance{w.assetBalance(types.NativeAsset, coin)}, out.ByAsset...)
	return out, nil
}

func (w *Wallet) assetBalance(asset types.AssetID, m money) AssetBalance {
	known := w.asset(asset)
	return AssetBalance{
		Asset: asset, Kind: known.Kind, Name: known.Name, Decimals: known.Decimals, Spendable: m.spendable, Pending: m.pending,
	}
}

// asset returns what is known about an asset here.
func (w *Wallet) asset(id types.AssetID) Asset {
	for _, a := range w.cfg.Network.Assets {
		if a.ID == id {
			return a
		}
	}
	if id == types.NativeAsset {
		return Asset{ID: id, Kind: "coin", Name: "SERO", Decimals: types.Decimals}
	}
	return Asset{ID: id}
}

// show returns an amount as people read it.
func (w *Wallet) show(asset types.AssetID, v types.Amount) string {
	known := w.asset(asset)
	name := known.Name
	if name == "" {
		name = "units of asset " + asset.String()[:10]
	}
	return v.Decimal(known.Decimals) + " " + name
}

// partialReason says why an account's figures may not be those of the present, or "". The caller holds the lock.
func (w *Wallet) partialReason(a *account, now present) string {
	if reason := w.stuck[a.id]; reason != "" {
		return reason
	}
	if w.broken != nil {
		return "the wallet's database failed: " + w.broken.Error()
	}
	if !a.cursor.started || a.cursor.next() <= now.tip {
		return "scanning the chain"
	}
	if now.lag != "" {
		return "the node is catching up: " + now.lag
	}
	return ""
}

// Note is a note of an account as ListNotes shows it.
type Note struct {
	Position types.Position `json:"position"`
	Asset    types.AssetID  `json:"asset"`
	Value    types.Amount   `json:"value"`
	Height   types.Height   `json:"height"` // block that made it
	Origin   string         `json:"origin"` // "genesis", "mined", "payment"
	TxHash   string         `json:"txHash,omitempty"`
	Memo     string         `json:"memo,omitempty"`
	Address  string         `json:"address"`
	State    string         `json:"state"` // "spendable", "reserved" by an operation
}

// Notes returns an account's unspent notes by position.
func (w *Wallet) Notes(account string) ([]Note, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.find(account)
	if err != nil {
		return nil, err
	}
	reserved := w.reserved(a, nil)
	out := make([]Note, 0, len(a.unspent))
	for _, n := range a.unspent {
		v := Note{
			Position: n.pos, Asset: n.asset, Value: n.value, Height: n.height, Origin: originName(n.origin), Memo: memoText(n.memo),
			Address: a.incoming.Address(n.diversifier).Encode(w.cfg.Network.HRP), State: "spendable",
		}
		if !n.tx.IsZero() {
			v.TxHash = n.tx.String()
		}
		if reserved[n.pos] {
			v.State = "reserved"
		}
		out = append(out, v)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Position < out[j].Position })
	return out, nil
}

func originName(o types.Origin) string {
	switch o {
	case types.OriginGenesis:
		return "genesis"
	case types.OriginCoinbase:
		return "mined"
	default:
		return "payment"
	}
}
