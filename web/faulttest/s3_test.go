//go:build nightly

package faulttest_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"license-manager/scheduler/bucket/embedded"
)

// region is that of all programs and servers of these tests.
const region = "eu-central-1"

// step is what a request asks of S3.
type step string

const (
	headBucket      step = "HeadBucket"
	createBucket    step = "CreateBucket"
	configureBucket step = "PutBucket…"
	putObject       step = "PutObject"
	createUpload    step = "CreateMultipartUpload"
	uploadPart      step = "UploadPart"
	completeUpload  step = "CompleteMultipartUpload"
	abortUpload     step = "AbortMultipartUpload"
	otherStep       step = "other"
)

// stepOf tells what a request is by its method, path and query.
func stepOf(r *http.Request) step {
	query := r.URL.Query()
	_, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case r.Method == http.MethodPost && query.Has("uploads"):
		return createUpload
	case r.Method == http.MethodPost && query.Has("uploadId"):
		return completeUpload
	case r.Method == http.MethodPut && query.Has("partNumber"):
		return uploadPart
	case r.Method == http.MethodDelete && query.Has("uploadId"):
		return abortUpload
	case r.Method == http.MethodPut && key != "":
		return putObject
	case r.Method == http.MethodHead && key == "":
		return headBucket
	case r.Method == http.MethodPut && len(query) == 0:
		return createBucket
	case r.Method == http.MethodPut && key == "":
		return configureBucket
	}
	return otherStep
}

// fault is what goes wrong with requests of one step for one key.
type fault struct {
	step step
	key  string // is part of the path
	kind kind
	left int // how many requests it still strikes; negative without end

	struck int
}

// s3Server is an S3 server that fails as a test tells it to.
type s3Server struct {
	url         string
	credentials string // file of its keys
	dir         string // of its files
	real        http.Handler
	closing     chan struct{}

	mu     sync.Mutex
	faults []*fault
	held   chan struct{} // requests that are slow wait for its end
}

func openS3(t *testing.T) *s3Server {
	t.Helper()
	dir := t.TempDir()
	s := &s3Server{dir: filepath.Join(dir, "s3"), closing: make(chan struct{})}
	files, err := embedded.Open(embedded.Options{
		Dir: s.dir, CredentialsFile: filepath.Join(dir, "s3-credentials"), Region: region, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	id, secret := files.Credentials()
	keys := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", id, secret)
	s.credentials = filepath.Join(dir, "console-credentials") // those of the file s3-credentials only read
	if err := os.WriteFile(s.credentials, []byte(keys), 0o600); err != nil {
		t.Fatal(err)
	}
	s.real = files.Handler()
	server := httptest.NewServer(s)
	s.url = server.URL
	t.Cleanup(func() {
		close(s.closing)
		server.CloseClientConnections()
		server.Close()
		if err := files.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// environment makes the program find the server's keys.
func (s *s3Server) environment() []string {
	return []string{
		"AWS_SHARED_CREDENTIALS_FILE=" + s.credentials, "AWS_CONFIG_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", "AWS_SESSION_TOKEN=", "AWS_PROFILE=",
	}
}

// fail makes requests fail from now on.
func (s *s3Server) fail(f *fault) *fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f)
	return f
}

// heal ends a fault and tells how many requests it struck.
func (s *s3Server) heal(f *fault) (struck int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f.left = 0
	return f.struck
}

// struck tells how many requests a fault has struck so far.
func (s *s3Server) struck(f *fault) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return f.struck
}

// hold makes slow requests wait until letGo.
func (s *s3Server) hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = make(chan struct{})
}

func (s *s3Server) letGo() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.held)
}

func (s *s3Server) holding() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held
}

// ServeHTTP serves what no fault strikes.
func (s *s3Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked := stepOf(r)
	s.mu.Lock()
	var kind kind
	for _, f := range s.faults {
		if f.left != 0 && f.step == asked && strings.Contains(r.URL.Path, f.key) {
			f.left--
			f.struck++
			kind = f.kind
			break
		}
	}
	s.mu.Unlock()
	if kind != nil {
		kind(s, w, r)
		return
	}
	s.real.ServeHTTP(w, r)
}
