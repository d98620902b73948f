package embedded

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rclone/gofakes3"
)

// Limits of a request, as in S3 where S3 has them.
const (
	maxKey      = 1024     // bytes
	maxMetadata = 2 << 10  // bytes of names and values
	maxHeader   = 16 << 10 // bytes of all headers and the URL together
)

// checkLimits refuses what is too big or cannot be a request to S3, before
// its signature is computed.
func checkLimits(r *http.Request) error {
	size := len(r.RequestURI)
	metadata := 0
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(value)
			if key, ok := strings.CutPrefix(name, "X-Amz-Meta-"); ok {
				metadata += len(key) + len(value)
			}
		}
	}
	if size > maxHeader {
		return fail(http.StatusBadRequest, "RequestHeaderSectionTooLarge", "Your request header section exceeds the maximum allowed size.")
	}
	if metadata > maxMetadata {
		return fail(http.StatusBadRequest, gofakes3.ErrMetadataTooLarge, "Your metadata headers exceed the maximum allowed metadata size.")
	}
	_, key := bucketAndKey(r)
	return checkKey(key)
}

// checkKey accepts the keys that a listing can carry: UTF-8 of at most 1,024
// bytes without the characters that XML has no way to write.
func checkKey(key string) error {
	if len(key) > maxKey {
		return fail(http.StatusBadRequest, gofakes3.ErrKeyTooLong, "Your key is too long.")
	}
	if !utf8.ValidString(key) || strings.ContainsFunc(key, notInXML) {
		return fail(http.StatusBadRequest, gofakes3.ErrInvalidURI, "The key contains a character that a listing cannot carry.")
	}
	return nil
}

// notInXML says whether XML 1.0 cannot carry a character.
func notInXML(c rune) bool {
	return c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == '\uFFFE' || c == '\uFFFF'
}

// bucketAndKey splits the path as gofakes3 does.
func bucketAndKey(r *http.Request) (bucket, key string) {
	bucket, key, _ = strings.Cut(strings.TrimLeft(r.URL.Path, "/"), "/")
	return bucket, key
}

// queryOfWrites returns the query parameters that a request that changes something
// may have, beside those that begin with x-.
func queryOfWrites() []string {
	return []string{
		"delete", "partNumber", "tagging", "uploadId", "uploads", "versionId", "versioning",
		// gofakes3 says of these that they are not there.
		"accelerate", "acl", "analytics", "cors", "encryption", "id", "intelligent-tiering", "inventory",
		"legal-hold", "lifecycle", "logging", "metrics", "notification", "object-lock", "ownershipControls",
		"policy", "publicAccessBlock", "replication", "requestPayment", "restore", "retention", "select",
		"website",
	}
}

// checkSupported refuses requests that would otherwise be taken for something
// else, such as an append for a replacement: a client must be able to tell.
func checkSupported(r *http.Request) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		return nil
	case http.MethodPut, http.MethodPost, http.MethodDelete:
	default:
		return fail(http.StatusMethodNotAllowed, gofakes3.ErrMethodNotAllowed, "The specified method is not allowed against this resource.")
	}
	query := r.URL.Query()
	for name := range query {
		if !slices.Contains(queryOfWrites(), name) && !strings.HasPrefix(strings.ToLower(name), "x-") {
			return notImplemented("The query parameter %q is not supported.", name)
		}
	}
	if bucket, key := bucketAndKey(r); r.Method == http.MethodPost && bucket != "" && key == "" && !query.Has("delete") {
		return notImplemented("Browser form uploads are not supported.")
	}
	return checkHeaders(r.Header)
}

// checkHeaders refuses headers that ask for what this server does not do.
func checkHeaders(h http.Header) error {
	if h.Get("X-Amz-Write-Offset-Bytes") != "" {
		return notImplemented("Appending to an object is not supported.")
	}
	for name := range h {
		if strings.HasPrefix(name, "X-Amz-Grant-") {
			return noACL()
		}
	}
	switch h.Get("X-Amz-Storage-Class") {
	case "", "STANDARD", "REDUCED_REDUNDANCY":
	default:
		return fail(http.StatusBadRequest, "InvalidStorageClass", "The storage class you specified is not valid")
	}
	switch h.Get("X-Amz-Acl") {
	case "", "private", "bucket-owner-full-control":
		return nil
	}
	return noACL()
}

func noACL() *failure {
	return fail(http.StatusBadRequest, "AccessControlListNotSupported", "The bucket does not allow ACLs.")
}
