package store_test

import (
	"cmp"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

const lease = time.Minute

func claim(t *testing.T, s *store.Store, now time.Time, limit int) []usage.Run {
	t.Helper()
	runs, err := s.ClaimRuns(t.Context(), now, lease, store.Lanes{Small: limit})
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

func claimOne(t *testing.T, s *store.Store, now time.Time) usage.Run {
	t.Helper()
	runs := claim(t, s, now, 10)
	if len(runs) != 1 {
		t.Fatalf("claimed %d runs, want 1", len(runs))
	}
	return runs[0]
}

func finish(t *testing.T, s *store.Store, run usage.Run, now time.Time, rows int64) {
	t.Helper()
	for i := range run.Files {
		f := &run.Files[i]
		f.Bucket, f.Rows, f.Consumed, f.PublishedAt = "b", rows, cmp.Or(f.Consumed, 2*rows), &now
	}
	if err := s.FinishRun(t.Context(), run, now); err != nil {
		t.Fatal(err)
	}
}

func reportNow(t *testing.T, s *store.Store, id string) usage.Report {
	t.Helper()
	r, err := s.Report(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEachRunGoesToOneWorker(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		stores := []*store.Store{storetest.Open(t, address), storetest.Open(t, address), storetest.Open(t, address)}
		l := createLicense(t, stores[0], "Oracle")
		const reports = 40
		for i := range reports {
			createReport(t, stores[0], l.ID, fmt.Sprintf("report-%02d", i))
		}
		var mu sync.Mutex
		var wg sync.WaitGroup
		seen := map[string]int{}
		for _, s := range stores {
			wg.Go(func() {
				for {
					runs, err := s.ClaimRuns(t.Context(), start(), lease, store.Lanes{Small: 3})
					if err != nil {
						t.Error(err)
						return
					}
					if len(runs) == 0 {
						return
					}
					mu.Lock()
					for _, run := range runs {
						seen[run.ID]++
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		for id, n := range seen {
			if n != 1 {
				t.Errorf("run %s was claimed %d times", id, n)
			}
		}
		for _, run := range claim(t, stores[0], start(), 100) {
			seen[run.ID]++ // what a worker skipped while another held its lock
		}
		if len(seen) != reports {
			t.Errorf("%d of %d runs were claimed", len(seen), reports)
		}
	})
}

func TestEachSlotIsEnqueuedOnce(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		stores := []*store.Store{storetest.Open(t, address), storetest.Open(t, address)}
		l := createLicense(t, stores[0], "Oracle")
		for i := range 20 {
			createReport(t, stores[0], l.ID, fmt.Sprintf("report-%02d", i))
		}
		for _, run := range claim(t, stores[0], start(), 100) {
			finish(t, stores[0], run, start(), 1)
		}
		later := start().Add(24 * time.Hour)
		var wg sync.WaitGroup
		for _, s := range stores {
			wg.Go(func() {
				for range 10 {
					if _, _, err := s.EnqueueDue(t.Context(), later, 7, 0); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if n := len(claim(t, stores[0], later, 100)); n != 20 {
			t.Errorf("%d runs for 20 slots", n)
		}
	})
}

func TestWorkerThatLostItsLeaseIsRefused(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		r := createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
		late := claimOne(t, s, start())
		if runs := claim(t, s, start().Add(lease), 10); len(runs) != 0 {
			t.Fatal("claimed before the lease ended")
		}
		if err := s.RenewRun(t.Context(), late, start().Add(lease/2), lease); err != nil {
			t.Fatal(err)
		}
		if runs := claim(t, s, start().Add(lease+time.Second), 10); len(runs) != 0 {
			t.Fatal("claimed though the lease was renewed")
		}
		now := start().Add(2 * lease)
		next := claimOne(t, s, now)
		if next.ID != late.ID || next.Attempts != 2 || next.Files[0].Key != late.Files[0].Key {
			t.Errorf("second attempt %+v", next)
		}
		for name, err := range map[string]error{
			"renew":   s.RenewRun(t.Context(), late, now, lease),
			"finish":  s.FinishRun(t.Context(), late, now),
			"fail":    s.FailRun(t.Context(), late, now, "X", "x"),
			"release": s.ReleaseRun(t.Context(), late, now),
		} {
			if !errors.Is(err, store.ErrLost) {
				t.Errorf("%s by the late worker: %v", name, err)
			}
		}
		finish(t, s, next, now, 7)
		if err := s.FinishRun(t.Context(), late, now); !errors.Is(err, store.ErrLost) {
			t.Errorf("finish after the end: %v", err)
		}
		if got := reportNow(t, s, r.ID); got.Status != usage.ReportSucceeded {
			t.Errorf("report %s", got.Status)
		}
	})
}

func TestGenerateNowMakesOneRunAtATime(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		r := createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
		generate := func() error {
			_, err := s.GenerateReport(t.Context(), by("admin", start()), r.ID)
			return err
		}
		if err := generate(); !errors.Is(err, store.ErrRunning) {
			t.Errorf("while pending: %v", err)
		}
		run := claimOne(t, s, start())
		if err := generate(); !errors.Is(err, store.ErrRunning) {
			t.Errorf("while running: %v", err)
		}
		if err := s.FailRun(t.Context(), run, start(), "SlowDown", "S3 is busy."); err != nil {
			t.Fatal(err)
		}
		if err := generate(); err != nil {
			t.Fatal(err)
		}
		if run := claimOne(t, s, start()); run.Trigger != usage.TriggerManual {
			t.Errorf("trigger %s", run.Trigger)
		}
		if runs := claim(t, s, start().Add(lease-time.Second), 10); len(runs) != 0 {
			t.Errorf("the failed run is retried beside the new one: %+v", runs)
		}
	})
}

func TestRetryWritesTheSameKey(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		r := createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
		run := claimOne(t, s, start())
		if _, err := s.RetryRun(t.Context(), by("admin", start()), r.ID, run.ID); !errors.Is(err, store.ErrRunning) {
			t.Errorf("retry while running: %v", err)
		}
		if err := s.FailRun(t.Context(), run, start(), "SlowDown", "S3 is busy."); err != nil {
			t.Fatal(err)
		}
		if _, err := s.RetryRun(t.Context(), by("admin", start()), r.ID, run.ID); err != nil {
			t.Fatal(err)
		}
		again := claimOne(t, s, start())
		if again.ID != run.ID || again.Trigger != usage.TriggerRetried || again.Files[1].Key != run.Files[1].Key {
			t.Errorf("retried %+v", again)
		}
		finish(t, s, again, start(), 3)
		if _, err := s.RetryRun(t.Context(), by("admin", start()), r.ID, run.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("retry of a run that succeeded: %v", err)
		}
	})
}

func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		r := createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
		running := claimOne(t, s, start())
		if _, err := s.PauseReport(t.Context(), by("admin", start()), r.ID); err != nil {
			t.Fatal(err)
		}
		finish(t, s, running, start(), 1)
		if got := reportNow(t, s, r.ID); got.Status != usage.ReportPaused || got.NextRunAt != nil || got.LastReportAt == nil {
			t.Errorf("paused in the middle of a run: %+v", got)
		}
		later := start().Add(100 * time.Hour)
		if _, n, err := s.EnqueueDue(t.Context(), later, 10, 0); n != 0 || err != nil {
			t.Errorf("enqueued %d, %v", n, err)
		}
		if _, err := s.GenerateReport(t.Context(), by("admin", later), r.ID); !errors.Is(err, store.ErrPaused) {
			t.Errorf("generate while paused: %v", err)
		}
		if _, err := s.ResumeReport(t.Context(), by("admin", later), r.ID); err != nil {
			t.Fatal(err)
		}
		if got := reportNow(t, s, r.ID); got.Status != usage.ReportPending || !got.NextRunAt.Equal(start().Add(5*24*time.Hour)) {
			t.Errorf("resumed: %s, next %v", got.Status, got.NextRunAt)
		}
		claimOne(t, s, later)
	})
}

