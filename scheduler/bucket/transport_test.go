package bucket

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestWrongKeys(t *testing.T) {
	t.Parallel()
	o := openS3(t)
	wrongID, wrongSecret := o, o
	wrongID.AccessKeyID, wrongSecret.SecretAccessKey = "AKIDOTHER", "other"
	for name, ask := range requests(open(t, wrongID), "reports") {
		t.Run("id/"+name, func(t *testing.T) { wantRefusal(t, ask(t), "InvalidAccessKeyId") })
	}
	for name, ask := range requests(open(t, wrongSecret), "reports") {
		t.Run("secret/"+name, func(t *testing.T) { wantRefusal(t, ask(t), "SignatureDoesNotMatch") })
	}
}

// wantRefusal wants the words for wrong keys; an answer to HEAD has no code, so
// that only the denial can be told.
func wantRefusal(t *testing.T, err error, code string) {
	t.Helper()
	f := Explain(err)
	if f.Code == code && strings.HasPrefix(f.Words, "S3 doesn’t accept the access key. ") && !f.Retryable {
		return
	}
	if f.Code == "AccessDenied" && strings.Contains(err.Error(), "Head") && !f.Retryable {
		return
	}
	t.Errorf("%v explained as %+v", err, f)
}

func TestRefusedConnection(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	c := open(t, static("http://"+address))
	for name, ask := range requests(c, "reports") {
		t.Run(name, func(t *testing.T) {
			wantFailure(t, ask(t), nil, "Can’t connect to S3 at "+address+": connection refused")
		})
	}
}

// static are options for a server that asks for no particular keys.
func static(url string) Options {
	return Options{Mode: Embedded, Endpoint: url, AccessKeyID: "AKIDANY", SecretAccessKey: "any", Attempts: 1}
}

// silent is a server that takes connections and never says a word; it reads what
// comes if reads is set.
func silent(t *testing.T, reads bool) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			if reads {
				go func() { _, _ = io.Copy(io.Discard, conn) }()
			}
		}
	}()
	return "http://" + listener.Addr().String()
}

func TestHungServer(t *testing.T) {
	t.Parallel()
	for kind, reads := range map[string]bool{"reads": true, "reads nothing": false} {
		o := static(silent(t, reads))
		o.Silence = 50 * time.Millisecond
		for name, ask := range requests(open(t, o), "reports") {
			t.Run(kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				wantFailure(t, ask(t), nil, "S3 did not respond: request timed out")
			})
		}
	}
}

// A server that stops in the middle of an upload or a download.
func TestStalledTransfer(t *testing.T) {
	t.Parallel()
	gate := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Query().Has("uploads"):
			_, _ = io.WriteString(w, "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>")
		case r.Method == http.MethodPut:
			_, _ = io.CopyN(io.Discard, r.Body, 100<<10)
			<-gate
		case r.Method == http.MethodGet:
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, "the beginning")
			_ = http.NewResponseController(w).Flush()
			<-gate
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(gate) })
	o := static(server.URL)
	o.Silence = 100 * time.Millisecond
	c := open(t, o)
	for _, size := range []int64{partSize, 3 * partSize} {
		_, err := c.Put(t.Context(), "reports", "k", stream(size), PutOptions{})
		wantFailure(t, err, nil, "S3 did not respond: request timed out")
	}
	body, _, err := c.Get(t.Context(), "reports", "k")
	if err == nil { // on a busy machine the answer itself may be late
		defer body.Close()
		_, err = io.ReadAll(body)
	}
	wantFailure(t, err, nil, "S3 did not respond: request timed out")
}

// A transfer that is slow but moves may take many times the silence, and the
// answer to it is awaited from its end on, not from its beginning.
func TestSlowTransferGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const silence = time.Minute
		near, far := net.Pipe()
		conn := &watchedConn{Conn: near, silence: silence}
		go func() {
			for range 16 {
				<-time.After(silence / 2)
				_, _ = io.CopyN(io.Discard, far, writeChunk/2+1)
				<-time.After(silence / 4)
				_, _ = io.CopyN(io.Discard, far, writeChunk/2-1)
			}
			_, _ = io.CopyN(io.Discard, far, mib/2)
			<-time.After(silence / 2)
			_, _ = io.WriteString(far, "done")
		}()
		began := time.Now()
		answer := make(chan error, 1)
		go func() {
			_, err := io.ReadFull(conn, make([]byte, 4))
			answer <- err
		}()
		if n, err := conn.Write(make([]byte, 3*mib/2)); n != 3*mib/2 || err != nil {
			t.Errorf("wrote %d bytes, %v", n, err)
		}
		if err := <-answer; err != nil {
			t.Errorf("answer: %v", err)
		}
		if took := time.Since(began); took < 12*silence {
			t.Errorf("took %s, too short to show anything", took)
		}
	})
}

