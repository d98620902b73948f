package store

import (
	"context"
	"database/sql"
	"strconv"
	"strings"

	"gorm.io/gorm"
)

// bulkInsert inserts rows below GORM, many with a prepared statement.
type bulkInsert struct {
	db         gorm.ConnPool
	dialect    dialect
	into       string // up to VALUES
	conflict   string // after the rows
	columns    int    // of a row, without shared
	shared     []any  // the last columns, the same in all rows
	args       []any
	statements map[int]*sql.Stmt // by the number of their rows
}

// add takes a row.
func (b *bulkInsert) add(row ...any) { b.args = append(b.args, row...) }

// full reports whether a statement's worth of rows waits.
func (b *bulkInsert) full() bool { return len(b.args) >= importBatch*b.columns }

// take returns the rows that wait, for insert, and goes on with the memory of
// used.
func (b *bulkInsert) take(used []any) []any {
	taken := b.args
	clear(used)
	b.args = used[:0]
	return taken
}

// insert inserts rows that were taken.
func (b *bulkInsert) insert(ctx context.Context, args []any) error {
	for _, rows := range [...]int{importBatch, importBatch / 5, importBatch / 25, 4, 1} {
		for ; len(args) >= rows*b.columns; args = args[rows*b.columns:] {
			statement, err := b.statement(ctx, rows) //nolint:sqlclosecheck // close closes them all
			if err != nil {
				return err
			}
			values := args[:rows*b.columns]
			if len(b.shared) > 0 {
				values = append(values[:len(values):len(values)], b.shared...)
			}
			if _, err := statement.ExecContext(ctx, values...); err != nil {
				return err
			}
		}
	}
	return nil
}

// statement returns the statement that inserts so many rows.
func (b *bulkInsert) statement(ctx context.Context, rows int) (*sql.Stmt, error) {
	if prepared := b.statements[rows]; prepared != nil {
		return prepared, nil
	}
	prepared, err := b.db.PrepareContext(ctx, b.into+b.values(rows)+b.conflict)
	if err != nil {
		return nil, err
	}
	if b.statements == nil {
		b.statements = map[int]*sql.Stmt{}
	}
	b.statements[rows] = prepared
	return prepared, nil
}

// values returns the placeholders of so many rows: those of the shared columns
// come after all others and are the same in every row.
func (b *bulkInsert) values(rows int) string {
	var out strings.Builder
	for row := range rows {
		for column := range b.columns + len(b.shared) {
			n := row*b.columns + column + 1
			if column >= b.columns {
				n = rows*b.columns + column - b.columns + 1
			}
			separator := byte(',')
			if column == 0 {
				separator = '('
			}
			out.WriteByte(separator)
			out.WriteString(b.dialect.placeholder(n))
		}
		out.WriteString("),")
	}
	return strings.TrimSuffix(out.String(), ",")
}

func (b *bulkInsert) close() {
	for _, s := range b.statements {
		s.Close() //nolint:errcheck // the transaction that it belongs to ends
	}
}

// placeholder returns the n-th placeholder of a statement, from 1, where it
// isn't GORM that writes them.
func (d dialect) placeholder(n int) string {
	if d == postgresDialect {
		return "$" + strconv.Itoa(n)
	}
	return "?" + strconv.Itoa(n)
}
