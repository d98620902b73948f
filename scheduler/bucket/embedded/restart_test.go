package embedded

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"
)

func TestRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var keys []keyPair
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
		keys = s.keys
	})
	s := startTestServer(t, dir, httptest.NewServer)
	if !slices.Equal(s.keys[1:], keys[1:]) {
		t.Error("the keys in the files have changed")
	}
	if s.keys[0].accessKeyID == keys[0].accessKeyID || s.keys[0].secretAccessKey == keys[0].secretAccessKey {
		t.Error("the console's keys have outlived the process")
	}
	if diff := cmp.Diff([]string{testBucket, "second-bucket"}, s.buckets(t)); diff != "" {
		t.Error(diff)
	}
	listed := s.list(t, listInput{})
	if len(listed) != 19 || len(s.files(t)) != 19 {
		t.Errorf("%d keys, files %q", len(listed), s.files(t))
	}
	for _, key := range listed {
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
		wantCode(t, err, "ObjectDamaged")
		s.put(t, key, "repaired")
		if got := s.get(t, key); got != "repaired" {
			t.Errorf("%s: got %q", key, got)
		}
	}
}
