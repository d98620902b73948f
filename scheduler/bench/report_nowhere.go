package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"license-manager/store"
	"license-manager/store/usage"
)

// pythonReport is what an administrator would write.
const pythonReport = `
import csv, sqlite3, sys
with open(sys.argv[3], "w", newline="") as out:
    writer = csv.writer(out)
    cursor = sqlite3.connect(sys.argv[1]).execute(sys.argv[2])
    writer.writerow(column[0] for column in cursor.description)
    writer.writerows(cursor)
`

// reportToNowhere renders a report without publishing it, beside the tools that write the same rows from a table of their own.
func (b *bench) reportToNowhere(ctx context.Context, e *estate) (err error) {
	s, err := openStore(ctx, e.database, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := e.createReports(ctx, s); err != nil {
		return err
	}
	prefix, err := e.report.prefix(ctx, s)
	if err != nil {
		return err
	}
	query := flatQuery(prefix, " ORDER BY resource_id")
	if err := e.sameReport(ctx, s, query); err != nil {
		return err
	}
	rows := e.report.rows
	sides := []side{
		{"stored lines", func(ctx context.Context) (float64, error) {
			return rate(rows, func() error {
				return b.profiled("report-sqlite", func() error { return e.report.render(ctx, s, io.Discard) })
			})
		}},
		{"sqlite3 -csv", func(ctx context.Context) (float64, error) {
			return rate(rows, exec.CommandContext(ctx, "sqlite3", "-csv", "-header", e.flat, query).Run)
		}},
		{"Python", func(ctx context.Context) (float64, error) {
			return rate(rows, exec.CommandContext(ctx, "python3", "-c", pythonReport, e.flat, query, os.DevNull).Run)
		}},
	}
	if err := b.loadDuckDB(ctx, e); err != nil {
		b.book.absent("report/duckdb", "not measured: "+firstLine(err.Error()))
	} else {
		sides = append(sides, side{"DuckDB", func(ctx context.Context) (float64, error) {
			return b.copyDuckDB(ctx, rows, flatQuery(prefix, ""))
		}})
	}
	figures, err := b.alternate(ctx, sides...)
	if err != nil {
		return err
	}
	b.book.set("report/sqlite3", figures[0], figures[1], "")
	b.book.set("report/python", figures[0], figures[2], "")
	if len(figures) > 3 {
		b.book.set("report/duckdb", figures[0], figures[3], "its table is in the order of the report, so it need not sort")
	}
	return nil
}

// createReports creates the usage reports of the licenses.
func (e *estate) createReports(ctx context.Context, s *store.Store) error {
	for i, subject := range []*subject{&e.report, &e.smaller, &e.largest} {
		if i == 2 && subject.license == e.report.license {
			e.largest = e.report
			continue
		}
		var err error
		subject.report, err = s.CreateReport(ctx, act(), usage.Report{
			Name: "Resources " + strconv.Itoa(i), LicenseID: subject.license, Types: usage.ReportTypes{usage.ResourceUsage}, Frequency: usage.Every30Days,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// prefix is what every row of the report begins with.
func (s subject) prefix(ctx context.Context, from *store.Store) (prefix []byte, err error) {
	err = from.ReadSnapshot(ctx, s.run(), act().At, func(snapshot *store.SnapshotReader) error {
		id := strings.TrimSuffix(usage.FileName(s.file().Key), ".csv")
		prefix = usage.AppendResourceUsagePrefix(nil, snapshot.Snapshot, id)
		return nil
	})
	return prefix, err
}

// sameReport fails unless the product and sqlite3 write the same records, as far as some thousands tell.
func (e *estate) sameReport(ctx context.Context, s *store.Store, query string) error {
	theirs, err := output(ctx, "sqlite3", "-csv", "-header", e.flat, query+" LIMIT 5000")
	if err != nil {
		return err
	}
	read, write := io.Pipe()
	go func() { write.CloseWithError(e.report.render(ctx, s, write)) }()
	defer read.Close()
	header := strings.NewReader(string(usage.ResourceUsageHeader()))
	_, values, _ := strings.Cut(theirs, "\n") // constants have no names in its header
	return sameRecords(read, io.MultiReader(header, strings.NewReader(values)), min(e.report.rows, 5000))
}

// loadDuckDB gives DuckDB the rows in a table of its own.
func (b *bench) loadDuckDB(ctx context.Context, e *estate) error {
	if b.missing != nil {
		return b.missing
	}
	rows := b.path("flat.csv")
	if _, err := output(ctx, "sqlite3", "-csv", "-header", e.flat, ".output "+rows, "SELECT * FROM flat ORDER BY resource_id"); err != nil {
		return err
	}
	_, err := output(ctx, b.peer("duckdb"), "load", b.path("flat.duckdb"), rows)
	return errors.Join(err, os.Remove(rows))
}

// copyDuckDB returns the rate of DuckDB by its own clock, without the start of the program.
func (b *bench) copyDuckDB(ctx context.Context, rows int, query string) (float64, error) {
	return printedRate(ctx, rows, b.peer("duckdb"), "copy", b.path("flat.duckdb"), os.DevNull, query)
}

// printedRate runs a peer that prints the seconds that its work took.
func printedRate(ctx context.Context, n int, name string, args ...string) (float64, error) {
	out, err := output(ctx, name, args...)
	if err != nil {
		return 0, err
	}
	seconds, err := strconv.ParseFloat(strings.TrimSpace(out), 64)
	if err != nil || seconds <= 0 {
		return 0, fmt.Errorf("%s printed %q for its seconds", name, out)
	}
	return float64(n) / seconds, nil
}
