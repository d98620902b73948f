package embedded

import (
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

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
