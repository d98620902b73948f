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

// fault names what was asked of S3 in front of its error and adds the sentinel
// that the error stands for; nil stays nil.
func fault(verb, bucket, key string, err error) error {
	if err == nil {
		return nil
	}
	where := "s3://" + bucket
	if key != "" {
		where += "/" + key
	}
	switch code(err) {
	case "NoSuchKey":
		return fmt.Errorf("%s %s: %w: %w", verb, where, ErrNoObject, err)
	case "NoSuchBucket":
		return fmt.Errorf("%s %s: %w: %w", verb, where, ErrNoBucket, err)
	}
	return fmt.Errorf("%s %s: %w", verb, where, err)
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
