// License Manager publishes scheduled reports of the usage of self-managed
// software licenses to an S3 bucket. See README.md.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"license-manager/web/cli"
)

// gcPercent makes the garbage collector run half as often as by default while
// memory is far from its limit: little is kept here, and pages come a fifth
// faster (go run ./scheduler/bench -only pages, with GOGC=100 and 200). GOGC in
// the environment wins.
const gcPercent = 200

// memoryLimit is where the garbage collector begins to work harder, in bytes.
// What it manages beyond that is given back before more is taken: passwords
// that were checked leave 19 MiB each. With the program itself and SQLite the
// process stays below 96 MiB. GOMEMLIMIT in the environment wins.
const memoryLimit = 56 << 20

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := cli.Run(ctx, os.Args[1:], now)
	stop()
	os.Exit(code)
}

// now is the one clock of the program; both databases keep microseconds.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
