package store_test

import (
	"fmt"
	"testing"

	"license-manager/store"
	"license-manager/store/storetest"
)

// The total is the same on every page, and a page beyond the last is the last.
func TestTotalOfReportsOnEveryPage(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Oracle")
		for n := range 5 {
			createReport(t, s, l.ID, fmt.Sprintf("report %d", n))
		}
		for page, first := range map[int]string{1: "report 0", 2: "report 2", 3: "report 4", 4: "report 4", 1 << 62: "report 4"} {
			rows, total, err := s.Reports(t.Context(), store.ReportQuery{Page: page, Size: 2, Now: start()})
			if err != nil || total != 5 {
				t.Errorf("page %d: total %d, %v", page, total, err)
			}
			if len(rows) == 0 || rows[0].Name != first {
				t.Errorf("page %d begins with %+v, want %q", page, rows, first)
			}
		}
		if rows, total, err := s.Reports(t.Context(), store.ReportQuery{Text: "none", Page: 4, Size: 2, Now: start()}); err != nil || total != 0 || len(rows) != 0 {
			t.Errorf("of none: %d rows of %d, %v", len(rows), total, err)
		}
	})
}
