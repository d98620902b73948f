package scheduler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// worker runs one job, one run at a time.
type worker struct {
	job    Job
	logger *slog.Logger
	bell   chan struct{} // holds at most one wish for a run, so that wishes coalesce

	mu      sync.Mutex
	running bool
	ended   time.Time
	failure string // the text of the last run's error; "" after a good run
}

func newWorker(job Job, logger *slog.Logger) *worker {
	return &worker{job: job, logger: logger.With("job", job.Name), bell: make(chan struct{}, 1)}
}

// tick answers gocron: a tick that falls into a run is skipped, since the run
// already does the work.
func (w *worker) tick() {
	if !w.busy() {
		w.ring()
	}
}

// ring asks for a run as soon as possible.
func (w *worker) ring() {
	select {
	case w.bell <- struct{}{}:
	default:
	}
}

// loop runs the job at each ring until ctx ends.
func (w *worker) loop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.bell:
			if ctx.Err() == nil {
				w.run(ctx)
			}
		}
	}
}

// run does the work once and keeps the books.
func (w *worker) run(ctx context.Context) {
	w.begin()
	err := w.protect(ctx)
	before := w.end(err)
	if ctx.Err() != nil {
		return // stopped in the middle: its error says no more than that
	}
	switch {
	case err != nil && err.Error() != before:
		w.logger.Error("job failed", "error", err, trace(err))
	case err == nil && before != "":
		w.logger.Info("job works again")
	}
}

// protect runs the job and turns a panic into an error, so that neither the
// process nor the following runs suffer from it.
func (w *worker) protect(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{value: p, stack: string(debug.Stack())}
		}
	}()
	return w.job.Run(ctx)
}

// panicError is what a job panicked with and where.
type panicError struct {
	value any
	stack string
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// trace is the stack of a panic as a log attribute; empty for any other error.
func trace(err error) slog.Attr {
	var p *panicError
	if errors.As(err, &p) {
		return slog.String("stack", p.stack)
	}
	return slog.Attr{}
}

func (w *worker) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = true
}

// end records the outcome and returns the text of the error before it. A failure
// that repeats itself word by word is logged once, not at every interval.
func (w *worker) end(err error) (before string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before, w.failure = w.failure, ""
	if err != nil {
		w.failure = err.Error()
	}
	w.running, w.ended = false, time.Now().UTC()
	return before
}

func (w *worker) busy() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.running
}

func (w *worker) heartbeat() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running {
		return time.Now().UTC()
	}
	return w.ended
}
