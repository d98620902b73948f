package store

import (
	"bytes"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
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
	if c := s.checkpoints; c != nil {
		if err := c.gate.enter(ctx); err != nil {
			return err
		}
		defer c.gate.leave()
	}
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

// rows writes the rows of a resource usage report of a license, each with the
// prefix before its stored line, and returns how many they are.
func (st *stream) rows(w io.Writer, licenseID string, prefix []byte) (rows int64, err error) {
	r := rowsOfLicense{st.ctx, licenseID, prefix, w}
	err = st.conn.Raw(func(connection any) error {
		switch c := connection.(type) {
		case *sqlite3.SQLiteConn:
			rows, err = r.fromSQLite(c)
		case *stdlib.Conn:
			rows, err = r.fromPostgres(c.Conn())
		default:
			err = fmt.Errorf("rows can't be streamed from a %T", connection)
		}
		return err
	})
	return rows, err
}

// rowsOfLicense are the rows to be written.
type rowsOfLicense struct {
	ctx       context.Context
	licenseID string
	prefix    []byte
	w         io.Writer
}

// sqliteRowsAtOnce is how many rows are read between two looks at the context.
const sqliteRowsAtOnce = 256

// Rows are gathered before they are written: a write per row would cost more
// than the row.
const (
	rowsBuffer = 64 << 10
	rowsSlack  = 8 << 10
)

// add gathers a row, and writes what was gathered when it is enough.
func (r rowsOfLicense) add(buffer *bytes.Buffer, line []byte) error {
	buffer.Write(r.prefix)
	buffer.Write(line)
	if buffer.Len() < rowsBuffer-rowsSlack {
		return nil
	}
	_, err := buffer.WriteTo(r.w)
	return err
}

// fromSQLite steps the statement itself. For a context that can end, the driver
// would look out for that with every row, so it gets none.
func (r rowsOfLicense) fromSQLite(c *sqlite3.SQLiteConn) (n int64, err error) {
	statement, err := c.Prepare("SELECT line FROM associations WHERE license_id = ? ORDER BY resource_id")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, statement.Close()) }()
	rows, err := statement.Query([]driver.Value{r.licenseID}) //nolint:staticcheck // see above: without a context on purpose
	if err != nil {
		return 0, err
	}
	defer rows.Close() //nolint:errcheck // what was read is whole
	buffer := bytes.NewBuffer(make([]byte, 0, rowsBuffer))
	value := make([]driver.Value, 1)
	for ; ; n++ {
		if n%sqliteRowsAtOnce == 0 && r.ctx.Err() != nil {
			return n, r.ctx.Err()
		}
		if err := rows.Next(value); errors.Is(err, io.EOF) {
			_, err := buffer.WriteTo(r.w)
			return n, err
		} else if err != nil {
			return n, err
		}
		line, ok := value[0].([]byte)
		if !ok {
			return n, fmt.Errorf("a row is a %T, want bytes", value[0])
		}
		if err := r.add(buffer, line); err != nil {
			return n, err
		}
	}
}

// fromPostgres takes the bytes as they came from the server.
func (r rowsOfLicense) fromPostgres(c *pgx.Conn) (n int64, err error) {
	rows, err := c.Query(r.ctx, "SELECT line FROM associations WHERE license_id = $1 ORDER BY resource_id", r.licenseID)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	buffer := bytes.NewBuffer(make([]byte, 0, rowsBuffer))
	for ; rows.Next(); n++ {
		var line pgtype.DriverBytes // not copied, and valid until the next row
		if rows.FieldDescriptions()[0].Format == pgx.BinaryFormatCode {
			line = rows.RawValues()[0]
		} else if err := rows.Scan(&line); err != nil {
			return n, err
		}
		if err := r.add(buffer, line); err != nil {
			return n, err
		}
	}
	if err := rows.Err(); err != nil {
		return n, err
	}
	_, err = buffer.WriteTo(r.w)
	return n, err
}
