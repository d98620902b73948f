package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"license-manager/store/db"
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
	Text      string // part of name, description, license name or tag, whatever the case, or beginning of the id
	Status    string // a usage.ReportStatus; else any
	Type      string // a usage.ReportType; else any
	Frequency string // a usage.Frequency; else any
	LicenseID string // empty for any
	Tag       string // key, or key:value
	Sort      string // name, status, license, frequency, last-report, next-report, created; "-" first for descending
	Page      int    // from 1
	Size      int
	Beside
	Now   time.Time // for Overdue
	Known int64     // how many matched a moment ago; taken as it is if it is above CountBound

	place []any // only what comes after it in the order; nil for all
}

// Reports returns a page of usage reports and how many match in all, counted
// up to CountBound + 1.
func (s *Store) Reports(ctx context.Context, q ReportQuery) ([]ReportRow, int64, error) {
	if q.Status != "" { // that depends on the moment
		return s.readReports(ctx, q)
	}
	page, err := recently(ctx, s, q.key(), func() (reportListing, error) {
		rows, total, err := s.readReports(ctx, q)
		return reportListing{rows, total}, err
	})
	return slices.Clone(page.rows), page.total, err
}

// reportListing is a page of usage reports, of so many that match.
type reportListing struct {
	rows  []ReportRow
	total int64
}

// reportKey is what a page of usage reports depends on, whenever it is read.
type reportKey struct {
	Text, Type, Frequency, LicenseID, Tag, Sort string
	Page, Size                                  int
	Beside
	Known int64
}

func (q ReportQuery) key() reportKey {
	return reportKey{q.Text, q.Type, q.Frequency, q.LicenseID, q.Tag, q.Sort, q.Page, q.Size, q.Beside, q.Known}
}

// readReports is Reports, from the database.
func (s *Store) readReports(ctx context.Context, q ReportQuery) ([]ReportRow, int64, error) {
	if q.searches() {
		end, err := s.db.BeginSearch(ctx)
		if err != nil {
			return nil, 0, err
		}
		defer end()
	}
	rows, err := s.reportPage(ctx, q)
	if errors.Is(err, ErrNotFound) { // the row that it is beside
		q.Beside = Beside{}
		rows, err = s.reportPage(ctx, q)
	}
	if err != nil {
		return nil, 0, db.Translate(err)
	}
	if total, known := q.total(len(rows)); known {
		return rows, total, nil
	}
	q.Beside = Beside{}
	where, args := s.reportConditions(q)
	var total int64
	count := "SELECT count(*) FROM (SELECT 1 FROM reports r" + where + " LIMIT ?) t"
	counted, err := s.reader(q)(ctx, count, append(args, CountBound+1)...)
	if err == nil {
		err = db.ScanRow(counted, []any{&total})
	}
	return rows, total, db.Translate(err)
}

// searches reports whether the page has to be searched for.
func (q ReportQuery) searches() bool {
	return q.Text != "" || q.Tag != "" || offset(q.Page, q.Size) > CountBound
}

// reader is how a page is read: a search may take long, and must end when nobody
// waits any more.
func (s *Store) reader(q ReportQuery) func(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if q.searches() {
		return s.found
	}
	return s.briefly
}

// reportPage reads the rows of a page; ErrNotFound if that is beside a row which
// is not there.
func (s *Store) reportPage(ctx context.Context, q ReportQuery) ([]ReportRow, error) {
	if q.row() == "" {
		return s.reportRows(ctx, q, q.Size, offset(q.Page, q.Size))
	}
	return beside(q.Beside, func(id string) ([]any, error) { return s.reportPlace(ctx, q, id) }, func(place []any) ([]ReportRow, error) {
		q.place, q.Page = place, 1
		return s.reportRows(ctx, q, q.Size, 0)
	})
}

// reportPlace is where a report is in the order of a list.
func (s *Store) reportPlace(ctx context.Context, q ReportQuery, id string) ([]any, error) {
	return s.place(ctx, q.order(), "reports r JOIN licenses l ON l.id = r.license_id", "r.id", id)
}

