// Package static holds what the browser loads beside the pages: style sheets, scripts, the font and the icon.
//
// Every file is embedded in the binary and served under a name that contains a hash of its content
// (URL gives that name), so that browsers may keep it for ever and a new version is never mixed with an old one.
//
// The parts, in the order in which a page uses them:
//
//	tokens.css   colors, type, radii: every value once, for light and dark
//	console.css  the layout and components, on these tokens, and served with them in front as one file
//	htmx/        htmx, vendored and pinned by SHA256SUMS
//	console.js   our own small enhancements; every page works without them
//	fonts/       Open Sans, a Latin subset (OFL-1.1)
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed *.css *.js favicon.svg fonts htmx
var embedded embed.FS

// prefix is the path under which Handler serves and to which URL points.
const prefix = "/static/"

// contentType names the kinds of files that are served; a file of another kind, such as a license, gives "" and is
// embedded but has no URL.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	}
	return ""
}

// asset is one file, ready to be sent.
type asset struct {
	contentType string
	etag        string
	plain       []byte
	gzipped     []byte // nil where compression does not make it smaller
}

// assets is everything that is served.
type assets struct {
	urls   map[string]string // embedded name → URL path
	byPath map[string]asset  // URL path → file
}

// loaded reads the embedded files once, when the first page or request needs them.
var loaded = sync.OnceValue(load) //nolint:gochecknoglobals // constant content of the binary, read once

// URL gives the path of an embedded file, for example "/static/console.3f2a….css" for "console.css".
// It panics if there is no such file: the names are constants in our own pages.
func URL(name string) string {
	url, ok := loaded().urls[name]
	if !ok {
		panic(fmt.Sprintf("static: no file %q", name))
	}
	return url
}

// Handler serves the files at the paths that URL gives, to be kept by browsers for ever.
// Every other path, an outdated hash too, answers 404.
func Handler() http.Handler {
	return http.HandlerFunc(serve)
}

func serve(w http.ResponseWriter, r *http.Request) {
	file, ok := loaded().byPath[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	send(w, r, file)
}

func send(w http.ResponseWriter, r *http.Request, file asset) {
	body, etag := file.plain, file.etag
	header := w.Header()
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	if file.gzipped != nil {
		header.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			header.Set("Content-Encoding", "gzip")
			body, etag = file.gzipped, strings.TrimSuffix(file.etag, `"`)+`-gz"`
		}
	}
	header.Set("ETag", etag)
	if matches(r.Header.Get("If-None-Match"), etag) {
		header.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Type", file.contentType)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // an error means that the browser has gone
	}
}

// acceptsGzip reads an Accept-Encoding header; "gzip;q=0" refuses.
func acceptsGzip(header string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.TrimSpace(coding) != "gzip" {
			continue
		}
		q, found := strings.CutPrefix(strings.ReplaceAll(quality, " ", ""), "q=")
		weight, err := strconv.ParseFloat(q, 64)
		return !found || (err == nil && weight > 0)
	}
	return false
}

// matches reports whether an If-None-Match header names the tag, weakly compared (RFC 9110, 13.1.2).
func matches(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		tag := strings.TrimPrefix(strings.TrimSpace(part), "W/")
		if tag == etag || tag == "*" {
			return true
		}
	}
	return false
}

// load hashes and compresses every file. The style sheet comes last, because it names other files by their URLs.
func load() assets {
	all := assets{urls: map[string]string{}, byPath: map[string]asset{}}
	err := fs.WalkDir(embedded, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) == ".css" {
			return err
		}
		content, err := embedded.ReadFile(name)
		all.add(name, content)
		return err
	})
	tokens, tokensErr := embedded.ReadFile("tokens.css")
	layout, layoutErr := embedded.ReadFile("console.css")
	if err := errors.Join(err, tokensErr, layoutErr); err != nil {
		panic("static: " + err.Error()) // the embedded files are part of the binary: this fails in the first test
	}
	all.add("console.css", all.rewrite(slices.Concat(tokens, layout)))
	return all
}

// add registers content under a hashed name.
func (a *assets) add(name string, content []byte) {
	kind := contentType(name)
	if kind == "" {
		return
	}
	sum := sha256.Sum256(content)
	hash := hex.EncodeToString(sum[:8])
	ext := path.Ext(name)
	url := prefix + strings.TrimSuffix(name, ext) + "." + hash + ext
	a.urls[name] = url
	a.byPath[url] = asset{contentType: kind, etag: `"` + hash + `"`, plain: content, gzipped: compress(content)}
}

// reference is a relative url("…") in a style sheet; data: addresses and fragments do not match.
var reference = regexp.MustCompile(`url\("([\w./-]+)"\)`)

// rewrite replaces the names of embedded files in a style sheet by their hashed URLs.
func (a *assets) rewrite(css []byte) []byte {
	return reference.ReplaceAllFunc(css, func(match []byte) []byte {
		url, ok := a.urls[string(reference.FindSubmatch(match)[1])]
		if !ok {
			return match
		}
		return []byte(`url("` + url + `")`)
	})
}

// compress returns nil for what is compressed already.
func compress(content []byte) []byte {
	var out bytes.Buffer
	zip, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is valid
	_, _ = zip.Write(content)                                 // a bytes.Buffer does not fail
	_ = zip.Close()
	if out.Len() > len(content)*9/10 {
		return nil
	}
	return out.Bytes()
}
