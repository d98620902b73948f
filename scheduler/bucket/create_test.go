package bucket

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// script is a server with the answers that Amazon and others document, for what
// the embedded server has no need of. It takes every host for its own.
type script struct {
	t       *testing.T
	mu      sync.Mutex
	answers map[string][]string // "METHOD query" → "status code", the last one for good; none means 200
	asked   []string
	bodies  map[string]string
}

func scripted(t *testing.T, mode Mode, endpoint, region string, answers map[string][]string) (*script, *Client) {
	t.Helper()
	s := &script{t: t, answers: answers, bodies: map[string]string{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	there, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: everyHost{there.Host}}
	return s, open(t, Options{Mode: mode, Endpoint: endpoint, Region: region, HTTPClient: client, Attempts: 1})
}

// everyHost sends all requests to one host.
type everyHost struct{ host string }

func (e everyHost) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Host = r.URL.Host
	r.URL.Scheme, r.URL.Host = "http", e.host
	return http.DefaultTransport.RoundTrip(r)
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	query := r.URL.Query()
	query.Del("x-id")
	ask := strings.TrimSuffix(strings.TrimSpace(r.Method+" "+query.Encode()), "=")
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	s.asked = append(s.asked, ask)
	s.bodies[ask] = string(body)
	answer := "200"
	if list := s.answers[ask]; len(list) > 0 {
		if answer = list[0]; len(list) > 1 {
			s.answers[ask] = list[1:]
		}
	}
	reply(w, r, answer)
}

// reply answers "status code body": an error document unless the status is 200.
func reply(w http.ResponseWriter, r *http.Request, answer string) {
	status, rest, _ := strings.Cut(answer, " ")
	code, rest, _ := strings.Cut(rest, " ")
	if region, found := strings.CutPrefix(rest, "region="); found {
		w.Header().Set("X-Amz-Bucket-Region", region)
	}
	if location, found := strings.CutPrefix(code, "location="); found {
		w.Header().Set("Location", location)
		code = ""
	}
	message, found := strings.CutPrefix(rest, "message=")
	if !found {
		message = "a long\nmessage"
	}
	var number int
	if _, err := fmt.Sscan(status, &number); err != nil {
		panic(err)
	}
	if number == http.StatusOK {
		_, _ = io.WriteString(w, strings.TrimSpace(code+" "+rest))
		return
	}
	w.WriteHeader(number)
	if code != "" && r.Method != http.MethodHead {
		_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message><RequestId>1</RequestId></Error>", code, message)
	}
}

// protectSteps are the requests that follow the one that makes the bucket.
func protectSteps() []string {
	return []string{"PUT publicAccessBlock", "PUT encryption", "PUT policy"}
}

func allSet() Protection {
	return Protection{"Public access block: set", "Default encryption: set", "TLS only: set"}
}

func TestCreateBucketOnAWS(t *testing.T) {
	t.Parallel()
	for region, want := range map[string][]string{"us-east-1": {"", "arn:aws:s3:::reports"}, "eu-central-1": {"<LocationConstraint>eu-central-1<", "arn:aws:s3:::reports"},
		"cn-north-1": {"<LocationConstraint>cn-north-1<", "arn:aws-cn:s3:::reports"}} {
		s, c := scripted(t, AWS, "", region, nil)
		p, err := c.CreateBucket(t.Context(), "reports")
		if err != nil || !slices.Equal(p, allSet()) {
			t.Errorf("%s: %+v, %v", region, p, err)
		}
		if diff := cmp.Diff(append([]string{"PUT"}, protectSteps()...), s.asked); diff != "" {
			t.Errorf("%s: requests (-want +got):\n%s", region, diff)
		}
		if body := s.bodies["PUT"]; !strings.Contains(body, want[0]) || (want[0] == "" && body != "") {
			t.Errorf("%s: create body %q", region, body)
		}
		for step, content := range map[string]string{"PUT policy": want[1], "PUT encryption": "AES256", "PUT publicAccessBlock": "<RestrictPublicBuckets>true<"} {
			if !strings.Contains(s.bodies[step], content) {
				t.Errorf("%s: %s lacks %q: %s", region, step, content, s.bodies[step])
			}
		}
		if !strings.Contains(s.bodies["PUT policy"], `"Condition":{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny"`) {
			t.Errorf("policy %s", s.bodies["PUT policy"])
		}
	}
}

