package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm"

	"license-manager/store"
	"license-manager/store/sample"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// loadSample loads sample data whose objects are nowhere.
func loadSample(t *testing.T, s *store.Store) *sample.Estate {
	t.Helper()
	e := sample.New(sample.Options{Account: s.Account(), Now: start()})
	if _, err := s.LoadSample(t.Context(), by("admin", start()), e, "bucket"); err != nil {
		t.Fatal(err)
	}
	return e
}

// removeSample removes it, and returns the files that it had.
func removeSample(t *testing.T, s *store.Store) []usage.File {
	t.Helper()
	files, err := s.StopSample(t.Context(), by("admin", start()))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveSample(t.Context(), by("admin", start())); err != nil {
		t.Fatal(err)
	}
	return files
}

// allRows counts the rows of all tables but those of the migrations.
func allRows(t *testing.T, s *store.Store) map[string]int64 {
	t.Helper()
	write, _, _ := s.Pools()
	tables, err := write.Migrator().GetTables()
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]int64{}
	for _, table := range tables {
		if table == "goose_db_version" || table == "sqlite_sequence" {
			continue
		}
		var n int64
		if err := write.Table(table).Count(&n).Error; err != nil {
			t.Fatal(err)
		}
		rows[table] = n
	}
	return rows
}

func TestSampleDataLeavesNoTrace(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		own := createLicense(t, s, "Oracle Database EE")
		createReport(t, s, own.ID, "oracle-ee-daily")
		before := allRows(t, s)
		e := loadSample(t, s)
		if loaded, err := s.SampleLoaded(t.Context()); err != nil || !loaded {
			t.Errorf("loaded: %v, %v", loaded, err)
		}
		if e.Licenses[0].Name != "Oracle Database EE 2" || e.Reports[0].Name != "oracle-ee-daily 2" {
			t.Errorf("names that were taken: %q, %q", e.Licenses[0].Name, e.Reports[0].Name)
		}
		// What people do with it.
		if _, err := s.DeleteReports(t.Context(), by("admin", start()), []string{e.Reports[1].ID}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.GenerateReport(t.Context(), by("admin", start()), e.Reports[0].ID); err != nil {
			t.Fatal(err)
		}
		for range 2 { // as if S3 had not answered the first time
			if files, err := s.StopSample(t.Context(), by("admin", start())); err != nil || len(files) != filesOf(e) {
				t.Errorf("%d files to delete of %d, %v", len(files), filesOf(e), err)
			}
		}
		if loaded, err := s.SampleLoaded(t.Context()); err != nil || !loaded {
			t.Errorf("loaded before it is removed: %v, %v", loaded, err)
		}
		removeSample(t, s)
		after := allRows(t, s)
		before["activities"] += 4 // loaded, deleted a report, generated one, removed
		for table, n := range after {
			if n != before[table] {
				t.Errorf("%s: %d rows, %d before", table, n, before[table])
			}
		}
		if loaded, err := s.SampleLoaded(t.Context()); err != nil || loaded {
			t.Errorf("loaded after it was removed: %v, %v", loaded, err)
		}
		loadSample(t, s)
	})
}

func filesOf(e *sample.Estate) (n int) {
	for _, r := range e.Reports {
		for _, run := range r.Runs {
			n += len(run.Files)
		}
	}
	return n
}

func TestSampleDataIsConsistent(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		e := loadSample(t, s)
		for _, l := range e.Licenses {
			row, err := s.LicenseRow(t.Context(), l.ID)
			if err != nil || row.Consumed != e.Consumption(l.ID, start()).Consumed() {
				t.Errorf("%s: %d consumed, %v", l.Name, row.Consumed, err)
			}
		}
		for _, r := range e.Reports {
			stored, err := s.Report(t.Context(), r.ID)
			if err != nil || stored.Name != r.Name || len(stored.Tags) != len(r.Tags) {
				t.Errorf("%s: %+v, %v", r.Name, stored, err)
			}
		}
		// Nothing is due, and what comes next is an ordinary run.
		if _, n, err := s.EnqueueDue(t.Context(), start(), 100, 0); err != nil || n != 0 {
			t.Errorf("%d reports are due, %v", n, err)
		}
		if _, n, err := s.EnqueueDue(t.Context(), start().Add(24*time.Hour), 100, 0); err != nil || n < 4 {
			t.Errorf("%d reports are due a day later, %v", n, err)
		}
	})
}

