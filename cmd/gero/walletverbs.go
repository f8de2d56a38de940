package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/gero-chain/gero/internal/node"
	"github.com/gero-chain/gero/rpc"
	"github.com/gero-chain/gero/types"
	"github.com/gero-chain/gero/wallet"
)

func walletCommand() *cli.Command {
	return &cli.Command{
		Name: "wallet", Usage: "accounts: 24 words, encrypted at rest",
		Description: "With a running node the verbs ask it; without one they work on the data folder.",
		Subcommands: []*cli.Command{
			{Name: "new", Usage: "make an account; a new wallet shows its 24 words once", ArgsUsage: "NAME", Flags: []cli.Flag{passwordFlag()}, Action: walletNew},
			{Name: "list", Usage: "show the accounts", Action: walletList},
			{
				Name: "backup", Usage: "show the 24 words of an account's wallet", ArgsUsage: "ACCOUNT", Flags: []cli.Flag{passwordFlag()}, Action: walletBackup,
				Description: "Whoever reads the words owns the money. Write them on paper and keep it safe.",
			},
			{
				Name: "restore", Usage: "make a wallet of its 24 words, asked for or read from standard input", ArgsUsage: "NAME", Action: walletRestore,
				Flags: []cli.Flag{passwordFlag(), &cli.Uint64Flag{Name: "birthday", Usage: "no `BLOCK` below this one holds anything of the wallet"}},
			},
			{
				Name: "unlock", Usage: "let an account of the running node spend for a time", ArgsUsage: "ACCOUNT", Action: withNode(walletUnlock),
				Flags: []cli.Flag{passwordFlag(), &cli.StringFlag{Name: "for", Value: "300", Usage: "seconds; 0 means until it is locked"}},
			},
			{Name: "lock", Usage: "forget an account's key until the next unlock", ArgsUsage: "ACCOUNT", Action: withNode(walletLock)},
			{
				Name: "rescan", Usage: "read the chain again for an account", ArgsUsage: "ACCOUNT", Action: withNode(walletRescan),
				Flags: []cli.Flag{&cli.Uint64Flag{Name: "birthday", Usage: "begin at this `BLOCK`"}},
			},
		},
	}
}

// withKeystore runs f on the keystore of a folder that no node runs on.
func withKeystore(cfg node.Config, f func(*wallet.Keystore) error) error {
	k, release, err := node.Keystore(cfg)
	if err != nil {
		return err
	}
	defer release()
	return f(k)
}

// needsPassphrase reports whether wallets of the network want a passphrase.
func needsPassphrase(cl *client, c *cli.Context) (bool, error) {
	var s rpc.Status
	if err := cl.call(c.Context, &s, "gero_status"); err != nil {
		return false, err
	}
	return s.Network != "dev", nil
}

func walletNew(c *cli.Context) error {
	args, err := arguments(c, 1, 1)
	if err != nil {
		return err
	}
	return onFolder(c, func(cl *client) error {
		secret, err := "", error(nil)
		if needs, err := needsPassphrase(cl, c); err != nil {
			return err
		} else if needs || c.String("password-file") != "" {
			accounts, err := accountsOf(c, cl)
			if err != nil {
				return err
			}
			if secret, err = walletPassphrase(c, len(accounts) > 0); err != nil {
				return err
			}
		}
		var made rpc.NewAccount
		options := map[string]string{}
		if secret != "" {
			options["passphrase"] = secret
		}
		if err = cl.call(c.Context, &made, "zero_newAccount", args[0], options); err != nil {
			return err
		}
		return showNew(c, &made)
	}, func(cfg node.Config) error {
		return withKeystore(cfg, func(k *wallet.Keystore) error {
			secret, err := "", error(nil)
			if !cfg.Dev || c.String("password-file") != "" {
				if secret, err = walletPassphrase(c, len(k.List()) > 0); err != nil {
					return err
				}
			}
			made, err := k.Create(args[0], secret)
			if err != nil {
				return err
			}
			return showNew(c, &rpc.NewAccount{Account: made.Account.Name, Address: made.Account.Address, Mnemonic: made.Words})
		})
	})
}

// walletPassphrase asks for the passphrase of the wallet that a new account joins, or for one for a new wallet.
func walletPassphrase(c *cli.Context, exists bool) (string, error) {
	if exists {
		return passphrase(c, "passphrase of the wallet: ")
	}
	return newPassphrase(c)
}

