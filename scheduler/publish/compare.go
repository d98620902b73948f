package publish

import (
	"context"
	"errors"
	"time"

	"license-manager/scheduler/bucket"
	"license-manager/store"
	"license-manager/store/usage"
)

const (
	compareBatch = 20 // files between two looks at the database
	// compareLease is when what a process that is gone had claimed is compared
	// by another. One that is only slow repeats what another did, with the same
	// result.
	compareLease   = 15 * time.Minute
	compareRetries = 10 * time.Minute
	// compareFor is how long after its publication a file is tried: what can't be
	// read by then, since the keys may only write or the files are archived, would be
	// tried for ever.
	compareFor = 24 * time.Hour
)

// CompareDue counts how the resources of files that were published differ from
// those of the files before. What can't be read now is tried again for a day.
func (p *Publisher) CompareDue(ctx context.Context) error {
	for {
		claimed, more, err := p.o.Store.ClaimComparisons(ctx, p.o.Now(), p.o.Now().Add(compareLease), compareBatch)
		if err != nil {
			return err
		}
		if err := p.compareAll(ctx, claimed); err != nil {
			return err
		}
		if !more {
			return nil
		}
	}
}

// compareAll counts and records. A file that somebody has removed or changed
// has no figure.
func (p *Publisher) compareAll(ctx context.Context, claimed []store.Comparison) error {
	var unread []error
	for _, c := range claimed {
		count, err := p.difference(ctx, c)
		c.Later.CompareDueAt = nil
		switch {
		case err == nil:
			c.Later.SetDifference(c.Earlier, count)
		case ctx.Err() != nil:
			return ctx.Err()
		case !isIncomparable(err):
			unread = append(unread, err)
			c.Later.CompareDueAt = p.compareAgain(c.Later)
		}
		if err := p.o.Store.RecordComparison(ctx, c.Later); err != nil {
			return err
		}
	}
	if len(unread) > 0 {
		p.o.Logger.Warn("files not compared", "files", len(unread), "error", unread[0])
	}
	return nil
}

// compareAgain is when a file that could not be read is tried again; nil for never.
func (p *Publisher) compareAgain(f usage.File) *time.Time {
	again := p.o.Now().Add(compareRetries)
	if f.PublishedAt != nil && again.Sub(*f.PublishedAt) > compareFor {
		return nil
	}
	return &again
}

// isIncomparable reports whether there is no sense in trying again.
func isIncomparable(err error) bool {
	var edited *usage.UncomparableError
	return errors.Is(err, bucket.ErrNoObject) || errors.Is(err, bucket.ErrNoBucket) || errors.As(err, &edited) ||
		bucket.Explain(err).Code == "ObjectDamaged"
}

// difference reads both files side by side.
func (p *Publisher) difference(ctx context.Context, c store.Comparison) (usage.DifferenceCount, error) {
	earlier, _, err := p.o.Bucket.Get(ctx, c.Earlier.Bucket, c.Earlier.Key)
	if err != nil {
		return usage.DifferenceCount{}, err
	}
	defer earlier.Close()
	later, _, err := p.o.Bucket.Get(ctx, c.Later.Bucket, c.Later.Key)
	if err != nil {
		return usage.DifferenceCount{}, err
	}
	defer later.Close()
	return usage.CompareUsage(earlier, later, func(usage.Difference) error { return nil })
}
