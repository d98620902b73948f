package store

import (
	"cmp"
	"context"
	"database/sql"
	"strconv"
	"strings"

	"gorm.io/gorm"
)

// What an index answers at once, which is most of every page, is read without
// GORM: that takes longer to build such a statement and to find out the types
// of what it reads than the database takes to answer.

// keptStatements is how many prepared statements each connection to SQLite
// keeps: pages have a few, and each combination of filters of a list is one
// more; so has the queue, with one for each size of a batch.
const keptStatements = 100

// rows reads on the connections for pages; a question mark stands for each
// argument.
func (s *Store) rows(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return s.rowsOf(ctx, s.read, query, args)
}

// found is rows on the connections for searches.
func (s *Store) found(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return s.rowsOf(ctx, s.search, query, args)
}

func (s *Store) rowsOf(ctx context.Context, pool *gorm.DB, query string, args []any) (*sql.Rows, error) {
	db, err := pool.DB()
	if err != nil {
		return nil, err
	}
	if s.dialect == postgresDialect {
		query = numbered(query)
	}
	if s.sent != nil {
		s.sent(query, args)
	}
	return db.QueryContext(ctx, query, args...)
}

// briefly is rows for what is there at once. SQLite is not interrupted: to look
// out for the end of a context costs more than such a row.
func (s *Store) briefly(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if s.dialect == sqliteDialect {
		ctx = context.WithoutCancel(ctx)
	}
	return s.rows(ctx, query, args...)
}

// row reads the cells of the only row of a query, as briefly does;
// sql.ErrNoRows if there is none.
func (s *Store) row(ctx context.Context, cells []any, query string, args ...any) error {
	rows, err := s.briefly(ctx, query, args...)
	if err != nil {
		return err
	}
	return onlyRow(rows, cells)
}

// onlyRow is row for rows that are open, which it closes.
func onlyRow(rows *sql.Rows, cells []any) error {
	defer rows.Close() //nolint:errcheck // Err below tells
	if !rows.Next() {
		return cmp.Or(rows.Err(), sql.ErrNoRows)
	}
	return cmp.Or(rows.Scan(cells...), rows.Err())
}

// numbered gives PostgreSQL the parameters as it knows them: $1, $2. No query
// has a question mark that is none.
func numbered(query string) string {
	var b strings.Builder
	n := 0
	for part := range strings.SplitSeq(query, "?") {
		if n > 0 {
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
		}
		b.WriteString(part)
		n++
	}
	return b.String()
}
