package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/mattn/go-sqlite3"
)

const (
	// walKept is how large SQLite's write-ahead log may stay, in bytes.
	walKept = 16 << 20
	// walMost is from which size on no report begins to be read before the log is
	// given back, in bytes: more than what is written beside one long report.
	walMost = 1 << 30
	// walWorth is from which size on it is copied into the database, in bytes:
	// what SQLite takes for it when nobody asks for a checkpoint.
	walWorth = 4 << 20
	// autoCheckpoint is when a writer copies the log itself, in pages (64 MiB of
	// pageSize): it has to wait for the disk then, twice. Checkpoint is there
	// long before.
	autoCheckpoint = "PRAGMA wal_autocheckpoint = 8192"
)

// checkpointer copies SQLite's write-ahead log into the database beside the
// writers, on a connection of its own.
type checkpointer struct {
	log     string // path of the write-ahead log
	db      *sql.DB
	seen    time.Time // when the log was written last, as of the last checkpoint
	kept    int64     // walKept
	most    int64     // walMost
	backoff backoff
	gate    streamGate
}

// backoff is when a truncation failed although no report was read, and how large the
// log was.
type backoff struct {
	at   time.Time
	size int64
}

// backoffFor is when there is another try, if the log has not grown by as much again
// before: another program that keeps it, such as a backup, needs time.
const backoffFor = time.Minute

// large reports whether a log of that size is to be given back even if somebody has
// to wait for it.
func (c *checkpointer) large(size int64) bool {
	return size > c.most && (size > c.backoff.size+c.most || time.Since(c.backoff.at) > backoffFor)
}

// newCheckpointer connects to a file, and makes it one with a write-ahead log. The
// connection is there before all others, and so closed after them: it then leaves
// no log beside the file.
func (d *DB) newCheckpointer(ctx context.Context, path string) (*checkpointer, error) {
	connection, err := sql.Open("sqlite3", SQLiteDSN(path, map[string]string{"mode": "rw", "_journal_mode": "WAL", "_busy_timeout": "5000"}))
	if err != nil {
		return nil, err
	}
	connection.SetMaxOpenConns(1)
	d.close = append(d.close, connection.Close)
	if err := connection.PingContext(ctx); err != nil {
		return nil, Translate(err)
	}
	path, err = filepath.EvalSymlinks(path) // beside what a link stands for is the log
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	c := &checkpointer{log: path + "-wal", db: connection, kept: walKept, most: walMost}
	return c, Translate(c.patience(ctx, 0)) // from here on it waits for nobody
}

// Checkpoint copies what was committed into SQLite's file, and gives back the
// disk that the write-ahead log took: that grows while a snapshot is read for
// long and others write, and SQLite by itself writes over it from its
// beginning, but never makes it shorter. It waits for nobody, and only when
// it shortens the log does a writer wait for it, for as long as it takes to
// copy what was written in the same moment. A log larger than walMost that reports
// keep from being given back lets the next ones wait until those that are read have
// ended; one that is as large because an import is being written does not.
// PostgreSQL looks after its own. It is for one caller at a time.
func (d *DB) Checkpoint(ctx context.Context) error {
	c := d.checkpoints
	if c == nil {
		return nil
	}
	log, err := os.Stat(c.log)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case log.Size() < min(walWorth, c.kept):
		c.gate.setClosed(false)
		return nil
	case log.ModTime().Equal(c.seen):
		return nil
	}
	whole, err := c.checkpoint(ctx, "PASSIVE")
	large, idle := c.large(log.Size()) && !c.written(ctx), c.gate.idle()
	if err == nil && log.Size() > c.kept {
		whole, err = c.truncate(ctx, large && idle)
	}
	switch {
	case err == nil && whole:
		c.seen, c.backoff = log.ModTime(), backoff{}
	case large && idle: // another program keeps the log
		c.backoff = backoff{time.Now(), log.Size()}
	}
	c.gate.setClosed(large && !idle && !whole && err == nil)
	return Translate(err)
}

// pagesPatience is how long writers may wait until pages that are being read
// are done with the log, in ms. Those that come meanwhile do not read from it.
const pagesPatience = 1000

// truncate gives the log back if nobody reads from it. A large one of which no
// report is read is worth to wait for pages, of which there may always be one.
func (c *checkpointer) truncate(ctx context.Context, wait bool) (whole bool, err error) {
	if !wait {
		return c.checkpoint(ctx, "TRUNCATE")
	}
	if err := c.patience(ctx, pagesPatience); err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, c.patience(context.WithoutCancel(ctx), 0)) }()
	return c.checkpoint(ctx, "TRUNCATE")
}

// written reports whether somebody is writing in this moment: nothing gives the log
// back then. Neither statement waits, so neither ends with ctx: a transaction that
// is begun must be ended.
func (c *checkpointer) written(ctx context.Context) bool {
	ctx = context.WithoutCancel(ctx)
	_, err := c.db.ExecContext(ctx, "BEGIN IMMEDIATE")
	if err == nil {
		_, err = c.db.ExecContext(ctx, "ROLLBACK")
	}
	return err != nil
}

// patience is how long the connection waits for a lock, in ms.
func (c *checkpointer) patience(ctx context.Context, ms int) error {
	_, err := c.db.ExecContext(ctx, "PRAGMA busy_timeout = "+strconv.Itoa(ms))
	return err
}

// checkpoint tells whether all of the log was copied: a reader may still need
// the file as it is, and a writer may have been faster.
func (c *checkpointer) checkpoint(ctx context.Context, mode string) (whole bool, err error) {
	var busy, pages, copied int
	err = c.db.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &pages, &copied)
	var e sqlite3.Error
	if errors.As(err, &e) && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked) {
		return false, nil
	}
	return busy == 0 && pages == copied, err
}

// sqliteWriter connects to a file for writing.
type sqliteWriter struct {
	driver *sqlite3.SQLiteDriver
	dsn    string
}

func newSQLiteWriter(dsn string) sqliteWriter {
	return sqliteWriter{dsn: dsn, driver: &sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
		_, err := c.Exec(autoCheckpoint, nil) // there is no parameter for it in a DSN
		return err
	}}}
}

func (w sqliteWriter) Connect(context.Context) (driver.Conn, error) { return w.driver.Open(w.dsn) }
func (w sqliteWriter) Driver() driver.Driver                        { return w.driver }
