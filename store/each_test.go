package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// createBatches creates more usage reports than two batches take.
func createBatches(t *testing.T, s *store.Store) {
	t.Helper()
	l := createLicense(t, s, "Oracle")
	for i := range 2*store.ExportBatch + 7 {
		createReport(t, s, l.ID, fmt.Sprintf("report-%04d", i))
	}
}

// More than a batch, with and without a last report, sorted in every way:
// each report comes once, in the order of the list.
func TestEachReportComesOnceInOrder(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		createBatches(t, s)
		write, _, _ := s.Pools()
		if err := write.WithContext(t.Context()).Exec("UPDATE reports SET last_report_at = created_at WHERE name_key LIKE '%1' OR name_key LIKE '%2'").Error; err != nil {
			t.Fatal(err)
		}
		for _, sort := range []string{"name", "-name", "last-report", "-last-report", "license", "-license", "frequency", "-created", "status"} {
			q := store.ReportQuery{Sort: sort, Page: 1, Size: 5000, Now: start()}
			listed, _, err := s.Reports(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			var want, got []string
			for _, r := range listed {
				want = append(want, r.Name)
			}
			q.Page = 3 // all, on whatever page
			err = s.EachReport(t.Context(), q, func(rows []store.ReportRow) error {
				for _, r := range rows {
					got = append(got, r.Name)
				}
				return nil
			})
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("by %s: %d of %d, %v", sort, len(got), len(want), err)
			}
		}
	})
}

// A report that is published while the list is read moves to another place in
// its order, and all others come once.
func TestEachReportGoesOnWhenTheLastOneRead(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		createBatches(t, s)
		write, _, _ := s.Pools()
		for _, change := range []string{
			"UPDATE reports SET last_report_at = '2099-01-01 00:00:00+00:00', status = 'succeeded' WHERE id = ?",
			"DELETE FROM reports WHERE id = ?",
		} {
			for _, sort := range []string{"last-report", "status", "name", "-created", "license"} {
				seen, moved := map[string]int{}, ""
				err := s.EachReport(t.Context(), store.ReportQuery{Sort: sort, Now: start()}, func(rows []store.ReportRow) error {
					for _, r := range rows {
						seen[r.ID]++
					}
					if moved != "" {
						return nil
					}
					moved = rows[len(rows)-1].ID
					for _, of := range []string{"DELETE FROM files WHERE run_id IN (SELECT id FROM runs WHERE report_id = ?)", "DELETE FROM runs WHERE report_id = ?", change} {
						if err := write.WithContext(t.Context()).Exec(of, moved).Error; err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				page, _, err := s.Reports(t.Context(), store.ReportQuery{Page: 1, Size: 5000, Now: start()})
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range page {
					if r.ID != moved && seen[r.ID] != 1 {
						t.Fatalf("by %s, %s: %s came %d times; %d in all", sort, change, r.Name, seen[r.ID], len(seen))
					}
				}
			}
		}
	})
}

// A license that is created while the list is read makes no other come twice.
func TestEachLicenseComesOnceInOrder(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		var want []string
		for i := range store.ExportBatch + 7 {
			want = append(want, createLicense(t, s, fmt.Sprintf("License %04d", i)).Name)
		}
		for _, sort := range []string{"name", "-name", "-use"} {
			var got []string
			err := s.EachLicense(t.Context(), store.LicenseQuery{Sort: sort, Now: start()}, func(rows []store.LicenseRow) error {
				for _, l := range rows {
					if strings.HasPrefix(l.Name, "License") {
						got = append(got, l.Name)
					}
				}
				createLicense(t, s, fmt.Sprintf("A license %s %d", sort, len(got)))
				return nil
			})
			ordered := slices.Clone(want)
			if strings.HasPrefix(sort, "-") {
				slices.Reverse(ordered)
			}
			if err != nil || !slices.Equal(got, ordered) {
				t.Errorf("by %s: %d of %d, %v", sort, len(got), len(want), err)
			}
		}
	})
}

// importTyped imports resources of two types by turns, all of which use the
// license “Oracle”.
func importTyped(t *testing.T, s *store.Store, n int) {
	t.Helper()
	var file strings.Builder
	file.WriteString("resource_id,resource_type,resource_owner_id,license,vcpus\n")
	for i := range n {
		fmt.Fprintf(&file, "i-%04d,%s,123456789012,Oracle,2\n", i, []usage.ResourceType{"EC2_INSTANCE", "RDS"}[i%2])
	}
	importFile(t, s, file.String())
}

func TestEachResourceOfALicense(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		l := createLicense(t, s, "Oracle")
		n := store.ExportBatch + 3
		importTyped(t, s, n)
		for _, sort := range []string{"id", "-id", "type", "-type"} {
			seen := map[string]bool{}
			err := s.EachResource(t.Context(), store.ResourceQuery{LicenseID: l.ID, Sort: sort}, func(rows []store.ResourceRow) error {
				for _, r := range rows {
					seen[r.ID] = true
				}
				return nil
			})
			if err != nil || len(seen) != n {
				t.Errorf("by %s: %d, want %d, %v", sort, len(seen), n, err)
			}
		}
	})
}

// TestExportsLeavePagesTheirConnections lets exports wait: pages go on.
func TestExportsLeavePagesTheirConnections(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
		release := s.HoldExports()
		q := store.ReportQuery{Sort: "name", Page: 1, Size: 10, Now: start()}
		ended := make(chan error)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { ended <- s.EachReport(ctx, q, func([]store.ReportRow) error { return nil }) }()
		if rows, _, err := s.Reports(t.Context(), q); len(rows) != 1 || err != nil {
			t.Errorf("a page beside exports has %d rows, %v", len(rows), err)
		}
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("an export that waited ended with %v", err)
		}
		release()
		rows := 0
		if err := s.EachReport(t.Context(), q, func(batch []store.ReportRow) error { rows += len(batch); return nil }); rows != 1 || err != nil {
			t.Errorf("then an export has %d rows, %v", rows, err)
		}
	})
}
