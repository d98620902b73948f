package embedded

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/rclone/gofakes3"
)

// completion is a CompleteMultipartUpload with what gofakes3 does not read:
// the checksums.
type completion struct {
	text  []byte
	parts []completedPart
	size  int64    // of the object; -1 when not given
	sum   checksum // of the object; no algorithm when not given
}

// completedPart is what a completion says about a part.
type completedPart struct {
	number int
	etag   string
	sums   []checksum
}

func isComplete(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Query().Has("uploadId")
}

// readCompletion reads the whole body, which is bounded, and its headers.
func readCompletion(r *http.Request, p *payload) (*completion, error) {
	text, err := io.ReadAll(io.LimitReader(p, gofakes3.MaxXMLBodySize+1))
	if err != nil {
		return nil, err
	}
	if len(text) > gofakes3.MaxXMLBodySize {
		return nil, fail(http.StatusBadRequest, gofakes3.ErrMaxMessageLengthExceeded, "Your request was too big.")
	}
	c := &completion{text: text, size: -1}
	if c.parts, err = parseParts(text); err != nil {
		return nil, err
	}
	if size := r.Header.Get("X-Amz-Mp-Object-Size"); size != "" {
		if c.size, err = strconv.ParseInt(size, 10, 64); err != nil || c.size < 0 {
			return nil, invalidRequest("Value for x-amz-mp-object-size header is invalid.")
		}
	}
	c.sum.Algorithm, c.sum.Value, err = declared(r.Header)
	return c, err
}

func parseParts(text []byte) ([]completedPart, error) {
	var body struct {
		Parts []struct {
			PartNumber int
			ETag       string
			Others     []struct {
				XMLName xml.Name
				Value   string `xml:",chardata"`
			} `xml:",any"`
		} `xml:"Part"`
	}
	if err := xml.Unmarshal(text, &body); err != nil || len(body.Parts) == 0 {
		return nil, fail(http.StatusBadRequest, gofakes3.ErrMalformedXML, "The XML you provided was not well-formed or did not validate against our published schema")
	}
	var parts []completedPart
	for _, p := range body.Parts {
		part := completedPart{number: p.PartNumber, etag: strings.Trim(p.ETag, `"`)}
		for _, other := range p.Others {
			if name, ok := strings.CutPrefix(other.XMLName.Local, "Checksum"); ok {
				part.sums = append(part.sums, checksum{Algorithm: strings.ToLower(name), Value: other.Value})
			}
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// body returns the text for gofakes3 to read once more.
func (c *completion) body() io.ReadCloser { return io.NopCloser(bytes.NewReader(c.text)) }

// describes says whether the client means the part that we have.
func (want completedPart) describes(have part) bool {
	for _, sum := range want.sums {
		if sum.Algorithm != have.sum.Algorithm || sum.Value != have.sum.Value {
			return false
		}
	}
	return want.etag == have.etag()
}

// verify compares what the client says about the object with what its parts
// make.
func (c *completion) verify(size int64, sum *checksum) error {
	if c.size >= 0 && c.size != size {
		return invalidRequest("The provided 'x-amz-mp-object-size' header does not match what was computed.")
	}
	if c.sum.Algorithm == "" {
		return nil
	}
	if sum == nil || sum.Algorithm != c.sum.Algorithm {
		return invalidRequest("The upload was not created with the checksum algorithm %s.", strings.ToUpper(c.sum.Algorithm))
	}
	value := sum.Value
	if !strings.Contains(c.sum.Value, "-") {
		value, _, _ = strings.Cut(value, "-") // the number of parts may be left out
	}
	if c.sum.Value != value {
		return badDigest(strings.ToUpper(sum.Algorithm))
	}
	return nil
}
