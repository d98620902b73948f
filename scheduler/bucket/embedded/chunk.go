package embedded

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Limits of the aws-chunked framing.
const (
	maxChunkLine    = 4 << 10
	maxTrailerLines = 16
)

// chunkReader takes the aws-chunked framing off a body and verifies the
// signature of every chunk where the client signs them.
type chunkReader struct {
	body     *bufio.Reader
	remain   int64 // bytes left in the current chunk
	done     bool
	signer   *chunkSigner // nil when chunks are not signed
	claimed  string       // signature of the current chunk
	hash     hash.Hash    // of the current chunk, when signed
	trailers http.Header  // complete at the end
}

func newChunkReader(body io.Reader, signer *chunkSigner) *chunkReader {
	return &chunkReader{
		body:     bufio.NewReaderSize(body, maxChunkLine),
		signer:   signer,
		hash:     sha256.New(),
		trailers: http.Header{},
	}
}

func (c *chunkReader) Read(p []byte) (int, error) {
	if c.done {
		return 0, io.EOF
	}
	if c.remain == 0 {
		if err := c.nextChunk(); err != nil {
			return 0, err
		}
		if c.done {
			return 0, io.EOF
		}
	}
	n, err := c.body.Read(p[:min(int64(len(p)), c.remain)])
	c.remain -= int64(n)
	if c.signer != nil {
		c.hash.Write(p[:n])
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF // the last chunk has not come
	}
	if err == nil && c.remain == 0 {
		err = c.endChunk()
	}
	return n, err
}

// nextChunk reads the line before a chunk, and all that follows the last one.
func (c *chunkReader) nextChunk() error {
	line, err := c.line()
	if err != nil {
		return err
	}
	digits, extension, _ := strings.Cut(line, ";")
	size, err := strconv.ParseInt(digits, 16, 64)
	if err != nil || size < 0 {
		return invalidRequest("The chunked body is malformed: a chunk has no valid size.")
	}
	c.claimed = strings.TrimPrefix(extension, "chunk-signature=")
	c.remain = size
	if size > 0 {
		return nil
	}
	c.done = true
	if err := c.verifyChunk(); err != nil {
		return err
	}
	return c.readTrailers()
}

// endChunk verifies a chunk that was read in full and the line end behind it.
func (c *chunkReader) endChunk() error {
	if err := c.verifyChunk(); err != nil {
		return err
	}
	line, err := c.line()
	if err == nil && line != "" {
		err = invalidRequest("The chunked body is malformed: a chunk is longer than its size says.")
	}
	return err
}

func (c *chunkReader) verifyChunk() error {
	if c.signer == nil {
		return nil
	}
	defer c.hash.Reset()
	return c.signer.verify(chunkSignature, c.claimed, c.hash.Sum(nil))
}

// readTrailers reads to the end of the body. Some clients leave out the empty
// line at its end, others write more of them.
func (c *chunkReader) readTrailers() error {
	var signed strings.Builder
	signature, ended := "", false
	for range maxTrailerLines {
		line, err := c.line()
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		name, value, ok := strings.Cut(line, ":")
		name, value = strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)
		switch {
		case line == "" && err != nil:
			return c.verifyTrailers(signed.String(), signature)
		case line == "":
			ended = true
		case name == "x-amz-trailer-signature":
			signature = value
		case !ok || ended:
			return malformedTrailer()
		default:
			c.trailers.Add(name, value)
			signed.WriteString(name + ":" + value + "\n")
		}
	}
	return malformedTrailer()
}

func (c *chunkReader) verifyTrailers(signed, signature string) error {
	if c.signer == nil || (signed == "" && signature == "") {
		return nil
	}
	sum := sha256.Sum256([]byte(signed))
	return c.signer.verify(trailerSignature, signature, sum[:])
}

// line reads one line without its end.
func (c *chunkReader) line() (string, error) {
	line, err := c.body.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return "", invalidRequest("The chunked body is malformed: a line is too long.")
	case errors.Is(err, io.EOF):
		return strings.TrimRight(string(line), "\r\n"), io.ErrUnexpectedEOF
	case err != nil:
		return "", err
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}

func malformedTrailer() *failure {
	return fail(http.StatusBadRequest, "MalformedTrailerError", "The request contained trailing data that was not well-formed or did not conform to the published schema.")
}

// Kinds of signed pieces of a body.
const (
	chunkSignature   = "AWS4-HMAC-SHA256-PAYLOAD"
	trailerSignature = "AWS4-HMAC-SHA256-TRAILER"
)

// chunkSigner computes the chain of signatures of a body: each covers the one
// before.
type chunkSigner struct {
	key      []byte
	date     string // X-Amz-Date
	scope    string // date/region/service/aws4_request
	previous string
}

func (s *chunkSigner) verify(kind, claimed string, sum []byte) error {
	text := kind + "\n" + s.date + "\n" + s.scope + "\n" + s.previous + "\n"
	if kind == chunkSignature {
		empty := sha256.Sum256(nil)
		text += hex.EncodeToString(empty[:]) + "\n"
	}
	text += hex.EncodeToString(sum)
	want := hex.EncodeToString(hmacSHA256(s.key, text))
	if !equalSignatures(want, claimed) {
		return fail(http.StatusForbidden, "SignatureDoesNotMatch", "The signature of a part of the request body does not match the one we calculated.")
	}
	s.previous = want
	return nil
}
