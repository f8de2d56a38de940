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
	"github.com/gero-chain/gero/rpc"
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
			Description: "Works on the running node or, without one, on the data folder; then FILE may be - for standard output.",
		},
		{
			Name: "import", Usage: "add the blocks of a file, checking each", ArgsUsage: "FILE", Action: importFile,
			Description: "Works on the running node or, without one, on the data folder; then FILE may be - for standard input. Blocks that are\n" +
				"there already are skipped.",
		},
		paramsCommand(),
		benchCommand(),
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
		return suggestMethod(c, cl, args[0], err)
	}
	var out bytes.Buffer
	if err := json.Indent(&out, result, "", "  "); err != nil {
		return err
	}
	_, err = fmt.Fprintln(c.App.Writer, out.String())
	return err
}

// suggestMethod adds to the error of a method that does not exist the one that was probably meant.
func suggestMethod(c *cli.Context, cl *client, name string, err error) error {
	var e *exitError
	if !hasCode(err, codeNoMethod) || !errors.As(err, &e) {
		return err
	}
	var doc struct {
		Methods []struct {
			Name string `json:"name"`
		} `json:"methods"`
	}
	if cl.call(c.Context, &doc, "rpc.discover") != nil {
		return err // the first error says more
	}
	distance := 4
	for _, m := range doc.Methods {
		switch d := editDistance(strings.ToLower(m.Name), strings.ToLower(name)); {
		case d == 0 && m.Name == name:
			return err // it exists, and the node says why it is not offered
		case d < distance:
			distance, e.hint = d, fmt.Sprintf("did you mean %s?", m.Name)
		}
	}
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
			bad = &exitError{code: exitFailure, err: fmt.Errorf("%s database: %s", r.Database, r.Problem)} // which says what to do
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

// onChain runs a verb by the node if one answers, and on the chain of the folder if none does.
func onChain(c *cli.Context, file string, byNode func(*client, string) error, offline func(*node.Node) error) error {
	return onFolder(c, func(cl *client) error {
		if file == "-" {
			return usageError("the running node cannot use the streams of this command: name a file, or stop the node first")
		}
		path, err := filepath.Abs(file)
		if err != nil {
			return err
		}
		return byNode(cl, path)
	}, func(cfg node.Config) (err error) {
		if c.Command.Name == "export" {
			if err := cfg.Folder.Existing(); err != nil {
				return err
			}
		}
		n, err := node.OpenChain(cfg)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, n.Close()) }()
		return offline(n)
	})
}

func export(c *cli.Context) error {
	args, err := arguments(c, 1, 3)
	if err != nil {
		return err
	}
	heights := []any{}
	var first, last types.Height
	for i, text := range args[1:] {
		n, err := strconv.ParseUint(text, 10, 48)
		if err != nil || n == 0 {
			return usageError("height %q: want a whole number above 0", text)
		}
		heights = append(heights, n)
		*[]*types.Height{&first, &last}[i] = types.Height(n)
	}
	if last != 0 && last < first {
		return usageError("blocks %d to %d: the first comes first", first, last)
	}
	return onChain(c, args[0], func(cl *client, path string) error {
		var t rpc.Exported
		if err := cl.call(c.Context, &t, "admin_exportChain", append([]any{path}, heights...)...); err != nil {
			return err
		}
		return printTransfer(c, "exported", node.Transfer{First: t.First, Last: t.Last, Blocks: t.Blocks})
	}, func(n *node.Node) error {
		if args[0] == "-" {
			_, err := n.Export(c.Context, c.App.Writer, first, last)
			return err
		}
		t, err := exportFile(c, n, args[0], first, last)
		if err != nil {
			return err
		}
		return printTransfer(c, "exported", t)
	})
}

// exportFile writes a new file; what is not complete does not stay.
func exportFile(c *cli.Context, n *node.Node, path string, first, last types.Height) (node.Transfer, error) {
	f, err := os.OpenFile(filepath.Clean(path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // blocks are public
	if errors.Is(err, os.ErrExist) {
		return node.Transfer{}, fmt.Errorf("file %s exists: choose another name, nothing is overwritten", path)
	}
	if err != nil {
		return node.Transfer{}, err
	}
	t, err := n.Export(c.Context, f, first, last)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return t, errors.Join(fmt.Errorf("export: %w", err), os.Remove(path))
	}
	return t, nil
}

func importFile(c *cli.Context) error {
	args, err := arguments(c, 1, 1)
	if err != nil {
		return err
	}
	return onChain(c, args[0], func(cl *client, path string) error {
		var t rpc.Imported
		if err := cl.call(c.Context, &t, "admin_importChain", path); err != nil {
			return err
		}
		return printTransfer(c, "imported", node.Transfer{Last: t.Height, Blocks: t.Added + t.Known, Known: t.Known})
	}, func(n *node.Node) error {
		var in io.Reader = os.Stdin
		if args[0] != "-" {
			f, err := os.Open(filepath.Clean(args[0]))
			if err != nil {
				return err
			}
			defer f.Close() //nolint:errcheck // nothing was written
			in = f
		}
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
		line += fmt.Sprintf(", the last is %d", t.Last)
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
