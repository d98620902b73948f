package bucket

import (
	"bytes"
	"context"
	"io"
	"sync"
	"weak"
)

const (
	firstBuffer = 16 << 10 // bytes; most files are a line or two
	keptBuffer  = 1 << 20  // the largest of the small ones; the next size is a part
	partBuffers = 4        // of 8 MiB, among all uploads of a client
)

// buffers are what uploads read into. Small ones are plentiful, since with
// thousands of small files a second they would be the bulk of the garbage. Those
// of a whole part are few: an upload that finds none waits, so that memory stays
// the same however many large files go up at once.
type buffers struct {
	small sync.Pool
	inUse chan struct{} // one token for each part

	mu   sync.Mutex
	idle []weak.Pointer[[]byte] // parts for the next upload, unless the garbage collector was first
}

func newBuffers() *buffers {
	return &buffers{
		small: sync.Pool{New: func() any { return newBuffer(firstBuffer) }},
		inUse: make(chan struct{}, partBuffers),
	}
}

func newBuffer(size int) *[]byte {
	b := make([]byte, 0, size)
	return &b
}

// takePart waits for a buffer of a whole part; nil if ctx ends before there is one.
func (p *buffers) takePart(ctx context.Context) *[]byte {
	select {
	case p.inUse <- struct{}{}:
	case <-ctx.Done():
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for n := len(p.idle); n > 0; n = len(p.idle) {
		b := p.idle[n-1].Value()
		p.idle = p.idle[:n-1]
		if b != nil {
			return b
		}
	}
	return newBuffer(partSize)
}

// give takes a buffer of either kind back.
func (p *buffers) give(b *[]byte) {
	*b = (*b)[:0]
	if cap(*b) < partSize {
		p.small.Put(b)
		return
	}
	p.mu.Lock()
	p.idle = append(p.idle, weak.Make(b))
	p.mu.Unlock()
	<-p.inUse
}

// head reads the first part of a body, or all of it if it ends before. The
// buffer, also with an error, must be given back.
func (p *buffers) head(src *source) (*[]byte, error) {
	b := p.small.Get().(*[]byte)
	for {
		err := fill(b, src)
		if err != nil || len(*b) < cap(*b) || cap(*b) == partSize {
			return b, err
		}
		larger := p.larger(src.ctx, cap(*b))
		if larger == nil {
			return b, src.ctx.Err()
		}
		*larger = append(*larger, *b...)
		p.give(b)
		b = larger
	}
}

// larger is the next size of buffer: four times as much up to 1 MiB, then a part.
func (p *buffers) larger(ctx context.Context, size int) *[]byte {
	if size >= keptBuffer {
		return p.takePart(ctx)
	}
	return newBuffer(4 * size)
}

// fill reads until the buffer is full or the body ends.
func fill(b *[]byte, body io.Reader) error {
	n, err := io.ReadFull(body, (*b)[len(*b):cap(*b)])
	*b = (*b)[:len(*b)+n]
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil
	}
	return err
}

// content is a buffer as the body of a request. net/http may still read the body
// when a request that failed has returned; after release it finds nothing, and
// the buffer may be used again.
type content struct {
	mu sync.Mutex
	r  *bytes.Reader
}

func newContent(b []byte) *content { return &content{r: bytes.NewReader(b)} }

// Read copies from the buffer.
func (c *content) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.r.Read(p)
}

// WriteTo spares the SDK a buffer for each of its checksums.
func (c *content) WriteTo(w io.Writer) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.r.WriteTo(w)
}

// Seek lets the SDK find the length, compute the checksum and try again.
func (c *content) Seek(offset int64, whence int) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.r.Seek(offset, whence)
}

// release parts with the buffer.
func (c *content) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.r = bytes.NewReader(nil)
}
