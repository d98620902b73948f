package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"log/slog"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// gormConfig is the same for both databases. Transactions are explicit, and
// GORM's own log is off: it would write values, which may be names and hashes.
func gormConfig(*slog.Logger) *gorm.Config {
	return &gorm.Config{
		TranslateError:         true,
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   false,
		Logger:                 logger.Discard,
		NowFunc:                func() time.Time { return time.Now().UTC().Truncate(time.Microsecond) },
	}
}

// isUnavailable reports whether err means that the database can't be used at
// the moment, as opposed to a fault of the request or the program.
func isUnavailable(err error) bool {
	if errors.Is(err, context.Canceled) {
		return false
	}
	return errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) ||
		isClosed(err) || sqliteUnavailable(err) || postgresUnavailable(err)
}

// isClosed recognizes the error of database/sql for a closed pool, which has
// no exported value.
func isClosed(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if err.Error() == "sql: database is closed" {
			return true
		}
	}
	return false
}

// rowsOf returns what VALUES takes for n rows, of which row is one: "(?, ?)".
func rowsOf(row string, n int) string { return strings.TrimSuffix(strings.Repeat(row+",", n), ",") }
