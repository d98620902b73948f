package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// FinishRuns records that every file of the runs is in the bucket, in one
// transaction, and returns the ids of those that it recorded: not the ones
// whose claim went to another worker. A run that was given up while its last
// file was on its way is recorded too: the files are there.
func (s *Store) FinishRuns(ctx context.Context, runs []usage.Run, now time.Time) (finished []string, err error) {
	now = db.UTC(now)
	err = s.inQueue(ctx, func(tx *gorm.DB) error {
		if err := s.lockReports(tx, reportsOfRuns(runs)); err != nil {
			return err
		}
		const update = "UPDATE runs SET state = 'succeeded', finished_at = ?, lease_until = NULL, next_attempt_at = NULL, failure_code = '', failure = ''"
		if finished, err = ofClaims(tx, runs, update, "state IN ('running', 'canceled')", now); err != nil || len(finished) == 0 {
			return err
		}
		done := among(runs, finished)
		if err := recordFiles(tx, done); err != nil {
			return err
		}
		return settlePublished(tx, now, reportsOfRuns(done))
	})
	if err != nil {
		return nil, err
	}
	return finished, nil
}

// FinishRun is FinishRuns for one; ErrLost if the claim went to another worker.
func (s *Store) FinishRun(ctx context.Context, run usage.Run, now time.Time) error {
	finished, err := s.FinishRuns(ctx, []usage.Run{run}, now)
	return oneOf(finished, run, err)
}

// among returns the runs with those ids.
func among(runs []usage.Run, ids []string) (found []usage.Run) {
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	for _, run := range runs {
		if wanted[run.ID] {
			found = append(found, run)
		}
	}
	return found
}

// reportsOfRuns returns the ids of the reports of runs.
func reportsOfRuns(runs []usage.Run) []string {
	ids := make([]string, len(runs))
	for i, run := range runs {
		ids[i] = run.ReportID
	}
	return unique(ids)
}

// recordFiles stores what was published of runs, in the place of what an earlier
// attempt had under the same keys.
func recordFiles(tx *gorm.DB, runs []usage.Run) error {
	var files []usage.File
	again := map[usage.ReportType][]string{}
	for _, run := range runs {
		for _, f := range run.Files {
			if f.PublishedAt == nil {
				continue
			}
			f.PublishedAt = utcPointer(*f.PublishedAt)
			if f.Type == usage.ResourceUsage {
				f.CompareDueAt = f.PublishedAt
			}
			files = append(files, f)
			if run.Attempts > 1 {
				again[f.Type] = append(again[f.Type], run.ID)
			}
		}
	}
	for t, ids := range again {
		if err := tx.Exec("DELETE FROM files WHERE run_id IN ? AND type = ?", db.AnyOf(ids), t).Error; err != nil {
			return err
		}
	}
	return db.CreateMany(tx, files)
}

// FailRun records a failed attempt, with its reason in plain words, those of its
// files that are in the bucket all the same, and when the next one is: there is
// none if the report was paused or a newer run took the place of this one.
// ErrLost if the claim went to another worker or the run was given up.
func (s *Store) FailRun(ctx context.Context, run usage.Run, now time.Time, code, reason string) error {
	now = db.UTC(now)
	return s.inQueue(ctx, func(tx *gorm.DB) error {
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
		if err := db.Changed(result, lost(run)); err != nil {
			return err
		}
		if err := recordFiles(tx, []usage.Run{run}); err != nil {
			return err
		}
		return settle(tx, run.ReportID)
	})
}

// replacedRun reports whether the run's report has a newer one.
func replacedRun(tx *gorm.DB, run usage.Run) (bool, error) {
	var ids []string
	newer := "SELECT id FROM runs WHERE report_id = ? AND created_at > ? AND state <> ? LIMIT 1"
	err := tx.Raw(newer, run.ReportID, db.UTC(run.CreatedAt), usage.RunCanceled).Scan(&ids).Error
	return len(ids) > 0, err
}

// ReleaseRuns hands claimed runs back, as if they had not been claimed:
// another worker, or this one after a restart, takes them at once. Those of
// reports that were paused since are given up. It returns the ids of those
// that were still under their claim.
func (s *Store) ReleaseRuns(ctx context.Context, runs []usage.Run, now time.Time) (released []string, err error) {
	err = s.inQueue(ctx, func(tx *gorm.DB) error {
		reports := reportsOfRuns(runs)
		if err := s.lockReports(tx, reports); err != nil {
			return err
		}
		const update = "UPDATE runs SET state = 'pending', attempts = attempts - 1, next_attempt_at = ?, lease_until = NULL"
		if released, err = ofClaims(tx, runs, update, "state = 'running'", db.UTC(now)); err != nil || len(released) == 0 {
			return err
		}
		const paused = `UPDATE runs SET state = 'canceled', failure = ?, next_attempt_at = NULL
			WHERE id IN ? AND report_id IN (SELECT id FROM reports WHERE id IN ? AND status = 'paused')`
		if err := tx.Exec(paused, reasonPaused, db.AnyOf(released), db.AnyOf(reports)).Error; err != nil {
			return err
		}
		return settle(tx, reports...)
	})
	return released, err
}

// ReleaseRun is ReleaseRuns for one; ErrLost if the claim went to another worker.
func (s *Store) ReleaseRun(ctx context.Context, run usage.Run, now time.Time) error {
	released, err := s.ReleaseRuns(ctx, []usage.Run{run}, now)
	return oneOf(released, run, err)
}
