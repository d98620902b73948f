package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"
)

func TestRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var id, secret string
	t.Run("first", func(t *testing.T) {
		s := startTestServer(t, dir, httptest.NewServer)
		s.createBucket(t, testBucket)
		s.createBucket(t, "second-bucket")
		for n := range 20 {
			_, err := s.client.PutObject(t.Context(), &s3.PutObjectInput{
				Bucket: aws.String(testBucket), Key: aws.String(fmt.Sprintf("Reports/%02d.csv", n)), Body: strings.NewReader(testBody),
				ContentType: aws.String("text/csv"), Metadata: map[string]string{"n": fmt.Sprint(n)}, ChecksumAlgorithm: "SHA256",
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		s.deleteObject(t, "Reports/07.csv")
		m := s.begin(t, "unfinished")
		m.add(t, 1, "part", "")
		id, secret = s.Credentials()
	})
	s := startTestServer(t, dir, httptest.NewServer)
	if a, b := s.Credentials(); a != id || b != secret {
		t.Error("the credentials have changed")
	}
	if diff := cmp.Diff([]string{testBucket, "second-bucket"}, s.buckets(t)); diff != "" {
		t.Error(diff)
	}
	keys := s.list(t, listInput{})
	if len(keys) != 19 || len(s.files(t)) != 19 {
		t.Errorf("%d keys, files %q", len(keys), s.files(t))
	}
	for _, key := range keys {
		head, err := s.client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(testBucket), Key: &key, ChecksumMode: "ENABLED"})
		if err != nil {
			t.Fatal(err)
		}
		got := []string{s.get(t, key), *head.ContentType, fmt.Sprintf("Reports/%02s.csv", head.Metadata["n"]), *head.ChecksumSHA256}
		if diff := cmp.Diff([]string{testBody, "text/csv", key, sumOf("sha256", testBody)}, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestLocked(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	_, err := Open(testOptions(t, s.dir))
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), s.dir) {
		t.Errorf("got %v", err)
	}
	s.put(t, "key", "still works")
}

func TestLockedByAnotherProcess(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c, err := startChild(t, dir, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(testOptions(t, dir)); !errors.Is(err, ErrLocked) {
		t.Errorf("got %v", err)
	}
	c.kill(t)
	s, err := Open(testOptions(t, dir))
	if err != nil {
		t.Fatalf("a dead process still has the lock: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(dir string, o *Options) error{
		"no directory":        func(_ string, o *Options) error { o.Dir = ""; return nil },
		"directory is a file": func(_ string, o *Options) error { return os.WriteFile(o.Dir, nil, 0o600) },
		"credentials a mess":  func(_ string, o *Options) error { return os.WriteFile(o.CredentialsFile, []byte("{}"), 0o600) },
		"credentials of others": func(_ string, o *Options) error {
			return os.WriteFile(o.CredentialsFile, []byte("[work]\naws_access_key_id=a\naws_secret_access_key=b\n"), 0o600)
		},
		"bucket file damaged": func(_ string, o *Options) error {
			dir := filepath.Join(o.Dir, testBucket)
			return errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, bucketFile), []byte("x"), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			o := testOptions(t, dir)
			if err := prepare(dir, &o); err != nil {
				t.Fatal(err)
			}
			for range 2 { // the lock must be free again
				s, err := Open(o)
				if err == nil {
					t.Fatal(s.Close(), "opened")
				}
				if errors.Is(err, ErrLocked) || !strings.HasPrefix(err.Error(), "embedded S3 server: ") {
					t.Errorf("got %v", err)
				}
			}
		})
	}
}

// TestDamagedFiles puts files among the objects that are none: they are
// neither listed nor served, and harm nothing else.
func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	damage := map[string]func([]byte) []byte{
		"empty":   func([]byte) []byte { return nil },
		"cut":     func(b []byte) []byte { return b[:len(b)-1] },
		"shorter": func(b []byte) []byte { return b[3:] },
		"record":  func(b []byte) []byte { b[len(b)-footerSize-5] ^= 1; return b },
		"length":  func(b []byte) []byte { b[len(b)-footerSize] = 0xff; return b },
		"zeros":   func(b []byte) []byte { return make([]byte, len(b)) },
	}
	t.Run("first", func(t *testing.T) {
		s := startTestServer(t, dir, httptest.NewServer)
		s.createBucket(t, testBucket)
		s.put(t, "whole", "content")
		for key := range damage {
			s.put(t, key, "content")
		}
	})
	for key, change := range damage {
		path := filepath.Join(dir, "s3", testBucket, locate(key).path)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, change(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := startTestServer(t, dir, httptest.NewServer)
	if diff := cmp.Diff([]string{"whole"}, s.list(t, listInput{})); diff != "" {
		t.Error(diff)
	}
	for key := range damage {
		_, err := s.tryGet(t.Context(), key)
		wantCode(t, err, "InternalError")
		s.put(t, key, "repaired")
		if got := s.get(t, key); got != "repaired" {
			t.Errorf("%s: got %q", key, got)
		}
	}
}

// TestKilled kills a server while writers are at work and one big upload is in
// the middle. What was acknowledged is there, all else is there as a whole or
// not at all, and nothing else is left.
func TestKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	written := &ledger{acknowledged: map[string]int{}}
	for round := range 3 {
		c, err := startChild(t, dir, "")
		if err != nil {
			t.Fatal(err)
		}
		if round == 0 {
			c.createBucket(t, testBucket)
		}
		c.uploadAndKill(t, round, written)
		wantWhole(t, dir, written)
	}
	if len(written.acknowledged) < 100 {
		t.Errorf("only %d objects were written", len(written.acknowledged))
	}
}

// ledger is what a client knows about what it wrote.
type ledger struct {
	mu           sync.Mutex
	acknowledged map[string]int // key → version
}

// bodyOf is the content of a key in a version, enough to take several writes.
func bodyOf(key string, version int) string {
	return strings.Repeat(fmt.Sprintf("%s version %06d;", key, version), 8000)
}

// versionOf returns the version that a content says it is.
func versionOf(key, body string) int {
	version := -1
	text, _ := strings.CutPrefix(body, key+" version ")
	_, _ = fmt.Sscanf(text, "%d;", &version)
	return version
}

// uploadAndKill runs writers until a big upload is half sent and enough small
// ones are done, then kills the server.
func (c *child) uploadAndKill(t *testing.T, round int, written *ledger) {
	const half = 32 << 20 // more than the sockets can hold, so the server has seen some of it
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var writers sync.WaitGroup
	enough := make(chan struct{}, 1)
	for w := range 4 {
		writers.Go(func() {
			for n := 0; c.write(ctx, written, fmt.Sprintf("small %d/%d", w, n%25), round*1000+n); n++ {
				if n == 40 {
					select {
					case enough <- struct{}{}:
					default:
					}
				}
			}
		})
	}
	reader, writer := io.Pipe()
	writers.Go(func() {
		in := raw{payload: unsignedPayload, path: "/" + testBucket + "/big"}
		r := c.request(t, in)
		c.sign(t, r, in)
		r.Body, r.ContentLength = reader, 2*half
		if res, err := c.http.Do(r); err == nil {
			res.Body.Close()
			t.Error("the big upload was answered")
		}
		reader.Close()
	})
	if _, err := writer.Write(make([]byte, half)); err != nil {
		t.Fatal(err)
	}
	<-enough
	c.kill(t)
	writer.CloseWithError(io.ErrUnexpectedEOF)
	writers.Wait()
}

// write puts one version of a key; false when the server is gone.
func (c *child) write(ctx context.Context, written *ledger, key string, version int) bool {
	if c.tryPut(ctx, key, bodyOf(key, version)) != nil {
		return false
	}
	written.mu.Lock()
	defer written.mu.Unlock()
	written.acknowledged[key] = version
	return true
}

// wantWhole opens the directory after the kill and looks at everything in it.
func wantWhole(t *testing.T, dir string, written *ledger) {
	t.Helper()
	server, err := Open(testOptions(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server.Handler())
	defer func() {
		web.Close()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}()
	id, secret := server.Credentials()
	s := &testServer{Server: server, url: web.URL, dir: dir, http: web.Client(), client: newClient(web.Client(), web.URL, id, secret)}
	keys := s.list(t, listInput{})
	if len(keys) != len(s.files(t)) {
		t.Errorf("%d files for %d keys", len(s.files(t)), len(keys))
	}
	there := map[string]int{}
	for _, key := range keys {
		body := s.get(t, key)
		there[key] = versionOf(key, body)
		if body != bodyOf(key, there[key]) {
			t.Errorf("%s is not whole: %d bytes", key, len(body))
		}
	}
	for key, version := range written.acknowledged {
		if found, ok := there[key]; !ok || found < version {
			t.Errorf("%s was acknowledged in version %d, found %d", key, version, found)
		}
	}
	if _, ok := there["big"]; ok {
		t.Error("the unfinished upload is there")
	}
}
