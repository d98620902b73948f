package publish

import (
	"context"
	"time"

	"license-manager/store/usage"
)

// uploadAge is how old an unfinished upload is that nobody can be at any more.
const uploadAge = 24 * time.Hour

// removeLeftovers removes what a worker that is gone had uploaded of the run's
// files. One that only seems to be gone can't complete its upload afterwards.
// Nothing depends on it, so a failure is only told.
func (p *Publisher) removeLeftovers(ctx context.Context, bucket string, run usage.Run) {
	if run.Attempts < 2 {
		return
	}
	for _, f := range run.Files {
		n, err := p.o.Bucket.RemoveUploads(ctx, bucket, f.Key, time.Time{})
		p.tell(n, err)
	}
}

// Sweep removes the unfinished uploads of runs that nobody repeats, since
// their reports were paused or deleted when their workers were gone.
func (p *Publisher) Sweep(ctx context.Context) error {
	settings, err := p.o.Store.Settings(ctx)
	if err != nil || !settings.BucketReady {
		return err
	}
	n, err := p.o.Bucket.RemoveUploads(ctx, settings.Bucket, usage.ReportsPrefix, p.o.Now().Add(-uploadAge))
	p.tell(n, err)
	return nil
}

func (p *Publisher) tell(removed int, err error) {
	if removed > 0 {
		p.o.Logger.Info("unfinished uploads removed", "uploads", removed)
	}
	if err != nil {
		p.o.Logger.Warn("unfinished uploads not removed", "error", err)
	}
}
