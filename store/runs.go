package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"license-manager/store/usage"
)

// newRun is a run of r for a moment, due at once. What it publishes and where
// is fixed now: a run that is repeated writes the same keys.
func newRun(r usage.Report, trigger usage.Trigger, scheduledFor time.Time) usage.Run {
	now := scheduledFor
	run := usage.Run{
		ID: usage.NewRunID(), ReportID: r.ID, ReportName: r.Name, Types: r.Types, Trigger: trigger,
		ScheduledFor: scheduledFor, State: usage.RunPending, NextAttemptAt: &now, CreatedAt: now,
	}
	for _, t := range r.Types {
		run.Files = append(run.Files, usage.File{
			RunID: run.ID, Type: t, ReportID: r.ID, Key: usage.Key(r.Name, scheduledFor, t, run.ID),
		})
	}
	return run
}

func insertRun(tx *gorm.DB, run usage.Run) error {
	if err := tx.Create(&run).Error; err != nil {
		return err
	}
	return tx.Create(&run.Files).Error
}

// insertAndSettle inserts a run of a report whose row is locked, and shows it
// in the report's status.
func insertAndSettle(tx *gorm.DB, run usage.Run) error {
	if err := insertRun(tx, run); err != nil {
		return err
	}
	return settle(tx, run.ReportID)
}

// supersede gives up the runs of a report that nobody publishes: pending ones
// are canceled for the reason given, failed ones are not tried again.
func supersede(tx *gorm.DB, reportID, reason string) error {
	cancel := "UPDATE runs SET state = ?, failure = ?, next_attempt_at = NULL WHERE report_id = ? AND state = ?"
	if err := tx.Exec(cancel, usage.RunCanceled, reason, reportID, usage.RunPending).Error; err != nil {
		return err
	}
	return tx.Exec("UPDATE runs SET next_attempt_at = NULL WHERE report_id = ? AND state = ? AND next_attempt_at IS NOT NULL", reportID, usage.RunFailed).Error
}

// cancelRunning gives up what is being published: the worker finds its claim
// lost at the next renewal.
func cancelRunning(tx *gorm.DB, reportID, reason string) error {
	cancel := "UPDATE runs SET state = ?, failure = ?, lease_until = NULL WHERE report_id = ? AND state = ?"
	return tx.Exec(cancel, usage.RunCanceled, reason, reportID, usage.RunRunning).Error
}

// noOpenRun returns ErrRunning if a run of the report waits or is being
// published.
func noOpenRun(tx *gorm.DB, reportID string) error {
	open, err := openRun(tx, reportID)
	if err == nil && open != "" {
		err = fmt.Errorf("usage report %s: %w", reportID, ErrRunning)
	}
	return err
}

// openRun returns running if a run of the report is being published, else
// pending if one waits, else nothing. The states are written out, as they are
// in the partial index that answers it.
func openRun(tx *gorm.DB, reportID string) (usage.RunState, error) {
	var state usage.RunState
	open := "SELECT state FROM runs WHERE report_id = ? AND state IN ('pending', 'running') ORDER BY state DESC LIMIT 1"
	err := tx.Raw(open, reportID).Scan(&state).Error
	return state, err
}

