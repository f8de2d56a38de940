package wallet

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/zk/field"
	"github.com/gero-chain/gero/zk/note"
)

// Payment is one payee of a send.
type Payment struct {
	To    string        // address of this network
	Value types.Amount  // in smallest units, more than 0
	Asset types.AssetID // zero means the coin
	Memo  string        // at most 128 bytes of UTF-8; only the payee and the sender can read it
}

// SendOptions are what a sender may leave to the wallet.
type SendOptions struct {
	// Fee is the most the payment may cost in Ta; the wallet takes the highest step of the common price ladder within it, because a price
	// of one's own would mark the transaction. Zero means the lowest step.
	Fee types.Amount
	// Blocks is how long the transaction may wait to be mined; zero means 256, what everybody uses. At least 16, at most 512.
	Blocks uint32
	// Request names the order, so that asking again with the same name and payments orders nothing new. Optional.
	Request string
}

// Estimate is what a send would cost and need.
type Estimate struct {
	Fee      types.Amount `json:"fee"` // exact
	Gas      types.Gas    `json:"gas"`
	GasPrice types.Amount `json:"gasPrice"`
	Bundles  int          `json:"bundles"` // the one thing about it that others can see
	Notes    int          `json:"notes"`   // spent
	WaitFor  types.Height `json:"waitFor"` // block from which its notes can be spent; 0: now
}

// ladder holds the gas prices that wallets use, as multiples of the floor.
var ladder = []uint64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000}

// gasPriceFloor is the least gas price that rule X15 allows, in Ta.
const gasPriceFloor = 1_000_000_000

