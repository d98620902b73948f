package publish

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"license-manager/store"
	"license-manager/store/usage"
)

// batch is what was claimed at once. One goroutine renews all of it, and what
// its runs have in common is read once.
type batch struct {
	p         *Publisher
	tasks     []*task
	bucket    func() (string, error)
	snapshots func() (map[string]usage.Snapshot, error) // of summaries, by run

	mu   sync.Mutex
	open map[string]*task // by run; what has not ended
	held time.Time        // until when the claim holds
	done chan struct{}    // closed when nothing is open
}

// task is a claimed run.
type task struct {
	batch  *batch
	run    usage.Run
	since  time.Time
	ctx    context.Context // ends when the claim is lost or the program stops
	cancel context.CancelCauseFunc
}

func newBatch(p *Publisher, runs []usage.Run) *batch {
	now := p.o.Now()
	b := &batch{p: p, open: make(map[string]*task, len(runs)), held: now.Add(lease), done: make(chan struct{})}
	var summaries []usage.Run
	for _, run := range runs {
		t := newTask(b, run, now)
		b.tasks = append(b.tasks, t)
		b.open[run.ID] = t
		if isSummary(run) {
			summaries = append(summaries, run)
		}
	}
	b.bucket = sync.OnceValues(func() (string, error) {
		name, _, err := p.EnsureBucket(p.ctx, usage.Act{By: "License Manager", At: p.o.Now()})
		return name, err
	})
	b.snapshots = sync.OnceValues(func() (map[string]usage.Snapshot, error) {
		return p.o.Store.Snapshots(p.ctx, summaries, p.o.Now())
	})
	p.work.Go(b.renew)
	return b
}

func newTask(b *batch, run usage.Run, now time.Time) *task {
	ctx, cancel := context.WithCancelCause(b.p.ctx)
	return &task{batch: b, run: run, since: now, ctx: ctx, cancel: cancel}
}

// isSummary reports whether a run reads counters only, and no resources.
func isSummary(run usage.Run) bool { return !run.Types.Has(usage.ResourceUsage) }

// renew prolongs the claim while anything of it is open.
func (b *batch) renew() {
	ticker := time.NewTicker(b.p.renews)
	defer ticker.Stop()
	for {
		select {
		case <-b.done:
			return
		case <-ticker.C:
			b.prolong()
		}
	}
}

// prolong renews what is open and ends the work on what was lost. A claim that
// could not be prolonged for a whole lease is lost too: another process may
// have the runs by now, and this one must not write over their files later.
func (b *batch) prolong() {
	ctx, cancel := context.WithTimeout(b.p.ctx, 2*renewEvery)
	defer cancel()
	now := b.p.o.Now()
	held, err := b.p.o.Store.RenewRuns(ctx, b.openRuns(), now, lease)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err == nil {
		b.held = now.Add(lease)
	} else if b.p.o.Now().Before(b.held) {
		if b.p.ctx.Err() == nil {
			b.p.o.Logger.Warn("leases not renewed", "runs", len(b.open), "error", err)
		}
		return
	}
	for id, t := range b.open {
		if !slices.Contains(held, id) {
			t.cancel(fmt.Errorf("run %s: %w", id, store.ErrLost))
		}
	}
}

func (b *batch) openRuns() []usage.Run {
	b.mu.Lock()
	defer b.mu.Unlock()
	runs := make([]usage.Run, 0, len(b.open))
	for _, t := range b.tasks {
		if b.open[t.run.ID] != nil {
			runs = append(runs, t.run)
		}
	}
	return runs
}

// end says that nothing more is written for a run but its outcome.
func (t *task) end() {
	t.cancel(nil)
	b := t.batch
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.open, t.run.ID)
	if len(b.open) == 0 {
		close(b.done)
	}
}

// hold makes sure of the claim right before a file appears in the bucket. While
// it was renewed lately nobody else can have it; a process that was stopped
// for longer asks the database before it goes on.
func (t *task) hold(ctx context.Context) error {
	if err := context.Cause(t.ctx); err != nil {
		return err
	}
	now := t.batch.p.o.Now()
	t.batch.mu.Lock()
	sure := now.Before(t.batch.held.Add(-lease / 2))
	t.batch.mu.Unlock()
	if sure {
		return nil
	}
	return database("renew the lease of the run", t.batch.p.o.Store.RenewRun(ctx, t.run, now, lease))
}
