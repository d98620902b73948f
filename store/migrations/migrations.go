// Package migrations brings a database to the schema that package store
// expects: SQL files for PostgreSQL and for each of the two files of SQLite,
// applied once and in order by goose.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed postgres/*.sql sqlite_console/*.sql sqlite_inventory/*.sql
var files embed.FS

// Set names the migrations of one database.
type Set string

// The sets. SQLiteInventory began as that of the only file, which held all
// tables until SQLiteInventoryAlone.
const (
	Postgres        Set = "postgres"
	SQLiteConsole   Set = "sqlite_console"
	SQLiteInventory Set = "sqlite_inventory"
)

// SQLiteInventoryAlone is the version of SQLiteInventory that drops the tables
// which SQLiteConsole has.
const SQLiteInventoryAlone = 18

// Up applies what is missing. Replicas may call it at once: on PostgreSQL an
// advisory lock lets one work and the others wait.
func Up(ctx context.Context, db *sql.DB, set Set) error {
	provider, err := newProvider(db, set)
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate %s: %w", set, err)
	}
	return nil
}

// UpTo is Up as far as a version. A database that is beyond it stays as it is.
func UpTo(ctx context.Context, db *sql.DB, set Set, version int64) error {
	provider, err := newProvider(db, set)
	if err != nil {
		return err
	}
	if _, err := provider.UpTo(ctx, version); err != nil {
		return fmt.Errorf("migrate %s: %w", set, err)
	}
	return nil
}

// Current reports whether a file of SQLite has all migrations of a set, for less than Up
// takes to find that nothing is missing.
func Current(ctx context.Context, db *sql.DB, set Set) (bool, error) {
	var made bool
	const table = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'goose_db_version')"
	if err := db.QueryRowContext(ctx, table).Scan(&made); err != nil || !made {
		return false, err
	}
	var version int64
	if err := db.QueryRowContext(ctx, "SELECT max(version_id) FROM goose_db_version WHERE is_applied").Scan(&version); err != nil {
		return false, err
	}
	entries, err := files.ReadDir(string(set)) // by name
	if err != nil {
		return false, err
	}
	newest, err := goose.NumericComponent(entries[len(entries)-1].Name())
	return version >= newest, err
}

func newProvider(db *sql.DB, set Set) (*goose.Provider, error) {
	folder, err := fs.Sub(files, string(set))
	if err != nil {
		return nil, fmt.Errorf("migrations %s: %w", set, err)
	}
	options := []goose.ProviderOption{}
	kind := goose.DialectSQLite3
	if set == Postgres {
		kind = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, fmt.Errorf("migrations lock: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(kind, db, folder, options...)
	if err != nil {
		return nil, fmt.Errorf("migrations %s: %w", set, err)
	}
	return provider, nil
}
