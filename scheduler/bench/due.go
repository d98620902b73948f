package main

import (
	"context"
	"errors"
	"os"
	"strconv"
	"time"

	"license-manager/scheduler/bucket"
	"license-manager/store"
	"license-manager/store/usage"
)

const (
	dueReports  = 10_000
	dueLicenses = 200 // that the reports are of
	dueWorkers  = 16  // publishers, and workers of the peers
	// documented is how many PUT a second S3 takes per prefix:
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
	documented = 3_500
)

// crowd is a database with many usage reports that can be made due at once.
type crowd struct {
	url     string
	reports int
	body    []byte // a summary file of one of them
}

// measureDue publishes many small reports that are due at once.
func measureDue(ctx context.Context, b *bench) error {
	sqlite := &crowd{url: b.path("due.db"), reports: b.scaled(dueReports)}
	if err := sqlite.make(ctx, fillSQLite); err != nil {
		return err
	}
	err := errors.Join(b.dueEmbedded(ctx, sqlite), b.dueDiscarded(ctx, sqlite, "due/sqlite"), b.dueLatency(ctx, sqlite))
	postgres := &crowd{reports: b.scaled(dueReports)}
	var absent error
	if postgres.url, absent = b.createPostgres(ctx, "bench_due"); absent != nil {
		return errors.Join(err, absent)
	}
	if failed := postgres.make(ctx, fillPostgres); failed != nil {
		return errors.Join(err, failed)
	}
	return errors.Join(err, b.dueDiscarded(ctx, postgres, "due/postgres"), b.dueRiver(ctx, postgres))
}

// make fills the database.
func (c *crowd) make(ctx context.Context, fill func(context.Context, string, func(filler) error) error) error {
	licenses, report, err := seed(ctx, c.url, dueLicenses)
	if err != nil {
		return err
	}
	err = fill(ctx, c.url, func(f filler) error {
		if err := f.resources(ctx, 1000); err != nil {
			return err
		}
		for _, license := range licenses {
			if err := f.associations(ctx, license, 10); err != nil {
				return err
			}
		}
		if err := f.reports(ctx, report, licenses, c.reports, never()); err != nil {
			return err
		}
		return f.history(ctx)
	})
	if err != nil {
		return err
	}
	if report, err = copied(ctx, c.url, report); err != nil {
		return err
	}
	c.body, err = summaryOf(ctx, c.url, report)
	return err
}

// copied is the first copy of a report.
func copied(ctx context.Context, url string, from usage.Report) (usage.Report, error) {
	db, err := openDatabase(url)
	if err != nil {
		return from, err
	}
	defer db.Close()
	const first = "SELECT id, name FROM reports WHERE name <> $1 ORDER BY name LIMIT 1"
	err = db.QueryRowContext(ctx, first, from.Name).Scan(&from.ID, &from.Name)
	return from, err
}

// summaryOf is the summary file of a report.
func summaryOf(ctx context.Context, url string, r usage.Report) (body []byte, err error) {
	s, err := openStore(ctx, url, 1)
	if err != nil {
		return nil, err
	}
	run := usage.Run{ReportID: r.ID, ReportName: r.Name, Types: r.Types}
	err = s.ReadSnapshot(ctx, run, act().At, func(snapshot *store.SnapshotReader) error {
		body = usage.AppendSummary(nil, snapshot.Snapshot, "20261124T000000Z-summary-0123456789abcdef")
		return nil
	})
	return body, errors.Join(err, s.Close())
}

// rewind forgets the runs of the benchmark and makes all copied reports due at a moment.
func (c *crowd) rewind(ctx context.Context, at time.Time) error {
	db, err := openDatabase(c.url)
	if err != nil {
		return err
	}
	defer db.Close()
	f := filler{db: db}
	if err := f.exec(ctx, "DELETE FROM files WHERE run_id NOT LIKE '"+past+"%'", "DELETE FROM runs WHERE id NOT LIKE '"+past+"%'"); err != nil {
		return err
	}
	const due = "UPDATE reports SET next_run_at = $1, last_report_at = NULL, status = 'succeeded', failure = '' WHERE name <> $2"
	if _, err := db.ExecContext(ctx, due, at, seedName); err != nil {
		return err
	}
	if isPostgres(c.url) { // what autovacuum would do some time
		return f.exec(ctx, "VACUUM (ANALYZE)")
	}
	return nil
}

// publish publishes all reports once and returns how many a second.
func (c *crowd) publish(ctx context.Context, b *bench, name string, s3 *bucket.Client, publishers int) (float64, error) {
	if err := c.rewind(ctx, clock().Add(-24*time.Hour)); err != nil {
		return 0, err
	}
	p, err := b.newPipeline(ctx, c.url, s3, publishers)
	if err != nil {
		return 0, err
	}
	var took time.Duration
	err = b.profiled(name, func() error {
		took, err = p.drain(ctx)
		return err
	})
	if err == nil {
		err = p.published(ctx, c.reports)
	}
	return float64(c.reports) / took.Seconds(), errors.Join(err, p.close(ctx))
}

// against publishes all reports to a neighbor, in turn with a bare loop of the same bytes.
func (b *bench) against(ctx context.Context, c *crowd, id, profile string, n *neighbor) error {
	s3, err := bucketClient(ctx, n)
	if err != nil {
		return err
	}
	if _, err := s3.CreateBucket(ctx, benchBucket); err != nil {
		return err
	}
	loop := newBareLoop(n, dueWorkers, c.body)
	figures, err := b.alternate(ctx,
		side{id, func(ctx context.Context) (float64, error) { return c.publish(ctx, b, profile, s3, dueWorkers) }},
		peer("bare loop", func(ctx context.Context) (float64, error) { return loop.put(ctx, c.reports) }),
	)
	if err != nil {
		return err
	}
	b.book.set(id, figures[0], figures[1], strconv.Itoa(dueWorkers)+" at once, "+strconv.Itoa(len(c.body))+" bytes each")
	return nil
}

// dueEmbedded publishes to the embedded S3, which waits for the disk with each file.
func (b *bench) dueEmbedded(ctx context.Context, c *crowd) error {
	dir := b.path("due-s3")
	n, err := b.neighbor(ctx, "s3", dir)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // the whole directory goes at the end
	defer n.stop()
	return b.against(ctx, c, "due/embedded", "due-embedded", n)
}

// dueDiscarded publishes to an S3 that discards.
func (b *bench) dueDiscarded(ctx context.Context, c *crowd, id string) error {
	n, err := b.neighbor(ctx, "sink", "0s")
	if err != nil {
		return err
	}
	defer n.stop()
	return b.against(ctx, c, id, "due-"+id[len("due/"):], n)
}
