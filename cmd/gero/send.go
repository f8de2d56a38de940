package main

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/gero-chain/gero/internal/progress"
	"github.com/gero-chain/gero/rpc"
	"github.com/gero-chain/gero/types"
)

// order is a payment as a person asked for it.
type order struct {
	account string
	asset   rpc.AssetBalance
	memo    string
	payees  []payee
	options map[string]any
}

type payee struct {
	address string
	value   types.Amount
}

func send(c *cli.Context, cl *client) error {
	o, err := newOrder(c, cl)
	if err != nil {
		return err
	}
	var e rpc.Estimate
	if err := cl.call(c.Context, &e, "zero_estimateSend", o.account, o.payments(), o.options); err != nil {
		return err
	}
	if c.Bool("dry-run") {
		if wantsJSON(c) {
			return printJSON(c, e)
		}
		_, err := fmt.Fprint(c.App.Writer, o.describe(&e))
		return err
	}
	if !c.Bool("yes") {
		_, _ = fmt.Fprint(c.App.ErrWriter, o.describe(&e))
	}
	if err := confirm(c, "Send it?"); err != nil {
		return err
	}
	var id string
	unlocked, err := unlocking(c, cl, o.account, func() error {
		return cl.call(c.Context, &id, "zero_send", o.account, o.payments(), o.options)
	})
	if err != nil {
		return err
	}
	op, err := follow(c, cl, id)
	if err != nil {
		return err
	}
	if unlocked { // for this payment alone, which is signed by now
		if err := cl.call(c.Context, nil, "zero_lock", o.account); err != nil {
			return err
		}
	}
	if wantsJSON(c) {
		err = printJSON(c, op)
	} else {
		err = printOutcome(c, op)
	}
	if op.Error != nil {
		return &exitError{code: exitFailure, err: fmt.Errorf("payment %s failed: %s", id, op.Error.Message), hint: op.Error.Hint}
	}
	return err
}

// newOrder reads what is to be paid, and refuses what cannot be before anything else is asked.
func newOrder(c *cli.Context, cl *client) (*order, error) {
	args, err := arguments(c, 2, 2*mostPayees)
	if err != nil {
		return nil, err
	}
	if len(args)%2 != 0 {
		return nil, usageError("send: every ADDRESS wants its AMOUNT; there are %d words", len(args))
	}
	if c.Int("wait") < 0 {
		return nil, usageError("--wait: want a number of confirmations, or 0")
	}
	if !utf8.ValidString(c.String("memo")) {
		return nil, usageError("--memo: want text in UTF-8, which this is not") // JSON would replace what it cannot carry
	}
	o := &order{memo: c.String("memo"), options: map[string]any{}}
	if o.account, err = accountOf(c, cl, c.String("from")); err != nil {
		return nil, err
	}
	for i := 0; i < len(args); i += 2 {
		if err := validAddress(c, cl, args[i]); err != nil {
			return nil, err
		}
	}
	if o.asset, err = findAsset(c, cl, o.account); err != nil {
		return nil, err
	}
	for i := 0; i < len(args); i += 2 {
		value, err := types.ParseDecimal(args[i+1], o.asset.Decimals)
		if err != nil {
			return nil, usageError("%w", err)
		}
		o.payees = append(o.payees, payee{args[i], value})
	}
	if fee := c.String("fee"); fee != "" {
		amount, err := types.ParseDecimal(fee, types.Decimals)
		if err != nil {
			return nil, usageError("--fee: %w", err)
		}
		o.options["fee"] = amount.String()
	}
	if r := c.String("request"); r != "" {
		o.options["request"] = r
	}
	return o, nil
}

// mostPayees bounds the words of one command; what fits into a transaction is for the wallet to say.
const mostPayees = 12

// payments returns the order as zero_send wants it.
func (o *order) payments() []map[string]string {
	var all []map[string]string
	for _, to := range o.payees {
		p := map[string]string{"to": to.address, "value": to.value.String()}
		if o.asset.Asset != types.NativeAsset {
			p["asset"] = o.asset.Asset.String()
		}
		if o.memo != "" {
			p["memo"] = o.memo
		}
		all = append(all, p)
	}
	return all
}

func validAddress(c *cli.Context, cl *client, address string) error {
	var check rpc.AddressCheck
	if err := cl.call(c.Context, &check, "zero_validateAddress", address); err != nil {
		return err
	}
	if !check.Valid {
		return &exitError{code: exitFailure, err: errors.New(check.Reason), hint: check.Hint}
	}
	return nil
}

