//go:build nightly

package faulttest_test

import (
	"cmp"
	"context"
	"flag"
	"math/rand/v2"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"testing"
	"time"

	"license-manager/web/cli"
)

const (
	// asProgram makes the test binary the program itself, as main.go runs it.
	asProgram = "TEST_AS_LICENSE_MANAGER"
	// clockAhead is how far the clock of such a process is ahead.
	clockAhead = "TEST_CLOCK_AHEAD"
)

// worldsAtOnce lets all tests begin at once, since each of them mostly waits.
const worldsAtOnce = 16

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(runProgram())
	}
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(worldsAtOnce)); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func runProgram() (code int) {
	ahead, err := time.ParseDuration(cmp.Or(os.Getenv(clockAhead), "0s"))
	if err != nil {
		panic(err)
	}
	signal.Ignore(syscall.SIGXFSZ) // a limit on files stands for a full disk, which sends no signal
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return cli.Run(ctx, os.Args[1:], func() time.Time { return time.Now().Add(ahead).UTC().Truncate(time.Microsecond) })
}

// setting is a number from the environment.
func setting(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// chance returns random numbers whose seed is logged, so that a failure can be
// looked for again.
func chance(t *testing.T) *rand.Rand {
	t.Helper()
	seed := setting(t, "FAULT_SEED", uint64(time.Now().UnixNano()))
	t.Logf("FAULT_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}
