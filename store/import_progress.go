package store

import "io"

// importProgress tells how much of a file is dealt with. A row is dealt with
// when it is written; reading and sorting all of them comes before.
type importProgress struct {
	report func(done int64) // nil if nobody asks
	bytes  int64            // read of the file
}

// readingShare is how much of the work is done when a file has been read, as
// the divisor of its bytes.
const readingShare = 5

// reader counts what is read of r.
func (p *importProgress) reader(r io.Reader) io.Reader { return countingReader{r, p} }

// written is told when so many rows of all are written.
func (p *importProgress) written(rows, all int64) {
	if p.report != nil && all > 0 {
		read := p.bytes / readingShare
		p.report(read + int64(float64(p.bytes-read)*(float64(rows)/float64(all))))
	}
}

type countingReader struct {
	r        io.Reader
	progress *importProgress
}

// Read counts the bytes.
func (r countingReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.progress.bytes += int64(n)
	if r.progress.report != nil {
		r.progress.report(r.progress.bytes / readingShare)
	}
	return n, err
}
