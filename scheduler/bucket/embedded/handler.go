package embedded

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/rclone/gofakes3"
)

// Handler returns the S3 protocol, path style. It must be the handler of its
// http.Server: a ServeMux would clean the paths, which are keys.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// serve checks a request and its signature, puts the verification in front of
// its body, and passes it on.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	x := &exchange{}
	a := &answer{ResponseWriter: w, exchange: x, region: s.region}
	defer s.recover(a, r)
	err := s.admit(r)
	if err == nil {
		err = x.open(r, s.keys.secretAccessKey)
	}
	if err != nil {
		a.refuse(r, err)
		return
	}
	r = x.request(r)
	if !s.serveOwn(a, r) {
		s.s3.ServeHTTP(a, r)
	}
	a.finish()
}

// admit refuses what is not worth reading.
func (s *Server) admit(r *http.Request) error {
	if s.closed.Load() {
		return fail(http.StatusServiceUnavailable, "ServiceUnavailable", "The server is stopping.")
	}
	if err := checkLimits(r); err != nil {
		return err
	}
	if err := s.authenticate(r); err != nil {
		return err
	}
	return checkSupported(r)
}

// recover answers a panic, as a defect in parsing some request must not be
// more than an error to that client.
func (s *Server) recover(a *answer, r *http.Request) {
	v := recover()
	if v == nil || v == http.ErrAbortHandler {
		return
	}
	s.log.Error("embedded S3 server: panic", "method", r.Method, "path", r.URL.Path, "panic", v)
	if !a.wrote {
		a.refuse(r, fail(http.StatusInternalServerError, gofakes3.ErrInternal, "Internal Error"))
	}
}

// exchange is what the layers of one request tell each other past gofakes3.
type exchange struct {
	payload    *payload
	completion *completion // of CompleteMultipartUpload
	initiation *initiation // of CreateMultipartUpload
	algorithm  string      // of the checksum that a copy shall get
	wantsSum   bool        // the client asked for the checksum of an object
	status     int         // of the failure that will be rendered
	header     http.Header // for a successful answer
}

// exchangeKey is the context key of the exchange.
type exchangeKey struct{}

func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// open reads what the headers say about the body.
func (x *exchange) open(r *http.Request, secret string) error {
	p, err := newPayload(r, secret, describesBody(r))
	if err != nil {
		return err
	}
	p.noted = x.note
	x.payload, x.header = p, http.Header{}
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
	r.Body = x.payload
	if x.completion != nil {
		r.Body = x.completion.body()
	}
	r.ContentLength = x.payload.size
	r.Header.Set("Content-Length", strconv.FormatInt(x.payload.size, 10))
	for name := range r.Header {
		if checksumAlgorithm(name) != "" {
			r.Header.Del(name)
		}
	}
	for _, name := range []string{"Content-Md5", "X-Amz-Content-Sha256", "X-Amz-Decoded-Content-Length", "X-Amz-Sdk-Checksum-Algorithm", "X-Amz-Trailer"} {
		r.Header.Del(name)
	}
	return r
}

// answer is the response. It corrects what gofakes3 cannot say.
type answer struct {
	http.ResponseWriter
	exchange *exchange
	region   string
	wrote    bool
}

func (a *answer) WriteHeader(status int) {
	if a.wrote {
		return
	}
	a.wrote = true
	h := a.Header()
	for _, name := range []string{"Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Expose-Headers"} {
		h.Del(name) // no website has business here
	}
	h.Set("Server", "license-manager")
	h.Set("X-Amz-Bucket-Region", a.region)
	if status >= http.StatusBadRequest && a.exchange.status != 0 {
		status = a.exchange.status
	}
	if status < http.StatusMultipleChoices {
		for name, values := range a.exchange.header {
			h[name] = values
		}
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.ResponseWriter.Write(b)
}

// ReadFrom lets the kernel copy the content of an object to the connection.
func (a *answer) ReadFrom(src io.Reader) (int64, error) {
	a.WriteHeader(http.StatusOK)
	if c, ok := src.(*content); ok {
		src = &c.LimitedReader
	}
	return io.Copy(a.ResponseWriter, src)
}

// finish sends the header of an answer without a body.
func (a *answer) finish() { a.WriteHeader(http.StatusOK) }

// refuse renders an error that arose before gofakes3 had a say.
func (a *answer) refuse(r *http.Request, err error) {
	var f *failure
	if !errors.As(err, &f) {
		f = fail(http.StatusInternalServerError, gofakes3.ErrInternal, "Internal Error")
	}
	a.exchange.status = 0
	id := randomID()
	a.Header().Set("X-Amz-Request-Id", id)
	a.writeXML(r, f.status, struct {
		XMLName   xml.Name `xml:"Error"`
		Code      string
		Message   string
		Resource  string
		RequestID string `xml:"RequestId"`
	}{Code: string(f.Code), Message: f.Message, Resource: r.URL.Path, RequestID: id})
}

// writeXML sends a document.
func (a *answer) writeXML(r *http.Request, status int, v any) {
	b, err := xml.Marshal(v)
	if err != nil {
		status, b = http.StatusInternalServerError, nil
	}
	a.Header().Set("Content-Type", "application/xml")
	a.WriteHeader(status)
	if r.Method != http.MethodHead {
		a.Write(append([]byte(xml.Header), b...))
	}
}
