package publish

import (
	"context"
	"fmt"
	"strings"

	"license-manager/scheduler/bucket"
	"license-manager/store/usage"
)

// bucketNames is how many random names are tried for a new bucket: names are
// shared by all accounts of AWS.
const bucketNames = 3

// EnsureBucket returns the bucket to publish to. Where the account has none,
// it makes one; created is then true. Of several processes at once one
// reserves the name, and all make the same bucket, which is harmless.
func (p *Publisher) EnsureBucket(ctx context.Context, act usage.Act) (name string, created bool, err error) {
	for range bucketNames {
		settings, err := p.o.Store.Settings(ctx)
		if err == nil && settings.Bucket == "" {
			settings, err = p.o.Store.ReserveBucket(ctx, bucket.NewName())
		}
		if err != nil {
			return "", false, database("read which bucket to publish to", err)
		}
		if settings.BucketReady {
			return settings.Bucket, false, nil
		}
		protection, err := p.o.Bucket.CreateBucket(ctx, settings.Bucket)
		if err == nil {
			return p.bucketMade(ctx, act, settings.Bucket, protection)
		}
		if bucket.Explain(err).Code != "BucketAlreadyExists" {
			return settings.Bucket, false, fmt.Errorf("create bucket %s: %w", settings.Bucket, err)
		}
		if err := p.o.Store.ForgetBucket(ctx, settings.Bucket); err != nil {
			return "", false, database("choose another bucket name", err)
		}
	}
	return "", false, fmt.Errorf("no free bucket name in %d tries", bucketNames)
}

// bucketMade records the bucket. If it was not the first to do so, the bucket
// to publish to may be another one: one that an administrator associated
// meanwhile.
func (p *Publisher) bucketMade(ctx context.Context, act usage.Act, made string, protection bucket.Protection) (name string, created bool, err error) {
	const step = "record the new bucket"
	first, err := p.o.Store.BucketMade(ctx, act, made, strings.Join(protection, "\n"))
	if err != nil || first {
		return made, first, database(step, err)
	}
	settings, err := p.o.Store.Settings(ctx)
	if err == nil && !settings.BucketReady {
		return settings.Bucket, false, fmt.Errorf("bucket %s was made, but is not wanted any more", made)
	}
	return settings.Bucket, false, database(step, err)
}
