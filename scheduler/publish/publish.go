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
	o       Options
	renews  time.Duration // between two renewals of a claim
	pool    *pool
	records recorder
	ctx     context.Context
	cancel  context.CancelCauseFunc
	work    sync.WaitGroup
}

// New returns a publisher that has not begun anything.
func New(o Options) *Publisher {
	p := &Publisher{o: o, renews: renewEvery, pool: newPool(max(1, o.Publishers))}
	p.ctx, p.cancel = context.WithCancelCause(context.Background())
	return p
}

// PublishDue claims what waits and makes runs of the reports whose slot has
// come, as far as there is room, and has them published as publishers become free. It does not wait
// for them: a large report must not keep a small one from being found. Each
// run that ends asks for the next by Nudge.
func (p *Publisher) PublishDue(ctx context.Context) error {
	for {
		room := p.pool.room(p.o.Now())
		if room == (store.Lanes{}) {
			return nil
		}
		runs, made, err := p.claim(ctx, room)
		if full := p.begin(runs, room); err != nil || made == 0 && !full {
			return err
		}
	}
}

// claim claims what waits and then, in the room that is left, what is due.
// made is how many runs it made of due reports. What was claimed before an
// error is returned with it.
func (p *Publisher) claim(ctx context.Context, room store.Lanes) (runs []usage.Run, made int, err error) {
	runs, err = p.o.Store.ClaimRuns(ctx, p.o.Now(), lease, room)
	if err != nil {
		return nil, 0, err
	}
	left := room.Small
	for _, run := range runs {
		if !run.Large {
			left--
		}
	}
	if left <= 0 {
		return runs, 0, nil
	}
	due, made, err := p.o.Store.EnqueueDue(ctx, p.o.Now(), min(left, enqueueBatch), lease)
	return append(runs, due...), made, err
}

// begin puts claimed runs into the pool and wakes its publishers. It reports
// whether there may be more to claim.
func (p *Publisher) begin(runs []usage.Run, room store.Lanes) (full bool) {
	if len(runs) > 0 {
		for range p.pool.add(newBatch(p, runs)) {
			p.work.Go(p.publishAll)
		}
	}
	return p.pool.claimed(runs, room)
}

// publishAll is one publisher: it publishes what waits until nothing does.
func (p *Publisher) publishAll() {
	for {
		t, claim := p.pool.take()
		if t == nil {
			return
		}
		if claim {
			p.o.Nudge()
		}
		err := p.publish(t)
		if cause := context.Cause(t.ctx); err != nil && cause != nil {
			err = cause
		}
		t.end()
		p.pool.done(t)
		p.record(outcome{t.run, err})
	}
}

// Stop hands back what nobody has begun to publish, lets the rest finish until
// ctx ends, and hands back what is left then. Call it when PublishDue is not
// called any more.
func (p *Publisher) Stop(ctx context.Context) {
	p.handBack(p.pool.close())
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
