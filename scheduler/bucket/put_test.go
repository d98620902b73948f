package bucket

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/google/go-cmp/cmp"
)

const mib = 1 << 20

func TestPutAndGet(t *testing.T) {
	t.Parallel()
	c := open(t, openS3(t))
	for name, size := range map[string]int64{
		"empty":         0,
		"one byte":      1,
		"first buffer":  firstBuffer,
		"and one":       firstBuffer + 1,
		"1 MiB":         mib,
		"one part - 1":  partSize - 1,
		"one part":      partSize,
		"one part + 1":  partSize + 1,
		"two parts":     2 * partSize,
		"two parts + 1": 2*partSize + 1,
		"40 MiB":        40 * mib,
	} {
		t.Run(name, func(t *testing.T) {
			key := "sizes/" + name
			o, err := c.Put(t.Context(), "reports", key, stream(size), PutOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if o.Key != key || o.Bucket != "reports" || o.Size != size || o.ETag == "" {
				t.Errorf("put says %+v", o)
			}
			body, got, err := c.Get(t.Context(), "reports", key)
			if err != nil {
				t.Fatal(err)
			}
			defer body.Close()
			want, have := sha256.New(), sha256.New()
			if _, err := io.Copy(have, body); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(want, stream(size)); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(have.Sum(nil), want.Sum(nil)) || got.Size != size {
				t.Errorf("other bytes came back, size %d, want %d", got.Size, size)
			}
			if got.ETag != o.ETag {
				t.Errorf("ETag %s, put said %s", got.ETag, o.ETag)
			}
		})
	}
}

func TestPutSendsAChecksumAndOneRequestPerPart(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var sent []string
	record := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/k") {
				line := r.Method
				for _, q := range []string{"uploads", "partNumber", "uploadId"} {
					if r.URL.Query().Has(q) {
						line += " " + q
					}
				}
				if r.Header.Get("X-Amz-Checksum-Crc32") != "" || strings.EqualFold(r.Header.Get("X-Amz-Trailer"), "x-amz-checksum-crc32") {
					line += " crc32"
				}
				mu.Lock()
				sent = append(sent, line)
				mu.Unlock()
			}
			next.ServeHTTP(w, r)
		})
	}
	c := open(t, openS3(t, record))
	for size, want := range map[int64][]string{
		partSize:     {"PUT crc32"},
		partSize + 1: {"POST uploads", "PUT partNumber uploadId crc32", "PUT partNumber uploadId crc32", "POST uploadId"},
	} {
		sent = nil
		if _, err := c.Put(t.Context(), "reports", "k", stream(size), PutOptions{}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, sent); diff != "" {
			t.Errorf("%d bytes: requests (-want +got):\n%s", size, diff)
		}
	}
}

func TestPutKeepsTypeAndMetadata(t *testing.T) {
	t.Parallel()
	c := open(t, openS3(t))
	want := PutOptions{ContentType: "text/csv; charset=utf-8", Metadata: map[string]string{
		"report-type": "summary", "usage-report-arn": "arn:aws:license-manager:us-east-1:000000000001:report-generator:r-0", "schema-version": "1"}}
	for key, size := range map[string]int64{"small.csv": 10, "large.csv": partSize + 10} {
		if _, err := c.Put(t.Context(), "reports", key, stream(size), want); err != nil {
			t.Fatal(err)
		}
		got, err := c.Head(t.Context(), "reports", key)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, PutOptions{ContentType: got.ContentType, Metadata: got.Metadata}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", key, diff)
		}
		if got.Size != size || got.ModifiedAt.IsZero() {
			t.Errorf("%s: %+v", key, got)
		}
	}
}

