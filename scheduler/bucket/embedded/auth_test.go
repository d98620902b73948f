package embedded

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func TestRefusedSignatures(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	for name, c := range map[string]struct {
		in   raw
		code string
	}{
		"wrong secret":       {raw{secret: "wrong"}, "SignatureDoesNotMatch"},
		"unknown key":        {raw{id: "LMS3AAAAAAAAAAAAAAAA"}, "InvalidAccessKeyId"},
		"clock behind":       {raw{at: time.Now().Add(-time.Hour)}, "RequestTimeTooSkewed"},
		"clock ahead":        {raw{at: time.Now().Add(time.Hour)}, "RequestTimeTooSkewed"},
		"wrong secret, read": {raw{method: "GET", path: "/", secret: "wrong"}, "SignatureDoesNotMatch"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.do(t, c.in).want(t, http.StatusForbidden, c.code)
		})
	}
	t.Run("none", func(t *testing.T) {
		for _, in := range []raw{{}, {method: "GET", path: "/"}, {method: "GET"}, {method: "OPTIONS"}, {method: "POST", path: "/" + testBucket}} {
			s.send(t, s.request(t, in)).want(t, http.StatusForbidden, "AccessDenied")
		}
	})
	t.Run("version 2", func(t *testing.T) {
		id, _ := s.Credentials()
		for _, in := range []raw{
			{method: "GET", path: "/" + testBucket + "/key?AWSAccessKeyId=" + id + "&Signature=FOY0%3D&Expires=1795610127"},
			{method: "GET", header: map[string]string{"Authorization": "AWS " + id + ":FOY0="}},
		} {
			s.send(t, s.request(t, in)).want(t, http.StatusBadRequest, "InvalidRequest")
		}
	})
	t.Run("header added after signing", func(t *testing.T) {
		r := s.request(t, raw{})
		s.sign(t, r, raw{})
		r.Header.Set("X-Amz-Copy-Source", testBucket+"/other")
		s.send(t, r).want(t, http.StatusForbidden, "AccessDenied")
	})
	t.Run("path changed after signing", func(t *testing.T) {
		r := s.request(t, raw{})
		s.sign(t, r, raw{})
		r.URL.Path += "2"
		s.send(t, r).want(t, http.StatusForbidden, "SignatureDoesNotMatch")
	})
	t.Run("no content hash", func(t *testing.T) {
		r := s.request(t, raw{body: "x"})
		keys := s.testKeys()
		if err := v4.NewSigner().SignHTTP(t.Context(), keys, r, hexSHA256(""), "s3", "us-east-1", time.Now()); err != nil {
			t.Fatal(err)
		}
		s.send(t, r).want(t, http.StatusBadRequest, "InvalidRequest")
	})
	s.wantNothing(t)
}

func TestSDKSeesRefusals(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	id, secret := s.Credentials()
	_, err := newClient(s.http, s.url, id, "wrong").ListBuckets(t.Context(), nil)
	wantCode(t, err, "SignatureDoesNotMatch")
	_, err = newClient(s.http, s.url, "LMS3AAAAAAAAAAAAAAAA", secret).ListBuckets(t.Context(), nil)
	wantCode(t, err, "InvalidAccessKeyId")
}

func TestPresigned(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.put(t, "Reports/Ä b.csv", "content")
	presign := s3.NewPresignClient(s.client)
	get, err := presign.PresignGetObject(t.Context(), &s3.GetObjectInput{
		Bucket: aws.String(testBucket), Key: aws.String("Reports/Ä b.csv"),
		ResponseContentDisposition: aws.String(`attachment; filename="b.csv"`),
	})
	if err != nil {
		t.Fatal(err)
	}
	got := s.fetch(t, get.Method, get.URL, "")
	if got.body != "content" || got.header.Get("Content-Disposition") != `attachment; filename="b.csv"` {
		t.Errorf("got %d %q %v", got.status, got.body, got.header)
	}
	s.fetch(t, http.MethodDelete, get.URL, "").want(t, http.StatusForbidden, "SignatureDoesNotMatch")
	s.fetch(t, get.Method, strings.Replace(get.URL, "b.csv", "c.csv", 1), "").want(t, http.StatusForbidden, "SignatureDoesNotMatch")

	put, err := presign.PresignPutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(testBucket), Key: aws.String("up.csv")})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.fetch(t, put.Method, put.URL, "uploaded"); got.status != http.StatusOK {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if got := s.get(t, "up.csv"); got != "uploaded" {
		t.Errorf("got %q", got)
	}
}

func TestPresignedExpires(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	s.put(t, "key", "content")
	r := s.request(t, raw{method: "GET"})
	q := r.URL.Query()
	q.Set("X-Amz-Expires", "60")
	r.URL.RawQuery = q.Encode()
	url, _, err := v4.NewSigner().PresignHTTP(t.Context(), s.testKeys(), r, unsignedPayload, "s3", "us-east-1", time.Now().Add(-2*time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	got := s.fetch(t, "GET", url, "")
	got.want(t, http.StatusForbidden, "AccessDenied")
	if got.Message != "Request has expired" {
		t.Errorf("got %q", got.Message)
	}
}

// fetch sends a request without signing it.
func (s *testServer) fetch(t testing.TB, method, url, body string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return s.send(t, r)
}

// TestNoSecretsInLogs makes the server log what it can and looks for what must
// not be there.
func TestNoSecretsInLogs(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	o := testOptions(t, t.TempDir())
	o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	server, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(server.Handler())
	id, secret := server.Credentials()
	s := &testServer{Server: server, url: web.URL, dir: o.Dir, http: web.Client(), client: newClient(web.Client(), web.URL, id, secret)}
	s.createBucket(t, testBucket)
	s.put(t, "key", "content")
	get, err := s3.NewPresignClient(s.client).PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String(testBucket), Key: aws.String("key")})
	if err != nil {
		t.Fatal(err)
	}
	s.fetch(t, "GET", get.URL, "")
	s.fetch(t, "GET", get.URL+"0", "").want(t, http.StatusForbidden, "SignatureDoesNotMatch")
	server.backend.disk.root = "/nonexistent" // an internal error, which is logged
	s.do(t, raw{body: "x"}).want(t, http.StatusInternalServerError, "InternalError")
	web.Close()
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "no such file") {
		t.Errorf("the cause is not in the log: %s", log.String())
	}
	for _, word := range []string{secret, "Signature", "X-Amz-Credential"} {
		if strings.Contains(log.String(), word) {
			t.Errorf("the log contains %q", word)
		}
	}
	_, _ = io.Copy(io.Discard, &log)
}
