package store_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"license-manager/store"
	"license-manager/store/storetest"
)

// TestHalfOfSampleDataIsRemoved has each file of SQLite as it was before sample data
// was loaded, and the other as it was after: so a kill between the two commits
// leaves them.
func TestHalfOfSampleDataIsRemoved(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]func(path string) string{
		"console before": func(path string) string { return path }, "inventory before": store.InventoryFile,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := storetest.MigratedSQLite(t)
			before := filepath.Join(t.TempDir(), "before.db")
			copyFile(t, file(path), before)
			want, files := loadInto(t, path)
			rename(t, before, file(path))
			s := storetest.Open(t, path)
			got := allRows(t, s)
			if got["discards"] != int64(files) && name == "inventory before" {
				t.Errorf("%d of %d files are to be deleted", got["discards"], files)
			}
			for _, table := range []string{"discards", "activities"} { // what was done stays in the log
				delete(got, table)
				delete(want, table)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("rows (-before +settled):\n%s", diff)
			}
			loadSample(t, s) // there is nothing in its way
		})
	}
}

// TestSampleDataIsRemovedAsAWhole ends the request at any moment: nothing is removed,
// or all is.
func TestSampleDataIsRemovedAsAWhole(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	removed := 0
	for i := range 30 {
		if loaded, err := s.SampleLoaded(t.Context()); err != nil {
			t.Fatal(err)
		} else if !loaded {
			loadSample(t, s)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*time.Millisecond)
		_, err := s.RemoveSample(ctx, by("admin", start()))
		cancel()
		rows := allRows(t, s)
		if (rows["samples"] == 0) != (rows["inventory_samples"] == 0) || (rows["samples"] == 0) != (err == nil) {
			t.Fatalf("after %d ms %d rows of the console and %d of the inventory are left, %v", i, rows["samples"], rows["inventory_samples"], err)
		}
		if err == nil {
			removed++
		}
	}
	if removed == 0 {
		t.Error("never removed")
	}
}

// loadInto loads sample data into a database, and returns what rows there were
// before, and how many files it has.
func loadInto(t *testing.T, path string) (before map[string]int64, files int) {
	t.Helper()
	s, err := store.Open(t.Context(), storetest.Options(path))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	before = allRows(t, s)
	return before, filesOf(loadSample(t, s))
}
