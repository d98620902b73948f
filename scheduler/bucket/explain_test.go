package bucket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"unicode"

	"github.com/aws/smithy-go"
)

// explained is what S3 and other servers answer, and what people read.
type explained struct {
	answer    string
	code      string
	words     string
	retryable bool
}

func TestExplainAnswers(t *testing.T) {
	t.Parallel()
	for _, test := range []explained{
		{"403 AccessDenied", "AccessDenied", "Access denied", false},
		{"403 AllAccessDisabled", "AllAccessDisabled", "Access denied", false},
		{"403 SomethingNew", "SomethingNew", "Access denied", false},
		{"403", "AccessDenied", "Access denied", false},
		{"401 Unauthorized", "Unauthorized", "Access denied", false},
		{"404 NoSuchBucket", "NoSuchBucket", "The bucket reports doesn’t exist", false},
		{"301 PermanentRedirect region=eu-west-1", "PermanentRedirect", "The bucket reports is in another Region: eu-west-1. Set --s3-region eu-west-1", false},
		{"301 PermanentRedirect", "PermanentRedirect", "The bucket reports is in another Region. Set --s3-region to the Region of the bucket", false},
		{"307 TemporaryRedirect", "TemporaryRedirect", "The bucket reports is in another Region. Set --s3-region to the Region of the bucket", false},
		{"400 AuthorizationHeaderMalformed region=eu-west-1", "AuthorizationHeaderMalformed", "The bucket reports is in another Region: eu-west-1. Set --s3-region eu-west-1", false},
		{"400 IllegalLocationConstraintException", "IllegalLocationConstraintException", "The bucket reports is in another Region. Set --s3-region to the Region of the bucket", false},
		{"301", "MovedPermanently", "The bucket reports is in another Region. Set --s3-region to the Region of the bucket", false},
		{"400 AuthorizationHeaderMalformed message=The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'", "AuthorizationHeaderMalformed", "The bucket reports is in another Region: eu-west-1. Set --s3-region eu-west-1", false},
		{"400 AuthorizationHeaderMalformed message=the region &#34;us-east-1&#34; is wrong; expecting &#34;eu-west-1&#34;", "AuthorizationHeaderMalformed", "The bucket reports is in another Region: eu-west-1. Set --s3-region eu-west-1", false},
		{"301 location=https://s3.example/reports/k", "Redirect", "The S3 endpoint redirects to https://s3.example. Set --s3 to the address of the S3 itself, such as https://s3.example", false},
		{"307 location=https://s3.example/reports/k", "Redirect", "The S3 endpoint redirects to https://s3.example. Set --s3 to the address of the S3 itself, such as https://s3.example", false},
		{"413", "RequestEntityTooLarge", "A proxy in front of S3 refuses requests of this size. It must let 8 MiB pass, and the headers", false},
		{"404 XAdminUserNotFound", "XAdminUserNotFound", "S3 doesn’t accept the access key", false},
		{"403 NoSuchUser", "NoSuchUser", "S3 doesn’t accept the access key", false},
		{"403 InvalidAccessKey", "InvalidAccessKey", "S3 doesn’t accept the access key", false},
		{"403 SecondLevelDomainForbidden", "SecondLevelDomainForbidden", "This S3 wants the bucket in the host name of its URLs. Set --s3-style virtual", false},
		{"403 InvalidAccessKeyId", "InvalidAccessKeyId", "S3 doesn’t accept the access key", false},
		{"403 SignatureDoesNotMatch", "SignatureDoesNotMatch", "S3 doesn’t accept the access key", false},
		{"400 InvalidToken", "InvalidToken", "S3 doesn’t accept the access key", false},
		{"400 ExpiredToken", "ExpiredToken", "The AWS credentials have expired", true},
		{"403 RequestTimeTooSkewed", "RequestTimeTooSkewed", "The clock of this machine differs too much from S3’s", false},
		{"400 EntityTooLarge", "EntityTooLarge", "There is no space left for reports", true},
		{"403 QuotaExceeded", "QuotaExceeded", "There is no space left for reports", true},
		{"507 StorageFull", "StorageFull", "There is no space left for reports", true},
		{"507 XMinioStorageFull", "XMinioStorageFull", "There is no space left for reports", true},
		{"507", "InsufficientStorage", "There is no space left for reports", true},
		{"503 SlowDown", "SlowDown", "S3 is busy and asks for fewer requests", true},
		{"429", "TooManyRequests", "S3 is busy and asks for fewer requests", true},
		{"503 ServiceUnavailable", "ServiceUnavailable", "S3 has an internal problem", true},
		{"500 InternalError", "InternalError", "S3 has an internal problem", true},
		{"502", "BadGateway", "S3 has an internal problem", true},
		{"400 RequestTimeout", "RequestTimeout", "S3 did not respond: request timed out", true},
		{"400 BadDigest", "BadDigest", "The file arrived damaged and was refused", true},
		{"400 XAmzContentSHA256Mismatch", "XAmzContentSHA256Mismatch", "The file arrived damaged and was refused", true},
		{"400 InvalidBucketName", "InvalidBucketName", "reports is not a valid bucket name", false},
		{"501 NotImplemented", "NotImplemented", "S3 doesn’t support this request", false},
		{"400 KeyTooLongError", "KeyTooLongError", "S3 refused the request", false},
		{"409", "NotS3", "The server at the S3 endpoint doesn’t answer like S3", false},
	} {
		t.Run(test.answer, func(t *testing.T) {
			t.Parallel()
			_, c := scripted(t, Endpoint, "http://s3.example", "us-east-1", map[string][]string{"PUT": {test.answer}})
			_, err := c.Put(t.Context(), "reports", "k", strings.NewReader("x"), PutOptions{})
			shown := " (" + test.code + ")"
			if test.code == "NotS3" || test.code == "Redirect" {
				shown = "" // these are our own
			}
			want := Failure{test.code, test.words + ". License Manager can’t write to reports" + shown + ".", test.retryable}
			if got := Explain(err); got != want {
				t.Errorf("%v\nexplained as %+v\nwant         %+v", err, got, want)
			}
		})
	}
}

