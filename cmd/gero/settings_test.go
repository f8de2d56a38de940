package main

import (
	"bytes"
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"
)

// settingsOf resolves a command line as the program does.
func settingsOf(t *testing.T, args ...string) (*settings, error) {
	t.Helper()
	app := newApp(io.Discard, io.Discard)
	var got *settings
	take := func(c *cli.Context) (err error) {
		got, err = resolve(c)
		return err
	}
	app.Action = take
	for _, c := range app.Commands {
		if c.Name == "status" {
			c.Action = take
		}
	}
	args, err := permute(app, append([]string{"gero"}, args...))
	if err != nil {
		return nil, err
	}
	return got, app.RunContext(t.Context(), args)
}

func TestOrderOfSources(t *testing.T) {
	path := filepath.Join(t.TempDir(), "gero.toml")
	write(t, path, "cache = 100\nverbosity = 2\n[http]\nport = 1000\nvhosts = ['a', 'b']\n[dev]\nperiod = 0.5\n")
	t.Setenv("GERO_VERBOSITY", "4")
	t.Setenv("GERO_HTTP_PORT", "2000")
	s, err := settingsOf(t, "--config", path, "--http.port", "3000")
	if err != nil {
		t.Fatal(err)
	}
	if s.rpc.HTTPPort != 3000 {
		t.Errorf("port %d, want the flag's 3000", s.rpc.HTTPPort)
	}
	if s.verbosity != 4 {
		t.Errorf("verbosity %d, want the environment's 4", s.verbosity)
	}
	if s.cache != 100 || s.devPeriod != 500*time.Millisecond || !slices.Equal(s.rpc.HTTPVHosts, []string{"a", "b"}) {
		t.Errorf("cache %d, period %s, hosts %v, want the file's 100, 500ms, [a b]", s.cache, s.devPeriod, s.rpc.HTTPVHosts)
	}
	if s.rpc.WSPort != 8546 {
		t.Errorf("WebSocket port %d, want the default 8546", s.rpc.WSPort)
	}
}

func TestFlagsBeforeAndAfterTheVerb(t *testing.T) {
	for _, args := range [][]string{
		{"--datadir", "x", "status"}, {"status", "--datadir", "x"}, {"--datadir", "y", "status", "--datadir=x"},
	} {
		if s, err := settingsOf(t, args...); err != nil || s.dataDir != "x" {
			t.Errorf("%v: %+v (%v), want folder x", args, s, err)
		}
	}
}

func TestHTTPIsOnWithDevUnlessSaidOtherwise(t *testing.T) {
	for _, c := range []struct {
		args []string
		want bool
	}{{nil, false}, {[]string{"--http"}, true}, {[]string{"--dev"}, true}, {[]string{"--dev", "--http=false"}, false}} {
		if s, err := settingsOf(t, c.args...); err != nil || s.rpc.HTTP != c.want {
			t.Errorf("%v: HTTP %v (%v), want %v", c.args, s.rpc.HTTP, err, c.want)
		}
	}
}

func TestBadSettings(t *testing.T) {
	for name, c := range map[string]struct{ file, says string }{
		"typo":    {"datadri = 'x'", `did you mean "datadir"?`},
		"section": {"[htpp]\nport = 1", `did you mean "http.port"?`},
		"foreign": {"nothingLikeIt = 1", "dumpconfig"},
		"type":    {"cache = [1]", "list of strings"},
		"number":  {"cache = 'lots'", "whole number"},
		"TOML":    {"cache = = 1", "line 1, column 9"},
	} {
		path := filepath.Join(t.TempDir(), "gero.toml")
		write(t, path, c.file)
		if _, err := settingsOf(t, "--config", path); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: error %v does not say %q", name, err, c.says)
		}
	}
	t.Setenv("GERO_MINE", "perhaps")
	if _, err := settingsOf(t); err == nil || !strings.Contains(err.Error(), "GERO_MINE") {
		t.Errorf("error %v does not name the variable", err)
	}
}

// What dumpconfig writes is a configuration file that gives the same settings.
func TestDumpedConfigurationIsRead(t *testing.T) {
	var out bytes.Buffer
	app := newApp(&out, io.Discard)
	args := []string{"gero", "--dev", "--http.port", "7", "--http.vhosts", "a,b", "--dev.period", "0.25", "--datadir", `C:\x "y"`, "dumpconfig"}
	if err := app.RunContext(t.Context(), args); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "gero.toml")
	write(t, path, out.String())
	got, err := settingsOf(t, "--config", path)
	if err != nil {
		t.Fatalf("%v in\n%s", err, out.String())
	}
	want, err := settingsOf(t, args[1:len(args)-1]...)
	if err != nil {
		t.Fatal(err)
	}
	got.given, want.given = nil, nil
	for i := range table {
		if g, w := show(table[i].value(got)), show(table[i].value(want)); g != w {
			t.Errorf("%s is %q, want %q", table[i].flag, g, w)
		}
	}
	if !reflect.DeepEqual(got.rpc.HTTPVHosts, want.rpc.HTTPVHosts) {
		t.Errorf("hosts %v, want %v", got.rpc.HTTPVHosts, want.rpc.HTTPVHosts)
	}
}

func TestPermute(t *testing.T) {
	app := newApp(io.Discard, io.Discard)
	for in, want := range map[string]string{
		"send A 1 --memo tea --yes":            "send --memo tea --yes A 1",
		"--datadir d send A 1 --memo=tea":      "--datadir d send --memo=tea A 1",
		"wallet new bob --password-file f":     "wallet new --password-file f bob",
		"send A 1 -- --memo":                   "send A 1 -- --memo",
		"rpc eth_chainId []":                   "rpc eth_chainId []",
		"--dev --mine":                         "--dev --mine",
		"export - 1 2 --json":                  "export --json - 1 2",
		"wallet --datadir d list --json":       "wallet --datadir d list --json",
		"status -f":                            "status -f",
		"send A -1 --yes":                      "send --yes -- A -1",
		"send --yes A -.5":                     "send --yes -- A -.5",
		"history --limit -1":                   "history --limit -1",
		"wallet rescan bob --birthday 3":       "wallet rescan --birthday 3 bob",
		"--http.port 1 --dev balance --json x": "--http.port 1 --dev balance --json x",
	} {
		got, err := permute(app, append([]string{"gero"}, strings.Fields(in)...))
		if err != nil || strings.Join(got[1:], " ") != want {
			t.Errorf("%q becomes %q (%v), want %q", in, strings.Join(got[1:], " "), err, want)
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"port", "port", 0}} {
		if got := editDistance(c.a, c.b); got != c.want {
			t.Errorf("distance of %q and %q is %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