// showNew shows an account, and its words to the person at the terminal.
func showNew(c *cli.Context, made *rpc.NewAccount) error {
	if wantsJSON(c) {
		return printJSON(c, made)
	}
	if made.Mnemonic != "" {
		_, _ = fmt.Fprintln(c.App.ErrWriter, "These 24 words are the wallet. They are shown this one time: write them down and keep them where no computer can read them.")
		if _, err := fmt.Fprintf(c.App.Writer, "\n%s\n", columns(made.Mnemonic)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(c.App.Writer, "account %s\naddress %s\n", made.Account, made.Address)
	return err
}

// columns lays 24 words out in rows of six, numbered.
func columns(words string) string {
	var b strings.Builder
	for i, w := range strings.Fields(words) {
		fmt.Fprintf(&b, "%2d %-9s", i+1, w)
		if i%6 == 5 {
			b.WriteString("\n")
		}
	}
	return b.String()
}

func walletList(c *cli.Context) error {
	if _, err := arguments(c, 0, 0); err != nil {
		return err
	}
	return onFolder(c, func(cl *client) error {
		accounts, err := accountsOf(c, cl)
		if err != nil {
			return err
		}
		return showAccounts(c, accounts)
	}, func(cfg node.Config) error {
		if err := cfg.Folder.Existing(); err != nil {
			return err
		}
		return withKeystore(cfg, func(k *wallet.Keystore) error {
			var accounts []rpc.Account
			for _, a := range k.List() {
				accounts = append(accounts, rpc.Account{Account: a.Name, ID: a.ID, Address: a.Address, Locked: true, Birthday: a.Birthday})
			}
			return showAccounts(c, accounts)
		})
	})
}

func showAccounts(c *cli.Context, accounts []rpc.Account) error {
	if wantsJSON(c) {
		if accounts == nil {
			accounts = []rpc.Account{}
		}
		return printJSON(c, accounts)
	}
	if len(accounts) == 0 {
		_, err := fmt.Fprintln(c.App.ErrWriter, "no account yet: make one with `gero wallet new NAME`, or bring one back with `gero wallet restore NAME`")
		return err
	}
	w := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "ACCOUNT\tID\tLOCKED\tADDRESS") // Flush reports it
	for i := range accounts {
		a := &accounts[i]
		_, _ = fmt.Fprintf(w, "%s\t%s\t%t\t%s\n", a.Account, a.ID, a.Locked, a.Address)
	}
	return w.Flush()
}

// walletBackup reads the folder itself, also while a node runs: wallet files are replaced whole, and the words should cross no wire.
func walletBackup(c *cli.Context) error {
	args, err := arguments(c, 1, 1)
	if err != nil {
		return err
	}
	cfg, _, err := quietConfig(c)
	if err != nil {
		return err
	}
	k, err := wallet.OpenKeystore(cfg.Folder.Keystore(), node.KeystoreOptions(cfg.Network, cfg.Dev))
	if err != nil {
		return err
	}
	words, err := "", error(wallet.WrongPass)
	if cfg.Dev && c.String("password-file") == "" {
		words, err = k.Words(args[0], "") // a wallet of a development network may have no passphrase
	}
	if errors.Is(err, wallet.WrongPass) {
		secret, bad := passphrase(c, fmt.Sprintf("passphrase of %s: ", args[0]))
		if bad != nil {
			return bad
		}
		words, err = k.Words(args[0], secret)
	}
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		return printJSON(c, map[string]string{"mnemonic": words})
	}
	if isTerminal(c.App.Writer) {
		words = columns(words)
	}
	_, err = fmt.Fprintln(c.App.Writer, words)
	return err
}

func walletRestore(c *cli.Context) error {
	args, err := arguments(c, 1, 1)
	if err != nil {
		return err
	}
	cfg, _, err := quietConfig(c)
	if err != nil {
		return err
	}
	k, release, err := node.Keystore(cfg)
	if errors.Is(err, node.ErrInUse) {
		return &exitError{code: exitFailure, err: err, hint: "a wallet is restored while its node is stopped: stop it, restore, start it again"}
	}
	if err != nil {
		return err
	}
	defer release()
	mnemonic, err := words(c.Context)
	if err != nil {
		return err
	}
	secret := ""
	if !cfg.Dev || c.String("password-file") != "" {
		if secret, err = newPassphrase(c); err != nil {
			return err
		}
	}
	made, err := k.Restore(mnemonic, wallet.RestoreOptions{Passphrase: secret, Name: args[0], Birthday: types.Height(c.Uint64("birthday"))})
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		return printJSON(c, made)
	}
	_, _ = fmt.Fprintln(c.App.ErrWriter, "restored; the node reads the chain for it when it starts")
	_, err = fmt.Fprintf(c.App.Writer, "account %s\naddress %s\n", made[0].Name, made[0].Address)
	return err
}

func walletUnlock(c *cli.Context, cl *client) error {
	args, err := arguments(c, 1, 1)
	if err != nil {
		return err
	}
	d, err := parseSeconds(c.String("for"))
	if err != nil {
		return usageError("--for: %w", err)
	}
	secret, err := passphrase(c, fmt.Sprintf("passphrase of %s: ", args[0]))
	if err != nil {
		return err
	}
	return cl.call(c.Context, nil, "zero_unlock", args[0], secret, int(d.Seconds()))
}

func walletLock(c *cli.Context, cl *client) error {
	args, err := arguments(c, 1, 1)
	if err != nil {
		return err
	}
	return cl.call(c.Context, nil, "zero_lock", args[0])
}

func walletRescan(c *cli.Context, cl *client) error {
	args, err := arguments(c, 1, 1)
	if err != nil {
		return err
	}
	params := []any{args[0]}
	if c.IsSet("birthday") {
		params = append(params, c.Uint64("birthday"))
	}
	return cl.call(c.Context, nil, "zero_rescan", params...)
}
