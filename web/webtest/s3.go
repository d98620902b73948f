package webtest

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"license-manager/scheduler/bucket"
	"license-manager/scheduler/bucket/embedded"
)

// startS3 starts an embedded S3 server and returns a client of it and what
// stops it. While hold is set, that answers.
func startS3(tb testing.TB, hold *atomic.Pointer[http.HandlerFunc]) (client *bucket.Client, stop func()) {
	tb.Helper()
	dir := tb.TempDir()
	s3, err := embedded.Open(embedded.Options{Dir: filepath.Join(dir, "s3"), CredentialsFile: filepath.Join(dir, "s3-credentials"), Region: Region})
	if err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if held := hold.Load(); held != nil {
			(*held)(w, r)
			return
		}
		s3.Handler().ServeHTTP(w, r)
	}))
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

// HoldS3 lets requests to the S3 server wait without an answer from now on.
// begun tells that the first came, ended that who sent it has given it up.
func (c *Console) HoldS3() (begun, ended <-chan struct{}) {
	came, left := make(chan struct{}), make(chan struct{})
	var first sync.Once
	hold := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		first.Do(func() {
			close(came)
			<-r.Context().Done()
			close(left)
		})
	})
	c.holdS3.Store(&hold)
	return came, left
}

// StopS3 takes the S3 server away; requests to it are refused from then on.
func (c *Console) StopS3() { c.stopS3() }
