package store_test

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"license-manager/store"
	"license-manager/store/migrations"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// olderFile makes a file as it was when there was only one, with something in
// every table.
func olderFile(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "test.db")
	db, err := sql.Open("sqlite3", path+"?_journal_mode=WAL")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if err := migrations.UpTo(t.Context(), db, migrations.SQLiteInventory, migrations.SQLiteInventoryAlone-1); err != nil {
		t.Fatal(err)
	}
	const moment = "'2026-11-01 10:00:00+00:00'"
	for _, statement := range []string{
		"INSERT INTO settings (id, account_id, bucket, bucket_ready) VALUES (1, '123456789012', 'usage', true)",
		"INSERT INTO users (id, name, name_key, password_hash, role, created_at, updated_at) VALUES (1, 'admin', 'ADMIN', 'x', 'administrator', " + moment + ", " + moment + ")",
		"INSERT INTO users (id, name, name_key, password_hash, role, created_at, updated_at) VALUES (7, 'gone', 'GONE', 'x', 'viewer', " + moment + ", " + moment + ")",
		"DELETE FROM users WHERE id = 7",
		"INSERT INTO list_preferences VALUES (1, 'reports', 'name', 50, true, false)",
		"INSERT INTO sessions VALUES ('hash', x'00', " + moment + ")",
		"INSERT INTO activities (at, actor, address, action, noun, object_id, name, detail) VALUES (" + moment + ", 'admin', '', 'created', 'usage report', 'r-1', 'daily', '')",
		`INSERT INTO licenses (id, arn, name, name_key, description, counting_type, hard_limit, rules, status, owner_account_id, version, created_at, created_by, updated_at, updated_by)
			VALUES ('lic-1', 'arn', 'Oracle', 'ORACLE', '', 'vCPU', false, '', 'available', '123456789012', 1, ` + moment + ", 'x', " + moment + ", 'x')",
		"INSERT INTO license_counters VALUES ('lic-1', 'RDS', 1, 4)",
		"INSERT INTO resources (id, arn, type, status, owner_account_id, region, platform, instance_type, tenancy, created_at, updated_at) VALUES ('db-1', '', 'RDS', '', '123456789012', '', '', '', '', " + moment + ", " + moment + ")",
		"INSERT INTO associations VALUES ('lic-1', 'db-1', 'RDS', 4, 4, " + moment + ", 'line' || char(10))",
		`INSERT INTO reports (id, arn, name, name_key, description, license_id, types, frequency, status, failure, grid_start, version, created_at, created_by, updated_at, updated_by)
			VALUES ('r-1', 'arn', 'daily', 'DAILY', '', 'lic-1', 3, '24h', 'succeeded', '', ` + moment + ", 1, " + moment + ", 'x', " + moment + ", 'x')",
		"INSERT INTO tags VALUES ('r-1', 'team', 'databases', 0), ('lic-1', 'vendor', 'Oracle', 0)",
		`INSERT INTO runs (id, report_id, report_name, types, "trigger", scheduled_for, state, attempts, created_at) VALUES ('run-1', 'r-1', 'daily', 1, 'created', ` + moment + ", 'succeeded', 1, " + moment + ")",
		"INSERT INTO files (run_id, type, report_id, license_id, bucket, key, published_at) VALUES ('run-1', 'summary', 'r-1', 'lic-1', 'usage', 'key', " + moment + ")",
		"INSERT INTO samples VALUES ('estate', '1'), ('license', 'lic-1'), ('report', 'r-1')",
		"INSERT INTO discards VALUES ('usage', 'old', " + moment + ", NULL)",
		"INSERT INTO imports VALUES ('import', 'admin', 'f.csv', '', 1, " + moment + ")",
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err, statement)
		}
	}
	return path
}

