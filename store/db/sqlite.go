package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/mattn/go-sqlite3"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
)

// Connections of a SQLite file: one writes, a few read for pages.
const sqliteReaders = 4

// What the other connections keep in memory, in KiB: what SQLite would, and so
// much that the index in which 100,000 reports are searched for stays there.
const (
	readerCache = 2000
	searchCache = 4000
)

// writerCache is how much of the file the writing connection keeps in memory, in
// KiB: what a batch of due reports changes lies all over the indexes
// (make bench BENCH="-only due").
const writerCache = 8000

// keptStatements is how many prepared statements each connection keeps. Pages have
// a few, each combination of filters of a list is one more, and so is each size of
// a batch of the queue.
const keptStatements = 100

// pageSize is how much of a new file is read and written at once, in bytes.
// Twice of what SQLite takes by default reads a report a third faster, and
// changes publish as fast (go -C scheduler/bench run . -only '^(report|due)$').
const pageSize = 8192

// openSQLite opens the file with one writing connection, since SQLite takes
// one writer at a time and queueing here is cheaper than "database is
// locked", and pools of read-only ones.
func (d *DB) openSQLite(ctx context.Context, o Options) error {
	unlock, err := lockDirectory(filepath.Dir(o.URL))
	if err != nil {
		return err
	}
	defer unlock()
	if err := createSQLite(ctx, o.URL); err != nil {
		return err
	}
	if err := d.watchFile(o.URL); err != nil {
		return err
	}
	if d.checkpoints, err = d.newCheckpointer(ctx, o.URL); err != nil {
		return err
	}
	d.write, err = d.sqlitePool(o, 1, sql.OpenDB(newSQLiteWriter(SQLiteDSN(o.URL, map[string]string{
		"_journal_mode": "WAL", "_busy_timeout": "5000", "_txlock": "immediate",
		"_foreign_keys": "on", "_synchronous": "NORMAL", "_cache_size": strconv.Itoa(-writerCache), "_stmt_cache_size": strconv.Itoa(keptStatements),
	}))))
	if err != nil {
		return err
	}
	if err := o.migrate(ctx, d.write, false); err != nil {
		return err
	}
	return d.openSQLiteReaders(o)
}

// lockDirectory waits until no other process creates or migrates a database in
// the directory, and keeps others waiting until unlock is called.
func lockDirectory(dir string) (unlock func(), err error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := syscall.Flock(int(d.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", dir, err), d.Close())
	}
	return func() { _ = d.Close() }, nil
}

// openSQLiteReaders opens the connections that only read.
func (d *DB) openSQLiteReaders(o Options) (err error) {
	if d.read, err = d.sqliteReaders(o, sqliteReaders, readerCache); err != nil {
		return err
	}
	d.searches = make(chan struct{}, searchesAtOnce())
	if d.search, err = d.sqliteReaders(o, cap(d.searches), searchCache); err != nil {
		return err
	}
	d.stream, err = d.sqliteReaders(o, streams(o), readerCache)
	return err
}

// sqliteReaders opens so many connections that only read, with a cache of so many
// KiB each.
func (d *DB) sqliteReaders(o Options, connections, cache int) (*gorm.DB, error) {
	db, err := sql.Open("sqlite3", SQLiteDSN(o.URL, map[string]string{"mode": "ro", "_query_only": "true", "_busy_timeout": "5000",
		"_cache_size": strconv.Itoa(-cache), "_stmt_cache_size": strconv.Itoa(keptStatements)}))
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return d.sqlitePool(o, connections, db)
}

// createSQLite makes sure that there is a file, and that a new one is not
// readable by other users of the machine. Its pages get their size now: that of
// a file with data in it can't change without writing the file anew.
func createSQLite(ctx context.Context, path string) (err error) {
	f, err := os.OpenFile(path, os.O_RDONLY|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if info, err := f.Stat(); err != nil || info.Size() > 0 {
		return err
	}
	db, err := sql.Open("sqlite3", SQLiteDSN(path, nil))
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1) // the size is of the connection until something is written
	for _, statement := range []string{"PRAGMA page_size = " + strconv.Itoa(pageSize), "VACUUM"} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return Translate(err)
		}
	}
	return nil
}

// watchFile makes writing fail when the open file is no longer the one at its
// path. SQLite would go on with the descriptors that it has, and everything
// written since would be gone with the next start.
func (d *DB) watchFile(path string) error {
	opened, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	d.present = func() error {
		now, err := os.Stat(path)
		if err == nil && os.SameFile(opened, now) {
			return nil
		}
		return fmt.Errorf("%w: the file %s was removed or replaced while it was open", ErrUnavailable, path)
	}
	return nil
}

func (d *DB) sqlitePool(o Options, connections int, db *sql.DB) (*gorm.DB, error) {
	d.close = append(d.close, db.Close)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	g, err := gorm.Open(sqlite.New(sqlite.Config{Conn: db}), gormConfig())
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", o.URL, err)
	}
	return g, nil
}

// SQLiteDSN names a file and how to open it.
func SQLiteDSN(path string, parameters map[string]string) string {
	query := url.Values{}
	for name, value := range parameters {
		query.Set(name, value)
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: query.Encode()}).String()
}

// sqliteUnavailable reports whether err says that the file can't be used now:
// locked, read-only, full, damaged or gone.
func sqliteUnavailable(err error) bool {
	var e sqlite3.Error
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case sqlite3.ErrBusy, sqlite3.ErrLocked, sqlite3.ErrReadonly, sqlite3.ErrFull, sqlite3.ErrIoErr,
		sqlite3.ErrCantOpen, sqlite3.ErrCorrupt, sqlite3.ErrNotADB:
		return true
	default:
		return false
	}
}
