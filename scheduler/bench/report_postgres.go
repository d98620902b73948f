package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"

	"license-manager/store/usage"
)

const postgresRows = 1_000_000

// measurePostgresReport renders a report from PostgreSQL beside psql, which copies the same rows from a table of its own.
func measurePostgresReport(ctx context.Context, b *bench) (err error) {
	url, err := b.createPostgres(ctx, "bench_report")
	if err != nil {
		return err
	}
	licenses, _, err := seed(ctx, url, 1)
	if err != nil {
		return err
	}
	subject := subject{rows: b.scaled(postgresRows), license: licenses[0]}
	err = fillPostgres(ctx, url, func(f filler) error {
		if err := f.resources(ctx, subject.rows); err != nil {
			return err
		}
		return errors.Join(f.associations(ctx, subject.license, subject.rows), f.flatPostgres(ctx))
	})
	if err != nil {
		return err
	}
	s, err := openStore(ctx, url, 1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	subject.report, err = s.CreateReport(ctx, act(), usage.Report{
		Name: "Resources", LicenseID: subject.license, Types: usage.ReportTypes{usage.ResourceUsage}, Frequency: usage.Every30Days,
	})
	if err != nil {
		return err
	}
	prefix, err := subject.prefix(ctx, s)
	if err != nil {
		return err
	}
	query := flatQuery(prefix, "")
	figures, err := b.alternate(ctx,
		side{"stored lines", func(ctx context.Context) (float64, error) {
			return rate(subject.rows, func() error {
				return b.profiled("report-postgres", func() error { return subject.render(ctx, s, io.Discard) })
			})
		}},
		side{`psql \copy`, func(ctx context.Context) (float64, error) {
			return rate(subject.rows, copyByPSQL(ctx, url, query).Run)
		}},
	)
	if err != nil {
		return err
	}
	b.book.set("postgres/report", figures[0], figures[1], "its table is in the order of the report, so it need not sort")
	return nil
}

// copyByPSQL writes what a query selects to nowhere.
func copyByPSQL(ctx context.Context, url, query string) *exec.Cmd {
	script := fmt.Sprintf(`\copy (%s) TO STDOUT (FORMAT csv, HEADER)`, query)
	return exec.CommandContext(ctx, "psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", url, "--command", strings.ReplaceAll(script, "\n", " "))
}

// flatPostgres makes the table of the peer, with its rows in the order of the report.
func (f filler) flatPostgres(ctx context.Context) error {
	return f.exec(ctx, fmt.Sprintf(`CREATE TABLE flat AS SELECT arn AS resource_arn, id AS resource_id, type AS resource_type, status AS resource_status,
	owner_account_id AS resource_owner_id, region, platform, instance_type, CASE status WHEN 'stopped' THEN 0 ELSE vcpus END AS consumed_licenses,
	%s AS association_time FROM resources ORDER BY id`, fmt.Sprintf(f.dialect.iso, "created_at")))
}
