//go:build nightly

package faulttest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// TestBucketGoneForbiddenElsewhere takes the bucket away in all ways, and
// gives it back.
func TestBucketGoneForbiddenElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", openS3(t))
	w.start()
	w.furnish(smallLicense, smallResources)
	w.withoutBucket("gone", "doesn’t exist")
	for name, c := range map[string]struct {
		kind  kind
		words string
	}{
		"forbidden": {refuse(http.StatusForbidden, "AccessDenied"), "AccessDenied"},
		"elsewhere": {elsewhere, "ap-south-1"},
	} {
		f := w.s3.fail(&fault{step: putObject, kind: c.kind, left: -1})
		id := w.createReport(name, smallLicense)
		w.retryWhenHealed(name, id, c.words, func() { w.s3.heal(f) })
	}
	w.published()
	w.check()
	t.Logf("%s: the bucket was gone, forbidden and in another Region", w.kindOfDatabase())
}

// withoutBucket deletes the bucket while there are no reports, and makes it
// again when one has failed.
func (w *world) withoutBucket(name, words string) {
	w.t.Helper()
	bucket := w.makeBucket()
	client := w.bucketClient()
	if _, err := client.DeleteBucket(w.t.Context(), &s3.DeleteBucketInput{Bucket: &bucket}); err != nil {
		w.t.Fatal(err)
	}
	w.retryWhenHealed(name, w.createReport(name, smallLicense), words, func() {
		if _, err := client.CreateBucket(w.t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
			w.t.Fatal(err)
		}
	})
}

// makeBucket has the program make the bucket, as turning on the search over
// accounts does.
func (w *world) makeBucket() (name string) {
	w.t.Helper()
	w.post("/settings/cross-account/edit", url.Values{"on": {"true"}})
	all := w.buckets()
	if len(all) != 1 {
		w.t.Fatalf("buckets %q, want one", all)
	}
	return all[0]
}

// retryWhenHealed wants a run to fail for the reason in the words, heals it and
// presses Retry.
func (w *world) retryWhenHealed(name, id, words string, heal func()) {
	w.t.Helper()
	r := w.wantFailure(name)
	if !strings.Contains(r.failure, words) {
		w.t.Errorf("%s: failed with %q, want %q in it", name, r.failure, words)
	}
	heal()
	w.post("/usage-reports/"+id+"/runs/"+r.id+"/retry", nil)
	w.await(name+" has succeeded", func() bool { return w.runOf(name).state == "succeeded" })
}
