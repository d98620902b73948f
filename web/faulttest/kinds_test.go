//go:build nightly

package faulttest_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
)

// kind is a way in which S3 fails a request.
type kind func(s *s3Server, w http.ResponseWriter, r *http.Request)

// kinds are all ways but hanging, which takes a minute.
func kinds() map[string]kind {
	return map[string]kind{
		"500":               refuse(http.StatusInternalServerError, "InternalError"),
		"503 SlowDown":      refuse(http.StatusServiceUnavailable, "SlowDown"),
		"reset":             reset,
		"reset in the body": resetInBody,
		"answer lost":       answerLost,
		"answer truncated":  answerTruncated,
	}
}

// refuse answers with an error of S3's.
func refuse(status int, code string) kind {
	return func(_ *s3Server, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<Error><Code>%s</Code><Message>made to fail</Message></Error>", code)
	}
}

// elsewhere answers as S3 does for a bucket of another Region.
func elsewhere(_ *s3Server, w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("X-Amz-Bucket-Region", "ap-south-1")
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(http.StatusMovedPermanently)
	fmt.Fprint(w, "<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>")
}

// reset resets the connection before anything is read.
func reset(_ *s3Server, w http.ResponseWriter, _ *http.Request) { cut(w, nil) }

// resetInBody resets the connection in the middle of the request's body.
func resetInBody(_ *s3Server, w http.ResponseWriter, r *http.Request) {
	_, _ = io.CopyN(io.Discard, r.Body, r.ContentLength/2) // a body that ends early is as good
	cut(w, nil)
}

// answerLost does what was asked, and says nothing of it.
func answerLost(s *s3Server, w http.ResponseWriter, r *http.Request) {
	s.real.ServeHTTP(httptest.NewRecorder(), r)
	cut(w, nil)
}

// answerTruncated does what was asked, and breaks off in the answer.
func answerTruncated(s *s3Server, w http.ResponseWriter, r *http.Request) {
	recorder := httptest.NewRecorder()
	s.real.ServeHTTP(recorder, r)
	var answer bytes.Buffer
	_ = recorder.Result().Write(&answer) // never fails
	cut(w, answer.Bytes()[:answer.Len()/2])
}

// hang never answers.
func hang(s *s3Server, _ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body) // the server sees the client go only when it has the body
	select {
	case <-r.Context().Done():
	case <-s.closing:
	}
}

// hangWhenDone does what was asked, and never answers.
func hangWhenDone(s *s3Server, w http.ResponseWriter, r *http.Request) {
	s.real.ServeHTTP(httptest.NewRecorder(), r)
	hang(s, w, r)
}

// slow does what was asked, but only when the test lets go.
func slow(s *s3Server, w http.ResponseWriter, r *http.Request) {
	select {
	case <-s.holding():
		s.real.ServeHTTP(w, r)
	case <-s.closing:
	}
}

// cut sends some bytes and then breaks the connection: without any, by a reset.
func cut(w http.ResponseWriter, last []byte) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err) // the server of these tests speaks HTTP/1.1
	}
	if tcp, ok := conn.(*net.TCPConn); ok && len(last) == 0 {
		_ = tcp.SetLinger(0)
	}
	_, _ = conn.Write(last)
	_ = conn.Close()
}
