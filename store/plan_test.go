package store_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"gorm.io/gorm"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// many is how many reports, resources and runs there are when plans are read.
const many = 50_000

// statement is a query as the database got it.
type statement struct {
	sql  string
	args []any
}

// record makes the connections of s remember what they send.
func record(t *testing.T, s *store.Store) (sent func() []statement) {
	t.Helper()
	var statements []statement
	remember := func(db *gorm.DB) {
		statements = append(statements, statement{db.Statement.SQL.String(), append([]any(nil), db.Statement.Vars...)})
	}
	s.OnSent(func(query string, args []any) { statements = append(statements, statement{query, args}) })
	write, read, stream := s.Pools()
	for i, db := range []*gorm.DB{write, read, stream} {
		if i == 1 && read == write {
			continue
		}
		for _, err := range []error{
			db.Callback().Query().After("gorm:query").Register("test:query", remember),
			db.Callback().Row().After("gorm:row").Register("test:row", remember),
			db.Callback().Raw().After("gorm:raw").Register("test:raw", remember),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return func() []statement {
		out := statements
		statements = nil
		return out
	}
}

// fill writes rows by SQL that both databases know. {n} is the number of the
// row, {time} a moment.
func fill(t *testing.T, s *store.Store, l usage.License) {
	t.Helper()
	write, _, _ := s.Pools()
	moment, blob := "('2026-11-' || (10 + {n} % 18) || ' 14:' || (10 + {n} % 50) || ':' || (10 + {n} % 50) || '.' || (100000 + {n}) || '+00:00')", "'x'"
	if write.Name() == "postgres" {
		moment, blob = "CAST("+moment+" AS timestamptz)", "CAST('x' AS bytea)"
	}
	for _, insert := range []string{
		`INSERT INTO licenses (id, arn, name, name_key, description, counting_type, hard_limit, rules, status, owner_account_id, version, created_at, created_by, updated_at, updated_by)
			SELECT 'lic-0000000000000000000000' || (1000000000 + {n}), '', 'license ' || {n}, 'LICENSE ' || {n}, '', 'Core', false, '', 'available', '', 1, {time}, '', {time}, '' FROM rows WHERE {n} < 2000`,
		`INSERT INTO license_counters (license_id, resource_type, associated, consumed)
			SELECT 'lic-0000000000000000000000' || (1000000000 + {n}), 'RDS', 1, 1 FROM rows WHERE {n} < 2000`,
		`INSERT INTO reports (id, arn, name, name_key, description, license_id, types, frequency, status, failure, grid_start, next_run_at, last_report_at, version, created_at, created_by, updated_at, updated_by)
			SELECT 'r-0000000000000000000000' || (1000000000 + {n}), '', 'report ' || {n}, 'REPORT ' || {n}, 'of the team',
			'lic-0000000000000000000000' || (1000000001 + {n} % 1999), 1 + {n} % 3, CASE {n} % 3 WHEN 0 THEN 1 WHEN 1 THEN 7 ELSE 30 END,
			CASE {n} % 10 WHEN 0 THEN 'failed' WHEN 1 THEN 'paused' ELSE 'succeeded' END, '', {time}, {time}, {time}, 1, {time}, '', {time}, '' FROM rows`,
		`INSERT INTO tags (owner_id, key, value, position) SELECT 'r-0000000000000000000000' || (1000000000 + {n}), 'team', 'team ' || ({n} % 500), 0 FROM rows`,
		`INSERT INTO runs (id, report_id, report_name, types, "trigger", scheduled_for, state, attempts, created_at)
			SELECT 'run-' || {n}, 'r-0000000000000000000000' || (1000000001 + {n} % 1000), 'report', 3, 'scheduled', {time}, 'succeeded', 1, {time} FROM rows`,
		`INSERT INTO files (run_id, type, report_id, key, published_at, compare_due_at) SELECT 'run-' || {n}, 'summary', 'r-0000000000000000000000' || (1000000001 + {n} % 1000), 'k', {time},
			CASE {n} % 100 WHEN 0 THEN {time} END FROM rows`,
		`INSERT INTO resources (id, arn, type, status, owner_account_id, region, platform, instance_type, tenancy, created_at, updated_at)
			SELECT 'i-' || (1000000000 + {n}), 'arn:aws:' || {n}, CASE {n} % 3 WHEN 0 THEN 'RDS' ELSE 'EC2_INSTANCE' END, CASE WHEN {n} % 4 = 0 THEN 'stopped' WHEN {n} % 12 = 1 THEN 'terminated' ELSE 'running' END,
			'' || (100000000000 + {n} % 7), 'eu-central-1', 'Linux', 'm5.large', '', {time}, {time} FROM rows`,
		`INSERT INTO associations (license_id, resource_id, resource_type, consumed, associated_at, line)
			SELECT '` + l.ID + `', 'i-' || (1000000000 + {n}), CASE {n} % 3 WHEN 0 THEN 'RDS' ELSE 'EC2_INSTANCE' END, 1, {time}, ` + blob + ` FROM rows`,
	} {
		into, rows, _ := strings.Cut(strings.ReplaceAll(strings.ReplaceAll(insert, "{time}", moment), "{n}", "n"), "SELECT")
		query := fmt.Sprintf("%s WITH RECURSIVE rows(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM rows WHERE n < %d) SELECT%s", into, many, rows)
		if err := write.WithContext(t.Context()).Exec(query).Error; err != nil {
			t.Fatal(err)
		}
	}
	if write.Name() == "postgres" { // as the server does by itself after a while
		if err := write.WithContext(t.Context()).Exec("ANALYZE").Error; err != nil {
			t.Fatal(err)
		}
	}
}

// plan returns how the database would answer a statement, a step per line.
func plan(t *testing.T, s *store.Store, explain string, q statement) []string {
	t.Helper()
	write, _, _ := s.Pools()
	db, err := write.DB()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := db.QueryContext(t.Context(), explain+q.sql, q.args...)
	if err != nil {
		t.Fatalf("%s: %v", q.sql, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	for rows.Next() {
		var step string // the last column: SQLite numbers its steps before
		cells := []any{&step}
		for len(cells) < len(columns) {
			cells = append([]any{new(any)}, cells...)
		}
		if err := rows.Scan(cells...); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}

// cost is what PostgreSQL thinks that a statement takes, until its LIMIT.
func cost(t *testing.T, s *store.Store, q statement) float64 {
	t.Helper()
	step := plan(t, s, "EXPLAIN ", q)[0]
	_, step, _ = strings.Cut(step, "..")
	step, _, _ = strings.Cut(step, " ")
	cost, err := strconv.ParseFloat(step, 64)
	if err != nil {
		t.Fatal(err)
	}
	return cost
}

// scan matches a step of SQLite that reads a whole table or sorts what it
// read. A scan of an index is none: it gives the order, and LIMIT ends it.
var scan = regexp.MustCompile(`SCAN (r|n|f|a|l|licenses|reports|runs|files|resources|associations|tags|license_counters|c)$|TEMP B-TREE`)

// few matches the statements that sort what few rows there are of one report,
// one license or one page.
var few = regexp.MustCompile(`m\.report_id = r\.id|FROM tags WHERE owner_id|a\.resource_id (=|IN)|run_id IN|(runs n JOIN|files f JOIN runs n) .*n\.report_id = |FROM .?(files|runs).? WHERE .*report_id = `)

// TestPlans reads the plans of what the pages and the publisher ask, in a
// database that is filled once.
func TestPlans(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Oracle")
		fill(t, s, l)
		sent := record(t, s)
		t.Run("filters at once", func(t *testing.T) { filtersAtOnce(t, s, sent) })
		if write, _, _ := s.Pools(); write.Name() == "sqlite" { // PostgreSQL sees it by itself
			t.Run("filtered resources of a license", func(t *testing.T) { filteredResources(t, s, l, sent) })
			t.Run("search for reports", func(t *testing.T) { searchReports(t, s, sent) })
		}
		t.Run("lists and queue", func(t *testing.T) { // last: it changes rows
			for name, call := range planned(l) {
				checkPlans(t, s, name, call, sent)
			}
		})
	})
}

// What is found by an account, a type or a status comes in the order of ids,
// also of one license.
func filteredResources(t *testing.T, s *store.Store, l usage.License, sent func() []statement) {
	c := calls{}
	c.resources("in an account", store.ResourceQuery{LicenseID: l.ID, Account: "100000000003"})
	c.resources("of a type", store.ResourceQuery{LicenseID: l.ID, Type: "RDS"})
	c.resources("of a status", store.ResourceQuery{LicenseID: l.ID, Status: "stopped"})
	for name, call := range c {
		checkPlans(t, s, name, call, sent)
	}
}

// Of what fits one of several filters, no row is read: there may be millions,
// and none that fits the others, as here.
func filtersAtOnce(t *testing.T, s *store.Store, sent func() []statement) {
	explain, covered := "EXPLAIN QUERY PLAN ", "USING COVERING INDEX"
	if write, _, _ := s.Pools(); write.Name() == "postgres" {
		explain, covered = "EXPLAIN ", "Index Only Scan using resources_by_"
	}
	for name, q := range map[string]store.ResourceQuery{
		"type and status":  {Type: "RDS", Status: "terminated"},
		"with the account": {Type: "RDS", Status: "terminated", Account: "100000000003"},
	} {
		q.Page, q.Size = 1, 25
		sent()
		rows, _, err := s.Resources(t.Context(), q)
		if err != nil || len(rows) > 0 {
			t.Fatalf("%s: %d resources, %v", name, len(rows), err)
		}
		page := sent()[0]
		steps := strings.Join(plan(t, s, explain, page), "\n")
		if !strings.Contains(steps, covered) || strings.Contains(steps, "Filter:") {
			t.Errorf("%s: %s\n%s", name, page.sql, steps)
		}
	}
}

// A part of a name is searched for in an index, which is a tenth of the table,
// whatever the order of the list.
func searchReports(t *testing.T, s *store.Store, sent func() []statement) {
	for sort, table := range map[string]string{"": "r", "-name": "r", "created": "t", "-status": "t", "license": "t", "last-report": "t"} {
		sent()
		_, _, err := s.Reports(t.Context(), store.ReportQuery{Text: "rt 777", Sort: sort, Page: 1, Size: 5, Now: start()})
		if err != nil {
			t.Fatal(err)
		}
		queries := sent()
		page := queries[len(queries)-1]
		steps := strings.Join(plan(t, s, "EXPLAIN QUERY PLAN ", page), "\n")
		if !strings.Contains(steps, "SCAN "+table+" USING COVERING INDEX reports_by_text") {
			t.Errorf("%s\n%s", page.sql, steps)
		}
		if strings.Count(steps, "TEMP B-TREE FOR ORDER BY") > 2 { // that of what was found, and of the rows of the page
			t.Errorf("%s is sorted\n%s", page.sql, steps)
		}
	}
}

// checkPlans makes a call and reads the plan of each statement that it sent.
func checkPlans(t *testing.T, s *store.Store, name string, call func(context.Context, *store.Store) error, sent func() []statement) {
	t.Helper()
	sent()
	if err := call(t.Context(), s); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, q := range sent() {
		if !strings.HasPrefix(strings.TrimSpace(q.sql), "INSERT") {
			checkPlan(t, s, name, q)
		}
	}
}

func checkPlan(t *testing.T, s *store.Store, name string, q statement) {
	t.Helper()
	if write, _, _ := s.Pools(); write.Name() == "postgres" {
		all := cost(t, s, statement{sql: "SELECT * FROM reports"})
		if strings.Contains(q.sql, ") p CROSS JOIN") { // a page and its total: two readings
			all *= 2
		}
		if one := cost(t, s, q); one >= all {
			t.Errorf("%s: costs %.0f, all reports cost %.0f\n%s\n%s", name, one, all, q.sql, strings.Join(plan(t, s, "EXPLAIN ", q), "\n"))
		}
		return
	}
	ofPage := strings.Contains(q.sql, ") p CROSS JOIN") // whose rows are sorted once more
	for _, step := range plan(t, s, "EXPLAIN QUERY PLAN ", q) {
		if ofPage && strings.Contains(step, "TEMP B-TREE") {
			ofPage = false
			continue
		}
		if scan.MatchString(step) && !few.MatchString(q.sql) {
			t.Errorf("%s: %s\n%s", name, step, q.sql)
		}
	}
}

type calls map[string]func(context.Context, *store.Store) error

func (c calls) reports(name string, q store.ReportQuery) {
	q.Page, q.Size, q.Now = 1, 25, start().AddDate(0, -1, 0) // nothing is overdue
	c["reports "+name] = func(ctx context.Context, s *store.Store) error { _, _, err := s.Reports(ctx, q); return err }
}

func (c calls) resources(name string, q store.ResourceQuery) {
	q.Page, q.Size = 1, 25
	c["resources "+name] = func(ctx context.Context, s *store.Store) error { _, _, err := s.Resources(ctx, q); return err }
}

// planned are the calls whose plans are read. Searches for a part of a text,
// lists of licenses by what is counted, and resources of one license by
// something else than their id are not here: they read all that there is, or
// sort it.
func planned(l usage.License) calls {
	c := calls{}
	for _, sort := range []string{"", "name", "status", "license", "frequency", "last-report", "next-report", "created"} {
		c.reports("by "+sort, store.ReportQuery{Sort: sort})
		c.reports("by -"+sort, store.ReportQuery{Sort: "-" + sort})
	}
	for _, last := range []store.ResourceQuery{{}, {LicenseID: l.ID}, {Status: "stopped"}, {Sort: "-type"}} {
		c["last page of resources "+fmt.Sprintf("of %q %q by %q", last.LicenseID, last.Status, last.Sort)] = func(ctx context.Context, s *store.Store) error {
			last.Page, last.Size = store.CountBound, 25
			_, _, err := s.Resources(ctx, last)
			return err
		}
	}
	for _, status := range []string{"pending", "in-progress", "overdue"} {
		c.reports(status, store.ReportQuery{Status: status})
	}
	c.reports("of a type", store.ReportQuery{Type: "summary"})
	c.reports("of a frequency", store.ReportQuery{Frequency: "7d"})
	c.reports("of a license", store.ReportQuery{LicenseID: "lic-00000000000000000000001000000007"})
	for _, sort := range []string{"", "id", "type", "status", "account"} {
		c.resources("by "+sort, store.ResourceQuery{Sort: sort})
		c.resources("by -"+sort, store.ResourceQuery{Sort: "-" + sort})
	}
	c.resources("of an account", store.ResourceQuery{Account: "100000000003"})
	c.resources("of a type", store.ResourceQuery{Type: "RDS"})
	c.resources("of a status", store.ResourceQuery{Status: "stopped"})
	c.resources("of a license", store.ResourceQuery{LicenseID: l.ID})
	c.resources("of a license backwards", store.ResourceQuery{LicenseID: l.ID, Sort: "-id"})
	for _, text := range []string{"i-100003", "arn:aws:777"} {
		c.search(text, "")
		c.search(text, "100000000003")
	}
	c.dashboard()
	c.single(l.ID)
	c.history("r-00000000000000000000001000000007")
	c.queue("r-00000000000000000000001000000008")
	return c
}

// dashboard are the calls of the home page that no list makes.
func (c calls) dashboard() {
	queries := map[string]store.LicenseQuery{"by use": {Sort: "-use"}, "that are all": {}}
	for _, status := range []string{"over-limit", "limit-reached", "expired", "expiring"} {
		queries[status] = store.LicenseQuery{Status: status, Sort: "soonest"}
	}
	for name, q := range queries {
		q.Page, q.Size, q.Now = 1, 6, start()
		c["licenses "+name] = func(ctx context.Context, s *store.Store) error { _, _, err := s.Licenses(ctx, q); return err }
	}
	c.reports("failed", store.ReportQuery{Status: "failed"})
}

func (c calls) search(text, account string) {
	c["search for "+text+" in "+account] = func(ctx context.Context, s *store.Store) error {
		_, _, err := s.Resources(ctx, store.ResourceQuery{Text: text, Beginning: true, Account: account, Page: 1, Size: 10})
		return err
	}
	c["tags with "+text] = func(ctx context.Context, s *store.Store) error {
		_, err := s.TagsWith(ctx, text, []string{"r-00000000000000000000001000000007", "r-00000000000000000000001000000008"})
		return err
	}
}

// single are the calls about one license or resource, and the counts.
func (c calls) single(license string) {
	c["license row"] = func(ctx context.Context, s *store.Store) error { _, err := s.LicenseRow(ctx, license); return err }
	c["license use"] = func(ctx context.Context, s *store.Store) error { _, err := s.LicenseUse(ctx, license); return err }
	c["consumption"] = func(ctx context.Context, s *store.Store) error { _, err := s.Consumption(ctx, license); return err }
	c["counts"] = func(ctx context.Context, s *store.Store) error { _, err := s.Counts(ctx); return err }
	c["foreign"] = func(ctx context.Context, s *store.Store) error {
		_, err := s.CountForeignResources(ctx, "100000000003")
		return err
	}
	c["resource licenses"] = func(ctx context.Context, s *store.Store) error {
		_, err := s.ResourceLicenses(ctx, "i-1000000007")
		return err
	}
}

// history are the calls of the details page of a report.
func (c calls) history(report string) {
	c["history"] = func(ctx context.Context, s *store.Store) error {
		_, _, err := s.History(ctx, store.HistoryQuery{ReportID: report, Type: "summary", State: "open", Page: 1, Size: 10})
		return err
	}
	c["last sizes"] = func(ctx context.Context, s *store.Store) error {
		_, err := s.LastSizes(ctx, []string{report, "r-00000000000000000000001000000008"})
		return err
	}
	c["tags of"] = func(ctx context.Context, s *store.Store) error { _, err := s.TagsOf(ctx, []string{report}); return err }
	c["latest run"] = func(ctx context.Context, s *store.Store) error { _, err := s.LatestRun(ctx, report); return err }
	c["latest file"] = func(ctx context.Context, s *store.Store) error { _, err := s.LatestFile(ctx, report, ""); return err }
	c["comparable files"] = func(ctx context.Context, s *store.Store) error {
		_, err := s.ComparableFiles(ctx, report, 100)
		return err
	}
	c["run of a report"] = func(ctx context.Context, s *store.Store) error {
		if _, err := s.Run(ctx, report, "run-7"); !errors.Is(err, store.ErrNotFound) {
			return err
		}
		return nil
	}
	c["published"] = func(ctx context.Context, s *store.Store) error { _, err := s.Published(ctx, report); return err }
}

// queue are the calls of the publisher and those that fill the queue.
func (c calls) queue(report string) {
	now := start().Add(-10_000 * time.Hour) // nothing else is due
	c["tick"] = func(ctx context.Context, s *store.Store) error {
		if _, _, err := s.EnqueueDue(ctx, now, 500, 0); err != nil {
			return err
		}
		_, err := s.ClaimRuns(ctx, now, lease, store.Lanes{Small: 500})
		return err
	}
	c["compare"] = func(ctx context.Context, s *store.Store) error {
		_, _, err := s.ClaimComparisons(ctx, start().Add(10_000*time.Hour), now, 20)
		return err
	}
	c["resources among"] = func(ctx context.Context, s *store.Store) error {
		_, err := s.ResourcesAmong(ctx, []string{"i-1000000007", "i-1000000008"}, "100000000003")
		return err
	}
	c["run"] = func(ctx context.Context, s *store.Store) error {
		for _, end := range []func(usage.Run) error{
			func(run usage.Run) error { return s.ReleaseRun(ctx, run, now) },
			func(run usage.Run) error { return s.FailRun(ctx, run, now, "X", "x") },
			func(run usage.Run) error { return s.FinishRun(ctx, run, now) },
		} {
			if _, err := s.GenerateReport(ctx, by("admin", now), report); err != nil && !errors.Is(err, store.ErrRunning) {
				return err
			}
			runs, err := s.ClaimRuns(ctx, now, lease, store.Lanes{Small: 1})
			if err != nil || len(runs) != 1 {
				return fmt.Errorf("%d runs, %w", len(runs), err)
			}
			if err := errors.Join(s.RenewRun(ctx, runs[0], now, lease), end(runs[0])); err != nil {
				return err
			}
		}
		_, err := s.DeleteReports(ctx, by("admin", now), []string{report})
		return err
	}
}
