package webtest

import (
	"net/http/httptest"
	"path/filepath"
	"testing"

	"license-manager/scheduler/bucket"
	"license-manager/scheduler/bucket/embedded"
)

// startS3 starts an embedded S3 server and returns a client of it and what
// stops it.
func startS3(tb testing.TB) (client *bucket.Client, stop func()) {
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
	client, err = bucket.New(tb.Context(), bucket.Options{Mode: bucket.Embedded, Endpoint: server.URL, Region: Region, AccessKeyID: id, SecretAccessKey: secret, Attempts: 1})
	if err != nil {
		tb.Fatal(err)
	}
	return client, server.Close
}

// StopS3 takes the S3 server away; requests to it are refused from then on.
func (c *Console) StopS3() { c.stopS3() }
