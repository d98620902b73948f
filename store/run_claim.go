package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// Lanes say how many runs of each kind a worker has room for. Large runs wait
// in a lane of their own: however many there are, small ones pass them by.
type Lanes struct {
	Small int
	Large int
}

// ClaimRuns hands out runs that are due, or whose worker's lease has ended,
// under a new claim that holds until now + lease. Of several workers at once,
// each run goes to one. What a worker left behind of a report that was paused
// since is given up.
func (s *Store) ClaimRuns(ctx context.Context, now time.Time, lease time.Duration, room Lanes) ([]usage.Run, error) {
	now = db.UTC(now)
	claim := usage.NewToken()
	var runs []usage.Run
	err := s.inQueue(ctx, func(tx *gorm.DB) error {
		small, err := s.claimable(tx, now, false, room.Small)
		if err != nil {
			return err
		}
		large, err := s.claimable(tx, now, true, room.Large)
		if err != nil || len(small)+len(large) == 0 {
			return err
		}
		ids := append(small, large...)
		update := `UPDATE runs SET state = ?, attempts = attempts + 1, next_attempt_at = NULL, lease_until = ?, claim = ?, started_at = ?, finished_at = NULL,
			beside_import = EXISTS (SELECT 1 FROM reports r WHERE r.id = runs.report_id AND ` + importing + `) WHERE id IN ?`
		if err := tx.Exec(update, usage.RunRunning, db.UTC(now.Add(lease)), claim, now, db.AnyOf(ids)).Error; err != nil {
			return err
		}
		progress := "UPDATE reports SET status = ?, failure = '' WHERE status <> ? AND id IN (SELECT report_id FROM runs WHERE id IN ?)"
		if err := tx.Exec(progress, usage.ReportInProgress, usage.ReportPaused, db.AnyOf(ids)).Error; err != nil {
			return err
		}
		runs, err = claimedRuns(tx, ids)
		return err
	})
	if err != nil {
		return nil, err // what was not committed is not claimed
	}
	return runs, nil
}

// claimable locks runs of a lane that may be claimed together with their
// reports. It never waits: a run or a report that someone else holds comes at
// the next call.
func (s *Store) claimable(tx *gorm.DB, now time.Time, large bool, limit int) ([]string, error) {
	if limit <= 0 {
		return nil, nil
	}
	const runs = "SELECT n.id, r.status = 'paused' AS paused FROM runs n JOIN reports r ON r.id = n.report_id WHERE n.large = ? AND " + notImporting + " AND "
	var left, due []struct {
		ID     string
		Paused bool
	}
	ended := s.db.SkipLocked(runs + "n.state = 'running' AND n.lease_until < ? ORDER BY n.lease_until LIMIT ?")
	if err := tx.Raw(ended, large, now, now, limit).Scan(&left).Error; err != nil {
		return nil, err
	}
	waiting := s.db.SkipLocked(runs + "n.next_attempt_at <= ? ORDER BY n.next_attempt_at LIMIT ?")
	if err := tx.Raw(waiting, large, now, now, limit-len(left)).Scan(&due).Error; err != nil {
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

// While an import is applied, runs about its licenses wait, so that no file shows half
// of it, but not longer than until runs_wait_until. r is a row of reports.
const (
	importing    = "EXISTS (SELECT 1 FROM import_licenses w WHERE w.license_id = r.license_id AND w.runs_wait_until IS NOT NULL)"
	notImporting = "NOT EXISTS (SELECT 1 FROM import_licenses w WHERE w.license_id = r.license_id AND w.runs_wait_until > ?)"
)

// importedInto returns those licenses for the end of whose import runs wait now.
func importedInto(tx *gorm.DB, now time.Time) (map[string]bool, error) {
	var ids []string
	err := tx.Raw("SELECT license_id FROM import_licenses WHERE runs_wait_until > ?", db.UTC(now)).Scan(&ids).Error
	waiting := make(map[string]bool, len(ids))
	for _, id := range ids {
		waiting[id] = true
	}
	return waiting, err
}

// cancelRun gives up a run that nobody publishes any more, of a paused report.
func cancelRun(tx *gorm.DB, id string) error {
	cancel := "UPDATE runs SET state = ?, failure = ?, next_attempt_at = NULL, lease_until = NULL WHERE id = ?"
	return tx.Exec(cancel, usage.RunCanceled, reasonPaused, id).Error
}

// claimedRuns reads runs that were claimed, with the files that they publish.
func claimedRuns(tx *gorm.DB, ids []string) ([]usage.Run, error) {
	var runs []usage.Run
	if err := tx.Order("scheduled_for, id").Find(&runs, "id IN ?", db.AnyOf(ids)).Error; err != nil {
		return nil, err
	}
	for i := range runs {
		runs[i] = runs[i].WithFiles()
	}
	return runs, nil
}

// RenewRuns renews the leases of a worker and returns the ids of the runs
// that are still its own. The others were given up or went to another worker:
// stop, and write nothing more.
func (s *Store) RenewRuns(ctx context.Context, runs []usage.Run, now time.Time, lease time.Duration) (held []string, err error) {
	err = s.inQueue(ctx, func(tx *gorm.DB) error {
		held, err = ofClaims(tx, runs, "UPDATE runs SET lease_until = ?", "state = 'running'", db.UTC(now.Add(lease)))
		return err
	})
	return held, err
}

// RenewRun is RenewRuns for one; ErrLost if it is not the worker's any more.
func (s *Store) RenewRun(ctx context.Context, run usage.Run, now time.Time, lease time.Duration) error {
	held, err := s.RenewRuns(ctx, []usage.Run{run}, now, lease)
	return oneOf(held, run, err)
}

// oneOf is ErrLost unless the run is among those that were changed.
func oneOf(ids []string, run usage.Run, err error) error {
	if err == nil && len(ids) == 0 {
		return lost(run)
	}
	return err
}

// ofClaims changes those of the runs that are still under the claim that they
// were handed out with, and returns their ids.
func ofClaims(tx *gorm.DB, runs []usage.Run, update, states string, args ...any) ([]string, error) {
	claims := map[string][]string{}
	for _, run := range runs {
		claims[run.Claim] = append(claims[run.Claim], run.ID)
	}
	var ids []string
	for _, claim := range slices.Sorted(maps.Keys(claims)) {
		var own []string
		query := update + " WHERE id IN ? AND claim = ? AND " + states + " RETURNING id"
		if err := tx.Raw(query, slices.Concat(args, []any{db.AnyOf(claims[claim]), claim})...).Scan(&own).Error; err != nil {
			return nil, err
		}
		ids = append(ids, own...)
	}
	return ids, nil
}

func lost(run usage.Run) error { return fmt.Errorf("run %s: %w", run.ID, ErrLost) }
