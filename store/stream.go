package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/mattn/go-sqlite3"
	"gorm.io/gorm"
)

// stream is a read-only transaction on a connection of its own, whose driver
// can be stepped without database/sql. That asks for a lock, a check of the
// context and a conversion per row, and costs most of the time of a report
// with millions of them (go run ./scheduler/bench -only report).
type stream struct {
	ctx  context.Context
	conn *sql.Conn
	tx   *gorm.DB
}

// inStream is inSnapshot on a connection for streams.
func (s *Store) inStream(ctx context.Context, fn func(st *stream) error) error {
	db, err := s.stream.DB()
	if err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return translate(err)
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, s.readOnly())
	if err != nil {
		return translate(err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	st := &stream{ctx: ctx, conn: conn, tx: s.stream.WithContext(ctx)}
	st.tx.Statement.ConnPool = tx
	return translate(fn(st))
}

// column calls fn with the bytes of the only column of every row. They are
// valid until fn returns.
func (st *stream) column(query, argument string, fn func(value []byte) error) error {
	return st.conn.Raw(func(connection any) error {
		switch c := connection.(type) {
		case *sqlite3.SQLiteConn:
			return sqliteColumn(st.ctx, c, query, argument, fn)
		case *stdlib.Conn:
			return postgresColumn(st.ctx, c.Conn(), strings.Replace(query, "?", "$1", 1), argument, fn)
		default:
			return fmt.Errorf("rows can't be streamed from a %T", connection)
		}
	})
}

// sqliteRowsAtOnce is how many rows are read between two looks at the context.
const sqliteRowsAtOnce = 256

// sqliteColumn steps the statement itself. The driver starts a goroutine per
// row for a context that can end, so it gets none.
func sqliteColumn(ctx context.Context, c *sqlite3.SQLiteConn, query, argument string, fn func([]byte) error) (err error) {
	statement, err := c.Prepare(query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, statement.Close()) }()
	rows, err := statement.Query([]driver.Value{argument}) //nolint:staticcheck // see above: without a context on purpose
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // what was read is whole
	value := make([]driver.Value, 1)
	for n := 0; ; n++ {
		if n%sqliteRowsAtOnce == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		switch err := rows.Next(value); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		line, ok := value[0].([]byte)
		if !ok {
			return fmt.Errorf("a row is a %T, want bytes", value[0])
		}
		if err := fn(line); err != nil {
			return err
		}
	}
}

// postgresColumn takes the bytes as they came from the server.
func postgresColumn(ctx context.Context, c *pgx.Conn, query, argument string, fn func([]byte) error) error {
	rows, err := c.Query(ctx, query, argument)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var line []byte
		if rows.FieldDescriptions()[0].Format == pgx.BinaryFormatCode {
			line = rows.RawValues()[0]
		} else if err := rows.Scan(&line); err != nil {
			return err
		}
		if err := fn(line); err != nil {
			return err
		}
	}
	return rows.Err()
}
