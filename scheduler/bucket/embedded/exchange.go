package embedded

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// exchange is what the layers of one request tell each other past gofakes3.
type exchange struct {
	keys       keyPair // that signed the request
	payload    *payload
	completion *completion // of CompleteMultipartUpload
	initiation *initiation // of CreateMultipartUpload
	isCopy     bool        // the content is that of another object
	location   string      // URL of the object
	algorithm  string      // of the checksum that a copy shall get
	wantsSum   bool        // the client asked for the checksum of an object
	status     int         // of the failure that will be rendered
	header     http.Header // for a successful answer
	document   any         // of a successful answer, in place of that of gofakes3
}

// exchangeKey is the context key of the exchange.
type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// open reads what the headers say about the body.
func (x *exchange) open(r *http.Request) error {
	p, err := newPayload(r, x.keys.secretAccessKey, describesBody(r))
	if err != nil {
		return err
	}
	p.noted = x.note
	x.payload, x.header = p, http.Header{}
	x.isCopy = r.Header.Get("X-Amz-Copy-Source") != ""
	x.location = locationOf(r)
	x.algorithm = strings.ToLower(r.Header.Get("X-Amz-Checksum-Algorithm"))
	x.wantsSum = strings.EqualFold(r.Header.Get("X-Amz-Checksum-Mode"), "ENABLED") && r.Header.Get("Range") == "" && !r.URL.Query().Has("partNumber")
	switch {
	case isComplete(r):
		x.completion, err = readCompletion(r, p)
	case isInitiate(r):
		x.initiation, err = readInitiation(r)
	}
	return err
}

// note keeps the status of a failure that gofakes3 would render as an internal
// error, since it does not know the code.
func (x *exchange) note(f *failure) {
	x.status = 0
	if f.Code.Status() != f.status {
		x.status = f.status
	}
}

// show returns a verified checksum to the client that sent it.
func (x *exchange) show(c *checksum) {
	if c != nil {
		x.header.Set(c.header(), c.Value)
		x.header.Set("X-Amz-Checksum-Type", c.Type)
	}
}

// showType completes what gofakes3 says about the checksum of an object.
func (x *exchange) showType(r record) {
	if x.wantsSum && r.Checksum != nil {
		x.header.Set("X-Amz-Checksum-Type", r.Checksum.Type)
	}
}

// describesBody says whether a checksum in the headers is of the body: not
// where it is of the object that parts make, or of a copy.
func describesBody(r *http.Request) bool {
	return !isComplete(r) && !isInitiate(r) && r.Header.Get("X-Amz-Copy-Source") == ""
}

// request returns the request as gofakes3 shall see it: a plain body, and no
// headers about what has been dealt with.
func (x *exchange) request(r *http.Request) *http.Request {
	r = r.Clone(context.WithValue(r.Context(), exchangeKey{}, x))
	if r.Method == http.MethodHead && r.Header.Get("Range") != "" {
		r.Method = http.MethodGet // gofakes3 has ranges there only; the answer leaves the body out
	}
	r.Body = x.payload
	if x.completion != nil {
		r.Body = x.completion.body()
	}
	r.ContentLength = x.payload.size
	r.Header.Set("Content-Length", strconv.FormatInt(x.payload.size, 10))
	for name := range r.Header {
		if strings.HasPrefix(name, checksumHeader) && name != "X-Amz-Checksum-Mode" {
			r.Header.Del(name)
		}
	}
	for _, name := range []string{"Content-Md5", "X-Amz-Content-Sha256", "X-Amz-Decoded-Content-Length", "X-Amz-Sdk-Checksum-Algorithm", "X-Amz-Trailer"} {
		r.Header.Del(name)
	}
	if r.Header.Get("X-Amz-Storage-Class") == "STANDARD" {
		r.Header.Del("X-Amz-Storage-Class") // the only one there is; S3 does not return it
	}
	return r
}

// locationOf returns the URL of an object as its client sees it.
func locationOf(r *http.Request) string {
	location := url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path}
	if r.TLS != nil {
		location.Scheme = "https"
	}
	return location.String()
}
