package bucket

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/url"
	"regexp"
	"strings"
	"syscall"
)

// Failure is an error of this package in words for people.
type Failure struct {
	// Code is S3's error code, or one of our own in the same style where S3 did
	// not answer (ConnectionRefused, NoCredentials, …).
	Code string
	// Words are one line without any secret. They say what is wrong, what to set
	// if that helps, and which step failed.
	Words string
	// Retryable tells that the same request may work later without anybody
	// changing permissions, keys or settings.
	Retryable bool
}

// reason is why a request failed. {bucket} in the words is the bucket's name.
type reason struct {
	code      string
	words     string
	retryable bool
}

// Explain puts an error of a Client into words: the reason, then the step. An error
// in its chain that has words of its own, such as one of the database, has the
// method Failure. Explain is zero for no error.
func Explain(err error) Failure {
	if err == nil {
		return Failure{}
	}
	var other interface{ Failure() Failure }
	if errors.As(err, &other) {
		return other.Failure()
	}
	request, asked := errors.AsType[*Error](err)
	r := reason{"Unknown", "License Manager failed before it asked S3. The log has the reason", true}
	if asked {
		r = reason{"Unknown", "The request to S3 failed", true}
	}
	for _, find := range []func(error) (reason, bool){ownReason, redirect, otherRegion, knownCode, noAnswer, byStatus} {
		if found, ok := find(err); ok {
			r = found
			break
		}
	}
	name, step, told := "", "", ""
	if asked {
		name = printable(request.Bucket)
		step = " License Manager can’t " + strings.TrimSpace(request.Step+" "+name)
	}
	r.code = printable(r.code)
	if code(err) != "" && r.code != "NotS3" && r.code != "Redirect" {
		told = " (" + r.code + ")"
	}
	words := strings.ReplaceAll(r.words, "{bucket}", name)
	if step == "" {
		return Failure{r.code, words + told + ".", r.retryable}
	}
	return Failure{r.code, words + "." + step + told + ".", r.retryable}
}

// ownReason is a failure that S3 did not report itself.
func ownReason(err error) (reason, bool) {
	switch {
	case errors.Is(err, ErrTooLarge):
		return reason{"EntityTooLarge", "The file is larger than an upload can be (78 GiB)", false}, true
	case errors.Is(err, ErrBody):
		return reason{"BodyFailed", "The file could not be produced", true}, true
	case errors.Is(err, errNotS3):
		return reason{"NotS3", wordsNotS3, false}, true
	case errors.Is(err, errProbe):
		return reason{"ProbeChanged", "The bucket {bucket} gave back other bytes than were written to it", false}, true
	case errors.Is(err, ErrNoBucket):
		return reason{"NoSuchBucket", wordsMissing, false}, true
	case errors.Is(err, ErrNoObject):
		return reason{"NoSuchKey", "The file is not in the bucket {bucket}", false}, true
	case errors.Is(err, context.Canceled):
		return reason{"Canceled", "The request to S3 was interrupted", true}, true
	}
	return reason{}, false
}

// redirect is an answer that sends the request to another address, as a server
// does that wants https.
func redirect(err error) (reason, bool) {
	s := status(err)
	to, bad := url.Parse(header(err, "Location"))
	if s < 300 || s > 399 || bad != nil || to.Host == "" || header(err, "X-Amz-Bucket-Region") != "" {
		return reason{}, false
	}
	address := printable(to.Scheme + "://" + to.Host)
	return reason{"Redirect", "The S3 endpoint redirects to " + address + ". Set --s3 to the address of the S3 itself, such as " + address, false}, true
}

// otherRegion is a bucket that is in another Region than requests are signed for.
func otherRegion(err error) (reason, bool) {
	c := code(err)
	switch {
	case c == "PermanentRedirect", c == "TemporaryRedirect", c == "AuthorizationHeaderMalformed",
		c == "IllegalLocationConstraintException", status(err) == 301:
		const words = "The bucket {bucket} is in another Region"
		if where := printable(cmp.Or(header(err, "X-Amz-Bucket-Region"), expectedRegion(err))); where != "" {
			return reason{c, words + ": " + where + ". Set --s3-region " + where, false}, true
		}
		return reason{cmp.Or(c, "PermanentRedirect"), words + ". Set --s3-region to the Region of the bucket", false}, true
	}
	return reason{}, false
}

// expectedRegion is the Region that the message of AuthorizationHeaderMalformed
// names: the region 'us-east-1' is wrong; expecting 'eu-west-1'.
func expectedRegion(err error) string {
	found := regexp.MustCompile(`expecting ['"]([a-z0-9-]+)['"]`).FindStringSubmatch(message(err))
	if found == nil {
		return ""
	}
	return found[1]
}

// noAnswer is everything that kept S3 from answering.
func noAnswer(err error) (reason, bool) {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case noCredentials(err): // first, since looking for them uses the network too
		return reason{"NoCredentials", "No valid AWS credentials were found", false}, true
	case errors.As(err, &dns) && dns.IsNotFound:
		return reason{"NameNotFound", "The S3 endpoint " + printable(dns.Name) + " can’t be found" + styleHint(err, dns.Name), true}, true
	case errors.As(err, &dns):
		return reason{"NameNotResolved", "The name of the S3 endpoint can’t be looked up: " + printable(dns.Name), true}, true
	case errors.Is(err, syscall.ECONNREFUSED):
		return reason{"ConnectionRefused", "Can’t connect to S3" + at(err) + ": connection refused", true}, true
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return reason{"Unreachable", "Can’t connect to S3" + at(err) + ": the network is unreachable", true}, true
	case untrusted(err):
		return reason{"TLSFailed", "No secure connection to S3: the server’s certificate is not trusted or not for this name", false}, true
	case plainServer(err):
		return reason{"TLSFailed", "No secure connection to S3: the server doesn’t speak TLS at this address", false}, true
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return reason{"RequestTimeout", wordsTimeout, true}, true
	case errors.As(err, &timeout), broken(err):
		return reason{"ConnectionLost", "The connection to S3 was lost", true}, true
	}
	return reason{}, false
}

// styleHint names the flag if the name that was looked up begins with the bucket.
func styleHint(err error, name string) string {
	request, asked := errors.AsType[*Error](err)
	if !asked || !strings.HasPrefix(name, request.Bucket+".") {
		return ""
	}
	return ". If this S3 has the bucket in the path of its URLs, set --s3-style path"
}

// at is the address of the server, where the error knows it.
func at(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Addr != nil {
		return " at " + printable(op.Addr.String())
	}
	return ""
}

// printable keeps a name or code from another machine on one short line.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' || r >= 0x80 && r < 0xa0 {
			return -1
		}
		return r
	}, s)
	return s[:min(len(s), 100)]
}
