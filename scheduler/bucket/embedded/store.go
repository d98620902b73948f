package embedded

import (
	"context"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"hash"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/rclone/gofakes3"
)

// source is the content of an object to be.
type source struct {
	reader io.Reader
	size   int64
	also   hash.Hash                       // a further hash of the content, or nil
	verify func(r *record, w *draft) error // has the last word before the commit
}

// store writes an object and makes it visible.
func (b *backend) store(ctx context.Context, bucketName string, r record, src source) (record, error) {
	found, err := b.bucket(bucketName)
	if err != nil {
		return r, err
	}
	r.Modified = b.now().UnixMilli()
	delete(r.Meta, "Last-Modified") // kept as Modified
	return b.write(found, r, src, conditions(ctx))
}

// write writes an object and makes it visible if allowed.
func (b *backend) write(found *bucket, r record, src source, allowed func(exists bool, etag string) error) (record, error) {
	var also []hash.Hash
	if src.also != nil {
		also = append(also, src.also)
	}
	w, err := b.disk.newDraft(also...)
	if err != nil {
		return r, err
	}
	defer w.discard()
	if err := w.fill(src.reader, src.size); err != nil {
		return r, err
	}
	if err := src.verify(&r, w); err != nil {
		return r, err
	}
	if err := w.seal(&r); err != nil {
		return r, err
	}
	return r, found.commit(w, r, allowed)
}

// conditions returns the judge of a conditional write; nil when the request
// has no conditions.
func conditions(ctx context.Context) func(exists bool, etag string) error {
	if !gofakes3.HasWriteConditions(ctx) {
		return nil
	}
	return func(exists bool, etag string) error {
		return gofakes3.CheckWriteConditions(ctx, exists, etag)
	}
}

// PutObject implements gofakes3.Backend. The object becomes visible only when
// all that the client said about its content is true.
//
//nolint:revive // the arguments are those of the interface
func (b *backend) PutObject(ctx context.Context, bucketName, key string, meta map[string]string, input io.Reader, size int64) (gofakes3.PutObjectResult, error) {
	x := exchangeOf(ctx)
	verify := func(r *record, _ *draft) error {
		err := x.payload.verify()
		r.Checksum = x.payload.checksum()
		return err
	}
	r, err := b.store(ctx, bucketName, record{Key: key, Meta: meta}, source{reader: input, size: size, verify: verify})
	if err != nil {
		return gofakes3.PutObjectResult{}, b.answer(ctx, err)
	}
	x.show(r.Checksum)
	return gofakes3.PutObjectResult{ETag: `"` + r.etag() + `"`}, nil
}

// CopyObject implements gofakes3.Backend.
//
//nolint:revive // the arguments are those of the interface
func (b *backend) CopyObject(ctx context.Context, srcBucket, srcKey, dstBucket, dstKey string, meta map[string]string) (gofakes3.CopyObjectResult, error) {
	r, err := b.copyObject(ctx, srcBucket, srcKey, dstBucket, record{Key: dstKey, Meta: meta})
	if err != nil {
		return gofakes3.CopyObjectResult{}, b.answerFor(ctx, srcBucket, srcKey, err)
	}
	exchangeOf(ctx).document = copyResult{
		XMLName: xml.Name{Local: "CopyObjectResult"}, Xmlns: namespace, LastModified: formatTime(time.UnixMilli(r.Modified)),
		ETag: `"` + r.etag() + `"`, Checksum: r.Checksum.element(), ChecksumType: r.Checksum.kind(),
	}
	return gofakes3.CopyObjectResult{}, nil
}

// copyResult is the answer to CopyObject and UploadPartCopy.
type copyResult struct {
	XMLName      xml.Name
	Xmlns        string `xml:"xmlns,attr"`
	LastModified string
	ETag         string
	Checksum     *checksumElement
	ChecksumType string `xml:",omitempty"`
}

// copyObject writes the content of another object, and its checksum anew.
func (b *backend) copyObject(ctx context.Context, srcBucket, srcKey, dstBucket string, to record) (record, error) {
	found, err := b.bucket(srcBucket)
	if err != nil {
		return to, err
	}
	f, from, err := found.open(srcKey)
	if err != nil {
		return to, err
	}
	defer f.Close()
	algorithm := exchangeOf(ctx).algorithm
	if algorithm == "" && from.Checksum != nil {
		algorithm = from.Checksum.Algorithm
	}
	src := source{reader: newContent(f, from.Size, from.Sums), size: from.Size, also: newHash(algorithm)}
	src.verify = func(r *record, _ *draft) error {
		if src.also != nil {
			r.Checksum = &checksum{Algorithm: algorithm, Value: encode(src.also), Type: fullObject}
		}
		return nil
	}
	return b.store(ctx, dstBucket, to, src)
}

