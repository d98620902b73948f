package bucket

import (
	"context"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"
)

const (
	partSize = 8 << 20 // bytes; also the most that goes up in one request
	maxParts = 10_000  // S3's limit per upload
	// tidyTimeout is for what has to be tidied up after a failure or a
	// cancellation, whatever became of the context.
	tidyTimeout = 5 * time.Second
)

// PutOptions describe the object to be written.
type PutOptions struct {
	// ContentType as downloads will report it; empty means application/octet-stream.
	ContentType string
	// Metadata is kept with the object. Keys and values are ASCII, as they travel
	// in headers; keys come back in lower case.
	Metadata map[string]string
	// Hold is asked right before each request that makes the object appear,
	// also when the request is repeated. Its error ends the Put. Nil for always.
	Hold func(context.Context) error
	// Writer, if not nil, takes turns with others that write the key: see there.
	// Put returns ErrOvertaken if a later one has. The metadata tell of it.
	Writer *Writer
}

// guard has Hold asked after the decision to send a request, or to send it
// once more, and before it is signed.
func (o PutOptions) guard(options *s3.Options) {
	if o.Hold == nil {
		return
	}
	hold := func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
		if err := o.Hold(ctx); err != nil {
			return middleware.FinalizeOutput{}, middleware.Metadata{}, err
		}
		return next.HandleFinalize(ctx, in)
	}
	options.APIOptions = append(options.APIOptions, func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("Hold", hold), "Retry", middleware.After)
	})
}

// Put writes an object from a body of unknown length. Up to 8 MiB go up in one
// request, more in parts of 8 MiB; memory stays constant. S3 verifies a checksum
// of what arrives. When Put fails, for whatever reason, the key is as it was
// before and no unfinished upload remains. An error of the body is ErrBody, a
// body beyond the limit ErrTooLarge, a missing bucket ErrNoBucket.
//
// Put stops reading when ctx ends, but cannot interrupt a Read that blocks. Large
// bodies share a few buffers, so one must not wait for another to be read.
func (c *Client) Put(ctx context.Context, bucket, key string, body io.Reader, o PutOptions) (Object, error) {
	object := Object{Bucket: bucket, Key: key, ContentType: o.ContentType, Metadata: o.Writer.mark(o.Metadata)}
	src := &source{ctx: ctx, body: body, left: partSize * c.maxParts}
	if err := c.put(ctx, &object, src, o); err != nil {
		return Object{}, fault("write to", bucket, key, src.blame(err))
	}
	object.Size = src.read
	return object, nil
}

// put decides how the body goes up.
func (c *Client) put(ctx context.Context, o *Object, src *source, options PutOptions) error {
	head, err := c.buffers.head(src)
	if err != nil {
		c.buffers.give(head)
		return err
	}
	more, err := src.more()
	if err == nil && more {
		return c.putParts(ctx, &upload{client: c, object: o, options: options}, head, src)
	}
	defer c.buffers.give(head)
	if err != nil {
		return err
	}
	// Nearly always there is nothing yet, so it is not worth a look before.
	return c.conditionally(ctx, o, options.Writer, ifAbsent(), func(only condition) error {
		return c.putWhole(ctx, o, *head, only, options.guard)
	})
}

func (c *Client) putWhole(ctx context.Context, o *Object, whole []byte, only condition, guard func(*s3.Options)) error {
	body := newContent(whole)
	defer body.release()
	out, err := c.s3.PutObject(ctx, &s3.PutObjectInput{
		Bucket:        &o.Bucket,
		Key:           &o.Key,
		Body:          body,
		ContentLength: aws.Int64(int64(len(whole))),
		ContentType:   optional(o.ContentType),
		Metadata:      o.Metadata,
		ChecksumCRC32: c.crc32(whole),
		IfNoneMatch:   only.ifNoneMatch,
		IfMatch:       only.ifMatch,
	}, guard, c.unsigned)
	if err != nil {
		return err
	}
	if o.ETag = aws.ToString(out.ETag); o.ETag == "" {
		return errNotS3
	}
	return nil
}

// linger is a context that ends a little later than ctx, for what has to be
// brought to an end or tidied up after it.
func linger(ctx context.Context) (context.Context, context.CancelFunc) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(tidyTimeout, cancel) })
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