// EnqueueDue makes one run for each of up to limit reports whose next slot
// has come, however many slots were missed, and moves them on along their
// grid. It returns how many.
func (s *Store) EnqueueDue(ctx context.Context, now time.Time, limit int) (int, error) {
	now = utc(now)
	var due []usage.Report
	err := s.inTx(ctx, func(tx *gorm.DB) error {
		query := s.skipLocked("SELECT * FROM reports WHERE next_run_at <= ? ORDER BY next_run_at LIMIT ?")
		if err := tx.Raw(query, now, limit).Scan(&due).Error; err != nil {
			return err
		}
		for _, r := range due {
			if err := enqueue(tx, r, now); err != nil {
				return fmt.Errorf("enqueue usage report %s: %w", r.ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(due), nil
}

func enqueue(tx *gorm.DB, r usage.Report, now time.Time) error {
	slot := r.Frequency.Last(r.GridStart, now)
	if err := supersede(tx, r.ID, "A newer report took its place."); err != nil {
		return err
	}
	run := newRun(r, usage.TriggerScheduled, utc(slot))
	run.CreatedAt, run.NextAttemptAt = now, &now
	if err := insertRun(tx, run); err != nil {
		return err
	}
	return tx.Exec("UPDATE reports SET next_run_at = ? WHERE id = ?", utc(r.Frequency.Next(r.GridStart, now)), r.ID).Error
}

// ClaimRuns hands out up to limit runs that are due, or whose worker's lease
// has ended, under a new claim that holds until now + lease. Of several
// workers at once, each run goes to one. What a worker left behind of a report
// that was paused since is given up.
func (s *Store) ClaimRuns(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]usage.Run, error) {
	now = utc(now)
	claim := usage.NewToken()
	var runs []usage.Run
	err := s.inTx(ctx, func(tx *gorm.DB) error {
		ids, err := s.claimable(tx, now, limit)
		if err != nil || len(ids) == 0 {
			return err
		}
		update := `UPDATE runs SET state = ?, attempts = attempts + 1, next_attempt_at = NULL, lease_until = ?, claim = ?, started_at = ?, finished_at = NULL
			WHERE id IN ?`
		if err := tx.Exec(update, usage.RunRunning, utc(now.Add(lease)), claim, now, ids).Error; err != nil {
			return err
		}
		progress := "UPDATE reports SET status = ?, failure = '' WHERE status <> ? AND id IN (SELECT report_id FROM runs WHERE id IN ?)"
		if err := tx.Exec(progress, usage.ReportInProgress, usage.ReportPaused, ids).Error; err != nil {
			return err
		}
		runs, err = runsWithFiles(tx, ids)
		return err
	})
	if err != nil {
		return nil, err // what was not committed is not claimed
	}
	return runs, nil
}

// claimable locks runs that may be claimed together with their reports. It
// never waits: a run or a report that someone else holds comes at the next call.
func (s *Store) claimable(tx *gorm.DB, now time.Time, limit int) ([]string, error) {
	const runs = "SELECT n.id, r.status = 'paused' AS paused FROM runs n JOIN reports r ON r.id = n.report_id WHERE "
	var left, due []struct {
		ID     string
		Paused bool
	}
	ended := s.skipLocked(runs + "n.state = 'running' AND n.lease_until < ? ORDER BY n.lease_until LIMIT ?")
	if err := tx.Raw(ended, now, limit).Scan(&left).Error; err != nil {
		return nil, err
	}
	waiting := s.skipLocked(runs + "n.next_attempt_at <= ? ORDER BY n.next_attempt_at LIMIT ?")
	if err := tx.Raw(waiting, now, limit-len(left)).Scan(&due).Error; err != nil {
		return nil, err
	}
	var ids []string
	for _, run := range append(left, due...) {
		if !run.Paused {
			ids = append(ids, run.ID)
			continue
		}
		if err := cancelRun(tx, run.ID); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// cancelRun gives up a run that nobody publishes any more, of a paused report.
func cancelRun(tx *gorm.DB, id string) error {
	cancel := "UPDATE runs SET state = ?, failure = ?, next_attempt_at = NULL, lease_until = NULL WHERE id = ?"
	return tx.Exec(cancel, usage.RunCanceled, reasonPaused, id).Error
}

func runsWithFiles(tx *gorm.DB, ids []string) ([]usage.Run, error) {
	var runs []usage.Run
	if err := tx.Order("scheduled_for, id").Find(&runs, "id IN ?", ids).Error; err != nil {
		return nil, err
	}
	var files []usage.File
	if err := tx.Order("type DESC").Find(&files, "run_id IN ?", ids).Error; err != nil { // summary before resource-usage
		return nil, err
	}
	byRun := make(map[string][]usage.File, len(runs))
	for _, f := range files {
		byRun[f.RunID] = append(byRun[f.RunID], f)
	}
	for i := range runs {
		runs[i].Files = byRun[runs[i].ID]
	}
	return runs, nil
}

// RenewRun prolongs the claim of a worker. ErrLost means that the run was
// given up or went to another worker: stop, and write nothing more.
func (s *Store) RenewRun(ctx context.Context, run usage.Run, now time.Time, lease time.Duration) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		update := "UPDATE runs SET lease_until = ? WHERE id = ? AND claim = ? AND state = ?"
		return changed(tx.Exec(update, utc(now.Add(lease)), run.ID, run.Claim, usage.RunRunning), lost(run))
	})
}

func lost(run usage.Run) error { return fmt.Errorf("run %s: %w", run.ID, ErrLost) }
