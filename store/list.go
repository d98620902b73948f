package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"license-manager/store/db"
)

// CountBound is where exact counting ends: a list has "more than 10,000" rows
// then. Its last page ends there, too.
const CountBound = 10_000

// list describes a list: which rows there are, how they are sorted, and what is
// read of them. It is read in one statement, which finds the rows of a page in an
// index and reads only these; its total is counted in the same statement.
type list[T any] struct {
	store   *Store
	columns string         // what is read of a row, in the order of its cells
	cells   func(*T) []any // where that goes
	key     string         // names a row for join, as columns AS page_…; it should be in each index
	join    string         // joins p, the rows of a page, to what columns are of
	from    string         // where rows are selected and sorted
	where   conditions
	order   order
	slow    bool // no index selects the rows: many may be looked at
}

// page returns the rows of a page, which counts from 1, and how many rows there
// are in all, counted up to CountBound + 1. Beyond the last page it is the last.
func (l list[T]) page(ctx context.Context, number, size int) ([]T, int64, error) {
	var total int64
	read := func(number int) ([]T, error) {
		return l.read(ctx, l.total(&total), l.where, size, (number-1)*size)
	}
	number = min(max(number, 1), lastPage(CountBound, size))
	rows, err := read(number)
	if err == nil && len(rows) == 0 && number > 1 {
		if _, err = read(1); err == nil && total > 0 {
			rows, err = read(lastPage(total, size))
		}
	}
	return rows, total, db.Translate(err)
}

// lastPage is the number of the last page of so many rows that can be read.
func lastPage(total int64, size int) int {
	return int(max((min(total, CountBound)+int64(size)-1)/int64(size), 1))
}

// exportBatch is how many rows of a list are read at once for each. Between two
// batches no transaction is open: whoever takes the rows may take any time.
const exportBatch = 500

// exportsAtOnce is how many batches are read at once, of all exports: pages have
// the other connections.
const exportsAtOnce = 2

// each calls fn with all rows of the list, a batch at a time, in their order. A
// row that is changed meanwhile may be missing, come twice, or come as it is by
// then; each other row comes once.
func (l list[T]) each(ctx context.Context, fn func([]T) error) error {
	cursor := make([]any, 2)
	for where := l.where; ; where = l.where.and(l.order.after(cursor)) {
		place := extra{columns: "sort_column, sort_key", cells: []any{&cursor[0], &cursor[1]}}
		rows, err := l.batch(ctx, place, where)
		if err != nil {
			return db.Translate(err)
		}
		if err := fn(rows); err != nil || len(rows) < exportBatch {
			return err
		}
	}
}

// batch reads a batch for each when its turn comes.
func (l list[T]) batch(ctx context.Context, place extra, where conditions) ([]T, error) {
	select {
	case l.store.exports <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-l.store.exports }()
	return l.read(ctx, place, where, exportBatch, 0)
}

// extra is what is read beside each row.
type extra struct {
	columns string
	args    []any
	cells   []any
	found   bool // columns are of the table found, which has all rows up to the bound
}

// total counts the rows of the list. SQLite sees faster that there are more than
// are counted by passing over them in an index than by counting. A slow list is
// gone through once: its rows are noted, in their order, and then counted.
func (l list[T]) total(n *int64) extra {
	if l.slow {
		return extra{columns: "(SELECT count(*) FROM found) AS total", cells: []any{n}, found: true}
	}
	rows := " FROM " + l.from + l.where.sql() + " LIMIT "
	beyond := "(SELECT " + countEnd + rows + "1 OFFSET " + strconv.Itoa(CountBound) + ")"
	count := "(SELECT count(*) FROM (SELECT 1" + rows + countEnd + ") counted)"
	if l.store.db.Postgres() {
		return extra{columns: count + " AS total", args: l.where.args, cells: []any{n}}
	}
	return extra{columns: "coalesce(" + beyond + ", " + count + ") AS total", args: slices.Concat(l.where.args, l.where.args), cells: []any{n}}
}

// countEnd is CountBound + 1 in SQL.
const countEnd = "10001"

// read returns rows of the list that fit the conditions.
func (l list[T]) read(ctx context.Context, beside extra, where conditions, limit, offset int) ([]T, error) {
	if l.slow {
		end, err := l.store.db.BeginSearch(ctx)
		if err != nil {
			return nil, err
		}
		defer end()
	}
	order := l.order.sql()
	with, page := "", "SELECT "+l.key+", "+l.order.columns()+" FROM "+l.from+where.sql()+order
	if beside.found {
		with, page = "WITH found AS MATERIALIZED ("+page+" LIMIT "+countEnd+") ", "SELECT * FROM found"+order
	}
	query := with + "SELECT " + l.columns + ", " + beside.columns + " FROM (" + page + " LIMIT ? OFFSET ?) p " + l.join + order
	args := append(slices.Concat(beside.args, l.order.args, where.args), limit, offset)
	rows, err := l.store.queryRows(ctx, l.slow, query, args...)
	if err != nil {
		return nil, err
	}
	return db.ScanRows(rows, func(row *T) []any { return append(l.cells(row), beside.cells...) })
}

