// Package layers holds the packages of this module against a table that says who may import whom.
//
// The table stands in table.go. The rules are:
//
//   - Every package has a row. It may import the rooms its row names, what those rooms may import, and types.
//   - Test files may import what their room may, the rooms made for tests, and what the row adds for tests. A test of a lower
//     room that needs a higher one says so in its row, or belongs in the higher room.
//   - Some modules of others have one place, for instance gnark under zk.
//   - Pure rooms import neither clock, disk, network, logging nor hidden randomness. Their tests may.
//   - Nobody uses cgo.
package layers

import (
	"fmt"
	"slices"
	"strings"
)

// Package is one package as `go list` sees it.
type Package struct {
	ImportPath   string
	Imports      []string // of the files that are built
	TestImports  []string // of test files in the package
	XTestImports []string // of test files in its _test package
	CgoFiles     []string // files that import "C"
}

// Table is the import table with everything Check needs.
type Table struct {
	Module    string
	Rooms     []Room
	TestRooms []string
	Peers     []string
	Pure      []string
	Impure    []Grant
	Owners    []Owner
}

// Repo is the table of this repository.
var Repo = Table{Module: Module, Rooms: Rooms, TestRooms: TestRooms, Peers: Peers, Pure: PureRooms, Impure: Impure, Owners: Owners}

// room returns the row of path, or nil.
func (t *Table) room(path string) *Room {
	i := slices.IndexFunc(t.Rooms, func(r Room) bool { return r.Path == path })
	if i < 0 {
		return nil
	}
	return &t.Rooms[i]
}

// Permits returns all rooms that path may import: its row's rooms, theirs in turn, and types.
func (t *Table) Permits(path string) map[string]bool {
	out := map[string]bool{"types": true}
	if path == "types" {
		out = map[string]bool{}
	}
	var walk func(string)
	walk = func(p string) {
		r := t.room(p)
		if r == nil {
			return
		}
		for _, q := range r.Allows {
			if !out[q] {
				out[q] = true
				walk(q)
			}
		}
	}
	walk(path)
	return out
}

// Sound returns what is wrong with the table itself: two rows for one room, a row that names a room without a row, rooms that may
// import themselves through others, peers that may reach one another, a grant without a reason.
func (t *Table) Sound() []string {
	var bad []string
	seen := map[string]bool{}
	for _, r := range t.Rooms {
		if seen[r.Path] {
			bad = append(bad, fmt.Sprintf("%s has two rows", r.Path))
		}
		seen[r.Path] = true
		if r.What == "" {
			bad = append(bad, fmt.Sprintf("%s does not say what it is for", r.Path))
		}
		for _, q := range slices.Concat(r.Allows, r.Tests) {
			if t.room(q) == nil {
				bad = append(bad, fmt.Sprintf("%s allows %s, which has no row", r.Path, q))
			}
		}
		for _, g := range r.Grants {
			if g.Why == "" {
				bad = append(bad, fmt.Sprintf("%s is granted %s without a reason", r.Path, g.Import))
			}
		}
		if t.Permits(r.Path)[r.Path] {
			bad = append(bad, fmt.Sprintf("%s may import itself through others", r.Path))
		}
	}
	for _, p := range t.Peers {
		permits := t.Permits(p)
		for _, q := range t.Peers {
			if permits[q] {
				bad = append(bad, fmt.Sprintf("%s may reach %s; these rooms never import one another", p, q))
			}
		}
	}
	return bad
}

// Check returns one sentence for each import of pkgs that the table does not permit, in order and without repeats.
func (t *Table) Check(pkgs []Package) []string {
	var bad []string
	for _, p := range pkgs {
		path, ours := t.relative(p.ImportPath)
		if !ours {
			continue
		}
		r := t.room(path)
		if r == nil {
			bad = append(bad, fmt.Sprintf("%s is not in the table of rooms: add a row to internal/layers/table.go that says what it is for "+
				"and what it may import, then run `go test ./internal/layers -update`, or move the code into a room that exists", path))
			continue
		}
		if len(p.CgoFiles) > 0 || slices.Contains(p.Imports, "C") {
			bad = append(bad, fmt.Sprintf("%s uses cgo (%s): everything builds with CGO_ENABLED=0", path, strings.Join(p.CgoFiles, ", ")))
		}
		for _, q := range p.Imports {
			bad = append(bad, t.checkImport(r, q, false)...)
		}
		for _, q := range slices.Concat(p.TestImports, p.XTestImports) {
			bad = append(bad, t.checkImport(r, q, true)...)
		}
	}
	slices.Sort(bad)
	return slices.Compact(bad)
}

// checkImport returns the rules that room r breaks by importing path from a built file or a test.
func (t *Table) checkImport(r *Room, path string, test bool) []string {
	where := r.Path
	if test {
		where += " (test)"
	}
	if room, ours := t.relative(path); ours {
		switch {
		case room == r.Path, slices.Contains(r.Allows, room):
		case test && (slices.Contains(t.TestRooms, room) || slices.Contains(r.Tests, room)):
		case slices.Contains(t.TestRooms, room):
			return []string{fmt.Sprintf("%s imports %s, which exists for tests only", where, room)}
		case t.Permits(r.Path)[room]:
		default:
			return []string{fmt.Sprintf("%s imports %s, which its row does not permit: declare an interface where it is used, or move the code",
				where, room)}
		}
		return nil
	}
	if granted(r.Grants, path) {
		return nil
	}
	var bad []string
	for _, o := range t.Owners {
		if below(path, o.Import) && (o.Under == "" || !below(r.Path, o.Under)) {
			place := "is not to be imported"
			if o.Under != "" {
				place = "is imported under " + o.Under + "/ only"
			}
			bad = append(bad, fmt.Sprintf("%s imports %s, which %s: %s", where, path, place, o.Why))
		}
	}
	pure := slices.ContainsFunc(t.Pure, func(p string) bool { return below(r.Path, p) })
	for _, g := range t.Impure {
		if pure && !test && below(path, g.Import) {
			bad = append(bad, fmt.Sprintf("%s imports %s, but it is a pure room: %s", where, path, g.Why))
		}
	}
	return bad
}

// relative returns the part of an import path after the module, and whether the path is in the module.
func (t *Table) relative(path string) (string, bool) {
	if path == t.Module {
		return ".", true
	}
	return strings.CutPrefix(path, t.Module+"/")
}

// granted reports whether one of the grants covers path.
func granted(gs []Grant, path string) bool {
	return slices.ContainsFunc(gs, func(g Grant) bool { return below(path, g.Import) })
}

// below reports whether path is root or lies below it.
func below(path, root string) bool {
	return path == root || strings.HasPrefix(path, root+"/")
}

// Markdown returns the table as docs/architecture.md shows it.
func (t *Table) Markdown() string {
	var b strings.Builder
	b.WriteString("| room | what it is for | may import |\n|---|---|---|\n")
	for _, r := range t.Rooms {
		imports := "`types`"
		switch {
		case r.Path == "types":
			imports = "nothing of ours"
		case len(r.Allows) > 0:
			// A list of all statements and what stands below them is shown as one name.
			names := strings.Replace(strings.Join(r.Allows, " "), strings.Join(zkRooms, " "), "zk/*", 1)
			imports = "`" + strings.ReplaceAll(names, " ", "`, `") + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", r.Path, r.What, imports)
	}
	return b.String()
}
