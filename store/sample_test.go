package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"gorm.io/gorm"

	"license-manager/store"
	"license-manager/store/sample"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// loadSample loads sample data whose objects are nowhere.
func loadSample(t *testing.T, s *store.Store) *sample.Estate {
	t.Helper()
	e, loaded := tryToLoadSample(t, s)
	if !loaded {
		t.Fatal("the sample data was not loaded")
	}
	return e
}

func tryToLoadSample(t *testing.T, s *store.Store) (*sample.Estate, bool) {
	t.Helper()
	e := sample.New(sample.Options{Account: s.Account(), Now: start(), Salt: usage.NewToken()})
	if _, err := s.PrepareSample(t.Context(), start(), e, "bucket", false); err != nil {
		t.Fatal(err)
	}
	loaded, err := s.LoadSample(t.Context(), by("admin", start()), e)
	if err != nil {
		t.Fatal(err)
	}
	return e, loaded
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
		if due, err := s.DueDiscards(t.Context(), start().Add(24*time.Hour), 10); err != nil || len(due) != 0 {
			t.Errorf("objects of loaded sample data are to be deleted: %v, %v", due, err)
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
		removed, err := s.RemoveSample(t.Context(), by("admin", start()))
		if err != nil || !removed {
			t.Fatalf("removed: %v, %v", removed, err)
		}
		due, err := s.DueDiscards(t.Context(), start(), 1000)
		if err != nil || len(due) != filesOf(e) {
			t.Errorf("%d objects to delete of %d, %v", len(due), filesOf(e), err)
		}
		if err := s.FinishDiscards(t.Context(), due); err != nil {
			t.Fatal(err)
		}
		after := allRows(t, s)
		before["activities"] += 2 // loaded, removed
		for table, n := range after {
			if n != before[table] {
				t.Errorf("%s: %d rows, %d before", table, n, before[table])
			}
		}
		if removed, err := s.RemoveSample(t.Context(), by("admin", start())); err != nil || removed {
			t.Errorf("removed again: %v, %v", removed, err)
		}
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
		first := loadSample(t, s)
		rows := allRows(t, s)
		second, loaded := tryToLoadSample(t, s)
		if loaded {
			t.Error("loaded twice")
		}
		due, err := s.DueDiscards(t.Context(), start(), 1000)
		if err != nil || len(due) != filesOf(second) {
			t.Errorf("%d of %d objects of the second are deleted, %v", len(due), filesOf(second), err)
		}
		keys := map[string]bool{}
		for _, d := range due {
			keys[d.Key] = true
		}
		if keys[first.Reports[0].Runs[0].Files[0].Key] {
			t.Error("an object of the first is deleted")
		}
		rows["discards"] = int64(len(due))
		if after := allRows(t, s); after["licenses"] != rows["licenses"] || after["resources"] != rows["resources"] || after["files"] != rows["files"] {
			t.Errorf("rows %v, before %v", after, rows)
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
		_, err := s.RemoveSample(t.Context(), act)
		var use *store.SampleInUseError
		if !errors.As(err, &use) || !errors.Is(err, store.ErrInUse) {
			t.Fatalf("removing: %v", err)
		}
		if use.ReportsN != 1 || use.Reports[0].Name != "own-report" || len(use.Licenses) != 1 || use.Licenses[0].ID != own.ID || !slices.Equal(use.Resources, []string{"i-own"}) {
			t.Errorf("in use: %+v", use)
		}
		if after := allRows(t, s); after["resources"] != before["resources"] || after["discards"] != 0 {
			t.Errorf("a refused removal has changed something: %v", after)
		}
		for _, end := range []error{
			deleted(t, s, report.ID), ended(t, s, own.ID, machine), ended(t, s, e.Licenses[3].ID, "i-own"),
		} {
			if end != nil {
				t.Fatal(end)
			}
		}
		if removed, err := s.RemoveSample(t.Context(), act); err != nil || !removed {
			t.Errorf("removed: %v, %v", removed, err)
		}
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

func TestDiscardsAreTriedAgainAndLeftAlone(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		e := sample.New(sample.Options{Account: s.Account(), Now: start(), Salt: "x"})
		if _, err := s.PrepareSample(t.Context(), start(), e, "bucket", false); err != nil {
			t.Fatal(err)
		}
		// The loading never ends: what it has written is deleted, but later.
		if due, err := s.DueDiscards(t.Context(), start().Add(time.Minute), 1000); err != nil || len(due) != 0 {
			t.Errorf("%d objects are to be deleted while they are loaded, %v", len(due), err)
		}
		later := start().Add(2 * time.Hour)
		due, err := s.DueDiscards(t.Context(), later, 1000)
		if err != nil || len(due) != filesOf(e) {
			t.Fatalf("%d objects to delete, %v", len(due), err)
		}
		if err := s.PostponeDiscards(t.Context(), due[:1], later.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if err := s.FinishDiscards(t.Context(), due[1:]); err != nil {
			t.Fatal(err)
		}
		if due, err := s.DueDiscards(t.Context(), later, 1000); err != nil || len(due) != 0 {
			t.Errorf("postponed: %v, %v", due, err)
		}
		if due, err := s.DueDiscards(t.Context(), later.Add(time.Minute), 1000); err != nil || len(due) != 1 {
			t.Errorf("after it: %v, %v", due, err)
		}
	})
}
