package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// newRun is a run of r for a moment, due at once. What it publishes and where
// is fixed now: a run that is repeated writes the same keys.
func newRun(r usage.Report, trigger usage.Trigger, scheduledFor time.Time) usage.Run {
	return newRunAs(usage.NewRunID(scheduledFor), r, trigger, scheduledFor)
}

// newRunAs is newRun under an id.
func newRunAs(id string, r usage.Report, trigger usage.Trigger, scheduledFor time.Time) usage.Run {
	now := scheduledFor
	return usage.Run{
		ID: id, ReportID: r.ID, ReportName: r.Name, Types: r.Types, Trigger: trigger,
		ScheduledFor: scheduledFor, State: usage.RunPending, NextAttemptAt: &now, CreatedAt: now,
	}
}

// insertRuns inserts runs of reports whose rows are locked.
func insertRuns(tx *gorm.DB, runs ...usage.Run) error {
	if err := db.CreateMany(tx, runs); err != nil {
		return err
	}
	var reading []string // runs that read resources
	for _, run := range runs {
		if run.Types.Has(usage.ResourceUsage) {
			reading = append(reading, run.ID)
		}
	}
	if len(reading) == 0 {
		return nil
	}
	return measure(tx, reading)
}

// largeRun is how many resources make a run large: some hundredths of a second
// of rendering, many times what a small one takes in all.
const largeRun = 20_000

// measure notes which runs are large.
func measure(tx *gorm.DB, ids []string) error {
	const update = `UPDATE runs SET large = COALESCE((SELECT sum(c.associated) FROM reports r JOIN license_counters c ON c.license_id = r.license_id
		WHERE r.id = runs.report_id), 0) >= ? WHERE id IN ?`
	return tx.Exec(update, largeRun, db.AnyOf(ids)).Error
}

// insertAndSettle inserts a run of a report whose row is locked, and shows it
// in the report's status.
func insertAndSettle(tx *gorm.DB, run usage.Run) error {
	if err := insertRuns(tx, run); err != nil {
		return err
	}
	return settle(tx, run.ReportID)
}

// cancelPending gives up the runs of reports that nobody publishes: pending ones
// are canceled for the reason given, failed ones are not tried again.
func cancelPending(tx *gorm.DB, reason string, reportIDs ...string) error {
	const (
		cancel = "UPDATE runs SET state = 'canceled', failure = ?, next_attempt_at = NULL WHERE report_id IN ? AND state = 'pending'"
		forget = "UPDATE runs SET next_attempt_at = NULL WHERE report_id IN ? AND state = 'failed' AND next_attempt_at IS NOT NULL"
	)
	if err := tx.Exec(cancel, reason, db.AnyOf(reportIDs)).Error; err != nil {
		return err
	}
	return tx.Exec(forget, db.AnyOf(reportIDs)).Error
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

// inQueue is one transaction on the queue of runs, whose statements are brief and
// many.
func (s *Store) inQueue(ctx context.Context, fn func(tx *gorm.DB) error) error {
	return s.db.Tx(ctx, func(tx *gorm.DB) error {
		if s.db.Postgres() {
			if err := tx.Exec(byIndex).Error; err != nil {
				return err
			}
		}
		return fn(db.Uninterrupted(ctx, tx))
	})
}

// byIndex keeps PostgreSQL from reading a table for the rows of a batch: of a
// few thousand it thinks that this is quicker, and of an empty one, whose plan
// it keeps while the table fills. It plans each statement once: nothing about
// a batch would change the plan.
const byIndex = `SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
	set_config('plan_cache_mode', 'force_generic_plan', true)`
