package inventory_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"license-manager/store"
	"license-manager/store/inventory"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// reportOn creates a usage report, which makes a run at once.
func reportOn(t *testing.T, s *store.Store, l usage.License) usage.Report {
	t.Helper()
	r, err := s.CreateReport(t.Context(), by("admin", start()), usage.Report{
		Name: "on " + l.Name, LicenseID: l.ID, Types: usage.AllReportTypes(), Frequency: usage.Every24Hours,
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// claimed claims what a publisher would, at a moment, and returns the reports of the
// runs.
func claimed(t *testing.T, s *store.Store, now time.Time) map[string]usage.Run {
	t.Helper()
	runs, err := s.ClaimRuns(t.Context(), now, time.Minute, store.Lanes{Small: 10, Large: 10})
	if err != nil {
		t.Fatal(err)
	}
	due, _, err := s.EnqueueDue(t.Context(), now, 10, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]usage.Run{}
	for _, run := range append(runs, due...) {
		found[run.ReportID] = run
	}
	return found
}

// stoppedImport is an import into a license that was stopped on its way.
func stoppedImport(t *testing.T, s *store.Store, now func() time.Time) (*inventory.Importer, inventory.Import) {
	t.Helper()
	im := inventory.New(s, inventory.Options{Now: now}).WithSlices(2)
	job := review(t, im, "", instances(0, 50, "Oracle"))
	confirm(t, im, job.ID)
	ctx, cancel := context.WithCancel(t.Context())
	im.OnSlice(cancel)
	if err := im.Apply(ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("stopped: %v", err)
	}
	im.OnSlice(func() {})
	return im, job
}

// Runs about a license that is being imported into wait for the end, others do not.
func TestRunsWaitForAnImport(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l, other := createLicense(t, s, usage.License{Name: "Oracle"}), createLicense(t, s, usage.License{Name: "Other"})
		im, job := stoppedImport(t, s, start)
		waits, flows := reportOn(t, s, l), reportOn(t, s, other)
		got := claimed(t, s, start().Add(time.Second))
		if _, claimed := got[waits.ID]; claimed || got[flows.ID].BesideImport || len(got) != 1 {
			t.Errorf("claimed in the middle: %v", got)
		}
		if importing, err := im.Importing(t.Context(), l.ID); err != nil || importing == nil || importing.ID != job.ID {
			t.Errorf("being imported: %+v, %v", importing, err)
		}
		apply(t, im, job.ID)
		got = claimed(t, s, start().Add(time.Second))
		if run, claimed := got[waits.ID]; !claimed || run.BesideImport {
			t.Errorf("claimed after the end: %v", got)
		}
		if importing, err := im.Importing(t.Context(), l.ID); err != nil || importing != nil {
			t.Errorf("still being imported: %+v, %v", importing, err)
		}
	})
}

// A run does not wait longer than an hour, and says so. One that is scheduled then is
// told as well.
func TestRunsWaitForAnImportForAnHour(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]time.Duration{"created meanwhile": 61 * time.Minute, "scheduled": 25 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.EachStore(t, func(t *testing.T, s *store.Store) {
				l := createLicense(t, s, usage.License{Name: "Oracle"})
				r := reportOn(t, s, l)
				if name == "scheduled" {
					run := claimed(t, s, start())[r.ID]
					if err := s.FinishRun(t.Context(), run, start()); err != nil {
						t.Fatal(err)
					}
				}
				now := start()
				stoppedImport(t, s, func() time.Time { return now })
				now = start().Add(at)
				claimed(t, s, now) // makes the scheduled run, which goes the way of all others
				runs := claimed(t, s, now.Add(2*time.Minute))
				if run := runs[r.ID]; !run.BesideImport {
					t.Errorf("claimed: %+v", runs)
				}
			})
		})
	}
}

// A run that was claimed right before the import began learns it from its snapshot.
func TestSnapshotTellsOfAnImport(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, usage.License{Name: "Oracle"})
		r := reportOn(t, s, l)
		run := claimed(t, s, start())[r.ID]
		for _, want := range []bool{false, true} {
			if want {
				stoppedImport(t, s, start)
			}
			err := s.ReadSnapshot(t.Context(), run, start(), func(sr *store.SnapshotReader) error {
				if sr.Importing != want {
					t.Errorf("snapshot of the rows: %v, want %v", sr.Importing, want)
				}
				_, err := sr.WriteRows(io.Discard, nil)
				return err
			})
			if err != nil {
				t.Error(err)
			}
			all, err := s.Snapshots(t.Context(), []usage.Run{run}, start())
			if err != nil || all[run.ID].Importing != want {
				t.Errorf("snapshot of the summary: %v, want %v, %v", all[run.ID].Importing, want, err)
			}
		}
	})
}
