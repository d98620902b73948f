package main

import (
	"context"
	"fmt"
	"strconv"
)

// riverWorkers is how many jobs River works at once: of 16, 64, 100 and 256 the number that served it best.
const riverWorkers = 100

// dueLatency publishes to an S3 that answers after 30 ms, with the most uploads at once that the product allows.
func (b *bench) dueLatency(ctx context.Context, c *crowd) error {
	n, err := b.neighbor(ctx, "sink", "30ms")
	if err != nil {
		return err
	}
	defer n.stop()
	s3, err := bucketClient(ctx, n)
	if err != nil {
		return err
	}
	figures, err := b.alternate(ctx, side{"256 at once", func(ctx context.Context) (float64, error) {
		return c.publish(ctx, b, "due-latency", s3, 256)
	}})
	if err != nil {
		return err
	}
	b.book.set("due/latency", figures[0], series{documented}, "SQLite")
	return nil
}

// dueRiver publishes to an S3 that discards, in turn with River, which does the same as jobs of its queue.
func (b *bench) dueRiver(ctx context.Context, c *crowd) error {
	if b.missing != nil {
		b.book.absent("due/river", "not measured: "+firstLine(b.missing.Error()))
		return nil
	}
	queue, err := b.createPostgres(ctx, "bench_river")
	if err != nil {
		return err
	}
	n, err := b.neighbor(ctx, "sink", "0s")
	if err != nil {
		return err
	}
	defer n.stop()
	s3, err := bucketClient(ctx, n)
	if err != nil {
		return err
	}
	figures, err := b.alternate(ctx,
		side{"due/river", func(ctx context.Context) (float64, error) { return c.publish(ctx, b, "due-river", s3, dueWorkers) }},
		side{"River", func(ctx context.Context) (float64, error) { return b.river(ctx, c, queue, n) }},
	)
	if err != nil {
		return err
	}
	b.book.set("due/river", figures[0], figures[1], fmt.Sprintf("%d publishers against %d workers", dueWorkers, riverWorkers))
	return nil
}

// river works the reports on a queue that is empty, since what is done would be in its way.
func (b *bench) river(ctx context.Context, c *crowd, queue string, n *neighbor) (float64, error) {
	if err := forgetJobs(ctx, queue); err != nil {
		return 0, err
	}
	return printedRate(ctx, c.reports, b.peer("river"), queue, c.url, n.url, benchBucket, strconv.Itoa(c.reports), strconv.Itoa(riverWorkers))
}

// forgetJobs empties the queue of River where there is one.
func forgetJobs(ctx context.Context, queue string) error {
	db, err := openPostgres(queue)
	if err != nil {
		return err
	}
	defer db.Close()
	var made bool
	if err := db.QueryRowContext(ctx, "SELECT to_regclass('river_job') IS NOT NULL").Scan(&made); err != nil || !made {
		return err
	}
	_, err = db.ExecContext(ctx, "TRUNCATE river_job")
	return err
}
