package store

import (
	"context"
	"database/sql"

	"license-manager/store/db"
)

// What an index answers at once, which is most of every page, is read without
// GORM: that takes longer to build such a statement and to find out the types
// of what it reads than the database takes to answer.

// queryRows reads on the connections for pages; a question mark stands for each
// argument. What is slow is read on those for searches, and ends when nobody
// waits for it any more. SQLite is not interrupted else: to look out for the end
// of a context costs more than the row of an index.
func (s *Store) queryRows(ctx context.Context, slow bool, query string, args ...any) (*sql.Rows, error) {
	pool := s.db.Query(ctx)
	switch {
	case slow:
		pool = s.db.Search(ctx)
	case !s.db.Postgres():
		ctx = context.WithoutCancel(ctx)
	}
	connections, err := pool.DB()
	if err != nil {
		return nil, err
	}
	if s.db.Postgres() {
		query = db.Numbered(query)
	}
	if s.sent != nil {
		s.sent(query, args)
	}
	return connections.QueryContext(ctx, query, args...)
}

// queryRow reads the cells of the only row of a query that an index answers;
// sql.ErrNoRows if there is none.
func (s *Store) queryRow(ctx context.Context, cells []any, query string, args ...any) error {
	rows, err := s.queryRows(ctx, false, query, args...) //nolint:rowserrcheck // ScanRow looks at it
	if err != nil {
		return err
	}
	return db.ScanRow(rows, cells)
}
