package bucket

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// What a caller may want to tell apart; everything else is for Explain.
var (
	// ErrNoObject means that the bucket has no object of that key.
	ErrNoObject = errors.New("object does not exist")
	// ErrNoBucket means that there is no such bucket.
	ErrNoBucket = errors.New("bucket does not exist")
	// ErrBody means that the body given to Put failed, not S3; the body's own
	// error is wrapped beside it.
	ErrBody = errors.New("the body to upload failed")
	// ErrTooLarge means that the body is longer than an upload of 10,000 parts
	// of 8 MiB (78 GiB), the most that S3 takes from a stream of unknown length.
	ErrTooLarge = errors.New("the body is longer than 10,000 parts of 8 MiB")
)

// errNotS3 means that a server took an upload without what S3 says then. Any web
// server answers 200 to something; a report must not get lost in it.
var errNotS3 = errors.New("the answer to the upload is not S3's")

// Error is a failed request to S3. Every error of a Client's method that asks
// S3 for something is one, so that callers can tell it from errors of their own.
type Error struct {
	Step   string // what was asked of S3: write to, read, delete from, create, …
	Bucket string
	Key    string // empty if the request is about the bucket
	Err    error
}

// Error says what was asked and why it failed.
func (e *Error) Error() string {
	where := "s3://" + e.Bucket
	if e.Key != "" {
		where += "/" + e.Key
	}
	return e.Step + " " + where + ": " + e.Err.Error()
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// fault is the Error of a step; nil stays nil. It adds the sentinel that S3's
// code stands for.
func fault(step, bucket, key string, err error) error {
	if err == nil {
		return nil
	}
	switch c := code(err); {
	case c == "NoSuchKey", step == "read" && (c == "KeyTooLongError" || c == "InvalidURI"): // no object can have such a key
		err = fmt.Errorf("%w: %w", ErrNoObject, err)
	case c == "NoSuchBucket":
		err = fmt.Errorf("%w: %w", ErrNoBucket, err)
	}
	return &Error{Step: step, Bucket: bucket, Key: key, Err: err}
}

// code is S3's error code, "" if S3 did not answer. An answer without a body (to
// HEAD, or from a proxy) has no code of S3's; the SDK fills in the status text.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// message is S3's own text about the error. It is not shown to people.
func message(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorMessage()
	}
	return ""
}

// status is the HTTP status of the answer, 0 if there was none.
func status(err error) int {
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}

// header is a header of the answer to the failed request.
func header(err error, name string) string {
	var response *awshttp.ResponseError
	if errors.As(err, &response) && response.Response != nil {
		return response.Response.Header.Get(name)
	}
	return ""
}

// missing tells whether an answer to HEAD, which carries no code, means 404.
func missing(err error) bool {
	return status(err) == http.StatusNotFound || code(err) == "NotFound"
}

// unsupported tells whether a server other than Amazon's says that it does not
// know the operation.
func unsupported(err error) bool {
	switch status(err) {
	case http.StatusNotImplemented, http.StatusMethodNotAllowed:
		return true
	}
	c := code(err)
	return strings.HasSuffix(c, "NotImplemented") || c == "MethodNotAllowed" || errors.Is(err, errors.ErrUnsupported)
}

// drain closes a body whose content is of no further interest.
func drain(body io.Closer, err *error) {
	if closing := body.Close(); *err == nil {
		*err = closing
	}
}
