package bucket

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
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

func TestCreateBucketOnAWS(t *testing.T) {
	t.Parallel()
	for region, want := range map[string][]string{"us-east-1": {"", "arn:aws:s3:::reports"}, "eu-central-1": {"<LocationConstraint>eu-central-1<", "arn:aws:s3:::reports"},
		"cn-north-1": {"<LocationConstraint>cn-north-1<", "arn:aws-cn:s3:::reports"}} {
		s, c := scripted(t, AWS, "", region, nil)
		p, err := c.CreateBucket(t.Context(), "reports")
		if err != nil || (p != Protection{true, true, true}) {
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
	if p, err := c.CreateBucket(t.Context(), "reports"); err != nil || (p != Protection{true, true, true}) || len(s.asked) != 4 {
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
	if p, err := c.CreateBucket(t.Context(), "reports"); err != nil || (p != Protection{true, true, true}) {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestCreateBucketElsewhere(t *testing.T) {
	t.Parallel()
	const secure, plain = "https://s3.example", "http://s3.example"
	for name, test := range map[string]struct {
		endpoint string
		answers  map[string][]string
		want     Protection
		last     string
	}{
		"all":                          {secure, nil, Protection{true, true, true}, "HEAD"},
		"no TLS":                       {plain, nil, Protection{true, true, false}, "PUT encryption"},
		"nothing":                      {secure, map[string][]string{"PUT publicAccessBlock": {"501 NotImplemented"}, "PUT encryption": {"501 XNotImplemented"}, "PUT policy": {"405 MethodNotAllowed"}}, Protection{}, "PUT policy"},
		"locked out by its own policy": {secure, map[string][]string{"HEAD": {"403"}}, Protection{true, true, false}, "DELETE policy"},
	} {
		s, c := scripted(t, Endpoint, test.endpoint, "", test.answers)
		p, err := c.CreateBucket(t.Context(), "reports")
		if err != nil || p != test.want || s.asked[len(s.asked)-1] != test.last {
			t.Errorf("%s: %+v, %v, asked %v", name, p, err, s.asked)
		}
	}
	s, c := scripted(t, Endpoint, secure, "", map[string][]string{"PUT encryption": {"403 AccessDenied"}})
	if _, err := c.CreateBucket(t.Context(), "reports"); err == nil || s.asked[len(s.asked)-1] != "DELETE" {
		t.Errorf("denied: %v, asked %v", err, s.asked)
	}
	s, c = scripted(t, Endpoint, secure, "", map[string][]string{"HEAD": {"403"}, "DELETE policy": {"403 AccessDenied"}})
	if _, err := c.CreateBucket(t.Context(), "reports"); err == nil || s.asked[len(s.asked)-1] != "DELETE" {
		t.Errorf("locked out for good: %v, asked %v", err, s.asked)
	}
}

func TestCreateBucketEmbedded(t *testing.T) {
	t.Parallel()
	c := open(t, openS3(t))
	name := NewName()
	for range 2 {
		if p, err := c.CreateBucket(t.Context(), name); err != nil || p.TLSOnly {
			t.Fatalf("%+v, %v", p, err)
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
