package bucket

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"strings"
	"syscall"

	"github.com/aws/smithy-go"
)

// meaning is what an error code stands for: the sentence to say, and whether
// waiting may help.
type meaning struct {
	words     string
	retryable bool
}

const (
	wordsDenied   = "Access denied. License Manager can’t {deed} {bucket} ({code})."
	wordsKeys     = "S3 doesn’t accept the access key ({code})."
	wordsExpired  = "The AWS credentials have expired ({code})."
	wordsClock    = "The clock of this machine differs too much from S3’s ({code})."
	wordsFull     = "There is no space left for {bucket} ({code})."
	wordsBusy     = "S3 is busy and asks for fewer requests ({code})."
	wordsTimeout  = "S3 did not respond: request timed out."
	wordsDamaged  = "The file arrived damaged and was refused ({code})."
	wordsInternal = "S3 has an internal problem ({code})."
	wordsTaken    = "The bucket name {bucket} is taken by another account ({code})."
	wordsBadName  = "{bucket} is not a valid bucket name ({code})."
	wordsMissing  = "The bucket {bucket} doesn’t exist ({code})."
	wordsNotS3    = "The server at the S3 endpoint doesn’t answer like S3."
	wordsUnknown  = "S3 doesn’t support this request ({code})."
)

// meanings of the codes of Amazon S3 and of servers that add their own.
func meanings(code string) (meaning, bool) {
	switch code {
	case "AccessDenied", "Forbidden", "AllAccessDisabled", "AccountProblem", "UnauthorizedAccess", "Unauthorized", "AccessControlListNotSupported":
		return meaning{wordsDenied, false}, true
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSecurity", "NotSignedUp", "InvalidToken", "UnrecognizedClientException", "InvalidClientTokenId":
		return meaning{wordsKeys, false}, true
	case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired":
		return meaning{wordsExpired, true}, true
	case "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture":
		return meaning{wordsClock, false}, true
	case "EntityTooLarge", "QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "StorageFull", "DiskFull", "InsufficientCapacity":
		return meaning{wordsFull, true}, true
	case "SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequests", "TooManyRequestsException", "ServerBusy", "BandwidthLimitExceeded":
		return meaning{wordsBusy, true}, true
	case "RequestTimeout", "RequestTimeoutException":
		return meaning{wordsTimeout, true}, true
	case "BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "IncompleteBody":
		return meaning{wordsDamaged, true}, true
	case "InternalError", "InternalFailure", "ServiceUnavailable", "ServiceUnavailableException", "OperationAborted":
		return meaning{wordsInternal, true}, true
	case "BucketAlreadyExists":
		return meaning{wordsTaken, false}, true
	case "InvalidBucketName":
		return meaning{wordsBadName, false}, true
	case "NoSuchBucket":
		return meaning{wordsMissing, false}, true
	case "NotImplemented", "MethodNotAllowed":
		return meaning{wordsUnknown, false}, true
	}
	return meaning{}, false
}

// byCode is an answer of S3 whose code is known.
func (e explanation) byCode() (Failure, bool) {
	c := code(e.err)
	m, known := meanings(c)
	if !known {
		return Failure{}, false
	}
	if c == "Forbidden" {
		c = "AccessDenied" // an answer to HEAD has no better word
	}
	return e.say(c, m.words, m.retryable), true
}

// byStatus is an answer with an unknown code or none.
func (e explanation) byStatus() (Failure, bool) {
	c, s := code(e.err), status(e.err)
	if s == 0 && c == "" {
		return Failure{}, false
	}
	// Without a code the SDK takes the status text. S3 has one for every request
	// but HEAD; without it this is a page of a proxy or of another web server.
	text := strings.ReplaceAll(http.StatusText(s), " ", "")
	bare := c == "" || c == text
	if bare {
		c = text
	}
	switch {
	case s == http.StatusForbidden || s == http.StatusUnauthorized:
		return e.say(c, wordsDenied, false), true
	case s == http.StatusInsufficientStorage:
		return e.say(c, wordsFull, true), true
	case s == http.StatusTooManyRequests || s == http.StatusServiceUnavailable:
		return e.say(c, wordsBusy, true), true
	case s >= 500:
		return e.say(c, wordsInternal, true), true
	case bare && !strings.HasPrefix(operation(e.err), "Head"):
		return Failure{"NotS3", wordsNotS3, false}, true
	}
	return e.say(c, "S3 refused the request ({code}).", false), true
}

// operation is the name of what was asked of S3, as in its API.
func operation(err error) string {
	var op *smithy.OperationError
	if errors.As(err, &op) {
		return op.Operation()
	}
	return ""
}

// deed is what was not allowed.
func deed(err error) string {
	switch name := operation(err); {
	case name == "":
		return "use"
	case name == "CreateBucket":
		return "create"
	case name == "DeleteObject":
		return "delete from"
	case strings.HasPrefix(name, "Get"), strings.HasPrefix(name, "Head"), strings.HasPrefix(name, "List"):
		return "read"
	case strings.HasPrefix(name, "PutBucket"), strings.HasPrefix(name, "PutPublic"):
		return "protect"
	}
	return "write to"
}

// noCredentials tells whether the SDK found no keys to sign with.
func noCredentials(err error) bool {
	text := err.Error()
	return strings.Contains(text, "failed to retrieve credentials") || strings.Contains(text, "get identity: get credentials") ||
		strings.Contains(text, "failed to refresh cached credentials")
}

// untrusted tells whether the server's certificate was refused.
func untrusted(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	return errors.As(err, &verification) || errors.As(err, &authority) || errors.As(err, &host) || errors.As(err, &invalid)
}

// plainServer tells whether TLS was spoken to a server that does not.
func plainServer(err error) bool {
	var record tls.RecordHeaderError
	var alert tls.AlertError
	return errors.As(err, &record) || errors.As(err, &alert) || errors.Is(err, http.ErrSchemeMismatch)
}

// broken tells whether the connection ended in the middle.
func broken(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
