package web

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"license-manager/handlers"
)

// serve answers at a port of this machine until the test ends.
func serve(t *testing.T, limits connectionLimits, handler http.HandlerFunc) (address string) {
	t.Helper()
	server, err := listen(t.Context(), "127.0.0.1:0", nil, slog.New(slog.DiscardHandler), limits)
	if err != nil {
		t.Fatal(err)
	}
	server.Start(handler)
	t.Cleanup(func() { _ = server.http.Close() })
	return server.Addr().String()
}

// dial opens a connection and sends text.
func dial(t *testing.T, address, text string) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	return conn
}

// ends reports that the other side has ended a connection.
func ends(conn net.Conn) bool {
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second))
	_, err := io.Copy(io.Discard, conn)
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

const request = "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n"

func TestABodyThatStopsEnds(t *testing.T) {
	t.Parallel()
	read := make(chan error, 1)
	address := serve(t, connectionLimits{total: 10, each: 10, stall: 50 * time.Millisecond, longest: time.Minute}, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		read <- err
	})
	conn := dial(t, address, request+"some")
	if err := <-read; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the body ended with %v", err)
	}
	if !ends(conn) {
		t.Error("the connection stays")
	}
}

func TestABodyThatNobodyReadsEnds(t *testing.T) {
	t.Parallel()
	address := serve(t, connectionLimits{total: 10, each: 10, stall: 50 * time.Millisecond, longest: time.Minute}, func(http.ResponseWriter, *http.Request) {})
	if !ends(dial(t, address, request+"some")) {
		t.Error("the connection stays")
	}
}

func TestABodyThatTricklesEndsToo(t *testing.T) {
	t.Parallel()
	read := make(chan error, 1)
	address := serve(t, connectionLimits{total: 10, each: 10, stall: time.Minute, longest: 100 * time.Millisecond}, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		read <- err
	})
	conn := dial(t, address, request)
	for {
		select {
		case err := <-read:
			if err == nil {
				t.Error("the body ended well")
			}
			return
		default:
			_, _ = io.WriteString(conn, "x")
		}
	}
}

func TestALongAnswerAfterABodyIsNotCut(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	address := serve(t, connectionLimits{total: 10, each: 10, stall: 50 * time.Millisecond, longest: time.Minute}, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-r.Context().Done():
			t.Error("the request was cut while it was answered")
		case <-time.After(200 * time.Millisecond): // longer than a read may stall
		}
		fmt.Fprint(w, "answered")
		close(done)
	})
	conn := dial(t, address, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody")
	<-done
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if text, _ := io.ReadAll(response.Body); string(text) != "answered" {
		t.Errorf("answered %q", text)
	}
}

func TestAClientThatNeverReadsEnds(t *testing.T) {
	t.Parallel()
	written := make(chan error, 1)
	address := serve(t, connectionLimits{total: 10, each: 10, stall: 50 * time.Millisecond, longest: time.Minute}, func(w http.ResponseWriter, _ *http.Request) {
		part := make([]byte, 1<<20)
		for {
			if _, err := w.Write(part); err != nil {
				written <- err
				return
			}
		}
	})
	dial(t, address, "GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
	if err := <-written; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the answer ended with %v", err)
	}
}

// TestTheConnectionThatWaitsLongestGivesWay opens more connections than one
// address may have.
func TestTheConnectionThatWaitsLongestGivesWay(t *testing.T) {
	t.Parallel()
	for name, limits := range map[string]connectionLimits{
		"of an address": {total: 10, each: 3, stall: time.Minute, longest: time.Minute},
		"of all":        {total: 3, each: 10, stall: time.Minute, longest: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := serve(t, limits, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
			var conns []net.Conn
			answered := func(conn net.Conn) {
				t.Helper()
				if _, err := io.WriteString(conn, "GET /x HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
					t.Fatal(err)
				}
				response, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					t.Fatal(err)
				}
				_ = response.Body.Close()
			}
			for range 4 {
				conn := dial(t, address, "")
				answered(conn)
				conns = append(conns, conn)
			}
			if !ends(conns[0]) {
				t.Error("the oldest stays")
			}
			for _, conn := range conns[1:] {
				answered(conn)
			}
		})
	}
}

// TestNoBodyOfAVisitorIsRead announces a body to pages that want a user: the
// answer comes before it.
func TestNoBodyOfAVisitorIsRead(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	for _, path := range []string{"/settings/s3/edit", "/tracked-resources/import", "/usage-reports/pause", "/usage-reports"} {
		r := httptest.NewRequest(http.MethodPost, path, io.MultiReader(panicReader{}))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.ContentLength = 1 << 20
		if w := s.do(r); w.Code != http.StatusSeeOther || w.Header().Get("Connection") != "close" {
			t.Errorf("%s: %d, connection %q", path, w.Code, w.Header().Get("Connection"))
		}
	}
}

type panicReader struct{}

func (panicReader) Read([]byte) (int, error) { panic("the body was read") }

// TestLargeFormsWaitForRoom sends parts of forms: the first bytes of each are
// read at once, the rest of few.
func TestLargeFormsWaitForRoom(t *testing.T) {
	t.Parallel()
	gate := handlers.NewGate[netip.Prefix](handlers.GateLimits{Total: 1, Each: 1, Queue: 0})
	form := func(size int) *formBody {
		return &formBody{ReadCloser: io.NopCloser(strings.NewReader(strings.Repeat("x", size))), gate: gate, request: httptest.NewRequest(http.MethodPost, "/", nil)}
	}
	large, second, small := form(2*smallForm), form(2*smallForm), form(smallForm-1)
	if n, err := io.Copy(io.Discard, large); n != 2*smallForm || err != nil {
		t.Errorf("read %d, %v", n, err)
	}
	if n, err := io.Copy(io.Discard, second); n != smallForm || !errors.Is(err, handlers.ErrBusy) {
		t.Errorf("read %d of the second, %v", n, err)
	}
	if n, err := io.Copy(io.Discard, small); n != smallForm-1 || err != nil {
		t.Errorf("read %d of a small one, %v", n, err)
	}
	large.done()
	if n, err := io.Copy(io.Discard, second); n != smallForm || err != nil {
		t.Errorf("then read %d of the second, %v", n, err)
	}
}
