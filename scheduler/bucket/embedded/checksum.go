package embedded

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"net/http"
	"strings"
)

// Checksum types, as S3 names them.
const (
	fullObject = "FULL_OBJECT" // of the content
	composite  = "COMPOSITE"   // of the checksums of the parts
)

// checksumHeader begins the names of the headers that carry a checksum.
const checksumHeader = "X-Amz-Checksum-"

// checksum is a verified flexible checksum.
type checksum struct {
	Algorithm string `json:"algorithm"` // as in the header name, lower case
	Value     string `json:"value"`     // base64; "-<parts>" follows when composite
	Type      string `json:"type"`
}

// header returns the canonical name of the header that carries it.
func (c checksum) header() string {
	return http.CanonicalHeaderKey(checksumHeader + c.Algorithm)
}

// checksumElement is a checksum in a document: an element named after the
// algorithm.
type checksumElement struct {
	XMLName xml.Name
	Value   string `xml:",chardata"`
}

func (c *checksum) element() *checksumElement {
	if c == nil || c.Algorithm == "" {
		return nil
	}
	return &checksumElement{XMLName: xml.Name{Local: "Checksum" + strings.ToUpper(c.Algorithm)}, Value: c.Value}
}

// kind returns the type of a checksum, for a document; empty for none.
func (c *checksum) kind() string {
	if c == nil {
		return ""
	}
	return c.Type
}

// newHash returns the hash of an algorithm named as in the header, in any
// case; nil when it is not one that this server computes.
func newHash(algorithm string) hash.Hash {
	switch strings.ToLower(algorithm) {
	case "crc32":
		return crc32.NewIEEE()
	case "crc32c":
		return crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case "crc64nvme":
		return crc64.New(crc64.MakeTable(0x9a6c9329ac4bc9b5))
	case "sha1":
		return sha1.New()
	case "sha256":
		return sha256.New()
	case "sha512":
		return sha512.New()
	case "md5":
		return md5.New()
	}
	return nil
}

// checksumAlgorithm returns the algorithm that a header or trailer name
// stands for; "" when it is no checksum value.
func checksumAlgorithm(header string) string {
	name, ok := strings.CutPrefix(http.CanonicalHeaderKey(header), checksumHeader)
	name = strings.ToLower(name)
	if !ok || name == "algorithm" || name == "type" || name == "mode" {
		return ""
	}
	return name
}

// declared returns the one checksum value among the headers; "" when there is
// none.
func declared(h http.Header) (algorithm, value string, err error) {
	for name, values := range h {
		found := checksumAlgorithm(name)
		if found == "" || len(values) == 0 {
			continue
		}
		if algorithm != "" {
			return "", "", invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum types are not allowed.")
		}
		algorithm, value = found, values[0]
	}
	return algorithm, value, nil
}

// decode returns the bytes of a checksum value, refusing one that cannot be of
// the algorithm.
func decode(algorithm, value string) ([]byte, error) {
	h := newHash(algorithm)
	if h == nil {
		return nil, invalidRequest("The checksum algorithm %s is not supported.", strings.ToUpper(algorithm))
	}
	sum, err := base64.StdEncoding.DecodeString(value)
	if err != nil || len(sum) != h.Size() {
		return nil, invalidRequest("Value for x-amz-checksum-%s header is invalid.", algorithm)
	}
	return sum, nil
}

// compose returns the composite checksum of parts, given theirs in order.
func compose(algorithm string, parts []checksum) (string, error) {
	h := newHash(algorithm)
	for _, p := range parts {
		sum, err := decode(algorithm, p.Value)
		if err != nil {
			return "", err
		}
		h.Write(sum)
	}
	return fmt.Sprintf("%s-%d", encode(h), len(parts)), nil
}

func encode(h hash.Hash) string { return base64.StdEncoding.EncodeToString(h.Sum(nil)) }
