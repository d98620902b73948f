package cli

import (
	"fmt"
	"runtime/debug"
)

// version is that of CHANGELOG.md.
const version = "0.1.0"

// printVersion prints the version and what it was built from.
func printVersion() error {
	revision := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = " (" + setting.Value + ")"
			}
		}
	}
	_, err := fmt.Printf("%s %s%s\n", name, version, revision)
	return err
}
