package web

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"license-manager/handlers"
	"license-manager/store"
	"license-manager/store/storetest"
)

// site is a console whose options a test chose.
type site struct {
	http.Handler
	log bytes.Buffer
}

// newSite starts a console; fill completes its options.
func newSite(t *testing.T, fill func(*handlers.Options, *Options)) *site {
	t.Helper()
	s := &site{}
	data, err := store.Open(t.Context(), store.Options{URL: new(storetest.Template).SQLite(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { data.Close() })
	pages := handlers.Options{Store: data, Now: time.Now, Alive: time.Now}
	edge := Options{Logger: slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if fill != nil {
		fill(&pages, &edge)
	}
	edge.Console = handlers.New(pages)
	if s.Handler, err = New(edge); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *site) do(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestEveryAnswerHasTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	for _, path := range []string{"/sign-in", "/settings", "/no-such-page", "/static/none.css", "/healthz"} {
		h := s.do(httptest.NewRequest(http.MethodGet, path, nil)).Header()
		for name, want := range map[string]string{
			"Content-Security-Policy":    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":     "nosniff",
			"Referrer-Policy":            "same-origin",
			"Cross-Origin-Opener-Policy": "same-origin",
			"Strict-Transport-Security":  "",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s: %q", path, name, got)
			}
		}
		if len(h.Get("X-Request-Id")) != 16 {
			t.Errorf("%s: request id %q", path, h.Get("X-Request-Id"))
		}
	}
}

func TestHTTPSIsKnownFromThePublicURL(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(pages *handlers.Options, edge *Options) {
		edge.PublicURL = &url.URL{Scheme: "https", Host: "licenses.example.com"}
		pages.HTTPS = true
	})
	r := httptest.NewRequest(http.MethodPost, "http://10.0.0.7:8080/color-mode", strings.NewReader("mode=dark&next=/x"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://licenses.example.com") // the proxy has another name for us
	w := s.do(r)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/x" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w.Header().Get("Strict-Transport-Security") == "" || !strings.Contains(w.Header().Get("Set-Cookie"), "Secure") {
		t.Errorf("headers: %v", w.Header())
	}
}

func TestAddressesAreNormalized(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	for path, want := range map[string]string{
		"/settings/":        "/settings",
		"/settings/?a=%2F":  "/settings?a=%2F",
		"//example.com/":    "/example.com",
		`/\example.com/`:    "/%5Cexample.com",
		"/%2Fexample.com//": "/example.com",
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		u, err := url.Parse("http://console" + path)
		if err != nil {
			t.Fatal(err)
		}
		r.URL = &url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}
		if w := s.do(r); w.Code != http.StatusMovedPermanently || w.Header().Get("Location") != want {
			t.Errorf("%s: %d to %q, want %q", path, w.Code, w.Header().Get("Location"), want)
		}
	}
}

func TestOddRequestsGetAPage(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	large := "username=" + strings.Repeat("x", formLimit)
	for _, odd := range []struct {
		method, path, kind, body string
		status                   int
	}{
		{"GET", "/no/such/page", "", "", http.StatusNotFound},
		{"GET", "/a%00b", "", "", http.StatusNotFound},
		{"GET", "/a%FFb", "", "", http.StatusNotFound},
		{"GET", "/sign-in?next=%00&x=%FF&%zz=1&;", "", "", http.StatusOK},
		{"DELETE", "/sign-in", "", "", http.StatusMethodNotAllowed},
		{"POST", "/healthz", "", "", http.StatusMethodNotAllowed},
		{"HEAD", "/sign-in", "", "", http.StatusOK},
		{"HEAD", "/healthz", "", "", http.StatusOK},
		{"POST", "/sign-in", "application/x-www-form-urlencoded", large, http.StatusRequestEntityTooLarge},
		{"POST", "/sign-in", "application/x-www-form-urlencoded", "username=%zz", http.StatusUnprocessableEntity},
		{"POST", "/sign-in", "multipart/form-data", "no boundary", http.StatusUnprocessableEntity},
		{"POST", "/sign-in", "multipart/form-data; boundary=x", "no parts", http.StatusUnprocessableEntity},
		{"POST", "/sign-in", "application/json", `{"username":"x"}`, http.StatusUnprocessableEntity},
	} {
		r := httptest.NewRequest(odd.method, odd.path, strings.NewReader(odd.body))
		r.Header.Set("Content-Type", odd.kind)
		w := s.do(r)
		if w.Code != odd.status {
			t.Errorf("%s %.40s: %d, want %d", odd.method, odd.path, w.Code, odd.status)
		}
		if page := w.Body.String(); odd.method != "HEAD" && !strings.Contains(page, "License Manager") {
			t.Errorf("%s %.40s: %q", odd.method, odd.path, page)
		}
	}
}

func TestPanicsBecomeAPageAndALogLine(t *testing.T) {
	t.Parallel()
	s := newSite(t, func(pages *handlers.Options, _ *Options) { pages.Alive = func() time.Time { panic("boom") } })
	w := s.do(httptest.NewRequest(http.MethodGet, "/readyz", nil))
	page := w.Body.String()
	if w.Code != http.StatusInternalServerError || !strings.Contains(page, w.Header().Get("X-Request-Id")) {
		t.Errorf("%d: %s", w.Code, page)
	}
	if strings.Contains(page, "boom") || strings.Contains(page, "goroutine") {
		t.Errorf("the page has the panic: %s", page)
	}
	for _, want := range []string{"panic: boom", "server_test.go", w.Header().Get("X-Request-Id")} {
		if !strings.Contains(s.log.String(), want) {
			t.Errorf("no %q in the log: %s", want, s.log.String())
		}
	}
}

func TestTheLogHasNoQueriesAndNoCookies(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	for _, path := range []string{"/setup?token=secret", "/sign-in?next=/setup?token=secret", "/no-such?token=secret", "/settings?token=secret"} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Cookie", "license_manager_session=secret")
		s.do(r)
	}
	if log := s.log.String(); strings.Contains(log, "secret") || !strings.Contains(log, "path=/setup") {
		t.Errorf("log: %s", log)
	}
}