// Send orders a payment and returns the operation's id. The order and its notes are on disk when it returns; making the transaction
// takes seconds and goes on by itself.
func (w *Wallet) Send(account string, payments []Payment, opt SendOptions) (string, error) {
	now := w.present()
	o, err := w.newOp(opSend, payments, &opt)
	if err != nil {
		return "", err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.ready(account, now)
	if err != nil {
		return "", err
	}
	if id, err := w.ordered(a, o); id != "" || err != nil {
		return id, err
	}
	if !w.keys.isOpen(a.wallet, w.cfg.Now()) {
		return "", fail(Locked, "unlock it with its passphrase first", "account %s is locked", a.name)
	}
	p, price, _, err := w.planFor(a, o, opt.Fee)
	if err != nil {
		return "", err
	}
	return w.order(a, o, p, price)
}

// EstimateSend says what Send would do, without doing it; the account may be locked.
func (w *Wallet) EstimateSend(account string, payments []Payment, opt SendOptions) (Estimate, error) {
	now := w.present()
	o, err := w.newOp(opSend, payments, &opt)
	if err != nil {
		return Estimate{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.ready(account, now)
	if err != nil {
		return Estimate{}, err
	}
	p, price, waitFor, err := w.planFor(a, o, opt.Fee)
	if err != nil {
		return Estimate{}, err
	}
	return newEstimate(p, price, waitFor), nil
}

func newEstimate(p *plan, price types.Amount, waitFor types.Height) Estimate {
	e := Estimate{Fee: p.fee, Gas: p.gas, GasPrice: price, Bundles: len(p.bundles), WaitFor: waitFor}
	for _, b := range p.bundles {
		e.Notes += len(b.inputs)
	}
	return e
}

// MergeNotes orders a transaction that makes at most four notes of up to twelve small ones of an asset, for an account whose payments
// would need too many. It pays the lowest price, whatever opt.Fee says, and returns the operation's id.
func (w *Wallet) MergeNotes(account string, asset types.AssetID, opt SendOptions) (string, error) {
	now := w.present()
	o, err := w.newOp(opMerge, nil, &opt)
	if err != nil {
		return "", err
	}
	if asset.IsZero() {
		asset = types.NativeAsset
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.ready(account, now)
	if err != nil {
		return "", err
	}
	if !w.keys.isOpen(a.wallet, w.cfg.Now()) {
		return "", fail(Locked, "unlock it with its passphrase first", "account %s is locked", a.name)
	}
	price := types.NewAmount(gasPriceFloor)
	p, why := chooseMerge(w.coinsOf(a, nil), asset, price)
	switch why {
	case planned:
		return w.order(a, o, p, price)
	case notEnough:
		return "", fail(Insufficient, "nothing needs to be merged", "fewer than two notes of the asset that can be spent and are worth the fee")
	default:
		return "", fail(Invalid, "", "amounts do not add up")
	}
}

// newOp checks everything about an order that does not depend on the account.
func (w *Wallet) newOp(kind opKind, payments []Payment, opt *SendOptions) (*opRecord, error) {
	o := &opRecord{kind: kind, request: opt.Request, lifetime: opt.Blocks}
	if o.lifetime == 0 {
		o.lifetime = lifetime
	}
	if o.lifetime < 2*anchorStep || o.lifetime > maxLifetime {
		return nil, fail(Invalid, fmt.Sprintf("choose %d to %d blocks, or leave it out", 2*anchorStep, maxLifetime), "expiry after %d blocks", opt.Blocks)
	}
	if len(opt.Request) > maxRequest {
		return nil, fail(Invalid, fmt.Sprintf("at most %d bytes", maxRequest), "request name of %d bytes", len(opt.Request))
	}
	if kind == opSend && len(payments) == 0 {
		return nil, fail(Invalid, "name at least one payee and amount", "no payment")
	}
	if len(payments) > maxOutputs {
		return nil, fail(TooManyNotes, "send in several transactions", "%d payments, a transaction has room for %d", len(payments), maxOutputs)
	}
	for i := range payments {
		p, err := w.newPayee(&payments[i])
		if err != nil {
			return nil, err
		}
		o.payees = append(o.payees, p)
	}
	return o, nil
}

func (w *Wallet) newPayee(p *Payment) (payee, error) {
	to, err := w.parseAddress(strings.TrimSpace(p.To))
	if err != nil {
		return payee{}, err
	}
	if p.Value.IsZero() {
		return payee{}, fail(Invalid, "give an amount above 0", "payment of nothing")
	}
	memo, err := note.TextMemo(p.Memo)
	if err != nil {
		return payee{}, &Error{Kind: Invalid, Advice: fmt.Sprintf("shorten it to %d bytes; letters beyond ASCII take two to four", types.MemoSize), Err: err}
	}
	out := payee{to: to.Bytes(), asset: p.Asset, value: p.Value, memo: memo}
	if out.asset.IsZero() {
		out.asset = types.NativeAsset
	}
	if _, err := field.DecodeElement(out.asset); err != nil {
		return payee{}, &Error{Kind: Invalid, Advice: "copy the asset's id from the balance", Detail: "asset " + out.asset.String(), Err: err}
	}
	return out, nil
}

// ready returns an account that has read the chain well enough to pay. The caller holds the lock.
func (w *Wallet) ready(ref string, now present) (*account, error) {
	if now.lag != "" {
		return nil, fail(NotSynced, "wait until the node has caught up; the status shows how far it is", "%s", now.lag)
	}
	if w.broken != nil {
		return nil, &Error{Kind: Corrupt, Advice: "restart the node", Err: w.broken}
	}
	a, err := w.find(ref)
	if err != nil {
		return nil, err
	}
	const near = 16 // blocks behind which a wallet is still as good as up to date
	if !a.cursor.started || a.cursor.next()+near < now.tip+1 {
		return nil, fail(Scanning, "wait until the scan is done; the scan status shows how far it is", "account %s has read %d of %d blocks", a.name, a.cursor.height, now.tip)
	}
	return a, nil
}

// ordered returns the operation that an earlier request of the same name made, or an error if that one was for something else.
func (w *Wallet) ordered(a *account, o *opRecord) (string, error) {
	if o.request == "" {
		return "", nil
	}
	for _, old := range w.ops {
		if old.account != a.key || old.request != o.request {
			continue
		}
		if !slices.Equal(old.payees, o.payees) {
			return "", fail(Invalid, "use a new request name for a new payment", "request %q was for other payments", clip(o.request))
		}
		return old.name(), nil
	}
	return "", nil
}

// planFor chooses notes and price. Notes that the newest anchor holds come first, so that nothing waits that need not. The caller holds
// the lock.
func (w *Wallet) planFor(a *account, o *opRecord, most types.Amount) (p *plan, price types.Amount, waitFor types.Height, err error) {
	all := w.coinsOf(a, nil)
	settled := w.settled(a, all)
	for i := len(ladder) - 1; i >= 0; i-- {
		price, err = types.NewAmount(gasPriceFloor).MulGas(types.Gas(ladder[i]))
		if err != nil || (i > 0 && !affordable(price, most)) {
			continue
		}
		var why outcome
		waitFor = 0
		if p, why = choosePlan(settled, o.wants(), price); why != planned {
			if p, why = choosePlan(all, o.wants(), price); p != nil {
				waitFor = spendableFrom(a.youngest(p))
			}
		}
		switch {
		case why == planned && (most.IsZero() || p.fee.Cmp(most) <= 0):
			return p, price, waitFor, nil
		case i > 0:
			continue
		case why == planned:
			return nil, price, 0, fail(Invalid, "raise the fee, or leave it out", "fee of %s Ta is less than the least, %s Ta", most, p.fee)
		default:
			return nil, price, 0, w.explainPlan(a, o, all, why)
		}
	}
	return nil, price, 0, fail(Invalid, "", "no price")
}

// affordable reports whether one bundle at a price may cost at most so much.
func affordable(price, most types.Amount) bool {
	fee, err := price.MulGas(gasOf(1))
	return err == nil && fee.Cmp(most) <= 0
}

// settled returns the coins that the newest anchor at a height divisible by eight holds.
func (w *Wallet) settled(a *account, coins []coin) []coin {
	at := anchorAt(a.cursor.height)
	out := make([]coin, 0, len(coins))
	for _, c := range coins {
		if n := a.unspent[c.pos]; n != nil && n.height <= at {
			out = append(out, c)
		}
	}
	return out
}

// youngest returns the block of the youngest note that a plan spends.
func (a *account) youngest(p *plan) (height types.Height) {
	for _, b := range p.bundles {
		for _, c := range b.inputs {
			if n := a.unspent[c.pos]; n != nil {
				height = max(height, n.height)
			}
		}
	}
	return height
}

// order stores a new operation. The caller holds the lock.
func (w *Wallet) order(a *account, o *opRecord, p *plan, price types.Amount) (string, error) {
	o.seq = 1
	if n := len(w.ops); n > 0 {
		o.seq = w.ops[n-1].seq + 1
	}
	if _, err := io.ReadFull(w.cfg.Rand, o.id[:]); err != nil {
		return "", fmt.Errorf("randomness: %w", err)
	}
	o.account, o.owner, o.created, o.plan, o.gasPrice = a.key, a, w.cfg.Now().Unix(), *p, price
	o.progress = "waiting for its turn"
	if err := w.saveOp(o, o); err != nil {
		return "", err
	}
	w.ops = append(w.ops, o)
	w.kickWork()
	return o.name(), nil
}

// explainPlan says why nothing could be planned, with the figures that tell a person what to do.
func (w *Wallet) explainPlan(a *account, o *opRecord, coins []coin, why outcome) error {
	if why == amountTooBig {
		return fail(Invalid, "check the amounts", "the amounts do not add up")
	}
	if why == doesNotFit {
		advice := "merge the account's small notes first, or pay a smaller amount"
		if len(coins) <= len(o.payees) || len(o.payees) > types.BundleOutputs-1 {
			advice = "pay fewer payees at a time: each note of the account serves two in one transaction"
		}
		return fail(TooManyNotes, advice, "the payment does not fit one transaction of %d bundles with %d notes each",
			types.MaxBundles, types.BundleInputs)
	}
	asset, need := w.shortage(o, coins)
	m := w.moneyOf(a)[asset]
	unit := func(v types.Amount) string { return w.show(asset, v) }
	wanted := unit(need) + " wanted"
	if asset == types.NativeAsset {
		wanted += ", fee included" // fees are paid in coins alone
	}
	detail := fmt.Sprintf("%s; %s can be spent", wanted, unit(total(coins, asset)))
	advice := "receive more first, or pay less"
	if !m.pending.IsZero() {
		detail += fmt.Sprintf("; %s pending", unit(m.pending))
		advice = "wait until the operations in progress are confirmed"
	}
	if !m.immature.IsZero() {
		detail += fmt.Sprintf("; %s immature", unit(m.immature))
		if at, ok := w.firstMature(a); ok && m.pending.IsZero() {
			advice = fmt.Sprintf("mined coins can be spent %d blocks after their block; the first in block %d", w.cfg.Network.Maturity, at)
		}
	}
	if asset != types.NativeAsset && need.IsZero() {
		detail = "asset " + asset.String() + " is not in the account"
	}
	return fail(Insufficient, advice, "%s", detail)
}

// shortage returns the first asset of which there is not enough, and how much of it is wanted.
func (w *Wallet) shortage(o *opRecord, coins []coin) (types.AssetID, types.Amount) {
	fee, _ := o.leastPrice().MulGas(gasOf(1)) // far from 2^128
	need := map[types.AssetID]types.Amount{types.NativeAsset: fee}
	order := []types.AssetID{}
	for _, x := range o.wants() {
		sum, err := need[x.asset].Add(x.value)
		if err != nil {
			return x.asset, x.value
		}
		need[x.asset] = sum
		if !slices.Contains(order, x.asset) {
			order = append(order, x.asset)
		}
	}
	for _, asset := range order {
		if total(coins, asset).Cmp(need[asset]) < 0 {
			return asset, need[asset]
		}
	}
	return types.NativeAsset, need[types.NativeAsset]
}

func (o *opRecord) leastPrice() types.Amount { return types.NewAmount(gasPriceFloor) }

func (w *Wallet) firstMature(a *account) (types.Height, bool) {
	first, ok := types.Height(0), false
	for h := range a.mined {
		if !ok || h < first {
			first, ok = h, true
		}
	}
	return first + w.cfg.Network.Maturity, ok
}
