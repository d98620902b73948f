package embedded

import (
	"context"
	"encoding/xml"
	"hash"
	"io"
	"strings"

	"github.com/rclone/gofakes3"
)

// CreateMultipartUpload implements gofakes3.MultipartBackend.
func (b *backend) CreateMultipartUpload(ctx context.Context, bucketName, key string, meta map[string]string) (gofakes3.UploadID, error) {
	x := exchangeOf(ctx)
	u := &upload{
		disk: b.disk, id: randomID(), bucket: bucketName, key: key, meta: meta,
		initiated: b.now().UTC(), initiation: *x.initiation, parts: map[int]part{},
	}
	u.used = u.initiated
	b.uploads.add(u)
	if u.algorithm != "" {
		x.header.Set("X-Amz-Checksum-Algorithm", strings.ToUpper(u.algorithm))
		x.header.Set("X-Amz-Checksum-Type", u.kind)
	}
	x.document = initiateResult{Xmlns: namespace, Bucket: bucketName, Key: key, UploadID: u.id}
	return gofakes3.UploadID(u.id), nil
}

// initiateResult is the answer to CreateMultipartUpload.
type initiateResult struct {
	XMLName  xml.Name `xml:"InitiateMultipartUploadResult"`
	Xmlns    string   `xml:"xmlns,attr"`
	Bucket   string
	Key      string
	UploadID string `xml:"UploadId"`
}

// UploadPart implements gofakes3.MultipartBackend.
//
//nolint:revive // the arguments are those of the interface
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
	switch {
	case x.isCopy:
		x.document = copyResult{
			XMLName: xml.Name{Local: "CopyPartResult"}, Xmlns: namespace,
			LastModified: formatTime(p.modified), ETag: `"` + p.etag() + `"`, Checksum: p.sum.element(),
		}
	case p.sum.Algorithm != "":
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
	p := part{path: w.path, size: w.size, md5: w.md5.Sum(nil), sums: w.sums.all()}
	if c := sent.checksum(); c != nil {
		p.sum = *c
	} else if len(also) > 0 {
		p.sum = checksum{Algorithm: u.algorithm, Value: encode(also[0]), Type: fullObject}
	}
	return p, nil
}

// CompleteMultipartUpload implements gofakes3.MultipartBackend. One that comes
// while another is at work waits for it and has its answer: putting a large
// object together may take longer than a client waits before it asks again.
func (b *backend) CompleteMultipartUpload(ctx context.Context, bucketName, key string, id gofakes3.UploadID, _ *gofakes3.CompleteMultipartUploadRequest) (gofakes3.VersionID, string, error) {
	u, err := b.uploads.find(bucketName, key, string(id))
	if err != nil {
		return "", "", b.answer(ctx, err)
	}
	x := exchangeOf(ctx)
	made, err := b.complete(ctx, u, x.completion)
	if err != nil {
		return "", "", b.answerFor(ctx, bucketName, key, err)
	}
	x.document = completeResult{
		Xmlns: namespace, Location: x.location, Bucket: bucketName, Key: key,
		ETag: `"` + made.etag() + `"`, Checksum: made.Checksum.element(), ChecksumType: made.Checksum.kind(),
	}
	return "", `"` + made.etag() + `"`, nil
}

// completeResult is the answer to CompleteMultipartUpload.
type completeResult struct {
	XMLName      xml.Name `xml:"CompleteMultipartUploadResult"`
	Xmlns        string   `xml:"xmlns,attr"`
	Location     string
	Bucket       string
	Key          string
	ETag         string
	Checksum     *checksumElement
	ChecksumType string `xml:",omitempty"`
}

// complete makes the object, once.
func (b *backend) complete(ctx context.Context, u *upload, asked *completion) (*record, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.made != nil {
		return u.made, nil
	}
	if u.closed {
		return nil, errNoSuchUpload()
	}
	r, err := b.assemble(ctx, u, asked)
	if err != nil {
		return nil, err
	}
	u.made = &r
	u.close()
	b.uploads.forget(u.id)
	return u.made, nil
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
