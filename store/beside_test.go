package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// pages reads a list page by page: by number, then forwards beside the last row
// of the page before, then backwards beside the first row of the page after.
// read returns the ids of a page, whose total must be the same on each.
func pages(t *testing.T, name string, last int, read func(page int, b store.Beside) ([]string, int64, error)) {
	t.Helper()
	var want [][]string
	var total int64
	one := func(way string, page int, b store.Beside) []string {
		t.Helper()
		ids, n, err := read(page, b)
		if err != nil {
			t.Fatalf("%s, page %d %s: %v", name, page, way, err)
		}
		if total = max(total, n); n != total {
			t.Errorf("%s, page %d %s: total %d, want %d", name, page, way, n, total)
		}
		return ids
	}
	for page := 1; page <= last; page++ {
		want = append(want, one("by number", page, store.Beside{}))
	}
	check := func(way string, page int, got []string) {
		t.Helper()
		if len(got) == 0 || !slices.Equal(got, want[page-1]) {
			t.Errorf("%s, page %d %s: %v, want %v", name, page, way, got, want[page-1])
		}
	}
	for page := 2; page <= last; page++ {
		before := want[page-2]
		check("after a row", page, one("after a row", page, store.Beside{After: before[len(before)-1]}))
	}
	for page := last - 1; page >= 1; page-- {
		check("before a row", page, one("before a row", page, store.Beside{Before: want[page][0]}))
	}
	if strings.HasSuffix(name, "id") {
		return // an id has a place even when its row is gone
	}
	check("after a row that is gone", 2, one("after a row that is gone", 2, store.Beside{After: "gone"}))
}

func TestReportsBesideARow(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		oracle, windows := createLicense(t, s, "Oracle"), createLicense(t, s, "Windows")
		for i := range 11 {
			createReport(t, s, []usage.License{oracle, windows}[i%2].ID, fmt.Sprintf("report-%02d", i))
		}
		write, _, _ := s.Pools()
		if err := write.WithContext(t.Context()).Exec("UPDATE reports SET last_report_at = created_at WHERE name_key LIKE '%1' OR name_key LIKE '%2'").Error; err != nil {
			t.Fatal(err)
		}
		for _, sort := range []string{"name", "status", "license", "frequency", "last-report", "next-report", "created"} {
			for _, sort := range []string{sort, "-" + sort} {
				pages(t, sort, 3, func(page int, b store.Beside) (ids []string, total int64, err error) {
					rows, total, err := s.Reports(t.Context(), store.ReportQuery{Text: "report", Sort: sort, Page: page, Size: 4, Beside: b, Now: start()})
					for _, r := range rows {
						ids = append(ids, r.ID)
					}
					return ids, total, err
				})
			}
		}
	})
}

func TestResourcesBesideARow(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Oracle")
		importTyped(t, s, 11)
		for _, q := range []store.ResourceQuery{{}, {LicenseID: l.ID}, {LicenseID: l.ID, Account: "123456789012"}} {
			for _, sort := range []string{"id", "-id", "type", "-type", "status", "-account"} {
				pages(t, fmt.Sprintf("%+v by %s", q, sort), 3, func(page int, b store.Beside) (ids []string, total int64, err error) {
					q.Sort, q.Page, q.Size, q.Beside = sort, page, 4, b
					rows, total, err := s.Resources(t.Context(), q)
					for _, r := range rows {
						ids = append(ids, r.ID)
					}
					return ids, total, err
				})
			}
		}
	})
}
