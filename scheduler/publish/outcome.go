package publish

import (
	"context"
	"errors"
	"syscall"
	"time"

	"license-manager/scheduler/bucket"
	"license-manager/store"
	"license-manager/store/usage"
)

// recordTimeout bounds the writing of an outcome, whatever stopped the run.
const recordTimeout = 10 * time.Second

// errStopped ends what is being published when the program stops.
var errStopped = errors.New("the program is stopping")

func isLost(err error) bool { return errors.Is(err, store.ErrLost) }

// record writes how a run ended. If that fails, the lease ends by itself and
// the run is done again, under the same keys.
func (p *Publisher) record(run usage.Run, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), recordTimeout)
	defer cancel()
	log := p.o.Logger.With("run", run.ID, "report", run.ReportID, "attempt", run.Attempts)
	now := p.o.Now()
	var recorded error
	switch {
	case err == nil:
		if recorded = p.o.Store.FinishRun(ctx, run, now); recorded == nil {
			log.Info("report published", "files", len(run.Files))
		}
	case isLost(err):
		log.Info("report given up", "reason", err)
	case errors.Is(err, errStopped):
		if recorded = p.o.Store.ReleaseRun(ctx, run, now); recorded == nil {
			log.Info("report handed back")
		}
	default:
		code, reason := p.explain(ctx, err)
		if recorded = p.o.Store.FailRun(ctx, run, now, code, reason); recorded == nil {
			log.Warn("report failed", "code", code, "reason", reason, "error", err)
		}
	}
	switch {
	case isLost(recorded):
		log.Info("outcome is of no interest", "reason", "the run was canceled or taken by another process")
	case recorded != nil:
		log.Error("outcome not recorded; the run is repeated when its lease ends", "error", recorded)
	}
}

// explain gives the code and the plain words of a failure.
func (p *Publisher) explain(ctx context.Context, err error) (code, words string) {
	var spooling *spoolError
	switch {
	case errors.Is(err, store.ErrUnavailable):
		return "DatabaseUnavailable", "The database did not answer."
	case errors.As(err, &spooling) && errors.Is(err, syscall.ENOSPC):
		return "DiskFull", "The disk of License Manager is full."
	case errors.As(err, &spooling):
		return "SpoolFailed", "License Manager can’t write to its data directory."
	}
	name := ""
	if settings, err := p.o.Store.Settings(ctx); err == nil {
		name = settings.Bucket
	}
	failure := bucket.Explain(err, name)
	return failure.Code, failure.Words
}
