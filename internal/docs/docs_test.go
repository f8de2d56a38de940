package docs

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// repo is the repository's root.
func repo() fs.FS { return os.DirFS(filepath.Join("..", "..")) }

// read returns a file of the repository.
func read(t *testing.T, name string) string {
	t.Helper()
	data, err := fs.ReadFile(repo(), name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n")
}

// TestLinksResolve follows every link of every document that stays in the repository.
func TestLinksResolve(t *testing.T) {
	names, err := Documents(repo())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, name := range names {
		for _, l := range Links(name, read(t, name)) {
			n++
			if why := l.Resolve(repo()); why != "" {
				t.Errorf("%s:%d: link %s: %s", l.From, l.Line, l.Target, why)
			}
		}
	}
	if n < 20 {
		t.Errorf("found %d links, want at least 20; does the search still work?", n)
	}
}

// TestRulesAreWritten holds every Kind against the rule document that its declaration names.
func TestRulesAreWritten(t *testing.T) {
	const source = "consensus/rule/kind.go"
	rules, err := Rules(source, []byte(read(t, source)))
	if err != nil {
		t.Fatal(err)
	}
	if len(rules) < 40 {
		t.Errorf("%s declares %d rules, want at least 40; are they still found?", source, len(rules))
	}
	texts := map[string]string{}
	kinds, numbers := map[string]bool{}, map[string]bool{}
	for _, r := range rules {
		if kinds[r.Kind] || numbers[r.Number] {
			t.Errorf("%s: %s or %s is used twice", r.Const, r.Kind, r.Number)
		}
		kinds[r.Kind], numbers[r.Number] = true, true
		text, ok := texts[r.Document]
		if !ok {
			data, err := fs.ReadFile(repo(), r.Document)
			if err != nil {
				t.Error(err)
			}
			text = string(data)
			texts[r.Document] = text
		}
		if !r.Written(text) {
			t.Errorf("%s has no line with rule %s and `%s`", r.Document, r.Number, r.Kind)
		}
	}
}

// TestIndexesAreComplete holds the indexes of rule documents and of decisions against their folders.
func TestIndexesAreComplete(t *testing.T) {
	for _, folder := range []string{"docs/protocol", "docs/adr"} {
		index := read(t, folder+"/README.md")
		entries, err := fs.ReadDir(repo(), folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if path.Ext(e.Name()) == ".md" && e.Name() != "README.md" && !strings.Contains(index, "]("+e.Name()+")") {
				t.Errorf("%s/README.md does not name %s", folder, e.Name())
			}
		}
	}
}

// TestDependenciesAreRecorded holds the modules that go.mod requires directly against the record that says why and under what
// licence.
func TestDependenciesAreRecorded(t *testing.T) {
	record := read(t, "docs/adr/0002-dependencies.md")
	var listed []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z][^`]+)` \\|.*\\|.*\\|$").FindAllStringSubmatch(record, -1) {
		listed = append(listed, m[1])
	}
	required := Requires(read(t, "go.mod"))
	if len(required) == 0 {
		t.Fatal("go.mod requires nothing; is it still understood?")
	}
	for _, m := range required {
		if !slices.Contains(listed, m) {
			t.Errorf("docs/adr/0002-dependencies.md does not list %s: say what it is for and under what licence it stands", m)
		}
	}
	for _, m := range listed {
		if !slices.Contains(required, m) {
			t.Errorf("docs/adr/0002-dependencies.md lists %s, which go.mod does not require", m)
		}
	}
}

// TestLinkFaults gives the link check each fault once, and what it must leave alone.
func TestLinkFaults(t *testing.T) {
	tree := fstest.MapFS{
		"a.md":     {Data: []byte("# One thing\n## Two `x`, three\n# One thing\n```\n# no heading\n```\n")},
		"d/b.md":   {},
		"d/c d.go": {},
	}
	tests := []struct {
		from, text, want string // want: part of the complaint; "-" for no link at all, "" for a good one
	}{
		{"a.md", "[x](d/b.md)", ""},
		{"d/b.md", "[x](../a.md#one-thing)", ""},
		{"d/b.md", "[x](../a.md#one-thing-1)", ""},
		{"d/b.md", "[x](../a.md#two-x-three)", ""},
		{"a.md", "[x](#one-thing)", ""},
		{"a.md", "[x](d) and", ""},
		{"a.md", "[x](d/c%20d.go)", ""},
		{"a.md", "[x]: d/b.md", ""},
		{"a.md", "[x](https://example.com/y)", "-"},
		{"a.md", "`[x](nowhere)`", "-"},
		{"a.md", "```\n[x](nowhere)\n```", "-"},
		{"a.md", "[x](nowhere.md)", "does not exist"},
		{"a.md", "[x]: nowhere.md", "does not exist"},
		{"d/b.md", "[x](a.md)", "does not exist"},
		{"d/b.md", "[x](../a.md#no-heading)", "has no heading"},
		{"a.md", "[x](../up.md)", "leaves the repository"},
		{"a.md", "[x](/a.md)", "starts with a slash"},
	}
	for _, tc := range tests {
		links := Links(tc.from, tc.text)
		if tc.want == "-" {
			if len(links) != 0 {
				t.Errorf("%q: got %v, want no link", tc.text, links)
			}
			continue
		}
		if len(links) != 1 {
			t.Errorf("%q: got %v, want one link", tc.text, links)
			continue
		}
		if got := links[0].Resolve(tree); got != tc.want && (tc.want == "" || !strings.Contains(got, tc.want)) {
			t.Errorf("%s %q: got %q, want %q", tc.from, tc.text, got, tc.want)
		}
	}
}

// TestRuleFaults gives the rule reader a good file and each fault once.
func TestRuleFaults(t *testing.T) {
	const head = "package rule\n\n// Group. Specification:\n// docs/protocol/block.md.\nconst (\n"
	rules, err := Rules("kind.go", []byte(head+"A Kind = \"a\" // B1: it is so\n// B2: or so\nB Kind = \"b\"\n)\nconst C = 3\n"))
	want := []Rule{{"A", "a", "B1", "docs/protocol/block.md"}, {"B", "b", "B2", "docs/protocol/block.md"}}
	if err != nil || !slices.Equal(rules, want) {
		t.Errorf("got %v, %v, want %v", rules, err, want)
	}
	for _, src := range []string{
		head + "A Kind = \"a\" // it is so\n)\n",
		head + "A Kind = \"a\"\n)\n",
		"package rule\n\nconst A Kind = \"a\" // B1: it is so\n",
		head + "A Kind = x\n)\n",
		"no Go",
	} {
		if rules, err := Rules("kind.go", []byte(src)); err == nil {
			t.Errorf("%q: got %v, want an error", src, rules)
		}
	}
	r := want[0]
	for text, written := range map[string]bool{
		"**B1 `a`**: it is so":    true,
		"| B1 | `a` | it is so |": true,
		"B1: it is so\n`a`":       false,
		"B11 `a`":                 false,
		"XB1 `a`":                 false,
		"B1 `ab`":                 false,
		"B1 a":                    false,
	} {
		if got := r.Written(text); got != written {
			t.Errorf("Written(%q) = %v, want %v", text, got, written)
		}
	}
}

// TestRequires reads both forms of a requirement.
func TestRequires(t *testing.T) {
	const text = "module m\n\nrequire a.b/c v1.0.0\n\nrequire (\n\td.e/f v1.0.0\n\tg.h/i v1.0.0 // indirect\n)\n\nexclude j.k/l v1.0.0\n"
	if got, want := Requires(text), []string{"a.b/c", "d.e/f"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
