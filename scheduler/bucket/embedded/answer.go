package embedded

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"

	"github.com/rclone/gofakes3"
)

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
		_, _ = a.Write(append([]byte(xml.Header), b...)) // the client may have gone
	}
}