// On AWS each step must succeed; what was made is taken back.
func TestCreateBucketLeavesNoneHalfProtected(t *testing.T) {
	t.Parallel()
	for i, step := range protectSteps() {
		s, c := scripted(t, AWS, "", "us-east-1", map[string][]string{step: {"403 AccessDenied"}})
		_, err := c.CreateBucket(t.Context(), "reports")
		wantFailure(t, err, nil, "Access denied")
		want := append(append([]string{"PUT"}, protectSteps()[:i+1]...), "DELETE")
		if diff := cmp.Diff(want, s.asked); diff != "" {
			t.Errorf("%s: requests (-want +got):\n%s", step, diff)
		}
	}
	for _, code := range []string{"501 NotImplemented", "405 MethodNotAllowed"} {
		_, c := scripted(t, AWS, "", "us-east-1", map[string][]string{"PUT policy": {code}})
		if _, err := c.CreateBucket(t.Context(), "reports"); err == nil {
			t.Errorf("%s is passed over on AWS", code)
		}
	}
	_, c := scripted(t, AWS, "", "us-east-1", map[string][]string{"PUT policy": {"403 AccessDenied"}, "DELETE": {"403 AccessDenied"}})
	_, err := c.CreateBucket(t.Context(), "reports")
	if err == nil || !strings.Contains(err.Error(), "the new bucket reports is not protected and could not be deleted") {
		t.Errorf("error %v", err)
	}
}

func TestCreateBucketThatIsThere(t *testing.T) {
	t.Parallel()
	s, c := scripted(t, AWS, "", "eu-west-1", map[string][]string{"PUT": {"409 BucketAlreadyOwnedByYou"}})
	if p, err := c.CreateBucket(t.Context(), "reports"); err != nil || !slices.Equal(p, allSet()) || len(s.asked) != 4 {
		t.Errorf("ours: %+v, %v after %v", p, err, s.asked)
	}
	s, c = scripted(t, AWS, "", "eu-west-1", map[string][]string{"PUT": {"409 BucketAlreadyOwnedByYou"}, "PUT policy": {"403 AccessDenied"}})
	if _, err := c.CreateBucket(t.Context(), "reports"); err == nil || s.asked[len(s.asked)-1] == "DELETE" {
		t.Errorf("ours, not to be protected: %v after %v", err, s.asked)
	}
	s, c = scripted(t, AWS, "", "eu-west-1", map[string][]string{"PUT": {"409 BucketAlreadyExists"}})
	_, err := c.CreateBucket(t.Context(), "reports")
	wantFailure(t, err, nil, "The bucket name reports is taken by another account")
	if len(s.asked) != 1 {
		t.Errorf("asked %v", s.asked)
	}
}

// A new bucket is not known everywhere at once.
func TestCreateBucketWaitsForItToSettle(t *testing.T) {
	t.Parallel()
	_, c := scripted(t, AWS, "", "us-east-1", map[string][]string{
		"PUT publicAccessBlock": {"404 NoSuchBucket", "200"}, "PUT policy": {"409 OperationAborted", "200"}})
	if p, err := c.CreateBucket(t.Context(), "reports"); err != nil || !slices.Equal(p, allSet()) {
		t.Errorf("%+v, %v", p, err)
	}
}

// peculiar is a client of the embedded server with the peculiarities of another
// one. quirk answers a request itself, or returns false to leave it to the server,
// which takes all settings of a bucket.
func peculiar(t *testing.T, secure bool, quirk func(w http.ResponseWriter, r *http.Request) bool) *Client {
	t.Helper()
	var inner http.Handler
	o := openS3(t, func(next http.Handler) http.Handler { inner = next; return next })
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		switch {
		case quirk(w, r):
		case query.Has("publicAccessBlock"), query.Has("encryption"), query.Has("policy"):
			reply(w, r, "200")
		default:
			inner.ServeHTTP(w, r)
		}
	}))
	if secure {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	o.Endpoint, o.Region, o.HTTPClient = server.URL, "eu-central-1", server.Client()
	c := open(t, o) // with the keys of the embedded server
	c.mode = Endpoint
	return c
}

// asks tells whether a request would change a setting of a bucket.
func asks(r *http.Request, setting string) bool {
	return r.Method == http.MethodPut && r.URL.Query().Has(setting)
}