// SetObjectTagging implements gofakes3.ObjectTaggingBackend: it writes the
// object anew, with the same content and time, unless it has been replaced
// meanwhile.
func (b *backend) SetObjectTagging(ctx context.Context, bucketName, key, tagging string) error {
	return b.answerFor(ctx, bucketName, key, b.retag(bucketName, key, tagging))
}

func (b *backend) retag(bucketName, key, tagging string) error {
	found, err := b.bucket(bucketName)
	if err != nil {
		return err
	}
	f, r, err := found.open(key)
	if err != nil {
		return err
	}
	defer f.Close()
	etag := r.etag()
	r.Meta = maps.Clone(r.Meta)
	if r.Meta == nil {
		r.Meta = map[string]string{}
	}
	delete(r.Meta, gofakes3.TaggingMetadataKey)
	if tagging != "" {
		r.Meta[gofakes3.TaggingMetadataKey] = tagging
	}
	unchanged := func(exists bool, now string) error {
		if !exists || now != etag {
			return errNoSuchKey()
		}
		return nil
	}
	src := source{reader: newContent(f, r.Size, r.Sums), size: r.Size, verify: func(*record, *draft) error { return nil }}
	_, err = b.write(found, r, src, unchanged)
	return err
}

// DeleteObject implements gofakes3.Backend.
func (b *backend) DeleteObject(ctx context.Context, bucketName, key string) (gofakes3.ObjectDeleteResult, error) {
	found, err := b.bucket(bucketName)
	if err == nil {
		err = found.remove(key)[key]
	}
	return gofakes3.ObjectDeleteResult{}, b.answer(ctx, err)
}

// DeleteMulti implements gofakes3.Backend.
func (b *backend) DeleteMulti(ctx context.Context, bucketName string, keys ...string) (gofakes3.MultiDeleteResult, error) {
	var result gofakes3.MultiDeleteResult
	found, err := b.bucket(bucketName)
	if err != nil {
		return result, b.answer(ctx, err)
	}
	by := exchangeOf(ctx).keys
	allowed := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return !by.mayWrite(key) })
	failed := found.remove(allowed...)
	for _, key := range keys {
		err := failed[key]
		if !by.mayWrite(key) {
			err = by.denied()
		} else if err != nil {
			b.log.Error("embedded S3 server: object not deleted", "bucket", bucketName, "object", key, "error", err)
		}
		if by.access != writesAll {
			b.log.Info("embedded S3 server: object of several deleted", "keys", by.name, "bucket", bucketName, "object", key, "refused", err)
		}
		if err != nil {
			refused := gofakes3.ErrorResult{Key: key, Code: gofakes3.ErrInternal, Message: "Internal Error"}
			var f *failure
			if errors.As(err, &f) {
				refused.Code, refused.Message = f.Code, f.Message
			}
			result.Error = append(result.Error, refused)
			continue
		}
		result.Deleted = append(result.Deleted, gofakes3.ObjectID{Key: key})
	}
	return result, nil
}

// object returns a record as gofakes3 wants it, without content.
func (r record) object() *gofakes3.Object {
	meta := map[string]string{}
	maps.Copy(meta, r.Meta)
	meta["Last-Modified"] = time.UnixMilli(r.Modified).UTC().Format(http.TimeFormat)
	if meta["Content-Type"] == "" {
		meta["Content-Type"] = "binary/octet-stream"
	}
	if r.Checksum != nil {
		meta[r.Checksum.header()] = r.Checksum.Value
	}
	return &gofakes3.Object{
		Name:      r.Key,
		Metadata:  meta,
		Size:      r.Size,
		Contents:  http.NoBody,
		Hash:      r.MD5,
		PartSizes: r.Parts,
	}
}

// content returns an entry as a listing shows it.
func (e entry) content() *gofakes3.Content {
	return &gofakes3.Content{
		Key:          e.key,
		LastModified: gofakes3.NewContentTime(time.UnixMilli(e.modified)),
		ETag:         `"` + hex.EncodeToString(e.md5[:]) + `"`,
		Size:         e.size,
		StorageClass: gofakes3.StorageStandard,
	}
}