func TestSampleDataIsLoadedOnce(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		loadSample(t, s)
		rows := allRows(t, s)
		e := sample.New(sample.Options{Account: s.Account(), Now: start()})
		if _, err := s.LoadSample(t.Context(), by("admin", start()), e, "bucket"); !errors.Is(err, store.ErrSampleLoaded) {
			t.Errorf("loaded twice: %v", err)
		}
		if diff := cmp.Diff(rows, allRows(t, s)); diff != "" {
			t.Errorf("rows (-before +after):\n%s", diff)
		}
	})
}

func TestSampleDataThatIsPublishedStays(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		e := loadSample(t, s)
		if _, err := s.GenerateReport(t.Context(), by("admin", start()), e.Reports[0].ID); err != nil {
			t.Fatal(err)
		}
		run := claimOne(t, s, start())
		if _, err := s.StopSample(t.Context(), by("admin", start())); !errors.Is(err, store.ErrRunning) {
			t.Errorf("stopped while a report is published: %v", err)
		}
		finish(t, s, run, start(), 1)
		if files := removeSample(t, s); len(files) != filesOf(e)+len(run.Files) {
			t.Errorf("%d files to delete, want those of the history, %d, and those of the run", len(files), filesOf(e))
		}
	})
}

func TestSampleDataInUseStays(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		e := loadSample(t, s)
		act := by("admin", start())
		own := createLicense(t, s, "Own license")
		report := createReport(t, s, e.Licenses[0].ID, "own-report")
		machine := e.Resources[0].ID
		if _, err := s.Associate(t.Context(), act, own.ID, []string{machine}); err != nil {
			t.Fatal(err)
		}
		insertResource(t, s, "i-own")
		if _, err := s.Associate(t.Context(), act, e.Licenses[3].ID, []string{"i-own"}); err != nil {
			t.Fatal(err)
		}
		before := allRows(t, s)
		_, err := s.StopSample(t.Context(), act)
		var use *store.SampleInUseError
		if !errors.As(err, &use) || !errors.Is(err, store.ErrInUse) {
			t.Fatalf("stopping: %v", err)
		}
		if err := s.RemoveSample(t.Context(), act); !errors.As(err, &use) {
			t.Fatalf("removing: %v", err)
		}
		if len(use.Reports) != 1 || use.Reports[0].Name != "own-report" || len(use.Licenses) != 1 || use.Licenses[0].ID != own.ID || !slices.Equal(use.Resources, []string{"i-own"}) {
			t.Errorf("in use: %+v", use)
		}
		if diff := cmp.Diff(before, allRows(t, s)); diff != "" || reportNow(t, s, e.Reports[0].ID).NextRunAt == nil {
			t.Errorf("a refused removal has changed something:\n%s", diff)
		}
		for _, end := range []error{
			deleted(t, s, report.ID), ended(t, s, own.ID, machine), ended(t, s, e.Licenses[3].ID, "i-own"),
		} {
			if end != nil {
				t.Fatal(end)
			}
		}
		removeSample(t, s)
		if _, err := s.License(t.Context(), own.ID); err != nil {
			t.Errorf("the own license: %v", err)
		}
		if _, err := s.Resource(t.Context(), "i-own"); err != nil {
			t.Errorf("the own resource: %v", err)
		}
		if _, err := s.Report(t.Context(), report.ID); !errors.Is(err, store.ErrDeleted) {
			t.Errorf("the own tombstone: %v", err)
		}
	})
}

func deleted(t *testing.T, s *store.Store, report string) error {
	t.Helper()
	_, err := s.DeleteReports(t.Context(), by("admin", start()), []string{report})
	return err
}

func ended(t *testing.T, s *store.Store, license, resource string) error {
	t.Helper()
	_, err := s.Disassociate(t.Context(), by("admin", start()), license, []string{resource})
	return err
}

func insertResource(t *testing.T, s *store.Store, id string) {
	t.Helper()
	write, _, _ := s.Pools()
	r := usage.Resource{ID: id, Type: usage.EC2Instance, Status: "running", OwnerAccountID: s.Account().ID, CreatedAt: start(), UpdatedAt: start()}
	if err := write.Session(&gorm.Session{}).Create(&r).Error; err != nil {
		t.Fatal(err)
	}
}
