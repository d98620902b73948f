package store_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

func TestTenThousandWrongRows(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		createLicense(t, s, "Oracle")
		var file strings.Builder
		file.WriteString(importHeader)
		for i := range 10_000 { // half are wrong by themselves, half by what is stored
			if i%2 == 0 {
				fmt.Fprintf(&file, "i-%d,EC2_INSTANCE,12,running,4,Oracle,\n", 10_000-i)
			} else {
				fmt.Fprintf(&file, "i-%d,EC2_INSTANCE,123456789012,running,4,Orakel,\n", 10_000-i)
			}
		}
		staged := stage(t, s, "", file.String())
		review, err := s.ReviewImport(t.Context(), staged)
		if err != nil {
			t.Fatal(err)
		}
		if review.Wrong != 10_000 || review.Rows != 10_000 || len(review.Errors) != store.ImportErrorsShown {
			t.Errorf("%d of %d rows wrong, %d shown", review.Wrong, review.Rows, len(review.Errors))
		}
		for i, e := range review.Errors {
			if e.Line != i+2 {
				t.Fatalf("error %d is of line %d", i, e.Line)
			}
		}
		var out bytes.Buffer
		if err := s.WriteImportErrors(t.Context(), staged, &out); err != nil {
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
		_, err = s.ApplyImport(t.Context(), by("admin", start()), staged)
		var refused *store.ImportRefusedError
		if !errors.As(err, &refused) || refused.Wrong != 10_000 {
			t.Errorf("apply: %v", err)
		}
	})
}

func TestWrongRowsAreListedAsTheyAre(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Oracle")
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
		staged := stage(t, s, "", file)
		var out bytes.Buffer
		if err := s.WriteImportErrors(t.Context(), staged, &out); err != nil {
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
		"":                                  "The file is empty.",
		importHeader:                        "The file has no rows, only a header.",
		"PK\x03\x04\x00\x00":                "line 1, column 1: The file has a NUL byte: it isn’t a CSV file.",
		"resource_id,\xff\n":                "line 1, column 13: The file isn’t UTF-8. Save it as CSV UTF-8.",
		"resource_id,resource_type\n":       "line 1: Column “resource_owner_id” is missing.",
		"resource_id,color\n":               "Column “color” isn’t known.",
		importHeader + "i-1,EC2\x00,1\n":    "line 2, column 5: The file has a NUL byte: it isn’t a CSV file.",
		importHeader + "i-1,\"RDS,1\n":      "line 2",
		importHeader + "i-1," + long + "\n": "line 2: The row is longer than 1024 KB.",
	}
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		for file, want := range files {
			_, err := s.SaveImport(t.Context(), by("admin", start()), "f.csv", "", strings.NewReader(file))
			var problem *usage.ImportError
			if !errors.As(err, &problem) || !strings.Contains(problem.Error(), want) {
				t.Errorf("%.40q: %v, want %s", file, err, want)
			}
			_, err = s.ImportFile(t.Context(), by("admin", start()), store.ImportSource{File: strings.NewReader(file)})
			if !errors.As(err, &problem) {
				t.Errorf("%.40q from the command line: %v", file, err)
			}
		}
	})
}

func TestStagedFileIsItsOwnersOnly(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		staged := stage(t, s, "", importHeader+"i-1,RDS,123456789012,,,,\n")
		got, err := s.ImportByID(t.Context(), staged.ID, "admin")
		if diff := cmp.Diff(staged, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
		if _, err := s.ImportByID(t.Context(), staged.ID, "eve"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("another user: %v", err)
		}
		if err := s.DropImport(t.Context(), staged.ID, "eve"); err != nil {
			t.Error(err)
		}
		if err := s.SweepImports(t.Context(), start()); err != nil {
			t.Error(err)
		}
		if _, err := s.ReviewImport(t.Context(), staged); err != nil {
			t.Errorf("review: %v", err)
		}
		if err := s.SweepImports(t.Context(), start().Add(time.Second)); err != nil {
			t.Error(err)
		}
		if _, err := s.ReviewImport(t.Context(), staged); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("review after the sweep: %v", err)
		}
	})
}

