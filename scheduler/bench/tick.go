package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

const (
	manyDefinitions = 1_000_000
	fewDefinitions  = 1_000
	ticks           = 500 // of which a figure is the mean
)

// measureTick measures what the publisher costs when nothing is due.
func measureTick(ctx context.Context, b *bench) error {
	many, err := b.tickSide(ctx, "tick-many.db", b.scaled(manyDefinitions))
	if err != nil {
		return err
	}
	few, err := b.tickSide(ctx, "tick-few.db", fewDefinitions)
	if err != nil {
		return err
	}
	figures, err := b.alternate(ctx, many, few)
	if err != nil {
		return err
	}
	b.book.set("tick/flat", figures[0], figures[1], "SQLite")
	return errors.Join(os.Remove(b.path("tick-many.db")), os.Remove(b.path("tick-few.db")))
}

// tickSide makes a database with so many definitions of which none is due.
func (b *bench) tickSide(ctx context.Context, file string, definitions int) (side, error) {
	url := b.path(file)
	licenses, report, err := seed(ctx, url, 10)
	if err != nil {
		return side{}, err
	}
	err = fillSQLite(ctx, url, func(f filler) error { return f.reports(ctx, report, licenses, definitions, never()) })
	if err != nil {
		return side{}, err
	}
	return side{fmt.Sprintf("tick, %d definitions", definitions), func(ctx context.Context) (float64, error) {
		p, err := b.newPipeline(ctx, url, nil, dueWorkers)
		if err != nil {
			return 0, err
		}
		began := time.Now()
		for range ticks {
			if err := p.publisher.PublishDue(ctx); err != nil {
				return 0, errors.Join(err, p.close(ctx))
			}
		}
		took := time.Since(began)
		return took.Seconds() * 1e6 / ticks, p.close(ctx)
	}}, nil
}
