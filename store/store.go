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
	"errors"
	"fmt"
	"time"

	"golang.org/x/text/unicode/norm"
	"gorm.io/gorm"

	"license-manager/store/db"
	"license-manager/store/migrations"
	"license-manager/store/usage"
)

// Errors that callers tell apart with errors.Is.
var (
	ErrNotFound    = db.ErrNotFound
	ErrUnavailable = db.ErrUnavailable                     // the database: locked, read-only, full or gone
	ErrDeleted     = errors.New("deleted")                 // it was there; a tombstone is left
	ErrStale       = errors.New("changed by someone else") // the version read is not the version stored
	ErrUnchanged   = errors.New("nothing was changed")     // it is stored as it was to be
	ErrInUse       = errors.New("in use")                  // others depend on it
	ErrRunning     = errors.New("already being generated") // a run of the report is open
	ErrPaused      = errors.New("paused")                  // the report generates nothing
	ErrLost        = errors.New("claim lost")              // another worker has the run, or it was given up
	ErrUsersExist  = errors.New("there are users already") // the first start is over
	ErrSlow        = errors.New("takes too long")          // it would have to look at too much
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
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	db       *db.DB
	account  usage.Account
	patience time.Duration                  // with a search among all resources
	exports  chan struct{}                  // batches that are read for exports
	sent     func(query string, args []any) // nil but in tests, which look at plans
}

// Open opens the database, creates what is missing and applies migrations.
func Open(ctx context.Context, o Options) (*Store, error) {
	opened, err := db.Open(ctx, db.Options{URL: o.URL, Streams: o.Streams, Migrate: migrations.Up})
	if err != nil {
		return nil, err
	}
	s := &Store{db: opened, exports: make(chan struct{}, exportsAtOnce), account: o.Account, patience: cmp.Or(o.SearchPatience, searchPatience)}
	if err := s.initSettings(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close closes all connections.
func (s *Store) Close() error { return s.db.Close() }

// DB returns the database for what has tables of its own, such as package
// inventory.
func (s *Store) DB() *db.DB { return s.db }

// Account returns the account and region that this installation reports for.
func (s *Store) Account() usage.Account { return s.account }

// Ping tells whether the database answers and lets a change begin. It changes nothing.
func (s *Store) Ping(ctx context.Context) error {
	end := errors.New("nothing to write")
	err := s.db.Tx(ctx, func(tx *gorm.DB) error {
		var settings []int64
		query := "SELECT id FROM settings WHERE id = 1"
		if s.db.Postgres() { // a transaction of SQLite's writer begins only if it can write
			query += " AND current_setting('transaction_read_only') = 'off'"
		}
		if err := tx.Raw(query).Scan(&settings).Error; err != nil {
			return err
		}
		if len(settings) == 0 {
			return fmt.Errorf("%w: it takes no changes", ErrUnavailable)
		}
		return end
	})
	if errors.Is(err, end) {
		return nil
	}
	return err
}

// normalize returns text in NFC, so that what looks the same is the same.
func normalize(text string) string { return norm.NFC.String(text) }

func utcPointer(t time.Time) *time.Time {
	t = db.UTC(t)
	return &t
}

// record writes the activity row of a unit of work, in its transaction.
func record(tx *gorm.DB, act usage.Act, a usage.Activity) error {
	a.At, a.Actor, a.Address = db.UTC(act.At), act.By, act.From
	return tx.Create(&a).Error
}
