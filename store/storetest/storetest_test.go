package storetest_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/mattn/go-sqlite3"

	"license-manager/store/storetest"
)

func TestEachDatabaseIsEmptyAndItsOwn(t *testing.T) {
	t.Parallel()
	for n := range 2 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, address string) {
				db := open(t, address)
				run(t, db, "CREATE TABLE things (name TEXT)")
				run(t, db, "INSERT INTO things VALUES ('one')")
				if got := count(t, db); got != 1 {
					t.Errorf("things = %d, want 1", got)
				}
			})
		})
	}
}

func TestTemplateIsPreparedOnceAndCopied(t *testing.T) {
	t.Parallel()
	var times atomic.Int32
	template := storetest.Template{Prepare: func(ctx context.Context, address string) error {
		times.Add(1)
		return fill(ctx, address)
	}}
	t.Run("copies", func(t *testing.T) {
		t.Parallel()
		t.Cleanup(func() {
			if got := times.Load(); got != 2 {
				t.Errorf("prepared %d times, want once for each of two databases", got)
			}
		})
		for n := range 3 {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				t.Parallel()
				template.Each(t, func(t *testing.T, address string) {
					db := open(t, address)
					run(t, db, "INSERT INTO things VALUES ('mine')")
					if got := count(t, db); got != 2 {
						t.Errorf("things = %d, want the template's and mine", got)
					}
				})
			})
		}
	})
}

func TestPostgresDatabaseGoesWithItsTest(t *testing.T) {
	t.Parallel()
	var address string
	var template storetest.Template
	// Deliberately not parallel: it has ended when Run returns.
	t.Run("its test", func(t *testing.T) {
		address = template.Postgres(t)
		run(t, connect(t, address), "SELECT 1") // still open when the test ends
	})
	if err := connect(t, address).PingContext(t.Context()); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("ping = %v, want that the database does not exist", err)
	}
}

// fill is what a migration would be: it closes what it opens.
func fill(ctx context.Context, address string) error {
	db, err := sql.Open(driver(address), address)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "CREATE TABLE things (name TEXT); INSERT INTO things VALUES ('template')")
	return errors.Join(err, db.Close())
}

// open connects to the database for as long as the test runs.
func open(t *testing.T, address string) *sql.DB {
	t.Helper()
	db := connect(t, address)
	t.Cleanup(func() { db.Close() })
	return db
}

// connect leaves closing to the caller.
func connect(t *testing.T, address string) *sql.DB {
	t.Helper()
	db, err := sql.Open(driver(address), address)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func driver(address string) string {
	if strings.HasPrefix(address, "postgres://") {
		return "pgx"
	}
	return "sqlite3"
}

func run(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, db *sql.DB) (things int) {
	t.Helper()
	if err := db.QueryRowContext(t.Context(), "SELECT count(*) FROM things").Scan(&things); err != nil {
		t.Fatal(err)
	}
	return things
}
