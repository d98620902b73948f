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
	Run  usage.Run
	File usage.File
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

// historyColumns are those of a run and its file, of which there is none before it
// is published; in the order of historyCells.
const historyColumns = `n.id, n.report_id, n.report_name, n.types, n."trigger", n.scheduled_for, n.state, n.attempts, n.next_attempt_at,
	n.created_at, n.started_at, n.finished_at, n.beside_import, n.failure_code, n.failure,
	t.type, coalesce(f.bucket, ''), coalesce(f.key, ''), coalesce(f.license_id, ''), coalesce(f."rows", 0), coalesce(f.size, 0), f.published_at,
	coalesce(f.consumed, 0), f.license_count, coalesce(f.duration_ms, 0), f.compare_due_at, coalesce(f.compared_with, ''),
	coalesce(f.added, 0), coalesce(f.removed, 0), coalesce(f.changed, 0),
	CASE WHEN f.published_at IS NOT NULL THEN f.consumed - (SELECT CASE WHEN p.license_id = f.license_id THEN p.consumed END FROM files p
		WHERE p.report_id = f.report_id AND p.type = f.type AND p.published_at < f.published_at ORDER BY p.published_at DESC LIMIT 1) END`

func (h *HistoryRow) cells() []any {
	n, f := &h.Run, &h.File
	return []any{
		&n.ID, &n.ReportID, &n.ReportName, &n.Types, &n.Trigger, &n.ScheduledFor, &n.State, &n.Attempts, &n.NextAttemptAt,
		&n.CreatedAt, &n.StartedAt, &n.FinishedAt, &n.BesideImport, &n.FailureCode, &n.Failure,
		&f.Type, &f.Bucket, &f.Key, &f.LicenseID, &f.Rows, &f.Size, &f.PublishedAt,
		&f.Consumed, &f.LicenseCount, &f.DurationMS, &f.CompareDueAt, &f.ComparedWith,
		&f.Added, &f.Removed, &f.Changed, &h.LicenseChange,
	}
}

// typesOfRuns are the types with the bits that they have in a run; see
// usage.ReportType.Bit.
const typesOfRuns = "(SELECT 'summary' AS type, 1 AS bit UNION ALL SELECT 'resource-usage', 2) t"

// History returns a page of a report's history, the last one if there is none of
// that number, and how many rows match, counted up to CountBound + 1.
func (s *Store) History(ctx context.Context, q HistoryQuery) ([]HistoryRow, int64, error) {
	l := list[HistoryRow]{
		store:   s,
		columns: historyColumns,
		cells:   (*HistoryRow).cells,
		key:     "n.id AS page_run, t.type AS page_type",
		join: "CROSS JOIN runs n CROSS JOIN " + typesOfRuns + " LEFT JOIN files f ON f.run_id = n.id AND f.type = t.type " +
			"WHERE n.id = p.page_run AND t.type = p.page_type",
		from:  "runs n JOIN " + typesOfRuns + " ON n.types & t.bit <> 0",
		order: order{column: "n.created_at", key: "(n.id || t.bit)", descending: true},
	}
	l.where.add("n.report_id = ?", q.ReportID)
	if usage.ReportType(q.Type).Valid() {
		l.where.add("t.type = ?", q.Type)
	}
	switch q.State {
	case "succeeded", "failed", "canceled":
		l.where.add("n.state = ?", q.State)
	case "open":
		l.where.add("n.state IN ('pending', 'running')")
	}
	rows, total, err := l.page(ctx, q.Page, q.Size)
	for i := range rows {
		row := &rows[i]
		row.File.RunID, row.File.ReportID = row.Run.ID, row.Run.ReportID
		if !row.File.Published() {
			row.File.Key = usage.Key(row.Run.ReportName, row.Run.ScheduledFor, row.File.Type, row.Run.ID)
		}
	}
	return rows, total, err
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
