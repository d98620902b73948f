package webtest

import (
	"database/sql"
	"strings"
	"testing"
)

// LockDatabase lets nobody else change the sessions, on SQLite anything, until
// unlock is called: so a large import into SQLite holds it.
func (c *Console) LockDatabase(tb testing.TB) (unlock func()) {
	tb.Helper()
	driver, lock := "sqlite3", []string{"BEGIN IMMEDIATE"}
	if strings.HasPrefix(c.address, "postgres://") {
		driver, lock = "pgx", []string{"BEGIN", "LOCK TABLE sessions IN SHARE MODE"}
	}
	db, err := sql.Open(driver, c.address)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	conn, err := db.Conn(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	exec := func(statements ...string) {
		tb.Helper()
		for _, statement := range statements {
			if _, err := conn.ExecContext(tb.Context(), statement); err != nil {
				tb.Fatal(err)
			}
		}
	}
	exec(lock...)
	return func() {
		exec("ROLLBACK")
		_ = conn.Close()
	}
}
