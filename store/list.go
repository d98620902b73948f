package store

import "strings"

// like is a condition that finds a part of a text, whatever the case of ASCII
// letters on SQLite, and of all letters on PostgreSQL.
func (s *Store) like(column string) string {
	if s.dialect == postgresDialect {
		return column + " ILIKE ? ESCAPE '!'"
	}
	return column + " LIKE ? ESCAPE '!'"
}

// likePattern makes text a LIKE pattern that finds it anywhere.
func likePattern(text string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(text) + "%"
}

func whereAll(conditions []string) string {
	if len(conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(conditions, " AND ")
}

// orderBy turns a sort key of a URL into ORDER BY. An unknown key sorts by
// name, as does whatever is equal.
func orderBy(sort string, columns map[string]string, name string) string {
	key, descending := strings.CutPrefix(sort, "-")
	direction := " ASC"
	if descending {
		direction = " DESC"
	}
	column, ok := columns[key]
	if !ok {
		if key != "name" {
			direction = " ASC"
		}
		return " ORDER BY " + name + direction
	}
	return " ORDER BY " + column + direction + ", " + name
}

// lastPage bounds what a URL may ask for, so that no offset overflows.
const lastPage = 1 << 30

// offset returns how many rows lie before a page that counts from 1.
func offset(page, size int) int { return (min(max(page, 1), lastPage) - 1) * size }
