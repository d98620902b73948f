package store_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"license-manager/store"
	"license-manager/store/storetest"
	"license-manager/store/usage"
)

// wantOrders checks the whole order of a list by each of its columns, in both
// directions, page by page and in batches. Names are joined by spaces.
func wantOrders(t *testing.T, want map[string]string, page func(sort string, page int) ([]string, error), each func(sort string) ([]string, error)) {
	t.Helper()
	check := func(sort string, names []string) {
		t.Helper()
		var paged []string
		for number := 1; len(paged) < len(names); number++ {
			rows, err := page(sort, number)
			if err != nil || len(rows) == 0 {
				t.Fatalf("by %s, page %d: %v, %v", sort, number, rows, err)
			}
			paged = append(paged, rows...)
		}
		if !slices.Equal(paged, names) {
			t.Errorf("by %s: %v, want %v", sort, paged, names)
		}
		if all, err := each(sort); err != nil || !slices.Equal(all, names) {
			t.Errorf("all by %s: %v, want %v, %v", sort, all, names, err)
		}
	}
	for sort, order := range want {
		names := strings.Fields(order)
		check(sort, names)
		slices.Reverse(names)
		check("-"+sort, names)
	}
}

func TestOrdersOfReports(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		b, a := createLicense(t, s, "b"), createLicense(t, s, "A")
		at := func(hours int) *time.Time { moment := start().Add(time.Duration(hours) * time.Hour); return &moment }
		write, _, _ := s.Pools()
		for _, r := range []struct {
			name, license string
			frequency     usage.Frequency
			status        usage.ReportStatus
			last, next    *time.Time
			created       *time.Time
		}{
			{"alpha", b.ID, usage.Every30Days, usage.ReportSucceeded, at(-10), at(5), at(-50)},
			{"Beta", a.ID, usage.Every7Days, usage.ReportFailed, at(-30), at(1), at(-40)},
			{"gamma", a.ID, usage.Every24Hours, usage.ReportPaused, nil, nil, at(-60)},
			{"delta", b.ID, usage.Every24Hours, usage.ReportPending, nil, at(3), at(-20)},        // its next report comes now
			{"Epsilon", a.ID, usage.Every7Days, usage.ReportSucceeded, at(-20), at(-2), at(-30)}, // it is overdue
			{"zeta", b.ID, usage.Every30Days, usage.ReportInProgress, at(-5), at(2), at(-10)},    // now, too
		} {
			created, err := s.CreateReport(t.Context(), by("admin", *r.created), usage.Report{
				Name: r.name, LicenseID: r.license, Types: usage.AllReportTypes(), Frequency: r.frequency,
			})
			if err == nil {
				err = write.WithContext(t.Context()).Exec("UPDATE reports SET status = ?, last_report_at = ?, next_run_at = ? WHERE id = ?", r.status, r.last, r.next, created.ID).Error
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		names := func(rows []store.ReportRow) (names []string) {
			for _, r := range rows {
				names = append(names, r.Name)
			}
			return names
		}
		wantOrders(t, map[string]string{
			"name":        "alpha Beta delta Epsilon gamma zeta",
			"status":      "Beta zeta Epsilon gamma delta alpha", // Failed, In progress, Overdue, Paused, Pending, Succeeded
			"license":     "Beta Epsilon gamma alpha delta zeta",
			"frequency":   "delta gamma Beta Epsilon alpha zeta",
			"last-report": "delta gamma Beta Epsilon alpha zeta",
			"next-report": "gamma Epsilon delta zeta Beta alpha",
			"created":     "gamma alpha Beta Epsilon delta zeta",
		}, func(sort string, page int) ([]string, error) {
			rows, _, err := s.Reports(t.Context(), store.ReportQuery{Sort: sort, Page: page, Size: 2, Now: start()})
			return names(rows), err
		}, func(sort string) (all []string, err error) {
			err = s.EachReport(t.Context(), store.ReportQuery{Sort: sort, Now: start()}, func(rows []store.ReportRow) error {
				all = append(all, names(rows)...)
				return nil
			})
			return all, err
		})
		for _, sort := range []string{"made-up", "-made-up", "r.id"} {
			rows, _, err := s.Reports(t.Context(), store.ReportQuery{Sort: sort, Page: 1, Size: 9, Now: start()})
			if got := strings.Join(names(rows), " "); err != nil || got != "alpha Beta delta Epsilon gamma zeta" {
				t.Errorf("by %s: %s, %v", sort, got, err)
			}
		}
	})
}

