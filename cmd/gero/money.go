package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/gero-chain/gero/rpc"
	"github.com/gero-chain/gero/types"
)

const coin = "SERO"

func moneyCommands() []*cli.Command {
	account := &cli.StringFlag{Name: "from", Aliases: []string{"account"}, Usage: "`ACCOUNT` by name, id or address (default: the first)"}
	return []*cli.Command{
		{
			Name: "address", Usage: "a fresh address of an account", ArgsUsage: "[ACCOUNT]", Action: withNode(newAddress),
			Description: "Every call gives another address; all of them are the account's, and nobody can tell that they belong together.",
			Flags:       []cli.Flag{&cli.StringFlag{Name: "label", Usage: "note for yourself; it stays on this machine"}},
		},
		{Name: "balance", Usage: "what an account has, or all of them", ArgsUsage: "[ACCOUNT]", Action: withNode(balance)},
		{
			Name: "history", Usage: "payments, rewards and memos of an account, the newest first", ArgsUsage: "[ACCOUNT]", Action: withNode(history),
			Flags: []cli.Flag{
				&cli.IntFlag{Name: "limit", Value: 20, Usage: "entries at most"}, &cli.IntFlag{Name: "skip", Usage: "entries to leave out first"},
			},
		},
		{
			Name: "send", Usage: "pay somebody privately", ArgsUsage: "ADDRESS AMOUNT [ADDRESS AMOUNT...]", Action: withNode(send),
			Description: "AMOUNT is in whole coins, such as 1.5, or in units of the asset that --asset names. Several payees get the same asset and memo,\n" +
				"in one transaction.",
			Flags: []cli.Flag{
				account, passwordFlag(),
				&cli.StringFlag{Name: "asset", Usage: "name or id of a token or ticket, as `gero balance` shows them"},
				&cli.StringFlag{Name: "memo", Usage: "up to 128 bytes that only the payee can read"},
				&cli.StringFlag{Name: "fee", Usage: "most the payment may cost, in " + coin + " (default: the least)"},
				&cli.IntFlag{Name: "wait", Usage: "return after `N` confirmations instead of when it is sent"},
				&cli.BoolFlag{Name: "dry-run", Usage: "say what would happen and send nothing"},
				&cli.BoolFlag{Name: "yes", Usage: "do not ask"},
				&cli.StringFlag{Name: "request", Usage: "your own name for the payment: the same name pays once, however often it is asked for"},
			},
		},
		{
			Name: "ops", Usage: "payments in progress and past, or one of them", ArgsUsage: "[OPERATION]", Action: withNode(operations),
			Flags: []cli.Flag{
				account,
				&cli.StringFlag{Name: "state", Usage: "only those that are queued, proving, sent, confirmed or failed"},
				&cli.BoolFlag{Name: "cancel", Usage: "give OPERATION up, if no transaction was made yet"},
			},
		},
	}
}

// accountOf returns the account that was named, or the first.
func accountOf(c *cli.Context, cl *client, name string) (string, error) {
	if name != "" {
		return name, nil
	}
	accounts, err := accountsOf(c, cl)
	if err != nil {
		return "", err
	}
	if len(accounts) == 0 {
		return "", &exitError{code: exitFailure, err: fmt.Errorf("there is no account yet"), hint: "make one with `gero wallet new NAME`"}
	}
	return accounts[0].Account, nil
}

func accountsOf(c *cli.Context, cl *client) ([]rpc.Account, error) {
	var accounts []rpc.Account
	return accounts, cl.call(c.Context, &accounts, "zero_listAccounts")
}

func newAddress(c *cli.Context, cl *client) error {
	args, err := arguments(c, 0, 1)
	if err != nil {
		return err
	}
	account, err := accountOf(c, cl, strings.Join(args, ""))
	if err != nil {
		return err
	}
	var address string
	if err := cl.call(c.Context, &address, "zero_newAddress", account, addressOptions(c)); err != nil {
		return err
	}
	if wantsJSON(c) {
		return printJSON(c, map[string]string{"account": account, "address": address})
	}
	_, err = fmt.Fprintln(c.App.Writer, address)
	return err
}

func addressOptions(c *cli.Context) map[string]string {
	if label := c.String("label"); label != "" {
		return map[string]string{"label": label}
	}
	return map[string]string{}
}

// namedBalance is a balance with its account, for verbs that show several.
type namedBalance struct {
	Account string `json:"account"`
	rpc.Balance
}

