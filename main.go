// License Manager publishes scheduled reports of the usage of self-managed
// software licenses to an S3 bucket. See README.md.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"license-manager/web/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := cli.Run(ctx, os.Args[1:], now)
	stop()
	os.Exit(code)
}

// now is the one clock of the program; both databases keep microseconds.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
