package main

import (
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v2"

	"github.com/gero-chain/gero/internal/bench"
)

func benchCommand() *cli.Command {
	return &cli.Command{
		Name: "bench", Usage: "measure this machine with the code of the node", ArgsUsage: "[PART...]", Action: runBench,
		Description: "Without PART all are measured, in about two minutes: " + strings.Join(bench.Parts, ", ") + ". A node that mines meanwhile spoils it.",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "quick", Usage: "a first look, with few payments and a small dataset"},
		},
	}
}

func runBench(c *cli.Context) error {
	reporter, err := reporterFor(c)
	if err != nil {
		return err
	}
	o := bench.Default()
	if c.Bool("quick") {
		o = bench.Quick()
	}
	o.Only, o.Progress = c.Args().Slice(), reporter
	r, err := bench.Run(c.Context, o)
	if errors.Is(err, bench.ErrPart) {
		return usageError("%w", err)
	}
	if err != nil {
		return err
	}
	if wantsJSON(c) {
		return printJSON(c, r)
	}
	w := tabwriter.NewWriter(c.App.Writer, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "%s/%s, %d cores, %s\n", r.OS, r.Arch, r.Cores, r.Go) // Flush reports it
	for _, row := range r.Rows {
		_, _ = fmt.Fprintf(w, "%s\t%s %s\t%s\n", row.What, number(row.Value), row.Unit, row.Note)
	}
	return w.Flush()
}

// number shows three digits that count, and all of a large number.
func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}