func TestCreateBucketElsewhere(t *testing.T) {
	t.Parallel()
	var blocked, encrypted, policed atomic.Bool
	isPut := func(r *http.Request) bool {
		return r.Method == http.MethodPut && strings.Contains(r.URL.Path, "connection-test")
	}
	toggle := func(w http.ResponseWriter, r *http.Request, setting string, on *atomic.Bool) bool {
		if !r.URL.Query().Has(setting) {
			return false
		}
		on.Store(r.Method == http.MethodPut)
		reply(w, r, "200")
		return true
	}
	for name, test := range map[string]struct {
		secure bool
		quirk  func(w http.ResponseWriter, r *http.Request) bool
		want   Protection
	}{
		"an S3 without any of them": {true, func(w http.ResponseWriter, r *http.Request) bool {
			for setting, answer := range map[string]string{"publicAccessBlock": "501 NotImplemented", "encryption": "501 XNotImplemented", "policy": "405 MethodNotAllowed"} {
				if asks(r, setting) {
					reply(w, r, answer)
					return true
				}
			}
			return false
		}, Protection{"Public access block: not offered by this S3 (NotImplemented)", "Default encryption: not offered by this S3 (XNotImplemented)", "TLS only: not offered by this S3 (MethodNotAllowed)"}},
		"MinIO": {false, func(w http.ResponseWriter, r *http.Request) bool {
			if asks(r, "publicAccessBlock") {
				reply(w, r, "400 MalformedXML")
				return true
			}
			return false
		}, Protection{"Public access block: not offered by this S3 (MalformedXML)", "Default encryption: set", "TLS only: not set, since the S3 endpoint is http"}},
		"SeaweedFS": {false, func(w http.ResponseWriter, r *http.Request) bool {
			if isPut(r) && encrypted.Load() {
				reply(w, r, "500 InternalError")
				return true
			}
			return toggle(w, r, "encryption", &encrypted)
		}, Protection{"Public access block: set", "Default encryption: taken back, since nothing could be written with it (InternalError)", "TLS only: not set, since the S3 endpoint is http"}},
		"Ceph": {true, func(w http.ResponseWriter, r *http.Request) bool {
			switch {
			case isPut(r) && blocked.Load():
				reply(w, r, "403 AccessDenied")
			case asks(r, "encryption"):
				reply(w, r, "400 InvalidArgument")
			default:
				return toggle(w, r, "publicAccessBlock", &blocked)
			}
			return true
		}, Protection{"Public access block: taken back, since nothing could be written with it (AccessDenied)", "Default encryption: not offered by this S3 (InvalidArgument)", "TLS only: set"}},
		"gofakes3, which takes a setting for another bucket": {false, func(w http.ResponseWriter, r *http.Request) bool {
			if asks(r, "publicAccessBlock") || asks(r, "encryption") {
				reply(w, r, "409 BucketAlreadyExists")
				return true
			}
			return false
		}, Protection{"Public access block: not offered by this S3 (BucketAlreadyExists)", "Default encryption: not offered by this S3 (BucketAlreadyExists)", "TLS only: not set, since the S3 endpoint is http"}},
		"locked out by its own policy": {true, func(w http.ResponseWriter, r *http.Request) bool {
			if isPut(r) && policed.Load() {
				reply(w, r, "403 AccessDenied")
				return true
			}
			return toggle(w, r, "policy", &policed)
		}, Protection{"Public access block: set", "Default encryption: set", "TLS only: taken back, since nothing could be written with it (AccessDenied)"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := peculiar(t, test.secure, test.quirk)
			p, err := c.CreateBucket(t.Context(), "new-reports")
			if diff := cmp.Diff(test.want, p); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if err := c.Test(t.Context(), "new-reports"); err != nil {
				t.Errorf("it can't be used: %v", err)
			}
			if p, err := c.CreateBucket(t.Context(), "new-reports"); err != nil || !slices.Equal(p, test.want) {
				t.Errorf("a second time: %q, %v", p, err)
			}
		})
	}
}

// What can't be used in the end is an error, and no bucket stays behind.
func TestCreateBucketThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	c := peculiar(t, false, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "connection-test") {
			reply(w, r, "403 AccessDenied")
			return true
		}
		return false
	})
	_, err := c.CreateBucket(t.Context(), "new-reports")
	wantFailure(t, err, nil, "Access denied")
	if _, err := c.Check(t.Context(), "new-reports"); !errors.Is(err, ErrNoBucket) {
		t.Errorf("the bucket stays: %v", err)
	}
}

// Ceph's zones have other names than AWS's Regions, and it says of a bucket of
// one's own that it exists.
func TestCreateBucketWithoutItsRegion(t *testing.T) {
	t.Parallel()
	c := peculiar(t, false, func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPut || r.URL.Path != "/reports" && r.URL.Path != "/new-reports" || r.URL.RawQuery != "" {
			return false
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if bytes.Contains(body, []byte("eu-central-1")) {
			reply(w, r, "400 InvalidLocationConstraint")
		} else if r.URL.Path == "/reports" {
			reply(w, r, "409 BucketAlreadyExists")
		} else {
			return false
		}
		return true
	})
	for _, name := range []string{"new-reports", "reports"} {
		if p, err := c.CreateBucket(t.Context(), name); err != nil || len(p) != 3 {
			t.Errorf("%s: %q, %v", name, p, err)
		}
	}
}

