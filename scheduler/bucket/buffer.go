package bucket

import (
	"io"
	"sync"
)

// buffers keeps the small ones for the next upload: with thousands of small
// files a second they would be the bulk of the garbage.
var buffers = sync.Pool{New: func() any {
	b := make([]byte, 0, firstBuffer)
	return &b
}}

func getBuffer() *[]byte { return buffers.Get().(*[]byte) }

// putBuffer gives the buffer back with the array it has grown to.
func putBuffer(b *[]byte, grown []byte) {
	if cap(grown) > keptBuffer {
		return
	}
	*b = grown[:0]
	buffers.Put(b)
}

// fill reads up to one part into buf, growing it fourfold as needed so that a
// small body costs little. whole tells that the body ended within that; else at
// least one byte follows what was read.
func fill(buf []byte, body io.Reader) (head []byte, whole bool, err error) {
	buf = buf[:0]
	for {
		if len(buf) == cap(buf) {
			buf = grow(buf)
		}
		n, err := body.Read(buf[len(buf):min(cap(buf), partSize+1)])
		buf = buf[:len(buf)+n]
		switch {
		case err == io.EOF:
			return buf, len(buf) <= partSize, nil
		case err != nil:
			return buf, false, err
		case len(buf) > partSize:
			return buf, false, nil
		}
	}
}

// grow gives room for four times as much, at most for one part and the byte that
// tells whether there is more.
func grow(buf []byte) []byte {
	larger := make([]byte, len(buf), min(4*cap(buf), partSize+1))
	copy(larger, buf)
	return larger
}
