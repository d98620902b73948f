package static_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"license-manager/static"
)

func get(t *testing.T, path string, headers ...string) *http.Response {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	static.Handler().ServeHTTP(recorder, request)
	return recorder.Result()
}

func body(t *testing.T, response *http.Response) []byte {
	t.Helper()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestURLsAreHashedAndServedForEver(t *testing.T) {
	t.Parallel()
	for name, contentType := range map[string]string{
		"console.css":                    "text/css; charset=utf-8",
		"console.js":                     "text/javascript; charset=utf-8",
		"htmx/htmx.min.js":               "text/javascript; charset=utf-8",
		"favicon.svg":                    "image/svg+xml",
		"fonts/opensans-latin-var.woff2": "font/woff2",
	} {
		url := static.URL(name)
		if !regexp.MustCompile(`^/static/.+\.[0-9a-f]{16}\.\w+$`).MatchString(url) {
			t.Errorf("URL(%q) = %q", name, url)
		}
		response := get(t, url)
		if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != contentType {
			t.Errorf("%s: %d %q", url, response.StatusCode, response.Header.Get("Content-Type"))
		}
		if got := response.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", url, got)
		}
		if response.Header.Get("ETag") == "" {
			t.Errorf("%s: no ETag", url)
		}
	}
}

func TestURLPanicsForUnknownFile(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	static.URL("nothing.css")
}

func TestUnknownPathsAreNotFound(t *testing.T) {
	t.Parallel()
	url := static.URL("console.css")
	for _, path := range []string{
		"/static/console.css",
		"/static/",
		"/static/static.go",
		"/static/fonts/OFL.txt",
		strings.Replace(url, "console.", "console.0", 1),
		"/static/../static.go",
	} {
		if response := get(t, path); response.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, response.StatusCode)
		}
	}
}

func TestStyleSheetHasTokensAndNamesHashedFiles(t *testing.T) {
	t.Parallel()
	css := string(body(t, get(t, static.URL("console.css"))))
	if tokens, used := strings.Index(css, "--text-muted:"), strings.Index(css, "var(--text-muted)"); tokens < 0 || used < tokens {
		t.Errorf("the tokens are at %d, used at %d", tokens, used)
	}
	if !strings.Contains(css, `url("`+static.URL("fonts/opensans-latin-var.woff2")+`")`) {
		t.Error("the style sheet does not name the hashed font")
	}
	for _, match := range regexp.MustCompile(`url\((.*?)\)`).FindAllStringSubmatch(css, -1) {
		target := strings.Trim(match[1], `"'`)
		if strings.HasPrefix(target, "data:") {
			continue
		}
		if response := get(t, target); response.StatusCode != http.StatusOK {
			t.Errorf("the style sheet names %s: %d", target, response.StatusCode)
		}
	}
}

func TestGzipOnlyWhenAccepted(t *testing.T) {
	t.Parallel()
	url := static.URL("console.css")
	plain := body(t, get(t, url))
	for header, zipped := range map[string]bool{
		"gzip":                    true,
		"br, gzip;q=0.8":          true,
		"deflate, gzip; q=1.0, *": true,
		"gzip;q=0":                false,
		"gzip;q=wrong":            false,
		"br":                      false,
		"":                        false,
	} {
		response := get(t, url, "Accept-Encoding", header)
		if got := response.Header.Get("Content-Encoding") == "gzip"; got != zipped {
			t.Errorf("Accept-Encoding %q: gzip %v", header, got)
			continue
		}
		if response.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: Vary %q", header, response.Header.Get("Vary"))
		}
		content := body(t, response)
		if zipped {
			reader, err := gzip.NewReader(bytes.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			if content, err = io.ReadAll(reader); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(content, plain) {
			t.Errorf("Accept-Encoding %q: other content", header)
		}
	}
}

func TestCompressedFontIsSentAsItIs(t *testing.T) {
	t.Parallel()
	response := get(t, static.URL("fonts/opensans-latin-var.woff2"), "Accept-Encoding", "gzip")
	if response.Header.Get("Content-Encoding") != "" || response.Header.Get("Vary") != "" {
		t.Errorf("headers %v", response.Header)
	}
}

func TestConditionalRequest(t *testing.T) {
	t.Parallel()
	url := static.URL("console.js")
	plain := get(t, url).Header.Get("ETag")
	zipped := get(t, url, "Accept-Encoding", "gzip").Header.Get("ETag")
	if plain == zipped {
		t.Error("plain and compressed content have the same ETag")
	}
	for tag, status := range map[string]int{
		plain:                    http.StatusNotModified,
		"W/" + plain:             http.StatusNotModified,
		`"other", ` + plain:      http.StatusNotModified,
		"*":                      http.StatusNotModified,
		zipped:                   http.StatusOK,
		strings.Trim(plain, `"`): http.StatusOK,
		`"other"`:                http.StatusOK,
	} {
		if response := get(t, url, "If-None-Match", tag); response.StatusCode != status {
			t.Errorf("If-None-Match %s: %d", tag, response.StatusCode)
		}
	}
}

func TestMethods(t *testing.T) {
	t.Parallel()
	for method, status := range map[string]int{http.MethodHead: http.StatusOK, http.MethodPost: http.StatusMethodNotAllowed} {
		recorder := httptest.NewRecorder()
		static.Handler().ServeHTTP(recorder, httptest.NewRequest(method, static.URL("console.css"), nil))
		if recorder.Code != status || (method == http.MethodHead && recorder.Body.Len() > 0) {
			t.Errorf("%s: %d, %d bytes", method, recorder.Code, recorder.Body.Len())
		}
	}
}

func TestVendoredFilesAreThePinnedOnes(t *testing.T) {
	t.Parallel()
	folder := os.DirFS("htmx")
	sums, err := fs.ReadFile(folder, "SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for line := range strings.Lines(string(sums)) {
		want, name, found := strings.Cut(strings.TrimSpace(line), "  ")
		if strings.HasPrefix(line, "#") || !found {
			continue
		}
		content, err := fs.ReadFile(folder, name)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(content)
		if got := hex.EncodeToString(sum[:]); got != want {
			t.Errorf("%s has the checksum %s, want %s", name, got, want)
		}
		checked++
	}
	if checked != 2 {
		t.Errorf("%d files checked, want htmx.min.js and LICENSE", checked)
	}
}
