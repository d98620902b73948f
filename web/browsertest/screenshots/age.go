package main

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"

	"time"

	_ "github.com/mattn/go-sqlite3"
)

// age makes everything as old as it would be in a company: the last report is
// some hours old, each one before is a day older. The program must not run.
func age(ctx context.Context, dataDir string) (err error) {
	db, err := sql.Open("sqlite3", filepath.Join(dataDir, "license-manager.db"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	ids, err := column(ctx, db, "SELECT id FROM reports ORDER BY name")
	if err != nil {
		return err
	}
	for i, id := range ids {
		if err := ageReport(ctx, db, id, i); err != nil {
			return err
		}
	}
	return nil
}

// ageReport spreads the runs of a report over the last days, the newest an
// odd time ago.
func ageReport(ctx context.Context, db *sql.DB, id string, n int) error {
	newest := time.Duration(17+97*n) * time.Minute
	runs, err := column(ctx, db, "SELECT id FROM runs WHERE report_id = ? ORDER BY created_at DESC", id)
	if err != nil {
		return err
	}
	for i, run := range runs {
		back := newest + time.Duration(i)*24*time.Hour
		err := row{"runs", "id", run}.shift(ctx, db, back, "scheduled_for", "created_at", "started_at", "finished_at")
		if err == nil {
			err = row{"files", "run_id", run}.shift(ctx, db, back, "published_at")
		}
		if err != nil {
			return err
		}
		if i < len(runs)-1 {
			if _, err := db.ExecContext(ctx, `UPDATE runs SET "trigger" = 'scheduled' WHERE id = ?`, run); err != nil {
				return err
			}
		}
	}
	back := newest + time.Duration(len(runs)-1)*24*time.Hour
	if err := (row{"reports", "id", id}).shift(ctx, db, newest, "grid_start", "next_run_at", "last_report_at"); err != nil {
		return err
	}
	return row{"reports", "id", id}.shift(ctx, db, back, "created_at", "updated_at")
}

// row is one of a table, by the value of its key.
type row struct{ table, key, id string }

// shift sets moments of the row back.
func (r row) shift(ctx context.Context, db *sql.DB, back time.Duration, columns ...string) error {
	for _, name := range columns {
		var moment sql.NullTime
		where := " FROM " + r.table + " WHERE " + r.key + " = ?"
		if err := db.QueryRowContext(ctx, "SELECT "+name+where+" LIMIT 1", r.id).Scan(&moment); err != nil {
			return err
		}
		if !moment.Valid {
			continue
		}
		if _, err := db.ExecContext(ctx, "UPDATE "+r.table+" SET "+name+" = ? WHERE "+r.key+" = ?", moment.Time.Add(-back), r.id); err != nil {
			return err
		}
	}
	return nil
}

// column returns the only column of a query.
func column(ctx context.Context, db *sql.DB, query string, arguments ...any) (values []string, err error) {
	rows, err := db.QueryContext(ctx, query, arguments...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, rows.Err()
}