func TestOrdersOfLicenses(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		ten, past, later := int64(10), start().AddDate(0, -1, 0), start().AddDate(1, 0, 0)
		write, _, _ := s.Pools()
		for _, l := range []struct {
			name     string
			counting usage.CountingType
			count    *int64
			used     int64
			expires  *time.Time
			reports  []string
			off      bool
		}{
			{"alpha", usage.CountVCPU, &ten, 2, nil, []string{"one", "two"}, false},
			{"Beta", usage.CountCore, &ten, 9, &later, nil, false},                                                          // 90% consumed
			{"gamma", usage.CountSocket, &ten, 11, nil, []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}, false}, // over the limit
			{"delta", usage.CountInstance, nil, 100, &past, []string{"three"}, false},                                       // expired
			{"Epsilon", usage.CountCore, nil, 0, nil, nil, true},
		} {
			created, err := s.CreateLicense(t.Context(), by("admin", start()), usage.License{Name: l.name, CountingType: l.counting, Count: l.count, ExpiresAt: l.expires})
			if err == nil {
				err = write.WithContext(t.Context()).Exec("UPDATE licenses SET used = ? WHERE id = ?", l.used, created.ID).Error
			}
			if err == nil { // counters of two resource types, the other way round than by used
				err = write.WithContext(t.Context()).Exec("INSERT INTO license_counters (license_id, resource_type, associated, consumed) VALUES (?, 'RDS', ?, 0), (?, 'EC2_HOST', 1, 0)",
					created.ID, 200-l.used, created.ID).Error
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range l.reports {
				createReport(t, s, created.ID, name)
			}
			if l.off {
				if err := s.SetLicenseStatus(t.Context(), by("admin", start()), created.ID, usage.LicenseDeactivated); err != nil {
					t.Fatal(err)
				}
			}
		}
		names := func(rows []store.LicenseRow) (names []string) {
			for _, l := range rows {
				names = append(names, l.Name)
			}
			return names
		}
		wantOrders(t, map[string]string{
			"name":      "alpha Beta delta Epsilon gamma",
			"status":    "alpha Beta gamma delta Epsilon",
			"type":      "Beta Epsilon delta gamma alpha", // Cores, Instances, Sockets, vCPUs
			"consumed":  "Epsilon alpha Beta gamma delta",
			"use":       "delta Epsilon alpha Beta gamma",
			"reports":   "Beta Epsilon delta alpha gamma",
			"resources": "delta gamma Beta alpha Epsilon",
			"expires":   "delta Beta alpha Epsilon gamma", // those that never do come last
		}, func(sort string, page int) ([]string, error) {
			rows, _, err := s.Licenses(t.Context(), store.LicenseQuery{Sort: sort, Page: page, Size: 2, Now: start()})
			return names(rows), err
		}, func(sort string) (all []string, err error) {
			err = s.EachLicense(t.Context(), store.LicenseQuery{Sort: sort, Now: start()}, func(rows []store.LicenseRow) error {
				all = append(all, names(rows)...)
				return nil
			})
			return all, err
		})
	})
}

