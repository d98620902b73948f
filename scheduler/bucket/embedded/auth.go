package embedded

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/signature"
)

// authenticate checks the signature of a request, in its header or its query,
// and returns the keys that made it.
func (s *Server) authenticate(r *http.Request) (keys keyPair, err error) {
	code := signature.V4SignVerifyWithLookup(r, func(accessKeyID string) (string, bool) {
		i := slices.IndexFunc(s.keys, func(k keyPair) bool { return k.accessKeyID == accessKeyID })
		if i < 0 {
			return "", false
		}
		keys = s.keys[i]
		return keys.secretAccessKey, true
	})
	switch {
	case code != signature.ErrNone && version2(r):
		return keys, invalidRequest("Signature version 2 isn't supported. Use AWS4-HMAC-SHA256, in version 1 of the AWS CLI with the setting s3.signature_version s3v4.")
	case code != signature.ErrNone:
		return keys, signatureFailure(signature.GetAPIError(code), presigned(r))
	case !signedOnItsDay(r):
		return keys, malformedCredential(presigned(r), "The date of the credential scope does not match the date of the request.")
	}
	return keys, nil
}

// signatureFailure spells a failure of gofakes3 as AWS does.
func signatureFailure(e signature.APIError, presigned bool) *failure {
	switch e.Code {
	case "AuthorizationQueryParameterserror", "AuthorizationParameterserror", "MissingFields", "MalformedExpires", "UnsupportedAlgorithm":
		return malformedCredential(presigned, e.Description)
	case "MalformedDate":
		return fail(http.StatusForbidden, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")
	case "InvalidRequest", "InvalidArgument":
		return malformedCredential(presigned, e.Description)
	}
	return fail(e.HTTPStatusCode, gofakes3.ErrorCode(e.Code), "%s", e.Description)
}

// malformedCredential is about the Authorization header, or the query of a
// presigned request.
func malformedCredential(presigned bool, message string) *failure {
	if presigned {
		return fail(http.StatusBadRequest, "AuthorizationQueryParametersError", "%s", message)
	}
	return fail(http.StatusBadRequest, "AuthorizationHeaderMalformed", "%s", message)
}

// signedOnItsDay says whether the day in the credential scope is that of the
// request: a signing key is good for one day (AWS, Signature Version 4).
func signedOnItsDay(r *http.Request) bool {
	credential, date := authorizationField(r, "Credential"), r.Header.Get("X-Amz-Date")
	if presigned(r) {
		credential, date = r.URL.Query().Get("X-Amz-Credential"), r.URL.Query().Get("X-Amz-Date")
	}
	if date == "" {
		if at, err := http.ParseTime(r.Header.Get("Date")); err == nil {
			date = at.UTC().Format("20060102")
		}
	}
	scope := strings.Split(credential, "/")
	return len(date) >= 8 && len(scope) >= 5 && scope[len(scope)-4] == date[:8]
}

// version2 says whether a request is signed in the way of old clients.
func version2(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Authorization"), "AWS ") || r.URL.Query().Has("AWSAccessKeyId")
}

// presigned says whether the signature is in the query.
func presigned(r *http.Request) bool {
	return r.Header.Get("Authorization") == "" && r.URL.Query().Has("X-Amz-Signature")
}

// newChunkSigner starts the chain of chunk signatures with the signature of
// the headers, which must have been verified.
func newChunkSigner(r *http.Request, secret string) *chunkSigner {
	credential := authorizationField(r, "Credential")
	_, scope, _ := strings.Cut(credential, "/")
	key := []byte("AWS4" + secret)
	for step := range strings.SplitSeq(scope, "/") {
		key = hmacSHA256(key, step)
	}
	return &chunkSigner{
		key:      key,
		date:     r.Header.Get("X-Amz-Date"),
		scope:    scope,
		previous: authorizationField(r, "Signature"),
	}
}

// authorizationField returns a field of the Authorization header.
func authorizationField(r *http.Request, name string) string {
	_, fields, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	for field := range strings.SplitSeq(fields, ",") {
		if value, ok := strings.CutPrefix(strings.TrimSpace(field), name+"="); ok {
			return value
		}
	}
	return ""
}

func hmacSHA256(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// equalSignatures compares in constant time.
func equalSignatures(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1
}
