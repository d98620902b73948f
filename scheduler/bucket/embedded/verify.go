package embedded

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/rclone/gofakes3"
)

// maxUpload is the largest object or part in one request, as in S3.
const maxUpload = 5 << 30

// Values of x-amz-content-sha256 that are no hash.
const (
	unsignedPayload = "UNSIGNED-PAYLOAD"
	unsignedTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
	signedChunks    = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
	signedTrailer   = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
)

// payload is the body of a request without its framing. At its end it compares
// everything that the client said about it; its last Read gives io.EOF only
// when all of that is true.
type payload struct {
	source  io.Reader
	chunks  *chunkReader // nil when the body has no framing
	size    int64        // as declared
	read    int64
	checks  []check
	flex    *check // the flexible checksum among the checks, if any
	trailer string // name of the trailer that carries its value
	noted   func(*failure)
	end     error // what every Read returns once the end is reached
}

// check compares one hash of the body with what the client said it is.
type check struct {
	algorithm string
	hash      hash.Hash
	want      []byte // nil when the client left the value to us
	mismatch  *failure
}

// newPayload reads what the headers say about the body. describes is false
// where a checksum header speaks of an object and not of this body.
func newPayload(r *http.Request, secret string, describes bool) (*payload, error) {
	p := &payload{source: r.Body, size: r.ContentLength, noted: func(*failure) {}}
	if p.size < 0 { // Transfer-Encoding: chunked
		size, err := decodedLength(r)
		if err != nil {
			return nil, fail(http.StatusLengthRequired, gofakes3.ErrMissingContentLength, "You must provide the Content-Length HTTP header.")
		}
		p.size = size
	}
	steps := []func(*http.Request) error{
		func(r *http.Request) error { return p.readContentSHA256(r, secret) },
		p.readContentMD5,
	}
	if describes {
		steps = append(steps, p.readChecksum)
	}
	for _, step := range steps {
		if err := step(r); err != nil {
			return nil, err
		}
	}
	if p.size > maxUpload {
		return nil, fail(http.StatusBadRequest, gofakes3.ErrEntityTooLarge, "Your proposed upload exceeds the maximum allowed size.")
	}
	return p, nil
}

