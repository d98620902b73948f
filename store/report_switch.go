package store

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// reasonPaused is why runs of a paused report are given up.
const reasonPaused = "The usage report was paused."

// PauseReport stops new runs until ResumeReport, and returns the report as it was:
// paused already if nothing changed. A run that is being published ends as usual.
func (s *Store) PauseReport(ctx context.Context, act usage.Act, id string) (usage.Report, error) {
	return s.switchReport(ctx, act, id, reportChange{"paused", pauseReport})
}

// PauseReports pauses several usage reports, all in one transaction or none.
func (s *Store) PauseReports(ctx context.Context, act usage.Act, ids []string) (Switched, error) {
	return s.switchReports(ctx, act, ids, reportChange{"paused", pauseReport})
}

func pauseReport(tx *gorm.DB, act usage.Act, r usage.Report) (bool, error) {
	if r.Status == usage.ReportPaused {
		return false, nil
	}
	if err := cancelPending(tx, reasonPaused, r.ID); err != nil {
		return false, err
	}
	update := "UPDATE reports SET status = ?, failure = '', next_run_at = NULL, version = version + 1, updated_at = ?, updated_by = ? WHERE id = ?"
	return true, tx.Exec(update, usage.ReportPaused, db.UTC(act.At), act.By, r.ID).Error
}

// ResumeReport makes a run that is due at once, and returns the report as it was:
// not paused if nothing changed. Later runs are on the grid from before the pause.
func (s *Store) ResumeReport(ctx context.Context, act usage.Act, id string) (usage.Report, error) {
	return s.switchReport(ctx, act, id, reportChange{"resumed", resumeReport})
}

// ResumeReports resumes several usage reports, all in one transaction or none.
func (s *Store) ResumeReports(ctx context.Context, act usage.Act, ids []string) (Switched, error) {
	return s.switchReports(ctx, act, ids, reportChange{"resumed", resumeReport})
}

func resumeReport(tx *gorm.DB, act usage.Act, r usage.Report) (bool, error) {
	if r.Status != usage.ReportPaused {
		return false, nil
	}
	now := db.UTC(act.At)
	next := db.UTC(r.Frequency.Next(r.GridStart, now))
	update := "UPDATE reports SET status = ?, next_run_at = ?, version = version + 1, updated_at = ?, updated_by = ? WHERE id = ?"
	if err := tx.Exec(update, usage.ReportPending, next, now, act.By, r.ID).Error; err != nil {
		return false, err
	}
	return true, insertAndSettle(tx, newRun(r, usage.TriggerManual, now))
}

// GenerateReport makes a run that is due at once. It returns ErrRunning if
// one is waiting or being published, ErrPaused for a paused report. A failed
// run that waits for its retry is not tried again.
func (s *Store) GenerateReport(ctx context.Context, act usage.Act, id string) (usage.Report, error) {
	return s.switchReport(ctx, act, id, reportChange{"generated", func(tx *gorm.DB, act usage.Act, r usage.Report) (bool, error) {
		if err := readyForRun(tx, r); err != nil {
			return false, err
		}
		return true, insertAndSettle(tx, newRun(r, usage.TriggerManual, db.UTC(act.At)))
	}})
}

// RetryRun makes a failed run due at once. It writes the same key as before.
func (s *Store) RetryRun(ctx context.Context, act usage.Act, reportID, runID string) (usage.Report, error) {
	return s.switchReport(ctx, act, reportID, reportChange{"retried", func(tx *gorm.DB, act usage.Act, r usage.Report) (bool, error) {
		if err := readyForRun(tx, r); err != nil {
			return false, err
		}
		update := `UPDATE runs SET state = ?, next_attempt_at = ?, "trigger" = ? WHERE id = ? AND report_id = ? AND state = ?`
		result := tx.Exec(update, usage.RunPending, db.UTC(act.At), usage.TriggerRetried, runID, reportID, usage.RunFailed)
		if err := db.Changed(result, fmt.Errorf("failed run %s: %w", runID, ErrNotFound)); err != nil {
			return false, err
		}
		if err := measure(tx, []string{runID}); err != nil {
			return false, err
		}
		return true, settle(tx, reportID)
	}})
}

// readyForRun makes way for a run that is asked for by hand: ErrPaused or
// ErrRunning if there can be none. A failed run that waits for its retry is
// not tried again.
func readyForRun(tx *gorm.DB, r usage.Report) error {
	if r.Status == usage.ReportPaused {
		return fmt.Errorf("usage report %s: %w", r.ID, ErrPaused)
	}
	if err := noOpenRun(tx, r.ID); err != nil {
		return err
	}
	return cancelPending(tx, "", r.ID)
}

// reportChange is a change of a report whose row is locked, and its name in the
// activity log. The change reports whether it changed anything.
type reportChange struct {
	action string
	do     func(tx *gorm.DB, act usage.Act, r usage.Report) (changed bool, err error)
}

// switchReport makes a change of a live report, with an activity row if it
// changed anything, and returns the report as it was.
func (s *Store) switchReport(ctx context.Context, act usage.Act, id string, change reportChange) (usage.Report, error) {
	var r usage.Report
	err := s.db.Tx(ctx, func(tx *gorm.DB) (err error) {
		if _, err := s.lockReport(tx, id); err != nil {
			return err
		}
		r, _, err = change.apply(tx, act, id)
		return err
	})
	return r, err
}

// Switched says what became of several usage reports, each as it was before.
type Switched struct {
	Changed   []usage.Report
	Unchanged []usage.Report // they were so already
	Gone      int            // deleted, or never there
}

// switchReports is switchReport for several. If one fails, none is changed.
func (s *Store) switchReports(ctx context.Context, act usage.Act, ids []string, change reportChange) (Switched, error) {
	var out Switched
	err := s.db.Tx(ctx, func(tx *gorm.DB) error {
		ids = unique(ids)
		if err := s.lockReports(tx, ids); err != nil {
			return err
		}
		for _, id := range ids {
			r, changed, err := change.apply(tx, act, id)
			switch {
			case errors.Is(err, ErrDeleted), errors.Is(err, ErrNotFound):
				out.Gone++
			case err != nil:
				return err
			case changed:
				out.Changed = append(out.Changed, r)
			default:
				out.Unchanged = append(out.Unchanged, r)
			}
		}
		return nil
	})
	if err != nil {
		return Switched{}, err
	}
	return out, nil
}

// apply makes the change of a report whose row is locked.
func (c reportChange) apply(tx *gorm.DB, act usage.Act, id string) (r usage.Report, changed bool, err error) {
	if r, err = report(tx, id); err != nil {
		return r, false, err
	}
	if changed, err = c.do(tx, act, r); err != nil || !changed {
		return r, false, err
	}
	return r, true, record(tx, act, usage.Activity{Action: c.action, Noun: "usage report", ObjectID: id, Name: r.Name})
}

// lockReport makes tx the only one that changes a report or its runs, and
// returns the report's status, empty if there is no such report. Whoever
// changes either begins with it: then what is read after it still holds when
// it is written, and locks are always taken in the order report, runs, or
// report, license.
func (s *Store) lockReport(tx *gorm.DB, id string) (usage.ReportStatus, error) {
	var status usage.ReportStatus
	err := tx.Raw(s.db.ForUpdate("SELECT status FROM reports WHERE id = ?"), id).Scan(&status).Error
	return status, err
}

// lockReports is lockReport for several, in the order of their ids, so that
// two who lock the same ones never wait for each other.
func (s *Store) lockReports(tx *gorm.DB, ids []string) error {
	return s.db.LockRows(tx, "reports", ids)
}
