//go:build nightly

package faulttest_test

import (
	"fmt"
	"testing"

	"license-manager/store/storetest"
)

// TestKilledAtEachStep kills the program while S3 has a request of it: before
// S3 has done what was asked, and when it has, but the program can't know.
func TestKilledAtEachStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, new(storetest.Template).Postgres(t), openS3(t))
	w.start()
	w.furnish(smallLicense, smallResources)
	w.furnish(largeLicense(), largeResources)
	kills := 0
	for name, kind := range map[string]kind{"before": hang, "after": hangWhenDone} {
		for _, step := range []step{createBucket, configureBucket, putObject, createUpload, uploadPart, completeUpload} {
			if step == createBucket || step == configureBucket {
				w.execute("UPDATE settings SET bucket = '', bucket_ready = $1", false)
			}
			w.killAt(&fault{step: step, kind: kind, left: 1}, fmt.Sprintf("%s %s", name, step))
			kills++
		}
	}
	w.check()
	t.Logf("%s: killed at %d steps", w.kindOfDatabase(), kills)
}

// killAt creates a report, kills the program when the fault strikes, and lets
// another one bring it to its end.
func (w *world) killAt(f *fault, name string) {
	w.t.Helper()
	w.s3.fail(f)
	posted := make(chan struct{})
	go func() { // creating the first report waits for the bucket
		defer close(posted)
		_ = w.tryCreateReport(plain(name), largeLicense()) // the program is killed meanwhile
	}()
	w.await(name, func() bool { return w.s3.struck(f) > 0 })
	w.kill(w.program)
	<-posted
	w.passLease()
	w.start()
	if w.count("SELECT count(*) FROM reports WHERE name = $1", plain(name)) == 0 {
		w.createReport(plain(name), largeLicense())
	}
	w.published()
}
