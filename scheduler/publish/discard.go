package publish

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"license-manager/scheduler/bucket"
	"license-manager/store"
)

const (
	discardBatch   = 200 // objects deleted between two looks at the database
	discardAtOnce  = 8   // requests to S3
	discardRetries = 10 * time.Minute
)

// DiscardDue deletes the objects that are to be deleted: those of sample data
// that was removed, and then the bucket that was made for them. What can't be
// deleted now is tried again later.
func (p *Publisher) DiscardDue(ctx context.Context) error {
	for {
		due, err := p.o.Store.DueDiscards(ctx, p.o.Now(), discardBatch)
		if err != nil || len(due) == 0 {
			return err
		}
		done, failed, cause := p.discard(ctx, due)
		if cause != nil {
			p.o.Logger.Warn("objects not deleted", "objects", len(failed), "error", cause)
		}
		if err := p.o.Store.FinishDiscards(ctx, done); err != nil {
			return err
		}
		if err := p.o.Store.PostponeDiscards(ctx, failed, p.o.Now().Add(discardRetries)); err != nil {
			return err
		}
	}
}

// discard deletes objects. It returns those that are gone, the others, and why
// one of these is not.
func (p *Publisher) discard(ctx context.Context, due []store.Discard) (done, failed []store.Discard, cause error) {
	var group errgroup.Group
	var mu sync.Mutex
	group.SetLimit(discardAtOnce)
	for _, d := range due {
		group.Go(func() error {
			err := p.discardOne(ctx, d)
			mu.Lock()
			defer mu.Unlock()
			if err == nil || errors.Is(err, bucket.ErrNoBucket) {
				done = append(done, d)
				return nil
			}
			failed = append(failed, d)
			return err
		})
	}
	cause = group.Wait()
	return done, failed, cause
}

func (p *Publisher) discardOne(ctx context.Context, d store.Discard) error {
	if d.Key == "" {
		return p.discardBucket(ctx, d.Bucket)
	}
	return p.o.Bucket.Delete(ctx, d.Bucket, d.Key)
}

// discardBucket deletes a bucket that nobody uses. It is forgotten first, so
// that a report that is created meanwhile gets another one.
func (p *Publisher) discardBucket(ctx context.Context, name string) error {
	page, err := p.o.Bucket.List(ctx, name, "", "", 1)
	if err != nil && !errors.Is(err, bucket.ErrNoBucket) {
		return err
	}
	if len(page.Files)+len(page.Folders) > 0 {
		return nil
	}
	released, err := p.o.Store.ReleaseBucket(ctx, name)
	if err != nil || !released {
		return err
	}
	err = p.o.Bucket.DeleteBucket(ctx, name)
	if err == nil || errors.Is(err, bucket.ErrNoBucket) {
		return p.o.Store.BucketDeleted(ctx, name)
	}
	if !bucket.Explain(err).Retryable { // somebody has written to it, or we may not: it stays
		p.o.Logger.Warn("bucket of sample data not deleted", "bucket", name, "error", err)
		err = nil
	}
	return errors.Join(err, p.o.Store.ReclaimBucket(ctx, name))
}
