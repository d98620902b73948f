package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// EnqueueDue makes one run for each of up to limit reports whose next slot
// has come, however many slots were missed, and moves them on along their
// grid. It hands out those that are not large at once, as ClaimRuns would,
// under a claim that holds until now + lease; with no lease all of them wait.
// made is how many there are of both.
func (s *Store) EnqueueDue(ctx context.Context, now time.Time, limit int, lease time.Duration) (claimed []usage.Run, made int, err error) {
	now = db.UTC(now)
	err = s.inQueue(ctx, func(tx *gorm.DB) error {
		due, err := db.Scan(tx, (*dueReport).cells, s.db.SkipLocked(dueReports), now, limit)
		if err != nil || len(due) == 0 {
			return err
		}
		runs := runsOf(due, now, lease)
		if err := enqueue(tx, due, runs); err != nil {
			return fmt.Errorf("enqueue %d usage reports: %w", len(due), err)
		}
		made = len(runs)
		for _, run := range runs {
			if run.State == usage.RunRunning {
				claimed = append(claimed, run.WithFiles())
			}
		}
		return nil
	})
	if err != nil {
		return nil, 0, err
	}
	return claimed, made, nil
}

// dueReport is what is needed of a report to make its run.
type dueReport struct {
	ID         string
	Name       string
	Types      usage.ReportTypes
	Frequency  usage.Frequency
	GridStart  time.Time
	Associated int64 // resources of its license
	Importing  bool  // its license is being imported into
}

func (r *dueReport) cells() []any {
	return []any{&r.ID, &r.Name, &r.Types, &r.Frequency, &r.GridStart, &r.Associated, &r.Importing}
}

const dueReports = `SELECT r.id, r.name, r.types, r.frequency, r.grid_start,
	COALESCE((SELECT sum(c.associated) FROM license_counters c WHERE c.license_id = r.license_id), 0) AS associated, ` + importing + ` AS importing
	FROM reports r WHERE r.next_run_at <= ? AND r.deleted_at IS NULL ORDER BY r.next_run_at NULLS FIRST LIMIT ?`

// runsOf returns a run of each report, for the slot that came last. Those that
// are not large, and wait for no import, are claimed if there is a lease.
func runsOf(due []dueReport, now time.Time, lease time.Duration) []usage.Run {
	claim, until := usage.NewToken(), db.UTC(now.Add(lease))
	runs, ids := make([]usage.Run, len(due)), usage.NewRunIDs(now, len(due))
	for i, r := range due {
		report := usage.Report{ID: r.ID, Name: r.Name, Types: r.Types}
		run := newRunAs(ids[i], report, usage.TriggerScheduled, db.UTC(r.Frequency.Last(r.GridStart, now)))
		run.CreatedAt, run.NextAttemptAt = now, &now
		run.Large = r.Types.Has(usage.ResourceUsage) && r.Associated >= largeRun
		if lease > 0 && !run.Large && !r.Importing {
			run.State, run.Attempts, run.NextAttemptAt = usage.RunRunning, 1, nil
			run.Claim, run.LeaseUntil, run.StartedAt = claim, &until, &now
		}
		runs[i] = run
	}
	return runs
}

// enqueue inserts a run of each report, in the same order, and moves the
// reports on.
func enqueue(tx *gorm.DB, due []dueReport, runs []usage.Run) error {
	ids := make([]string, len(due))
	for i, r := range due {
		ids[i] = r.ID
	}
	if err := cancelPending(tx, "A newer report took its place.", ids...); err != nil {
		return err
	}
	if err := db.CreateMany(tx, runs); err != nil {
		return err
	}
	return moveOn(tx, due, runs)
}

const showSlots = `UPDATE reports SET next_run_at = c.slot,
	status = CASE WHEN c.running THEN 'in-progress' ELSE reports.status END,
	failure = CASE WHEN c.running THEN '' ELSE reports.failure END
	FROM {changes} WHERE reports.id = c.id`

// moveOn gives each report its next slot after its run was made, and shows
// which are being published.
func moveOn(tx *gorm.DB, due []dueReport, runs []usage.Run) error {
	slots := make([][]any, len(due))
	for i, r := range due {
		slots[i] = []any{r.ID, db.UTC(r.Frequency.Next(r.GridStart, runs[i].CreatedAt)), runs[i].State == usage.RunRunning}
	}
	return db.UpdateMany(tx, showSlots, [][2]string{{"id", "text"}, {"slot", "timestamptz"}, {"running", "boolean"}}, slots)
}
