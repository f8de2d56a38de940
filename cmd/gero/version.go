package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/urfave/cli/v2"
)

// release is the version of this source; builds add the commit.
const release = "0.1.0"

// versionInfo is what a build knows of itself.
type versionInfo struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Changed bool   `json:"changed"` // built from source that was changed after the commit
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

func buildInfo() versionInfo {
	v := versionInfo{Version: release, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				v.Commit = s.Value
			case "vcs.modified":
				v.Changed = s.Value == "true"
			}
		}
	}
	return v
}

// versionString names the program as tools expect it: gero/v0.1.0-1234567/linux-amd64/go1.26.
func versionString() string {
	v := buildInfo()
	name := "gero/v" + v.Version
	if len(v.Commit) >= 7 {
		name += "-" + v.Commit[:7]
	}
	return strings.Join([]string{name, v.OS + "-" + v.Arch, v.Go}, "/")
}

func version(c *cli.Context) error {
	v := buildInfo()
	if wantsJSON(c) {
		return printJSON(c, v)
	}
	commit := v.Commit
	if commit == "" {
		commit = "unknown"
	}
	if v.Changed {
		commit += ", changed"
	}
	_, err := fmt.Fprintf(c.App.Writer, "gero %s\ncommit %s\n%s %s/%s\n", v.Version, commit, v.Go, v.OS, v.Arch)
	return err
}
