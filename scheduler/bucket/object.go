package bucket

import (
	"context"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Object is what S3 tells of one object. A listing knows neither its content
// type nor its metadata, and Put not the time.
type Object struct {
	Bucket      string
	Key         string
	Size        int64 // bytes
	ModifiedAt  time.Time
	ETag        string // with its quotes, as S3 gives it
	ContentType string
	Metadata    map[string]string // keys in lower case
}

// Get opens an object for reading; the caller closes it. A read fails if the
// bytes do not match the object's checksum. The error is ErrNoObject or
// ErrNoBucket where one of them is missing.
func (c *Client) Get(ctx context.Context, bucket, key string) (io.ReadCloser, Object, error) {
	out, err := c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return nil, Object{}, fault("read", bucket, key, err)
	}
	return out.Body, Object{
		Bucket:      bucket,
		Key:         key,
		Size:        aws.ToInt64(out.ContentLength),
		ModifiedAt:  aws.ToTime(out.LastModified).UTC(),
		ETag:        aws.ToString(out.ETag),
		ContentType: aws.ToString(out.ContentType),
		Metadata:    out.Metadata,
	}, nil
}

// Head describes an object without reading it. The error is ErrNoObject or
// ErrNoBucket where one of them is missing.
func (c *Client) Head(ctx context.Context, bucket, key string) (Object, error) {
	out, err := c.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return Object{}, fault("read", bucket, key, c.absence(ctx, bucket, err))
	}
	return Object{
		Bucket:      bucket,
		Key:         key,
		Size:        aws.ToInt64(out.ContentLength),
		ModifiedAt:  aws.ToTime(out.LastModified).UTC(),
		ETag:        aws.ToString(out.ETag),
		ContentType: aws.ToString(out.ContentType),
		Metadata:    out.Metadata,
	}, nil
}

// Delete removes an object; that there is none is no error.
func (c *Client) Delete(ctx context.Context, bucket, key string) error {
	_, err := c.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
	return fault("delete from", bucket, key, err)
}
