package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"

	"github.com/mattn/go-sqlite3"
)

// walKept is how large SQLite's write-ahead log may stay, in bytes: four times
// what it grows to before SQLite begins to write over it.
const walKept = 16 << 20

// TruncateWAL gives back the disk that SQLite's write-ahead log took. The log
// grows while one snapshot is read for long and others write, and SQLite by
// itself only writes over it from its beginning, but never makes it shorter.
// Nothing happens while the log is small or someone reads what it holds; it
// never waits, so nobody waits for it. PostgreSQL looks after its own.
func (s *Store) TruncateWAL(ctx context.Context) error {
	if s.dialect != sqliteDialect {
		return nil
	}
	info, err := os.Stat(s.file + "-wal")
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() <= walKept {
		return nil
	}
	if err != nil {
		return err
	}
	db, err := sql.Open("sqlite3", sqliteDSN(s.file, map[string]string{"mode": "rw", "_busy_timeout": "0"}))
	if err != nil {
		return err
	}
	defer db.Close()
	// The first copies without keeping writers out, so that the second, which
	// does, has next to nothing left to copy.
	for _, mode := range []string{"PASSIVE", "TRUNCATE"} {
		if _, err := db.ExecContext(ctx, "PRAGMA wal_checkpoint("+mode+")"); err != nil && !isBusy(err) {
			return translate(err)
		}
	}
	return nil
}

func isBusy(err error) bool {
	var e sqlite3.Error
	return errors.As(err, &e) && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked)
}
