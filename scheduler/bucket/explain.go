package bucket

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
)

// Failure is an error of this package in words for people.
type Failure struct {
	// Code is S3's error code, or one of our own in the same style where S3 did
	// not answer (ConnectionRefused, NoCredentials, …).
	Code string
	// Words are one line, one or two sentences, without any secret.
	Words string
	// Retryable tells that the same request may work later without anybody
	// changing permissions, keys or settings.
	Retryable bool
}

// Explain puts an error into words; bucket is the name to show. It is zero for
// no error.
func Explain(err error, bucket string) Failure {
	if err == nil {
		return Failure{}
	}
	e := explanation{err: err, bucket: printable(bucket)}
	for _, explain := range []func() (Failure, bool){e.ours, e.region, e.byCode, e.network, e.byStatus} {
		if f, ok := explain(); ok {
			return f
		}
	}
	return Failure{Code: "Unknown", Words: "The request to S3 failed.", Retryable: true}
}

// explanation is one error on its way into words.
type explanation struct {
	err    error
	bucket string
}

// ours are the failures that are not S3's.
func (e explanation) ours() (Failure, bool) {
	switch {
	case errors.Is(e.err, ErrTooLarge):
		return Failure{"EntityTooLarge", "The file is larger than an upload can be (78 GiB).", false}, true
	case errors.Is(e.err, ErrBody):
		return Failure{"BodyFailed", "The file could not be produced.", true}, true
	case errors.Is(e.err, errNotS3):
		return Failure{"NotS3", wordsNotS3, false}, true
	case errors.Is(e.err, errProbe):
		return Failure{"ProbeChanged", fmt.Sprintf("The bucket %s gave back other bytes than were written to it.", e.bucket), false}, true
	case errors.Is(e.err, ErrNoBucket):
		return e.say("NoSuchBucket", "The bucket {bucket} doesn’t exist ({code}).", false), true
	case errors.Is(e.err, ErrNoObject):
		return e.say("NoSuchKey", "The file is not in the bucket {bucket} ({code}).", false), true
	case errors.Is(e.err, context.Canceled):
		return Failure{"Canceled", "The request to S3 was interrupted.", true}, true
	}
	return Failure{}, false
}

// region is a bucket that lives elsewhere; S3 usually tells where.
func (e explanation) region() (Failure, bool) {
	switch c := code(e.err); {
	case c == "PermanentRedirect", c == "TemporaryRedirect", c == "AuthorizationHeaderMalformed",
		c == "IllegalLocationConstraintException", status(e.err) == 301:
		if where := printable(header(e.err, "X-Amz-Bucket-Region")); where != "" {
			return e.say(c, "The bucket {bucket} is in another Region: "+where+" ({code}).", false), true
		}
		return e.say(c, "The bucket {bucket} is in another Region ({code}).", false), true
	}
	return Failure{}, false
}

// network is everything that kept S3 from answering.
func (e explanation) network() (Failure, bool) {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case noCredentials(e.err): // first, since looking for them uses the network too
		return Failure{"NoCredentials", "No valid AWS credentials were found.", false}, true
	case errors.As(e.err, &dns) && dns.IsNotFound:
		return Failure{"NameNotFound", "The S3 endpoint " + printable(dns.Name) + " can’t be found.", true}, true
	case errors.As(e.err, &dns):
		return Failure{"NameNotResolved", "The name of the S3 endpoint can’t be looked up: " + printable(dns.Name) + ".", true}, true
	case errors.Is(e.err, syscall.ECONNREFUSED):
		return Failure{"ConnectionRefused", "Can’t connect to S3" + at(e.err) + ": connection refused.", true}, true
	case errors.Is(e.err, syscall.ENETUNREACH), errors.Is(e.err, syscall.EHOSTUNREACH):
		return Failure{"Unreachable", "Can’t connect to S3" + at(e.err) + ": the network is unreachable.", true}, true
	case untrusted(e.err):
		return Failure{"TLSFailed", "No secure connection to S3: the server’s certificate is not trusted or not for this name.", false}, true
	case plainServer(e.err):
		return Failure{"TLSFailed", "No secure connection to S3: the server doesn’t speak TLS at this address.", false}, true
	case errors.Is(e.err, context.DeadlineExceeded), errors.As(e.err, &timeout) && timeout.Timeout():
		return Failure{"RequestTimeout", "S3 did not respond: request timed out.", true}, true
	case errors.As(e.err, &timeout), broken(e.err):
		return Failure{"ConnectionLost", "The connection to S3 was lost.", true}, true
	}
	return Failure{}, false
}

// say fills a sentence.
func (e explanation) say(code, words string, retryable bool) Failure {
	code = printable(code)
	words = strings.NewReplacer("{bucket}", e.bucket, "{code}", code, "{deed}", deed(e.err)).Replace(words)
	return Failure{Code: code, Words: words, Retryable: retryable}
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
