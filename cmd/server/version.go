package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is the release that CHANGELOG.md describes at its top.
const version = "0.1.0"

// versionCommand prints the version.
type versionCommand struct{}

// Run prints one line: the release, the commit if the build knows it, Go.
func (versionCommand) Run(m *Main) error {
	commit := ""
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, s := range build.Settings {
			if s.Key == "vcs.revision" {
				commit = " commit " + s.Value[:min(12, len(s.Value))]
			}
		}
	}
	_, err := fmt.Fprintf(m.Stdout, "parley %s%s %s %s/%s\n", version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
