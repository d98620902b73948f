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

// Up applies what is missing. Dialect is "sqlite" or "postgres". Replicas may
// call it at once: on PostgreSQL an advisory lock lets one work and the
// others wait.
func Up(ctx context.Context, db *sql.DB, dialect string) error {
	folder, err := fs.Sub(files, dialect)
	if err != nil {
		return fmt.Errorf("migrations %s: %w", dialect, err)
	}
	options := []goose.ProviderOption{}
	kind := goose.DialectSQLite3
	if dialect == "postgres" {
		kind = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return fmt.Errorf("migrations lock: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(kind, db, folder, options...)
	if err != nil {
		return fmt.Errorf("migrations %s: %w", dialect, err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate %s: %w", dialect, err)
	}
	return nil
}
