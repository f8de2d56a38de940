package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"
)

// passwordFlag is how a secret comes in where nobody can type it. Secrets are never arguments: other users see those.
func passwordFlag() cli.Flag {
	return &cli.StringFlag{Name: "password-file", Usage: "read the passphrase from the first line of `FILE`"}
}

// canAsk reports whether a person sits at the terminal.
func canAsk() bool { return isTerminal(os.Stdin) && isTerminal(os.Stderr) }

// passphrase returns the passphrase from the file that was named, or asks for it.
func passphrase(c *cli.Context, prompt string) (string, error) {
	if path := c.String("password-file"); path != "" {
		return secretFile(path)
	}
	if !canAsk() {
		return "", &exitError{code: exitLocked, err: errors.New("a passphrase is needed, and nobody can be asked here"), hint: "name a file that holds it with --password-file"}
	}
	return ask(c.Context, prompt)
}

// newPassphrase returns a passphrase for something new: asked twice, so that nobody locks himself out with a slip.
func newPassphrase(c *cli.Context) (string, error) {
	first, err := passphrase(c, "passphrase that encrypts the wallet on this machine: ")
	if err != nil || c.String("password-file") != "" {
		return first, err
	}
	second, err := ask(c.Context, "once more: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", errors.New("the two differ: nothing was made, try again")
	}
	return first, nil
}

// ask reads a secret without showing it.
func ask(ctx context.Context, prompt string) (string, error) {
	fd := int(os.Stdin.Fd()) //nolint:gosec // a file descriptor is small
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("terminal: %w", err)
	}
	fmt.Fprint(os.Stderr, prompt)
	secret, err := unlessInterrupted(ctx, func() (string, error) {
		b, err := term.ReadPassword(fd)
		return string(b), err
	})
	fmt.Fprintln(os.Stderr)
	if ctx.Err() != nil {
		_ = term.Restore(fd, before) // the program ends; a terminal that is gone needs nothing
	} else if err != nil {
		return "", fmt.Errorf("terminal: %w", err)
	}
	return secret, err
}

// unlessInterrupted reads what a person types, but no longer than until Ctrl-C: nothing can end a read from a terminal, so the reader is
// left to end with the program, which is next.
func unlessInterrupted(ctx context.Context, read func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		text, err := read()
		got <- answer{text, err}
	}()
	select {
	case a := <-got:
		return a.text, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// secretLimit bounds what is read as a secret.
const secretLimit = 4096

func secretFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("password file: %w", err)
	}
	defer f.Close() //nolint:errcheck // nothing was written
	return firstLine(f)
}

func firstLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, secretLimit)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("secret: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// words returns the 24 words: asked for at a terminal, read from standard input otherwise.
func words(ctx context.Context) (string, error) {
	if canAsk() {
		return ask(ctx, "24 words (they are not shown): ")
	}
	b, err := io.ReadAll(io.LimitReader(os.Stdin, secretLimit))
	if err != nil {
		return "", fmt.Errorf("words: %w", err)
	}
	return string(b), nil
}

// confirm asks a question that only yes answers with yes.
func confirm(c *cli.Context, question string) error {
	if c.Bool("yes") {
		return nil
	}
	if !canAsk() {
		return usageError("nobody can be asked here: add --yes to go ahead, or --dry-run to look only")
	}
	fmt.Fprint(os.Stderr, question+" [y/N] ")
	line, err := unlessInterrupted(c.Context, func() (string, error) { return firstLine(os.Stdin) })
	if err != nil {
		return err
	}
	if a := strings.ToLower(strings.TrimSpace(line)); a != "y" && a != "yes" {
		return errors.New("nothing was done")
	}
	return nil
}
