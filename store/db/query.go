package db

import (
	"cmp"
	"database/sql"
	"strconv"
	"strings"

	"gorm.io/gorm"
)

// Scan reads the rows of a query into values of T, whose cells are named in the
// order of the columns. GORM finds out the types anew for each value of each
// row, which costs more than the row where there are hundreds.
func Scan[T any](tx *gorm.DB, cells func(*T) []any, query string, args ...any) ([]T, error) {
	rows, err := tx.Raw(query, args...).Rows()
	if err != nil {
		return nil, err
	}
	return ScanRows(rows, cells)
}

// ScanRows is Scan for rows that are open, which it closes.
func ScanRows[T any](rows *sql.Rows, cells func(*T) []any) (all []T, err error) {
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

// ScanRow reads the cells of the only row, and closes rows; sql.ErrNoRows if there
// is none.
func ScanRow(rows *sql.Rows, cells []any) error {
	defer rows.Close() //nolint:errcheck // Err below tells
	if !rows.Next() {
		return cmp.Or(rows.Err(), sql.ErrNoRows)
	}
	return cmp.Or(rows.Scan(cells...), rows.Err())
}

// Numbered writes the parameters of a query as PostgreSQL knows them: $1, $2. The
// query must have no other question marks.
func Numbered(query string) string {
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
