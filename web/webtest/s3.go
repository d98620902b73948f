package webtest

import (
	"context"
	"io"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"license-manager/handlers"
	"license-manager/scheduler/bucket"
	"license-manager/scheduler/bucket/embedded"
	"license-manager/store/usage"
)

// startS3 starts an embedded S3 server and returns a client of it.
func startS3(tb testing.TB) *bucket.Client {
	tb.Helper()
	dir := tb.TempDir()
	s3, err := embedded.Open(embedded.Options{Dir: filepath.Join(dir, "s3"), CredentialsFile: filepath.Join(dir, "s3-credentials"), Region: Region})
	if err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewServer(s3.Handler())
	tb.Cleanup(func() {
		server.Close()
		if err := s3.Close(); err != nil {
			tb.Error(err)
		}
	})
	id, secret := s3.Credentials()
	client, err := bucket.New(tb.Context(), bucket.Options{Mode: bucket.Embedded, Endpoint: server.URL, Region: Region, AccessKeyID: id, SecretAccessKey: secret, Attempts: 1})
	if err != nil {
		tb.Fatal(err)
	}
	return client
}

// buckets makes the client what the pages ask for, as main does.
type buckets struct {
	*bucket.Client
	ensure func(context.Context, usage.Act) (string, bool, error)
}

func (b buckets) Ensure(ctx context.Context, act usage.Act) (string, bool, error) {
	return b.ensure(ctx, act)
}

func (b buckets) Check(ctx context.Context, name string) (handlers.BucketCheck, error) {
	check, err := b.Client.Check(ctx, name)
	return handlers.BucketCheck(check), err
}

func (b buckets) List(ctx context.Context, name, prefix, after string, limit int) (handlers.Listing, error) {
	page, err := b.Client.List(ctx, name, prefix, after, limit)
	listing := handlers.Listing{Folders: page.Folders, Next: page.Next}
	for _, o := range page.Files {
		listing.Files = append(listing.Files, handlers.Object{Key: o.Key, Size: o.Size, ModifiedAt: o.ModifiedAt})
	}
	return listing, err
}

func (b buckets) Get(ctx context.Context, name, key string) (io.ReadCloser, handlers.Object, error) {
	body, o, err := b.Client.Get(ctx, name, key)
	return body, handlers.Object{Key: o.Key, Size: o.Size, ModifiedAt: o.ModifiedAt}, err
}

func (buckets) ValidName(name string) bool { return bucket.ValidName(name) }

func (buckets) Explain(err error, name string) handlers.Failure {
	return handlers.Failure(bucket.Explain(err, name))
}
