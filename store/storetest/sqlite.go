package storetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The names of SQLite's files without what tells them apart.
const (
	templateName = "template"
	testName     = "test"
)

// SQLite returns the path of a SQLite database that is a copy of the template and goes when tb ends, with whatever other files the
// template has beside it. A database without a template is a file that does not exist yet.
func (tpl *Template) SQLite(tb testing.TB) string {
	tb.Helper()
	dir := tb.TempDir()
	path := filepath.Join(dir, testName+".db")
	if tpl.Prepare == nil {
		return path
	}
	prepared := tb.TempDir()
	tpl.sqlite.once.Do(func() { tpl.sqlite.err = tpl.prepareSQLite(tb.Context(), filepath.Join(prepared, templateName+".db")) })
	if tpl.sqlite.err != nil {
		tb.Fatal(tpl.sqlite.err)
	}
	for name, content := range tpl.sqlite.files {
		if err := os.WriteFile(filepath.Join(dir, testName+strings.TrimPrefix(name, templateName)), content, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return path
}

// prepareSQLite keeps the prepared files in memory, so that they need no place that outlives the first test.
func (tpl *Template) prepareSQLite(ctx context.Context, path string) error {
	if err := tpl.Prepare(ctx, path); err != nil {
		return fmt.Errorf("prepare SQLite template: %w", err)
	}
	found, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil {
		return err
	}
	tpl.sqlite.files = make(map[string][]byte, len(found))
	for _, file := range found {
		content, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("read SQLite template: %w", err)
		}
		if strings.HasSuffix(file, "-wal") && len(content) > 0 {
			return fmt.Errorf("prepare SQLite template: %s is still in use", path)
		}
		tpl.sqlite.files[filepath.Base(file)] = content
	}
	return nil
}
