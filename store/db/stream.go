package db

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

// Stream is a Snapshot for reading millions of rows. It steps the driver itself:
// database/sql asks for a lock, a check of the context and a conversion per row,
// which costs most of the time of a report (make bench BENCH="-only report").
type Stream struct {
	Tx   *gorm.DB // for other reads of the same state
	ctx  context.Context
	conn *sql.Conn
}

// Stream runs fn in one Stream. On SQLite it waits while the write-ahead log is
// too large, until the streams that are read have ended.
func (d *DB) Stream(ctx context.Context, fn func(*Stream) error) error {
	if c := d.checkpoints; c != nil {
		if err := c.gate.enter(ctx); err != nil {
			return err
		}
		defer c.gate.leave()
	}
	pool, err := d.stream.DB()
	if err != nil {
		return err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return Translate(err)
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, d.readOnly())
	if err != nil {
		return Translate(err)
	}
	defer tx.Rollback() //nolint:errcheck // nothing was written
	st := &Stream{ctx: ctx, conn: conn, Tx: d.stream.WithContext(ctx)}
	st.Tx.Statement.ConnPool = tx
	return Translate(fn(st))
}

// WriteLines writes the bytes of a query's only column, each row with prefix
// before it, and returns how many rows there are. key is the parameter of the query.
func (st *Stream) WriteLines(w io.Writer, prefix []byte, query, key string) (rows int64, err error) {
	r := lines{st.ctx, query, key, prefix, w}
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

// lines are the rows to be written.
type lines struct {
	ctx    context.Context
	query  string
	key    string
	prefix []byte
	w      io.Writer
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
func (r lines) add(buffer *bytes.Buffer, line []byte) error {
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
func (r lines) fromSQLite(c *sqlite3.SQLiteConn) (n int64, err error) {
	statement, err := c.Prepare(r.query)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, statement.Close()) }()
	rows, err := statement.Query([]driver.Value{r.key}) //nolint:staticcheck // see above: without a context on purpose
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
func (r lines) fromPostgres(c *pgx.Conn) (n int64, err error) {
	rows, err := c.Query(r.ctx, Numbered(r.query), r.key)
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
