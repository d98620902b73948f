package bucket

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func TestRemoveUploads(t *testing.T) {
	t.Parallel()
	c := open(t, openS3(t))
	for _, key := range []string{"Reports/a.csv", "Reports/a.csv", "Reports/b.csv"} {
		if _, err := c.s3.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: aws.String("reports"), Key: &key}); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		prefix string
		before time.Time
		want   int
	}{
		{"Reports/", time.Now().Add(-time.Hour), 0},
		{"Reports/a.csv", time.Time{}, 2},
		{"Reports/a.csv", time.Time{}, 0},
		{"Reports/", time.Now().Add(time.Hour), 1},
	} {
		if got, err := c.RemoveUploads(t.Context(), "reports", step.prefix, step.before); got != step.want || err != nil {
			t.Errorf("%s before %v: removed %d, %v, want %d", step.prefix, step.before, got, err, step.want)
		}
	}
	emptyHanded(t, c)
	if _, err := c.RemoveUploads(t.Context(), "nothing-there", "Reports/", time.Time{}); err == nil {
		t.Error("no error for a bucket that is not there")
	}
}

// TestTwinUpload loses the answer to the request that begins an upload: the
// second begins another, and only one may stay.
func TestTwinUpload(t *testing.T) {
	t.Parallel()
	var lost atomic.Bool
	o := openS3(t, func(s3 http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost && r.URL.Query().Has("uploads") && !lost.Swap(true) {
				s3.ServeHTTP(httptest.NewRecorder(), r)
				panic(http.ErrAbortHandler)
			}
			s3.ServeHTTP(w, r)
		})
	})
	o.Attempts = 2
	c := open(t, o)
	if _, err := c.Put(t.Context(), "reports", "large", stream(partSize+1), PutOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.s3.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String("reports"), Key: aws.String("large")}); err != nil {
		t.Fatal(err)
	}
	emptyHanded(t, c)
	if !lost.Load() {
		t.Error("no answer was lost")
	}
}
