// Package scheduler runs named jobs at fixed intervals and, on a nudge, at once.
//
// It stands on gocron for the intervals and knows nothing of what the jobs do.
// A job never runs twice at the same time in one process; several processes
// that share work must agree on it elsewhere, as the queue in the database does.
//
// gocron only rings the bell: each job has one goroutine of its own that answers
// it. gocron's RunNow gives up after 100 ms on a busy machine and drops a request
// that meets a running job, and its shutdown spins on a core until the jobs have
// ended; a nudge must not be lost and a stop must be calm.
package scheduler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/go-co-op/gocron/v2"
)

// Job is one piece of work that is done again and again.
type Job struct {
	// Name identifies the job in Nudge, Heartbeat and the log; unique per scheduler.
	Name string
	// Every is the time between two starts. A start that meets a running job is skipped.
	Every time.Duration
	// Run does the work once. Its context ends when the scheduler is stopped.
	// An error is logged, and the job runs again at the next interval.
	Run func(context.Context) error
}

// check says what is wrong with a job's definition.
func (j Job) check() error {
	switch {
	case j.Name == "":
		return errors.New("scheduler: a job without a name")
	case j.Every <= 0:
		return fmt.Errorf("scheduler: job %s: interval %s is not positive", j.Name, j.Every)
	case j.Run == nil:
		return fmt.Errorf("scheduler: job %s: nothing to run", j.Name)
	}
	return nil
}

// Scheduler runs a fixed set of jobs between Start and Stop.
type Scheduler struct {
	cron    gocron.Scheduler
	logger  *slog.Logger
	workers map[string]*worker
	ctx     context.Context
	cancel  context.CancelFunc
	done    sync.WaitGroup
	start   sync.Once
	stop    sync.Once
}

// New prepares the jobs; nothing runs before Start. It fails on a job without a
// name, interval or function, and on two jobs of one name.
func New(logger *slog.Logger, jobs ...Job) (*Scheduler, error) {
	cron, err := gocron.NewScheduler(gocron.WithLocation(time.UTC))
	if err != nil {
		return nil, fmt.Errorf("scheduler: %w", err)
	}
	s := &Scheduler{cron: cron, logger: logger, workers: make(map[string]*worker, len(jobs))}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	for _, job := range jobs {
		if err := s.add(job); err != nil {
			return nil, errors.Join(err, cron.Shutdown())
		}
	}
	return s, nil
}

// add registers a job with gocron, which rings at Start and then at each interval.
func (s *Scheduler) add(job Job) error {
	if err := job.check(); err != nil {
		return err
	}
	if s.workers[job.Name] != nil {
		return fmt.Errorf("scheduler: two jobs are named %s", job.Name)
	}
	w := newWorker(job, s.logger)
	s.workers[job.Name] = w
	_, err := s.cron.NewJob(
		gocron.DurationJob(job.Every),
		gocron.NewTask(w.tick),
		gocron.WithName(job.Name),
		gocron.WithSingletonMode(gocron.LimitModeReschedule),
		gocron.WithStartAt(gocron.WithStartImmediately()),
	)
	if err != nil {
		return fmt.Errorf("scheduler: job %s: %w", job.Name, err)
	}
	return nil
}

// Start runs every job once now and from then on at its interval. It returns at
// once; a second call does nothing.
func (s *Scheduler) Start() {
	s.start.Do(func() {
		for _, w := range s.workers {
			s.done.Go(func() { w.loop(s.ctx) })
		}
		s.cron.Start()
	})
}

// Nudge runs the named job now or, if it is running, once more after it has
// ended, however many nudges came meanwhile. It never blocks. A nudge before
// Start is kept, one after Stop is without effect.
func (s *Scheduler) Nudge(name string) {
	w := s.workers[name]
	if w == nil {
		s.logger.Error("nudge of an unknown job", "job", name)
		return
	}
	w.ring()
}

// Heartbeat is the last sign of life of the named job: the present moment while
// it runs, else the moment at which it last ended, well or badly. It is zero
// before the first start and for an unknown name. A heartbeat older than a few
// intervals means that the scheduler is stuck.
func (s *Scheduler) Heartbeat(name string) time.Time {
	w := s.workers[name]
	if w == nil {
		return time.Time{}
	}
	return w.heartbeat()
}

// Stop starts no further runs, ends the context of the running ones and waits
// for them until ctx ends; then its error names a job that still runs.
func (s *Scheduler) Stop(ctx context.Context) error {
	s.start.Do(func() {}) // a Start after Stop has nothing to start
	s.cancel()
	var err error
	s.stop.Do(func() { err = s.cron.ShutdownWithContext(ctx) })
	ended := make(chan struct{})
	go func() {
		s.done.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		return fmt.Errorf("scheduler: jobs %v still run: %w", s.running(), ctx.Err())
	}
	if err != nil {
		return fmt.Errorf("scheduler: %w", err)
	}
	return nil
}

// running names the jobs that are at work.
func (s *Scheduler) running() (names []string) {
	for name, w := range s.workers {
		if w.busy() {
			names = append(names, name)
		}
	}
	return names
}
