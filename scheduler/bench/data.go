package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"license-manager/store"
	"license-manager/store/usage"
	"license-manager/web/cli"
)

// account is whose usage is reported.
func account() usage.Account { return usage.Account{ID: "123456789012", Region: "us-east-1"} }

// act is who makes the data, at a moment that never changes.
func act() usage.Act {
	return usage.Act{By: "bench", At: time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)}
}

// clock is the product's.
func clock() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// openStore opens a database as the product does, with the memory that it allows itself.
func openStore(ctx context.Context, url string, streams int) (*store.Store, error) {
	cli.LimitMemory(streams)
	return store.Open(ctx, store.Options{URL: url, Account: account(), Streams: streams})
}

// seedName is the name of the usage report that others are copied from.
const seedName = "Usage report"

// seed makes a database with licenses and one usage report.
func seed(ctx context.Context, url string, licenses int) (licenseIDs []string, report usage.Report, err error) {
	s, err := openStore(ctx, url, 1)
	if err != nil {
		return nil, report, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	count := int64(5_000_000)
	for n := range licenses {
		l, err := s.CreateLicense(ctx, act(), usage.License{
			Name: fmt.Sprintf("License %03d", n), Description: "Oracle Database Enterprise Edition, by vCPU", CountingType: usage.CountVCPU, Count: &count,
		})
		if err != nil {
			return nil, report, err
		}
		licenseIDs = append(licenseIDs, l.ID)
	}
	report, err = s.CreateReport(ctx, act(), usage.Report{
		Name: seedName, LicenseID: licenseIDs[0], Types: usage.ReportTypes{usage.Summary}, Frequency: usage.Every24Hours,
	})
	return licenseIDs, report, err
}

// filler writes large amounts of rows by statements of its own, below the product, since they need no more than to be there.
type filler struct {
	db      *sql.DB
	dialect dialect
}

// dialect is how a database says what the other says in other words.
type dialect struct {
	numbers string // a table "numbers" of n from 1 to %d
	hex     string // %s in %d hexadecimal digits
	moment  string // seconds %s since 1970 as a stored time
	iso     string // stored time %s as in a report
	bytes   string // text %s as bytes
}

// exec runs statements one after the other.
func (f filler) exec(ctx context.Context, statements ...string) error {
	for _, statement := range statements {
		if _, err := f.db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%w in %s", err, statement)
		}
	}
	return nil
}

// hexOf is a number in digits that are the same for the same n and in its order.
func (f filler) hexOf(n string, digits int) string {
	return fmt.Sprintf(f.dialect.hex, "("+n+" * 2654435761)", digits)
}

// resources inserts tracked resources whose ids ascend.
func (f filler) resources(ctx context.Context, rows int) error {
	d := f.dialect
	choose := func(words ...string) string {
		var cases strings.Builder
		for i, word := range words {
			fmt.Fprintf(&cases, " WHEN %d THEN '%s'", i, word)
		}
		return fmt.Sprintf("CASE n %% %d%s END", len(words), cases.String())
	}
	base := "SELECT n, 'i-' || " + f.hexOf("n", 17) + " AS id, " +
		choose("EC2_INSTANCE", "EC2_INSTANCE", "RDS", "EC2_INSTANCE", "EC2_HOST") + " AS type, " +
		choose("running", "running", "running", "stopped") + " AS status, " +
		choose("123456789012", "210987654321", "345678901234", "456789012345", "567890123456", "678901234567", "789012345678") + " AS owner, " +
		choose("us-east-1", "eu-central-1", "ap-southeast-2") + " AS region, " +
		choose("Linux/UNIX", "Windows", "Windows with SQL Server Enterprise", "Red Hat Enterprise Linux") + " AS platform, " +
		choose("m7i.4xlarge", "r7i.8xlarge", "c7i.2xlarge") + " AS instance_type, 4 * (1 + n % 4) AS vcpus FROM numbers"
	made := fmt.Sprintf(d.moment, "(1767225600 + n % 8640000)")
	return f.exec(ctx, fmt.Sprintf(`
INSERT INTO resources (id, arn, type, status, owner_account_id, region, platform, instance_type, tenancy, vcpus, cores, sockets, threads_per_core, created_at, updated_at)
WITH %s SELECT id, 'arn:aws:ec2:' || region || ':' || owner || ':instance/' || id, type, status, owner, region, platform, instance_type,
       'default', vcpus, vcpus / 2, 1, 2, %s, %s FROM (%s) t ORDER BY n`, fmt.Sprintf(d.numbers, rows), made, made, base))
}

