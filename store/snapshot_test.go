package store_test

import (
	"testing"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// TestNoSummaryOfNothing has a license gone while the summaries of a batch are read,
// of which a report may still tell.
func TestNoSummaryOfNothing(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		gone, there := createLicense(t, s, "gone"), createLicense(t, s, "there")
		createReport(t, s, gone.ID, "about nothing")
		kept := createReport(t, s, there.ID, "about something")
		runs := claim(t, s, start(), 10)
		if err := s.Inventory().Delete(&usage.License{}, "id = ?", gone.ID).Error; err != nil {
			t.Fatal(err)
		}
		snapshots, err := s.Snapshots(t.Context(), runs, start())
		if err != nil || len(runs) != 2 || len(snapshots) != 1 {
			t.Fatalf("%d snapshots of %d runs, %v", len(snapshots), len(runs), err)
		}
		for _, snapshot := range snapshots {
			if snapshot.Report.ID != kept.ID || snapshot.License.Name != "there" {
				t.Errorf("snapshot of %q about %q", snapshot.Report.Name, snapshot.License.Name)
			}
		}
	})
}
