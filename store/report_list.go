package store

import (
	"context"
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
	Now       time.Time // for Overdue
}

// Reports returns a page of usage reports, the last one if there is none of that
// number, and how many match in all, counted up to CountBound + 1.
func (s *Store) Reports(ctx context.Context, q ReportQuery) ([]ReportRow, int64, error) {
	l, err := s.reportList(ctx, q)
	if err != nil {
		return nil, 0, err
	}
	return l.page(ctx, q.Page, q.Size)
}

// EachReport calls fn with all usage reports that q selects and their tags, a
// batch at a time, in the order of q. One that is changed meanwhile may be
// missing, come twice, or come as it is by then; each other one comes once.
func (s *Store) EachReport(ctx context.Context, q ReportQuery, fn func([]ReportRow) error) error {
	l, err := s.reportList(ctx, q)
	if err != nil {
		return err
	}
	return l.each(ctx, func(rows []ReportRow) error {
		if err := s.addTags(ctx, len(rows), func(i int) (string, *[]usage.Tag) { return rows[i].ID, &rows[i].Tags }); err != nil {
			return err
		}
		return fn(rows)
	})
}

// addTags reads the tags of a batch of licenses or reports.
func (s *Store) addTags(ctx context.Context, n int, owner func(i int) (id string, tags *[]usage.Tag)) error {
	ids := make([]string, n)
	for i := range n {
		ids[i], _ = owner(i)
	}
	found, err := s.TagsOf(ctx, ids)
	for i := range n {
		id, tags := owner(i)
		*tags = found[id]
	}
	return err
}

// cells are where the columns of reportList go.
func (r *ReportRow) cells() []any {
	return []any{
		&r.ID, &r.ARN, &r.Name, &r.Description, &r.LicenseID, &r.Types, &r.Frequency, &r.Status, &r.Failure, &r.NextRunAt,
		&r.LastReportAt, &r.CreatedAt, &r.CreatedBy, &r.UpdatedAt, &r.UpdatedBy, &r.LicenseName,
	}
}

// reportList describes the list of usage reports.
func (s *Store) reportList(ctx context.Context, q ReportQuery) (list[ReportRow], error) {
	key := "r." + s.rowKey()
	l := list[ReportRow]{
		store: s,
		columns: `r.id, r.arn, r.name, r.description, r.license_id, r.types, r.frequency, r.status, r.failure, r.next_run_at,
			r.last_report_at, r.created_at, r.created_by, r.updated_at, r.updated_by, l.name`,
		cells: (*ReportRow).cells,
		key:   key + " AS page_row",
		join:  "CROSS JOIN reports r CROSS JOIN licenses l WHERE " + key + " = p.page_row AND l.id = r.license_id",
		from:  "reports r",
		slow:  q.Text != "" || q.Tag != "",
	}
	var err error
	if l.order, err = s.reportOrder(ctx, q); err != nil {
		return l, err
	}
	l.where.add("r.deleted_at IS NULL")
	if l.order.column == "l.name_key" { // SQLite keeps to an order of tables for CROSS JOIN only
		l.from = "licenses l CROSS JOIN reports r"
		l.where.add("l.id = r.license_id")
	}
	if q.Text != "" {
		condition, args := s.reportText(normalize(q.Text), l.order.column == "")
		l.where.add(condition, args...)
	}
	reportStatus(q, &l.where)
	if t := usage.ReportType(q.Type); t.Valid() {
		l.where.add("r.types & ? <> 0", t.Bit())
	}
	if f := usage.Frequency(q.Frequency); f.Valid() {
		l.where.add("r.frequency = ?", f)
	}
	if q.LicenseID != "" {
		l.where.add("r.license_id = ?", q.LicenseID)
	}
	if q.Tag != "" { // key or key:value; a key may have colons itself
		tagged, args := "SELECT owner_id FROM tags WHERE key = ?", []any{q.Tag}
		if key, value, ok := strings.Cut(q.Tag, ":"); ok {
			tagged += " UNION ALL SELECT owner_id FROM tags WHERE key = ? AND value = ?"
			args = append(args, key, value)
		}
		l.where.add("r.id IN ("+tagged+")", args...)
	}
	return l, nil
}

// What pages show otherwise than it is stored; see usage.Report.StatusAt and
// views.ReportItem.
const (
	overdueReport = "r.next_run_at < ? AND r.status NOT IN ('paused', 'in-progress')"
	busyReport    = "r.status IN ('pending', 'in-progress')" // its next report comes now
)

// reportOrder sorts reports by what pages show. An index knows what is stored,
// and that is the same unless a report is overdue, or busy: only then the list is
// sorted anew.
func (s *Store) reportOrder(ctx context.Context, q ReportQuery) (order, error) {
	now, late := db.UTC(q.Now), db.UTC(q.Now.Add(-usage.OverdueAfter))
	o := newOrder(q.Sort, map[string]order{
		"name":        {},
		"status":      {column: "r.status"},
		"license":     {column: "l.name_key"},
		"frequency":   {column: "r.frequency"},
		"last-report": {column: "r.last_report_at", nullable: true},
		"next-report": {column: "r.next_run_at", nullable: true},
		"created":     {column: "r.created_at"},
	}, "r.name_key")
	other := o
	var condition string
	var args []any
	switch o.column {
	case "r.status":
		condition, args = overdueReport, []any{late}
		other.column, other.args = "CASE WHEN "+overdueReport+" THEN 'overdue' ELSE r.status END", args
	case "r.next_run_at":
		condition = busyReport
		other.column, other.args = "CASE WHEN "+busyReport+" THEN ? ELSE r.next_run_at END", []any{now}
	default:
		return o, nil
	}
	var n int64
	err := s.queryRow(ctx, []any{&n}, "SELECT count(*) FROM (SELECT 1 FROM reports r WHERE r.deleted_at IS NULL AND "+condition+" LIMIT 1) t", args...)
	if n > 0 {
		return other, db.Translate(err)
	}
	return o, db.Translate(err)
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

// reportStatus selects by what usage.Report.StatusAt returns.
func reportStatus(q ReportQuery, where *conditions) {
	status, late := usage.ReportStatus(q.Status), db.UTC(q.Now.Add(-usage.OverdueAfter))
	switch status {
	case usage.ReportOverdue:
		where.add(overdueReport, late)
	case usage.ReportPaused, usage.ReportInProgress:
		where.add("r.status = ?", status)
	case usage.ReportPending, usage.ReportSucceeded, usage.ReportFailed:
		where.add("r.status = ? AND (r.next_run_at IS NULL OR r.next_run_at >= ?)", status, late)
	}
}
