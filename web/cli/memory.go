package cli

import (
	"os"
	"runtime/debug"
)

// gcPercent makes the garbage collector run less often than by default while
// memory is far from its limit: little is kept here, and small reports are
// published a fifth faster (GOGC=200 and 400 before make bench
// BENCH="-only due").
const gcPercent = 400

// memoryLimit is where the garbage collector begins to work harder, in bytes.
// What it manages beyond that is given back before more is taken: passwords
// that were checked leave 19 MiB each. With the program itself and SQLite the
// process stays below 96 MiB.
const memoryLimit = 56 << 20

// Publishers beyond those may take more: with hundreds of uploads at once the
// garbage collector would do nothing but follow their stacks.
const (
	publishersWithin   = 16
	publisherAllowance = 512 << 10
)

// LimitMemory sets how the process uses memory. GOGC and GOMEMLIMIT in the
// environment win.
func LimitMemory(publishers int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit + int64(max(0, publishers-publishersWithin))*publisherAllowance)
	}
}
