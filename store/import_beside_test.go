package store_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// TestConsoleGoesOnDuringAnImport does what users and the publisher do in the middle
// of the transaction of an import, which waits for it: were one of them to wait for
// the import, the test would not end.
func TestConsoleGoesOnDuringAnImport(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Oracle")
		importFile(t, s, instances(0, 3, l.Name))
		r := createReport(t, s, l.ID, "before")
		began := false
		imported := importing(t, s, l.Name, func() {
			if began {
				return
			}
			began = true
			publishes(t, s, r.ID, 3) // what was there before the import
			publishes(t, s, createReport(t, s, l.ID, "meanwhile").ID, 3)
			usersGoOn(t, s, r.ID)
		})
		if !began || imported.New != 3000 {
			t.Fatalf("imported %+v, in its middle: %v", imported, began)
		}
		publishes(t, s, r.ID, 3003) // the run that the edit has made
	})
}

// importing imports 3,000 instances and calls fn while they are written.
func importing(t *testing.T, s *store.Store, license string, fn func()) store.ImportResult {
	t.Helper()
	file := instances(100, 3000, license)
	source := store.ImportSource{File: strings.NewReader(file), Progress: func(done int64) {
		if done > int64(len(file)/2) { // reading it is a fifth
			fn()
		}
	}}
	result, err := s.ImportFile(t.Context(), by("admin", start()), source)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// publishes works the open run of a report as the publisher does, and wants so many
// rows.
func publishes(t *testing.T, s *store.Store, report string, want int64) {
	t.Helper()
	for _, run := range claim(t, s, start(), 10) {
		var file bytes.Buffer
		var rows int64
		err := s.ReadSnapshot(t.Context(), run, start(), func(sr *store.SnapshotReader) (err error) {
			rows, err = sr.WriteRows(&file, nil)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if run.ReportID == report && rows != want {
			t.Errorf("%s: %d rows, want %d", run.ReportName, rows, want)
		}
		finish(t, s, run, start(), rows)
	}
	if r := reportNow(t, s, report); r.Status != usage.ReportSucceeded {
		t.Errorf("%s: %s", r.Name, r.Status)
	}
}

// usersGoOn does once what users do that has nothing to do with the inventory, and
// what reads it.
func usersGoOn(t *testing.T, s *store.Store, report string) {
	t.Helper()
	ctx, act := t.Context(), by("admin", start())
	r := reportNow(t, s, report)
	r.Description = "edited"
	sessions := s.Sessions(start)
	for what, do := range map[string]func() error{
		"edit a report":    func() error { return s.UpdateReport(ctx, act, r) },
		"ping":             func() error { return s.Ping(ctx) },
		"a license":        func() error { _, err := s.License(ctx, r.LicenseID); return err },
		"resources":        func() error { _, _, err := s.Resources(ctx, store.ResourceQuery{Page: 1, Size: 25}); return err },
		"cross-account":    func() error { return s.SetCrossAccount(ctx, act, true) },
		"a bucket":         func() error { return s.AssociateBucket(ctx, act, "elsewhere") },
		"sessions end":     func() error { return sessions.Sweep(ctx) },
		"discards":         func() error { return s.PostponeDiscards(ctx, []store.Discard{{Bucket: "b", Key: "k"}}, start()) },
		"create a license": func() error { return createWhileImporting(ctx, s) },
	} {
		if err := do(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// createWhileImporting creates a license, which on SQLite waits for the import, but
// not for ever.
func createWhileImporting(ctx context.Context, s *store.Store) error {
	_, err := s.CreateLicense(ctx, by("admin", start()), usage.License{Name: "meanwhile", CountingType: usage.CountVCPU})
	if write, _, _ := s.Pools(); write.Name() == "sqlite" && errors.Is(err, store.ErrBusy) {
		return nil
	}
	return err
}
