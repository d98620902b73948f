package store

import (
	"database/sql"

	"gorm.io/gorm"
)

// scan reads the rows of a query into values of T, whose cells are named in the
// order of the columns. GORM finds out the types anew for each value of each
// row, which costs more than the row where there are hundreds.
func scan[T any](tx *gorm.DB, cells func(*T) []any, query string, args ...any) ([]T, error) {
	rows, err := tx.Raw(query, args...).Rows()
	if err != nil {
		return nil, err
	}
	return scanRows(rows, cells)
}

// scanRows is scan for rows that are open, which it closes.
func scanRows[T any](rows *sql.Rows, cells func(*T) []any) (all []T, err error) {
	defer rows.Close() //nolint:errcheck // Err below tells
	for rows.Next() {
		var one T
		if err := rows.Scan(cells(&one)...); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
