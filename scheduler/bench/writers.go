package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"license-manager/store"
)

// writersFor is how long changes are timed, at least.
const writersFor = 4 * time.Second

// writersDuring times changes, one after the other, while the largest report is read again and again, and while nothing is.
func (b *bench) writersDuring(ctx context.Context, e *estate) (err error) {
	s, err := openStore(ctx, e.database, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	resources, _, err := s.Resources(ctx, store.ResourceQuery{LicenseID: e.smaller.license, Page: 1, Size: 1})
	if err != nil {
		return err
	}
	c := changes{store: s, license: e.smaller.license, resource: resources[0].ID}
	log := e.database + "-wal"
	idle, err := c.during(ctx, log, func() error { return nil })
	if err != nil {
		return err
	}
	busy, err := c.during(ctx, log, func() error { return e.largest.render(ctx, s, io.Discard) })
	if err != nil {
		return err
	}
	after, err := os.Stat(log)
	if err != nil {
		return err
	}
	r := b.book.find("report/writers")
	r.ours, r.others, r.runs = busy.took.quantile(0.99), idle.took.quantile(0.99), len(busy.took)
	r.note = fmt.Sprintf("median %s ms, most %s ms; log up to %d MB, %d MB after", figure(busy.took.median(), 1), figure(busy.took.quantile(1), 0),
		busy.log>>20, after.Size()>>20)
	return nil
}

// changes are of one association.
type changes struct {
	store             *store.Store
	license, resource string
}

// timed is how long changes took, in milliseconds, and how large the write-ahead log became, in bytes.
type timed struct {
	took series
	log  int64
}

// during times changes while work is done again and again, with the checkpoints of the program beside it.
func (c changes) during(ctx context.Context, log string, work func() error) (t timed, err error) {
	ctx, stop := context.WithCancel(ctx)
	working, checkpoints := make(chan error, 1), make(chan error, 1)
	go func() { working <- repeat(ctx, 0, work) }()
	go func() {
		checkpoints <- repeat(ctx, publishEvery, func() error { return c.store.DB().Checkpoint(context.WithoutCancel(ctx)) })
	}()
	for began := time.Now(); err == nil && time.Since(began) < writersFor; {
		change := time.Now()
		err = c.change(ctx)
		t.took = append(t.took, time.Since(change).Seconds()*1000)
		if info, missing := os.Stat(log); missing == nil {
			t.log = max(t.log, info.Size())
		}
	}
	stop()
	err = errors.Join(err, <-working, <-checkpoints)
	return t, errors.Join(err, c.store.DB().Checkpoint(context.WithoutCancel(ctx)))
}

// change ends the association and makes it again.
func (c changes) change(ctx context.Context) error {
	if _, err := c.store.Disassociate(ctx, act(), c.license, []string{c.resource}); err != nil {
		return err
	}
	_, err := c.store.Associate(ctx, act(), c.license, []string{c.resource})
	return err
}

// repeat does work until ctx ends, at most once in that time.
func repeat(ctx context.Context, every time.Duration, work func() error) error {
	for ctx.Err() == nil {
		if err := work(); err != nil && ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(max(every, time.Millisecond)):
		}
	}
	return nil
}
