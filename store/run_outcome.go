package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"license-manager/store/usage"
)

// FinishRun records that every file of the run is in the bucket. ErrLost if
// the claim went to another worker. A run that was given up while its last
// file was on its way is recorded too: the files are there.
func (s *Store) FinishRun(ctx context.Context, run usage.Run, now time.Time) error {
	now = utc(now)
	return s.inTx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockReport(tx, run.ReportID); err != nil {
			return err
		}
		update := `UPDATE runs SET state = ?, finished_at = ?, lease_until = NULL, next_attempt_at = NULL, failure_code = '', failure = ''
			WHERE id = ? AND claim = ? AND state IN (?, ?)`
		result := tx.Exec(update, usage.RunSucceeded, now, run.ID, run.Claim, usage.RunRunning, usage.RunCanceled)
		if err := changed(result, lost(run)); err != nil {
			return err
		}
		for _, f := range run.Files {
			if err := recordFile(tx, f); err != nil {
				return err
			}
		}
		last := "UPDATE reports SET last_report_at = ? WHERE id = ? AND (last_report_at IS NULL OR last_report_at < ?)"
		if err := tx.Exec(last, now, run.ReportID, now).Error; err != nil {
			return err
		}
		return settle(tx, run.ReportID)
	})
}

// recordFile writes the figures of a file that was published.
func recordFile(tx *gorm.DB, f usage.File) error {
	if f.PublishedAt != nil {
		f.PublishedAt = utcPointer(*f.PublishedAt)
	}
	return tx.Model(&usage.File{}).Where("run_id = ? AND type = ?", f.RunID, f.Type).
		Select("bucket", "license_id", "rows", "size", "published_at", "consumed", "license_count", "duration_ms").UpdateColumns(&f).Error
}

// FailRun records a failed attempt, with its reason in plain words, and when
// the next one is: there is none if the report was paused or a newer run took
// the place of this one. ErrLost if the claim went to another worker or the
// run was given up.
func (s *Store) FailRun(ctx context.Context, run usage.Run, now time.Time, code, reason string) error {
	now = utc(now)
	return s.inTx(ctx, func(tx *gorm.DB) error {
		status, err := s.lockReport(tx, run.ReportID)
		if err != nil {
			return err
		}
		replaced, err := replacedRun(tx, run)
		if err != nil {
			return err
		}
		var next *time.Time
		if delay, again := usage.RetryDelay(run.Attempts); again && !replaced && status != usage.ReportPaused {
			next = utcPointer(now.Add(delay))
		}
		update := `UPDATE runs SET state = ?, finished_at = ?, lease_until = NULL, next_attempt_at = ?, failure_code = ?, failure = ?
			WHERE id = ? AND claim = ? AND state = ?`
		result := tx.Exec(update, usage.RunFailed, now, next, code, reason, run.ID, run.Claim, usage.RunRunning)
		if err := changed(result, lost(run)); err != nil {
			return err
		}
		return settle(tx, run.ReportID)
	})
}

// replacedRun reports whether the run's report has a newer one.
func replacedRun(tx *gorm.DB, run usage.Run) (bool, error) {
	var ids []string
	newer := "SELECT id FROM runs WHERE report_id = ? AND created_at > ? AND state <> ? LIMIT 1"
	err := tx.Raw(newer, run.ReportID, utc(run.CreatedAt), usage.RunCanceled).Scan(&ids).Error
	return len(ids) > 0, err
}

// settle gives a report the status that its runs tell: one that is open comes
// first, then how the newest ended. A paused report stays paused.
func settle(tx *gorm.DB, reportID string) error {
	status, failure, err := told(tx, reportID)
	if err != nil || status == "" {
		return err
	}
	update := "UPDATE reports SET status = ?, failure = ? WHERE id = ? AND status <> ?"
	return tx.Exec(update, status, failure, reportID, usage.ReportPaused).Error
}

// told returns the status that the runs of a report tell, with the reason of a
// failure; empty if all of them were given up.
func told(tx *gorm.DB, reportID string) (status usage.ReportStatus, failure string, err error) {
	open, err := openRun(tx, reportID)
	switch {
	case err != nil:
		return "", "", err
	case open == usage.RunRunning:
		return usage.ReportInProgress, "", nil
	case open == usage.RunPending:
		return usage.ReportPending, "", nil
	}
	var newest usage.Run
	query := "SELECT state, failure FROM runs WHERE report_id = ? AND state <> ? ORDER BY created_at DESC, id LIMIT 1"
	err = tx.Raw(query, reportID, usage.RunCanceled).Scan(&newest).Error
	switch newest.State {
	case usage.RunSucceeded:
		return usage.ReportSucceeded, "", err
	case usage.RunFailed:
		return usage.ReportFailed, newest.Failure, err
	default:
		return "", "", err
	}
}

// ReleaseRun hands a claimed run back, as if it had not been claimed: another
// worker, or this one after a restart, takes it at once. That of a report that
// was paused since is given up.
func (s *Store) ReleaseRun(ctx context.Context, run usage.Run, now time.Time) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		status, err := s.lockReport(tx, run.ReportID)
		if err != nil {
			return err
		}
		update := "UPDATE runs SET state = ?, attempts = attempts - 1, next_attempt_at = ?, lease_until = NULL WHERE id = ? AND claim = ? AND state = ?"
		if err := changed(tx.Exec(update, usage.RunPending, utc(now), run.ID, run.Claim, usage.RunRunning), lost(run)); err != nil {
			return err
		}
		if status == usage.ReportPaused {
			return cancelRun(tx, run.ID)
		}
		return settle(tx, run.ReportID)
	})
}
