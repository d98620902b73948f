package inventory_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"license-manager/store"
	"license-manager/store/inventory"
	"license-manager/store/usage"
)

const header = "resource_id,resource_type,resource_owner_id,resource_status,vcpus,license,consumed_licenses\n"

func start() time.Time { return time.Date(2026, 11, 23, 14, 2, 3, 456789000, time.UTC) }

func by(name string, at time.Time) usage.Act { return usage.Act{By: name, From: "192.0.2.1", At: at} }

func count(n int64) *int64 { return &n }

// importer is one whose clock stands still.
func importer(s *store.Store) *inventory.Importer {
	return inventory.New(s, inventory.Options{Now: start})
}

func createLicense(t testing.TB, s *store.Store, l usage.License) usage.License {
	t.Helper()
	if l.CountingType == "" {
		l.CountingType = usage.CountVCPU
	}
	created, err := s.CreateLicense(t.Context(), by("admin", start()), l)
	if err != nil {
		t.Fatal(err)
	}
	return created
}

// importFile imports as the command line does.
func importFile(t testing.TB, s *store.Store, file string) inventory.Import {
	t.Helper()
	job, err := importer(s).ImportFile(t.Context(), by("admin", start()), inventory.Source{Name: "test.csv"}, strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// refusedImport imports a file that is to be refused.
func refusedImport(t *testing.T, s *store.Store, file string) *inventory.RefusedError {
	t.Helper()
	_, err := importer(s).ImportFile(t.Context(), by("admin", start()), inventory.Source{Name: "test.csv"}, strings.NewReader(file))
	var refused *inventory.RefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("import: %v, want that it is refused", err)
	}
	return refused
}

// stage uploads a file.
func stage(t *testing.T, im *inventory.Importer, license, file string) inventory.Import {
	t.Helper()
	read, err := im.Read(t.Context(), strings.NewReader(file), usage.ImportDialect{})
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	job, err := im.Stage(t.Context(), by("admin", start()), read, inventory.Source{Name: "test.csv", License: license})
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// review uploads a file and has it judged.
func review(t *testing.T, im *inventory.Importer, license, file string) inventory.Import {
	t.Helper()
	job := stage(t, im, license, file)
	if err := im.Judge(t.Context()); err != nil {
		t.Fatal(err)
	}
	return find(t, im, job.ID)
}

// find returns an import of the user admin.
func find(t *testing.T, im *inventory.Importer, id string) inventory.Import {
	t.Helper()
	job, err := im.Import(t.Context(), id, "admin")
	if err != nil {
		t.Fatal(err)
	}
	return job
}

// confirm has a reviewed import applied.
func confirm(t *testing.T, im *inventory.Importer, id string) {
	t.Helper()
	if err := im.Confirm(t.Context(), by("admin", start()), id); err != nil {
		t.Fatal(err)
	}
}

// apply applies what was confirmed and returns the import.
func apply(t *testing.T, im *inventory.Importer, id string) inventory.Import {
	t.Helper()
	if err := im.Apply(t.Context()); err != nil {
		t.Fatal(err)
	}
	return find(t, im, id)
}

func problems(t *testing.T, im *inventory.Importer, job inventory.Import) []usage.RowError {
	t.Helper()
	all, err := im.Problems(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func consumed(t *testing.T, s *store.Store, licenseID string) int64 {
	t.Helper()
	c, err := s.Consumption(t.Context(), licenseID)
	if err != nil {
		t.Fatal(err)
	}
	return c.Consumed()
}

// instances is a file of running instances with a vCPU each.
func instances(first, n int, license string) string {
	var file strings.Builder
	file.WriteString(header)
	for i := range n {
		fmt.Fprintf(&file, "i-%05d,EC2_INSTANCE,123456789012,running,1,%s,\n", first+i, license)
	}
	return file.String()
}

// openRaw opens the database beside the store.
func openRaw(t *testing.T, address string) *sql.DB {
	t.Helper()
	driver, path := "sqlite3", address
	if strings.HasPrefix(address, "postgres:") {
		driver, path = "pgx", address
	}
	db, err := sql.Open(driver, path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
