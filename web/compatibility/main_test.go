//go:build compatibility

package compatibility_test

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"license-manager/web/cli"
)

// asProgram makes the test binary the program itself, as main.go runs it.
const asProgram = "TEST_AS_LICENSE_MANAGER"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(cli.Run(ctx, os.Args[1:], func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }))
}
