package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// logged returns what was done, the oldest first.
func logged(t *testing.T, s *store.Store) []string {
	t.Helper()
	_, read, _ := s.Pools()
	var rows []string
	query := "SELECT action || ' ' || noun || ' ' || name || CASE detail WHEN '' THEN '' ELSE ' (' || detail || ')' END FROM activities ORDER BY id"
	if err := read.Raw(query).Scan(&rows).Error; err != nil {
		t.Fatal(err)
	}
	return rows
}

func wantLogged(t *testing.T, s *store.Store, since int, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), logged(t, s)[since:]); diff != "" {
		t.Errorf("logged (-want +got):\n%s", diff)
	}
}

// TestNothingIsLoggedThatChangesNothing does everything twice.
func TestNothingIsLoggedThatChangesNothing(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx, act := t.Context(), by("admin", start())
		l := createLicense(t, s, "Oracle")
		r := createReport(t, s, l.ID, "daily")
		importFile(t, s, importHeader+"i-1,EC2_INSTANCE,123456789012,,1,,\ni-2,EC2_INSTANCE,123456789012,,1,,\n")
		since := len(logged(t, s))
		twice := func(do func() error) {
			t.Helper()
			for range 2 {
				if err := do(); err != nil {
					t.Fatal(err)
				}
			}
		}
		twice(func() error { _, err := s.PauseReport(ctx, act, r.ID); return err })
		if now := reportNow(t, s, r.ID); now.Version != r.Version+1 {
			t.Errorf("version %d after it was paused twice, want %d", now.Version, r.Version+1)
		}
		twice(func() error { _, err := s.ResumeReport(ctx, act, r.ID); return err })
		if now := reportNow(t, s, r.ID); now.Version != r.Version+2 {
			t.Errorf("version %d after it was resumed twice, want %d", now.Version, r.Version+2)
		}
		twice(func() error { _, err := s.Associate(ctx, act, l.ID, []string{"i-1"}); return err })
		if n, err := s.Associate(ctx, act, l.ID, []string{"i-1", "i-2", "i-2"}); n != 1 || err != nil {
			t.Errorf("%d associated (%v), want 1", n, err)
		}
		twice(func() error { _, err := s.Disassociate(ctx, act, l.ID, []string{"i-1"}); return err })
		if n, err := s.Disassociate(ctx, act, l.ID, []string{"i-1", "i-2"}); n != 1 || err != nil {
			t.Errorf("%d disassociated (%v), want 1", n, err)
		}
		twice(func() error { return s.SetLicenseStatus(ctx, act, l.ID, usage.LicenseDeactivated) })
		twice(func() error { return s.SetLicenseStatus(ctx, act, l.ID, usage.LicenseAvailable) })
		for _, edited := range []bool{false, true, false} {
			l, err := s.License(ctx, l.ID)
			if err != nil {
				t.Fatal(err)
			}
			r := reportNow(t, s, r.ID)
			if edited {
				l.Description, r.Description = "edited", "edited"
			}
			if err := s.UpdateReport(ctx, act, r); errors.Is(err, store.ErrUnchanged) == edited {
				t.Errorf("a report saved, edited %v: %v", edited, err)
			}
			if err := s.UpdateLicense(ctx, act, l); errors.Is(err, store.ErrUnchanged) == edited {
				t.Errorf("a license saved, edited %v: %v", edited, err)
			}
		}
		twice(func() error { return s.AssociateBucket(ctx, act, "reports") })
		twice(func() error { return s.SetCrossAccount(ctx, act, true) })
		wantLogged(t, s, since,
			"paused usage report daily", "resumed usage report daily",
			"associated tracked resources Oracle (i-1)", "associated tracked resources Oracle (i-2)",
			"disassociated tracked resources Oracle (i-1)", "disassociated tracked resources Oracle (i-2)",
			"deactivated self-managed license Oracle", "activated self-managed license Oracle",
			"edited usage report daily", "edited self-managed license Oracle",
			"associated S3 bucket reports", "turned on cross-account inventory search ")
	})
}

