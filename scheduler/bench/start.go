package main

import (
	"context"
	"time"
)

// starts measures how long a console takes until it has shown the table to somebody who was signed in before it started, and how
// much memory one has that nobody uses.
func (b *bench) starts(ctx context.Context, d *desk, idle float64) error {
	figures, err := b.alternate(ctx, side{"start to first answer", func(ctx context.Context) (float64, error) {
		if err := d.stop(); err != nil {
			return 0, err
		}
		began := time.Now()
		again, err := b.console(ctx, d.dir)
		if err != nil {
			return 0, err
		}
		d.console = again
		_, err = d.get(ctx, tablePath, d.cookie)
		return time.Since(began).Seconds() * 1000, err
	}})
	if err != nil {
		return err
	}
	b.book.set("pages/start", figures[0], nil, "the table, signed in")
	return b.idle(ctx, d, idle)
}

// idle measures the memory of consoles that have shown a page some time ago.
func (b *bench) idle(ctx context.Context, d *desk, signedIn float64) error {
	figures, err := b.alternate(ctx, side{"idle", func(ctx context.Context) (float64, error) {
		if err := d.stop(); err != nil {
			return 0, err
		}
		again, err := b.console(ctx, d.dir)
		if err != nil {
			return 0, err
		}
		d.console = again
		if _, err := d.get(ctx, tablePath, d.cookie); err != nil {
			return 0, err
		}
		select {
		case <-time.After(2 * publishEvery): // as long as it takes for the jobs to have run
		case <-ctx.Done():
			return 0, ctx.Err()
		}
		return d.memory("VmRSS")
	}})
	if err != nil {
		return err
	}
	b.book.set("pages/idle", figures[0], nil, "after a page; "+figure(signedIn, 0)+" MB right after a sign-in, whose hash takes 19 MB")
	return nil
}
