package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// publishDaily publishes a run of what is due on each of some days, with so
// many rows, and returns the moment after the last.
func publishDaily(t *testing.T, s *store.Store, rows ...int64) time.Time {
	t.Helper()
	at := start()
	for i, n := range rows {
		at = start().Add(time.Duration(i) * 24 * time.Hour)
		if _, _, err := s.EnqueueDue(t.Context(), at, 10, 0); err != nil {
			t.Fatal(err)
		}
		finish(t, s, claimOne(t, s, at), at, n)
	}
	return at.Add(time.Second)
}

func claimComparisons(t *testing.T, s *store.Store, now time.Time, limit int) (claimed []store.Comparison, more bool) {
	t.Helper()
	claimed, more, err := s.ClaimComparisons(t.Context(), now, now.Add(lease), limit)
	if err != nil {
		t.Fatal(err)
	}
	return claimed, more
}

func TestEachFileIsComparedOnceWithTheOneBefore(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		r := createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
		now := publishDaily(t, s, 10, 13, 12)
		files, err := s.ComparableFiles(t.Context(), r.ID, 10)
		if err != nil || len(files) != 3 || files[0].Rows != 12 {
			t.Fatalf("comparable: %+v, %v", files, err)
		}
		claimed, more := claimComparisons(t, s, now, 3)
		if len(claimed) != 2 || !more || claimed[0].Earlier.RunID != files[2].RunID || claimed[0].Later.RunID != files[1].RunID ||
			claimed[1].Earlier.RunID != files[1].RunID || claimed[1].Later.RunID != files[0].RunID {
			t.Fatalf("claimed %+v", claimed)
		}
		if again, _ := claimComparisons(t, s, now, 3); len(again) > 0 {
			t.Errorf("claimed twice: %+v", again)
		}
		done := claimed[0].Later
		done.SetDifference(claimed[0].Earlier, usage.DifferenceCount{Added: 5, Removed: 2, Changed: 1, Same: 7})
		done.CompareDueAt = nil
		if err := s.RecordComparison(t.Context(), done); err != nil {
			t.Fatal(err)
		}
		left, more := claimComparisons(t, s, now.Add(lease), 3) // of a process that is gone
		if len(left) != 1 || more || left[0].Later.RunID != files[0].RunID {
			t.Errorf("after the lease: %+v", left)
		}
		rows, _, err := s.History(t.Context(), store.HistoryQuery{ReportID: r.ID, Type: "resource-usage", Page: 2, Size: 1})
		if err != nil || len(rows) != 1 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		count, known := rows[0].File.Difference(files[2])
		if want := (usage.DifferenceCount{Added: 5, Removed: 2, Changed: 1, Same: 7}); !known || count != want {
			t.Errorf("the history tells %+v, %t", count, known)
		}
		if _, known := rows[0].File.Difference(files[0]); known || *rows[0].LicenseChange != 6 {
			t.Errorf("against another file it is known too: %t; %d licenses", known, *rows[0].LicenseChange)
		}
	})
}

func TestFilesAboutAnotherLicenseAreNotCompared(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		r := createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
		for i, license := range []string{"lic-a", "lic-b"} {
			at := start().Add(time.Duration(i) * 24 * time.Hour)
			if _, _, err := s.EnqueueDue(t.Context(), at, 10, 0); err != nil {
				t.Fatal(err)
			}
			run := claimOne(t, s, at)
			for j := range run.Files {
				run.Files[j].LicenseID = license
			}
			finish(t, s, run, at, 1)
		}
		now := start().Add(48 * time.Hour)
		if claimed, more := claimComparisons(t, s, now, 10); len(claimed) > 0 || more {
			t.Errorf("claimed %+v", claimed)
		}
		rows, _, err := s.History(t.Context(), store.HistoryQuery{ReportID: r.ID, Page: 1, Size: 10})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if row.LicenseChange != nil || row.File.ComparedWith != "" || row.File.CompareDueAt != nil {
				t.Errorf("%s: %+v", row.File.Type, row)
			}
		}
	})
}

func TestResourcesAmong(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		importFile(t, s, importHeader+"i-1,EC2_INSTANCE,012345678901,,,,\ni-2,EC2_INSTANCE,210987654321,,,,\n")
		ids := []string{"i-0", "i-1", "i-2", "'; --"}
		for account, want := range map[string]map[string]bool{
			"": {"i-1": true, "i-2": true}, "012345678901": {"i-1": true}, "999999999999": {},
		} {
			got, err := s.ResourcesAmong(t.Context(), ids, account)
			if err != nil || !cmp.Equal(got, want) {
				t.Errorf("of %q: %v, %v", account, got, err)
			}
		}
		r := createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
		run := claimOne(t, s, start())
		if got, err := s.Run(t.Context(), r.ID, run.ID); err != nil || got.State != usage.RunRunning {
			t.Errorf("run %+v, %v", got, err)
		}
		if _, err := s.Run(t.Context(), "r-none", run.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("the run of another report: %v", err)
		}
	})
}
