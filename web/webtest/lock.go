package webtest

import (
	"database/sql"
	"strings"
	"testing"

	"license-manager/store"
)

// LockDatabase lets nobody else change the sessions, on SQLite anything but the
// inventory, until unlock is called.
func (c *Console) LockDatabase(tb testing.TB) (unlock func()) {
	tb.Helper()
	if c.onPostgres() {
		return lock(tb, "pgx", c.address, "BEGIN", "LOCK TABLE sessions IN SHARE MODE")
	}
	return lock(tb, "sqlite3", c.address, "BEGIN IMMEDIATE")
}

// LockInventory holds what an import holds while it is written, until unlock is
// called.
func (c *Console) LockInventory(tb testing.TB) (unlock func()) {
	tb.Helper()
	if c.onPostgres() {
		return lock(tb, "pgx", c.address, "BEGIN", "SELECT pg_advisory_xact_lock(x'6173736f63'::bigint)", "SELECT id FROM licenses FOR SHARE")
	}
	return lock(tb, "sqlite3", store.InventoryFile(c.address), "BEGIN IMMEDIATE")
}

func (c *Console) onPostgres() bool { return strings.HasPrefix(c.address, "postgres://") }

// lock begins a transaction beside the console's own.
func lock(tb testing.TB, driver, address string, statements ...string) (unlock func()) {
	tb.Helper()
	db, err := sql.Open(driver, address)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	conn, err := db.Conn(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	exec := func(statement string) {
		tb.Helper()
		if _, err := conn.ExecContext(tb.Context(), statement); err != nil {
			tb.Fatal(err)
		}
	}
	for _, statement := range statements {
		exec(statement)
	}
	return func() {
		exec("ROLLBACK")
		_ = conn.Close()
	}
}