func TestOrdersOfResources(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		oracle := createLicense(t, s, "Oracle")
		importFile(t, s, `resource_id,resource_type,resource_status,resource_owner_id,license,vcpus
i-9,EC2_INSTANCE,running,012345678901,Oracle,2
i-10,EC2_HOST,available,998765432109,Oracle,2
I-2,EC2_AMI,available,012345678901,,2
db,RDS,,100000000000,Oracle,2
mi-1,SYSTEMS_MANAGER_MANAGED_INSTANCE,stopped,100000000000,Oracle,2
`)
		ids := func(rows []store.ResourceRow) (ids []string) {
			for _, r := range rows {
				ids = append(ids, r.ID)
			}
			return ids
		}
		orders := map[string]string{
			"id":      "I-2 db i-10 i-9 mi-1",
			"type":    "I-2 i-10 i-9 db mi-1",
			"status":  "db I-2 i-10 i-9 mi-1",
			"account": "I-2 i-9 db mi-1 i-10",
		}
		for name, q := range map[string]store.ResourceQuery{
			"all": {}, "of a license": {LicenseID: oracle.ID}, "without another": {Without: usage.NewLicenseID()},
			"of a license, found": {LicenseID: oracle.ID, Text: "1"}, "of an account": {LicenseID: oracle.ID, Account: "100000000000"},
		} {
			t.Run(name, func(t *testing.T) {
				want := map[string]string{}
				for sort, order := range orders {
					for left := range strings.FieldsSeq(order) {
						gone := q.LicenseID != "" && left == "I-2" || q.Account != "" && left != "db" && left != "mi-1" || q.Text != "" && left != "i-10" && left != "mi-1"
						if !gone {
							want[sort] += " " + left
						}
					}
				}
				wantOrders(t, want, func(sort string, page int) ([]string, error) {
					q.Sort, q.Page, q.Size = sort, page, 2
					rows, _, err := s.Resources(t.Context(), q)
					return ids(rows), err
				}, func(sort string) (all []string, err error) {
					q.Sort = sort
					err = s.EachResource(t.Context(), q, func(rows []store.ResourceRow) error {
						all = append(all, ids(rows)...)
						return nil
					})
					return all, err
				})
			})
		}
	})
}

// The history is in the order of runs, the newest first, and has the resource usage
// of a run before its summary.
func TestOrderOfHistory(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		r := createReport(t, s, createLicense(t, s, "Oracle").ID, "daily")
		var want []string
		for i := range 3 {
			now := start().Add(time.Duration(i) * time.Hour)
			if i > 0 {
				if _, err := s.GenerateReport(t.Context(), by("admin", now), r.ID); err != nil {
					t.Fatal(err)
				}
			}
			run := claimOne(t, s, now)
			finish(t, s, run, now, 1)
			want = append([]string{run.ID + " resource-usage", run.ID + " summary"}, want...)
		}
		var got []string
		for page := 1; page <= 2; page++ {
			rows, total, err := s.History(t.Context(), store.HistoryQuery{ReportID: r.ID, Page: page, Size: 4})
			if err != nil || total != 6 {
				t.Fatal(total, err)
			}
			for _, row := range rows {
				got = append(got, row.Run.ID+" "+string(row.File.Type))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("history %v, want %v", got, want)
		}
	})
}

// What an id or ARN begins with is found in either case.
func TestResourcesFoundByTheirBeginnings(t *testing.T) {
	t.Parallel()
	storetest.EachStore(t, func(t *testing.T, s *store.Store) {
		importFile(t, s, `resource_id,resource_type,resource_arn,resource_owner_id
i-1,RDS,arn:aws:rds:eu-central-1:012345678901:db:One,012345678901
i-10,RDS,,012345678901
I-2,RDS,arn:x,210987654321
i-3,RDS,arn:x,012345678901
arn:x,RDS,arn:x,210987654321
Mixed,RDS,,012345678901
`)
		for _, c := range []struct {
			text, account string
			size          int
			want          string
			total         int64
		}{
			{"i-", "", 9, "I-2 i-1 i-10 i-3", 4},
			{"I-", "", 2, "I-2 i-1", 4},
			{"i-", "012345678901", 9, "i-1 i-10 i-3", 3},
			{"i-", "012345678901", 1, "i-1", 3},
			{"arn:x", "", 9, "I-2 arn:x i-3", 3},
			{"arn:x", "012345678901", 9, "i-3", 1},
			{"ARN:AWS", "", 9, "i-1", 1},
			{"arn:aws:rds:eu-central-1:012345678901:db:One", "012345678901", 9, "i-1", 1},
			{"Mix", "", 9, "Mixed", 1},
			{"%", "", 9, "", 0},
			{"ß\U0010ffff", "", 9, "", 0},
		} {
			rows, total, err := s.Resources(t.Context(), store.ResourceQuery{Text: c.text, Beginning: true, Account: c.account, Page: 1, Size: c.size})
			var ids []string
			for _, row := range rows {
				ids = append(ids, row.ID)
			}
			if got := strings.Join(ids, " "); got != c.want || total != c.total || err != nil {
				t.Errorf("%q in %q: %q of %d, want %q of %d, %v", c.text, c.account, got, total, c.want, c.total, err)
			}
		}
	})
}
