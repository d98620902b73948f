package embedded

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
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

// flip changes one bit of the file of an object.
func (s *testServer) flip(t testing.TB, key string, at int64) {
	t.Helper()
	flipIn(t, filepath.Join(s.dir, "s3", testBucket, locate(key).path), at)
}

func flipIn(t testing.TB, path string, at int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1)
	_, err = f.ReadAt(b, at)
	b[0] ^= 0x10
	_, err2 := f.WriteAt(b, at)
	if err := errors.Join(err, err2, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// lockedBuffer is a log that is read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// TestFlippedBit changes one bit of each kind of object at its begin, its end
// and in between. It is refused before its first byte.
func TestFlippedBit(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	log := &lockedBuffer{}
	s.backend.log = slog.New(slog.NewTextHandler(log, nil))
	bodies := map[string]string{"one byte": "x", "small": testBody, "one block": randomBody(contentBlock), "blocks": randomBody(2*contentBlock + 7)}
	for name, body := range bodies {
		for i, at := range []int{0, len(body) / 2, len(body) - 1} {
			key := fmt.Sprint("key ", name, i)
			path := "/" + testBucket + "/" + strings.ReplaceAll(key, " ", "%20")
			s.put(t, key, body)
			if got := s.get(t, key); got != body {
				t.Fatalf("%s: got %d bytes", key, len(got))
			}
			s.flip(t, key, int64(at))
			s.do(t, raw{method: "GET", path: path}).want(t, http.StatusInternalServerError, "ObjectDamaged")
			s.do(t, raw{method: "GET", path: path, header: map[string]string{"Range": fmt.Sprintf("bytes=%d-%d", at, at)}}).want(t, 500, "ObjectDamaged")
			_, err := s.client.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: aws.String(testBucket), Key: aws.String("copy"), CopySource: aws.String(testBucket + "/" + strings.ReplaceAll(key, " ", "%20"))})
			wantCode(t, err, "ObjectDamaged")
			_, err = s.client.PutObjectTagging(t.Context(), &s3.PutObjectTaggingInput{Bucket: aws.String(testBucket), Key: &key, Tagging: tags("a", "b")})
			wantCode(t, err, "ObjectDamaged")
			if !strings.Contains(log.String(), fmt.Sprintf("bucket=%s object=%q", testBucket, key)) {
				t.Errorf("the log does not name %s", key)
			}
			s.put(t, key, body)
			if got := s.get(t, key); got != body {
				t.Errorf("%s: not repaired", key)
			}
		}
	}
	if got := len(s.files(t)); got != 3*len(bodies) {
		t.Errorf("%d files for %d objects", got, 3*len(bodies))
	}
}

// TestFlippedBitOfALargeObject breaks the connection before the bytes of the
// damaged block; ranges without it are good.
func TestFlippedBitOfALargeObject(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	body := randomBody(verifiedFirst + 2*contentBlock)
	s.put(t, "key", body)
	at := len(body) - contentBlock - 1
	s.flip(t, "key", int64(at))
	r := s.request(t, raw{method: "GET"})
	s.sign(t, r, raw{})
	res, err := s.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err == nil || len(got) > at || string(got) != body[:len(got)] {
		t.Errorf("got %d bytes, %v; the damage is at %d", len(got), err, at)
	}
	s.do(t, raw{method: "GET"}).want(t, 500, "ObjectDamaged") // known now
	good := s.do(t, raw{method: "GET", header: map[string]string{"Range": "bytes=100-199"}})
	if good.status != 206 || good.body != body[100:200] {
		t.Errorf("a good range: %d %q", good.status, good.body)
	}
	s.put(t, "key", body)
	if s.get(t, "key") != body {
		t.Error("not repaired")
	}
}

// TestFlippedBitOfAPart is found before the parts become an object.
func TestFlippedBitOfAPart(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	m := s.begin(t, "key")
	m.add(t, 1, testBody, "")
	flipIn(t, s.files(t)[0], 5)
	wantCode(t, m.complete(t), "ObjectDamaged")
	if got := s.list(t, listInput{}); len(got) > 0 {
		t.Errorf("listed: %v", got)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startTestServer(t, dir, httptest.NewServer)
	s.createBucket(t, testBucket)
	s.createBucket(t, "empty-bucket")
	large := randomBody(3 * contentBlock)
	for _, key := range []string{"good", "flipped", "no record", "moved", "Ä\n"} {
		s.put(t, key, large)
	}
	s.flip(t, "flipped", 2*contentBlock+1)
	path := func(key string) string { return filepath.Join(dir, "s3", testBucket, locate(key).path) }
	if err := errors.Join(os.Truncate(path("no record"), 100), os.Rename(path("moved"), path("moved")+"0")); err != nil {
		t.Fatal(err)
	}
	s.begin(t, "unfinished").add(t, 1, "part", "")
	got := map[string]bool{}
	err := Check(t.Context(), filepath.Join(dir, "s3"), func(c Checked) error {
		got[c.Key] = c.Damage == nil
		if c.Key != "" && c.Size != int64(len(large)) {
			t.Errorf("%q has %d bytes", c.Key, c.Size)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"good": true, "flipped": false, "": false, "moved": false, "Ä\n": true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := Check(t.Context(), filepath.Join(dir, "absent"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