// A connection that is silent in the one or the other direction fails on time.
func TestSilentConnectionFails(t *testing.T) {
	t.Parallel()
	for name, use := range map[string]func(net.Conn) error{
		"read":  func(c net.Conn) error { _, err := c.Read(make([]byte, 1)); return err },
		"write": func(c net.Conn) error { _, err := c.Write(make([]byte, mib)); return err },
	} {
		synctest.Test(t, func(t *testing.T) {
			near, _ := net.Pipe()
			began := time.Now()
			err := use(&watchedConn{Conn: near, silence: time.Minute})
			if !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != time.Minute {
				t.Errorf("%s: %v after %s", name, err, time.Since(began))
			}
			wantFailure(t, err, nil, "S3 did not respond: request timed out")
		})
	}
}

func TestDeadlineOfTheContext(t *testing.T) {
	t.Parallel()
	c := open(t, static(silent(t, true)))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err := c.Put(ctx, "reports", "k", strings.NewReader("x"), PutOptions{})
	wantFailure(t, err, context.DeadlineExceeded, "S3 did not respond: request timed out")
}

func TestConnectionLost(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.Close()
	}))
	t.Cleanup(server.Close)
	for name, ask := range requests(open(t, static(server.URL)), "reports") {
		t.Run(name, func(t *testing.T) { wantFailure(t, ask(t), nil, "The connection to S3 was lost") })
	}
}

func TestTLSFailures(t *testing.T) {
	t.Parallel()
	handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	untrusted := httptest.NewUnstartedServer(handler)
	untrusted.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	untrusted.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	plain := httptest.NewServer(handler)
	t.Cleanup(plain.Close)
	for url, words := range map[string]string{
		untrusted.URL: "No secure connection to S3: the server’s certificate is not trusted or not for this name",
		strings.Replace(plain.URL, "http:", "https:", 1): "No secure connection to S3: the server doesn’t speak TLS at this address",
	} {
		_, err := open(t, static(url)).Put(t.Context(), "reports", "k", strings.NewReader("x"), PutOptions{})
		wantFailure(t, err, nil, words)
	}
}

func TestNameNotFound(t *testing.T) {
	t.Parallel()
	client := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "s3.invalid", IsNotFound: true}}
	}}}
	o := static("http://s3.invalid")
	o.HTTPClient = client
	_, err := open(t, o).Put(t.Context(), "reports", "k", strings.NewReader("x"), PutOptions{})
	wantFailure(t, err, nil, "The S3 endpoint s3.invalid can’t be found")
}

// Three attempts: a server that fails twice is not noticed.
func TestRetriesAFewTimes(t *testing.T) {
	t.Parallel()
	for _, failures := range []int{2, 3} {
		asked := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				t.Error(err)
			}
			if asked++; asked <= failures {
				w.WriteHeader(http.StatusServiceUnavailable)
				_, _ = io.WriteString(w, "<Error><Code>SlowDown</Code></Error>")
				return
			}
			w.Header().Set("ETag", `"stored"`)
		}))
		t.Cleanup(server.Close)
		o := static(server.URL)
		o.Attempts = 0
		_, err := open(t, o).Put(t.Context(), "reports", "k", strings.NewReader("x"), PutOptions{})
		if asked != 3 || (err == nil) != (failures == 2) {
			t.Errorf("%d failures: %d requests, %v", failures, asked, err)
		}
		if err != nil {
			wantFailure(t, err, nil, "S3 is busy and asks for fewer requests")
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	keys := func(o Options) Options { o.AccessKeyID, o.SecretAccessKey = "a", "b"; return o }
	for _, o := range []Options{
		{Mode: Embedded, Endpoint: "http://127.0.0.1:9000"},
		keys(Options{Mode: Embedded}),
		{Mode: Endpoint},
		{Mode: Endpoint, Endpoint: "minio.example:9000"},
		{Mode: Endpoint, Endpoint: "ftp://minio.example"},
		{Mode: Endpoint, Endpoint: "http://"},
		{Mode: Endpoint, Endpoint: "http://:9000"},
		{Mode: Endpoint, Endpoint: "http://user:hunter2@minio.example"},
		{Mode: Endpoint, Endpoint: "http://minio.example/%zz-hunter2"},
		{Mode: Endpoint, Endpoint: "http://minio.example/?key=hunter2"},
		{Mode: AWS}, // no Region anywhere
	} {
		_, err := New(t.Context(), o)
		if err == nil {
			t.Errorf("%+v: no error", o)
		} else if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %q", err)
		}
	}
	c := open(t, Options{Mode: Endpoint, Endpoint: "https://minio.example"})
	if c.Region() != "us-east-1" {
		t.Errorf("region %q", c.Region())
	}
	if _, err := c.AccountID(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("account ID: %v", err)
	}
}