func TestFailuresNameTheirStep(t *testing.T) {
	t.Parallel()
	steps := map[string]string{
		"put": "write to", "put parts": "write to", "get": "read", "head": "read", "list": "read", "delete": "delete from",
		"test": "write to", "check": "read", "create": "create the bucket",
	}
	denied := map[string][]string{}
	for _, ask := range []string{"PUT", "GET", "HEAD", "DELETE", "POST uploads", "GET delimiter=%2F&encoding-type=url&list-type=2&max-keys=10&prefix"} {
		denied[ask] = []string{"403 AccessDenied"}
	}
	_, c := scripted(t, AWS, "", "us-east-1", denied)
	for name, ask := range requests(c, "reports") {
		t.Run(name, func(t *testing.T) {
			want := "Access denied. License Manager can’t " + steps[name] + " reports (AccessDenied)."
			if err := ask(t); Explain(err).Words != want {
				t.Errorf("%v\nexplained as %q\nwant         %q", err, Explain(err).Words, want)
			}
		})
	}
}

// The endpoint may be a proxy, a captive portal, or this program's own console.
func TestExplainWebPages(t *testing.T) {
	t.Parallel()
	for status, code := range map[int]string{200: "NotS3", 302: "NotS3", 400: "NotS3", 403: "AccessDenied", 404: "NotS3", 413: "RequestEntityTooLarge", 502: "BadGateway", 503: "ServiceUnavailable"} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Location", "/sign-in")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, "<!doctype html><title>Welcome</title><p>Hello<br>there")
		}))
		t.Cleanup(server.Close)
		for _, size := range []int64{1, partSize + 1} {
			_, err := open(t, static(server.URL)).Put(t.Context(), "reports", "k", stream(size), PutOptions{})
			if f := Explain(err); f.Code != code {
				t.Errorf("%d: %v explained as %+v", status, err, f)
			}
		}
	}
}

func TestExplainOthers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err  error
		code string
	}{
		"nothing":     {nil, ""},
		"unknown":     {errors.New("secret-key-123 leaked\nstack"), "Unknown"},
		"timeout":     {&net.OpError{Op: "read", Err: syscall.ETIMEDOUT}, "RequestTimeout"},
		"deadline":    {fmt.Errorf("put: %w", context.DeadlineExceeded), "RequestTimeout"},
		"reset":       {&net.OpError{Op: "read", Err: syscall.ECONNRESET}, "ConnectionLost"},
		"cut off":     {fmt.Errorf("get: %w", io.ErrUnexpectedEOF), "ConnectionLost"},
		"no route":    {&net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH}, "Unreachable"},
		"no resolver": {&net.DNSError{Err: "server misbehaving", Name: "s3.example"}, "NameNotResolved"},
	} {
		f := Explain(test.err)
		if f.Code != test.code {
			t.Errorf("%s: %+v, want %s", name, f, test.code)
		}
		if strings.Contains(f.Words, "secret") || (f.Words == "") != (test.err == nil) {
			t.Errorf("%s: words %q", name, f.Words)
		}
	}
}

// Whatever a bucket is called and a server says, the words are one line and
// carry no error text.
func FuzzExplain(f *testing.F) {
	f.Add("reports", "NoSuchThing", "hunter2")
	f.Add("a\nb\u2028c\x00", "Code\r\n<b>", "x")
	f.Add("{code}{bucket}", "{bucket}", "\xff")
	f.Fuzz(func(t *testing.T, bucket, code, message string) {
		if len(message) < 8 || strings.Contains(bucket, message) || strings.Contains(code, message) {
			message = "secret message"
		}
		for _, err := range []error{
			errors.New(message),
			fmt.Errorf("%s: %w", message, ErrNoBucket),
			fmt.Errorf("%s: %w", message, &apiError{code, message}),
			&net.DNSError{Name: bucket, Err: message},
		} {
			words := Explain(fault("write to", bucket, "", err)).Words
			if words == "" || strings.Contains(words, message) || strings.Contains(Explain(err).Words, message) {
				t.Errorf("%v explained as %q", err, words)
			}
			if strings.ContainsFunc(words, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }) {
				t.Errorf("control characters in %q", words)
			}
		}
	})
}

// apiError is an answer with a code from a server that may say anything.
type apiError struct{ code, message string }

func (e *apiError) Error() string                 { return e.code + ": " + e.message }
func (e *apiError) ErrorCode() string             { return e.code }
func (e *apiError) ErrorMessage() string          { return e.message }
func (e *apiError) ErrorFault() smithy.ErrorFault { return smithy.FaultServer }
