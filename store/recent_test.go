package store_test

import (
	"fmt"
	"sync"
	"testing"

	"license-manager/store"
	"license-manager/store/storetest"
)

func TestAListThatWasReadIsReadAgainOnlyAfterAChange(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	l := createLicense(t, s, "Oracle")
	r := createReport(t, s, l.ID, "before")
	sent := record(t, s)
	look := func() (string, int) {
		sent()
		return names(t, s, store.ReportQuery{}), len(sent())
	}
	if got, queries := look(); got != "before" || queries == 0 {
		t.Fatalf("%q by %d queries", got, queries)
	}
	if got, queries := look(); got != "before" || queries != 0 {
		t.Errorf("%q by %d queries, though nothing was changed", got, queries)
	}
	if r.Name = "after"; s.UpdateReport(t.Context(), by("admin", start()), r) != nil {
		t.Fatal("not renamed")
	}
	if got, queries := look(); got != "after" || queries == 0 {
		t.Errorf("%q by %d queries after the change", got, queries)
	}
}

// What a program beside this one commits is seen at once, and by many who read
// while it is changed.
func TestListsAreNeverBehind(t *testing.T) {
	t.Parallel()
	storetest.EachMigrated(t, func(t *testing.T, address string) {
		here, beside := storetest.Open(t, address), storetest.Open(t, address)
		r := createReport(t, beside, createLicense(t, beside, "Oracle").ID, "name 0")
		var wg sync.WaitGroup
		defer wg.Wait()
		stop := make(chan struct{})
		defer close(stop)
		for range 4 {
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						names(t, here, store.ReportQuery{})
					}
				}
			})
		}
		for i := 1; i <= 100; i++ {
			r.Name, r.Version = fmt.Sprintf("name %d", i), int64(i)
			if err := beside.UpdateReport(t.Context(), by("admin", start()), r); err != nil {
				t.Fatal(err)
			}
			if got := names(t, here, store.ReportQuery{}); got != r.Name {
				t.Fatalf("%q after it was named %q", got, r.Name)
			}
		}
	})
}

func TestWhatAListGivesMayBeChanged(t *testing.T) {
	t.Parallel()
	s := storetest.SQLite(t)
	createReport(t, s, createLicense(t, s, "Oracle").ID, "report")
	for range 2 {
		rows, _, err := s.Reports(t.Context(), store.ReportQuery{Page: 1, Size: 10})
		if err != nil || len(rows) != 1 || rows[0].Name != "report" {
			t.Fatal(rows, err)
		}
		rows[0].Name = "changed"
	}
}
