package bucket

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Protection is what became of each setting that guards a bucket, in words:
// "Default encryption: set", "Default encryption: not offered (NotImplemented)".
type Protection []string

// CreateBucket makes a bucket with public access blocked, default encryption on
// and access by TLS only. A bucket that the account already owns gets the same
// settings. With Amazon each must succeed. Other servers do not offer all of them,
// or refuse their owner's writes afterwards: there each is tried, and taken back if
// nothing can be written with it. If CreateBucket
// fails, a bucket made by this call is deleted again; the error says so if that
// failed too.
func (c *Client) CreateBucket(ctx context.Context, bucket string) (Protection, error) {
	made, err := c.create(ctx, bucket)
	if err != nil {
		return nil, fault("create the bucket", bucket, "", err)
	}
	p, err := c.protect(ctx, bucket)
	if err == nil {
		return p, nil
	}
	if !made {
		return nil, err
	}
	late, cancel := linger(ctx)
	defer cancel()
	if _, left := c.s3.DeleteBucket(late, &s3.DeleteBucketInput{Bucket: &bucket}); left != nil {
		err = fmt.Errorf("%w; the new bucket %s is not protected and could not be deleted: %w", err, bucket, left)
	}
	return nil, err
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
	if c.mode == Endpoint && code(err) == "InvalidLocationConstraint" { // Ceph's zones have other names than AWS's Regions
		_, err = c.s3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket})
	}
	switch {
	case code(err) == "BucketAlreadyOwnedByYou":
		return false, nil
	case c.mode == Endpoint && code(err) == "BucketAlreadyExists": // some servers say this of our own buckets, too
		if _, other := c.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &bucket}); other == nil {
			return false, nil
		}
	}
	return err == nil, err
}

// setting is one of those that guard a bucket. Both functions may be repeated
// without harm.
type setting struct {
	name, step string
	set        func(ctx context.Context, bucket string) error
	remove     func(ctx context.Context, bucket string) error
}

// protect applies the settings. TLS only is not asked of an http endpoint, which
// it would lock out.
func (c *Client) protect(ctx context.Context, bucket string) (p Protection, err error) {
	if c.mode == Embedded {
		return nil, nil // it answers only who has its keys, and has no such settings
	}
	for _, s := range []setting{
		{"Public access block", "block public access to", c.blockPublicAccess, c.allowPublicAccess},
		{"Default encryption", "turn on encryption of", c.encrypt, c.decrypt},
		{"TLS only", "require TLS for", c.requireTLS, c.allowHTTP},
	} {
		state := "not set, since the S3 endpoint is http"
		if s.name != "TLS only" || c.secure() {
			if state, err = c.apply(ctx, bucket, s); err != nil {
				return nil, fault(s.step, bucket, "", err)
			}
		}
		p = append(p, s.name+": "+state)
	}
	return p, nil
}

// apply sets one of the settings. On other servers than Amazon's it then writes a
// probe object, and takes the setting back if that fails.
func (c *Client) apply(ctx context.Context, bucket string, s setting) (state string, err error) {
	err = s.set(ctx, bucket)
	if c.mode == AWS || err != nil && status(err) == 0 { // no answer says nothing about what is offered
		return "set", err
	}
	probe := c.Test(ctx, bucket)
	if probe != nil {
		if removal := s.remove(ctx, bucket); removal != nil && err == nil {
			return "", fmt.Errorf("%w (taking it back failed: %w)", probe, removal)
		}
		if again := c.Test(ctx, bucket); again != nil {
			return "", again
		}
	}
	switch {
	case err == nil && probe == nil:
		return "set", nil
	case err == nil:
		return "taken back, since nothing could be written with it (" + Explain(probe).Code + ")", nil
	case Explain(err).Retryable:
		return "not set, since S3 had a problem (" + Explain(err).Code + ")", nil
	}
	return "not offered by this S3 (" + Explain(err).Code + ")", nil
}

// secure tells whether requests go by https.
func (c *Client) secure() bool { return c.endpoint == nil || c.endpoint.Scheme == "https" }

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

func (c *Client) allowPublicAccess(ctx context.Context, bucket string) error {
	_, err := c.s3.DeletePublicAccessBlock(ctx, &s3.DeletePublicAccessBlockInput{Bucket: &bucket})
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

func (c *Client) decrypt(ctx context.Context, bucket string) error {
	_, err := c.s3.DeleteBucketEncryption(ctx, &s3.DeleteBucketEncryptionInput{Bucket: &bucket})
	return err
}

func (c *Client) requireTLS(ctx context.Context, bucket string) error {
	policy, err := c.tlsOnly(bucket)
	if err != nil {
		return err
	}
	_, err = c.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: &policy}, settling)
	return err
}

func (c *Client) allowHTTP(ctx context.Context, bucket string) error {
	_, err := c.s3.DeleteBucketPolicy(ctx, &s3.DeleteBucketPolicyInput{Bucket: &bucket})
	return err
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
