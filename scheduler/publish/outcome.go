package publish

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"license-manager/scheduler/bucket"
	"license-manager/store"
	"license-manager/store/usage"
)

// recordTimeout bounds the writing of an outcome, whatever stopped the run.
const recordTimeout = 10 * time.Second

// errStopped ends what is being published when the program stops.
var errStopped = errors.New("the program is stopping")

// errImporting hands back a run that was claimed before an import into its license
// began to be applied. It waits for the end then.
var errImporting = errors.New("the license is being imported into")

func isLost(err error) bool {
	return errors.Is(err, store.ErrLost) || errors.Is(err, bucket.ErrOvertaken)
}

// gathering is how long outcomes wait for others while more runs are being
// published than one: one transaction then records them all.
const (
	gathering  = 50 * time.Millisecond
	mostAtOnce = 500
)

// outcome is how a run ended.
type outcome struct {
	run usage.Run
	err error
}

// recorder gathers outcomes. Whoever brings the first one has it written, with
// what came meanwhile.
type recorder struct {
	mu      sync.Mutex
	waiting []outcome
	busy    bool
}

func (r *recorder) add(o outcome) (first bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting = append(r.waiting, o)
	first = !r.busy
	r.busy = true
	return first
}

// take returns what waits, nothing if the work is over.
func (r *recorder) take() []outcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.waiting[:min(len(r.waiting), mostAtOnce)]
	r.waiting = slices.Clone(r.waiting[len(taken):])
	r.busy = len(taken) > 0
	return taken
}

// record has an outcome written, and asks for more work then.
func (p *Publisher) record(o outcome) {
	if !p.records.add(o) {
		return
	}
	p.work.Go(func() {
		for {
			if p.pool.waits() {
				<-time.After(gathering)
			}
			outcomes := p.records.take()
			if len(outcomes) == 0 {
				return
			}
			p.write(outcomes)
			for range outcomes {
				p.o.Nudge()
			}
		}
	})
}

// write records outcomes: all runs that succeeded at once. What fails is
// repeated when its lease ends, under the same keys.
func (p *Publisher) write(outcomes []outcome) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), recordTimeout)
	defer cancel()
	var published []usage.Run
	for _, o := range outcomes {
		if o.err == nil {
			published = append(published, o.run)
		}
	}
	if len(published) > 1 {
		p.finish(ctx, published)
	}
	for _, o := range outcomes {
		if o.err != nil || len(published) == 1 {
			p.writeOne(ctx, o)
		}
	}
}

// finish records runs that were published, one by one if it can't be done at
// once.
func (p *Publisher) finish(ctx context.Context, runs []usage.Run) {
	finished, err := p.o.Store.FinishRuns(ctx, runs, p.o.Now())
	for _, run := range runs {
		switch {
		case err != nil:
			p.writeOne(ctx, outcome{run, nil})
		case slices.Contains(finished, run.ID):
			p.logOf(run).Info("report published", "files", len(run.Files))
		default:
			p.logRecorded(run, store.ErrLost)
		}
	}
}

// writeOne records how a run ended.
func (p *Publisher) writeOne(ctx context.Context, o outcome) {
	run, err, now, log := o.run, o.err, p.o.Now(), p.logOf(o.run)
	var recorded error
	switch {
	case err == nil:
		if recorded = p.o.Store.FinishRun(ctx, run, now); recorded == nil {
			log.Info("report published", "files", len(run.Files))
		}
	case isLost(err):
		log.Info("report given up", "reason", err)
	case errors.Is(err, errStopped), errors.Is(err, errImporting):
		if recorded = p.o.Store.ReleaseRun(ctx, run, now); recorded == nil {
			log.Info("report handed back")
		}
	default:
		failure := bucket.Explain(err)
		if recorded = p.o.Store.FailRun(ctx, run, now, failure.Code, failure.Words); recorded == nil {
			log.Warn("report failed", "code", failure.Code, "reason", failure.Words, "error", err)
		}
	}
	p.logRecorded(run, recorded)
}

// handBack releases runs that nobody has begun to publish.
func (p *Publisher) handBack(tasks []*task) {
	if len(tasks) == 0 {
		return
	}
	runs := make([]usage.Run, len(tasks))
	for i, t := range tasks {
		t.end()
		runs[i] = t.run
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), recordTimeout)
	defer cancel()
	released, err := p.o.Store.ReleaseRuns(ctx, runs, p.o.Now())
	if err != nil {
		p.o.Logger.Error("reports not handed back; they are published when their lease ends", "reports", len(runs), "error", err)
		return
	}
	p.o.Logger.Info("reports handed back", "reports", len(released))
}

func (p *Publisher) logOf(run usage.Run) *slog.Logger {
	return p.o.Logger.With("run", run.ID, "report", run.ReportID, "attempt", run.Attempts)
}

// logRecorded tells what became of an outcome that could not be recorded.
func (p *Publisher) logRecorded(run usage.Run, err error) {
	switch {
	case isLost(err):
		p.logOf(run).Info("outcome is of no interest", "reason", "the run was canceled or taken by another process")
	case err != nil:
		p.logOf(run).Error("outcome not recorded; the run is repeated when its lease ends", "error", err)
	}
}
