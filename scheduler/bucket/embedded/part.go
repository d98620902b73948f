package embedded

import (
	"encoding/hex"
	"errors"
	"io"
	"os"
	"time"
)

// part is a part on disk.
type part struct {
	path     string
	size     int64
	md5      []byte
	sums     sums
	sum      checksum // no algorithm when it has none
	modified time.Time
}

func (p part) etag() string { return hex.EncodeToString(p.md5) }

// partsReader reads parts one after the other, verified, with one file open at
// a time.
type partsReader struct {
	parts   []part // not yet opened
	content *content
}

func (r *partsReader) Read(b []byte) (int, error) {
	for {
		if r.content == nil {
			if len(r.parts) == 0 {
				return 0, io.EOF
			}
			p := r.parts[0]
			f, err := os.Open(p.path)
			if err != nil {
				return 0, err
			}
			r.content, r.parts = newContent(f, p.size, p.sums), r.parts[1:]
		}
		n, err := r.content.Read(b)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		if err := r.Close(); err != nil {
			return 0, err
		}
	}
}

// Close closes the file that is open, if any.
func (r *partsReader) Close() error {
	if r.content == nil {
		return nil
	}
	c := r.content
	r.content = nil
	return c.Close()
}
