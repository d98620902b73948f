package embedded

import (
	"crypto/md5"
	"errors"
	"hash"
	"io"
	"os"
)

// draft is an object being written, not yet visible under its key.
type draft struct {
	disk *disk
	file *os.File
	path string
	size int64
	md5  hash.Hash
	sums summer
	also []hash.Hash // further hashes of the content
	kept bool        // renamed into place, or in use as a part
}

func (d *disk) newDraft(also ...hash.Hash) (*draft, error) {
	path := d.temp()
	f, err := d.create(path)
	if err != nil {
		return nil, err
	}
	return &draft{disk: d, file: f, path: path, md5: md5.New(), also: also}, nil
}

// fill appends all of src to the content. A source that yields another number
// of bytes than expected is incomplete; -1 expects any.
func (w *draft) fill(src io.Reader, expected int64) error {
	n, err := w.disk.copy(w, src)
	if err == nil && expected >= 0 && n != expected {
		err = errIncompleteBody()
	}
	return err
}

// Write appends to the content.
func (w *draft) Write(p []byte) (int, error) {
	n, err := w.file.Write(p)
	w.size += int64(n)
	w.md5.Write(p[:n])
	_, _ = w.sums.Write(p[:n]) // never fails
	for _, h := range w.also {
		h.Write(p[:n])
	}
	return n, err
}

// seal completes the record with what was written, ends the file with it and
// makes both durable.
func (w *draft) seal(r *record) error {
	r.Size, r.MD5, r.Sums = w.size, w.md5.Sum(nil), w.sums.all()
	footer, err := r.appendFooter()
	if err != nil {
		return err
	}
	if _, err = w.file.Write(footer); err == nil {
		err = w.disk.sync(w.file)
	}
	return errors.Join(err, w.file.Close())
}

// discard removes the draft, unless it was kept.
func (w *draft) discard() {
	if !w.kept {
		_ = w.file.Close() // may be closed already
		w.disk.discard(w.path)
	}
}
