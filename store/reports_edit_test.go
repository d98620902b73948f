package store_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

func fieldErrors(t *testing.T, err error) usage.FieldErrors {
	t.Helper()
	var errs usage.FieldErrors
	if !errors.As(err, &errs) {
		t.Fatalf("error %v, want field errors", err)
	}
	return errs
}

func TestNamesAreUniqueWhateverTheCase(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Straße")
		r := createReport(t, s, l.ID, "Tägliche Übersicht")
		again := usage.Report{Name: "tÄGLICHE U\u0308BERSICHT", LicenseID: l.ID, Types: usage.AllReportTypes(), Frequency: usage.Every7Days}
		_, err := s.CreateReport(t.Context(), by("admin", start()), again)
		if got := fieldErrors(t, err).For("name"); got != "A usage report named “tÄGLICHE ÜBERSICHT” already exists." {
			t.Errorf("message %q", got)
		}
		if _, err := s.DeleteReports(t.Context(), by("admin", start()), []string{r.ID}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.CreateReport(t.Context(), by("admin", start()), again); err != nil {
			t.Errorf("the name of a deleted report: %v", err)
		}
		_, err = s.CreateLicense(t.Context(), by("admin", start()), usage.License{Name: "STRAßE", CountingType: usage.CountCore})
		if fieldErrors(t, err).For("name") == "" {
			t.Error("license with the same name")
		}
	})
}

func TestDoubleSubmitCreatesOneReport(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Oracle")
		r := usage.Report{Name: "daily", LicenseID: l.ID, Types: usage.AllReportTypes(), Frequency: usage.Every24Hours, CreationToken: usage.NewToken()}
		ids := make([]string, 8)
		var wg sync.WaitGroup
		for i := range ids {
			wg.Go(func() {
				got, err := s.CreateReport(t.Context(), by("admin", start()), r)
				if err != nil {
					t.Error(err)
				}
				ids[i] = got.ID
			})
		}
		wg.Wait()
		for _, id := range ids {
			if id != ids[0] {
				t.Errorf("two reports: %s and %s", id, ids[0])
			}
		}
		if runs := claim(t, s, start(), 10); len(runs) != 1 {
			t.Errorf("%d first runs", len(runs))
		}
	})
}

func TestSecondOfTwoEditsIsStale(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		r := createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
		mine, theirs := r, r
		mine.Description, theirs.Description = "mine", "theirs"
		if err := s.UpdateReport(t.Context(), by("them", start()), theirs); err != nil {
			t.Fatal(err)
		}
		if err := s.UpdateReport(t.Context(), by("me", start()), mine); !errors.Is(err, store.ErrStale) {
			t.Errorf("second edit: %v", err)
		}
		if got := reportNow(t, s, r.ID); got.Description != "theirs" {
			t.Errorf("description %q", got.Description)
		}
	})
}

func TestEditOfADeletedReport(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		r := createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
		deleted, err := s.DeleteReports(t.Context(), by("admin", start()), []string{r.ID, r.ID, usage.NewReportID()})
		if err != nil || len(deleted) != 1 {
			t.Fatalf("deleted %v, %v", deleted, err)
		}
		if err := s.UpdateReport(t.Context(), by("admin", start()), r); !errors.Is(err, store.ErrDeleted) {
			t.Errorf("edit: %v", err)
		}
		tombstone, err := s.Report(t.Context(), r.ID)
		if !errors.Is(err, store.ErrDeleted) || tombstone.Name != "daily" || tombstone.DeletedBy != "admin" {
			t.Errorf("tombstone %+v, %v", tombstone, err)
		}
		if runs := claim(t, s, start().Add(1000*time.Hour), 10); len(runs) != 0 {
			t.Errorf("runs of a deleted report: %v", runs)
		}
	})
}

