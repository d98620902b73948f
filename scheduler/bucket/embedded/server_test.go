package embedded

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// testServer is a running server and a client with its keys.
type testServer struct {
	*Server
	url    string
	dir    string
	client *s3.Client
	http   *http.Client
	web    *httptest.Server
}

// testOptions are the options of a server on dir.
func testOptions(t testing.TB, dir string) Options {
	return Options{
		Dir:             filepath.Join(dir, "s3"),
		CredentialsFile: filepath.Join(dir, "s3-credentials"),
		Logger:          slog.New(slog.NewTextHandler(testWriter{t}, nil)),
	}
}

// testWriter writes to the log of a test.
type testWriter struct{ t testing.TB }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Helper()
	w.t.Log(string(bytes.TrimSpace(b)))
	return len(b), nil
}

// newTestServer starts a server on a directory of its own with one bucket.
func newTestServer(t testing.TB) *testServer {
	t.Helper()
	s := startTestServer(t, t.TempDir(), httptest.NewServer)
	s.createBucket(t, testBucket)
	return s
}

const testBucket = "reports-bucket"

// startTestServer serves dir until the test ends.
func startTestServer(t testing.TB, dir string, serve func(http.Handler) *httptest.Server) *testServer {
	t.Helper()
	s, err := Open(testOptions(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	web := serve(s.Handler())
	t.Cleanup(func() {
		web.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	id, secret := s.Credentials()
	return &testServer{Server: s, url: web.URL, dir: dir, web: web, http: web.Client(), client: newClient(web.Client(), web.URL, id, secret)}
}

func newClient(h *http.Client, url, id, secret string, options ...func(*s3.Options)) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: aws.String(url),
		UsePathStyle: true,
		Region:       "us-east-1",
		HTTPClient:   h,
		Credentials:  credentials.NewStaticCredentialsProvider(id, secret, ""),
		Retryer:      aws.NopRetryer{},
		// As the default configuration has them.
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	}, options...)
}

func (s *testServer) createBucket(t testing.TB, name string) {
	t.Helper()
	if _, err := s.client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
		t.Fatal(err)
	}
}

func (s *testServer) put(t testing.TB, key, body string) {
	t.Helper()
	if err := s.tryPut(t.Context(), key, body); err != nil {
		t.Fatal(err)
	}
}

func (s *testServer) tryPut(ctx context.Context, key, body string) error {
	_, err := s.client.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(testBucket), Key: &key, Body: bytes.NewReader([]byte(body))})
	return err
}

func (s *testServer) get(t testing.TB, key string) string {
	t.Helper()
	body, err := s.tryGet(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func (s *testServer) tryGet(ctx context.Context, key string) (string, error) {
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(testBucket), Key: &key})
	if err != nil {
		return "", err
	}
	defer out.Body.Close()
	b, err := io.ReadAll(out.Body)
	return string(b), err
}

// wantCode fails unless err is an S3 error with the code.
func wantCode(t testing.TB, err error, code string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code {
		t.Errorf("got error %v, want code %s", err, code)
	}
}
