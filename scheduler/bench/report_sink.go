package main

import (
	"context"
	"errors"
	"os"
	"time"

	"license-manager/scheduler/bucket"
	"license-manager/store"
	"license-manager/store/usage"
)

// reportToSink publishes a report to an S3 that discards it, beside the upload of the file that lies on the disk already.
func (b *bench) reportToSink(ctx context.Context, e *estate) error {
	n, err := b.neighbor(ctx, "sink", "0s")
	if err != nil {
		return err
	}
	defer n.stop()
	s3, err := bucketClient(ctx, n)
	if err != nil {
		return err
	}
	finished, err := e.finishedFile(ctx, b.path("finished.csv"))
	if err != nil {
		return err
	}
	figures, err := b.alternate(ctx,
		side{"published", func(ctx context.Context) (float64, error) { return b.publishReport(ctx, e, s3) }},
		peer("finished file", func(ctx context.Context) (float64, error) {
			return rate(e.report.rows, func() error { return putFile(ctx, s3, finished) })
		}),
	)
	if err != nil {
		return err
	}
	b.book.set("report/sink", figures[0], figures[1], "from the claim to the end of the run")
	return os.Remove(finished)
}

// finishedFile writes the report to a file.
func (e *estate) finishedFile(ctx context.Context, path string) (_ string, err error) {
	s, err := openStore(ctx, e.database, 1)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	return path, errors.Join(e.report.render(ctx, s, f), f.Close())
}

func putFile(ctx context.Context, s3 *bucket.Client, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = s3.Put(ctx, benchBucket, "finished.csv", f, bucket.PutOptions{ContentType: usage.ContentType})
	return err
}

// publishReport publishes the report once and returns the rows a second.
func (b *bench) publishReport(ctx context.Context, e *estate, s3 *bucket.Client) (float64, error) {
	p, err := b.newPipeline(ctx, e.database, s3, 4)
	if err != nil {
		return 0, err
	}
	if err = e.due(ctx, p.store, e.report); err != nil {
		return 0, errors.Join(err, p.close(ctx))
	}
	var took time.Duration
	err = b.profiled("report-sink", func() error {
		took, err = p.drain(ctx)
		return err
	})
	return float64(e.report.rows) / took.Seconds(), errors.Join(err, p.close(ctx))
}

// due makes a run of this report the only one that waits.
func (e *estate) due(ctx context.Context, s *store.Store, subject subject) error {
	for _, other := range []string{e.report.report.ID, e.smaller.report.ID, e.largest.report.ID} {
		if _, err := s.PauseReport(ctx, act(), other); err != nil {
			return err
		}
	}
	now := act()
	now.At = clock()
	_, err := s.ResumeReport(ctx, now, subject.report.ID)
	return err
}
