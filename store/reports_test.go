package store_test

import (
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// start is when the tests begin: with microseconds, as both databases keep.
func start() time.Time { return time.Date(2026, 11, 23, 14, 2, 3, 456789000, time.UTC) }

func by(name string, at time.Time) usage.Act { return usage.Act{By: name, From: "192.0.2.1", At: at} }

func count(n int64) *int64 { return &n }

func createLicense(t *testing.T, s *store.Store, name string) usage.License {
	t.Helper()
	l, err := s.CreateLicense(t.Context(), by("admin", start()), usage.License{Name: name, CountingType: usage.CountVCPU, Count: count(480)})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func createReport(t *testing.T, s *store.Store, licenseID, name string) usage.Report {
	t.Helper()
	r, err := s.CreateReport(t.Context(), by("admin", start()), usage.Report{
		Name: name, LicenseID: licenseID, Types: usage.AllReportTypes(), Frequency: usage.Every24Hours,
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReportFromCreationToPublication(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Oracle Database EE")
		r := createReport(t, s, l.ID, "oracle-ee-daily")
		if r.Status != usage.ReportPending || !r.NextRunAt.Equal(start().Add(24*time.Hour)) {
			t.Errorf("new report: %s, next %v", r.Status, r.NextRunAt)
		}
		runs, err := s.ClaimRuns(t.Context(), start(), time.Minute, store.Lanes{Small: 10})
		if err != nil || len(runs) != 1 {
			t.Fatalf("claim: %v, %v", runs, err)
		}
		run := runs[0]
		if run.Trigger != usage.TriggerCreated || len(run.Files) != 2 || run.Files[0].Type != usage.Summary {
			t.Errorf("claimed %+v", run)
		}
		if again, _ := s.ClaimRuns(t.Context(), start(), time.Minute, store.Lanes{Small: 10}); len(again) != 0 {
			t.Errorf("claimed twice: %v", again)
		}
		err = s.ReadSnapshot(t.Context(), run, start(), func(sr *store.SnapshotReader) error {
			if diff := cmp.Diff(l, sr.License); diff != "" {
				t.Errorf("license in snapshot: %s", diff)
			}
			if n, err := sr.WriteRows(io.Discard, nil); n != 0 || err != nil {
				t.Errorf("%d rows, %v; no resource uses the license", n, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range run.Files {
			run.Files[i].Bucket, run.Files[i].Size, run.Files[i].PublishedAt = "b", 12, &run.ScheduledFor
		}
		if err := s.FinishRun(t.Context(), run, start().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		r, err = s.Report(t.Context(), r.ID)
		if err != nil || r.Status != usage.ReportSucceeded || !r.LastReportAt.Equal(start().Add(time.Second)) {
			t.Errorf("after publication: %+v, %v", r, err)
		}
		rows, total, err := s.History(t.Context(), store.HistoryQuery{ReportID: r.ID, Page: 1, Size: 10})
		if err != nil || total != 2 || len(rows) != 2 || rows[0].File.Size != 12 || rows[0].Run.State != usage.RunSucceeded {
			t.Errorf("history: %+v, %d, %v", rows, total, err)
		}
		list, total, err := s.Reports(t.Context(), store.ReportQuery{Text: "ORACLE", Type: "summary", Status: "succeeded", Sort: "-last-report", Page: 1, Size: 25, Now: start()})
		if err != nil || total != 1 || list[0].LicenseName != l.Name || list[0].ID != r.ID {
			t.Errorf("list: %+v, %d, %v", list, total, err)
		}
	})
}
