package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// Many rows go in one statement on PostgreSQL, by the hundred, the ten and one
// by one on SQLite: they are stored alike.
func TestManyRunsAreStoredLikeFew(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Oracle")
		for i := range 115 {
			createReport(t, s, l.ID, fmt.Sprintf("tägl_%d", i))
		}
		for _, run := range claim(t, s, start(), 200) {
			finish(t, s, run, start(), 1)
		}
		later := start().Add(24 * time.Hour)
		made := map[string]usage.Run{}
		for range 2 { // a few, and then the others
			runs, _, err := s.EnqueueDue(t.Context(), later, 5+22*len(made), time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			for _, run := range runs {
				made[run.ReportID] = run
			}
		}
		if len(made) != 115 {
			t.Fatalf("%d runs, want 115", len(made))
		}
		for id, run := range made {
			rows, _, err := s.History(t.Context(), store.HistoryQuery{ReportID: id, Page: 1, Size: 2})
			if err != nil || len(rows) != 2 {
				t.Fatalf("%d rows, %v", len(rows), err)
			}
			run.Files, run.Claim, run.LeaseUntil = nil, "", nil // of which the history does not tell
			if diff := cmp.Diff(run, rows[0].Run); diff != "" {
				t.Errorf("stored (-made +read):\n%s", diff)
			}
		}
	})
}
