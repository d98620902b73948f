package embedded

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLoadBesideWriters writes and deletes while the index is being rebuilt
// and expects listings to show the outcome.
func TestLoadBesideWriters(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var old []string
	for n := range 2000 {
		old = append(old, fmt.Sprintf("old/%04d", n))
	}
	t.Run("first", func(t *testing.T) {
		s := startTestServer(t, dir, httptest.NewServer)
		s.createBucket(t, testBucket)
		s.fill(t, old)
	})
	s := startTestServer(t, dir, httptest.NewServer)
	var want []string
	var writers sync.WaitGroup
	for n := range 50 {
		writers.Go(func() { s.put(t, fmt.Sprintf("new/%04d", n), "x") })
		writers.Go(func() { s.put(t, old[n*7], "replaced") })
		writers.Go(func() { s.deleteObject(t, old[n*11+1]) })
		want = append(want, fmt.Sprintf("new/%04d", n))
	}
	writers.Wait()
	deleted := map[string]bool{}
	for n := range 50 {
		deleted[old[n*11+1]] = true
	}
	for n := range 50 { // a key may be both; whichever came last has won
		if _, err := s.tryGet(t.Context(), old[n*7]); err == nil {
			deleted[old[n*7]] = false
		}
	}
	for _, key := range old {
		if !deleted[key] {
			want = append(want, key)
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, s.list(t, listInput{})); diff != "" {
		t.Error(diff)
	}
}

func TestClosedServer(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s.do(t, raw{method: "GET", path: "/"}).want(t, http.StatusServiceUnavailable, "ServiceUnavailable")
}

// TestPanic answers a defect with an error and stays alive.
func TestPanic(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	protocol := s.s3
	s.s3 = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("defect") })
	s.do(t, raw{method: "GET"}).want(t, http.StatusInternalServerError, "InternalError")
	s.s3 = protocol
	s.put(t, "key", strings.Repeat("x", 10))
}
