package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"license-manager/store/usage"
)

// ReportRow is a usage report in a list, with the name of its license.
type ReportRow struct {
	usage.Report
	LicenseName string
}

// ReportQuery selects a page of usage reports. The zero value selects all, by
// name.
type ReportQuery struct {
	Text      string // part of name, description, license name or tag, whatever the case
	Status    string // a usage.ReportStatus; else any
	Type      string // a usage.ReportType; else any
	Frequency string // a usage.Frequency; else any
	LicenseID string // empty for any
	Tag       string // key, or key:value
	Sort      string // name, status, license, frequency, last-report, next-report, created; "-" first for descending
	Page      int    // from 1
	Size      int
	Now       time.Time // for Overdue
}

// Reports returns a page of usage reports and how many match in all, counted
// up to CountBound + 1.
func (s *Store) Reports(ctx context.Context, q ReportQuery) ([]ReportRow, int64, error) {
	where, args := s.reportConditions(q)
	from := " FROM reports r JOIN licenses l ON l.id = r.license_id" + where
	var total int64
	count := "SELECT count(*) FROM (SELECT 1" + from + " LIMIT ?) t"
	if !q.filtered() {
		count = "SELECT count(*) FROM (SELECT 1 FROM reports r" + where + " LIMIT ?) t"
	}
	if err := s.query(ctx).Raw(count, append(slices.Clone(args), CountBound+1)...).Scan(&total).Error; err != nil {
		return nil, 0, translate(err)
	}
	var rows []ReportRow
	query := "SELECT r.*, l.name AS license_name" + from + reportOrder(q.Sort) + " LIMIT ? OFFSET ?"
	err := s.query(ctx).Raw(query, append(slices.Clone(args), q.Size, offset(q.Page, q.Size))...).Scan(&rows).Error
	return rows, total, translate(err)
}

// CountReports returns how many usage reports there are, counted up to
// CountBound + 1.
func (s *Store) CountReports(ctx context.Context) (int64, error) {
	var n int64
	err := s.query(ctx).Raw("SELECT count(*) FROM (SELECT 1 FROM reports WHERE deleted_at IS NULL LIMIT ?) t", CountBound+1).Scan(&n).Error
	return n, translate(err)
}

func (q ReportQuery) filtered() bool {
	return q.Text != "" || q.Status != "" || q.Type != "" || q.Frequency != "" || q.LicenseID != "" || q.Tag != ""
}

func (s *Store) reportConditions(q ReportQuery) (string, []any) {
	parts := []string{"r.deleted_at IS NULL"}
	var args []any
	add := func(condition string, values ...any) {
		parts = append(parts, condition)
		args = append(args, values...)
	}
	if q.Text != "" {
		folded, pattern := likePattern(usage.FoldName(normalize(q.Text))), likePattern(normalize(q.Text))
		add("(r.name_key LIKE ? ESCAPE '!' OR "+s.like("r.description")+" OR l.name_key LIKE ? ESCAPE '!' OR EXISTS (SELECT 1 FROM tags t WHERE t.owner_id = r.id AND ("+
			s.like("t.key")+" OR "+s.like("t.value")+")))", folded, pattern, folded, pattern, pattern)
	}
	if condition, values := statusCondition(q); condition != "" {
		add(condition, values...)
	}
	if t := usage.ReportType(q.Type); t.Valid() {
		add("r.types & ? <> 0", t.Bit())
	}
	if usage.Frequency(q.Frequency).Valid() {
		add("r.frequency = ?", q.Frequency)
	}
	if q.LicenseID != "" {
		add("r.license_id = ?", q.LicenseID)
	}
	if key, value, hasValue := strings.Cut(q.Tag, ":"); q.Tag != "" {
		add("EXISTS (SELECT 1 FROM tags t WHERE t.owner_id = r.id AND (t.key = ? OR t.key = ? AND t.value = ? AND ?))", q.Tag, key, value, hasValue)
	}
	return whereAll(parts), args
}

// statusCondition mirrors usage.Report.StatusAt.
func statusCondition(q ReportQuery) (string, []any) {
	status := usage.ReportStatus(q.Status)
	late := utc(q.Now.Add(-usage.OverdueAfter))
	switch status {
	case usage.ReportOverdue:
		return "r.next_run_at < ? AND r.status NOT IN (?, ?)", []any{late, usage.ReportPaused, usage.ReportInProgress}
	case usage.ReportPaused, usage.ReportInProgress:
		return "r.status = ?", []any{status}
	case usage.ReportPending, usage.ReportSucceeded, usage.ReportFailed:
		return "r.status = ? AND (r.next_run_at IS NULL OR r.next_run_at >= ?)", []any{status, late}
	default:
		return "", nil
	}
}

func reportOrder(sort string) string {
	return orderBy(sort, map[string]string{
		"status": "r.status", "license": "l.name_key", "frequency": "r.frequency",
		"last-report": "r.last_report_at", "next-report": "r.next_run_at", "created": "r.created_at",
	}, "r.name_key")
}
