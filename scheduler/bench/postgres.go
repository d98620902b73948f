package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// errNoPostgres is why goals on PostgreSQL have no figures without a server.
var errNoPostgres = errors.New("no PostgreSQL server: run it by .ci/postgres --durable")

// postgresDialect is PostgreSQL's.
func postgresDialect() dialect {
	return dialect{
		numbers: "numbers (n) AS (SELECT generate_series(1, %d)::bigint)",
		hex:     "lpad(to_hex(%s), %d, '0')",
		moment:  "to_timestamp(%s)",
		iso:     `to_char(%s AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`,
		bytes:   "convert_to(%s, 'UTF8')",
	}
}

// createPostgres makes an empty database on the server and returns its URL. One that an earlier run left is dropped; this one goes with the
// server, or with the next run.
func (b *bench) createPostgres(ctx context.Context, name string) (string, error) {
	if b.postgres == "" {
		return "", errNoPostgres
	}
	conn, err := pgx.Connect(ctx, b.postgres)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	for _, statement := range []string{"DROP DATABASE IF EXISTS " + name + " WITH (FORCE)", "CREATE DATABASE " + name + " TEMPLATE template0"} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return "", err
		}
	}
	u, err := url.Parse(b.postgres)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}

// openPostgres opens a database for statements of the benchmark.
func openPostgres(url string) (*sql.DB, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	return stdlib.OpenDB(*config), nil
}

// fillPostgres fills a database that the product has made, as fillSQLite does.
func fillPostgres(ctx context.Context, url string, fill func(filler) error) (err error) {
	db, err := openPostgres(url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	f := filler{db: db, dialect: postgresDialect()}
	// Foreign keys are not looked at: a trigger a row.
	if err := f.exec(ctx, "SET session_replication_role = replica", "SET synchronous_commit = off"); err != nil {
		return err
	}
	const made = `SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('resources', 'associations', 'reports') AND indexname NOT LIKE '%_pkey'`
	if err := f.withoutIndexes(ctx, made, func() error { return fill(f) }); err != nil {
		return err
	}
	return f.exec(ctx, "VACUUM (ANALYZE)", "CHECKPOINT")
}

// durability tells what the server promises when it commits.
func (b *bench) durability(ctx context.Context) string {
	conn, err := pgx.Connect(ctx, b.postgres)
	if err != nil {
		return err.Error()
	}
	defer conn.Close(ctx)
	var version, fsync, commit string
	err = conn.QueryRow(ctx, "SELECT current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit')").
		Scan(&version, &fsync, &commit)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("PostgreSQL %s with fsync %s and synchronous_commit %s", version, fsync, commit)
}
