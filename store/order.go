package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"license-manager/store/db"
)

// order is how a list is sorted: by a column and, where that is equal, by a
// unique key in the same direction, so that one index serves both.
type order struct {
	column     string // empty if the key alone decides
	key        string
	descending bool
	nullable   bool // the column has rows without a value, which come before all others
}

// newOrder reads a sort key of a URL. An unknown one sorts by the unique key.
func newOrder(sort string, columns map[string]string, key string) order {
	name, descending := strings.CutPrefix(sort, "-")
	column, ok := columns[name]
	if !ok || column == key {
		return order{key: key, descending: descending && (ok || name == "name")}
	}
	column, nullable := strings.CutSuffix(column, nullsFirst)
	return order{column: column, key: key, descending: descending, nullable: nullable}
}

// sortColumn is something that a list can be sorted by: its column in SQL, and the
// value of that in a row.
type sortColumn[T any] struct {
	column string
	value  func(row T) any // nil where it has none
}

// columnsOf are the columns alone, by the sort keys of a URL.
func columnsOf[T any](by map[string]sortColumn[T]) map[string]string {
	columns := make(map[string]string, len(by))
	for name, c := range by {
		columns[name] = c.column
	}
	return columns
}

// placeOf is where a row that was read is in an order, as order.columns tell it of
// one that is in the database.
func placeOf[T any](by map[string]sortColumn[T], sort string, row T, key any) []any {
	if c, ok := by[strings.TrimPrefix(sort, "-")]; ok {
		return []any{c.value(row), key}
	}
	return []any{key}
}

func momentOrNil(t *time.Time) any {
	if t == nil {
		return nil
	}
	return db.UTC(*t)
}

// reversed is the same order from its end.
func (o order) reversed() order {
	o.descending = !o.descending
	return o
}

// sql is the ORDER BY.
func (o order) sql() string {
	if o.column == "" {
		return " ORDER BY " + o.key + directed(o.descending, false)
	}
	return " ORDER BY " + o.column + directed(o.descending, o.nullable) + ", " + o.key + directed(o.descending, false)
}

// columns are what the place of a row in the order is made of.
func (o order) columns() string {
	if o.column == "" {
		return o.key + " AS sort_key"
	}
	return o.column + " AS sort_column, " + o.key + " AS sort_key"
}

// after is the condition for the rows that come after a place, as columns
// told it.
func (o order) after(place []any) (string, []any) {
	sign := " > "
	if o.descending {
		sign = " < "
	}
	switch {
	case o.column == "":
		return o.key + sign + "?", place
	case place[0] == nil && o.descending:
		return "(" + o.column + " IS NULL AND " + o.key + sign + "?)", place[1:]
	case place[0] == nil:
		return "(" + o.column + " IS NOT NULL OR " + o.key + sign + "?)", place[1:]
	}
	beyond := "(" + o.column + ", " + o.key + ")" + sign + "(?, ?)"
	if o.descending && o.nullable {
		beyond = "(" + beyond + " OR " + o.column + " IS NULL)"
	}
	return beyond, place
}

// Beside says that a page of a list is the one after or before a row: the index
// leads there, however many rows come first. At most one of the two is set, to
// the id of the row. If that is gone, and its place with it, the page is found
// by its number.
type Beside struct{ After, Before string }

// row is the id of the row that the page is beside; empty if it is not.
func (b Beside) row() string { return b.After + b.Before }

// beside reads a page that is beside a row: find tells the place of that, read
// the rows from there on.
func beside[T any](b Beside, find func(id string) ([]any, error), read func(place []any) ([]T, error)) ([]T, error) {
	place, err := find(b.row())
	if err != nil {
		return nil, err
	}
	rows, err := read(place)
	if b.Before != "" {
		slices.Reverse(rows)
	}
	return rows, err
}

// place returns where the row with an id is in the order.
func (s *Store) place(ctx context.Context, o order, from, idColumn, id string) ([]any, error) {
	rows, err := s.db.Query(ctx).Raw("SELECT "+o.columns()+" FROM "+from+" WHERE "+idColumn+" = ?", id).Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, fmt.Errorf("%s %s: %w", idColumn, id, ErrNotFound)
	}
	place := make([]any, 1, 2)
	if o.column != "" {
		place = place[:2]
	}
	cells := make([]any, len(place))
	for i := range place {
		cells[i] = &place[i]
	}
	if err := rows.Scan(cells...); err != nil {
		return nil, err
	}
	return place, rows.Err()
}
