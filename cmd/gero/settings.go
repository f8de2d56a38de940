package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/urfave/cli/v2"

	"github.com/gero-chain/gero/internal/node"
	"github.com/gero-chain/gero/params"
)

// settings is everything a person can choose about a node, parsed once.
type settings struct {
	dataDir   string
	betanet   bool
	dev       bool
	devPeriod time.Duration
	networkID int

	mine       bool
	threads    int
	rewardAddr string

	cache     int
	verbosity int
	progress  string

	rpc node.RPC

	given map[string]bool // flags whose value is not the default, by name
}

// setting is one row of the table from which flags, environment variables and the configuration file are made.
type setting struct {
	flag     string // also names the environment variable: GERO_ and the name in capitals
	toml     string // key in the file
	category string
	usage    string
	value    func(*settings) any // pointer to a bool, int, string, time.Duration or []string
}

// table lists all settings in the order in which they are shown. The names and meanings are geth's where geth has them.
var table = []setting{
	{"datadir", "datadir", catNode, "folder for everything of one network", func(s *settings) any { return &s.dataDir }},
	{"betanet", "betanet", catNode, "the public test network (default)", func(s *settings) any { return &s.betanet }},
	{"dev", "dev.enabled", catNode, "a private chain with funded accounts; without --datadir in a temporary folder", func(s *settings) any { return &s.dev }},
	{"dev.period", "dev.period", catNode, "seconds between two blocks of the --dev miner at least", func(s *settings) any { return &s.devPeriod }},
	{"networkid", "networkid", catNode, "refuse to start unless the network's chain id is this", func(s *settings) any { return &s.networkID }},
	{"cache", "cache", catNode, "MiB of memory for the databases", func(s *settings) any { return &s.cache }},
	{"mine", "miner.enabled", catMiner, "mine from the start", func(s *settings) any { return &s.mine }},
	{"miner.threads", "miner.threads", catMiner, "threads; 0 means one less than there are cores", func(s *settings) any { return &s.threads }},
	{"miner.rewardaddr", "miner.rewardaddr", catMiner, "account or address that is paid for blocks (default: the first account)", func(s *settings) any { return &s.rewardAddr }},
	{"http", "http.enabled", catRPC, "answer JSON-RPC over HTTP (on with --dev)", func(s *settings) any { return &s.rpc.HTTP }},
	{"http.addr", "http.addr", catRPC, "address to listen on", func(s *settings) any { return &s.rpc.HTTPAddr }},
	{"http.port", "http.port", catRPC, "port to listen on", func(s *settings) any { return &s.rpc.HTTPPort }},
	{"http.api", "http.api", catRPC, "namespaces offered, comma-separated; empty means all", func(s *settings) any { return &s.rpc.HTTPAPI }},
	{"http.vhosts", "http.vhosts", catRPC, "host names from which requests are taken, comma-separated", func(s *settings) any { return &s.rpc.HTTPVHosts }},
	{"http.corsdomain", "http.corsdomain", catRPC, "origins whose web pages may ask, comma-separated", func(s *settings) any { return &s.rpc.HTTPCORS }},
	{"ws", "ws.enabled", catRPC, "answer JSON-RPC over WebSocket", func(s *settings) any { return &s.rpc.WS }},
	{"ws.addr", "ws.addr", catRPC, "address to listen on", func(s *settings) any { return &s.rpc.WSAddr }},
	{"ws.port", "ws.port", catRPC, "port to listen on; may be the same as --http.port", func(s *settings) any { return &s.rpc.WSPort }},
	{"ws.api", "ws.api", catRPC, "namespaces offered, comma-separated; empty means all", func(s *settings) any { return &s.rpc.WSAPI }},
	{"ws.origins", "ws.origins", catRPC, "origins whose web pages may connect, comma-separated", func(s *settings) any { return &s.rpc.WSOrigins }},
	{"ipcdisable", "ipc.disabled", catRPC, "do not listen on the IPC endpoint", func(s *settings) any { return &s.rpc.IPCDisabled }},
	{"ipcpath", "ipc.path", catRPC, "IPC endpoint (default: in the data folder)", func(s *settings) any { return &s.rpc.IPCPath }},
	{"verbosity", "verbosity", catLog, "0 nothing, 1 errors, 2 warnings, 3 information, 4 details", func(s *settings) any { return &s.verbosity }},
	{"progress", "progress", catLog, "how long work is shown: auto, bar, plain, json, off", func(s *settings) any { return &s.progress }},
}

// Categories of flags in the help.
const (
	catNode  = "NODE"
	catMiner = "MINING"
	catRPC   = "JSON-RPC"
	catLog   = "OUTPUT"
)