// wantMoved opens what was one file and wants all of it where it belongs.
func wantMoved(t *testing.T, path string) {
	t.Helper()
	s, err := store.Open(t.Context(), storetest.Options(path))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rows := allRows(t, s)
	want := map[string]int64{
		"settings": 1, "users": 1, "list_preferences": 1, "sessions": 1, "activities": 1, "reports": 1, "report_tags": 1, "runs": 1, "files": 1, "samples": 2, "discards": 1,
		"licenses": 1, "license_counters": 1, "resources": 1, "associations": 1, "imports": 1, "import_chunks": 0,
		"license_tags": 1, "inventory_activities": 0, "inventory_samples": 1,
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	r, err := s.Report(t.Context(), "r-1")
	if err != nil || r.Name != "daily" || len(r.Tags) != 1 || r.Tags[0].Value != "databases" {
		t.Errorf("report %+v, %v", r, err)
	}
	l, err := s.License(t.Context(), "lic-1")
	if err != nil || l.Name != "Oracle" || len(l.Tags) != 1 || l.Tags[0].Key != "vendor" {
		t.Errorf("license %+v, %v", l, err)
	}
	if settings, err := s.Settings(t.Context()); err != nil || settings.Bucket != "usage" {
		t.Errorf("settings %+v, %v", settings, err)
	}
	u, err := s.CreateUser(t.Context(), by("admin", start()), usage.User{Name: "next", Role: usage.Viewer, PasswordHash: "x"})
	if err != nil || u.ID != 8 {
		t.Errorf("the next user has the number %d, want one that nobody had, %v", u.ID, err)
	}
	if _, err := s.RemoveSample(t.Context(), by("admin", start())); !errors.Is(err, store.ErrInUse) {
		t.Errorf("sample data that a resource of others uses: %v", err)
	}
}

func TestOneFileBecomesTwo(t *testing.T) {
	t.Parallel()
	wantMoved(t, olderFile(t))
}

// A process that is killed on the way leaves one of these.
func TestOneFileBecomesTwoAfterAKill(t *testing.T) {
	t.Parallel()
	for name, kill := range map[string]func(t *testing.T, path string){
		"renamed": func(t *testing.T, path string) {
			rename(t, path, store.InventoryFile(path))
		},
		"copied, and nothing dropped": func(t *testing.T, path string) {
			older := filepath.Join(t.TempDir(), "older.db")
			copyFile(t, path, older)
			s, err := store.Open(t.Context(), storetest.Options(path))
			if err := errors.Join(err, s.Close()); err != nil {
				t.Fatal(err)
			}
			rename(t, older, store.InventoryFile(path))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := olderFile(t)
			kill(t, path)
			wantMoved(t, path)
		})
	}
}

// TestOneFileBecomesTwoForAll starts several at once, as a service and a command of
// a timetable do.
func TestOneFileBecomesTwoForAll(t *testing.T) {
	t.Parallel()
	path := olderFile(t)
	starts := make([]func() error, 4)
	for i := range starts {
		starts[i] = func() error {
			s, err := store.Open(t.Context(), storetest.Options(path))
			if err != nil {
				return err
			}
			return s.Close()
		}
	}
	if err := errors.Join(together(starts...)...); err != nil {
		t.Fatal(err)
	}
	wantMoved(t, path)
}

// What another program has open must not be renamed beneath it.
func TestOneFileStaysWhileItIsOpen(t *testing.T) {
	t.Parallel()
	path := olderFile(t)
	other, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var reports int
	if err := tx.QueryRowContext(t.Context(), "SELECT count(*) FROM reports").Scan(&reports); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if _, err := store.Open(ctx, storetest.Options(path)); !errors.Is(err, store.ErrUnavailable) {
		t.Errorf("opened: %v", err)
	}
	if _, err := os.Stat(store.InventoryFile(path)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the inventory: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	wantMoved(t, path)
}

// A copy of only one of the files is no backup, and is not mistaken for one.
func TestOneOfTwoFilesIsMissing(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]func(path string) string{
		"test.db": func(path string) string { return path }, "test-inventory.db": store.InventoryFile,
	} {
		path := storetest.MigratedSQLite(t)
		away := file(path) + ".away"
		rename(t, file(path), away)
		for range 2 { // the first try leaves nothing that the second would take for it
			_, err := store.Open(t.Context(), storetest.Options(path))
			if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), name+" is missing") {
				t.Errorf("opened: %v", err)
			}
		}
		rename(t, away, file(path))
		storetest.Open(t, path)
	}
}

// An older backup that is put beside the inventory of today has one of its own.
func TestTwoInventoriesAreNotMixed(t *testing.T) {
	t.Parallel()
	path := olderFile(t)
	away := path + ".away"
	copyFile(t, path, away)
	wantMoved(t, path)
	rename(t, away, path)
	_, err := store.Open(t.Context(), storetest.Options(path))
	if !errors.Is(err, store.ErrUnavailable) || !strings.Contains(err.Error(), "both have an inventory") {
		t.Errorf("opened: %v", err)
	}
	if err := os.Remove(store.InventoryFile(path)); err != nil {
		t.Fatal(err)
	}
	wantMoved(t, path)
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		t.Fatal(err)
	}
}
