package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// edited returns a report whose first run is being published while a second
// one, from an edit, waits.
func edited(t *testing.T, s *store.Store) (r usage.Report, older usage.Run, later time.Time) {
	t.Helper()
	r = createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
	older = claimOne(t, s, start())
	later = start().Add(10 * time.Second)
	r.Description = "edited"
	if err := s.UpdateReport(t.Context(), by("admin", later), r); err != nil {
		t.Fatal(err)
	}
	return r, older, later
}

func wantStatus(t *testing.T, s *store.Store, id string, want usage.ReportStatus, failure string) {
	t.Helper()
	if got := reportNow(t, s, id); got.Status != want || got.Failure != failure {
		t.Errorf("report is %s %q, want %s %q", got.Status, got.Failure, want, failure)
	}
}

func TestStatusIsThatOfTheNewestRun(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		r, older, later := edited(t, s)
		newer := claimOne(t, s, later)
		if err := s.FailRun(t.Context(), newer, later, "AccessDenied", "Access denied."); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, s, r.ID, usage.ReportInProgress, "") // the older one still is
		finish(t, s, older, later, 1)
		wantStatus(t, s, r.ID, usage.ReportFailed, "Access denied.")
		again := claimOne(t, s, later.Add(time.Minute))
		if again.ID != newer.ID {
			t.Errorf("retried %+v", again)
		}
		finish(t, s, again, later.Add(time.Minute), 1)
		wantStatus(t, s, r.ID, usage.ReportSucceeded, "")
	})
}

func TestOlderRunIsNotRetriedBesideANewerOne(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		r, older, later := edited(t, s)
		finish(t, s, claimOne(t, s, later), later, 1)
		if err := s.FailRun(t.Context(), older, later, "SlowDown", "S3 is busy."); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, s, r.ID, usage.ReportSucceeded, "")
		if runs := claim(t, s, later.Add(2*time.Minute), 10); len(runs) != 0 {
			t.Errorf("retried: %+v", runs)
		}
	})
}

func TestEditBesideARunThatEnds(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		r, older, later := edited(t, s)
		wantStatus(t, s, r.ID, usage.ReportInProgress, "")
		finish(t, s, older, later, 1)
		wantStatus(t, s, r.ID, usage.ReportPending, "")
		finish(t, s, claimOne(t, s, later), later, 1)
		wantStatus(t, s, r.ID, usage.ReportSucceeded, "")
	})
}

func TestLastReportNeverGoesBack(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		r, older, later := edited(t, s)
		finish(t, s, claimOne(t, s, later), later.Add(time.Second), 1)
		finish(t, s, older, later, 1) // by a replica whose clock is behind
		if got := reportNow(t, s, r.ID); !got.LastReportAt.Equal(later.Add(time.Second)) {
			t.Errorf("last report %v", got.LastReportAt)
		}
	})
}

// What a pause finds being published may end; nothing of it begins again.
func TestPausedRunIsNotTakenUpAgain(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(*store.Store, usage.Run) error{
		"handed back": func(s *store.Store, run usage.Run) error { return s.ReleaseRun(context.Background(), run, start()) },
		"failed": func(s *store.Store, run usage.Run) error {
			return s.FailRun(context.Background(), run, start(), "X", "x")
		},
		"left": func(*store.Store, usage.Run) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.EachStore(t, func(t *testing.T, s *store.Store) {
				r := createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
				run := claimOne(t, s, start())
				if _, err := s.PauseReport(t.Context(), by("admin", start()), r.ID); err != nil {
					t.Fatal(err)
				}
				if err := leave(s, run); err != nil {
					t.Fatal(err)
				}
				later := start().Add(2 * time.Hour)
				if runs := claim(t, s, later, 10); len(runs) != 0 {
					t.Errorf("claimed while paused: %+v", runs)
				}
				wantStatus(t, s, r.ID, usage.ReportPaused, "")
				if _, err := s.ResumeReport(t.Context(), by("admin", later), r.ID); err != nil {
					t.Fatal(err)
				}
				if again := claimOne(t, s, later); again.ID == run.ID {
					t.Errorf("the run from before the pause")
				}
			})
		})
	}
}

func TestRunThatWasOnItsWayWhenItsWorkerWasGivenUp(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		r := createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
		run := claimOne(t, s, start())
		if _, err := s.DeleteReports(t.Context(), by("admin", start()), []string{r.ID}); err != nil {
			t.Fatal(err)
		}
		if err := s.RenewRun(t.Context(), run, start(), lease); !errors.Is(err, store.ErrLost) {
			t.Errorf("renew after the deletion: %v", err)
		}
		if err := s.ReadSnapshot(t.Context(), run, start(), func(*store.SnapshotReader) error { return nil }); !errors.Is(err, store.ErrLost) {
			t.Errorf("snapshot after the deletion: %v", err)
		}
		finish(t, s, run, start(), 1)
		if published, err := s.Published(t.Context(), r.ID); err != nil || published.Files != 2 {
			t.Errorf("published %+v, %v", published, err)
		}
	})
}

func TestRetryAfterARenameGoesToTheOldFolder(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		r := createReport(t, s, createLicense(t, s, "Oracle").ID, "old")
		failed := claimOne(t, s, start())
		if err := s.FailRun(t.Context(), failed, start(), "X", "x"); err != nil {
			t.Fatal(err)
		}
		later := start().Add(time.Second)
		r.Name = "new"
		if err := s.UpdateReport(t.Context(), by("admin", later), r); err != nil {
			t.Fatal(err)
		}
		finish(t, s, claimOne(t, s, later), later, 1)
		if _, err := s.RetryRun(t.Context(), by("admin", later), r.ID, failed.ID); err != nil {
			t.Fatal(err)
		}
		again := claimOne(t, s, later)
		err := s.ReadSnapshot(t.Context(), again, later, func(sr *store.SnapshotReader) error {
			if sr.Report.Name != "old" || again.Files[0].Key != usage.Key("old", start(), usage.Summary, failed.ID) {
				t.Errorf("retried as %s under %s", sr.Report.Name, again.Files[0].Key)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.FailRun(t.Context(), again, later, "X", "x"); err != nil {
			t.Fatal(err)
		}
		wantStatus(t, s, r.ID, usage.ReportSucceeded, "") // the newest one is in the bucket
	})
}

func TestCanceledCallsHandOutNothing(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if runs, err := s.ClaimRuns(ctx, start(), lease, store.Lanes{Small: 10}); err == nil || len(runs) != 0 {
			t.Errorf("claimed %d runs, %v", len(runs), err)
		}
		claimOne(t, s, start())
	})
}
