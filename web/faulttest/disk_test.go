//go:build nightly

package faulttest_test

import (
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"license-manager/store/storetest"
	"license-manager/web/browsertest"
)

// limitFiles lets no file of a running program grow beyond a size; it is the
// kernel that refuses, as it does when a disk is full.
func (w *world) limitFiles(p *browsertest.Process, size uint64) {
	w.t.Helper()
	limit := unix.Rlimit{Cur: size, Max: unix.RLIM_INFINITY}
	if err := unix.Prlimit(p.PID(), syscall.RLIMIT_FSIZE, &limit, nil); err != nil {
		w.t.Fatal(err)
	}
}

// TestDiskOfS3IsFull has no room for a large file in the embedded S3 server.
func TestDiskOfS3IsFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, new(storetest.Template).Postgres(t), nil)
	w.start()
	w.furnish(largeLicense(), largeResources)
	w.limitFiles(w.program, 1<<20)
	id := w.createReport("large", largeLicense())
	w.retryWhenHealed("large", id, "", func() { w.limitFiles(w.program, unix.RLIM_INFINITY) })
	w.published()
	w.check()
	t.Logf("%s: no room for a large file in the embedded S3 server", w.kindOfDatabase())
}

// TestDiskOfDatabaseIsFull has no room for a write of the database while a
// slot comes and somebody creates a report.
func TestDiskOfDatabaseIsFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", openS3(t))
	w.start()
	w.furnish(smallLicense, smallResources)
	w.createReport("first", smallLicense)
	w.published()
	w.limitFiles(w.program, 0)
	if err := w.tryCreateReport("refused", smallLicense); err == nil {
		t.Error("a report was created without room for it")
	}
	w.passADay()
	w.await("the slot can't be published", func() bool { return w.warned(w.program, "publish") })
	w.limitFiles(w.program, unix.RLIM_INFINITY)
	w.published()
	w.check()
	if n := w.count("SELECT count(*) FROM reports"); n != 1 {
		t.Errorf("%d reports, want the first only", n)
	}
	t.Logf("%s: no room for the database while a slot came", w.kindOfDatabase())
}

// warned tells whether the program has logged an error of a job.
func (*world) warned(p *browsertest.Process, job string) bool {
	for line := range strings.Lines(p.Log()) {
		if strings.Contains(line, `"level":"ERROR"`) && strings.Contains(line, `"job":"`+job+`"`) {
			return true
		}
	}
	return false
}
