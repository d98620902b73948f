package store_test

import (
	"strings"
	"testing"
	"time"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// names returns the names of the reports that a query selects.
func names(t *testing.T, s *store.Store, q store.ReportQuery) string {
	t.Helper()
	q.Page, q.Size, q.Now = max(q.Page, 1), max(q.Size, 10), start()
	rows, _, err := s.Reports(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(rows))
	for i, row := range rows {
		out[i] = row.Name
	}
	return strings.Join(out, " ")
}

func TestOrderIsTheSameOnBothDatabases(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		licenses := []usage.License{createLicense(t, s, "b"), createLicense(t, s, "A")}
		every := []usage.Frequency{usage.Every30Days, usage.Every24Hours, usage.Every7Days, usage.Every24Hours}
		for i, name := range []string{"never", "first", "second", "Also-never"} {
			r, err := s.CreateReport(t.Context(), by("admin", start()), usage.Report{Name: name, LicenseID: licenses[i/2].ID, Types: usage.AllReportTypes(), Frequency: every[i]})
			if err != nil {
				t.Fatal(err)
			}
			run := claimOne(t, s, start())
			if i == 1 || i == 2 {
				finish(t, s, run, start().Add(time.Duration(i)*time.Minute), 1)
				continue
			}
			if _, err := s.PauseReport(t.Context(), by("admin", start()), r.ID); err != nil {
				t.Fatal(err)
			}
			if err := s.ReleaseRun(t.Context(), run, start()); err != nil {
				t.Fatal(err)
			}
		}
		for sort, want := range map[string]string{
			"last-report":  "Also-never never first second",
			"-last-report": "second first never Also-never",
			"next-report":  "Also-never never first second",
			"-next-report": "second first never Also-never",
			"frequency":    "Also-never first second never",
			"-frequency":   "never second first Also-never",
			"license":      "Also-never second first never",
			"-license":     "never first second Also-never",
			"status":       "Also-never never first second",
			"name":         "Also-never first never second",
			"-name":        "second never first Also-never",
			"made-up":      "Also-never first never second",
			"-made-up":     "Also-never first never second",
		} {
			if got := names(t, s, store.ReportQuery{Sort: sort}); got != want {
				t.Errorf("by %s: %s, want %s", sort, got, want)
			}
		}
	})
}

func TestTagsWithColonsAndWildcards(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Oracle")
		for name, tag := range map[string]usage.Tag{
			"a": {Key: "team", Value: "x:y"}, "b": {Key: "team:x", Value: "y"}, "c": {Key: "te_m", Value: "1"},
		} {
			r := usage.Report{Name: name, LicenseID: l.ID, Types: usage.AllReportTypes(), Frequency: usage.Every24Hours, Tags: []usage.Tag{tag}}
			if _, err := s.CreateReport(t.Context(), by("admin", start()), r); err != nil {
				t.Fatal(err)
			}
		}
		for want, q := range map[string]store.ReportQuery{
			"a":     {Tag: "team:x:y"},
			"b":     {Tag: "team:x"},
			"a b":   {Text: "TEAM"},
			"c":     {Text: "e_M"},
			"":      {Text: "e_m_"},
			"a b c": {Text: "ORACLE"},
		} {
			if got := names(t, s, q); got != want {
				t.Errorf("%+v: %q, want %q", q, got, want)
			}
		}
	})
}
