package main

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// permute moves a verb's flags before its arguments, where the parser wants them: people write `send ADDRESS 1.5 --memo tea`. What follows
// "--" stays as it is.
func permute(app *cli.App, args []string) ([]string, error) {
	out := args[:1:1]
	commands, known := app.Commands, app.Flags
	inGroup := true // verbs may still follow
	var flags, rest []string
	negative := false
	for i := 1; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			rest = append(rest, args[i:]...)
			i = len(args)
		case len(a) > 1 && a[0] == '-' && !isNumber(a[1:]):
			if err := isKnown(known, a); err != nil {
				return nil, err
			}
			flags = append(flags, a)
			if takesValue(known, a) && i+1 < len(args) {
				i++
				flags = append(flags, args[i])
			}
		case inGroup && len(rest) == 0:
			c := find(commands, a)
			if c == nil {
				if len(commands) > 0 {
					return nil, unknownVerb(commands, a)
				}
				inGroup = false
				rest = append(rest, a)
				continue
			}
			out = append(append(out, flags...), a) // what was given before the verb stays before it
			flags, commands, known = nil, c.Subcommands, c.Flags
			inGroup = len(commands) > 0
		default:
			negative = negative || a[:min(1, len(a))] == "-" && a != "-"
			rest = append(rest, a)
		}
	}
	if negative && !slices.Contains(rest, "--") {
		flags = append(flags, "--") // else the parser takes the number for a flag
	}
	return append(append(out, flags...), rest...), nil
}

func find(commands []*cli.Command, name string) *cli.Command {
	for _, c := range commands {
		if c.HasName(name) {
			return c
		}
	}
	if name == "help" || name == "h" {
		return &cli.Command{Name: name}
	}
	return nil
}

// isNumber reports whether what follows a minus is a number: "-1" is an argument, whose verb says that it wants none below zero.
func isNumber(s string) bool { return s[0] >= '0' && s[0] <= '9' || s[0] == '.' }

// isKnown refuses a flag that does not exist, before its value is taken for something else.
func isKnown(known []cli.Flag, arg string) error {
	name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	best, distance := "", 3
	for _, n := range append(names(known), "help", "h", "generate-bash-completion") {
		if n == name {
			return nil
		}
		if d := editDistance(n, name); d < distance && len(n) > 2 {
			best, distance = n, d
		}
	}
	if best != "" {
		return usageError("flag --%s is unknown: did you mean --%s?", name, best)
	}
	return usageError("flag --%s is unknown: --help shows those there are", name)
}

func names(flags []cli.Flag) []string {
	var out []string
	for _, f := range flags {
		out = append(out, f.Names()...)
	}
	return out
}

// takesValue reports whether the word after a flag is its value.
func takesValue(known []cli.Flag, arg string) bool {
	name := strings.TrimLeft(arg, "-")
	if strings.Contains(name, "=") {
		return false
	}
	for _, f := range known {
		if slices.Contains(f.Names(), name) {
			_, boolean := f.(*cli.BoolFlag)
			return !boolean
		}
	}
	return false
}
