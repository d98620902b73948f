package storetest

import (
	"context"
	"testing"

	"license-manager/store"
	"license-manager/store/usage"
)

// migrated is prepared once in a test process, since migrating costs more
// than copying.
var migrated = Template{Prepare: prepare} //nolint:gochecknoglobals // one preparation for all tests of a process

// Account is what databases of tests report for.
func Account() usage.Account { return usage.Account{ID: "123456789012", Region: "eu-central-1"} }

func prepare(ctx context.Context, address string) error {
	s, err := store.Open(ctx, Options(address))
	if err != nil {
		return err
	}
	return s.Close()
}

// Options are those with which tests open a database.
func Options(address string) store.Options {
	return store.Options{URL: address, Account: Account(), Streams: 4}
}

// EachStore runs test as two parallel subtests, "sqlite" and "postgres", each
// with an empty, migrated database that nobody else uses.
func EachStore(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	migrated.Each(t, func(t *testing.T, address string) { test(t, Open(t, address)) })
}

// EachMigrated is EachStore for tests that open the database themselves, for
// example more than once.
func EachMigrated(t *testing.T, test func(t *testing.T, address string)) {
	t.Helper()
	migrated.Each(t, test)
}

// MigratedSQLite returns the path of an empty, migrated SQLite file.
func MigratedSQLite(tb testing.TB) string {
	tb.Helper()
	return migrated.SQLite(tb)
}

// MigratedPostgres returns the URL of an empty, migrated PostgreSQL database.
func MigratedPostgres(tb testing.TB) string {
	tb.Helper()
	return migrated.Postgres(tb)
}

// SQLite opens an empty, migrated SQLite file.
func SQLite(tb testing.TB) *store.Store {
	tb.Helper()
	return Open(tb, migrated.SQLite(tb))
}

// Postgres opens an empty, migrated PostgreSQL database.
func Postgres(tb testing.TB) *store.Store {
	tb.Helper()
	return Open(tb, migrated.Postgres(tb))
}

// Open opens the database at address until the test ends.
func Open(tb testing.TB, address string) *store.Store {
	tb.Helper()
	s, err := store.Open(context.Background(), Options(address))
	if err != nil {
		tb.Fatalf("open %s: %v", address, err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close %s: %v", address, err)
		}
	})
	return s
}
