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
	sum      checksum // no algorithm when it has none
	modified time.Time
}

func (p part) etag() string { return hex.EncodeToString(p.md5) }

// partsReader reads parts one after the other with one file open at a time.
type partsReader struct {
	parts []part // not yet opened
	file  *os.File
}

func (r *partsReader) Read(b []byte) (int, error) {
	for {
		if r.file == nil {
			if len(r.parts) == 0 {
				return 0, io.EOF
			}
			f, err := os.Open(r.parts[0].path)
			if err != nil {
				return 0, err
			}
			r.file, r.parts = f, r.parts[1:]
		}
		n, err := r.file.Read(b)
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
	if r.file == nil {
		return nil
	}
	f := r.file
	r.file = nil
	return f.Close()
}
