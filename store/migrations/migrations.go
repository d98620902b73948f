// Package migrations brings a database to the schema that package store
// expects: SQL files per dialect, applied once and in order by goose.
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

//go:embed sqlite/*.sql postgres/*.sql
var files embed.FS

// Up applies what is missing. Replicas may call it at once: on PostgreSQL an
// advisory lock lets one work and the others wait.
func Up(ctx context.Context, db *sql.DB, postgres bool) error {
	kind, folder, options := goose.DialectSQLite3, "sqlite", []goose.ProviderOption{}
	if postgres {
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return fmt.Errorf("migrations lock: %w", err)
		}
		kind, folder, options = goose.DialectPostgres, "postgres", append(options, goose.WithSessionLocker(locker))
	}
	scripts, err := fs.Sub(files, folder)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	provider, err := goose.NewProvider(kind, db, scripts, options...)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}
