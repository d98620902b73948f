// Package publish is the use case of the product: what is due is claimed, one
// snapshot of the license is rendered as CSV, the files go to the bucket, and
// the run is finished.
//
// The runs table is the queue. Created, edited, scheduled, manual and retried
// runs, and those that a crash left behind, all come this way. Doing a run
// again writes the same keys, so nothing is ever there twice.
package publish

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"license-manager/scheduler/bucket"
	"license-manager/store"
	"license-manager/store/usage"
)

// Options are the parts of a publisher.
type Options struct {
	Store      *store.Store
	Bucket     *bucket.Client
	Publishers int              // runs published at once
	Nudge      func()           // asks for another PublishDue; must not block
	Now        func() time.Time // the program's clock
	SpoolDir   string           // for files that S3 takes slower than they are made
	Logger     *slog.Logger
}

// lease is how long a claim holds without renewal: after a crash, another
// worker takes the run when it has passed.
const lease = time.Minute

// renewEvery is how often a claim is prolonged, and so how soon a worker sees
// that its report was deleted.
const renewEvery = 5 * time.Second

// enqueueBatch is how many due reports one transaction moves on.
const enqueueBatch = 500

// Publisher publishes due runs. Its zero value is of no use: see New.
type Publisher struct {
	o      Options
	renews time.Duration // between two renewals of a claim
	free   chan struct{} // one token per run that may begin
	ctx    context.Context
	cancel context.CancelCauseFunc
	work   sync.WaitGroup
}

// New returns a publisher that has not begun anything.
func New(o Options) *Publisher {
	p := &Publisher{o: o, renews: renewEvery, free: make(chan struct{}, max(1, o.Publishers))}
	for range cap(p.free) {
		p.free <- struct{}{}
	}
	p.ctx, p.cancel = context.WithCancelCause(context.Background())
	return p
}

// PublishDue makes runs of whatever is due and begins as many as there are
// free publishers. It does not wait for them: a large report must not keep a
// small one from being found. Each run that ends asks for the next by Nudge.
func (p *Publisher) PublishDue(ctx context.Context) error {
	for {
		n, err := p.o.Store.EnqueueDue(ctx, p.o.Now(), enqueueBatch)
		if err != nil {
			return err
		}
		if n < enqueueBatch {
			break
		}
	}
	for {
		tokens := p.take()
		if tokens == 0 {
			return nil
		}
		runs, err := p.o.Store.ClaimRuns(ctx, p.o.Now(), lease, tokens)
		p.give(tokens - len(runs))
		for _, run := range runs {
			p.work.Go(func() { p.run(run) })
		}
		if err != nil || len(runs) < tokens {
			return err
		}
	}
}

// Stop lets what is being published finish until ctx ends, and hands the rest
// back to the queue. Call it when PublishDue is not called any more.
func (p *Publisher) Stop(ctx context.Context) {
	done := make(chan struct{})
	go func() {
		p.work.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		p.cancel(errStopped)
		<-done
	}
}

func (p *Publisher) take() (tokens int) {
	for {
		select {
		case <-p.free:
			tokens++
		default:
			return tokens
		}
	}
}

func (p *Publisher) give(tokens int) {
	for range tokens {
		p.free <- struct{}{}
	}
}

// run publishes one claimed run and records how it ended.
func (p *Publisher) run(run usage.Run) {
	defer p.o.Nudge()
	defer p.give(1)
	ctx, cancel := context.WithCancelCause(p.ctx)
	renewed := make(chan struct{})
	go func() {
		defer close(renewed)
		p.renew(ctx, cancel, run)
	}()
	err := p.publish(ctx, &run)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	cancel(nil)
	<-renewed
	p.record(run, err)
}

// renew prolongs the claim while the run is being published, and ends the
// work when the claim is lost. A claim that could not be prolonged for a whole
// lease is lost too: another process may have the run by now, and this one
// must not write over its files later.
func (p *Publisher) renew(ctx context.Context, cancel context.CancelCauseFunc, run usage.Run) {
	ticker := time.NewTicker(p.renews)
	defer ticker.Stop()
	held := p.o.Now().Add(lease)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			now := p.o.Now()
			err := p.o.Store.RenewRun(ctx, run, now, lease)
			switch {
			case err == nil:
				held = now.Add(lease)
			case isLost(err) || !p.o.Now().Before(held):
				cancel(fmt.Errorf("%w: %w", store.ErrLost, err))
				return
			case ctx.Err() == nil:
				p.o.Logger.Warn("lease not renewed", "run", run.ID, "error", err)
			}
		}
	}
}