func TestChosenLicenseMustBeUsable(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		closed := createLicense(t, s, "Closed")
		if err := s.SetLicenseStatus(t.Context(), by("admin", start()), closed.ID, usage.LicenseDeactivated); err != nil {
			t.Fatal(err)
		}
		for chosen, want := range map[string]string{
			closed.ID:            "“Closed” is deactivated and isn’t tracked. Choose another self-managed license.",
			usage.NewLicenseID(): "The self-managed license that you chose no longer exists. Choose another.",
			"Orakel":             "There is no self-managed license named “Orakel”.",
		} {
			_, err := s.SaveImport(t.Context(), by("admin", start()), "f.csv", chosen, strings.NewReader("x"))
			if got := fieldErrors(t, err).For("license"); got != want {
				t.Errorf("%s: %q, want %q", chosen, got, want)
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
		s := storetest.Open(t, address)
		file := importHeader + strings.Repeat("i-1,RDS,123456789012,,,,\n", 100_000)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for _, body := range []io.Reader{
			brokenReader{strings.NewReader(file), gone},
			brokenReader{strings.NewReader(file), context.Canceled},
		} {
			_, err := s.SaveImport(ctx, by("admin", start()), "f.csv", "", body)
			if want := body.(brokenReader).err; !errors.Is(err, want) {
				t.Errorf("upload: %v, want %v", err, want)
			}
			cancel()
		}
		for _, table := range []string{"imports", "import_chunks"} {
			var n int
			if err := openRaw(t, address).QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil || n != 0 {
				t.Errorf("%d rows in %s, %v", n, table, err)
			}
		}
	})
}

func TestCanceledImportWritesNothing(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		createLicense(t, s, "Oracle")
		var file strings.Builder
		file.WriteString(importHeader)
		for i := range 5000 {
			fmt.Fprintf(&file, "i-%d,EC2_INSTANCE,123456789012,running,4,Oracle,\n", i)
		}
		for _, at := range []int64{1, int64(file.Len()) / 2} { // while it is read; while it is written
			ctx, cancel := context.WithCancel(t.Context())
			progress := func(done int64) {
				if done >= at {
					cancel()
				}
			}
			source := store.ImportSource{File: strings.NewReader(file.String()), Progress: progress}
			if _, err := s.ImportFile(ctx, by("admin", start()), source); !errors.Is(err, context.Canceled) {
				t.Errorf("canceled at %d: %v", at, err)
			}
			cancel()
		}
		if n, err := s.CountResources(t.Context(), ""); n != 0 || err != nil {
			t.Errorf("%d resources, %v", n, err)
		}
	})
}

func TestWrongLastRowTakesAllBack(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		s := storetest.Open(t, address)
		createLicense(t, s, "Oracle")
		var file strings.Builder
		file.WriteString(importHeader)
		for i := range 3000 {
			fmt.Fprintf(&file, "i-%04d,EC2_INSTANCE,123456789012,running,4,Oracle,\n", i)
		}
		file.WriteString("i-9999,EC2_INSTANCE,123456789012,running,4,Orakel,\n")
		refused := refusedImport(t, s, file.String())
		if refused.Wrong != 1 || refused.Errors[0].Line != 3002 {
			t.Errorf("refused %+v", refused)
		}
		if diff := cmp.Diff(newContents(), stored(t, openRaw(t, address))); diff != "" {
			t.Error(diff)
		}
	})
}

func TestImportTellsItsProgress(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		file := importHeader + strings.Repeat("i-1,RDS,123456789012,,,,\n", 3000)
		var done []int64
		source := store.ImportSource{File: strings.NewReader(file), Progress: func(n int64) { done = append(done, n) }}
		result, err := s.ImportFile(t.Context(), by("admin", start()), source)
		if err != nil || result.Rows != 3000 || result.New != 1 {
			t.Errorf("%+v, %v", result, err)
		}
		if !slices.IsSorted(done) || done[len(done)-1] != int64(len(file)) {
			t.Errorf("progress %v of %d", done, len(file))
		}
	})
}
