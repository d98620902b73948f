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
func (s *Store) noOpenRun(tx *gorm.DB, reportID string) error {
	var n int64
	err := tx.Raw("SELECT count(*) FROM runs WHERE report_id = ? AND state IN (?, ?)", reportID, usage.RunPending, usage.RunRunning).Scan(&n).Error
	if err == nil && n > 0 {
		err = fmt.Errorf("usage report %s: %w", reportID, ErrRunning)
	}
	return err
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
	return len(due), err
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
// workers at once, each run goes to one.
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
		progress := "UPDATE reports SET status = ? WHERE status <> ? AND deleted_at IS NULL AND id IN (SELECT report_id FROM runs WHERE id IN ?)"
		if err := tx.Exec(progress, usage.ReportInProgress, usage.ReportPaused, ids).Error; err != nil {
			return err
		}
		runs, err = runsWithFiles(tx, ids)
		return err
	})
	return runs, err
}

func (s *Store) claimable(tx *gorm.DB, now time.Time, limit int) ([]string, error) {
	var ids []string
	ended := s.skipLocked("SELECT id FROM runs WHERE state = 'running' AND lease_until < ? ORDER BY lease_until LIMIT ?")
	if err := tx.Raw(ended, now, limit).Scan(&ids).Error; err != nil {
		return nil, err
	}
	var due []string
	waiting := s.skipLocked("SELECT id FROM runs WHERE next_attempt_at <= ? ORDER BY next_attempt_at LIMIT ?")
	if err := tx.Raw(waiting, now, limit-len(ids)).Scan(&due).Error; err != nil {
		return nil, err
	}
	return append(ids, due...), nil
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

// FinishRun records that every file of the run is in the bucket. ErrLost if
// the claim went to another worker. A run that was given up while its last
// file was on its way is recorded too: the files are there.
func (s *Store) FinishRun(ctx context.Context, run usage.Run, now time.Time) error {
	now = utc(now)
	return s.inTx(ctx, func(tx *gorm.DB) error {
		update := `UPDATE runs SET state = ?, finished_at = ?, lease_until = NULL, next_attempt_at = NULL, failure_code = '', failure = ''
			WHERE id = ? AND claim = ? AND state IN (?, ?)`
		result := tx.Exec(update, usage.RunSucceeded, now, run.ID, run.Claim, usage.RunRunning, usage.RunCanceled)
		if err := changed(result, lost(run)); err != nil {
			return err
		}
		for _, f := range run.Files {
			if err := tx.Model(&usage.File{}).Where("run_id = ? AND type = ?", f.RunID, f.Type).
				Select("bucket", "rows", "size", "published_at", "consumed", "license_count", "duration_ms").Updates(&f).Error; err != nil {
				return err
			}
		}
		return settle(tx, run.ReportID, usage.ReportSucceeded, "", &now)
	})
}

// FailRun records a failed attempt, with its reason in plain words, and when
// the next one is. ErrLost if the claim went to another worker or the run was
// given up.
func (s *Store) FailRun(ctx context.Context, run usage.Run, now time.Time, code, reason string) error {
	now = utc(now)
	var next *time.Time
	if delay, again := usage.RetryDelay(run.Attempts); again {
		next = utcPointer(now.Add(delay))
	}
	return s.inTx(ctx, func(tx *gorm.DB) error {
		var status usage.ReportStatus
		if err := tx.Raw("SELECT status FROM reports WHERE id = ?", run.ReportID).Scan(&status).Error; err != nil {
			return err
		}
		if status == usage.ReportPaused {
			next = nil
		}
		update := `UPDATE runs SET state = ?, finished_at = ?, lease_until = NULL, next_attempt_at = ?, failure_code = ?, failure = ?
			WHERE id = ? AND claim = ? AND state = ?`
		result := tx.Exec(update, usage.RunFailed, now, next, code, reason, run.ID, run.Claim, usage.RunRunning)
		if err := changed(result, lost(run)); err != nil {
			return err
		}
		return settle(tx, run.ReportID, usage.ReportFailed, reason, nil)
	})
}

// settle gives a report the status of its run that ended, unless it is paused
// or a newer run waits or is being published.
func settle(tx *gorm.DB, reportID string, status usage.ReportStatus, failure string, published *time.Time) error {
	if published != nil {
		update := "UPDATE reports SET last_report_at = ? WHERE id = ? AND (last_report_at IS NULL OR last_report_at < ?)"
		if err := tx.Exec(update, *published, reportID, *published).Error; err != nil {
			return err
		}
	}
	open := "SELECT 1 FROM runs WHERE report_id = ? AND state IN (?, ?)"
	update := "UPDATE reports SET status = ?, failure = ? WHERE id = ? AND status <> ? AND NOT EXISTS (" + open + ")"
	return tx.Exec(update, status, failure, reportID, usage.ReportPaused, reportID, usage.RunPending, usage.RunRunning).Error
}

// ReleaseRun hands a claimed run back, as if it had not been claimed: another
// worker, or this one after a restart, takes it at once.
func (s *Store) ReleaseRun(ctx context.Context, run usage.Run, now time.Time) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		update := "UPDATE runs SET state = ?, attempts = attempts - 1, next_attempt_at = ?, lease_until = NULL WHERE id = ? AND claim = ? AND state = ?"
		if err := changed(tx.Exec(update, usage.RunPending, utc(now), run.ID, run.Claim, usage.RunRunning), lost(run)); err != nil {
			return err
		}
		return setStatus(tx, run.ReportID, usage.ReportPending)
	})
}
