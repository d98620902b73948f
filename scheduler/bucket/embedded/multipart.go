package embedded

import (
	"context"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/rclone/gofakes3"
)

// minPart is the smallest size of all parts but the last.
const minPart = 5 << 20

// uploads are the multipart uploads in progress. They end with the process:
// their parts lie among the temporary files and are not synced.
type uploads struct {
	mu   sync.Mutex
	byID map[string]*upload
}

// upload is one multipart upload.
type upload struct {
	id        string
	bucket    string
	key       string
	meta      map[string]string
	initiated time.Time
	initiation

	mu     sync.Mutex
	parts  map[int]part
	closed bool
}

// part is a part on disk.
type part struct {
	path     string
	size     int64
	md5      []byte
	sum      checksum // no algorithm when it has none
	modified time.Time
}

func (p part) etag() string { return hex.EncodeToString(p.md5) }

// initiation is what CreateMultipartUpload says about the checksum.
type initiation struct {
	algorithm string // lower case; "" for none
	kind      string // fullObject or composite
}

func errNoSuchUpload() *failure {
	return fail(http.StatusNotFound, gofakes3.ErrNoSuchUpload, "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.")
}

func isInitiate(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Query().Has("uploads")
}

// readInitiation reads the checksum that the object shall get.
func readInitiation(r *http.Request) (*initiation, error) {
	i := &initiation{
		algorithm: strings.ToLower(r.Header.Get("X-Amz-Checksum-Algorithm")),
		kind:      r.Header.Get("X-Amz-Checksum-Type"),
	}
	isCRC := strings.HasPrefix(i.algorithm, "crc")
	switch {
	case i.algorithm == "" && i.kind != "":
		return nil, invalidRequest("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
	case i.algorithm == "":
		return i, nil
	case newHash(i.algorithm) == nil:
		return nil, invalidRequest("The checksum algorithm %s is not supported.", strings.ToUpper(i.algorithm))
	case i.kind == "" && i.algorithm == "crc64nvme":
		i.kind = fullObject
	case i.kind == "":
		i.kind = composite
	}
	if i.kind != composite && i.kind != fullObject || i.kind == fullObject && !isCRC || i.kind == composite && i.algorithm == "crc64nvme" {
		return nil, invalidRequest("The %s checksum type cannot be used with the %s checksum algorithm.", i.kind, i.algorithm)
	}
	return i, nil
}

// CreateMultipartUpload implements gofakes3.MultipartBackend.
func (b *backend) CreateMultipartUpload(ctx context.Context, bucketName, key string, meta map[string]string) (gofakes3.UploadID, error) {
	x := exchangeOf(ctx)
	u := &upload{
		id: randomID(), bucket: bucketName, key: key, meta: meta,
		initiated: b.now().UTC(), initiation: *x.initiation, parts: map[int]part{},
	}
	b.uploads.add(u)
	if u.algorithm != "" {
		x.header.Set("X-Amz-Checksum-Algorithm", strings.ToUpper(u.algorithm))
		x.header.Set("X-Amz-Checksum-Type", u.kind)
	}
	return gofakes3.UploadID(u.id), nil
}

// UploadPart implements gofakes3.MultipartBackend.
func (b *backend) UploadPart(ctx context.Context, bucketName, key string, id gofakes3.UploadID, number int, size int64, body io.Reader) (string, error) {
	u, err := b.uploads.find(bucketName, key, string(id))
	if err != nil {
		return "", b.answer(ctx, err)
	}
	x := exchangeOf(ctx)
	p, err := b.writePart(u, x.payload, io.LimitReader(body, size), size)
	if err == nil {
		p.modified = b.now().UTC()
		err = u.addPart(number, p)
	}
	if err != nil {
		return "", b.answer(ctx, err)
	}
	if p.sum.Algorithm != "" {
		x.header.Set(p.sum.header(), p.sum.Value)
	}
	return `"` + p.etag() + `"`, nil
}

// writePart writes a part whose sender tells the truth about it.
func (b *backend) writePart(u *upload, sent *payload, body io.Reader, size int64) (part, error) {
	if sent.flex != nil && u.algorithm != "" && sent.flex.algorithm != u.algorithm {
		return part{}, invalidRequest("Checksum type mismatch occurred, expected checksum type: %s, actual checksum type: %s", u.algorithm, sent.flex.algorithm)
	}
	var also []hash.Hash
	if h := newHash(u.algorithm); h != nil {
		also = append(also, h)
	}
	w, err := b.disk.newDraft(also...)
	if err != nil {
		return part{}, err
	}
	defer w.discard()
	if err = w.fill(body, size); err == nil {
		err = sent.verify()
	}
	if err == nil {
		err = w.file.Close()
	}
	if err != nil {
		return part{}, err
	}
	w.kept = true
	p := part{path: w.path, size: w.size, md5: w.md5.Sum(nil)}
	if c := sent.checksum(); c != nil {
		p.sum = *c
	} else if len(also) > 0 {
		p.sum = checksum{Algorithm: u.algorithm, Value: encode(also[0]), Type: fullObject}
	}
	return p, nil
}

// CompleteMultipartUpload implements gofakes3.MultipartBackend. A second one
// that comes while the first is at work finds the upload gone.
func (b *backend) CompleteMultipartUpload(ctx context.Context, bucketName, key string, id gofakes3.UploadID, _ *gofakes3.CompleteMultipartUploadRequest) (gofakes3.VersionID, string, error) {
	u, err := b.uploads.find(bucketName, key, string(id))
	if err != nil {
		return "", "", b.answer(ctx, err)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		return "", "", b.answer(ctx, errNoSuchUpload())
	}
	r, err := b.assemble(ctx, u, exchangeOf(ctx).completion)
	if err != nil {
		return "", "", b.answer(ctx, err)
	}
	u.close()
	b.uploads.forget(u.id)
	return "", `"` + r.etag() + `"`, nil
}

// assemble writes the parts one after the other as one object.
func (b *backend) assemble(ctx context.Context, u *upload, asked *completion) (record, error) {
	parts, err := u.choose(asked)
	if err != nil {
		return record{}, err
	}
	r := record{Key: u.key, Meta: u.meta}
	size := int64(0)
	for _, p := range parts {
		size += p.size
		r.Parts = append(r.Parts, p.size)
	}
	reader := &partsReader{parts: parts}
	defer reader.Close()
	src := source{reader: reader, size: size}
	if u.kind == fullObject {
		src.also = newHash(u.algorithm)
	}
	src.verify = func(r *record, _ *draft) error {
		var err error
		r.Checksum, err = u.checksum(parts, src.also)
		if err != nil {
			return err
		}
		return asked.verify(size, r.Checksum)
	}
	return b.store(ctx, u.bucket, r, src)
}

// AbortMultipartUpload implements gofakes3.MultipartBackend.
func (b *backend) AbortMultipartUpload(ctx context.Context, bucketName, key string, id gofakes3.UploadID) error {
	u, err := b.uploads.find(bucketName, key, string(id))
	if err != nil {
		return b.answer(ctx, err)
	}
	u.abort()
	b.uploads.forget(u.id)
	return nil
}

// checksum returns the checksum of the object that the parts make; nil when
// the upload has no algorithm.
func (u *upload) checksum(parts []part, full hash.Hash) (*checksum, error) {
	switch {
	case u.algorithm == "":
		return nil, nil
	case full != nil:
		return &checksum{Algorithm: u.algorithm, Value: encode(full), Type: fullObject}, nil
	}
	sums := make([]checksum, len(parts))
	for i, p := range parts {
		sums[i] = p.sum
	}
	value, err := compose(u.algorithm, sums)
	return &checksum{Algorithm: u.algorithm, Value: value, Type: composite}, err
}

// choose returns the parts that a completion names.
func (u *upload) choose(asked *completion) ([]part, error) {
	var chosen []part
	for i, want := range asked.parts {
		if i > 0 && want.number <= asked.parts[i-1].number {
			return nil, fail(http.StatusBadRequest, gofakes3.ErrInvalidPartOrder, "The list of parts was not in ascending order.")
		}
		have, ok := u.parts[want.number]
		if !ok || !want.describes(have) {
			return nil, fail(http.StatusBadRequest, gofakes3.ErrInvalidPart, "Part %d could not be found, or its ETag or checksum is another.", want.number)
		}
		if i < len(asked.parts)-1 && have.size < minPart {
			return nil, fail(http.StatusBadRequest, "EntityTooSmall", "Part %d is smaller than the minimum allowed size.", want.number)
		}
		chosen = append(chosen, have)
	}
	return chosen, nil
}

// addPart takes a part into the upload, in place of an earlier one.
func (u *upload) addPart(number int, p part) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.closed {
		os.Remove(p.path)
		return errNoSuchUpload()
	}
	if old, ok := u.parts[number]; ok {
		os.Remove(old.path)
	}
	u.parts[number] = p
	return nil
}

func (u *upload) abort() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.close()
}

// close removes the parts; u.mu is held.
func (u *upload) close() {
	u.closed = true
	for _, p := range u.parts {
		os.Remove(p.path)
	}
	u.parts = nil
}

func (s *uploads) add(u *upload) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string]*upload{}
	}
	s.byID[u.id] = u
}

func (s *uploads) find(bucketName, key, id string) (*upload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.byID[id]
	if u == nil || u.bucket != bucketName || u.key != key {
		return nil, errNoSuchUpload()
	}
	return u, nil
}

func (s *uploads) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, id)
}

// of returns the uploads of a bucket.
func (s *uploads) of(bucketName string) []*upload {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []*upload
	for _, u := range s.byID {
		if u.bucket == bucketName {
			found = append(found, u)
		}
	}
	return found
}

func (s *uploads) dropBucket(bucketName string) {
	for _, u := range s.of(bucketName) {
		u.abort()
		s.forget(u.id)
	}
}

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
		r.Close()
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
