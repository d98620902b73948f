package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// Errors that callers tell apart with errors.Is.
var (
	ErrNotFound    = errors.New("not found")
	ErrUnavailable = errors.New("database not available") // locked, read-only, full or gone
)

// Translate turns errors of GORM and the drivers into those of this package. An
// error that is translated already stays as it is.
func Translate(err error) error {
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

// Changed returns missing if a conditional write matched no row.
func Changed(result *gorm.DB, missing error) error {
	if result.Error != nil {
		return result.Error
	}
	if result.RowsAffected == 0 {
		return missing
	}
	return nil
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

// gormConfig is the same for both databases. Transactions are explicit, and
// GORM's own log is off: it would write values, which may be names and hashes.
func gormConfig() *gorm.Config {
	return &gorm.Config{
		TranslateError:         true,
		SkipDefaultTransaction: true,
		DisableAutomaticPing:   false,
		Logger:                 logger.Discard,
		NowFunc:                func() time.Time { return UTC(time.Now()) },
	}
}