// readContentSHA256 takes the framing off or adds the check of the hash.
func (p *payload) readContentSHA256(r *http.Request, secret string) error {
	value := r.Header.Get("X-Amz-Content-Sha256")
	switch value {
	case unsignedPayload:
		return nil
	case "":
		if presigned(r) {
			return nil
		}
		return invalidRequest("Missing required header for this request: x-amz-content-sha256.")
	case unsignedTrailer:
		return p.unframe(r, nil)
	case signedChunks, signedTrailer:
		if presigned(r) {
			return invalidRequest("A presigned request cannot sign its chunks.")
		}
		return p.unframe(r, newChunkSigner(r, secret))
	}
	sum, err := hex.DecodeString(value)
	if err != nil || len(sum) != sha256.Size {
		return fail(http.StatusBadRequest, gofakes3.ErrInvalidArgument, "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid SHA-256 value.")
	}
	p.checks = append(p.checks, check{hash: sha256.New(), want: sum,
		mismatch: fail(http.StatusBadRequest, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")})
	return nil
}

func (p *payload) unframe(r *http.Request, signer *chunkSigner) error {
	size, err := decodedLength(r)
	if err != nil {
		return fail(http.StatusLengthRequired, gofakes3.ErrMissingContentLength, "You must provide the x-amz-decoded-content-length HTTP header.")
	}
	p.chunks = newChunkReader(r.Body, signer)
	p.source, p.size = p.chunks, size
	return nil
}

// decodedLength returns the size of a body without its framing.
func decodedLength(r *http.Request) (int64, error) {
	size, err := strconv.ParseUint(r.Header.Get("X-Amz-Decoded-Content-Length"), 10, 63)
	return int64(size), err
}

func (p *payload) readContentMD5(r *http.Request) error {
	values, ok := r.Header["Content-Md5"]
	if !ok {
		return nil
	}
	sum, err := base64.StdEncoding.DecodeString(strings.Join(values, ","))
	if err != nil || len(sum) != md5.Size {
		return fail(http.StatusBadRequest, gofakes3.ErrInvalidDigest, "The Content-MD5 you specified is not valid.")
	}
	p.checks = append(p.checks, check{hash: md5.New(), want: sum, mismatch: badDigest("Content-MD5")})
	return nil
}

// readChecksum adds the check of the flexible checksum, whose value is in a
// header now or in a trailer later.
func (p *payload) readChecksum(r *http.Request) error {
	algorithm, value, err := declared(r.Header)
	if err != nil {
		return err
	}
	trailer := r.Header.Get("X-Amz-Trailer")
	if trailer != "" {
		if algorithm != "" || p.chunks == nil || checksumAlgorithm(trailer) == "" {
			return invalidRequest("The value specified in the x-amz-trailer header is not supported.")
		}
		algorithm, p.trailer = checksumAlgorithm(trailer), trailer
	}
	named, computed := r.Header.Get("X-Amz-Sdk-Checksum-Algorithm"), r.Header.Get("X-Amz-Checksum-Algorithm")
	if algorithm == "" && named == "" { // we compute it, nothing is compared
		algorithm = strings.ToLower(computed)
	}
	switch {
	case algorithm == "" && named == "":
		return nil
	case algorithm == "":
		return invalidRequest("x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.")
	case named != "" && !strings.EqualFold(named, algorithm):
		return invalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.")
	case newHash(algorithm) == nil:
		return invalidRequest("The checksum algorithm %s is not supported.", strings.ToUpper(algorithm))
	}
	c := check{algorithm: algorithm, hash: newHash(algorithm), mismatch: badDigest(strings.ToUpper(algorithm))}
	if value != "" {
		if c.want, err = decode(algorithm, value); err != nil {
			return err
		}
	}
	p.checks = append(p.checks, c)
	p.flex = &p.checks[len(p.checks)-1]
	return nil
}

// Read reads the content. A body that ends early, goes on too long or is not
// what the client said ends in an error.
func (p *payload) Read(b []byte) (int, error) {
	if p.end != nil {
		return 0, p.end
	}
	n, err := p.source.Read(b)
	p.read += int64(n)
	for _, c := range p.checks {
		c.hash.Write(b[:n])
	}
	if err == nil && p.read > p.size {
		err = errIncompleteBody()
	}
	if err != nil {
		p.end = p.judge(err)
		return n, p.end
	}
	return n, nil
}

// Close is for the reader's sake; the server closes the body.
func (p *payload) Close() error { return nil }

// verify reads what is left and returns nil when the whole body is what the
// client said it is.
func (p *payload) verify() error {
	if _, err := io.Copy(io.Discard, p); err != nil {
		return err
	}
	return nil
}

// checksum returns the flexible checksum of the body once it is verified; nil
// when the client sent none.
func (p *payload) checksum() *checksum {
	if p.flex == nil {
		return nil
	}
	return &checksum{Algorithm: p.flex.algorithm, Value: encode(p.flex.hash), Type: fullObject}
}

// judge turns the end of the source into the end of the payload.
func (p *payload) judge(err error) error {
	if errors.Is(err, io.EOF) {
		err = p.compare()
	}
	var refused *failure
	switch {
	case err == nil:
		return io.EOF
	case errors.As(err, &refused):
	default: // the connection broke
		refused = errIncompleteBody()
	}
	p.noted(refused)
	return refused
}

func (p *payload) compare() error {
	if p.read != p.size {
		return errIncompleteBody()
	}
	if p.chunks != nil {
		if err := p.takeTrailer(); err != nil {
			return err
		}
	}
	for _, c := range p.checks {
		if c.want != nil && !bytes.Equal(c.hash.Sum(nil), c.want) {
			return c.mismatch
		}
	}
	return nil
}

// takeTrailer takes the checksum from the trailer that was announced. One that
// was not announced has not been computed and cannot be believed.
func (p *payload) takeTrailer() error {
	for name := range p.chunks.trailers {
		if checksumAlgorithm(name) != "" && !strings.EqualFold(name, p.trailer) {
			return malformedTrailer()
		}
	}
	if p.trailer == "" {
		return nil
	}
	value := p.chunks.trailers.Get(p.trailer)
	if value == "" {
		return malformedTrailer()
	}
	var err error
	p.flex.want, err = decode(p.flex.algorithm, value)
	return err
}
