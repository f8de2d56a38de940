package layers

import (
	"encoding/json"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "copy the import table into docs/architecture.md")

// builds are the ways to build the module that see different files: every system we support, and the slow tests.
var builds = []struct{ goos, goarch, tags string }{
	{"linux", "amd64", "slow"},
	{"linux", "arm64", ""},
	{"darwin", "arm64", ""},
	{"windows", "amd64", ""},
}

// TestImportsFollowTheTable holds every package of the module, as each supported system builds it, against the table.
func TestImportsFollowTheTable(t *testing.T) {
	readSources(t)
	var pkgs []Package
	for _, b := range builds {
		got := list(t, b.goos, b.goarch, b.tags)
		if len(got) == 0 {
			t.Fatalf("go list found no package for %s/%s", b.goos, b.goarch)
		}
		pkgs = append(pkgs, got...)
	}
	for _, s := range Repo.Check(pkgs) {
		t.Error(s)
	}
}

// TestTableIsSound checks the table itself: no cycle, no missing row, no way between the peers.
func TestTableIsSound(t *testing.T) {
	for _, s := range Repo.Sound() {
		t.Error(s)
	}
}

// TestArchitectureShowsTheTable keeps docs/architecture.md equal to the table; -update copies the table there.
func TestArchitectureShowsTheTable(t *testing.T) {
	const begin, end = "<!-- rooms: begin -->\n", "<!-- rooms: end -->\n"
	name := filepath.Join("..", "..", "docs", "architecture.md")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(strings.ReplaceAll(string(data), "\r\n", "\n"), begin)
	shown, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table between %q and %q", name, begin, end)
	}
	want := Repo.Markdown()
	if shown == want {
		return
	}
	if !*update {
		t.Fatalf("%s shows another import table than internal/layers/table.go; run `go test ./internal/layers -update`", name)
	}
	if err := os.WriteFile(name, []byte(head+begin+want+end+tail), 0o644); err != nil {
		t.Fatal(err)
	}
}

// readSources looks at every Go file, so that the go command knows what this test depends on: a result from its cache would
// otherwise outlive the imports it judged.
func readSources(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join("..", ".."), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || len(d.Name()) > 2 && d.Name()[0] == '.'):
			return fs.SkipDir
		case filepath.Ext(path) == ".go":
			_, err = os.Stat(path)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // An editor's file that is gone again.
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// list runs go list over the module as one system would build it. A package that does not parse is an error, since its imports
// are unknown.
func list(t *testing.T, goos, goarch, tags string) []Package {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-tags", tags,
		"-json=ImportPath,Imports,TestImports,XTestImports,CgoFiles,GoFiles,TestGoFiles,XTestGoFiles,Error", Module+"/...")
	// With cgo on, go list sees files that import "C" instead of ignoring them. It compiles nothing, so no C compiler is needed.
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=1", "GOFLAGS=")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	var pkgs []Package
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			Package
			GoFiles, TestGoFiles, XTestGoFiles []string
			Error                              *struct{ Err string }
		}
		switch err := dec.Decode(&p); {
		case errors.Is(err, io.EOF):
			return pkgs
		case err != nil:
			t.Fatalf("go list printed something else than JSON: %v", err)
		}
		if len(slices.Concat(p.GoFiles, p.TestGoFiles, p.XTestGoFiles, p.CgoFiles)) == 0 {
			continue // Every file is left out by its build constraints.
		}
		if p.Error != nil {
			t.Errorf("%s for %s/%s: %s", p.ImportPath, goos, goarch, p.Error.Err)
		}
		pkgs = append(pkgs, p.Package)
	}
}
