package store_test

import (
	"errors"
	"testing"
	"time"

	"license-manager/store"
	"license-manager/store/storetest"
)

// TestSlowSearchLooksAtBeginnings searches with no patience at all.
func TestSlowSearchLooksAtBeginnings(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		options := storetest.Options(address)
		options.SearchPatience = time.Nanosecond
		s, err := store.Open(t.Context(), options)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		createLicense(t, s, "Oracle")
		importFile(t, s, instances(0, 60, "Oracle"))
		q := store.ResourceQuery{Text: "I-0000", Page: 1, Size: 25}
		if _, _, err := s.Resources(t.Context(), q); !errors.Is(err, store.ErrSlow) {
			t.Errorf("error %v, want %v", err, store.ErrSlow)
		}
		q.Beginning = true
		rows, total, err := s.Resources(t.Context(), q)
		if err != nil || total != 10 || len(rows) != 10 || rows[0].ID != "i-00000" || rows[0].LicenseName != "Oracle" {
			t.Errorf("%d of %d rows, %v", len(rows), total, err)
		}
		q.Text = "0000"
		if rows, total, err := s.Resources(t.Context(), q); err != nil || total != 0 || len(rows) != 0 {
			t.Errorf("a part of an id: %d of %d rows, %v", len(rows), total, err)
		}
	})
}
