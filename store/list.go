package store

import (
	"strings"
	"unicode/utf8"
)

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

func whereAll(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(conditions, " AND ")
}

// nullsFirst marks a column of which some rows have no value: these come
// before all others. Databases differ in it if they are not told, and an index
// serves the order only if it has the same.
const nullsFirst = " NULLS FIRST"

func directed(descending, nullable bool) string {
	switch {
	case descending && nullable:
		return " DESC NULLS LAST"
	case descending:
		return " DESC"
	case nullable:
		return " ASC" + nullsFirst
	default:
		return " ASC"
	}
}

// lastPage bounds what a URL may ask for, so that no offset overflows.
const lastPage = 1 << 30

// toldByPage returns how many rows match in all, counted up to CountBound + 1, if a
// page with so many rows tells it: one that is not full is the last one.
func toldByPage(page, size, rows int) (total int64, ok bool) {
	before := offset(page, size)
	if rows == size || rows == 0 && before > 0 {
		return 0, false
	}
	return min(int64(before+rows), CountBound+1), true
}

// offset returns how many rows lie before a page that counts from 1.
func offset(page, size int) int { return (min(max(page, 1), lastPage) - 1) * size }
