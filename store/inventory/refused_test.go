package inventory_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"license-manager/store"
	"license-manager/store/inventory"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

func TestTenThousandWrongRows(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		createLicense(t, s, usage.License{Name: "Oracle"})
		var file strings.Builder
		file.WriteString(header)
		for i := range 10_000 { // half are wrong by themselves, half by what is stored
			if i%2 == 0 {
				fmt.Fprintf(&file, "i-%d,EC2_INSTANCE,12,running,4,Oracle,\n", 10_000-i)
			} else {
				fmt.Fprintf(&file, "i-%d,EC2_INSTANCE,123456789012,running,4,Orakel,\n", 10_000-i)
			}
		}
		im := importer(s)
		job := review(t, im, "", file.String())
		shown := problems(t, im, job)
		if job.Wrong != 10_000 || job.Rows != 10_000 || len(shown) != inventory.ProblemsShown {
			t.Errorf("%d of %d rows wrong, %d shown", job.Wrong, job.Rows, len(shown))
		}
		for i, e := range shown {
			if e.Line != i+2 {
				t.Fatalf("error %d is of line %d", i, e.Line)
			}
		}
		var out bytes.Buffer
		if err := im.WriteProblems(t.Context(), job, &out); err != nil {
			t.Fatal(err)
		}
		records, err := csv.NewReader(&out).ReadAll()
		if err != nil || len(records) != 10_001 {
			t.Fatalf("%d records, %v", len(records), err)
		}
		for i, record := range records[1:] {
			if record[7] != fmt.Sprint(i+2) {
				t.Fatalf("record %d is of line %s", i, record[7])
			}
		}
		if err := im.Confirm(t.Context(), by("admin", start()), job.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("confirmed with wrong rows: %v", err)
		}
	})
}

func TestWrongRowsAreListedAsTheyAre(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, usage.License{Name: "Oracle"})
		l.Count, l.HardLimit = count(5), true
		if err := s.UpdateLicense(t.Context(), by("admin", start()), l); err != nil {
			t.Fatal(err)
		}
		file := "problem,resource_id,resource_type,resource_owner_id,platform,license,vcpus\n" +
			"old problem,i-1,EC2_INSTANCE,123456789012,Linux,Oracle,4\n" +
			"old problem,i-2,EC2,12,\"=cmd|' /C calc'!A0\",Oracle,4\n" +
			"old problem,i-3,EC2_INSTANCE,123456789012\n" +
			"old problem,i-4,EC2_INSTANCE,123456789012,\"a, b\",Oracle,4,x,y\n" +
			"old problem,i-0,EC2_INSTANCE,123456789012,Linux,Oracle,2\n"
		im := importer(s)
		job := review(t, im, "", file)
		var out bytes.Buffer
		if err := im.WriteProblems(t.Context(), job, &out); err != nil {
			t.Fatal(err)
		}
		want := "resource_id,resource_type,resource_owner_id,platform,license,vcpus,line,column,problem\n" +
			"i-2,EC2,12,'=cmd|' /C calc'!A0,Oracle,4,3,\"resource_type, resource_owner_id\"," +
			"\"Use EC2_INSTANCE, EC2_HOST, EC2_AMI, RDS, or SYSTEMS_MANAGER_MANAGED_INSTANCE. Enter 12 digits.\"\n" +
			"i-3,EC2_INSTANCE,123456789012,,,,4,,The row has 4 values; the header has 7 columns.\n" +
			"i-4,EC2_INSTANCE,123456789012,\"a, b\",Oracle,\"4,x,y\",5,,The row has 9 values; the header has 7 columns.\n" +
			"i-0,EC2_INSTANCE,123456789012,Linux,Oracle,2,6,license,\"“Oracle” enforces its limit: 6 vCPUs needed, 5 available.\"\n"
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestFilesThatAreNoImport(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", usage.MaxImportRecord)
	files := map[string]string{
		"":                            "The file is empty.",
		header:                        "The file has no rows, only a header.",
		"PK\x03\x04\x00\x00":          "The file is a spreadsheet (.xlsx) or a ZIP file.",
		"resource_id,\xff\n":          "line 1, column 13: The file isn’t UTF-8. Save it as CSV UTF-8, or choose the encoding Windows-1252.",
		"resource_id,resource_type\n": "line 1: Column “resource_owner_id” is missing.",
		"resource_id,color\n":         "line 1: Column “resource_type” is missing. The file has: “resource_id”, “color”.",
		header + "i-1,EC2\x00,1\n":    "line 2, column 5: The file has a NUL byte: it isn’t a CSV file.",
		header + "i-1,\"RDS,1\n":      "line 2",
		header + "i-1," + long + "\n": "line 2: The row is longer than 1024 KB.",
	}
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		for file, want := range files {
			_, err := importer(s).Read(t.Context(), strings.NewReader(file), usage.ImportDialect{})
			var problem *usage.ImportError
			if !errors.As(err, &problem) || !strings.Contains(problem.Error(), want) {
				t.Errorf("%.40q: %v, want %s", file, err, want)
			}
		}
	})
}

