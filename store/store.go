// Package store keeps the data of License Manager in SQLite or PostgreSQL.
// GORM and SQL live here and nowhere else.
//
// One exported method is one unit of work: at most one transaction, with its
// activity row if it changes something that users see. No method calls the
// network while a transaction is open.
package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
	"gorm.io/gorm"

	"license-manager/store/usage"
)

// Errors that callers tell apart with errors.Is.
var (
	ErrNotFound    = errors.New("not found")
	ErrDeleted     = errors.New("deleted")                 // it was there; a tombstone is left
	ErrStale       = errors.New("changed by someone else") // the version read is not the version stored
	ErrInUse       = errors.New("in use")                  // others depend on it
	ErrRunning     = errors.New("already being generated") // a run of the report is open
	ErrPaused      = errors.New("paused")                  // the report generates nothing
	ErrLost        = errors.New("claim lost")              // another worker has the run, or it was given up
	ErrUsersExist  = errors.New("there are users already") // the first start is over
	ErrSlow        = errors.New("takes too long")          // it would have to look at too much
	ErrUnavailable = errors.New("database not available")  // locked, read-only, full or gone
)

// Options say which database to open and for whom it is kept.
type Options struct {
	// URL is the path of a SQLite file, or postgres://… .
	URL string
	// Account owns what is created here. An empty ID takes the one that the
	// database remembers, or a random one the first time.
	Account usage.Account
	// Streams is how many snapshots may be read at once; they have database
	// connections of their own, so that long reports never hold up a page.
	Streams int
	// SearchPatience is how long resources are searched for a part of a text
	// before ErrSlow; 0 for two seconds.
	SearchPatience time.Duration
	// TempDir is where large imports are sorted; empty for the system's.
	TempDir string
	Logger  *slog.Logger
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	write       *gorm.DB // SQLite: the one connection that writes
	read        *gorm.DB // SQLite: read-only connections for pages
	search      *gorm.DB // SQLite: read-only connections for what has to be looked for
	stream      *gorm.DB // SQLite: read-only connections for snapshots and exports
	dialect     dialect
	account     usage.Account
	tempDir     string
	patience    time.Duration                  // with a search among all resources
	checkpoints *checkpointer                  // SQLite only
	recent      *recent                        // SQLite only
	searches    chan struct{}                  // SQLite: those that go on, one after the other as they came
	present     func() error                   // SQLite: tells whether the open file is still the one at its path
	sent        func(query string, args []any) // nil but in tests, which look at plans
	close       []func() error
}

// dialect is which SQL the database speaks.
type dialect string

const (
	sqliteDialect   dialect = "sqlite"
	postgresDialect dialect = "postgres"
)

// Open opens the database, creates what is missing and applies migrations.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{account: o.Account, tempDir: o.TempDir, patience: cmp.Or(o.SearchPatience, searchPatience)}
	open := s.openSQLite
	if strings.HasPrefix(o.URL, "postgres://") || strings.HasPrefix(o.URL, "postgresql://") {
		open = s.openPostgres
	}
	if err := open(ctx, o); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.initSettings(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close closes all connections, the writing one last: it then leaves SQLite's
// file without a write-ahead log beside it.
func (s *Store) Close() error {
	var errs []error
	for _, c := range slices.Backward(s.close) {
		errs = append(errs, c())
	}
	s.close = nil
	return errors.Join(errs...)
}

// Account returns the account and region that this installation reports for.
func (s *Store) Account() usage.Account { return s.account }

// Ping tells whether the database answers and can be written.
func (s *Store) Ping(ctx context.Context) error {
	return s.inTx(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE settings SET version = version WHERE id = 1").Error
	})
}

// query is a read of a single statement on the connections for pages.
func (s *Store) query(ctx context.Context) *gorm.DB { return s.read.WithContext(ctx) }

// forUpdate appends a row lock where the database has such; SQLite's only
// writer needs none.
func (s *Store) forUpdate(query string) string {
	if s.dialect == postgresDialect {
		return query + " FOR UPDATE"
	}
	return query
}

// skipLocked is forUpdate for queues: rows that another replica holds are
// left to it.
func (s *Store) skipLocked(query string) string {
	if s.dialect == postgresDialect {
		return query + " FOR UPDATE SKIP LOCKED"
	}
	return query
}

// translate turns errors of GORM and the drivers into those of this package.
// What is translated already stays as it is.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrUnavailable):
		return err
	case errors.Is(err, gorm.ErrRecordNotFound), errors.Is(err, sql.ErrNoRows), postgresRefusesText(err):
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	case isUnavailable(err):
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	default:
		return err
	}
}

// changed turns "no row matched" of a conditional write into missing.
func changed(result *gorm.DB, missing error) error {
	if result.Error != nil {
		return result.Error
	}
	if result.RowsAffected == 0 {
		return missing
	}
	return nil
}

// normalize returns text in NFC, so that what looks the same is the same.
func normalize(text string) string { return norm.NFC.String(text) }

// utc returns t in UTC with the precision that both databases keep.
func utc(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func utcPointer(t time.Time) *time.Time {
	t = utc(t)
	return &t
}