// The memory that an upload takes must not depend on its length.
//
//nolint:paralleltest // it reads the allocations of the whole process
func TestPutTakesConstantMemory(t *testing.T) {
	discard := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !r.URL.Query().Has("partNumber") {
				next.ServeHTTP(w, r)
				return
			}
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				t.Error(err)
			}
			w.Header().Set("ETag", `"00000000000000000000000000000000"`)
		})
	}
	c := open(t, openS3(t, discard))
	allocated := func(size int64) (bytes uint64) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		// The completion fails, since the server saw no part; all parts went up before.
		_, err := c.Put(t.Context(), "reports", "k", stream(size), PutOptions{})
		if code(err) != "InvalidPart" {
			t.Fatalf("put: %v, want InvalidPart", err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	allocated(40 * mib) // what is allocated once
	small, large := allocated(40*mib), allocated(200*mib)
	t.Logf("allocated %d KiB for 40 MiB, %d KiB for 200 MiB", small>>10, large>>10)
	if small > 32*mib || large > small+16*mib {
		t.Errorf("160 MiB more to upload took %d MiB more memory", (large-small)>>20)
	}
}

//nolint:paralleltest // it reads the allocations of the whole process
func TestSmallBodiesCostLittle(t *testing.T) {
	c := open(t, openS3(t))
	put := func() {
		if _, err := c.Put(t.Context(), "reports", "k", strings.NewReader("a,b\n1,2\n"), PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	put()
	const n = 50
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range n {
		put()
	}
	runtime.ReadMemStats(&after)
	each := (after.TotalAlloc - before.TotalAlloc) / n
	t.Logf("%d KiB per upload, client and server together", each>>10)
	if each > 512<<10 {
		t.Errorf("a body of 8 bytes costs %d KiB", each>>10)
	}
}

// cancelAfter ends the context when n bytes have been read.
type cancelAfter struct {
	io.Reader
	n      int64
	cancel func()
}

func (r *cancelAfter) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if r.n -= int64(n); r.n <= 0 {
		r.cancel()
	}
	return n, err
}

func TestPutCanceledLeavesNothing(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]int64{"at once": 0, "first part": mib, "second part": partSize + mib, "later": 30 * mib} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, openS3(t))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			body := &cancelAfter{Reader: stream(40 * mib), n: after, cancel: cancel}
			_, err := c.Put(ctx, "reports", "k", body, PutOptions{})
			if !errors.Is(err, context.Canceled) || errors.Is(err, ErrBody) {
				t.Errorf("error %v, want canceled", err)
			}
			if f := Explain(err); f.Code != "Canceled" {
				t.Errorf("explained as %+v", f)
			}
			emptyHanded(t, c)
		})
	}
}

// A body may end with the context as well; that is no failure of the body.
func TestPutOfABodyThatIsCanceled(t *testing.T) {
	t.Parallel()
	c := open(t, openS3(t))
	for _, size := range []int64{100, 10 * mib} {
		ctx, cancel := context.WithCancel(t.Context())
		end := iotest.ErrReader(fmt.Errorf("query: %w", context.Canceled))
		body := &cancelAfter{Reader: io.MultiReader(stream(size), end), n: size, cancel: cancel}
		_, err := c.Put(ctx, "reports", "k", body, PutOptions{})
		if !errors.Is(err, context.Canceled) || errors.Is(err, ErrBody) {
			t.Errorf("%d bytes: error %v, want canceled", size, err)
		}
	}
	emptyHanded(t, c)
}

// A context that ends while the server is opening the upload must not leave an
// upload whose id nobody has learned.
func TestPutCanceledWhileTheUploadIsOpened(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := open(t, openS3(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Has("uploads") && r.Method == http.MethodPost {
				cancel()
			}
			next.ServeHTTP(w, r)
		})
	}))
	_, err := c.Put(ctx, "reports", "k", stream(20*mib), PutOptions{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want canceled", err)
	}
	emptyHanded(t, c)
}

func TestPutOfAFailingBodyLeavesNothing(t *testing.T) {
	t.Parallel()
	broken := errors.New("the database is gone")
	for name, size := range map[string]int64{"at once": 0, "small": 100, "first part": mib, "after one part": partSize, "later": 20*mib + 5} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, openS3(t))
			body := io.MultiReader(stream(size), iotest.ErrReader(broken))
			_, err := c.Put(t.Context(), "reports", "k", body, PutOptions{})
			if !errors.Is(err, broken) || !errors.Is(err, ErrBody) {
				t.Errorf("error %v, want the body's", err)
			}
			if f := Explain(err); f.Code != "BodyFailed" {
				t.Errorf("explained as %+v", f)
			}
			emptyHanded(t, c)
		})
	}
}

