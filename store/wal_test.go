package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"testing"
	"time"

	"license-manager/store"
	"license-manager/store/storetest"
)

// TestWALIsGivenBack writes much while a snapshot is read, which keeps SQLite
// from writing over its log.
func TestWALIsGivenBack(t *testing.T) {
	t.Parallel()
	path := storetest.MigratedSQLite(t)
	s := storetest.Open(t, path)
	createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
	run := claimOne(t, s, start())
	write, _, _ := s.Pools()
	if err := write.Exec("CREATE TABLE filler (n INTEGER, bytes BLOB)").Error; err != nil {
		t.Fatal(err)
	}
	err := s.ReadSnapshot(t.Context(), run, start(), func(*store.SnapshotReader) error {
		for n := range 5 {
			if err := write.Exec("INSERT INTO filler VALUES (?, zeroblob(4194304))", n).Error; err != nil {
				return err
			}
		}
		if err := s.Checkpoint(t.Context()); err != nil {
			t.Errorf("while a snapshot is read: %v", err)
		}
		if size := walSize(t, path); size < 20<<20 {
			t.Errorf("the log has %d bytes, but what the reader does not see yet is 20 MiB", size)
		}
		return write.Exec("DELETE FROM filler WHERE n = 0").Error // writers are not held up
	})
	if err != nil {
		t.Fatal(err)
	}
	wantGivenBack(t, s, path)
	var left int
	if err := write.Raw("SELECT count(*) FROM filler").Scan(&left).Error; err != nil || left != 4 {
		t.Errorf("%d rows are left (%v), want 4", left, err)
	}
}

// TestWALIsBoundedByReports begins a report while another is read and the log is
// too large: without an end of all reports SQLite would never begin the log anew.
func TestWALIsBoundedByReports(t *testing.T) {
	t.Parallel()
	path := storetest.MigratedSQLite(t)
	s := storetest.Open(t, path)
	s.SetMostWAL(18 << 20)
	createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
	run := claimOne(t, s, start())
	write, _, _ := s.Pools()
	read := func(ctx context.Context, fn func() error) error {
		return s.ReadSnapshot(ctx, run, start(), func(*store.SnapshotReader) error { return fn() })
	}
	err := read(t.Context(), func() error {
		for _, statement := range []string{"CREATE TABLE filler (bytes BLOB)", "INSERT INTO filler VALUES (zeroblob(20971520))"} {
			if err := write.Exec(statement).Error; err != nil {
				return err
			}
		}
		if err := read(t.Context(), func() error { return nil }); err != nil {
			t.Errorf("a second report before the log was looked at: %v", err)
		}
		if err := s.Checkpoint(t.Context()); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if err := read(ctx, func() error { return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a report began while the log was too large: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wantGivenBack(t, s, path)
	if err := read(t.Context(), func() error { return nil }); err != nil {
		t.Errorf("a report after the log was given back: %v", err)
	}
}

// TestReportsDoNotWaitForOtherPrograms keeps the log too large by a reader that is
// none of ours, such as a backup: it ends no sooner if reports wait.
func TestReportsDoNotWaitForOtherPrograms(t *testing.T) {
	t.Parallel()
	path := storetest.MigratedSQLite(t)
	s := storetest.Open(t, path)
	s.SetMostWAL(18 << 20)
	createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
	run := claimOne(t, s, start())
	write, _, _ := s.Pools()
	other, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	backup, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer backup.Rollback() //nolint:errcheck // nothing was written
	var licenses int
	if err := backup.QueryRowContext(t.Context(), "SELECT count(*) FROM licenses").Scan(&licenses); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"CREATE TABLE filler (bytes BLOB)", "INSERT INTO filler VALUES (zeroblob(20971520))"} {
		if err := write.Exec(statement).Error; err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if size := walSize(t, path); size < 18<<20 {
		t.Errorf("the log has %d bytes though it is read", size)
	}
	if err := s.ReadSnapshot(t.Context(), run, start(), func(*store.SnapshotReader) error { return nil }); err != nil {
		t.Errorf("a report beside another program: %v", err)
	}
}

// wantGivenBack copies the log and wants it empty.
func wantGivenBack(t *testing.T, s *store.Store, path string) {
	t.Helper()
	if err := s.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if size := walSize(t, path); size != 0 {
		t.Errorf("the log has %d bytes, want it empty", size)
	}
}

func walSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