// Ceph refuses a checksum in a trailer, and completes uploads without naming the
// ETag.
func TestPutToCeph(t *testing.T) {
	t.Parallel()
	var checksums atomic.Int32
	c := peculiar(t, true, func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
			reply(w, r, "400 XAmzContentSHA256Mismatch")
			return true
		}
		if r.Header.Get("X-Amz-Checksum-Crc32") != "" {
			checksums.Add(1)
		}
		return false
	})
	for size, requests := range map[int64]int32{10: 1, partSize + 1: 2} {
		checksums.Store(0)
		o, err := c.Put(t.Context(), "reports", "k", stream(size), PutOptions{})
		if err != nil || o.Size != size || o.ETag == "" || checksums.Load() != requests {
			t.Errorf("%d bytes: %+v, %v, %d checksums", size, o, err, checksums.Load())
		}
	}
}

func TestCreateBucketEmbedded(t *testing.T) {
	t.Parallel()
	c := open(t, openS3(t))
	name := NewName()
	for range 2 {
		if p, err := c.CreateBucket(t.Context(), name); err != nil || len(p) != 0 {
			t.Fatalf("%q, %v", p, err)
		}
	}
	if err := c.Test(t.Context(), name); err != nil {
		t.Error(err)
	}
	abroad := openS3(t)
	abroad.Region = "eu-central-1"
	if _, err := open(t, abroad).CreateBucket(t.Context(), name); err != nil {
		t.Errorf("another Region: %v", err)
	}
	_, err := c.CreateBucket(t.Context(), "Not_A_Name")
	wantFailure(t, err, nil, "Not_A_Name is not a valid bucket name")
}

func TestCheck(t *testing.T) {
	t.Parallel()
	c := open(t, openS3(t))
	if got, err := c.Check(t.Context(), "reports"); err != nil || got.Region != "us-east-1" || got.Encryption != "" {
		t.Errorf("embedded: %+v, %v", got, err)
	}
	const encrypted = "200 <ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>aws:kms</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"
	for name, test := range map[string]struct {
		answers map[string][]string
		want    Check
	}{
		"encrypted": {map[string][]string{"HEAD": {"200  region=eu-west-1"}, "GET encryption": {encrypted}}, Check{"eu-west-1", "aws:kms"}},
		"unknown":   {map[string][]string{"GET encryption": {"403 AccessDenied"}}, Check{"eu-west-3", ""}},
	} {
		_, c := scripted(t, AWS, "", "eu-west-3", test.answers)
		if got, err := c.Check(t.Context(), "reports"); err != nil || got != test.want {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	_, c = scripted(t, AWS, "", "us-east-1", map[string][]string{"HEAD": {"404"}})
	_, err := c.Check(t.Context(), "reports")
	wantFailure(t, err, ErrNoBucket, "The bucket reports doesn’t exist")
	_, c = scripted(t, AWS, "", "us-east-1", map[string][]string{"HEAD": {"301  region=eu-north-1"}})
	_, err = c.Check(t.Context(), "reports")
	wantFailure(t, err, nil, "The bucket reports is in another Region: eu-north-1")
}

func TestTest(t *testing.T) {
	t.Parallel()
	c := open(t, openS3(t))
	if err := c.Test(t.Context(), "reports"); err != nil {
		t.Error(err)
	}
	emptyHanded(t, c)
	changed := open(t, openS3(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "connection-test") {
				_, _ = io.WriteString(w, "something else")
				return
			}
			next.ServeHTTP(w, r)
		})
	}))
	wantFailure(t, changed.Test(t.Context(), "reports"), errProbe, "The bucket reports gave back other bytes than were written to it")
	emptyHanded(t, changed)
	for method, deed := range map[string]string{"PUT": "write to", "GET": "read", "DELETE": "delete from"} {
		c := open(t, openS3(t, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == method && strings.Contains(r.URL.Path, "connection-test") {
					reply(w, r, "403 AccessDenied")
					return
				}
				next.ServeHTTP(w, r)
			})
		}))
		wantFailure(t, c.Test(t.Context(), "reports"), nil, "Access denied. License Manager can’t "+deed+" reports (AccessDenied)")
		if method != "DELETE" {
			emptyHanded(t, c)
		}
	}
	lost := open(t, openS3(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "connection-test") {
				next.ServeHTTP(httptest.NewRecorder(), r)
				reply(w, r, "403 AccessDenied")
				return
			}
			next.ServeHTTP(w, r)
		})
	}))
	wantFailure(t, lost.Test(t.Context(), "reports"), nil, "Access denied. License Manager can’t write to reports (AccessDenied)")
	emptyHanded(t, lost)
}