func TestAllProblemsOfAReportAtOnce(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Oracle")
		if err := s.SetLicenseStatus(t.Context(), by("admin", start()), l.ID, usage.LicenseDeactivated); err != nil {
			t.Fatal(err)
		}
		_, err := s.CreateReport(t.Context(), by("admin", start()), usage.Report{Name: "<script>", LicenseID: l.ID, Tags: []usage.Tag{{Value: "v"}}})
		errs := fieldErrors(t, err)
		for _, field := range []string{"name", "license", "type", "frequency", "tag_key.0"} {
			if errs.For(field) == "" {
				t.Errorf("no message for %s", field)
			}
		}
		_, err = s.CreateReport(t.Context(), by("admin", start()), usage.Report{
			Name: "gone", LicenseID: usage.NewLicenseID(), Types: usage.AllReportTypes(), Frequency: usage.Every24Hours,
		})
		if got := fieldErrors(t, err).For("license"); got != "The self-managed license that you chose no longer exists. Choose another." {
			t.Errorf("message %q", got)
		}
	})
}

func TestListFiltersSortsAndPages(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Oracle 100%_sure")
		for _, name := range []string{"alpha", "Beta", "gamma", "delta"} {
			r := usage.Report{Name: name, LicenseID: l.ID, Types: usage.ReportTypes{usage.Summary}, Frequency: usage.Every7Days, Tags: []usage.Tag{{Key: "team", Value: name}}}
			if _, err := s.CreateReport(t.Context(), by("admin", start()), r); err != nil {
				t.Fatal(err)
			}
		}
		for name, tc := range map[string]struct {
			query store.ReportQuery
			want  string
		}{
			"by name":           {store.ReportQuery{}, "alpha Beta delta gamma"},
			"backwards":         {store.ReportQuery{Sort: "-name"}, "gamma delta Beta alpha"},
			"made-up sort":      {store.ReportQuery{Sort: "-id;DROP TABLE reports"}, "alpha Beta delta gamma"},
			"text in tag":       {store.ReportQuery{Text: "GAMM"}, "gamma"},
			"license wildcards": {store.ReportQuery{Text: "100%_s"}, "alpha Beta delta gamma"},
			"no wildcard":       {store.ReportQuery{Text: "a%a"}, ""},
			"tag":               {store.ReportQuery{Tag: "team:delta"}, "delta"},
			"tag key":           {store.ReportQuery{Tag: "team"}, "alpha Beta delta gamma"},
			"other type":        {store.ReportQuery{Type: "resource-usage"}, ""},
			"made-up type":      {store.ReportQuery{Type: "x"}, "alpha Beta delta gamma"},
			"pending":           {store.ReportQuery{Status: "pending"}, "alpha Beta delta gamma"},
			"overdue":           {store.ReportQuery{Status: "overdue"}, ""},
			"overdue later":     {store.ReportQuery{Status: "overdue", Now: start().Add(8 * 24 * time.Hour)}, "alpha Beta delta gamma"},
			"frequency":         {store.ReportQuery{Frequency: "24h"}, ""},
			"second page":       {store.ReportQuery{Page: 2, Size: 3}, "gamma"},
			"of the license":    {store.ReportQuery{LicenseID: l.ID}, "alpha Beta delta gamma"},
		} {
			q := tc.query
			if q.Size == 0 {
				q.Page, q.Size = 1, 25
			}
			if q.Now.IsZero() {
				q.Now = start()
			}
			rows, _, err := s.Reports(t.Context(), q)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			got := ""
			for i, row := range rows {
				if i > 0 {
					got += " "
				}
				got += row.Name
			}
			if got != tc.want {
				t.Errorf("%s: %q, want %q", name, got, tc.want)
			}
		}
	})
}

// TestOnlyAChangeOfFrequencyMovesTheGrid edits a report two hours after its creation.
func TestOnlyAChangeOfFrequencyMovesTheGrid(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		r := createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
		edited := start().Add(2 * time.Hour)
		edit := func(change func(*usage.Report), wantNext time.Time) {
			t.Helper()
			r, err := s.Report(t.Context(), r.ID)
			if err != nil {
				t.Fatal(err)
			}
			change(&r)
			if err := s.UpdateReport(t.Context(), by("admin", edited), r); err != nil {
				t.Fatal(err)
			}
			got, err := s.Report(t.Context(), r.ID)
			if err != nil || got.NextRunAt == nil || !got.NextRunAt.Equal(wantNext) {
				t.Errorf("the next report is due at %v, %v; want %v", got.NextRunAt, err, wantNext)
			}
		}
		edit(func(r *usage.Report) { r.Description = "For the audit." }, start().Add(24*time.Hour))
		edit(func(r *usage.Report) { r.Frequency = usage.Every7Days }, edited.Add(7*24*time.Hour))
	})
}
