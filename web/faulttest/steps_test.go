//go:build nightly

package faulttest_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"
)

// stepsPublishers are enough that requests that hang keep nobody waiting.
const stepsPublishers = "LICENSE_MANAGER_PUBLISHERS=64"

// TestS3FailsAtEachStep fails each step of publishing in each way until the
// run has failed, which says why; a user presses Retry then. At night it also
// fails once, which a second request makes good.
func TestS3FailsAtEachStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", openS3(t))
	w.start(stepsPublishers)
	w.furnish(smallLicense, smallResources)
	w.furnish(largeLicense(), largeResources)
	var cases []*stepCase
	for name, kind := range kinds() {
		for _, step := range []step{putObject, createUpload, uploadPart, completeUpload} {
			cases = append(cases, w.failStep(name, kind, step, -1))
		}
	}
	if setting(t, "FAULT_NIGHTLY", 0) > 0 {
		all := kinds()
		all["hangs"] = hang // a minute
		for name, kind := range all {
			for _, step := range []step{putObject, createUpload, uploadPart, completeUpload} {
				cases = append(cases, w.failStep(name, kind, step, 1))
			}
		}
	}
	struck, failed := 0, 0
	for _, c := range cases {
		n, run := w.outlast(c)
		struck += n
		failed += run
	}
	w.published()
	w.check()
	t.Logf("%s: %d reports met a fault of S3, %d requests failed, %d runs failed and were retried", w.kindOfDatabase(), len(cases), struck, failed)
}

// TestS3FailsToAbort fails an upload, and the request that should remove what
// was uploaded: the next attempt removes it.
func TestS3FailsToAbort(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", openS3(t))
	w.start(stepsPublishers)
	w.furnish(largeLicense(), largeResources)
	left, failed := 0, 0
	for name, kind := range kinds() {
		c := w.failStep(name, refuse(http.StatusForbidden, "AccessDenied"), completeUpload, -1)
		abort := w.s3.fail(&fault{step: abortUpload, key: c.fault.key, kind: kind, left: -1})
		w.await(c.name+" was to be aborted", func() bool { return w.s3.struck(abort) > 0 })
		r := w.wantFailure(c.name)
		left += len(w.unfinished(w.buckets()[0]))
		w.s3.heal(c.fault)
		failed += w.s3.heal(abort)
		w.post("/usage-reports/"+c.id+"/runs/"+r.id+"/retry", nil)
		w.await(c.name+" has succeeded", func() bool { return w.runOf(c.name).state == "succeeded" })
	}
	w.check()
	if left == 0 {
		t.Error("no upload was left over, so none was removed")
	}
	t.Logf("%s: %d uploads were left by %d requests that failed to abort them, and removed", w.kindOfDatabase(), left, failed)
}

// TestS3FailsWhileTheBucketIsMade fails each step of making the bucket in each
// way: the report is created all the same, tells what failed, and is published
// once S3 works.
func TestS3FailsWhileTheBucketIsMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", openS3(t))
	w.start(stepsPublishers)
	w.furnish(smallLicense, smallResources)
	struck, failed := 0, 0
	for name, kind := range kinds() {
		for _, step := range []step{createBucket, configureBucket} {
			w.execute("UPDATE settings SET bucket = '', bucket_ready = $1", false)
			report := plain(fmt.Sprintf("%s %s", step, name))
			f := w.s3.fail(&fault{step: step, kind: kind, left: -1})
			id := w.createReport(report, smallLicense)
			w.await(report+" was tried", func() bool { return slices.Contains([]string{"failed", "succeeded"}, w.runOf(report).state) })
			struck += w.s3.heal(f)
			if w.runOf(report).state == "succeeded" { // of an answer that was cut short enough was there
				continue
			}
			failed++
			r := w.wantFailure(report)
			w.post("/usage-reports/"+id+"/runs/"+r.id+"/retry", nil)
			w.await(report+" has succeeded", func() bool { return w.runOf(report).state == "succeeded" })
		}
	}
	w.check()
	t.Logf("%s: %d requests for a bucket failed, %d runs failed and were retried", w.kindOfDatabase(), struck, failed)
	if failed < len(kinds()) {
		t.Errorf("only %d runs failed", failed)
	}
}

// stepCase is a report that meets a fault.
type stepCase struct {
	fault    *fault
	times    int
	name, id string
}

// failStep creates a report of which one step fails.
func (w *world) failStep(kindName string, kind kind, step step, times int) *stepCase {
	w.t.Helper()
	c := &stepCase{times: times, name: plain(fmt.Sprintf("%s %s %d", step, kindName, max(times, 0)))}
	c.fault = w.s3.fail(&fault{step: step, key: "/Reports/" + c.name + "/", kind: kind, left: times})
	license, types := largeLicense(), "resource-usage"
	if step == putObject {
		license, types = smallLicense, "summary"
	}
	c.id = w.createReport(c.name, license, types)
	return c
}

// outlast waits for the fault to do its work and for the report to get over
// it. It returns how many requests and how many runs failed.
func (w *world) outlast(c *stepCase) (struck, failed int) {
	w.t.Helper()
	if c.times < 0 {
		r := w.wantFailure(c.name)
		struck = w.s3.heal(c.fault)
		w.post("/usage-reports/"+c.id+"/runs/"+r.id+"/retry", nil)
		failed++
	}
	w.await(c.name+" has succeeded", func() bool { return w.runOf(c.name).state == "succeeded" })
	if struck = max(struck, w.s3.struck(c.fault)); struck == 0 {
		w.t.Errorf("%s met no fault", c.name)
	}
	return struck, failed
}

// wantFailure waits until a run has failed, and wants the reason in words.
func (w *world) wantFailure(name string) record {
	w.t.Helper()
	var r record
	w.await(name+" has failed", func() bool { r = w.runOf(name); return r.state == "failed" })
	if len(r.failure) < 20 || !r.next.Valid || r.next.Time.Before(now()) || r.next.Time.After(now().Add(time.Hour)) || r.lease.Valid {
		w.t.Errorf("%s: failed with %q, next attempt %v, lease %v", name, r.failure, r.next, r.lease)
	}
	return r
}
