package embedded

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
)

// startSmallDisk starts a server that has little room: on a small file system
// of its own, or with small files only where mounting is not allowed. Both
// times it is the kernel that refuses.
func startSmallDisk(t testing.TB) (c *child, files string) {
	t.Helper()
	dir := t.TempDir()
	c, err := startChild(t, dir, mountedDisk)
	if err == nil {
		// The mount is visible only to the child and through its root.
		return c, filepath.Join("/proc", fmt.Sprint(c.process.Process.Pid), "root", dir)
	}
	t.Logf("no mount of our own (%v): limiting the size of files", err)
	if c, err = startChild(t, dir, limitedDisk); err != nil {
		t.Fatal(err)
	}
	return c, dir
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	c, files := startSmallDisk(t)
	c.createBucket(t, testBucket)
	c.put(t, "small", "first version")
	var stored []string
	body := strings.Repeat("x", 2<<20)
	for len(stored) < 10 {
		key := fmt.Sprintf("big %d", len(stored))
		if err := c.tryPut(t.Context(), key, body); err != nil {
			wantFull(t, err)
			break
		}
		stored = append(stored, key)
	}
	if len(stored) == 10 {
		t.Fatal("the disk has more room than it should")
	}
	wantFull(t, c.tryPut(t.Context(), "small", body))
	m := c.begin(t, "parts")
	_, err := m.tryAdd(t, 1, body, "")
	wantFull(t, err)
	if diff := cmp.Diff(append(stored, "small"), c.list(t, listInput{})); diff != "" {
		t.Error(diff)
	}
	if got := c.get(t, "small"); got != "first version" {
		t.Errorf("the object that was not replaced is now %q", got)
	}
	if got := len(objectFiles(t, files)); got != len(stored)+1 {
		t.Errorf("%d files for %d objects", got, len(stored)+1)
	}
	for _, key := range stored {
		if got := c.get(t, key); got != body {
			t.Errorf("%s has %d bytes", key, len(got))
		}
		c.deleteObject(t, key)
	}
	c.put(t, "small", "room again")
}

func wantFull(t testing.TB, err error) {
	t.Helper()
	wantCode(t, err, "StorageFull")
	var res interface{ HTTPStatusCode() int }
	if !errors.As(err, &res) || res.HTTPStatusCode() != http.StatusInsufficientStorage || !strings.Contains(err.Error(), "disk of the server is full") {
		t.Errorf("got %v", err)
	}
}

// TestFaults makes the file system fail at every step of a write. Writing to
// /dev/full is the kernel's own "no space left on device".
func TestFaults(t *testing.T) {
	t.Parallel()
	type hooks struct {
		create func(string) (*os.File, error)
		sync   func(*os.File) error
	}
	full := func(string) (*os.File, error) { return os.OpenFile("/dev/full", os.O_RDWR, 0) }
	syncFails := func(err error) func(*os.File) error {
		return func(f *os.File) error {
			if strings.Contains(f.Name(), tempName) {
				return err
			}
			return f.Sync()
		}
	}
	for name, c := range map[string]struct {
		hooks hooks
		code  string
	}{
		"no inode left":     {hooks{create: func(string) (*os.File, error) { return nil, &os.PathError{Op: "open", Err: syscall.ENOSPC} }}, "StorageFull"},
		"write: full":       {hooks{create: full}, "StorageFull"},
		"sync: full":        {hooks{sync: syncFails(syscall.ENOSPC)}, "StorageFull"},
		"sync: quota":       {hooks{sync: syncFails(syscall.EDQUOT)}, "StorageFull"},
		"sync: disk broken": {hooks{sync: syncFails(syscall.EIO)}, "InternalError"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newTestServer(t)
			s.put(t, "key", "before")
			if c.hooks.create != nil {
				s.backend.disk.create = c.hooks.create
			}
			if c.hooks.sync != nil {
				s.backend.disk.sync = c.hooks.sync
			}
			wantCode(t, s.tryPut(t.Context(), "key", "after"), c.code)
			wantCode(t, s.tryPut(t.Context(), "new", "after"), c.code)
			_, err := s.client.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: aws.String(testBucket), Key: aws.String("copy"), CopySource: aws.String(testBucket + "/key")})
			wantCode(t, err, c.code)
			_, err = s.client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("another-bucket")})
			wantCode(t, err, c.code)
			if got := s.get(t, "key"); got != "before" {
				t.Errorf("got %q", got)
			}
			if diff := cmp.Diff([]string{"key"}, s.list(t, listInput{})); diff != "" {
				t.Error(diff)
			}
			if got := s.files(t); len(got) != 1 {
				t.Errorf("files: %q", got)
			}
			if diff := cmp.Diff([]string{testBucket}, s.buckets(t)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestBucketNotDurable fails to make a new bucket durable and expects that it
// can be created later.
func TestBucketNotDurable(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.backend.disk.sync = func(f *os.File) error {
		if f.Name() == s.backend.disk.root {
			return syscall.EIO
		}
		return f.Sync()
	}
	_, err := s.client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("another-bucket")})
	wantCode(t, err, "InternalError")
	s.backend.disk.sync = (*os.File).Sync
	s.createBucket(t, "another-bucket")
}

