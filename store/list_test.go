package store_test

import (
	"strings"
	"testing"

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
