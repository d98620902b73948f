//go:build nightly

package faulttest_test

import (
	"strings"
	"testing"
)

// TestSettingsWhileS3Fails looks at the settings, and tests the connection,
// while S3 fails in each way: the page says so, reports are published
// meanwhile, and no probe is left in the bucket.
func TestSettingsWhileS3Fails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "", openS3(t))
	w.start(stepsPublishers)
	w.furnish(smallLicense, smallResources)
	bucket := w.makeBucket()
	w.wantSettings(bucket)
	all := kinds()
	all["hangs"] = hang
	for name, kind := range all {
		head := w.s3.fail(&fault{step: headBucket, kind: kind, left: -1})
		probe := w.s3.fail(&fault{step: putObject, key: "connection-test", kind: kind, left: -1})
		if w.wantSettings(bucket); w.s3.struck(head) == 0 {
			t.Errorf("%s: the settings did not ask for the bucket", name)
		}
		w.wantTest(name, "The connection test failed.")
		w.createReport(plain("while "+name), smallLicense)
		w.published()
		w.s3.heal(head)
		w.s3.heal(probe)
		w.wantTest(name, "The connection to "+bucket+" works.")
	}
	w.check()
	t.Logf("%s: settings were shown and tested under %d faults of S3", w.kindOfDatabase(), len(all))
}

// wantSettings wants the page of the settings with some words.
func (w *world) wantSettings(words ...string) {
	w.t.Helper()
	answer, err := w.client.Get(w.t.Context(), "/settings")
	if err != nil {
		w.t.Fatal(err)
	}
	for _, word := range words {
		if !strings.Contains(answer.Body, word) {
			w.t.Errorf("no %q in the settings", word)
		}
	}
}

// wantTest tests the connection and wants the outcome in words.
func (w *world) wantTest(name, words string) {
	w.t.Helper()
	answer, err := w.client.Post(w.t.Context(), "/settings/s3/test", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if !strings.Contains(answer.Body, words) {
		w.t.Errorf("%s: the test of the connection did not say %q", name, words)
	}
}
