// Package docs reads the repository's documents, so that tests can hold them against the tree: links resolve, rules are written
// down where their Kind says, dependencies and decisions are listed.
package docs

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Link is a link from one document to a place in the repository.
type Link struct {
	From   string // the document, relative to the repository
	Line   int
	Target string // as written
}

var (
	inlineLink    = regexp.MustCompile(`\]\(([^()\s]+)(?:\s+"[^"]*")?\)`)
	referenceLink = regexp.MustCompile(`^\s{0,3}\[[^\]]+\]:\s+(\S+)`)
	codeSpan      = regexp.MustCompile("`[^`]*`")
	elsewhere     = regexp.MustCompile(`^[a-z][a-z0-9+.-]*:`)
)

// Documents returns the paths of all Markdown files, without those of installed packages and of hidden folders other than .ci.
func Documents(repo fs.FS) ([]string, error) {
	var out []string
	err := fs.WalkDir(repo, ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || strings.HasPrefix(d.Name(), ".") && d.Name() != "." && d.Name() != ".ci"):
			return fs.SkipDir
		case !d.IsDir() && path.Ext(p) == ".md":
			out = append(out, p)
		}
		return nil
	})
	return out, err
}

// Links returns the links of a document that stay in the repository. What stands in code is no link.
func Links(from, text string) []Link {
	var out []Link
	for n, line := range prose(text) {
		line = codeSpan.ReplaceAllString(line, "``")
		found := inlineLink.FindAllStringSubmatch(line, -1)
		if m := referenceLink.FindStringSubmatch(line); m != nil {
			found = append(found, m)
		}
		for _, m := range found {
			if !elsewhere.MatchString(m[1]) {
				out = append(out, Link{From: from, Line: n + 1, Target: m[1]})
			}
		}
	}
	return out
}

// prose returns the lines of a document, those of fenced code left empty.
func prose(text string) []string {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	fence := ""
	for i, l := range lines {
		s := strings.TrimSpace(l)
		switch {
		case fence == "" && (strings.HasPrefix(s, "```") || strings.HasPrefix(s, "~~~")):
			fence = s[:3]
		case fence != "" && strings.HasPrefix(s, fence):
			fence = ""
		case fence == "":
			continue
		}
		lines[i] = ""
	}
	return lines
}

// Resolve returns why a link leads nowhere, or the empty string.
func (l Link) Resolve(repo fs.FS) string {
	target, err := url.PathUnescape(l.Target)
	if err != nil {
		return err.Error()
	}
	file, anchor, _ := strings.Cut(target, "#")
	dest := l.From
	if strings.HasPrefix(file, "/") {
		return "starts with a slash; links are relative to the document"
	}
	if file != "" {
		dest = path.Join(path.Dir(l.From), file)
	}
	if !fs.ValidPath(dest) {
		return "leaves the repository"
	}
	if _, err := fs.Stat(repo, dest); err != nil {
		return "does not exist"
	}
	if anchor == "" || path.Ext(dest) != ".md" {
		return ""
	}
	data, err := fs.ReadFile(repo, dest)
	if err != nil {
		return err.Error()
	}
	if !slices.Contains(Anchors(string(data)), anchor) {
		return fmt.Sprintf("%s has no heading #%s", dest, anchor)
	}
	return ""
}

// Anchors returns the names by which the headings of a document can be linked to, formed as forges form them.
func Anchors(text string) []string {
	var out []string
	seen := map[string]int{}
	for _, l := range prose(text) {
		title, ok := strings.CutPrefix(strings.TrimLeft(l, "#"), " ")
		if !ok || !strings.HasPrefix(l, "#") {
			continue
		}
		var b strings.Builder
		for _, r := range strings.ToLower(strings.TrimSpace(title)) {
			switch {
			case r == ' ':
				b.WriteByte('-')
			case r == '-' || r == '_' || r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127:
				b.WriteRune(r)
			}
		}
		a := b.String()
		if n := seen[a]; n > 0 {
			out = append(out, fmt.Sprintf("%s-%d", a, n))
		} else {
			out = append(out, a)
		}
		seen[a]++
	}
	return out
}

// Rule is a Kind as consensus/rule/kind.go declares it.
type Rule struct {
	Const    string // the constant's name
	Kind     string // its value
	Number   string // as B2
	Document string // as docs/protocol/block.md
}

var (
	ruleNumber   = regexp.MustCompile(`^([A-Z]+[0-9]+[a-z]?): \S`)
	ruleDocument = regexp.MustCompile(`Specification: (docs/protocol/[a-z]+\.md)\.`)
)

// Rules returns the rules that a Go file declares. A group of constants names its document, and each constant's comment begins
// with the rule's number; a Kind without either is an error.
func Rules(name string, src []byte) ([]Rule, error) {
	file, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	var out []Rule
	for _, d := range file.Decls {
		group, ok := d.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		doc := ruleDocument.FindStringSubmatch(strings.Join(strings.Fields(group.Doc.Text()), " "))
		for _, s := range group.Specs {
			v, ok := s.(*ast.ValueSpec)
			if t, isIdent := v.Type.(*ast.Ident); !ok || !isIdent || t.Name != "Kind" || len(v.Values) != 1 {
				continue
			}
			r := Rule{Const: v.Names[0].Name}
			lit, ok := v.Values[0].(*ast.BasicLit)
			if !ok {
				return nil, fmt.Errorf("%s is not a string", r.Const)
			}
			if r.Kind, err = strconv.Unquote(lit.Value); err != nil {
				return nil, fmt.Errorf("%s: %w", r.Const, err)
			}
			number := ruleNumber.FindStringSubmatch(v.Comment.Text())
			if number == nil {
				number = ruleNumber.FindStringSubmatch(v.Doc.Text())
			}
			if number == nil || doc == nil {
				return nil, fmt.Errorf("%s names no rule number, or its group names no document", r.Const)
			}
			r.Number, r.Document = number[1], doc[1]
			out = append(out, r)
		}
	}
	return out, nil
}

// Written reports whether a document has a line with both the rule's number and its Kind in backquotes.
func (r Rule) Written(text string) bool {
	number := regexp.MustCompile(`(^|[^A-Za-z0-9])` + r.Number + `([^A-Za-z0-9]|$)`)
	for l := range strings.Lines(text) {
		if strings.Contains(l, "`"+r.Kind+"`") && number.MatchString(strings.TrimSpace(l)) {
			return true
		}
	}
	return false
}

// Requires returns the modules that a go.mod file requires directly.
func Requires(text string) []string {
	var out []string
	inside := false
	for l := range strings.Lines(text) {
		l = strings.TrimSpace(l)
		switch {
		case l == "require (":
			inside = true
			continue
		case l == ")":
			inside = false
		}
		one, alone := strings.CutPrefix(l, "require ")
		if !inside && !alone || strings.HasSuffix(l, "// indirect") {
			continue
		}
		if f := strings.Fields(one); len(f) >= 2 {
			out = append(out, f[0])
		}
	}
	return out
}