func defaults() *settings {
	return &settings{
		devPeriod: time.Second,
		cache:     128,
		verbosity: 3,
		progress:  "auto",
		rpc: node.RPC{
			HTTPAddr: "127.0.0.1", HTTPPort: 8545, HTTPVHosts: []string{"localhost"},
			WSAddr: "127.0.0.1", WSPort: 8546,
		},
		given: map[string]bool{},
	}
}

// flags returns the table as flags. Their values are read as text, so that all sources are parsed by the same code.
func flags(names ...string) []cli.Flag {
	out := []cli.Flag{}
	d := defaults()
	for _, s := range table {
		if len(names) > 0 && !slices.Contains(names, s.flag) {
			continue
		}
		v := s.value(d)
		if _, ok := v.(*bool); ok {
			out = append(out, &cli.BoolFlag{Name: s.flag, Usage: s.usage, Category: s.category})
			continue
		}
		usage := s.usage
		if text := show(v); text != "" && text != "0" {
			usage += " (default: " + text + ")"
		}
		out = append(out, &cli.StringFlag{Name: s.flag, Usage: usage, Category: s.category})
	}
	return out
}

// resolve returns the settings: flag before environment before file before default.
func resolve(c *cli.Context) (*settings, error) {
	s := defaults()
	path, _ := flagText(c, "config")
	if path == "" {
		path = os.Getenv(envName("config"))
	}
	if path != "" {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, usageError("configuration file: %w", err)
		}
		if err := s.file(content); err != nil {
			return nil, usageError("configuration file %s: %w", path, err)
		}
	}
	for i := range table {
		row := &table[i]
		if text, ok := os.LookupEnv(envName(row.flag)); ok {
			if err := s.set(row, text); err != nil {
				return nil, usageError("%s: %w", envName(row.flag), err)
			}
		}
		if text, ok := flagText(c, row.flag); ok {
			if err := s.set(row, text); err != nil {
				return nil, usageError("--%s: %w", row.flag, err)
			}
		}
	}
	return s, s.settle()
}

// settle fills in what follows from other settings and refuses contradictions.
func (s *settings) settle() error {
	switch {
	case s.dev && s.betanet:
		return usageError("--dev and --betanet name two networks: choose one")
	case s.networkID != 0 && s.networkID != int(s.network().ChainID): //nolint:gosec // chain ids are small
		return usageError("--networkid %d is not that of %s, which has %d: leave it out, or choose another network", s.networkID, s.network().Name, s.network().ChainID)
	case s.devPeriod < 0 || s.devPeriod > time.Hour:
		return usageError("--dev.period: want 0 to 3600 seconds")
	case s.threads < 0 || s.threads > 1024:
		return usageError("--miner.threads: want 0 to 1024")
	case s.cache < 32 || s.cache > 1<<20:
		return usageError("--cache: want 32 to 1048576 MiB")
	case s.verbosity < 0 || s.verbosity > 5:
		return usageError("--verbosity: want 0 to 5")
	case s.rpc.HTTPPort < 0 || s.rpc.HTTPPort > 65535:
		return usageError("--http.port: %d is no port, want 1 to 65535, or 0 for any free one", s.rpc.HTTPPort)
	case s.rpc.WSPort < 0 || s.rpc.WSPort > 65535:
		return usageError("--ws.port: %d is no port, want 1 to 65535, or 0 for any free one", s.rpc.WSPort)
	}
	if s.dev && !s.given["http"] {
		s.rpc.HTTP = true
	}
	s.rpc.Open = s.dev
	return nil
}

// network returns the network that is chosen.
func (s *settings) network() *params.Network {
	if s.dev {
		return params.Dev()
	}
	return params.BetaNet()
}

// folder returns the data folder, and false if --dev wants a temporary one.
func (s *settings) folder() (node.Folder, bool, error) {
	if s.dataDir != "" {
		return node.Folder(s.dataDir), true, nil
	}
	if s.dev {
		return "", false, nil
	}
	f, err := node.DefaultFolder()
	return f, true, err
}

func envName(flag string) string {
	return "GERO_" + strings.ToUpper(strings.NewReplacer(".", "_", "-", "_").Replace(flag))
}

// flagText returns what was given for a flag, before or after the verb; the nearest to the end counts.
func flagText(c *cli.Context, name string) (string, bool) {
	for _, ctx := range c.Lineage() {
		if ctx.Command == nil || !slices.Contains(ctx.LocalFlagNames(), name) {
			continue
		}
		return fmt.Sprint(ctx.Value(name)), true
	}
	return "", false
}

