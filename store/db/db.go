// Package db opens SQLite or PostgreSQL and runs transactions on it. It knows
// no noun: tables and what is in them belong to package store.
package db

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// Options say which database to open.
type Options struct {
	// URL is the path of a SQLite file, or postgres://… .
	URL string
	// Streams is how many long snapshots may be read at once. They have connections of
	// their own, so that long reports never hold up a page.
	Streams int
	// Migrate brings the tables to what the program expects. On SQLite no other process
	// migrates the same file meanwhile.
	Migrate func(ctx context.Context, db *sql.DB, postgres bool) error
	Logger  *slog.Logger
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	write       *gorm.DB      // SQLite: the one connection that writes
	read        *gorm.DB      // SQLite: read-only connections for pages
	search      *gorm.DB      // SQLite: read-only connections for searches
	stream      *gorm.DB      // SQLite: read-only connections for snapshots
	searches    chan struct{} // SQLite: one entry for each search that goes on
	postgres    bool
	checkpoints *checkpointer // SQLite only
	present     func() error  // SQLite: an error if the open file is no longer the one at its path
	close       []func() error
}

// Open opens the database, creates a SQLite file that is missing, and migrates
// it.
func Open(ctx context.Context, o Options) (*DB, error) {
	d := &DB{postgres: strings.HasPrefix(o.URL, "postgres://") || strings.HasPrefix(o.URL, "postgresql://")}
	open := d.openSQLite
	if d.postgres {
		open = d.openPostgres
	}
	if err := open(ctx, o); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Close closes all connections. SQLite's file has no write-ahead log beside it
// then, unless another process has it open.
func (d *DB) Close() error {
	var errs []error
	for _, c := range slices.Backward(d.close) {
		errs = append(errs, c())
	}
	d.close = nil
	return errors.Join(errs...)
}

// Postgres reports whether the database is PostgreSQL, else it is SQLite.
func (d *DB) Postgres() bool { return d.postgres }

// IsPostgres is DB.Postgres for code that has only the transaction.
func IsPostgres(tx *gorm.DB) bool { return tx.Name() == "postgres" }

// Query is for reads of a single statement, on the connections for pages.
func (d *DB) Query(ctx context.Context) *gorm.DB { return d.read.WithContext(ctx) }

// Search is Query for statements that look at many rows. They have connections of
// their own; BeginSearch limits how many run.
func (d *DB) Search(ctx context.Context) *gorm.DB { return d.search.WithContext(ctx) }

// BeginSearch waits until a search may begin, in the order of the calls. More
// searches at once than there are processors would make all of them end later.
// The caller calls end.
func (d *DB) BeginSearch(ctx context.Context) (end func(), err error) {
	if d.searches == nil {
		return func() {}, nil
	}
	select {
	case d.searches <- struct{}{}:
		return func() { <-d.searches }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// migrate runs Migrate on the pool that writes.
func (o Options) migrate(ctx context.Context, pool *gorm.DB, postgres bool) error {
	db, err := pool.DB()
	if err != nil || o.Migrate == nil {
		return err
	}
	return Translate(o.Migrate(ctx, db, postgres))
}

// streams is how many connections read snapshots: one more than there are long
// ones, for short reads of one state.
func streams(o Options) int { return max(1, o.Streams) + 1 }

// searchesAtOnce is how many searches run at once on SQLite.
func searchesAtOnce() int { return min(runtime.GOMAXPROCS(0), sqliteReaders) }

// Pools returns the connections for tests that look at statements: to write, to
// read pages, to read snapshots. On PostgreSQL the first two are one.
func (d *DB) Pools() (write, read, stream *gorm.DB) { return d.write, d.read, d.stream }