// associations lets the first rows of the resources use a license by vCPU, with the lines that the product would render and the
// counters that it would keep.
func (f filler) associations(ctx context.Context, license string, rows int) error {
	d := f.dialect
	line := "arn || ',' || id || ',' || type || ',' || status || ',' || owner_account_id || ',' || region || ',' || platform || ',' || instance_type || ',' || consumed || ',' || " +
		fmt.Sprintf(d.iso, "created_at") + " || '\n'"
	return f.exec(ctx, fmt.Sprintf(`
INSERT INTO associations (license_id, resource_id, resource_type, consumed, given, associated_at, line)
SELECT '%s', id, type, consumed, NULL, created_at, %s
FROM (SELECT *, CASE status WHEN 'stopped' THEN 0 ELSE vcpus END AS consumed FROM resources ORDER BY id LIMIT %d) r ORDER BY id`,
		license, fmt.Sprintf(d.bytes, line), rows), fmt.Sprintf(`
INSERT INTO license_counters (license_id, resource_type, associated, consumed)
SELECT license_id, resource_type, count(*), sum(consumed) FROM associations WHERE license_id = '%s' GROUP BY license_id, resource_type`, license), fmt.Sprintf(`
UPDATE licenses SET used = (SELECT sum(consumed) FROM license_counters WHERE license_id = '%[1]s') WHERE id = '%[1]s'`, license))
}

// reportNames is what the names of copied reports begin with; a number of 7 digits follows.
const reportNames = seedName + " "

// reports copies a report so many times, over the licenses given. Their next run is at the time given in seconds since 1970.
func (f filler) reports(ctx context.Context, from usage.Report, licenses []string, rows int, nextRun int64) error {
	d := f.dialect
	var license strings.Builder
	for i, id := range licenses {
		fmt.Fprintf(&license, " WHEN %d THEN '%s'", i, id)
	}
	id := "'r-' || " + f.hexOf("n", 32)
	name := "'" + reportNames + "' || substr('000000' || n, length('000000' || n) - 6)"
	moment := func(seconds string) string { return fmt.Sprintf(d.moment, "("+seconds+")") }
	return f.exec(ctx, fmt.Sprintf(`
INSERT INTO reports (id, arn, name, name_key, description, license_id, types, frequency, status, failure, grid_start, next_run_at,
                     last_report_at, version, created_at, created_by, updated_at, updated_by)
WITH %s SELECT %s, replace(r.arn, r.id, %s), %s, lower(%s), r.description, CASE n %% %d%s END, r.types, r.frequency, 'succeeded', '',
       r.grid_start, %s, %s, 1, %s, r.created_by, %s, r.updated_by
FROM numbers, reports r WHERE r.id = '%s'`, fmt.Sprintf(d.numbers, rows), id, id, name, name, len(licenses), license.String(),
		moment(fmt.Sprint(nextRun)), moment("1767225600 + n % 864000"), moment("1760000000 + n"), moment("1760000000 + n"), from.ID),
		// The first one has served; it waits for the publisher since it was created.
		"DELETE FROM files", "DELETE FROM runs", "UPDATE reports SET next_run_at = NULL, deleted_at = created_at WHERE id = '"+from.ID+"'")
}

// past begins the ids of runs that were published before the benchmark.
const past = "past-"

// history gives each copied report a run that was published. A queue is seldom empty behind: what a database plans for one that
// is would not be what it does in use.
func (f filler) history(ctx context.Context) error {
	from := " FROM reports r WHERE r.name <> '" + seedName + "'"
	return f.exec(ctx, `
INSERT INTO runs (id, report_id, report_name, types, "trigger", scheduled_for, state, attempts, created_at)
SELECT '`+past+`' || r.id, r.id AS report, r.name, r.types, 'scheduled', r.last_report_at AS scheduled, 'succeeded', 1, r.last_report_at`+from, `
INSERT INTO files (run_id, type, report_id, bucket, key, "rows", size, published_at, license_id)
SELECT '`+past+`' || r.id, 'summary', r.id, '`+benchBucket+`', 'Reports/' || r.name, 1, 1000, r.last_report_at, r.license_id`+from)
}

// never is a time that no run reaches.
func never() int64 { return time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC).Unix() }