// set parses a value as text.
func (s *settings) set(row *setting, text string) error {
	s.given[row.flag] = true
	switch p := row.value(s).(type) {
	case *bool:
		v, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q: want true or false", text)
		}
		*p = v
	case *int:
		v, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q: want a whole number", text)
		}
		*p = v
	case *string:
		*p = text
	case *time.Duration:
		v, err := parseSeconds(text)
		if err != nil {
			return err
		}
		*p = v
	case *[]string:
		*p = nil
		for part := range strings.SplitSeq(text, ",") {
			if part = strings.TrimSpace(part); part != "" {
				*p = append(*p, part)
			}
		}
	}
	return nil
}

// parseSeconds reads seconds, such as 1 or 0.5, or a time with a unit, such as 500ms.
func parseSeconds(text string) (time.Duration, error) {
	if f, err := strconv.ParseFloat(text, 64); err == nil && f >= 0 && f < 1e6 {
		return time.Duration(f * float64(time.Second)), nil
	}
	if d, err := time.ParseDuration(text); err == nil {
		return d, nil
	}
	return 0, fmt.Errorf("%q: want seconds, such as 1 or 0.5", text)
}

// show returns a value as set would read it.
func show(ptr any) string {
	switch p := ptr.(type) {
	case *bool:
		return strconv.FormatBool(*p)
	case *int:
		return strconv.Itoa(*p)
	case *string:
		return *p
	case *time.Duration:
		return strconv.FormatFloat(p.Seconds(), 'f', -1, 64)
	case *[]string:
		return strings.Join(*p, ",")
	default:
		panic("setting of a type that show does not know") // constants of this file
	}
}

// file takes in a configuration file.
func (s *settings) file(content []byte) error {
	var tree map[string]any
	if err := toml.Unmarshal(content, &tree); err != nil {
		var at *toml.DecodeError
		if errors.As(err, &at) {
			line, column := at.Position()
			return fmt.Errorf("line %d, column %d: %w", line, column, err)
		}
		return err
	}
	return s.branch("", tree)
}

func (s *settings) branch(prefix string, tree map[string]any) error {
	keys := make([]string, 0, len(tree))
	for k := range tree {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		name := prefix + k
		if sub, ok := tree[k].(map[string]any); ok {
			if err := s.branch(name+".", sub); err != nil {
				return err
			}
			continue
		}
		i := slices.IndexFunc(table, func(row setting) bool { return row.toml == name })
		if i < 0 {
			return fmt.Errorf("key %q is unknown%s", name, suggest(name))
		}
		text, err := tomlText(tree[k])
		if err == nil {
			err = s.set(&table[i], text)
		}
		if err != nil {
			return fmt.Errorf("key %q: %w", name, err)
		}
	}
	return nil
}

// tomlText returns a TOML value as set reads it.
func tomlText(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool, int64, float64:
		return fmt.Sprint(v), nil
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			s, ok := x.(string)
			if !ok {
				return "", fmt.Errorf("want a list of strings")
			}
			parts[i] = s
		}
		return strings.Join(parts, ","), nil
	default:
		return "", fmt.Errorf("want a string, number, truth value or list of strings")
	}
}

// suggest names the known key that is nearest to an unknown one, if any is near.
func suggest(name string) string {
	best, distance := "", 4
	for _, row := range table {
		for _, near := range []string{row.toml, row.flag} {
			if d := editDistance(name, near); d < distance {
				best, distance = row.toml, d
			}
		}
	}
	if best == "" {
		return ": `gero dumpconfig` shows all keys"
	}
	return fmt.Sprintf(": did you mean %q?", best)
}

// editDistance is the number of letters to change, add or take away to make b of a.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// dump returns the settings as a configuration file that would give the same.
func (s *settings) dump() (string, error) {
	var b strings.Builder
	b.WriteString("# What this gero would run with. Flags and GERO_ variables come before this file.\n")
	section := ""
	write := func(row *setting, key string) error {
		var v any
		switch p := row.value(s).(type) {
		case *bool:
			v = *p
		case *int:
			v = *p
		case *string:
			v = *p
		case *time.Duration:
			v = p.Seconds()
		case *[]string:
			v = append([]string{}, *p...)
		}
		line, err := toml.Marshal(map[string]any{key: v})
		if err == nil {
			fmt.Fprintf(&b, "# %s\n%s", row.usage, line)
		}
		return err
	}
	for i := range table {
		if !strings.Contains(table[i].toml, ".") {
			if err := write(&table[i], table[i].toml); err != nil {
				return "", err
			}
		}
	}
	for i := range table {
		name, key, ok := strings.Cut(table[i].toml, ".")
		if !ok {
			continue
		}
		if name != section {
			section = name
			fmt.Fprintf(&b, "\n[%s]\n", section)
		}
		if err := write(&table[i], key); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}
