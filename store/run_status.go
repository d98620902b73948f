package store

import (
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// runsOfReport is what the status of a report is derived from.
type runsOfReport struct {
	ID      string
	Open    usage.RunState // of a run that waits or is being published; empty if there is none
	Newest  usage.RunState // of the newest run that was not given up; empty if there is none
	Failure string         // of that one
}

// status returns the derived status, with the reason of a failure; empty if all runs
// were given up.
func (o runsOfReport) status() derivedStatus {
	switch {
	case o.Open == usage.RunRunning:
		return derivedStatus{usage.ReportInProgress, ""}
	case o.Open == usage.RunPending:
		return derivedStatus{usage.ReportPending, ""}
	case o.Newest == usage.RunSucceeded:
		return derivedStatus{usage.ReportSucceeded, ""}
	case o.Newest == usage.RunFailed:
		return derivedStatus{usage.ReportFailed, o.Failure}
	default:
		return derivedStatus{}
	}
}

// derivedStatus is a status with the reason of a failure.
type derivedStatus struct {
	status  usage.ReportStatus
	failure string
}

// The states are written out, as they are in the partial index of open runs.
const (
	runsOfReports = `SELECT r.id, COALESCE((SELECT o.state FROM runs o WHERE o.report_id = r.id AND o.state IN ('pending', 'running') ORDER BY o.state DESC LIMIT 1), '') AS open,
		COALESCE(n.state, '') AS newest, COALESCE(n.failure, '') AS failure
		FROM reports r LEFT JOIN runs n ON n.id = (` + newestRun + `)
		WHERE r.id IN ? AND r.status <> 'paused'`
	newestRun = "SELECT m.id FROM runs m WHERE m.report_id = r.id AND m.state <> 'canceled' ORDER BY m.created_at DESC, m.id LIMIT 1"
)

// settle gives reports the status that is derived from their runs: one that is open
// comes first, then how the newest ended. A paused report stays paused.
func settle(tx *gorm.DB, reportIDs ...string) error {
	groups, err := derivedStatuses(tx, reportIDs)
	if err != nil {
		return err
	}
	for derived, ids := range groups {
		update := "UPDATE reports SET status = ?, failure = ? WHERE id IN ?"
		if err := tx.Exec(update, derived.status, derived.failure, db.AnyOf(ids)).Error; err != nil {
			return err
		}
	}
	return nil
}

// settlePublished is settle for reports of which a run was published now, and
// notes when: each row is changed once.
func settlePublished(tx *gorm.DB, now time.Time, reportIDs []string) error {
	groups, err := derivedStatuses(tx, reportIDs)
	if err != nil {
		return err
	}
	const (
		last  = "last_report_at = CASE WHEN last_report_at > ? THEN last_report_at ELSE ? END"
		shown = "UPDATE reports SET status = ?, failure = ?, " + last + " WHERE id IN ?"
		noted = "UPDATE reports SET " + last + " WHERE id IN ?"
	)
	left := make(map[string]bool, len(reportIDs))
	for _, id := range reportIDs {
		left[id] = true
	}
	for derived, ids := range groups {
		if err := tx.Exec(shown, derived.status, derived.failure, now, now, db.AnyOf(ids)).Error; err != nil {
			return err
		}
		for _, id := range ids {
			delete(left, id)
		}
	}
	if len(left) == 0 {
		return nil
	}
	return tx.Exec(noted, now, now, db.AnyOf(slices.Sorted(maps.Keys(left)))).Error
}

// derivedStatuses returns which reports have which derived status; none that are
// paused or have no such run.
func derivedStatuses(tx *gorm.DB, reportIDs []string) (map[derivedStatus][]string, error) {
	reports, err := db.Scan(tx, func(o *runsOfReport) []any { return []any{&o.ID, &o.Open, &o.Newest, &o.Failure} }, runsOfReports, db.AnyOf(reportIDs))
	if err != nil {
		return nil, err
	}
	groups := map[derivedStatus][]string{}
	for _, r := range reports {
		if derived := r.status(); derived.status != "" {
			groups[derived] = append(groups[derived], r.ID)
		}
	}
	return groups, nil
}
