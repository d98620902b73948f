package store

import (
	"context"
	"fmt"
	"time"

	"license-manager/store/db"
	"license-manager/store/usage"
)

// HistoryRow is one file of one run in the history of a usage report.
type HistoryRow struct {
	Run  usage.Run  `gorm:"embedded;embeddedPrefix:run__"`
	File usage.File `gorm:"embedded;embeddedPrefix:file__"`
	// LicenseChange is licenses consumed against the published file of the same
	// type before; nil if there is none, or if it is about another license.
	LicenseChange *int64
}

// HistoryQuery selects a page of a usage report's history, newest first.
type HistoryQuery struct {
	ReportID string
	Type     string // a usage.ReportType; else any
	State    string // succeeded, failed, open (pending or running), canceled; else any
	Page     int    // from 1
	Size     int
}

const historyColumns = `
SELECT n.id AS run__id, n.report_id AS run__report_id, n.report_name AS run__report_name, n.types AS run__types, n."trigger" AS run__trigger,
       n.scheduled_for AS run__scheduled_for, n.state AS run__state, n.attempts AS run__attempts, n.next_attempt_at AS run__next_attempt_at,
       n.created_at AS run__created_at, n.started_at AS run__started_at, n.finished_at AS run__finished_at,
       n.failure_code AS run__failure_code, n.failure AS run__failure,
       t.type AS file__type, f.bucket AS file__bucket, f.key AS file__key,
       f.license_id AS file__license_id, f."rows" AS file__rows, f.size AS file__size, f.published_at AS file__published_at, f.consumed AS file__consumed,
       f.license_count AS file__license_count, f.duration_ms AS file__duration_ms, f.compare_due_at AS file__compare_due_at,
       f.compared_with AS file__compared_with, f.added AS file__added, f.removed AS file__removed, f.changed AS file__changed,
       CASE WHEN f.published_at IS NOT NULL THEN f.consumed - (SELECT CASE WHEN p.license_id = f.license_id THEN p.consumed END FROM files p
         WHERE p.report_id = f.report_id AND p.type = f.type AND p.published_at < f.published_at ORDER BY p.published_at DESC LIMIT 1) END AS license_change`

// typesOfRuns are the types with the bits that they have in a run; see
// usage.ReportType.Bit.
const typesOfRuns = "(SELECT 'summary' AS type, 1 AS bit UNION ALL SELECT 'resource-usage', 2) t"

// History returns a page of a report's history and how many rows match.
func (s *Store) History(ctx context.Context, q HistoryQuery) ([]HistoryRow, int64, error) {
	from := " FROM runs n JOIN " + typesOfRuns + " ON n.types & t.bit <> 0 LEFT JOIN files f ON f.run_id = n.id AND f.type = t.type"
	parts, args := []string{"n.report_id = ?"}, []any{q.ReportID}
	if usage.ReportType(q.Type).Valid() {
		parts, args = append(parts, "t.type = ?"), append(args, q.Type)
	}
	switch q.State {
	case "succeeded", "failed", "canceled":
		parts, args = append(parts, "n.state = ?"), append(args, q.State)
	case "open":
		parts = append(parts, "n.state IN ('pending', 'running')")
	}
	from += whereAll(parts)
	var total int64
	if err := s.db.Query(ctx).Raw("SELECT count(*)"+from, args...).Scan(&total).Error; err != nil {
		return nil, 0, db.Translate(err)
	}
	var rows []HistoryRow
	query := historyColumns + from + " ORDER BY n.created_at DESC, n.id, t.type LIMIT ? OFFSET ?"
	err := s.db.Query(ctx).Raw(query, append(args, q.Size, offset(q.Page, q.Size))...).Scan(&rows).Error
	for i := range rows {
		row := &rows[i]
		row.File.RunID, row.File.ReportID = row.Run.ID, row.Run.ReportID
		if !row.File.Published() {
			row.File.Key = usage.Key(row.Run.ReportName, row.Run.ScheduledFor, row.File.Type, row.Run.ID)
		}
	}
	return rows, total, db.Translate(err)
}

