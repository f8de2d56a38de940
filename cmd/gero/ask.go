package main

import (
	"bufio"
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
	return ask(prompt)
}

// newPassphrase returns a passphrase for something new: asked twice, so that nobody locks himself out with a slip.
func newPassphrase(c *cli.Context) (string, error) {
	first, err := passphrase(c, "passphrase that encrypts the wallet on this machine: ")
	if err != nil || c.String("password-file") != "" {
		return first, err
	}
	second, err := ask("once more: ")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", errors.New("the two differ: nothing was made, try again")
	}
	return first, nil
}

// ask reads a secret without showing it.
func ask(prompt string) (string, error) {
	fmt.Fprint(os.Stderr, prompt)
	b, err := term.ReadPassword(int(os.Stdin.Fd())) //nolint:gosec // a file descriptor is small
	fmt.Fprintln(os.Stderr)
	if err != nil {
		return "", fmt.Errorf("terminal: %w", err)
	}
	return string(b), nil
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
func words() (string, error) {
	if canAsk() {
		return ask("24 words (they are not shown): ")
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
	line, err := firstLine(os.Stdin)
	if err != nil {
		return err
	}
	if a := strings.ToLower(strings.TrimSpace(line)); a != "y" && a != "yes" {
		return errors.New("nothing was done")
	}
	return nil
}