func TestFailedPutKeepsTheOldObject(t *testing.T) {
	t.Parallel()
	c := open(t, openS3(t))
	if _, err := c.Put(t.Context(), "reports", "k", strings.NewReader("old"), PutOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int64{10, 20 * mib} {
		body := io.MultiReader(stream(size), iotest.ErrReader(errors.New("no more")))
		if _, err := c.Put(t.Context(), "reports", "k", body, PutOptions{}); err == nil {
			t.Fatal("no error")
		}
		if o, err := c.Head(t.Context(), "reports", "k"); err != nil || o.Size != 3 {
			t.Errorf("after a failure with %d bytes: %+v, %v", size, o, err)
		}
	}
}

func TestPutBeyondTheLimit(t *testing.T) {
	t.Parallel()
	c := open(t, openS3(t))
	c.maxParts = 2
	if _, err := c.Put(t.Context(), "reports", "fits", stream(2*partSize), PutOptions{}); err != nil {
		t.Errorf("exactly at the limit: %v", err)
	}
	if err := c.Delete(t.Context(), "reports", "fits"); err != nil {
		t.Fatal(err)
	}
	_, err := c.Put(t.Context(), "reports", "k", stream(2*partSize+1), PutOptions{})
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("error %v, want ErrTooLarge", err)
	}
	if f := Explain(err); f.Code != "EntityTooLarge" || f.Retryable {
		t.Errorf("explained as %+v", f)
	}
	emptyHanded(t, c)
}

// A server that fails in the middle: the parts that it has taken go away.
func TestPutFailingOnTheServerLeavesNothing(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]func(*http.Request) bool{
		"part":     func(r *http.Request) bool { return r.URL.Query().Get("partNumber") == "2" },
		"complete": func(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Query().Has("uploadId") },
		"create":   func(r *http.Request) bool { return r.URL.Query().Has("uploads") && r.Method == http.MethodPost },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, openS3(t, func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if fails(r) {
						w.WriteHeader(http.StatusInsufficientStorage)
						_, _ = io.WriteString(w, "<Error><Code>StorageFull</Code><Message>full</Message></Error>")
						return
					}
					next.ServeHTTP(w, r)
				})
			}))
			_, err := c.Put(t.Context(), "reports", "k", stream(20*mib), PutOptions{})
			if f := Explain(err); f.Code != "StorageFull" || f.Words != "There is no space left for reports. License Manager can’t write to reports (StorageFull)." {
				t.Errorf("%v explained as %+v", err, f)
			}
			emptyHanded(t, c)
		})
	}
}

func TestPutRefusesDamage(t *testing.T) {
	t.Parallel()
	flip := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/k") {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					return // the other part was refused, and this one given up
				}
				body[len(body)/2] ^= 1
				r.Body = io.NopCloser(bytes.NewReader(body))
			}
			next.ServeHTTP(w, r)
		})
	}
	for _, size := range []int64{100, 20 * mib} {
		c := open(t, openS3(t, flip))
		_, err := c.Put(t.Context(), "reports", "k", stream(size), PutOptions{})
		if f := Explain(err); !f.Retryable || !strings.HasPrefix(f.Words, "The file arrived damaged") {
			t.Errorf("%v explained as %+v", err, f)
		}
		emptyHanded(t, c)
	}
}

func TestManyPutsAtOnceKeepTheirConnections(t *testing.T) {
	t.Parallel()
	o := openS3(t)
	c := open(t, o)
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			for j := range 4 {
				key := string(rune('a'+i%26)) + "/" + string(rune('a'+i/26)) + string(rune('a'+j))
				if _, err := c.Put(t.Context(), "reports", key, strings.NewReader(key), PutOptions{}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	out, err := c.s3.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String("reports")})
	if err != nil || len(out.Contents) != 256 {
		t.Errorf("%d objects, %v, want 256", len(out.Contents), err)
	}
}