// LatestRun returns the newest run of a report that was not canceled, without
// its files; ErrNotFound if there is none.
func (s *Store) LatestRun(ctx context.Context, reportID string) (usage.Run, error) {
	var runs []usage.Run
	query := "SELECT * FROM runs WHERE report_id = ? AND state <> ? ORDER BY created_at DESC, id LIMIT 1"
	if err := s.db.Query(ctx).Raw(query, reportID, usage.RunCanceled).Scan(&runs).Error; err != nil {
		return usage.Run{}, db.Translate(err)
	}
	if len(runs) == 0 {
		return usage.Run{}, fmt.Errorf("runs of %s: %w", reportID, ErrNotFound)
	}
	return runs[0], nil
}

// File returns a published file of a report: that of a run and type.
func (s *Store) File(ctx context.Context, reportID, runID string, t usage.ReportType) (usage.File, error) {
	var f usage.File
	err := s.db.Query(ctx).Take(&f, "report_id = ? AND run_id = ? AND type = ? AND published_at IS NOT NULL", reportID, runID, t).Error
	if err != nil {
		err = db.Translate(fmt.Errorf("file of run %s: %w", runID, err))
	}
	return f, err
}

// LatestFile returns the file of a report that was published last, of one
// type or, if t is empty, of any: a resource usage report before a summary.
func (s *Store) LatestFile(ctx context.Context, reportID string, t usage.ReportType) (usage.File, error) {
	var f usage.File
	query := s.db.Query(ctx).Where("report_id = ? AND published_at IS NOT NULL", reportID)
	if t.Valid() {
		query = query.Where("type = ?", t)
	}
	err := query.Order("published_at DESC, type").Take(&f).Error
	if err != nil {
		err = db.Translate(fmt.Errorf("files of %s: %w", reportID, err))
	}
	return f, err
}

// LastSizes returns how large the files are that reports published last, in
// bytes, those of one run together, by the report's id.
func (s *Store) LastSizes(ctx context.Context, reportIDs []string) (map[string]int64, error) {
	sizes := make(map[string]int64, len(reportIDs))
	if len(reportIDs) == 0 {
		return sizes, nil
	}
	var rows []struct {
		ID   string
		Size *int64
	}
	const (
		last  = "SELECT m.run_id FROM files m WHERE m.report_id = r.id AND m.published_at IS NOT NULL ORDER BY m.published_at DESC LIMIT 1"
		query = "SELECT r.id, CAST((SELECT sum(f.size) FROM files f WHERE f.run_id = (" + last + ")) AS bigint) AS size FROM reports r WHERE r.id IN ?"
	)
	err := s.db.Query(ctx).Raw(query, reportIDs).Scan(&rows).Error
	for _, row := range rows {
		if row.Size != nil {
			sizes[row.ID] = *row.Size
		}
	}
	return sizes, db.Translate(err)
}

// Published is what a report has in the bucket.
type Published struct {
	Files   int64
	Folders []string // "Reports/<name>/" of every name that it had, the latest first
	Last    *time.Time
}

// Published returns what a report has published, under all of its names.
func (s *Store) Published(ctx context.Context, reportID string) (Published, error) {
	var out Published
	const published = " FROM files f JOIN runs n ON n.id = f.run_id WHERE n.report_id = ? AND f.published_at IS NOT NULL"
	if err := s.db.Query(ctx).Raw("SELECT count(*) AS files"+published, reportID).Scan(&out.Files).Error; err != nil {
		return out, db.Translate(err)
	}
	var names []string
	if err := s.db.Query(ctx).Raw("SELECT n.report_name"+published+" GROUP BY n.report_name ORDER BY max(n.created_at) DESC", reportID).Scan(&names).Error; err != nil {
		return out, db.Translate(err)
	}
	for _, name := range names {
		out.Folders = append(out.Folders, usage.Folder(name))
	}
	return out, nil
}