func balance(c *cli.Context, cl *client) error {
	names, err := arguments(c, 0, 1)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		accounts, err := accountsOf(c, cl)
		if err != nil {
			return err
		}
		for i := range accounts {
			names = append(names, accounts[i].Account)
		}
	}
	all := []namedBalance{}
	for _, name := range names {
		b := namedBalance{Account: name}
		if err := cl.call(c.Context, &b.Balance, "zero_getBalance", name); err != nil {
			return err
		}
		all = append(all, b)
	}
	if wantsJSON(c) {
		if c.Args().Present() {
			return printJSON(c, all[0])
		}
		return printJSON(c, all)
	}
	if len(all) == 0 {
		_, err := fmt.Fprintln(c.App.ErrWriter, "no account yet: make one with `gero wallet new NAME`")
		return err
	}
	w := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { _, _ = fmt.Fprintln(w, strings.Join(cells, "\t")) } // Flush reports it
	row("ACCOUNT", "ASSET", "SPENDABLE", "IMMATURE", "PENDING")
	for i := range all {
		b := &all[i]
		for j := range b.ByAsset {
			a := &b.ByAsset[j]
			immature := ""
			if a.Asset == types.NativeAsset {
				immature = b.Immature.Decimal(types.Decimals)
			}
			row(b.Account, assetName(a), a.Spendable.Decimal(a.Decimals), immature, a.Pending.Decimal(a.Decimals))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for i := range all {
		if b := &all[i]; b.Partial {
			_, _ = fmt.Fprintf(c.App.ErrWriter, "%s: not the whole chain is read, block %d of %d: %s\n", b.Account, b.ScannedHeight, b.Tip, b.Reason)
		}
	}
	return nil
}

func assetName(a *rpc.AssetBalance) string {
	switch {
	case a.Asset == types.NativeAsset:
		return coin
	case a.Name != "":
		return a.Name
	default:
		return a.Asset.String()
	}
}

func history(c *cli.Context, cl *client) error {
	args, err := arguments(c, 0, 1)
	if err != nil {
		return err
	}
	account, err := accountOf(c, cl, strings.Join(args, ""))
	if err != nil {
		return err
	}
	if c.Int("limit") < 1 || c.Int("limit") > 1000 || c.Int("skip") < 0 {
		return usageError("--limit is from 1 to 1000, --skip at least 0")
	}
	var entries []rpc.HistoryEntry
	err = cl.call(c.Context, &entries, "zero_listTransactions", account, c.Int("skip"), c.Int("limit"))
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		return printJSON(c, entries)
	}
	decimals, err := decimalsOf(c, cl, account)
	if err != nil {
		return err
	}
	for i := range entries {
		if err := printEntry(c, &entries[i], decimals); err != nil {
			return err
		}
	}
	return nil
}

// decimalsOf returns the decimal places of the assets of an account.
func decimalsOf(c *cli.Context, cl *client, account string) (map[types.AssetID]rpc.AssetBalance, error) {
	var b rpc.Balance
	if err := cl.call(c.Context, &b, "zero_getBalance", account); err != nil {
		return nil, err
	}
	out := map[types.AssetID]rpc.AssetBalance{types.NativeAsset: {Asset: types.NativeAsset, Decimals: types.Decimals, Name: coin}}
	for _, a := range b.ByAsset {
		out[a.Asset] = a
	}
	return out, nil
}

func printEntry(c *cli.Context, e *rpc.HistoryEntry, assets map[types.AssetID]rpc.AssetBalance) error {
	when := "not in a block yet"
	if e.Height > 0 || e.Type == "genesis" {
		when = fmt.Sprintf("%s  block %d", time.Unix(int64(e.Time), 0).Format(time.DateTime), e.Height) //nolint:gosec // a time
	}
	line := fmt.Sprintf("%s  %s", when, e.Type)
	if e.State != "confirmed" {
		line += ", " + e.State
	}
	if !e.Fee.IsZero() {
		line += fmt.Sprintf("  fee %s %s", e.Fee.Decimal(types.Decimals), coin)
	}
	if e.TxHash != "" {
		line += "  " + e.TxHash
	}
	if _, err := fmt.Fprintln(c.App.Writer, line); err != nil {
		return err
	}
	for j := range e.Parts {
		p := &e.Parts[j]
		if p.Direction == "change" {
			continue
		}
		a, known := assets[p.Asset]
		name := p.Name
		if known {
			name = assetName(&a)
		} else if name == "" {
			name = p.Asset.String()
		}
		sign := map[string]string{"in": "+", "out": "-"}[p.Direction]
		text := fmt.Sprintf("    %s%s %s", sign, p.Value.Decimal(a.Decimals), name)
		if p.To != "" {
			text += "  to " + p.To
		}
		if p.Label != "" {
			text += fmt.Sprintf("  (%s)", p.Label)
		}
		if p.Memo != "" {
			text += fmt.Sprintf("  %q", p.Memo)
		} else if p.MemoHex != "" {
			text += "  memo " + p.MemoHex
		}
		if _, err := fmt.Fprintln(c.App.Writer, text); err != nil {
			return err
		}
	}
	return nil
}

// operationStates are the states that a payment goes through, as zero_getOperation names them.
var operationStates = []string{"queued", "proving", "sent", "confirmed", "failed"}

func operations(c *cli.Context, cl *client) error {
	args, err := arguments(c, 0, 1)
	if err != nil {
		return err
	}
	if state := c.String("state"); state != "" && !slices.Contains(operationStates, state) {
		return usageError("--state: %q is none of %s", state, strings.Join(operationStates, ", "))
	}
	if c.Bool("cancel") {
		if len(args) == 0 {
			return usageError("--cancel: which operation? `gero ops` shows them")
		}
		if err := cl.call(c.Context, nil, "zero_cancelOperation", args[0]); err != nil {
			return err
		}
	}
	var ops []rpc.Operation
	if len(args) == 1 {
		var op rpc.Operation
		if err := cl.call(c.Context, &op, "zero_getOperation", args[0]); err != nil {
			return err
		}
		if wantsJSON(c) {
			return printJSON(c, op)
		}
		ops = append(ops, op)
	} else if err := cl.call(c.Context, &ops, "zero_listOperations", c.String("from"), c.String("state")); err != nil {
		return err
	}
	if wantsJSON(c) {
		return printJSON(c, ops)
	}
	w := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "OPERATION\tACCOUNT\tSTATE\tBLOCK\tCREATED\tPROGRESS") // Flush reports it
	for i := range ops {
		op := &ops[i]
		progress := op.Progress
		if op.Error != nil {
			progress = op.Error.Message + ": " + op.Error.Hint
		}
		block := "-"
		if op.Height > 0 {
			block = fmt.Sprint(op.Height)
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", op.ID, op.Account, op.State, block, time.Unix(op.Created, 0).Format(time.DateTime), progress)
	}
	return w.Flush()
}
