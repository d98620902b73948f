package storetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// SQLite returns the path of a SQLite database that is a copy of the template and goes when tb ends. A database without a
// template is a file that does not exist yet.
func (tpl *Template) SQLite(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "test.db")
	if tpl.Prepare == nil {
		return path
	}
	dir := tb.TempDir()
	tpl.sqlite.once.Do(func() { tpl.sqlite.err = tpl.prepareSQLite(tb.Context(), filepath.Join(dir, "template.db")) })
	if tpl.sqlite.err != nil {
		tb.Fatal(tpl.sqlite.err)
	}
	if err := os.WriteFile(path, tpl.sqlite.file, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// prepareSQLite keeps the prepared file in memory, so that it needs no place that outlives the first test.
func (tpl *Template) prepareSQLite(ctx context.Context, path string) error {
	if err := tpl.Prepare(ctx, path); err != nil {
		return fmt.Errorf("prepare SQLite template: %w", err)
	}
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		return fmt.Errorf("prepare SQLite template: %s is still in use", path)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read SQLite template: %w", err)
	}
	tpl.sqlite.file = file
	return nil
}