// TestSeveralReportsAreSwitchedTogether tells which were changed, which were so
// already and how many are gone.
func TestSeveralReportsAreSwitchedTogether(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		ctx, act := t.Context(), by("admin", start())
		ids := fiveReports(t, s)
		if _, err := s.DeleteReports(ctx, act, ids[3:4]); err != nil {
			t.Fatal(err)
		}
		if _, err := s.PauseReport(ctx, act, ids[1]); err != nil {
			t.Fatal(err)
		}
		since := len(logged(t, s))
		for _, step := range []struct {
			do                 func(context.Context, usage.Act, []string) (store.Switched, error)
			changed, unchanged []string
		}{
			{s.PauseReports, []string{"a", "c", "e"}, []string{"b"}},
			{s.PauseReports, nil, []string{"a", "b", "c", "e"}},
			{s.ResumeReports, []string{"a", "b", "c", "e"}, nil},
		} {
			got, err := step.do(ctx, act, append(ids, ids[0], "r-none"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([][]string{step.changed, step.unchanged}, [][]string{namesOf(got.Changed), namesOf(got.Unchanged)}); diff != "" || got.Gone != 2 {
				t.Errorf("changed and not (-want +got), %d gone:\n%s", got.Gone, diff)
			}
		}
		wantLogged(t, s, since, "paused usage report a", "paused usage report c", "paused usage report e",
			"resumed usage report a", "resumed usage report b", "resumed usage report c", "resumed usage report e")
	})
}

// TestSeveralReportsAreSwitchedOrNone has the database fail at the third of five.
func TestSeveralReportsAreSwitchedOrNone(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	ids := fiveReports(t, s)
	since := len(logged(t, s))
	write, _, _ := s.Pools()
	trigger := "CREATE TRIGGER full BEFORE UPDATE ON reports WHEN old.name = 'c' BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
	if err := write.Exec(trigger).Error; err != nil {
		t.Fatal(err)
	}
	if got, err := s.PauseReports(t.Context(), by("admin", start()), ids); err == nil || len(got.Changed) > 0 {
		t.Errorf("%d were paused, %v", len(got.Changed), err)
	}
	wantLogged(t, s, since)
	for _, id := range ids {
		if r := reportNow(t, s, id); r.Status == usage.ReportPaused {
			t.Errorf("%s is paused", r.Name)
		}
	}
}

// fiveReports creates reports named a to e, and returns their ids.
func fiveReports(t *testing.T, s *store.Store) []string {
	t.Helper()
	l := createLicense(t, s, "Oracle")
	var ids []string
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		ids = append(ids, createReport(t, s, l.ID, name).ID)
	}
	return ids
}

func namesOf(reports []usage.Report) []string {
	var out []string
	for _, r := range reports {
		out = append(out, r.Name)
	}
	return out
}

// TestFiguresOfAnEarlierAttemptAreNotRecorded publishes a file anew while it is
// compared as it was: the figures tell of other rows.
func TestFiguresOfAnEarlierAttemptAreNotRecorded(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		r := createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
		publishDaily(t, s, 10)
		at := start().Add(24 * time.Hour)
		if _, _, err := s.EnqueueDue(t.Context(), at, 10, 0); err != nil {
			t.Fatal(err)
		}
		run := claimOne(t, s, at)
		for i := range run.Files {
			run.Files[i].Bucket, run.Files[i].Rows, run.Files[i].PublishedAt = "b", 13, &at
		}
		if err := s.FailRun(t.Context(), run, at, "SlowDown", "S3 is busy."); err != nil {
			t.Fatal(err)
		}
		claimed, _ := claimComparisons(t, s, at.Add(time.Second), 10)
		if len(claimed) != 1 || claimed[0].Later.Rows != 13 {
			t.Fatalf("claimed %+v", claimed)
		}
		at = at.Add(time.Minute)
		finish(t, s, claimOne(t, s, at), at, 14)
		stale := claimed[0].Later
		stale.SetDifference(claimed[0].Earlier, usage.DifferenceCount{Added: 3, Same: 10})
		stale.CompareDueAt = nil
		if err := s.RecordComparison(t.Context(), stale); err != nil {
			t.Fatal(err)
		}
		again, _ := claimComparisons(t, s, at.Add(time.Second), 10)
		if len(again) != 1 || again[0].Later.Rows != 14 || again[0].Later.ComparedWith != "" {
			t.Errorf("of %s, the file that was published anew is not to be compared: %+v", r.Name, again)
		}
	})
}
