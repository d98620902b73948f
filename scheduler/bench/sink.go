package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// sink is an S3 that takes everything, keeps nothing and answers after a while. It does as little as a server can, so that what
// is measured is the client.
type sink struct{ latency time.Duration }

// ServeHTTP answers what the client asks of a bucket: single uploads and uploads in parts.
func (s sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return // the client is gone
	}
	if s.latency > 0 {
		<-time.After(s.latency)
	}
	query := r.URL.Query()
	switch {
	case r.Method == http.MethodPost && query.Has("uploads"):
		fmt.Fprint(w, "<InitiateMultipartUploadResult><UploadId>1</UploadId></InitiateMultipartUploadResult>")
	case r.Method == http.MethodPost && query.Has("uploadId"):
		fmt.Fprint(w, `<CompleteMultipartUploadResult><ETag>"1"</ETag></CompleteMultipartUploadResult>`)
	case r.Method == http.MethodHead && strings.Count(r.URL.Path, "/") > 1: // an object
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	default:
		w.Header()["Etag"] = []string{`"1"`}
	}
}
