package storetest

import (
	"context"
	"fmt"
	"net/url"
	"testing"

	"github.com/jackc/pgx/v5"
)

// Postgres returns the URL of a PostgreSQL database that is a copy of the template and is dropped when tb ends, whoever is still
// connected to it.
func (tpl *Template) Postgres(tb testing.TB) string {
	tb.Helper()
	server, err := serverURL()
	if err != nil {
		tb.Fatal(err)
	}
	tpl.postgres.once.Do(func() { tpl.postgres.err = tpl.preparePostgres(tb.Context(), server) })
	if tpl.postgres.err != nil {
		tb.Fatal(tpl.postgres.err)
	}
	name := randomName("test")
	tb.Cleanup(func() {
		// The test's own context has ended by now.
		if err := execute(context.Background(), server, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
			tb.Error(err)
		}
	})
	if err := execute(tb.Context(), server, "CREATE DATABASE "+name+" TEMPLATE "+tpl.postgres.name); err != nil {
		tb.Fatal(err)
	}
	return databaseURL(server, name)
}

// preparePostgres makes the database to copy. It stays until the server goes, which is when the test run ends.
func (tpl *Template) preparePostgres(ctx context.Context, server *url.URL) error {
	if tpl.Prepare == nil {
		tpl.postgres.name = "template0"
		return nil
	}
	name := randomName("template")
	if err := execute(ctx, server, "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		return err
	}
	if err := tpl.Prepare(ctx, databaseURL(server, name)); err != nil {
		return fmt.Errorf("prepare PostgreSQL template: %w", err)
	}
	tpl.postgres.name = name
	return nil
}

// databaseURL is the URL of the named database on the server.
func databaseURL(server *url.URL, name string) string {
	database := *server
	database.Path = "/" + name
	return database.String()
}

// execute runs one statement on a connection of its own to the server.
func execute(ctx context.Context, server *url.URL, statement string) error {
	conn, err := pgx.Connect(ctx, server.String())
	if err != nil {
		return fmt.Errorf("connect to the PostgreSQL server of the tests: %w", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}
