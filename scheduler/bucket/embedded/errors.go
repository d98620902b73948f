package embedded

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"syscall"

	"github.com/rclone/gofakes3"
)

// failure is an error with the code and status that a client of S3 expects.
// It embeds gofakes3's error so that gofakes3 renders it; the status travels
// in the exchange, since gofakes3 knows only some of the codes.
type failure struct {
	gofakes3.ErrorResponse
	status int
}

func fail(status int, code gofakes3.ErrorCode, message string, args ...any) *failure {
	return &failure{
		ErrorResponse: gofakes3.ErrorResponse{Code: code, Message: fmt.Sprintf(message, args...)},
		status:        status,
	}
}

func invalidRequest(message string, args ...any) *failure {
	return fail(http.StatusBadRequest, gofakes3.ErrInvalidRequest, message, args...)
}

func notImplemented(message string, args ...any) *failure {
	return fail(http.StatusNotImplemented, gofakes3.ErrNotImplemented, message, args...)
}

func badDigest(algorithm string) *failure {
	return fail(http.StatusBadRequest, gofakes3.ErrBadDigest, "The %s you specified did not match the calculated checksum.", algorithm)
}

func errIncompleteBody() *failure {
	return fail(http.StatusBadRequest, gofakes3.ErrIncompleteBody, "You did not provide the number of bytes specified by the Content-Length HTTP header.")
}

func errNoSuchBucket() *failure {
	return fail(http.StatusNotFound, gofakes3.ErrNoSuchBucket, "The specified bucket does not exist")
}

func errNoSuchKey() *failure {
	return fail(http.StatusNotFound, gofakes3.ErrNoSuchKey, "The specified key does not exist.")
}

func errBucketNotEmpty() *failure {
	return fail(http.StatusConflict, gofakes3.ErrBucketNotEmpty, "The bucket you tried to delete is not empty")
}

func errNoSuchUpload() *failure {
	return fail(http.StatusNotFound, gofakes3.ErrNoSuchUpload, "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.")
}

// isFull says that the disk has no room: full, over quota, or a file size
// limit reached.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

func errStorageFull() *failure {
	return fail(http.StatusInsufficientStorage, "StorageFull", "The disk of the server is full. Nothing was stored.")
}

func errObjectDamaged() *failure {
	return fail(http.StatusInternalServerError, "ObjectDamaged", "The object is damaged: what is on the disk of the server is not what was written.")
}

// randomID returns 32 hexadecimal digits.
func randomID() string {
	b := make([]byte, 16)
	rand.Read(b)
	return hex.EncodeToString(b)
}
