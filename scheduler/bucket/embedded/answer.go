package embedded

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/rclone/gofakes3"
)

// namespace is the XML namespace of S3's documents.
const namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

// The name that gofakes3 gives to the owner of everything, and ours.
const (
	foreignOwner = "<DisplayName>GoFakeS3</DisplayName>"
	ownerName    = "<DisplayName>license-manager</DisplayName>"
)

// answer is the response. It holds a document until the request has ended, and
// corrects what gofakes3 cannot say; the content of an object passes through.
type answer struct {
	http.ResponseWriter
	exchange *exchange
	region   string
	headOnly bool // the client wants no body
	status   int  // 0 until somebody has set it
	sent     bool
	document bytes.Buffer
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.document.Write(b)
}

// ReadFrom sends the content of an object.
func (a *answer) ReadFrom(src io.Reader) (int64, error) {
	a.WriteHeader(http.StatusOK)
	a.sendHeader()
	if a.headOnly {
		return 0, nil
	}
	if c, ok := src.(*content); ok {
		return c.sendTo(a.ResponseWriter)
	}
	return io.Copy(a.ResponseWriter, src)
}

// finish sends what has not been sent.
func (a *answer) finish() {
	if a.sent {
		return
	}
	a.WriteHeader(http.StatusOK)
	if a.status == http.StatusOK && a.exchange.document != nil {
		a.setDocument(a.exchange.document)
	}
	text := strings.ReplaceAll(a.document.String(), foreignOwner, ownerName)
	if !a.headOnly && a.status != http.StatusNoContent && a.status != http.StatusNotModified {
		a.Header().Set("Content-Length", strconv.Itoa(len(text)))
	}
	a.sendHeader()
	if !a.headOnly {
		_, _ = io.WriteString(a.ResponseWriter, text) // the client may have gone
	}
}

func (a *answer) sendHeader() {
	a.sent = true
	h := a.Header()
	for _, name := range []string{"Access-Control-Allow-Origin", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers", "Access-Control-Expose-Headers"} {
		h.Del(name) // no website has business here
	}
	h.Set("Server", "license-manager")
	h.Set("X-Amz-Bucket-Region", a.region)
	switch {
	case a.status < http.StatusMultipleChoices:
		for name, values := range a.exchange.header {
			h[name] = values
		}
	case a.exchange.status != 0:
		a.status = a.exchange.status
	case a.status == http.StatusBadRequest && bytes.Contains(a.document.Bytes(), []byte("<Code>"+gofakes3.ErrMethodNotAllowed+"</Code>")):
		a.status = http.StatusMethodNotAllowed
	}
	a.ResponseWriter.WriteHeader(a.status)
}

// refuse makes an error the answer.
func (a *answer) refuse(r *http.Request, err error) {
	var f *failure
	if !errors.As(err, &f) {
		f = fail(http.StatusInternalServerError, gofakes3.ErrInternal, "Internal Error")
	}
	id := randomID()
	a.Header().Set("X-Amz-Request-Id", id)
	a.exchange.status, a.status = 0, f.status
	a.setDocument(struct {
		XMLName   xml.Name `xml:"Error"`
		Code      string
		Message   string
		Resource  string
		RequestID string `xml:"RequestId"`
	}{Code: string(f.Code), Message: f.Message, Resource: r.URL.Path, RequestID: id})
}

// setDocument makes v the document of the answer.
func (a *answer) setDocument(v any) {
	a.document.Reset()
	text, err := xml.Marshal(v)
	if err != nil {
		a.status = http.StatusInternalServerError
		return
	}
	a.Header().Set("Content-Type", "application/xml")
	a.document.WriteString(xml.Header)
	a.document.Write(text)
}
