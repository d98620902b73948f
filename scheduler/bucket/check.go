package bucket

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Check is what the settings page tells of a bucket.
type Check struct {
	Region string
	// Encryption at rest by default: AES256, aws:kms or aws:kms:dsse; empty if
	// there is none or the server does not say.
	Encryption string
}

// Check looks at a bucket without writing to it; ErrNoBucket if there is none.
// That the encryption may not be read is no error.
func (c *Client) Check(ctx context.Context, bucket string) (Check, error) {
	head, err := c.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket})
	if err != nil {
		if missing(err) {
			err = fmt.Errorf("%w: %w", ErrNoBucket, err)
		}
		return Check{}, fault("read", bucket, "", err)
	}
	check := Check{Region: aws.ToString(head.BucketRegion)}
	if check.Region == "" {
		check.Region = c.config.Region
	}
	out, err := c.s3.GetBucketEncryption(ctx, &s3.GetBucketEncryptionInput{Bucket: &bucket})
	if err == nil && out.ServerSideEncryptionConfiguration != nil {
		for _, rule := range out.ServerSideEncryptionConfiguration.Rules {
			if by := rule.ApplyServerSideEncryptionByDefault; by != nil {
				check.Encryption = string(by.SSEAlgorithm)
			}
		}
	}
	return check, ctx.Err()
}

// probeFolder lies beside the reports, since keys may be allowed to write there
// only; no report's folder can have its name, which begins with a period.
const probeFolder = "Reports/.connection-test/"

// errProbe means that the bucket gave back other bytes than it was given.
var errProbe = errors.New("the probe object came back changed")

// Test writes a small object to the bucket, reads it back, compares, and deletes
// it, whether or not that went well: an answer may be lost when the object is
// there.
func (c *Client) Test(ctx context.Context, bucket string) error {
	key := probeFolder + rand.Text() + ".txt"
	content := []byte("License Manager tests the connection to this bucket: " + rand.Text() + "\n")
	_, err := c.Put(ctx, bucket, key, bytes.NewReader(content), PutOptions{ContentType: "text/plain; charset=utf-8"})
	if err == nil {
		err = c.compare(ctx, bucket, key, content)
	}
	late, cancel := linger(ctx)
	defer cancel()
	return cmp.Or(err, c.Delete(late, bucket, key))
}

// compare reads an object and wants it to be exactly want.
func (c *Client) compare(ctx context.Context, bucket, key string, want []byte) error {
	body, _, err := c.Get(ctx, bucket, key)
	if err != nil {
		return err
	}
	got, err := io.ReadAll(io.LimitReader(body, int64(len(want))+1))
	drain(body, &err)
	if err == nil && !bytes.Equal(got, want) {
		err = errProbe
	}
	return fault("read", bucket, key, err)
}

// absence says what a 404 to HEAD, which has no body, is about.
func (c *Client) absence(ctx context.Context, bucket string, err error) error {
	if !missing(err) {
		return err
	}
	what := ErrNoObject
	if _, noBucket := c.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket}); missing(noBucket) {
		what = ErrNoBucket
	}
	return fmt.Errorf("%w: %w", what, err)
}
