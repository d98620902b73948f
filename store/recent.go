package store

import (
	"context"
	"database/sql"
	"fmt"
	"sync"

	"license-manager/store/db"
)

// recent keeps what pages read lately for as long as nothing is committed, by
// this process or another: until then the database would say the same again.
// Only SQLite tells that for less than the reading takes.
type recent struct {
	mu       sync.Mutex
	watch    *sql.Stmt // of one connection, which does nothing else
	version  int64
	readings map[any]any
}

// mostReadings is how many readings are kept; a page of a list is the largest.
const mostReadings = 64

// now returns the version of the database, and what was read under that key
// since it changed.
func (r *recent) now(ctx context.Context, key any) (version int64, reading any, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.watch.QueryRowContext(context.WithoutCancel(ctx)).Scan(&version); err != nil {
		return 0, nil, err
	}
	if version != r.version {
		r.version = version
		clear(r.readings)
	}
	return version, r.readings[key], nil
}

// keep remembers what was read after the database had that version.
func (r *recent) keep(version int64, key, reading any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if version != r.version {
		return
	}
	if len(r.readings) >= mostReadings {
		clear(r.readings)
	}
	r.readings[key] = reading
}

// recently returns what read did under that key, if nothing was committed since,
// and reads otherwise. Others may have the same: what it returns must not be
// changed.
func recently[T any](ctx context.Context, s *Store, key any, read func() (T, error)) (T, error) {
	if s.recent == nil {
		return read()
	}
	version, kept, err := s.recent.now(ctx, key)
	if err != nil {
		return read()
	}
	if kept != nil {
		return kept.(T), nil
	}
	reading, err := read()
	if err == nil {
		s.recent.keep(version, key, reading)
	}
	return reading, err
}

// watchSQLite opens the connection that tells whether something was committed:
// https://www.sqlite.org/pragma.html#pragma_data_version. It never waits for a
// lock: where it would have to, the page is read.
func (s *Store) watchSQLite(ctx context.Context, path string) error {
	connection, err := sql.Open("sqlite3", db.SQLiteDSN(path, map[string]string{"mode": "ro", "_query_only": "true", "_busy_timeout": "0"}))
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	s.close = append(s.close, connection.Close)
	connection.SetMaxOpenConns(1)
	watch, err := connection.PrepareContext(ctx, "PRAGMA data_version")
	if err != nil {
		return db.Translate(err)
	}
	s.close = append(s.close, watch.Close)
	s.recent = &recent{watch: watch, readings: map[any]any{}}
	return nil
}