func TestImportIsItsOwnersOnly(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		im := importer(s)
		job := review(t, im, "", instances(0, 1, ""))
		if _, err := im.Import(t.Context(), job.ID, "eve"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another user sees it: %v", err)
		}
		if err := im.Confirm(t.Context(), by("eve", start()), job.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another user confirms it: %v", err)
		}
		for user, want := range map[string]int{"eve": 0, "admin": 1} {
			if open, err := im.Open(t.Context(), user, 10); len(open) != want || err != nil {
				t.Errorf("%s is told of %d imports, %v", user, len(open), err)
			}
		}
		confirm(t, im, job.ID)
		if open, err := im.Open(t.Context(), "eve", 10); len(open) != 1 || err != nil {
			t.Errorf("%d imports are going on, %v", len(open), err)
		}
	})
}

func TestChosenLicenseMustBeUsable(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		closed := createLicense(t, s, usage.License{Name: "Closed"})
		if err := s.SetLicenseStatus(t.Context(), by("admin", start()), closed.ID, usage.LicenseDeactivated); err != nil {
			t.Fatal(err)
		}
		for chosen, want := range map[string]string{
			closed.ID:            "“Closed” is deactivated and isn’t tracked. Choose another self-managed license.",
			usage.NewLicenseID(): "The self-managed license that you chose no longer exists. Choose another.",
			"Orakel":             "There is no self-managed license named “Orakel”.",
		} {
			source := inventory.Source{Name: "f.csv", License: chosen}
			_, err := importer(s).ImportFile(t.Context(), by("admin", start()), source, strings.NewReader(instances(0, 1, "")))
			var wrong usage.FieldErrors
			if !errors.As(err, &wrong) || wrong.For("license") != want {
				t.Errorf("%s: %v, want %q", chosen, err, want)
			}
		}
	})
}

// brokenReader fails in the middle of a file.
type brokenReader struct {
	io.Reader
	err error
}

func (r brokenReader) Read(p []byte) (int, error) {
	if n, err := r.Reader.Read(p); err == nil {
		return n, nil
	}
	return 0, r.err
}

func TestBrokenUploadLeavesNothing(t *testing.T) {
	t.Parallel()
	gone := errors.New("connection reset")
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		s, dir := storetest.Open(t, address), t.TempDir()
		im := inventory.New(s, inventory.Options{TempDir: dir})
		file := header + strings.Repeat("i-1,RDS,123456789012,,,,\n", 1_000_000)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for _, c := range []struct {
			body io.Reader
			want error
		}{{brokenReader{strings.NewReader(file), gone}, gone}, {strings.NewReader(file), context.Canceled}} {
			if _, err := im.Read(ctx, c.body, usage.ImportDialect{}); !errors.Is(err, c.want) {
				t.Errorf("upload: %v, want %v", err, c.want)
			}
			cancel()
		}
		if left, err := os.ReadDir(dir); len(left) > 0 || err != nil {
			t.Errorf("left %v, %v", left, err)
		}
		if got := counts(t, address); got["imports"]+got["import_chunks"] > 0 {
			t.Errorf("left %v", got)
		}
	})
}

// A disk without room takes no file, and says so in words.
func TestImportLeavesRoomOnTheDisk(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		s, looks := storetest.Open(t, address), 0
		free := func(enough int) func() (int64, error) {
			looks = 0
			return func() (int64, error) {
				if looks++; looks > enough {
					return 100 << 20, nil
				}
				return 1 << 40, nil
			}
		}
		file := header + strings.Repeat("i-1,RDS,123456789012,,,,\n", 300_000)
		for _, enough := range []int{0, 1, 3} { // at the beginning; while it is read; while it is stored
			im := inventory.New(s, inventory.Options{Free: free(enough)})
			_, err := im.ImportFile(t.Context(), by("admin", start()), inventory.Source{}, strings.NewReader(file))
			var refused usage.FieldErrors
			if !errors.As(err, &refused) || !strings.Contains(refused.For("file"), "no room for the file") {
				t.Errorf("room for %d looks: %v", enough, err)
			}
			if err := im.Apply(t.Context()); err != nil { // deletes what was stored
				t.Error(err)
			}
			if got := counts(t, address); got["imports"]+got["import_chunks"] > 0 {
				t.Errorf("left %v", got)
			}
		}
	})
}

func TestUploadsOfAUserAreBounded(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		im := importer(s)
		job := stage(t, im, "", instances(0, 10, ""))
		for user, refused := range map[string]bool{"admin": true, "eve": false} {
			err := im.Room(t.Context(), user, 1<<30)
			var problem usage.FieldErrors
			if errors.As(err, &problem) != refused || refused && !strings.Contains(problem.For("file"), "wait for their review") {
				t.Errorf("%s: %v", user, err)
			}
		}
		if err := im.Cancel(t.Context(), job.ID, "admin"); err != nil {
			t.Fatal(err)
		}
		if err := im.Room(t.Context(), "admin", 1<<30); err != nil {
			t.Errorf("after the cancellation: %v", err)
		}
	})
}