func TestFragmentsGetFragmentsOfErrors(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	fragment := func(path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "http://console"+path, nil)
		r.Header.Set("HX-Request", "true")
		r.Header.Set("HX-Current-URL", "http://console/usage-reports?page=2")
		return s.do(r)
	}
	if w := fragment("/no-such-page"); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "<html") || !strings.Contains(w.Body.String(), "Page not found") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
	if w := fragment("/settings"); w.Code != http.StatusUnauthorized || w.Header().Get("HX-Redirect") != "/sign-in?next=%2Fusage-reports%3Fpage%3D2" {
		t.Errorf("%d: %v", w.Code, w.Header())
	}
}

func TestForwardedAddressesAreTrustedFromProxiesOnly(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		proxies []string
		peer    string
		header  string
		want    string
	}{
		{nil, "192.0.2.1:1000", "198.51.100.9", "192.0.2.1"},
		{nil, "127.0.0.1:1000", "198.51.100.9", "127.0.0.1"},
		{[]string{"10.0.0.0/8"}, "10.1.2.3:1000", "198.51.100.9", "198.51.100.9"},
		{[]string{"10.0.0.0/8"}, "10.1.2.3:1000", "203.0.113.5, 198.51.100.9, 10.9.9.9", "198.51.100.9"},
		{[]string{"10.0.0.0/8"}, "127.0.0.1:1000", "198.51.100.9", "127.0.0.1"},
		{[]string{"2001:db8::/32"}, "[2001:db8::1]:1000", "2001:470::9", "2001:470::9"},
		{[]string{"10.0.0.0/8"}, "10.1.2.3:1000", "203.0.113.5:80, 198.51.100.9:4711, 10.9.9.9:1", "198.51.100.9"},
		{[]string{"10.0.0.0/8"}, "10.1.2.3:1000", "[2001:470::9]:4711", "2001:470::9"},
		{[]string{"10.0.0.0/8"}, "10.1.2.3:1000", "", "10.1.2.3"},
	} {
		var prefixes []netip.Prefix
		for _, p := range c.proxies {
			prefixes = append(prefixes, netip.MustParsePrefix(p))
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		r.Header.Set("X-Forwarded-For", c.header)
		if got := ipExtractor(prefixes)(r); got != c.want {
			t.Errorf("%v %s for %s: %s, want %s", c.proxies, c.peer, c.header, got, c.want)
		}
	}
}

func TestServerStops(t *testing.T) {
	t.Parallel()
	server, err := Listen(t.Context(), "127.0.0.1:0", nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	arrived, finish := make(chan struct{}), make(chan struct{})
	server.Start(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-finish
		fmt.Fprint(w, "done")
	}))
	answer := make(chan string)
	go func() {
		response, err := http.Get("http://" + server.Addr().String())
		if err != nil {
			answer <- err.Error()
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		answer <- string(body)
	}()
	<-arrived
	stopped := make(chan error)
	go func() { stopped <- server.Stop(t.Context()) }()
	close(finish)
	if got := <-answer; got != "done" {
		t.Errorf("the running request got %q", got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestPagesAreCompressedForWhoUnderstandsIt(t *testing.T) {
	t.Parallel()
	s := newSite(t, nil)
	ask := func(coding string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/sign-in", nil)
		r.Header.Set("Accept-Encoding", coding)
		return s.do(r)
	}
	plain, small := ask("identity"), ask("gzip")
	if got := small.Header().Get("Content-Encoding"); got != "gzip" {
		t.Fatalf("content encoding %q", got)
	}
	reader, err := gzip.NewReader(small.Body)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(reader)
	if err != nil || string(unpacked) != plain.Body.String() {
		t.Errorf("%v: compressed is another page:\n%s", err, unpacked)
	}
	for _, h := range []http.Header{plain.Header(), small.Header()} {
		if got := h.Values("Vary"); !slices.Contains(got, "Accept-Encoding") {
			t.Errorf("Vary %q: caches mix both", got)
		}
	}
}
