package bucket

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

const (
	partSize    = 8 << 20         // bytes; also the most that goes up in one request
	maxParts    = 10_000          // S3's limit per upload
	partsAtOnce = 2               // per upload; more costs memory and gains little
	failTimeout = 5 * time.Second // for tidying up after a failure, whatever became of the context
	firstBuffer = 16 << 10        // most files are a line or two
	keptBuffer  = 1 << 20         // larger buffers go back to the garbage collector
)

// PutOptions describe the object to be written.
type PutOptions struct {
	// ContentType as downloads will report it; empty means application/octet-stream.
	ContentType string
	// Metadata is kept with the object. Keys and values are ASCII, as they travel
	// in headers; keys come back in lower case.
	Metadata map[string]string
}

// Put writes an object from a body of unknown length. Up to 8 MiB go up in one
// request, more in parts of 8 MiB; memory stays constant. S3 verifies a checksum
// of what arrives. When Put fails, for whatever reason, the key is as it was
// before and no unfinished upload remains. An error of the body is ErrBody, a
// body beyond the limit ErrTooLarge, a missing bucket ErrNoBucket.
func (c *Client) Put(ctx context.Context, bucket, key string, body io.Reader, o PutOptions) (Object, error) {
	src := &source{ctx: ctx, body: body, left: partSize * c.maxParts}
	buffer := getBuffer()
	head, whole, err := fill(*buffer, src)
	if err != nil {
		putBuffer(buffer, head)
		return Object{}, c.putFailed(ctx, src, bucket, key, err)
	}
	object := Object{Bucket: bucket, Key: key, ContentType: o.ContentType, Metadata: o.Metadata}
	if whole {
		object.ETag, err = c.putWhole(ctx, object, head)
		putBuffer(buffer, head)
	} else {
		object.ETag, err = c.putParts(ctx, object, io.MultiReader(bytes.NewReader(head), src))
	}
	if err != nil {
		return Object{}, c.putFailed(ctx, src, bucket, key, err)
	}
	object.Size = src.read
	return object, nil
}

func (c *Client) putWhole(ctx context.Context, o Object, content []byte) (etag string, err error) {
	out, err := c.s3.PutObject(ctx, &s3.PutObjectInput{
		Bucket:        &o.Bucket,
		Key:           &o.Key,
		Body:          bytes.NewReader(content),
		ContentLength: aws.Int64(int64(len(content))),
		ContentType:   optional(o.ContentType),
		Metadata:      o.Metadata,
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.ETag), nil
}

func (c *Client) putParts(ctx context.Context, o Object, body io.Reader) (etag string, err error) {
	manager := transfermanager.New(careful{c.s3}, func(t *transfermanager.Options) {
		t.PartSizeBytes = partSize
		t.MultipartUploadThreshold = partSize
		t.Concurrency = partsAtOnce
		t.FailTimeout = failTimeout // 0 would abort under the cancelled context and leave the parts
		t.RequestChecksumCalculation = c.config.RequestChecksumCalculation
	})
	out, err := manager.UploadObject(ctx, &transfermanager.UploadObjectInput{
		Bucket:      &o.Bucket,
		Key:         &o.Key,
		Body:        body,
		ContentType: optional(o.ContentType),
		Metadata:    o.Metadata,
	})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.ETag), nil
}

// putFailed says who failed: the body, the caller who gave up, or S3. The body
// comes first, since its failure is what ends the upload.
func (c *Client) putFailed(ctx context.Context, src *source, bucket, key string, err error) error {
	switch {
	case src.err != nil && !errors.Is(src.err, ctx.Err()):
		err = src.err
	case ctx.Err() != nil && !errors.Is(err, ctx.Err()):
		err = errors.Join(ctx.Err(), err)
	}
	return fault("put", bucket, key, err)
}

// source is a body under watch: it ends with the context, counts, and remembers
// its own failure, which the layers above it would mix up with those of S3.
type source struct {
	ctx  context.Context
	body io.Reader
	left int64 // bytes that may still come
	read int64
	err  error
}

// Read passes the body on.
func (s *source) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.body.Read(p)
	s.read += int64(n)
	s.left -= int64(n)
	switch {
	case s.left < 0:
		s.err = ErrTooLarge
	case err != nil && err != io.EOF:
		s.err = fmt.Errorf("%w: %w", ErrBody, err)
	default:
		return n, err
	}
	return n, s.err
}

// careful is the S3 client as the transfer manager sees it.
type careful struct{ *s3.Client }

// CreateMultipartUpload waits for the answer a little even if the context has
// ended: without the answer nobody knows the upload's id, and it would stay for
// ever. The parts that follow then fail at once, and the upload is aborted.
func (c careful) CreateMultipartUpload(ctx context.Context, in *s3.CreateMultipartUploadInput, options ...func(*s3.Options)) (*s3.CreateMultipartUploadOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	late, cancel := linger(ctx)
	defer cancel()
	return c.Client.CreateMultipartUpload(late, in, options...)
}

// linger is a context that ends a little later than ctx, for what has to be
// brought to an end or tidied up after it.
func linger(ctx context.Context) (context.Context, context.CancelFunc) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(failTimeout, cancel) })
	return late, func() {
		stop()
		cancel()
	}
}

// optional is nil for an empty string, which the SDK would send as such.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
