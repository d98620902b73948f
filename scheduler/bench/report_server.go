package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"license-manager/store"
	"license-manager/store/usage"
)

// summaryFigures measures what a summary report of the largest license reads from the database.
func (b *bench) summaryFigures(ctx context.Context, e *estate) (err error) {
	s, err := openStore(ctx, e.database, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	const reads = 100
	figures, err := b.alternate(ctx, side{"figures of a summary", func(ctx context.Context) (float64, error) {
		began := time.Now()
		for range reads {
			var associated int64
			err := s.ReadSnapshot(ctx, e.largest.run(), act().At, func(snapshot *store.SnapshotReader) error {
				for _, t := range usage.ResourceTypes() {
					associated += snapshot.Consumption[t].Associated
				}
				return nil
			})
			if err == nil && associated != int64(e.largest.rows) {
				err = fmt.Errorf("%d resources counted, want %d", associated, e.largest.rows)
			}
			if err != nil {
				return 0, err
			}
		}
		return time.Since(began).Seconds() * 1000 / reads, nil
	}})
	if err != nil {
		return err
	}
	b.book.set("report/summary", figures[0], nil, b.resources(e))
	return nil
}

// resources says how large the largest license is.
func (b *bench) resources(e *estate) string {
	return figure(float64(e.largest.rows), 0) + " resources"
}

// reportMemory publishes a report of a small and one of the largest license in a server each, with the embedded S3, and compares
// the peaks of their memory.
func (b *bench) reportMemory(ctx context.Context, e *estate) error {
	figures, err := b.alternate(ctx,
		side{"peak, largest license", func(ctx context.Context) (float64, error) { return b.peak(ctx, e, e.largest) }},
		side{"peak, smaller license", func(ctx context.Context) (float64, error) { return b.peak(ctx, e, e.smaller) }},
	)
	if err != nil {
		return err
	}
	b.book.set("report/rss", figures[0], nil, b.resources(e)+", embedded S3 in the same process")
	b.book.set("report/rss-flat", figures[0], figures[1], fmt.Sprintf("%s against %d", b.resources(e), e.smaller.rows))
	return nil
}

// peak is the most memory that a server ever had when it has published a report.
func (b *bench) peak(ctx context.Context, e *estate, subject subject) (_ float64, err error) {
	s, err := openStore(ctx, e.database, 1)
	if err != nil {
		return 0, err
	}
	if err := errors.Join(e.due(ctx, s, subject), s.Close(), e.withoutBucket(ctx)); err != nil {
		return 0, err
	}
	c, err := b.console(ctx, e.dir)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	if err := untilPublished(ctx, e.database, subject.report.ID); err != nil {
		return 0, err
	}
	return c.memory("VmHWM")
}

// withoutBucket makes the next server begin with an empty S3, as it does with a new data directory.
func (e *estate) withoutBucket(ctx context.Context) error {
	db, err := openSQLite(e.database)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "UPDATE settings SET bucket = '', bucket_ready = false")
	return errors.Join(err, db.Close(), os.RemoveAll(filepath.Join(e.dir, "s3")))
}

// untilPublished waits until the newest run of a report is in the bucket.
func untilPublished(ctx context.Context, database, report string) error {
	db, err := openDatabase(database)
	if err != nil {
		return err
	}
	defer db.Close()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		var state, failure string
		err := db.QueryRowContext(ctx, "SELECT state, failure FROM runs WHERE report_id = $1 ORDER BY created_at DESC LIMIT 1", report).Scan(&state, &failure)
		switch {
		case err != nil:
			return err
		case state == string(usage.RunSucceeded):
			return nil
		case state == string(usage.RunFailed):
			return errors.New("not published: " + failure)
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// resourcesPage measures the first page of the resources of the largest license.
func (b *bench) resourcesPage(ctx context.Context, e *estate) (err error) {
	c, err := b.console(ctx, e.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.stop()) }()
	cookie, err := c.signIn(ctx)
	if err != nil {
		return err
	}
	path := "/tracked-resources?license=" + e.largest.license
	if _, err := c.get(ctx, path, cookie); err != nil {
		b.book.absent("report/resources", "not measured: "+err.Error())
		return nil
	}
	figures, err := b.alternate(ctx, b.slowest("resources of a license", target{url: c.url + path, cookie: cookie}))
	if err != nil {
		return err
	}
	b.book.set("report/resources", figures[0], nil, b.resources(e))
	return nil
}
