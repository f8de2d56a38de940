// Command gero is the node, its wallet and its tools in one program.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"
)

func main() { os.Exit(run(os.Args, os.Stdout, os.Stderr)) }

// run runs one command line and returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := interruptible(stderr)
	defer stop()
	app := newApp(stdout, stderr)
	args, err := permute(app, args)
	if err == nil {
		err = app.RunContext(ctx, args)
	}
	if err == nil {
		return exitOK
	}
	return report(stderr, err)
}

// sameKeystroke is how long after the first signal another one is taken for its echo: shells and service managers send one to the program
// and one to its group.
const sameKeystroke = 500 * time.Millisecond

// noticeAfter is how long stopping takes before a person is told that it is under way: most verbs have ended by then.
const noticeAfter = 300 * time.Millisecond

// interruptible returns a context that ends with the first Ctrl-C or SIGTERM. A second one ends the program at once: everything durable
// is written in batches that are whole or absent, so nothing is lost by it.
func interruptible(stderr io.Writer) (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-signals:
		case <-ctx.Done():
			return
		}
		first := time.Now()
		if isTerminal(stderr) {
			_, _ = fmt.Fprintln(stderr) // what follows shall not stand behind the terminal's ^C
		}
		cancel()
		notice := time.NewTimer(noticeAfter)
		defer notice.Stop()
		for {
			select {
			case <-notice.C:
				_, _ = fmt.Fprintln(stderr, "stopping cleanly; once more stops at once")
			case _, more := <-signals:
				if !more {
					return
				}
				if time.Since(first) >= sameKeystroke {
					_, _ = fmt.Fprintln(stderr, "stopped at once")
					os.Exit(exitFailure)
				}
			}
		}
	}()
	return ctx, func() {
		cancel()
		signal.Stop(signals)
		close(signals)
		<-done
	}
}

func newApp(stdout, stderr io.Writer) *cli.App {
	app := &cli.App{
		Name:      "gero",
		Usage:     "a private chain: node, wallet and tools",
		UsageText: "gero [flags]                   run the node\n   gero [flags] VERB [arguments]  do one thing",
		Description: "Flags come before the environment (GERO_HTTP_PORT for --http.port), that before the file named by --config,\n" +
			"and that before the defaults. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no node reached, 4 not synced, 5 wallet locked.",
		Writer:               stdout,
		ErrWriter:            stderr,
		HideVersion:          true,
		EnableBashCompletion: true,
		Flags:                append(flags(), configFlag(), jsonFlag(), rpcFlag()),
		Action:               runNode,
		Commands:             commands(),
		OnUsageError:         onUsageError,
		CommandNotFound:      nil,
		ExitErrHandler:       func(*cli.Context, error) {}, // main does it
	}
	for _, c := range app.Commands {
		prepare(c)
	}
	return app
}

// prepare gives a command and those below it the flags that all have, and one way to treat wrong usage.
func prepare(c *cli.Command) {
	c.OnUsageError = onUsageError
	c.HideHelpCommand = true
	c.Flags = append(c.Flags, missing(c.Flags, flags("datadir", "dev", "betanet", "networkid", "ipcpath", "verbosity", "progress"))...)
	c.Flags = append(c.Flags, configFlag(), jsonFlag(), rpcFlag())
	if len(c.Subcommands) == 0 {
		return
	}
	for _, sub := range c.Subcommands {
		prepare(sub)
	}
	alone := c.Action
	c.Action = func(ctx *cli.Context) error {
		switch name := ctx.Args().First(); {
		case name != "":
			return unknownVerb(c.Subcommands, name)
		case alone != nil:
			return alone(ctx)
		default:
			return usageError("%s: which of its verbs? See `gero %s --help`", c.Name, c.Name)
		}
	}
}

// missing returns the flags that a command does not have yet.
func missing(have, more []cli.Flag) []cli.Flag {
	var out []cli.Flag
	for _, f := range more {
		if !slices.ContainsFunc(have, func(h cli.Flag) bool { return h.Names()[0] == f.Names()[0] }) {
			out = append(out, f)
		}
	}
	return out
}

func configFlag() cli.Flag {
	return &cli.StringFlag{Name: "config", Usage: "TOML `FILE` with settings; `gero dumpconfig` writes one", Category: catNode}
}

func jsonFlag() cli.Flag {
	return &cli.BoolFlag{Name: "json", Usage: "answer as JSON", Category: catLog}
}

func rpcFlag() cli.Flag {
	return &cli.StringFlag{Name: "rpc", Usage: "ask the node at this `URL` instead of the one of the data folder", Category: catRPC}
}

func onUsageError(_ *cli.Context, err error, _ bool) error { return usageError("%w", err) }

// unknownVerb is the error for a verb that does not exist.
func unknownVerb(known []*cli.Command, name string) error {
	best, distance := "", 3
	for _, c := range known {
		if d := editDistance(name, c.Name); d < distance {
			best, distance = c.Name, d
		}
	}
	if best != "" {
		return usageError("verb %q is unknown: did you mean %q?", name, best)
	}
	return usageError("verb %q is unknown: `gero --help` shows all", name)
}

// Exit codes.
const (
	exitOK = iota
	exitFailure
	exitUsage
	exitUnreachable
	exitNotSynced
	exitLocked
)

// exitError is an error with an exit code and what to do about it.
type exitError struct {
	code int
	err  error
	hint string
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func usageError(format string, args ...any) error {
	return &exitError{code: exitUsage, err: fmt.Errorf(format, args...)}
}

// report tells a person what went wrong and returns the exit code.
func report(stderr io.Writer, err error) int {
	code, hint := exitFailure, hintOf(err)
	var e *exitError
	if errors.As(err, &e) {
		code = e.code
		if e.hint != "" {
			hint = e.hint
		}
	}
	if errors.Is(err, context.Canceled) {
		_, _ = fmt.Fprintln(stderr, "gero: stopped")
		return code
	}
	_, _ = fmt.Fprintf(stderr, "gero: %v\n", err)
	if hint != "" {
		_, _ = fmt.Fprintf(stderr, "      %s\n", hint)
	}
	return code
}

// hintOf returns what an error's own package says can be done.
func hintOf(err error) string {
	var h interface{ Hint() string }
	if errors.As(err, &h) {
		return h.Hint()
	}
	return ""
}
