package bucket

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"syscall"

	"github.com/aws/smithy-go"
)

const (
	wordsDenied   = "Access denied"
	wordsKeys     = "S3 doesn’t accept the access key"
	wordsExpired  = "The AWS credentials have expired"
	wordsClock    = "The clock of this machine differs too much from S3’s"
	wordsFull     = "There is no space left for {bucket}"
	wordsBusy     = "S3 is busy and asks for fewer requests"
	wordsTimeout  = "S3 did not respond: request timed out"
	wordsDamaged  = "The file arrived damaged and was refused"
	wordsOnDisk   = "The file in the bucket {bucket} is damaged: what is on the disk of the S3 server is not what was written"
	wordsInternal = "S3 has an internal problem"
	wordsTaken    = "The bucket name {bucket} is taken by another account"
	wordsBadName  = "{bucket} is not a valid bucket name"
	wordsMissing  = "The bucket {bucket} doesn’t exist"
	wordsNotS3    = "The server at the S3 endpoint doesn’t answer like S3"
	wordsUnknown  = "S3 doesn’t support this request"
	wordsStyle    = "This S3 wants the bucket in the host name of its URLs. Set --s3-style virtual"
	wordsProxy    = "A proxy in front of S3 refuses requests of this size. It must let 8 MiB pass, and the headers"
)

// knownCode is an answer with a code of Amazon S3, or of a server that adds its own.
func knownCode(err error) (reason, bool) {
	c := code(err)
	switch c {
	case "Forbidden": // an answer to HEAD has no better word
		return reason{"AccessDenied", wordsDenied, false}, true
	case "AccessDenied", "AllAccessDisabled", "AccountProblem", "UnauthorizedAccess", "Unauthorized", "AccessControlListNotSupported":
		return reason{c, wordsDenied, false}, true
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSecurity", "NotSignedUp", "InvalidToken", "UnrecognizedClientException", "InvalidClientTokenId":
		return reason{c, wordsKeys, false}, true
	case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired":
		return reason{c, wordsExpired, true}, true
	case "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture":
		return reason{c, wordsClock, false}, true
	case "EntityTooLarge", "QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "StorageFull", "DiskFull", "InsufficientCapacity":
		return reason{c, wordsFull, true}, true
	case "SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequests", "TooManyRequestsException", "ServerBusy", "BandwidthLimitExceeded":
		return reason{c, wordsBusy, true}, true
	case "RequestTimeout", "RequestTimeoutException":
		return reason{c, wordsTimeout, true}, true
	case "BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "IncompleteBody":
		return reason{c, wordsDamaged, true}, true
	case "ObjectDamaged":
		return reason{c, wordsOnDisk, false}, true
	case "InternalError", "InternalFailure", "ServiceUnavailable", "ServiceUnavailableException", "OperationAborted":
		return reason{c, wordsInternal, true}, true
	case "BucketAlreadyExists":
		return reason{c, wordsTaken, false}, true
	case "InvalidBucketName":
		return reason{c, wordsBadName, false}, true
	case "NotImplemented", "XNotImplemented", "MethodNotAllowed":
		return reason{c, wordsUnknown, false}, true
	case "SecondLevelDomainForbidden", "PathStyleDomainForbidden", "PathStyleNotAllowed", "VirtualHostDomainRequired", "InvalidPathAccess":
		return reason{c, wordsStyle, false}, true
	}
	// Servers have names of their own for an unknown key, such as XAdminUserNotFound.
	if regexp.MustCompile(`(NoSuch|Invalid|Unknown)(AccessKey|User)|(AccessKey|User)(NotFound|NotExist|Invalid|Disabled)`).MatchString(c) {
		return reason{c, wordsKeys, false}, true
	}
	return reason{}, false
}

// byStatus is an answer with an unknown code or none.
func byStatus(err error) (reason, bool) {
	c, s := code(err), status(err)
	if s == 0 && c == "" {
		return reason{}, false
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
		return reason{c, wordsDenied, false}, true
	case s == http.StatusRequestEntityTooLarge:
		return reason{c, wordsProxy, false}, true
	case s == http.StatusNotImplemented:
		return reason{c, wordsUnknown, false}, true
	case s == http.StatusInsufficientStorage:
		return reason{c, wordsFull, true}, true
	case s == http.StatusTooManyRequests || s == http.StatusServiceUnavailable:
		return reason{c, wordsBusy, true}, true
	case s >= 500:
		return reason{c, wordsInternal, true}, true
	case bare && !isHead(err):
		return reason{"NotS3", wordsNotS3, false}, true
	}
	return reason{c, "S3 refused the request", false}, true
}

// isHead tells whether the request that failed was a HEAD.
func isHead(err error) bool {
	op, ok := errors.AsType[*smithy.OperationError](err)
	return ok && strings.HasPrefix(op.Operation(), "Head")
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
