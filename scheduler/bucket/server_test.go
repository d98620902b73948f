package bucket

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"license-manager/scheduler/bucket/embedded"
)

// TestMain gives the SDK's default chain keys of its own, so that no test meets
// those of the machine or asks a metadata service.
func TestMain(m *testing.M) {
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIDTEST", "AWS_SECRET_ACCESS_KEY": "test-secret", "AWS_SESSION_TOKEN": "",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_PROFILE": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "",
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
		"AWS_ENDPOINT_URL": "", "AWS_ENDPOINT_URL_S3": "", "AWS_CA_BUNDLE": "",
	} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// openS3 serves an embedded S3 with one bucket, "reports", and gives the options
// of a client for it.
func openS3(t *testing.T, wrap ...func(http.Handler) http.Handler) Options {
	t.Helper()
	dir := t.TempDir()
	s, err := embedded.Open(embedded.Options{Dir: filepath.Join(dir, "s3"), CredentialsFile: filepath.Join(dir, "s3-credentials"), Region: "us-east-1"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	id, secret := s.Credentials()
	handler := s.Handler()
	for _, w := range wrap {
		handler = w(handler)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	o := Options{Mode: Embedded, Endpoint: server.URL, AccessKeyID: id, SecretAccessKey: secret, Attempts: 1, Silence: 30 * time.Second}
	if _, err := open(t, o).s3.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("reports")}); err != nil {
		t.Fatal(err)
	}
	return o
}

func open(t *testing.T, o Options) *Client {
	t.Helper()
	c, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// emptyHanded fails unless the bucket has neither objects nor unfinished uploads.
func emptyHanded(t *testing.T, c *Client) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	uploads, err := c.s3.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: aws.String("reports")})
	if err != nil && code(err) != "NoSuchUpload" { // gofakes3's way of saying that there were never any
		t.Fatal(err)
	}
	if err == nil && len(uploads.Uploads) > 0 {
		t.Errorf("%d unfinished uploads are left", len(uploads.Uploads))
	}
	objects, err := c.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: aws.String("reports")})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(objects.Contents); n > 0 {
		t.Errorf("%d objects are left", n)
	}
}

// stream is size bytes of noise, the same for every reader of one size.
func stream(size int64) io.Reader {
	return io.LimitReader(rand.NewChaCha8([32]byte{1}), size)
}