func TestEditGivesANewRunInTheNewFolder(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		r := createReport(t, s, createLicense(t, s, "Oracle").ID, "old-name")
		finish(t, s, claimOne(t, s, start()), start(), 1)
		later := start().Add(time.Hour)
		r.Name, r.Types = "Nome\u0301", usage.ReportTypes{usage.Summary}
		if err := s.UpdateReport(t.Context(), by("editor", later), r); err != nil {
			t.Fatal(err)
		}
		run := claimOne(t, s, later)
		if len(run.Files) != 1 || run.Files[0].Key != usage.Key("Nom\u00e9", later, usage.Summary, run.ID) || run.Trigger != usage.TriggerEdited {
			t.Errorf("run after the edit: %+v", run)
		}
		got := reportNow(t, s, r.ID)
		if !got.Edited() || got.UpdatedBy != "editor" || !got.NextRunAt.Equal(start().Add(24*time.Hour)) {
			t.Errorf("edited report: %+v", got)
		}
		finish(t, s, run, later, 1)
		published, err := s.Published(t.Context(), r.ID)
		if err != nil || published.Files != 3 || fmt.Sprint(published.Folders) != "[Reports/Nom\u00e9/ Reports/old-name/]" {
			t.Errorf("published %+v, %v", published, err)
		}
	})
}

func TestHistoryTellsTheChange(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		r := createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
		for i, rows := range []int64{10, 13, 12} {
			at := start().Add(time.Duration(i) * 24 * time.Hour)
			if _, _, err := s.EnqueueDue(t.Context(), at, 10, 0); err != nil {
				t.Fatal(err)
			}
			finish(t, s, claimOne(t, s, at), at, rows)
		}
		rows, total, err := s.History(t.Context(), store.HistoryQuery{ReportID: r.ID, Type: "resource-usage", Page: 1, Size: 2})
		if err != nil || total != 3 || len(rows) != 2 {
			t.Fatalf("%d of %d rows, %v", len(rows), total, err)
		}
		if *rows[0].LicenseChange != -2 || *rows[1].LicenseChange != 6 {
			t.Errorf("changes %d, %d", *rows[0].LicenseChange, *rows[1].LicenseChange)
		}
		rows, _, err = s.History(t.Context(), store.HistoryQuery{ReportID: r.ID, Type: "resource-usage", Page: 2, Size: 2})
		if err != nil || len(rows) != 1 || rows[0].LicenseChange != nil {
			t.Errorf("first run: %+v, %v", rows, err)
		}
		latest, err := s.LatestFile(t.Context(), r.ID, "")
		if err != nil || latest.Rows != 12 || latest.Type != usage.ResourceUsage {
			t.Errorf("latest %+v, %v", latest, err)
		}
	})
}
