package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

const (
	replicaReports = 8_000
	// replicaStart is the time that replicas have to start, before the reports are due for all of them.
	replicaStart = 4 * time.Second
)

// measureReplicas publishes with one process and with two on the same PostgreSQL.
func measureReplicas(ctx context.Context, b *bench) error {
	url, err := b.createPostgres(ctx, "bench_replicas")
	if err != nil {
		return err
	}
	c := &crowd{url: url, reports: b.scaled(replicaReports)}
	if err := c.make(ctx, fillPostgres); err != nil {
		return err
	}
	n, err := b.neighbor(ctx, "sink", "20ms")
	if err != nil {
		return err
	}
	defer n.stop()
	figures, err := b.alternate(ctx,
		side{"two replicas", func(ctx context.Context) (float64, error) { return b.replicas(ctx, c, n, 2) }},
		side{"one replica", func(ctx context.Context) (float64, error) { return b.replicas(ctx, c, n, 1) }},
	)
	if err != nil {
		return err
	}
	b.book.set("replicas/two", figures[0], figures[1], fmt.Sprintf("%d reports, from a second after they were due", c.reports))
	return nil
}

// replicas starts so many processes before all reports are due and returns how many they publish in a second once each of them
// has begun: it looks for work so often.
func (b *bench) replicas(ctx context.Context, c *crowd, n *neighbor, processes int) (_ float64, err error) {
	due := clock().Add(replicaStart)
	if err := c.rewind(ctx, due); err != nil {
		return 0, err
	}
	p, err := b.newPipeline(ctx, c.url, nil, 1) // only to look on
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, p.close(ctx)) }()
	environment := append(n.sinkEnvironment(), "LICENSE_MANAGER_DATABASE="+c.url, "LICENSE_MANAGER_PUBLISHERS=16")
	for i := range processes {
		replica, err := b.console(ctx, b.path(fmt.Sprint("replica-", i)), environment...)
		if err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, replica.stop()) }()
	}
	if err := errors.Join(waitUntil(ctx, due), p.empty(ctx), p.published(ctx, c.reports)); err != nil {
		return 0, err
	}
	speed, err := p.speedAfter(ctx, due.Add(publishEvery))
	if speed == 0 && err == nil { // of a few, all are published before
		return p.speedAfter(ctx, due)
	}
	return speed, err
}

// speedAfter is how many runs a second were published after a moment; 0 if none was.
func (p *pipeline) speedAfter(ctx context.Context, moment time.Time) (float64, error) {
	const after = "SELECT count(*), max(finished_at) FROM runs WHERE finished_at > $1 AND id NOT LIKE '" + past + "%'"
	var published int
	var ended sql.NullTime
	if err := p.db.QueryRowContext(ctx, after, moment).Scan(&published, &ended); err != nil || published == 0 {
		return 0, err
	}
	return float64(published) / ended.Time.Sub(moment).Seconds(), nil
}

// waitUntil waits for a moment; it is an error if that is over.
func waitUntil(ctx context.Context, at time.Time) error {
	left := at.Sub(clock())
	if left < 0 {
		return fmt.Errorf("the replicas were %s late", -left)
	}
	select {
	case <-time.After(left):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