// TestDirectoryNotDurable fails to make the names of a directory durable.
// Whoever is told of an error finds everything as it was, also after a restart.
func TestDirectoryNotDurable(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(s *testServer, t testing.TB) error{
		"put":     func(s *testServer, t testing.TB) error { return s.tryPut(t.Context(), "new", "after") },
		"replace": func(s *testServer, t testing.TB) error { return s.tryPut(t.Context(), "key", "after") },
		"copy": func(s *testServer, t testing.TB) error {
			_, err := s.client.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: aws.String(testBucket), Key: aws.String("key"), CopySource: aws.String(testBucket + "/other")})
			return err
		},
		"parts": func(s *testServer, t testing.TB) error {
			m := s.begin(t, "key")
			m.add(t, 1, "after", "")
			defer func() { _ = m.abort(t) }()
			return m.complete(t)
		},
		"delete": func(s *testServer, t testing.TB) error {
			_, err := s.client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(testBucket), Key: aws.String("key")})
			return err
		},
		"delete several": func(s *testServer, t testing.TB) error {
			ids := []types.ObjectIdentifier{{Key: aws.String("key")}, {Key: aws.String("key")}, {Key: aws.String("other")}}
			out, err := s.client.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: aws.String(testBucket), Delete: &types.Delete{Objects: ids}})
			if err != nil || len(out.Errors) != 3 || len(out.Deleted) != 0 {
				t.Fatalf("got %v %+v", err, out)
			}
			return &smithy.GenericAPIError{Code: *out.Errors[0].Code}
		},
		"delete bucket": func(s *testServer, t testing.TB) error {
			_, err := s.client.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: aws.String("empty-bucket")})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			t.Run("fault", func(t *testing.T) {
				s := startTestServer(t, dir, httptest.NewServer)
				s.createBucket(t, testBucket)
				s.createBucket(t, "empty-bucket")
				s.put(t, "key", "before")
				s.put(t, "other", "other")
				s.backend.disk.sync = func(f *os.File) error {
					if info, err := f.Stat(); err == nil && info.IsDir() {
						return syscall.EIO
					}
					return f.Sync()
				}
				wantCode(t, write(s, t), "InternalError")
				s.wantAsBefore(t)
			})
			s := startTestServer(t, dir, httptest.NewServer)
			s.wantAsBefore(t)
			s.put(t, "new", "works again")
		})
	}
}

// wantAsBefore fails unless all is there as before the fault, and nothing else.
func (s *testServer) wantAsBefore(t testing.TB) {
	t.Helper()
	if diff := cmp.Diff([]string{"key", "other"}, s.list(t, listInput{})); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"before", "other"}, []string{s.get(t, "key"), s.get(t, "other")}); diff != "" {
		t.Error(diff)
	}
	_, err := s.tryGet(t.Context(), "new")
	wantCode(t, err, "NoSuchKey")
	if diff := cmp.Diff([]string{"empty-bucket", testBucket}, s.buckets(t)); diff != "" {
		t.Error(diff)
	}
	if got := s.files(t); len(got) != 2 {
		t.Errorf("files: %q", got)
	}
}

// TestClientGoesAway cuts a connection in the middle of a body.
func TestClientGoesAway(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	in := raw{body: strings.Repeat("x", 1<<20), payload: unsignedPayload}
	r := s.request(t, in)
	s.sign(t, r, in)
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(in.body[:100_000]), iotest.ErrReader(errors.New("gone"))))
	if res, err := s.http.Do(r); err == nil {
		res.Body.Close()
		t.Errorf("got %d", res.StatusCode)
	}
	s.web.Close() // waits for the handler
	s.wantNothing(t)
}