// conditions are what rows must all fit.
type conditions struct {
	parts []string
	args  []any
}

func (c *conditions) add(condition string, args ...any) {
	c.parts, c.args = append(c.parts, condition), append(c.args, args...)
}

// and returns the conditions with one more.
func (c conditions) and(condition string, args []any) conditions {
	return conditions{append(slices.Clone(c.parts), condition), slices.Concat(c.args, args)}
}

func (c conditions) sql() string {
	if len(c.parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.parts, " AND ")
}

// order is how a list is sorted: by a column and, where that is equal, by a
// unique key in the same direction, so that one index serves both.
type order struct {
	column     string // empty if the key alone decides
	args       []any  // of the column
	nullable   bool   // the column has rows without a value, which come before all others
	key        string
	descending bool
}

// newOrder reads a sort key of a URL. An unknown one sorts by the unique key.
func newOrder(sort string, columns map[string]order, key string) order {
	name, descending := strings.CutPrefix(sort, "-")
	o, ok := columns[name]
	o.key, o.descending = key, descending && ok
	return o
}

// columns are what a row is sorted by: the cursor for the rows after it.
func (o order) columns() string {
	if o.column == "" {
		return "NULL AS sort_column, " + o.key + " AS sort_key"
	}
	return o.column + " AS sort_column, " + o.key + " AS sort_key"
}

// sql is the ORDER BY. Databases differ in where NULL comes if they are not told,
// and an index serves the order only if it has the same.
func (o order) sql() string {
	direction, nulls := "", " NULLS FIRST"
	if o.descending {
		direction, nulls = " DESC", " NULLS LAST"
	}
	if !o.nullable {
		nulls = ""
	}
	if o.column == "" {
		return " ORDER BY sort_key" + direction
	}
	return " ORDER BY sort_column" + direction + nulls + ", sort_key" + direction
}

// after is the condition for the rows that come after a cursor.
func (o order) after(cursor []any) (string, []any) {
	sign := " > ?"
	if o.descending {
		sign = " < ?"
	}
	value, key := cursor[0], cursor[1]
	switch {
	case o.column == "":
		return o.key + sign, []any{key}
	case value == nil && o.descending:
		return "(" + o.column + " IS NULL AND " + o.key + sign + ")", append(slices.Clone(o.args), key)
	case value == nil:
		return "(" + o.column + " IS NOT NULL OR " + o.key + sign + ")", append(slices.Clone(o.args), key)
	}
	beyond, args := "("+o.column+", "+o.key+")"+strings.Replace(sign, "?", "(?, ?)", 1), append(slices.Clone(o.args), value, key)
	if o.descending && o.nullable {
		return "(" + beyond + " OR " + o.column + " IS NULL)", append(args, o.args...)
	}
	return beyond, args
}

// count returns how many rows a query finds, counted up to CountBound + 1.
func (s *Store) count(ctx context.Context, rows string, args ...any) (n int64, err error) {
	err = s.queryRow(ctx, []any{&n}, "SELECT count(*) FROM ("+rows+" LIMIT ?) counted", append(args, CountBound+1)...)
	return n, db.Translate(err)
}

// like is a condition that finds a part of a text, whatever the case of ASCII
// letters on SQLite, and of all letters on PostgreSQL.
func (s *Store) like(column string) string {
	if s.db.Postgres() {
		return column + " ILIKE ? ESCAPE '!'"
	}
	return column + " LIKE ? ESCAPE '!'"
}

// contains is a condition on a column that has the text of a parameter in it,
// in the same case.
func (s *Store) contains(column string) string {
	if s.db.Postgres() {
		return "strpos(" + column + ", ?) > 0"
	}
	return "instr(" + column + ", ?) > 0"
}

// rowKey is the column that tells a row apart and is in every index: the id, or
// that which SQLite has beside it.
func (s *Store) rowKey() string {
	if s.db.Postgres() {
		return "id"
	}
	return "rowid"
}

// inAny is a condition on a column that is among what a query finds. The
// parameters of the query come twice: most searches find nothing in it, and to
// ask that once takes less than to look for each row in nothing.
func inAny(column, query string) string {
	return "(EXISTS (" + query + ") AND " + column + " IN (" + query + "))"
}

// likePattern makes text a LIKE pattern that finds it anywhere.
func likePattern(text string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text) + "%"
}

// beyond is more than every text that begins with text.
func beyond(text string) string { return text + string(utf8.MaxRune) }
