package store

import (
	"context"
	"database/sql"

	"gorm.io/gorm"

	"license-manager/store/db"
)

// What an index answers at once, which is most of every page, is read without
// GORM: that takes longer to build such a statement and to find out the types
// of what it reads than the database takes to answer.

// rows reads on the connections for pages; a question mark stands for each
// argument.
func (s *Store) rows(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return s.rowsOf(ctx, s.db.Query(ctx), query, args)
}

// found is rows on the connections for searches.
func (s *Store) found(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return s.rowsOf(ctx, s.db.Search(ctx), query, args)
}

func (s *Store) rowsOf(ctx context.Context, pool *gorm.DB, query string, args []any) (*sql.Rows, error) {
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

// briefly is rows for what is there at once. SQLite is not interrupted: to look
// out for the end of a context costs more than such a row.
func (s *Store) briefly(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if !s.db.Postgres() {
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
	return db.ScanRow(rows, cells)
}
