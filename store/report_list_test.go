package store_test

import (
	"fmt"
	"testing"

	"license-manager/store"
	"license-manager/store/storetest"
)

// The total is the same on every page, whether it was counted or told by a
// page that is not full.
func TestTotalOfReportsOnEveryPage(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Oracle")
		for n := range 5 {
			createReport(t, s, l.ID, fmt.Sprintf("report %d", n))
		}
		for page, first := range map[int]string{1: "report 0", 2: "report 2", 3: "report 4", 4: ""} {
			rows, total, err := s.Reports(t.Context(), store.ReportQuery{Page: page, Size: 2, Now: start()})
			if err != nil || total != 5 {
				t.Errorf("page %d: total %d, %v", page, total, err)
			}
			if len(rows) > 0 && rows[0].Name != first || len(rows) == 0 && first != "" {
				t.Errorf("page %d begins with %+v, want %q", page, rows, first)
			}
		}
		for known, want := range map[int64]int64{0: 5, 7: 5, store.CountBound: 5, store.CountBound + 1: store.CountBound + 1} {
			if _, total, err := s.Reports(t.Context(), store.ReportQuery{Page: 1, Size: 2, Known: known, Now: start()}); err != nil || total != want {
				t.Errorf("known %d: total %d, want %d, %v", known, total, want, err)
			}
		}
	})
}