// findAsset returns the asset that --asset names, the coin if nothing is named.
func findAsset(c *cli.Context, cl *client, account string) (rpc.AssetBalance, error) {
	native := rpc.AssetBalance{Asset: types.NativeAsset, Name: coin, Decimals: types.Decimals}
	want := c.String("asset")
	if want == "" || strings.EqualFold(want, coin) {
		return native, nil
	}
	var b rpc.Balance
	if err := cl.call(c.Context, &b, "zero_getBalance", account); err != nil {
		return native, err
	}
	var found []rpc.AssetBalance
	for _, a := range b.ByAsset {
		if strings.EqualFold(a.Asset.String(), want) {
			return a, nil
		}
		if a.Name != "" && strings.EqualFold(a.Name, want) {
			found = append(found, a)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return native, &exitError{code: exitFailure, err: fmt.Errorf("account %s has no asset %q", account, want), hint: "`gero balance` shows what it has"}
	default:
		return native, &exitError{code: exitFailure, err: fmt.Errorf("account %s has %d assets of the name %q", account, len(found), want),
			hint: "names are no identity: give the id, as `gero balance --json` shows it"}
	}
}

// describe says what a payment will do.
func (o *order) describe(e *rpc.Estimate) string {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-8s %s\n", name, fmt.Sprintf(format, args...))
	}
	row("from", "%s", o.account)
	for _, p := range o.payees {
		row("to", "%s", p.address)
		row("amount", "%s %s", p.value.Decimal(o.asset.Decimals), assetName(&o.asset))
	}
	row("fee", "%s %s", e.Fee.Decimal(types.Decimals), coin)
	if o.memo != "" {
		row("memo", "%q", o.memo)
	}
	row("spends", "%s in %s; what is left comes back as change", plural(e.Notes, "note"), plural(e.Bundles, "bundle"))
	row("seen by", "others: the number of bundles, the fee and the time, and nothing else")
	if e.WaitFor > 0 {
		row("waits", "for block %d, from which its notes can be spent", e.WaitFor)
	}
	return b.String()
}

// unlocking runs what needs the account's key, and asks for the passphrase if that is the only thing missing.
// It reports whether it unlocked the account.
func unlocking(c *cli.Context, cl *client, account string, f func() error) (bool, error) {
	err := f()
	if !hasCode(err, codeLocked) || c.String("password-file") == "" && !canAsk() {
		return false, err
	}
	secret, err := passphrase(c, fmt.Sprintf("passphrase of %s: ", account))
	if err != nil {
		return false, err
	}
	const unlockFor = 60 // seconds; the payment is made after that if need be
	if err := cl.call(c.Context, nil, "zero_unlock", account, secret, unlockFor); err != nil {
		return false, err
	}
	return true, f()
}

const followEvery = 250 * time.Millisecond

// follow shows how a payment gets on, until it is sent, or has as many confirmations as --wait asks for, or has failed.
func follow(c *cli.Context, cl *client, id string) (*rpc.Operation, error) {
	reporter, err := reporterFor(c)
	if err != nil {
		return nil, err
	}
	task := reporter.Start("payment", progress.Stage)
	want := types.Height(max(0, c.Int("wait"))) //nolint:gosec // not negative
	last, idle, asked := "", "", false
	for {
		op := new(rpc.Operation)
		if err := cl.call(c.Context, op, "zero_getOperation", id); err != nil {
			task.End("still under way (see `gero ops " + id + "`), no longer followed")
			return nil, err
		}
		if op.State == "sent" && want > 0 && !asked {
			asked, idle = true, notMined(c, cl)
		}
		line := strings.TrimSuffix(op.State+", "+op.Progress, ", ")
		if op.State == "sent" {
			line += idle
		}
		if line != last {
			last = line
			task.Update(stage(op.State), 3, line)
		}
		done := op.State == "failed" || op.State == "confirmed" && op.Confirmations >= want || op.State == "sent" && want == 0
		if done {
			task.End("done")
			return op, nil
		}
		select {
		case <-c.Context.Done():
			task.End("goes on in the node (see `gero ops " + id + "`), no longer followed")
			return nil, c.Context.Err()
		case <-time.After(followEvery):
		}
	}
}

// notMined says why a payment that waits for a block may wait for ever, or nothing if there is no reason to.
func notMined(c *cli.Context, cl *client) string {
	var s rpc.Status
	if err := cl.call(c.Context, &s, "gero_status"); err != nil || s.Mining.State != "off" || s.Peers.In+s.Peers.Out > 0 {
		return ""
	}
	return ", but this node does not mine and has no peers: start it with --mine"
}

func stage(state string) uint64 {
	return map[string]uint64{"proving": 1, "sent": 2, "confirmed": 3}[state]
}

func printOutcome(c *cli.Context, op *rpc.Operation) error {
	if op.State == "failed" {
		return nil // the error says it
	}
	line := fmt.Sprintf("%s: transaction %s, operation %s", op.State, op.TxHash, op.ID)
	if op.State == "confirmed" {
		line = fmt.Sprintf("confirmed in block %d: transaction %s", op.Height, op.TxHash)
	}
	_, err := fmt.Fprintln(c.App.Writer, line)
	return err
}

// reporterFor returns where a client verb shows its progress.
func reporterFor(c *cli.Context) (*progress.Reporter, error) {
	s, err := resolve(c)
	if err != nil {
		return nil, err
	}
	mode, err := progress.Parse(s.progress, isTerminal(c.App.ErrWriter))
	if err != nil {
		return nil, usageError("--progress: %w", err)
	}
	return progress.New(c.App.ErrWriter, mode, time.Now), nil
}
