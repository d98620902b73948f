package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"license-manager/scheduler/publish"
	"license-manager/store"
	"license-manager/store/usage"
)

// The rows of the licenses that reports are made of.
const (
	reportRows  = 2_000_000
	flatRows    = 1_000_000  // to compare the memory of the largest with
	largestRows = 10_000_000 // with -full
)

// estate is a SQLite database with licenses that many resources use, and beside it what the peers read.
type estate struct {
	dir      string // data directory of a server
	database string
	flat     string // database of the peers
	report   subject
	smaller  subject
	largest  subject
}

// subject is a license with its resources and a usage report of them.
type subject struct {
	rows    int
	license string
	report  usage.Report
}

// measureReports measures resource usage reports of large licenses on SQLite.
func measureReports(ctx context.Context, b *bench) error {
	e, err := b.makeEstate(ctx)
	if err != nil {
		return err
	}
	b.say("  estate of %d resources made", e.largest.rows)
	return errors.Join(b.reportToNowhere(ctx, e), b.reportToSink(ctx, e), b.summaryFigures(ctx, e), b.reportMemory(ctx, e), b.resourcesPage(ctx, e), b.writersDuring(ctx, e))
}

// makeEstate fills the database and the one of the peers.
func (b *bench) makeEstate(ctx context.Context) (*estate, error) {
	e := &estate{dir: b.path("estate"), flat: b.path("flat.db")}
	e.database = filepath.Join(e.dir, "license-manager.db")
	if err := os.Mkdir(e.dir, 0o700); err != nil {
		return nil, err
	}
	licenses, _, err := seed(ctx, e.database, 3)
	if err != nil {
		return nil, err
	}
	e.report = subject{rows: b.scaled(reportRows), license: licenses[0]}
	e.smaller = subject{rows: b.scaled(flatRows), license: licenses[1]}
	e.largest = e.report
	subjects := []subject{e.report, e.smaller}
	if b.full {
		e.largest = subject{rows: b.scaled(largestRows), license: licenses[2]}
		subjects = append(subjects, e.largest)
	}
	err = fillSQLite(ctx, e.database, func(f filler) error {
		if err := f.resources(ctx, e.largest.rows); err != nil {
			return err
		}
		for _, s := range subjects {
			if err := f.associations(ctx, s.license, s.rows); err != nil {
				return err
			}
		}
		return f.flat(ctx, e.flat, e.report.rows)
	})
	if err != nil {
		return nil, err
	}
	return e, checkLines(ctx, e)
}

// flat makes the database of the peers: one table that has what a row of a report has, already in the order of the report. They
// need not join, which the product's own tables would ask of them.
func (f filler) flat(ctx context.Context, path string, rows int) error {
	return f.exec(ctx, "ATTACH '"+path+"' AS peer", `CREATE TABLE peer.flat (
	resource_arn text NOT NULL, resource_id text PRIMARY KEY, resource_type text NOT NULL, resource_status text NOT NULL,
	resource_owner_id text NOT NULL, region text NOT NULL, platform text NOT NULL, instance_type text NOT NULL,
	consumed_licenses bigint NOT NULL, association_time text NOT NULL) WITHOUT ROWID`, fmt.Sprintf(`
INSERT INTO peer.flat SELECT arn, id, type, status, owner_account_id, region, platform, instance_type,
       CASE status WHEN 'stopped' THEN 0 ELSE vcpus END, %s FROM resources ORDER BY id LIMIT %d`,
		fmt.Sprintf(f.dialect.iso, "created_at"), rows), "DETACH peer")
}

// flatQuery selects the rows of the report that the product makes, the columns that never change as constants. The order is
// that of the key.
func flatQuery(prefix []byte, order string) string {
	var columns []string
	for _, value := range strings.Split(strings.TrimSuffix(string(prefix), ","), ",") {
		columns = append(columns, "'"+strings.ReplaceAll(value, "'", "''")+"'")
	}
	columns = append(columns, usage.ResourceUsageColumns()[len(columns):]...)
	return "SELECT " + strings.Join(columns, ", ") + " FROM flat" + order
}

// run is one that is not in the database: it reads a snapshot without publishing it.
func (s subject) run() usage.Run {
	return usage.Run{ReportID: s.report.ID, ReportName: s.report.Name, Types: usage.ReportTypes{usage.ResourceUsage}, ScheduledFor: act().At}
}

// file is the one that the run would publish.
func (s subject) file() usage.File {
	return usage.File{Type: usage.ResourceUsage, Key: usage.Key(s.report.Name, act().At, usage.ResourceUsage, "0123456789abcdef")}
}

// render writes the report as the publisher does.
func (s subject) render(ctx context.Context, from *store.Store, w io.Writer) error {
	return from.ReadSnapshot(ctx, s.run(), act().At, func(snapshot *store.SnapshotReader) error {
		rows, err := publish.Render(w, snapshot, s.file())
		if err == nil && rows != int64(s.rows) {
			err = fmt.Errorf("%d rows rendered, want %d", rows, s.rows)
		}
		return err
	})
}

// checkLines makes sure that the lines that the benchmark has stored are those that the product renders.
func checkLines(ctx context.Context, e *estate) (err error) {
	s, err := openStore(ctx, e.database, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	rows, _, err := s.Resources(ctx, store.ResourceQuery{LicenseID: e.report.license, Page: 1, Size: 100})
	if err != nil {
		return err
	}
	db, err := openSQLite(e.database)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, row := range rows {
		var stored []byte
		if err := db.QueryRowContext(ctx, "SELECT line FROM associations WHERE license_id = ? AND resource_id = ?", row.LicenseID, row.ID).Scan(&stored); err != nil {
			return err
		}
		rendered := usage.AppendResourceLine(nil, row.Resource, usage.Association{Consumed: row.Consumed, AssociatedAt: *row.AssociatedAt})
		if string(stored) != string(rendered) {
			return fmt.Errorf("stored line %q, the product renders %q", stored, rendered)
		}
	}
	return nil
}

// sameRecords fails unless two CSV texts begin with the same records.
func sameRecords(ours, peers io.Reader, n int) error {
	a, b := csv.NewReader(ours), csv.NewReader(peers)
	for i := range n {
		x, errX := a.Read()
		y, errY := b.Read()
		if err := errors.Join(errX, errY); err != nil {
			return err
		}
		if strings.Join(x, "\x00") != strings.Join(y, "\x00") {
			return fmt.Errorf("record %d is %q here and %q there", i, x, y)
		}
	}
	return nil
}
