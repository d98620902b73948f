package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// reasonPaused is why runs of a paused report are given up.
const reasonPaused = "The usage report was paused."

// PauseReport stops new runs until ResumeReport. A run that is being
// published ends as usual.
func (s *Store) PauseReport(ctx context.Context, act usage.Act, id string) (usage.Report, error) {
	return s.switchReport(ctx, act, id, "paused", func(tx *gorm.DB, r usage.Report) error {
		if r.Status == usage.ReportPaused {
			return nil
		}
		if err := supersede(tx, reasonPaused, id); err != nil {
			return err
		}
		update := "UPDATE reports SET status = ?, failure = '', next_run_at = NULL, version = version + 1, updated_at = ?, updated_by = ? WHERE id = ?"
		return tx.Exec(update, usage.ReportPaused, db.UTC(act.At), act.By, id).Error
	})
}

// ResumeReport makes a run that is due at once; later ones are on the grid
// from before the pause.
func (s *Store) ResumeReport(ctx context.Context, act usage.Act, id string) (usage.Report, error) {
	return s.switchReport(ctx, act, id, "resumed", func(tx *gorm.DB, r usage.Report) error {
		if r.Status != usage.ReportPaused {
			return nil
		}
		now := db.UTC(act.At)
		next := db.UTC(r.Frequency.Next(r.GridStart, now))
		update := "UPDATE reports SET status = ?, next_run_at = ?, version = version + 1, updated_at = ?, updated_by = ? WHERE id = ?"
		if err := tx.Exec(update, usage.ReportPending, next, now, act.By, id).Error; err != nil {
			return err
		}
		return insertAndSettle(tx, newRun(r, usage.TriggerManual, now))
	})
}

// GenerateReport makes a run that is due at once. It returns ErrRunning if
// one is waiting or being published, ErrPaused for a paused report. A failed
// run that waits for its retry is superseded.
func (s *Store) GenerateReport(ctx context.Context, act usage.Act, id string) (usage.Report, error) {
	return s.switchReport(ctx, act, id, "generated", func(tx *gorm.DB, r usage.Report) error {
		if r.Status == usage.ReportPaused {
			return fmt.Errorf("usage report %s: %w", id, ErrPaused)
		}
		if err := noOpenRun(tx, id); err != nil {
			return err
		}
		if err := supersede(tx, "", id); err != nil {
			return err
		}
		return insertAndSettle(tx, newRun(r, usage.TriggerManual, db.UTC(act.At)))
	})
}

// RetryRun makes a failed run due at once. It writes the same key as before.
func (s *Store) RetryRun(ctx context.Context, act usage.Act, reportID, runID string) (usage.Report, error) {
	return s.switchReport(ctx, act, reportID, "retried", func(tx *gorm.DB, r usage.Report) error {
		if r.Status == usage.ReportPaused {
			return fmt.Errorf("usage report %s: %w", reportID, ErrPaused)
		}
		if err := noOpenRun(tx, reportID); err != nil {
			return err
		}
		if err := supersede(tx, "", reportID); err != nil {
			return err
		}
		update := `UPDATE runs SET state = ?, next_attempt_at = ?, "trigger" = ? WHERE id = ? AND report_id = ? AND state = ?`
		result := tx.Exec(update, usage.RunPending, db.UTC(act.At), usage.TriggerRetried, runID, reportID, usage.RunFailed)
		if err := db.Changed(result, fmt.Errorf("failed run %s: %w", runID, ErrNotFound)); err != nil {
			return err
		}
		if err := measure(tx, []string{runID}); err != nil {
			return err
		}
		return settle(tx, reportID)
	})
}

// switchReport runs change on a live report, whose row is locked, with an
// activity row.
func (s *Store) switchReport(ctx context.Context, act usage.Act, id, action string, change func(*gorm.DB, usage.Report) error) (usage.Report, error) {
	var r usage.Report
	err := s.db.Tx(ctx, func(tx *gorm.DB) error {
		if _, err := s.lockReport(tx, id); err != nil {
			return err
		}
		var err error
		if r, err = report(tx, id); err != nil {
			return err
		}
		if err := change(tx, r); err != nil {
			return err
		}
		return record(tx, act, usage.Activity{Action: action, Noun: "usage report", ObjectID: id, Name: r.Name})
	})
	return r, err
}
