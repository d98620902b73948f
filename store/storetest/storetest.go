// Package storetest hands tests real databases: a file for SQLite, and for PostgreSQL a database of its own on a server that the
// test run started.
package storetest

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"testing"
)

// Each runs test as two parallel subtests, "sqlite" and "postgres", each with the address of an empty database that nobody else uses.
// The address is what the flag --database takes: a file's path or a postgres:// URL.
func Each(t *testing.T, test func(t *testing.T, address string)) {
	t.Helper()
	new(Template).Each(t, test)
}

// Template is a database that is prepared once in a test process and then copied for every test, which is cheaper than preparing
// each. The zero Template is an empty database.
type Template struct {
	// Prepare fills the empty database at address, for example by migrating it, and closes all connections to it. Nil leaves it empty.
	Prepare func(ctx context.Context, address string) error

	sqlite   prepared
	postgres prepared
}

// prepared is the outcome of preparing the template for one kind of database.
type prepared struct {
	once sync.Once
	file []byte // SQLite: what the file holds
	name string // PostgreSQL: the database to copy
	err  error
}

// Each is the function Each with copies of the template.
func (tpl *Template) Each(t *testing.T, test func(t *testing.T, address string)) {
	t.Helper()
	for name, database := range map[string]func(testing.TB) string{"sqlite": tpl.SQLite, "postgres": tpl.Postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, database(t))
		})
	}
}

// randomName makes a name for a database that no other test of any process has.
func randomName(prefix string) string {
	return prefix + "_" + strings.ToLower(rand.Text())
}
