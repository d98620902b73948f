package bucket

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
)

// sizes are of an object that goes up in one request and of one in parts.
func sizes() map[string]int64 { return map[string]int64{"whole": 100, "parts": partSize + 1} }

func TestLaterAttemptReplacesWhatAnEarlierLeft(t *testing.T) {
	t.Parallel()
	for name, size := range sizes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, openS3(t))
			writers := []*Writer{nil, {1, "a"}, {1, "b"}, {3, "c"}} // nil: before there were conditions
			for i, w := range writers {
				o, err := c.Put(t.Context(), "reports", "k", stream(size+int64(i)), PutOptions{Writer: w})
				if err != nil {
					t.Fatalf("%v: %v", w, err)
				}
				if got, err := c.Head(t.Context(), "reports", "k"); err != nil || got.Size != size+int64(i) || got.ETag != o.ETag {
					t.Errorf("%v: %+v, %v; put said %+v", w, got, err, o)
				}
			}
		})
	}
}

func TestEarlierAttemptReplacesNothing(t *testing.T) {
	t.Parallel()
	for name, size := range sizes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, openS3(t))
			later, err := c.Put(t.Context(), "reports", "k", stream(5), PutOptions{Writer: &Writer{2, "b"}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Put(t.Context(), "reports", "k", stream(size), PutOptions{Writer: &Writer{1, "a"}}); !errors.Is(err, ErrOvertaken) {
				t.Errorf("error %v, want %v", err, ErrOvertaken)
			}
			if got, err := c.Head(t.Context(), "reports", "k"); err != nil || got.ETag != later.ETag {
				t.Errorf("the object is another one: %+v, %v", got, err)
			}
			if err := c.Delete(t.Context(), "reports", "k"); err != nil {
				t.Fatal(err)
			}
			emptyHanded(t, c)
		})
	}
}

// lostAnswers lets requests of one kind through and loses the answer to the first.
func lostAnswers(lose func(*http.Request) bool) func(http.Handler) http.Handler {
	var lost atomic.Bool
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if lose(r) && lost.CompareAndSwap(false, true) {
				next.ServeHTTP(discarded{header: http.Header{}}, r)
				panic(http.ErrAbortHandler)
			}
			next.ServeHTTP(w, r)
		})
	}
}

// discarded is an answer that nobody gets.
type discarded struct{ header http.Header }

func (d discarded) Header() http.Header         { return d.header }
func (d discarded) Write(b []byte) (int, error) { return len(b), nil }
func (d discarded) WriteHeader(int)             {}

func TestAttemptWhoseAnswerWasLostIsNotOvertakenByItself(t *testing.T) {
	t.Parallel()
	appears := map[string]func(*http.Request) bool{
		"whole": func(r *http.Request) bool { return r.Method == http.MethodPut && r.URL.Path == "/reports/k" },
		"parts": func(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Query().Has("uploadId") },
	}
	for name, size := range sizes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := openS3(t, lostAnswers(appears[name]))
			o.Attempts = 3
			c := open(t, o)
			put, err := c.Put(t.Context(), "reports", "k", stream(size), PutOptions{Writer: &Writer{1, "a"}})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := c.Head(t.Context(), "reports", "k"); err != nil || got.ETag != put.ETag || got.Size != size {
				t.Errorf("%+v, %v; put said %+v", got, err, put)
			}
		})
	}
}

// TestWriterMeetsAServerWithoutConditions puts to one that answers as those do.
func TestWriterMeetsAServerWithoutConditions(t *testing.T) {
	t.Parallel()
	for _, answer := range []struct {
		status int
		code   string
	}{{http.StatusNotImplemented, "NotImplemented"}, {http.StatusBadRequest, "InvalidArgument"}} {
		t.Run(answer.code, func(t *testing.T) {
			t.Parallel()
			refuse := func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("If-None-Match") == "" && r.Header.Get("If-Match") == "" {
						next.ServeHTTP(w, r)
						return
					}
					w.Header().Set("Content-Type", "application/xml")
					w.WriteHeader(answer.status)
					fmt.Fprintf(w, "<Error><Code>%s</Code><Message>no</Message></Error>", answer.code)
				})
			}
			o := openS3(t, refuse)
			if _, err := open(t, o).Put(t.Context(), "reports", "k", stream(1), PutOptions{Writer: &Writer{1, "a"}}); err == nil {
				t.Error("the embedded server is believed not to know conditions")
			}
			c := open(t, o)
			c.mode = Endpoint
			for n := 1; n <= 2; n++ {
				for name, size := range sizes() {
					if _, err := c.Put(t.Context(), "reports", name, stream(size), PutOptions{Writer: &Writer{n, "a"}}); err != nil {
						t.Errorf("%s, attempt %d: %v", name, n, err)
					}
				}
			}
		})
	}
}

// TestWriterThatMayNotLook has credentials with which S3 tells nothing of
// objects, not even that there is none.
func TestWriterThatMayNotLook(t *testing.T) {
	t.Parallel()
	blind := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodHead {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	for name, size := range sizes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := open(t, openS3(t, blind))
			if _, err := c.Put(t.Context(), "reports", "k", stream(size), PutOptions{Writer: &Writer{1, "a"}}); err != nil {
				t.Fatal(err)
			}
			_, err := c.Put(t.Context(), "reports", "k", stream(size), PutOptions{Writer: &Writer{2, "b"}})
			if f := Explain(err); f.Code != "AccessDenied" {
				t.Errorf("what it can't tell from a later one was replaced: %v", err)
			}
		})
	}
}
