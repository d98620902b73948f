package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"

	_ "github.com/mattn/go-sqlite3" // the driver that the product has too
)

// sqliteDialect is SQLite's, as the driver stores times.
func sqliteDialect() dialect {
	return dialect{
		numbers: "RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %d)",
		hex:     "printf('%%0%[2]dx', %[1]s)",
		moment:  "strftime('%%Y-%%m-%%d %%H:%%M:%%S+00:00', %s, 'unixepoch')",
		iso:     "replace(substr(%s, 1, 19), ' ', 'T') || 'Z'",
		bytes:   "CAST(%s AS BLOB)",
	}
}

// openSQLite opens a file for statements of the benchmark.
func openSQLite(path string) (*sql.DB, error) {
	return sql.Open("sqlite3", (&url.URL{Scheme: "file", Opaque: path, RawQuery: "_busy_timeout=10000"}).String())
}

// fillSQLite fills a file that the product has made. Indexes are dropped before and made anew after, which is many times faster
// and leaves them as if the rows had come in one import.
func fillSQLite(ctx context.Context, path string, fill func(filler) error) (err error) {
	db, err := openSQLite(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	f := filler{db: db, dialect: sqliteDialect()}
	if err := f.exec(ctx, "PRAGMA synchronous = OFF", "PRAGMA temp_store = MEMORY", "PRAGMA cache_size = -200000"); err != nil {
		return err
	}
	const made = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN ('resources', 'associations', 'reports')"
	if err := f.withoutIndexes(ctx, made, func() error { return fill(f) }); err != nil {
		return err
	}
	return f.exec(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
}

// withoutIndexes drops the indexes that the query names, with the statements that made them, and makes them again after fill.
func (f filler) withoutIndexes(ctx context.Context, query string, fill func() error) error {
	rows, err := f.db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	var drop, create []string
	for rows.Next() {
		var name, statement string
		if err := rows.Scan(&name, &statement); err != nil {
			return err
		}
		drop, create = append(drop, fmt.Sprintf("DROP INDEX %q", name)), append(create, statement)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	if err := f.exec(ctx, drop...); err != nil {
		return err
	}
	if err := fill(); err != nil {
		return err
	}
	return f.exec(ctx, create...)
}
