package scheduler_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"license-manager/scheduler"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// start builds and starts a scheduler inside a synctest bubble and stops it at the end.
func start(t *testing.T, logger *slog.Logger, jobs ...scheduler.Job) *scheduler.Scheduler {
	t.Helper()
	s, err := scheduler.New(logger, jobs...)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	return s
}

func stop(t *testing.T, s *scheduler.Scheduler) {
	t.Helper()
	if err := s.Stop(context.Background()); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func counting(n *atomic.Int32) func(context.Context) error {
	return func(context.Context) error { n.Add(1); return nil }
}

func TestJobRunsAtStartAndAtEachInterval(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var fast, slow atomic.Int32
		s := start(t, quiet(),
			scheduler.Job{Name: "fast", Every: time.Second, Run: counting(&fast)},
			scheduler.Job{Name: "slow", Every: time.Minute, Run: counting(&slow)})
		defer stop(t, s)

		synctest.Wait()
		if fast.Load() != 1 || slow.Load() != 1 {
			t.Errorf("at start: fast %d, slow %d runs, want 1 and 1", fast.Load(), slow.Load())
		}
		<-time.After(10*time.Second + time.Millisecond)
		synctest.Wait()
		if fast.Load() != 11 || slow.Load() != 1 {
			t.Errorf("after 10 s: fast %d, slow %d runs, want 11 and 1", fast.Load(), slow.Load())
		}
	})
}

func TestNothingRunsBeforeStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int32
		s, err := scheduler.New(quiet(), scheduler.Job{Name: "j", Every: time.Second, Run: counting(&n)})
		if err != nil {
			t.Fatal(err)
		}
		s.Nudge("j")
		<-time.After(time.Minute)
		if n.Load() != 0 {
			t.Errorf("%d runs before Start", n.Load())
		}
		if hb := s.Heartbeat("j"); !hb.IsZero() {
			t.Errorf("heartbeat %s before Start", hb)
		}
		stop(t, s)
		s.Start()
		s.Nudge("j")
		synctest.Wait()
		if n.Load() != 0 {
			t.Errorf("%d runs after Stop", n.Load())
		}
	})
}

func TestNudgeRunsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int32
		s := start(t, quiet(), scheduler.Job{Name: "j", Every: time.Hour, Run: counting(&n)})
		defer stop(t, s)
		synctest.Wait()
		before := time.Now()
		s.Nudge("j")
		synctest.Wait()
		if n.Load() != 2 || !time.Now().Equal(before) {
			t.Errorf("%d runs after %s, want 2 at once", n.Load(), time.Since(before))
		}
	})
}

func TestNudgesDuringARunBecomeOneMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var n, atOnce, most atomic.Int32
		gate := make(chan struct{})
		s := start(t, quiet(), scheduler.Job{Name: "j", Every: time.Hour, Run: func(context.Context) error {
			most.Store(max(most.Load(), atOnce.Add(1)))
			defer atOnce.Add(-1)
			n.Add(1)
			<-gate
			return nil
		}})
		defer stop(t, s)
		synctest.Wait() // the first run waits at the gate
		for range 1000 {
			s.Nudge("j")
		}
		gate <- struct{}{}
		synctest.Wait()
		if n.Load() != 2 {
			t.Errorf("%d runs have begun, want 2", n.Load())
		}
		close(gate)
		synctest.Wait()
		if n.Load() != 2 || most.Load() != 1 {
			t.Errorf("%d runs, %d at the same time, want 2 and 1", n.Load(), most.Load())
		}
	})
}

func TestTickDuringARunIsSkipped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int32
		s := start(t, quiet(), scheduler.Job{Name: "j", Every: 10 * time.Second, Run: func(context.Context) error {
			n.Add(1)
			<-time.After(25 * time.Second)
			return nil
		}})
		defer stop(t, s)
		<-time.After(29 * time.Second) // 0–25 first run, ticks at 10 and 20 fall into it
		if n.Load() != 1 {
			t.Errorf("%d runs at 29 s, want 1", n.Load())
		}
		<-time.After(2 * time.Second)
		if n.Load() != 2 {
			t.Errorf("%d runs at 31 s, want 2", n.Load())
		}
	})
}

func TestHeartbeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := start(t, quiet(), scheduler.Job{Name: "j", Every: time.Hour, Run: func(context.Context) error {
			<-time.After(time.Minute)
			return errors.New("no luck")
		}})
		defer stop(t, s)
		began := time.Now()
		<-time.After(30 * time.Second)
		if hb := s.Heartbeat("j"); !hb.Equal(time.Now()) {
			t.Errorf("running: heartbeat %s ago, want now", time.Since(hb))
		}
		<-time.After(10 * time.Minute)
		if hb := s.Heartbeat("j"); !hb.Equal(began.Add(time.Minute)) {
			t.Errorf("ended: heartbeat %s after the start, want 1m", hb.Sub(began))
		}
		if hb := s.Heartbeat("other"); !hb.IsZero() {
			t.Errorf("unknown job: heartbeat %s", hb)
		}
	})
}

func TestPanicIsLoggedAndTheJobGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var n atomic.Int32
		s := start(t, slog.New(slog.NewTextHandler(&log, nil)), scheduler.Job{Name: "shaky", Every: time.Second, Run: func(context.Context) error {
			if n.Add(1) == 1 {
				panic("slipped")
			}
			return nil
		}})
		<-time.After(3500 * time.Millisecond)
		stop(t, s)
		if n.Load() != 4 {
			t.Errorf("%d runs, want 4", n.Load())
		}
		text := log.String()
		for _, want := range []string{"shaky", "panic: slipped", "scheduler_test.go", "job works again"} {
			if !strings.Contains(text, want) {
				t.Errorf("log lacks %q:\n%s", want, text)
			}
		}
	})
}

func TestRepeatedErrorIsLoggedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var n atomic.Int32
		s := start(t, slog.New(slog.NewTextHandler(&log, nil)), scheduler.Job{Name: "j", Every: time.Second, Run: func(context.Context) error {
			if n.Add(1) < 10 {
				return errors.New("database is gone")
			}
			return errors.New("disk is gone")
		}})
		<-time.After(20500 * time.Millisecond)
		stop(t, s)
		for _, want := range []string{"database is gone", "disk is gone"} {
			if got := strings.Count(log.String(), want); got != 1 {
				t.Errorf("%q logged %d times, want once:\n%s", want, got, log.String())
			}
		}
	})
}

func TestStopEndsContextAndWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var ended atomic.Bool
		s := start(t, slog.New(slog.NewTextHandler(&log, nil)), scheduler.Job{Name: "j", Every: time.Hour, Run: func(ctx context.Context) error {
			<-ctx.Done()
			<-time.After(5 * time.Second) // hands its work back
			ended.Store(true)
			return ctx.Err()
		}})
		synctest.Wait()
		stop(t, s)
		if !ended.Load() {
			t.Error("Stop returned before the job had ended")
		}
		if log.Len() > 0 {
			t.Errorf("a stop is not a failure:\n%s", log.String())
		}
		stop(t, s) // again: nothing left to do
	})
}

func TestStopGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		deaf := make(chan struct{})
		s := start(t, quiet(), scheduler.Job{Name: "deaf", Every: time.Hour, Run: func(context.Context) error {
			<-deaf
			return nil
		}})
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := s.Stop(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "deaf") {
			t.Errorf("stop: %v, want a deadline error that names the job", err)
		}
		close(deaf)
		stop(t, s)
	})
}

func TestNewRefusesWrongJobs(t *testing.T) {
	t.Parallel()
	run := func(context.Context) error { return nil }
	for name, jobs := range map[string][]scheduler.Job{
		"no name":     {{Every: time.Second, Run: run}},
		"no interval": {{Name: "a", Run: run}},
		"no function": {{Name: "a", Every: time.Second}},
		"twice":       {{Name: "a", Every: time.Second, Run: run}, {Name: "a", Every: time.Hour, Run: run}},
	} {
		if _, err := scheduler.New(quiet(), jobs...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestNudgeOfAnUnknownJobIsLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s, err := scheduler.New(slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	s.Nudge("nobody")
	if !strings.Contains(log.String(), "nobody") {
		t.Errorf("log: %q", log.String())
	}
	stop(t, s)
}
