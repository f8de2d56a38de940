package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/gero-chain/gero/internal/node"
	"github.com/gero-chain/gero/types"
)

func commands() []*cli.Command {
	return append(append([]*cli.Command{
		statusCommand(),
		walletCommand(),
	}, moneyCommands()...), []*cli.Command{
		{
			Name: "rpc", Usage: "call one JSON-RPC method of the node", ArgsUsage: "METHOD [JSON]", Action: withNode(callRPC),
			Description: "JSON is the list of parameters, such as '[\"alice\"]', or a single one.",
		},
		{
			Name: "db", Usage: "look after the databases",
			Subcommands: []*cli.Command{{
				Name: "check", Usage: "read every record and verify it; the node must be stopped", Action: dbCheck,
				Flags: []cli.Flag{&cli.BoolFlag{Name: "repair", Usage: "mend first what can be mended"}},
			}},
		},
		{
			Name: "export", Usage: "write the blocks of the best chain to a file", ArgsUsage: "FILE [FIRST [LAST]]", Action: export,
			Description: "FILE may be - for standard output. The node must be stopped.",
		},
		{
			Name: "import", Usage: "add the blocks of a file, checking each", ArgsUsage: "FILE", Action: importFile,
			Description: "FILE may be - for standard input. The node must be stopped. Blocks that are there already are skipped.",
		},
		paramsCommand(),
		{Name: "dumpconfig", Usage: "write the settings as a configuration file", Action: dumpConfig, Flags: flags()},
		{Name: "version", Usage: "say which gero this is", Action: version},
	}...)
}

func callRPC(c *cli.Context, cl *client) error {
	args, err := arguments(c, 1, 2)
	if err != nil {
		return err
	}
	params := []any{}
	if len(args) == 2 {
		d := json.NewDecoder(strings.NewReader(args[1]))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil || d.More() {
			return usageError("parameters are not JSON: write a list, such as '[\"alice\", 3]', in quotes for your shell")
		}
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		params = list
	}
	var result json.RawMessage
	if err := cl.call(c.Context, &result, args[0], params...); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := json.Indent(&out, result, "", "  "); err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.App.Writer, out.String())
	return err
}

func dbCheck(c *cli.Context) error {
	cfg, _, err := quietConfig(c)
	if err != nil {
		return err
	}
	reports, err := node.CheckDB(c.Context, cfg, c.Bool("repair"))
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		if err := printJSON(c, reports); err != nil {
			return err
		}
	}
	var bad error
	for i := range reports {
		r := &reports[i]
		if !r.Sound {
			hint := "mend it with `gero db check --repair`"
			if c.Bool("repair") {
				hint = ""
			}
			bad = &exitError{code: exitFailure, err: fmt.Errorf("%s: %s", r.Folder, r.Problem), hint: hint}
		}
		if wantsJSON(c) {
			continue
		}
		if err := showReport(c, r); err != nil {
			return err
		}
	}
	return bad
}

func showReport(c *cli.Context, r *node.DBReport) error {
	verdict := "sound"
	if !r.Sound {
		verdict = "NOT SOUND: " + r.Problem
	}
	w := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "%s database: %s\n", r.Database, verdict) // Flush reports it
	if r.Repair != "" {
		_, _ = fmt.Fprintf(w, "repair: %s\n", r.Repair)
	}
	for _, n := range r.Records {
		_, _ = fmt.Fprintf(w, "  %s\t%d\t%.1f MiB\n", n.Kind, n.Keys, float64(n.Bytes)/(1<<20))
	}
	return w.Flush()
}

// withChain runs f on the chain of a folder that no node runs on.
func withChain(c *cli.Context, f func(*node.Node) error) (err error) {
	cfg, _, err := quietConfig(c)
	if err != nil {
		return err
	}
	n, err := node.OpenChain(cfg)
	if errors.Is(err, node.ErrInUse) {
		return &exitError{code: exitFailure, err: err, hint: "or ask the running node: `gero rpc admin_exportChain '[\"FILE\"]'`"}
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	return f(n)
}

func export(c *cli.Context) error {
	args, err := arguments(c, 1, 3)
	if err != nil {
		return err
	}
	var heights [2]types.Height
	for i, text := range args[1:] {
		n, err := strconv.ParseUint(text, 10, 63)
		if err != nil {
			return usageError("height %q: want a whole number", text)
		}
		heights[i] = types.Height(n)
	}
	return withChain(c, func(n *node.Node) error {
		var out io.Writer = c.App.Writer
		if args[0] != "-" {
			f, err := os.OpenFile(args[0], os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // blocks are public
			if errors.Is(err, os.ErrExist) {
				return fmt.Errorf("file %s exists: choose another name, nothing is overwritten", args[0])
			}
			if err != nil {
				return err
			}
			defer f.Close() //nolint:errcheck // closed with its error below; this is for the other ways out
			out = f
			t, err := n.Export(c.Context, out, heights[0], heights[1])
			if err == nil {
				err = errors.Join(f.Sync(), f.Close())
			}
			if err != nil {
				return errors.Join(fmt.Errorf("export: %w", err), os.Remove(args[0]))
			}
			return printTransfer(c, "exported", t)
		}
		_, err := n.Export(c.Context, out, heights[0], heights[1])
		return err
	})
}

func importFile(c *cli.Context) error {
	args, err := arguments(c, 1, 1)
	if err != nil {
		return err
	}
	var in io.Reader = os.Stdin
	if args[0] != "-" {
		f, err := os.Open(filepath.Clean(args[0]))
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // nothing was written
		in = f
	}
	return withChain(c, func(n *node.Node) error {
		t, err := n.Import(c.Context, in)
		return errors.Join(printTransfer(c, "imported", t), err)
	})
}

func printTransfer(c *cli.Context, what string, t node.Transfer) error {
	if wantsJSON(c) {
		return printJSON(c, t)
	}
	line := fmt.Sprintf("%s %d blocks", what, t.Blocks)
	if t.Blocks > 0 {
		line += fmt.Sprintf(", %d to %d", t.First, t.Last)
	}
	if t.Known > 0 {
		line += fmt.Sprintf("; %d were there already", t.Known)
	}
	_, err := fmt.Fprintln(c.App.Writer, line)
	return err
}

func dumpConfig(c *cli.Context) error {
	s, err := resolve(c)
	if err != nil {
		return err
	}
	text, err := s.dump()
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(c.App.Writer, text)
	return err
}
