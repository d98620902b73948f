package embedded

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkPut stores objects of 1 KB, each synced to disk, over HTTP.
func BenchmarkPut(b *testing.B) {
	for _, workers := range []int{1, 16} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			s := newTestServer(b)
			s.http.Transport.(*http.Transport).MaxIdleConnsPerHost = workers
			body := strings.Repeat("x", 1<<10)
			var next atomic.Int64
			b.ResetTimer()
			var wg sync.WaitGroup
			for range workers {
				wg.Go(func() {
					for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
						if err := s.tryPut(context.Background(), fmt.Sprintf("Reports/bench/%d.csv", n), body); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "PUT/s")
		})
	}
}

// BenchmarkOpen opens a directory of 100,000 objects: until the server answers,
// and until it can list.
func BenchmarkOpen(b *testing.B) {
	const objects = 100_000
	dir := b.TempDir()
	s, err := Open(testOptions(b, dir))
	if err != nil {
		b.Fatal(err)
	}
	s.backend.disk.sync = func(*os.File) error { return nil }
	if err := s.backend.CreateBucket(b.Context(), testBucket); err != nil {
		b.Fatal(err)
	}
	for n := range objects {
		key := fmt.Sprintf("Reports/daily report %d/2026/11/24/20261124T000000Z-summary-%016x.csv", n%1000, n)
		storeObject(b, s.backend, key, strings.Repeat("x", 1<<10))
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	var opening time.Duration
	for b.Loop() {
		began := time.Now()
		s, err := Open(testOptions(b, dir))
		if err != nil {
			b.Fatal(err)
		}
		opening += time.Since(began)
		found, err := s.backend.bucket(testBucket)
		if err != nil {
			b.Fatal(err)
		}
		if err := found.wait(b.Context()); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(opening.Seconds()*1000/float64(b.N), "ms-to-serve")
}

// storeObject stores an object without a request.
func storeObject(t testing.TB, b *backend, key, body string) {
	t.Helper()
	verified := func(*record, *draft) error { return nil }
	_, err := b.store(t.Context(), testBucket, record{Key: key}, source{reader: strings.NewReader(body), size: int64(len(body)), verify: verified})
	if err != nil {
		t.Fatal(err)
	}
}
