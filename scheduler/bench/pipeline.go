package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"license-manager/scheduler"
	"license-manager/scheduler/bucket"
	"license-manager/scheduler/publish"
	"license-manager/store"
)

// pipeline is the publisher as the program runs it, in this process.
type pipeline struct {
	store     *store.Store
	publisher *publish.Publisher
	jobs      *scheduler.Scheduler
	db        *sql.DB // beside the store, to look on
}

// The job as the program names and times it.
const (
	publishJob   = "publish"
	publishEvery = time.Second
)

// newPipeline opens a database and prepares its publisher, which does nothing yet.
func (b *bench) newPipeline(ctx context.Context, url string, s3 *bucket.Client, publishers int) (*pipeline, error) {
	s, err := openStore(ctx, url, publishers)
	if err != nil {
		return nil, err
	}
	p := &pipeline{store: s}
	p.publisher = publish.New(publish.Options{
		Store: s, Bucket: s3, Publishers: publishers, Now: clock, SpoolDir: b.dir,
		Nudge:  func() { p.jobs.Nudge(publishJob) },
		Logger: slog.New(slog.DiscardHandler),
	})
	p.jobs, err = scheduler.New(slog.New(slog.DiscardHandler),
		scheduler.Job{Name: publishJob, Every: publishEvery, Run: p.publisher.PublishDue},
		scheduler.Job{Name: "checkpoint", Every: publishEvery, Run: s.DB().Checkpoint},
	)
	if err == nil {
		err = s.AssociateBucket(ctx, act(), benchBucket)
	}
	if err == nil {
		p.db, err = openDatabase(url)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return p, nil
}

// openDatabase opens either database for statements of the benchmark.
func openDatabase(url string) (*sql.DB, error) {
	if isPostgres(url) {
		return openPostgres(url)
	}
	return openSQLite(url)
}

func isPostgres(url string) bool { return strings.HasPrefix(url, "postgres://") }

// drain publishes until nothing is due and nothing is left, and returns how long that took from the start of the jobs. Nothing
// more runs after.
func (p *pipeline) drain(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	p.jobs.Start()
	err := p.empty(ctx)
	took := time.Since(began)
	return took, errors.Join(err, p.jobs.Stop(ctx))
}

// empty waits until nothing is due and no run is open.
func (p *pipeline) empty(ctx context.Context) error {
	const busy = `SELECT EXISTS (SELECT 1 FROM runs WHERE state IN ('pending', 'running'))
		OR EXISTS (SELECT 1 FROM reports WHERE next_run_at IS NOT NULL AND next_run_at < $1)`
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		var left bool
		if err := p.db.QueryRowContext(ctx, busy, clock()).Scan(&left); err != nil || !left {
			return err
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// published fails unless so many runs were published and none failed.
func (p *pipeline) published(ctx context.Context, runs int) error {
	var succeeded, files, others int
	const states = `SELECT count(CASE state WHEN 'succeeded' THEN 1 END), (SELECT count(*) FROM files WHERE published_at IS NOT NULL AND run_id NOT LIKE '` + past + `%'),
		count(CASE state WHEN 'succeeded' THEN NULL ELSE 1 END) FROM runs WHERE id NOT LIKE '` + past + `%'`
	if err := p.db.QueryRowContext(ctx, states).Scan(&succeeded, &files, &others); err != nil {
		return err
	}
	if succeeded != runs || others > 0 || files < runs {
		return fmt.Errorf("%d runs published with %d files and %d not, want %d", succeeded, files, others, runs)
	}
	return nil
}

// close ends what is left.
func (p *pipeline) close(ctx context.Context) error {
	p.publisher.Stop(ctx)
	return errors.Join(p.db.Close(), p.store.Close())
}
