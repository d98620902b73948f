package storetest

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"testing"
)

func TestServerIsGoneOnceStopped(t *testing.T) {
	t.Parallel()
	s, err := startServer()
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	if err := execute(t.Context(), u, "SELECT 1"); err != nil {
		t.Error(err)
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(u.Query().Get("host")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("stat of the server's directory = %v, want that it is gone", err)
	}
}

func TestFailedPreparationIsReported(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	template := Template{Prepare: func(context.Context, string) error { return broken }}
	server, err := serverURL()
	if err != nil {
		t.Fatal(err)
	}
	if err := template.preparePostgres(t.Context(), server); !errors.Is(err, broken) {
		t.Errorf("PostgreSQL: %v, want %v", err, broken)
	}
	if err := template.prepareSQLite(t.Context(), filepath.Join(t.TempDir(), "test.db")); !errors.Is(err, broken) {
		t.Errorf("SQLite: %v, want %v", err, broken)
	}
}

func TestTemplateStillInUseIsReported(t *testing.T) {
	t.Parallel()
	template := Template{Prepare: func(_ context.Context, address string) error {
		return errors.Join(os.WriteFile(address, nil, 0o600), os.WriteFile(address+"-wal", []byte("log"), 0o600))
	}}
	if err := template.prepareSQLite(t.Context(), filepath.Join(t.TempDir(), "test.db")); err == nil {
		t.Error("no error, want that the file is still in use")
	}
}
