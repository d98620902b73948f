package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"license-manager/store"
	"license-manager/store/storetest"
)

// TestFileBehindALink has SQLite keep its log beside what the link stands for.
func TestFileBehindALink(t *testing.T) {
	t.Parallel()
	path := storetest.MigratedSQLite(t)
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	s := storetest.Open(t, link)
	l := createLicense(t, s, "Oracle")
	if err := s.DeleteLicense(t.Context(), by("admin", start()), l.ID); err != nil {
		t.Error(err)
	}
}

// TestPageSizeOfAFile opens a new file, and one that was made with other pages.
func TestPageSizeOfAFile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ before, want int }{"new": {0, 8192}, "older": {4096, 4096}} {
		path := filepath.Join(t.TempDir(), name+".db")
		if c.before > 0 {
			older, err := sql.Open("sqlite3", path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := older.Exec("CREATE TABLE anything (n INTEGER)"); err != nil {
				t.Fatal(err)
			}
			if err := older.Close(); err != nil {
				t.Fatal(err)
			}
		}
		s, err := store.Open(t.Context(), storetest.Options(path))
		if err != nil {
			t.Fatal(err)
		}
		createLicense(t, s, "Oracle")
		write, _, _ := s.Pools()
		var size int
		if err := write.Raw("PRAGMA page_size").Scan(&size).Error; err != nil || size != c.want {
			t.Errorf("%s file: pages of %d bytes, want %d (%v)", name, size, c.want, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestPingWritesNothing looks from another connection whether anything was committed.
func TestPingWritesNothing(t *testing.T) {
	t.Parallel()
	s, path, _ := sqliteFile(t)
	other, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	other.SetMaxOpenConns(1) // the version is of the connection
	version := func() (n int64) {
		if err := other.QueryRowContext(t.Context(), "PRAGMA data_version").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := version()
	if err := s.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := version(); after != before {
		t.Errorf("version %d of the data after a ping, want %d", after, before)
	}
}
