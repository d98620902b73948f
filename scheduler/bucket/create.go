package bucket

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Protection says what guards a bucket that CreateBucket made. On AWS all three
// hold; another server may not know some of them.
type Protection struct {
	PublicAccessBlocked bool
	Encrypted           bool // by default, with keys of the server (SSE-S3)
	TLSOnly             bool
}

// CreateBucket makes a bucket with public access blocked, default encryption on
// and access by TLS only. A bucket that the account already owns is protected
// likewise. On AWS each step must succeed, elsewhere one that the server does not
// know is passed over; TLS only is not asked of an http endpoint, which it would
// lock out. If a step fails, a bucket made by this call is deleted again; the
// error says so if that failed too.
func (c *Client) CreateBucket(ctx context.Context, bucket string) (Protection, error) {
	made, err := c.create(ctx, bucket)
	if err != nil {
		return Protection{}, err
	}
	p, err := c.protect(ctx, bucket)
	if err == nil || !made {
		return p, err
	}
	late, cancel := linger(ctx)
	defer cancel()
	if _, left := c.s3.DeleteBucket(late, &s3.DeleteBucketInput{Bucket: &bucket}); left != nil {
		err = fmt.Errorf("%w; the new bucket %s is not protected and could not be deleted: %w", err, bucket, left)
	}
	return Protection{}, err
}

// create makes the bucket; made is false if it was there and is ours.
func (c *Client) create(ctx context.Context, bucket string) (made bool, err error) {
	in := &s3.CreateBucketInput{Bucket: &bucket}
	if c.config.Region != defaultRegion {
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{
			LocationConstraint: types.BucketLocationConstraint(c.config.Region),
		}
	}
	_, err = c.s3.CreateBucket(ctx, in)
	if code(err) == "BucketAlreadyOwnedByYou" {
		return false, nil
	}
	return err == nil, fault("create the bucket", bucket, "", err)
}

// DeleteBucket removes a bucket. S3 refuses it for one that has objects. The
// error is ErrNoBucket if there is none.
func (c *Client) DeleteBucket(ctx context.Context, bucket string) error {
	_, err := c.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &bucket})
	return fault("delete the bucket", bucket, "", err)
}

// protect takes the three steps. Each may be repeated without harm.
func (c *Client) protect(ctx context.Context, bucket string) (p Protection, err error) {
	if p.PublicAccessBlocked, err = c.applied(c.blockPublicAccess(ctx, bucket)); err != nil {
		return p, fault("block public access to", bucket, "", err)
	}
	if p.Encrypted, err = c.applied(c.encrypt(ctx, bucket)); err != nil {
		return p, fault("turn on encryption of", bucket, "", err)
	}
	if c.endpoint != nil && c.endpoint.Scheme != "https" {
		return p, nil
	}
	if p.TLSOnly, err = c.applied(c.demandTLS(ctx, bucket)); err != nil {
		return p, fault("require TLS for", bucket, "", err)
	}
	return p, nil
}

// applied tells success from "this server cannot", which is an error on AWS only.
func (c *Client) applied(err error) (bool, error) {
	if err != nil && c.mode != AWS && unsupported(err) {
		return false, nil
	}
	return err == nil, err
}

func (c *Client) blockPublicAccess(ctx context.Context, bucket string) error {
	_, err := c.s3.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
		Bucket: &bucket,
		PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls:       aws.Bool(true),
			BlockPublicPolicy:     aws.Bool(true),
			IgnorePublicAcls:      aws.Bool(true),
			RestrictPublicBuckets: aws.Bool(true),
		},
	}, settling)
	return err
}

func (c *Client) encrypt(ctx context.Context, bucket string) error {
	_, err := c.s3.PutBucketEncryption(ctx, &s3.PutBucketEncryptionInput{
		Bucket: &bucket,
		ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
			Rules: []types.ServerSideEncryptionRule{{
				ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{
					SSEAlgorithm: types.ServerSideEncryptionAes256,
				},
			}},
		},
	}, settling)
	return err
}

// demandTLS sets the policy. A server behind a proxy that ends TLS may take every
// request for a plain one and now refuse us; then the policy goes again.
func (c *Client) demandTLS(ctx context.Context, bucket string) error {
	policy, err := c.tlsOnly(bucket)
	if err != nil {
		return err
	}
	if _, err := c.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &policy}, settling); err != nil {
		return err
	}
	if c.mode == AWS {
		return nil
	}
	if _, locked := c.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket}); locked == nil {
		return nil
	}
	if _, err := c.s3.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &bucket}); err != nil {
		return err
	}
	return errors.ErrUnsupported
}

// tlsOnly is the policy as AWS writes it in its own guides.
func (c *Client) tlsOnly(bucket string) (string, error) {
	arn := "arn:" + partition(c.config.Region).name + ":s3:::" + bucket
	policy, err := json.Marshal(map[string]any{
		"Version": "2012-10-17",
		"Statement": []any{map[string]any{
			"Sid":       "TLSOnly",
			"Effect":    "Deny",
			"Principal": "*",
			"Action":    "s3:*",
			"Resource":  []string{arn, arn + "/*"},
			"Condition": map[string]any{"Bool": map[string]string{"aws:SecureTransport": "false"}},
		}},
	})
	return string(policy), err
}

// settling repeats a request to a bucket that has only just been made, of which
// not every part of S3 knows yet.
func settling(o *s3.Options) {
	o.Retryer = retry.AddWithMaxAttempts(retry.AddWithErrorCodes(o.Retryer, "NoSuchBucket", "OperationAborted"), 5)
}