// reportRows reads rows of a list. What lies before them, and what is not found,
// is passed over in the index; only the rows themselves are read.
func (s *Store) reportRows(ctx context.Context, q ReportQuery, limit, offset int) ([]ReportRow, error) {
	where, args := s.reportConditions(q)
	order := q.order().sql()
	query := "SELECT " + reportColumns + " FROM "
	if offset == 0 && q.Text == "" {
		query += q.from(where, true) + order + " LIMIT ? OFFSET ?"
	} else {
		key := "r." + s.rowKey()
		query += "(SELECT " + key + " AS page_key FROM " + q.from(where, false) + order + " LIMIT ? OFFSET ?) p " +
			"CROSS JOIN reports r CROSS JOIN licenses l WHERE " + key + " = p.page_key AND l.id = r.license_id" + order
	}
	args = append(args, limit, offset)
	rows, err := s.reader(q)(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return db.ScanRows(rows, (*ReportRow).cells)
}

// total is how many match, if that need not be counted: a page may tell it, and
// a count that reached its bound is known already.
func (q ReportQuery) total(rows int) (n int64, known bool) {
	if n, ok := toldByPage(q.Page, q.Size, rows); ok && q.row() == "" {
		return n, true
	}
	return q.Known, q.Known > CountBound
}

// from is where reports are selected, with their licenses or without. In the
// order of licenses, these are read first; SQLite keeps to it for CROSS JOIN
// only.
func (q ReportQuery) from(where string, licenses bool) string {
	switch {
	case strings.TrimPrefix(q.Sort, "-") == "license":
		return "licenses l CROSS JOIN reports r" + where + " AND l.id = r.license_id"
	case licenses:
		return "reports r CROSS JOIN licenses l" + where + " AND l.id = r.license_id"
	default:
		return "reports r" + where
	}
}

// CountReports returns how many usage reports there are, counted up to
// CountBound + 1.
func (s *Store) CountReports(ctx context.Context) (int64, error) {
	var n int64
	err := s.db.Query(ctx).Raw("SELECT count(*) FROM (SELECT 1 FROM reports WHERE deleted_at IS NULL LIMIT ?) t", CountBound+1).Scan(&n).Error
	return n, db.Translate(err)
}

func (s *Store) reportConditions(q ReportQuery) (string, []any) {
	parts := []string{"r.deleted_at IS NULL"}
	var args []any
	add := func(condition string, values ...any) {
		parts = append(parts, condition)
		args = append(args, values...)
	}
	if q.Text != "" {
		condition, values := s.reportText(normalize(q.Text), q.order().column == "")
		add(condition, values...)
	}
	if condition, values := statusCondition(q); condition != "" {
		add(condition, values...)
	}
	if t := usage.ReportType(q.Type); t.Valid() {
		add("r.types & ? <> 0", t.Bit())
	}
	if usage.Frequency(q.Frequency).Valid() {
		add("r.frequency = ?", usage.Frequency(q.Frequency))
	}
	if q.LicenseID != "" {
		add("r.license_id = ?", q.LicenseID)
	}
	if q.Tag != "" {
		condition, values := tagCondition(q.Tag)
		add(condition, values...)
	}
	if q.place != nil {
		condition, values := q.order().after(q.place)
		add(condition, values...)
	}
	return whereAll(parts), args
}

// reportText selects the reports that are found by a text. In the order of
// names it looks at one after the other, until the page is full; in any other
// those that are found are noted first, since its index has no names.
func (s *Store) reportText(text string, byName bool) (string, []any) {
	key, folded, pattern := s.rowKey(), usage.FoldName(text), likePattern(text)
	named := func(table string) string { // most have no description, which to find out takes less than LIKE
		return "(" + s.contains(table+".name_key") + " OR " + table + ".description <> '' AND " + s.like(table+".description") + ")"
	}
	found := "SELECT t." + key + " FROM "
	elsewhere := found + "licenses l CROSS JOIN reports t WHERE t.license_id = l.id AND t.deleted_at IS NULL AND " + s.contains("l.name_key") +
		" UNION ALL " + found + "(" + s.tagsLike() + ") g CROSS JOIN reports t WHERE t.id = g.owner_id"
	values := []any{folded, pattern}
	if id := usage.IDIn(text); usage.BeginsReportID(id) {
		elsewhere += " UNION ALL " + found + "reports t WHERE t.id >= ? AND t.id < ?"
		values = append(values, id, beyond(id))
	}
	if byName {
		return "(" + named("r") + " OR " + inAny("r."+key, elsewhere) + ")", slices.Concat([]any{folded, pattern}, values, values)
	}
	noted := found + "reports t WHERE t.deleted_at IS NULL AND " + named("t") + " UNION ALL " + elsewhere
	return "r." + key + " IN (" + noted + ")", slices.Concat([]any{folded, pattern}, values)
}

// tagCondition selects by key or key:value. A key may have colons itself.
func tagCondition(tag string) (string, []any) {
	condition, values := "SELECT owner_id FROM tags WHERE key = ?", []any{tag}
	if key, value, ok := strings.Cut(tag, ":"); ok {
		condition += " UNION ALL SELECT owner_id FROM tags WHERE key = ? AND value = ?"
		values = append(values, key, value)
	}
	return "r.id IN (" + condition + ")", values
}

// statusCondition mirrors usage.Report.StatusAt.
func statusCondition(q ReportQuery) (string, []any) {
	status := usage.ReportStatus(q.Status)
	late := db.UTC(q.Now.Add(-usage.OverdueAfter))
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

// reportOrders are what reports can be sorted by beside their names: the column,
// and its value in a row that was read.
func reportOrders() map[string]sortColumn[ReportRow] {
	return map[string]sortColumn[ReportRow]{
		"status":      {"r.status", func(r ReportRow) any { return string(r.Status) }},
		"license":     {"l.name_key", func(r ReportRow) any { return usage.FoldName(r.LicenseName) }},
		"frequency":   {"r.frequency", func(r ReportRow) any { return r.Frequency }},
		"last-report": {"r.last_report_at" + nullsFirst, func(r ReportRow) any { return momentOrNil(r.LastReportAt) }},
		"next-report": {"r.next_run_at" + nullsFirst, func(r ReportRow) any { return momentOrNil(r.NextRunAt) }},
		"created":     {"r.created_at", func(r ReportRow) any { return db.UTC(r.CreatedAt) }},
	}
}

// order is how the list is sorted, from its end for the page before a row.
func (q ReportQuery) order() order {
	o := newOrder(q.Sort, columnsOf(reportOrders()), "r.name_key")
	if q.Before != "" {
		return o.reversed()
	}
	return o
}

// placeOf is where a row that was read is in the order of the list. What has
// become of the report since does not matter: the rows after it follow.
func (q ReportQuery) placeOf(r ReportRow) []any {
	return placeOf(reportOrders(), q.Sort, r, usage.FoldName(r.Name))
}
